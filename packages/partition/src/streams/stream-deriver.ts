import {assert, equalBytes} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import {STREAM_ORDINAL_MAX, encodeItem, equalItems, itemSizeBytes, keyFromStored, readStoredItemSizeBytes, storedBody} from '@murmuration/model';
import type {KeySchema, StreamSettings} from '@murmuration/model';
import type {DerivedFrom, Deriver} from '../derivers.js';
import type {EffectChange} from '../effect.js';
import {encodeStreamRecord, streamRecordKey} from './stream-record.js';
import {labelSumOf} from './stream-shard.js';

/** Adds to each write that changes its item one record of the stream. */
export class StreamDeriver implements Deriver {
  readonly #group: GroupId;
  readonly #schema: KeySchema;
  readonly #stream: StreamSettings;
  readonly #labelSum: number;
  /** Of the newest record made: an effect of several items makes several. */
  #sequence = 0;
  #timestampHlc = 0;
  #ordinal = 0;
  constructor(group: GroupId, schema: KeySchema, stream: StreamSettings) {
    this.#group = group;
    this.#schema = schema;
    this.#stream = stream;
    this.#labelSum = labelSumOf(stream.label);
  }

  derive(write: DerivedFrom): readonly EffectChange[] {
    if (!isChange(write)) return [];
    const {before, after, stamp, origin} = write;
    const {viewType} = this.#stream;
    const keys = keyFromStored(this.#schema, write.key);
    const hasOld = before !== undefined && (viewType === 'OLD_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES');
    const hasNew = after !== undefined && (viewType === 'NEW_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES');
    const value = encodeStreamRecord({
      kind: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
      origin, viewType, labelSum: this.#labelSum, timestampHlc: stamp.timestampHlc,
      sizeBytes: itemSizeBytes(keys) + (hasOld ? readStoredItemSizeBytes(before) : 0) + (hasNew ? readStoredItemSizeBytes(after) : 0),
      keys: encodeItem(keys),
      oldImage: hasOld ? storedBody(before) : undefined,
      newImage: hasNew ? storedBody(after) : undefined,
    });
    return [{key: streamRecordKey(this.#group, {sequence: stamp.sequence, ordinal: this.#nextOrdinal(write)}), value}];
  }

  #nextOrdinal({stamp}: DerivedFrom): number {
    const isSameEffect = stamp.sequence === this.#sequence && stamp.timestampHlc === this.#timestampHlc;
    this.#ordinal = isSameEffect ? this.#ordinal + 1 : 0;
    this.#sequence = stamp.sequence;
    this.#timestampHlc = stamp.timestampHlc;
    assert(this.#ordinal <= STREAM_ORDINAL_MAX, 'an effect changes too many items', {group: this.#group});
    return this.#ordinal;
  }
}

/** Whether the item is another than before. Members of maps and sets have no order, so equal items may differ in their bytes. */
function isChange(write: DerivedFrom): boolean {
  const {before, after} = write;
  if (before === undefined || after === undefined) return before !== after;
  if (equalBytes(storedBody(before), storedBody(after))) return false;
  const {oldItem, newItem} = write;
  return oldItem === undefined || newItem === undefined || !equalItems(oldItem, newItem);
}
