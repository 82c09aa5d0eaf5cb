import {assert, equalBytes} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import type {Derivation} from '@murmuration/model';
import type {WriteStamp} from '../commands/outcome.js';
import type {EffectChange} from '../effect.js';
import {decodeStreamShard, encodeStreamShard, isStreamShardKey, streamShardKey} from './stream-shard.js';
import type {StreamShard} from './stream-shard.js';

/**
 * The shards of one partition, as of its newest applied effect. Their stretches of the sequence do not overlap, and at most the
 * last one is open. What changes them is computed here and takes effect when it is applied, so that every replica has the
 * same ones at the same place of the log.
 */
export class StreamShards {
  readonly #group: GroupId;
  #shards: readonly StreamShard[] = [];
  constructor(group: GroupId) {
    this.#group = group;
  }

  /** Oldest first. */
  get all(): readonly StreamShard[] {
    return this.#shards;
  }
  get open(): StreamShard | undefined {
    const last = this.#shards.at(-1);
    return last?.endSequence === undefined ? last : undefined;
  }
  find(createdHlc: number): StreamShard | undefined {
    return this.#shards.find((shard) => shard.createdHlc === createdHlc);
  }
  /** Starts again from rows of the store, in any order. @throws DecodeError */
  load(rows: readonly Uint8Array[]): void {
    this.#shards = rows.map(decodeStreamShard).sort((a, b) => a.startSequence - b.startSequence);
  }
  /** A change of an applied effect; those of other rows are passed over. @throws DecodeError */
  applied({key, value}: EffectChange): void {
    if (!isStreamShardKey(key)) return;
    const others = this.#shards.filter(({startSequence}) => !equalBytes(streamShardKey(this.#group, startSequence), key));
    this.#shards = value === undefined ? others : [...others, decodeStreamShard(value)].sort((a, b) => a.startSequence - b.startSequence);
  }

  /** What taking over a derivation changes: the shard of a stream that goes is closed, one of a stream that comes is opened. */
  follow(derivation: Derivation, stamp: WriteStamp): readonly EffectChange[] {
    const {open} = this;
    const label = derivation.stream?.label;
    if (open?.label === label) return [];
    return [
      ...(open === undefined ? [] : [rowOf(closed(open, stamp))]),
      ...(label === undefined ? [] : [rowOf(opened(this.#group, label, undefined, stamp))]),
    ];
  }
  /** Closes the open shard and goes on with its child. */
  rotate(stamp: WriteStamp): readonly EffectChange[] {
    const {open} = this;
    assert(open !== undefined, 'only an open shard is followed by another', {group: this.#group});
    return [rowOf(closed(open, stamp)), rowOf(opened(this.#group, open.label, open, stamp))];
  }
  /** A split closes the shard; each half goes on with a child of it. @returns rows of this partition, then those of the other */
  split(child: GroupId, stamp: WriteStamp): {readonly own: readonly EffectChange[]; readonly others: readonly EffectChange[]} {
    const {open} = this;
    if (open === undefined) return {own: [], others: []};
    return {
      own: [rowOf({...closed(open, stamp), splitChild: child}), rowOf(opened(this.#group, open.label, open, stamp))],
      others: [rowOf(opened(child, open.label, open, stamp))],
    };
  }
}

/** The row that a shard is kept in. */
export function rowOf(shard: StreamShard): EffectChange {
  return {key: streamShardKey(shard.group, shard.startSequence), value: encodeStreamShard(shard)};
}
/** The effect that closes a shard makes no record. */
function closed(shard: StreamShard, {sequence, timestampHlc}: WriteStamp): StreamShard {
  return {...shard, endSequence: sequence, endHlc: timestampHlc};
}
function opened(group: GroupId, label: string, parent: StreamShard | undefined, {sequence, timestampHlc}: WriteStamp): StreamShard {
  return {
    label, group, createdHlc: timestampHlc, parent: parent === undefined ? undefined : {group: parent.group, createdHlc: parent.createdHlc},
    startSequence: sequence + 1, endSequence: undefined, endHlc: undefined, trimmedUntil: sequence + 1, splitChild: undefined,
  };
}
