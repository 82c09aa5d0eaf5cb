import type {GroupId} from '@murmuration/base';
import type {EffectChange} from '../effect.js';
import {hlcToWallMs} from '../hlc.js';
import {readStreamRecordHead, readStreamRecordKey} from './stream-record.js';
import {streamShardKey} from './stream-shard.js';
import type {StreamShard} from './stream-shard.js';
import {rowOf} from './stream-shards.js';

export interface StreamTrim {
  /** Of one effect; empty when nothing is old enough. */
  readonly changes: readonly EffectChange[];
  readonly recordCount: number;
}

/**
 * What of a partition's streams is too old to be kept: records, and shards that are closed and empty.
 * @param rows the oldest records in their order; a part of them
 * @param isAll there are no others
 * @param untilWallMs what is older goes
 * @throws DecodeError
 */
export function trimStream(group: GroupId, shards: readonly StreamShard[], rows: readonly {readonly key: Uint8Array; readonly value: Uint8Array}[], isAll: boolean, untilWallMs: number): StreamTrim {
  const isOld = (hlc: number): boolean => hlcToWallMs(hlc) < untilWallMs;
  const young = rows.findIndex(({value}) => !isOld(readStreamRecordHead(value).timestampHlc));
  const old = young < 0 ? rows : rows.slice(0, young);
  const last = old.at(-1);
  const next = young < 0 ? undefined : rows[young];
  // An effect of several items may be cut in the middle: its sequence is gone with its first record.
  const trimmedUntil = last === undefined ? 0 : readStreamRecordKey(last.key).sequence + 1;
  const firstKept = next === undefined ? (isAll ? Number.POSITIVE_INFINITY : trimmedUntil) : readStreamRecordKey(next.key).sequence;
  const changes: EffectChange[] = old.map(({key}) => ({key, value: undefined}));
  for (const shard of shards) {
    const {endSequence, endHlc, startSequence} = shard;
    if (endSequence !== undefined && endHlc !== undefined && endSequence <= firstKept && isOld(endHlc)) changes.push({key: streamShardKey(group, startSequence), value: undefined});
    else if (trimmedUntil > shard.trimmedUntil && startSequence < trimmedUntil) changes.push(rowOf({...shard, trimmedUntil: Math.min(trimmedUntil, endSequence ?? trimmedUntil)}));
  }
  return {changes, recordCount: old.length};
}
