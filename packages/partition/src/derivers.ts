import type {GroupId} from '@murmuration/base';
import {decodeStoredItem} from '@murmuration/model';
import type {Derivation, Item, KeySchema} from '@murmuration/model';
import type {WriteStamp} from './commands/outcome.js';
import type {EffectChange} from './effect.js';
import {GlobalIndexDeriver} from './global-indexes/global-index-deriver.js';
import type {GlobalIndexCost} from './global-indexes/global-index-deriver.js';
import {StreamDeriver} from './streams/stream-deriver.js';
import {ExpiryDeriver} from './time-to-live/expiry-deriver.js';

/** Who wanted a write: a client, or the partition itself because the item's time was over. */
export type WriteOrigin = 'client' | 'time-to-live';

/** A judged write that changes its item, as derivers see it. */
export class DerivedFrom {
  /** Stored key of the item. */
  readonly key: Uint8Array;
  /** Stored value before and after; undefined where there is no item. Never both. */
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
  readonly stamp: WriteStamp;
  readonly origin: WriteOrigin;
  #oldItem: Item | undefined;
  #newItem: Item | undefined;
  constructor(key: Uint8Array, before: Uint8Array | undefined, after: Uint8Array | undefined, stamp: WriteStamp, origin: WriteOrigin) {
    this.key = key;
    this.before = before;
    this.after = after;
    this.stamp = stamp;
    this.origin = origin;
  }
  /** Parsed once, when the first deriver asks. */
  get oldItem(): Item | undefined {
    if (this.#oldItem === undefined && this.before !== undefined) this.#oldItem = decodeStoredItem(this.before);
    return this.#oldItem;
  }
  get newItem(): Item | undefined {
    if (this.#newItem === undefined && this.after !== undefined) this.#newItem = decodeStoredItem(this.after);
    return this.#newItem;
  }
}

/** Makes one kind of derived rows. They become part of the write's effect, so none can be missing or be there without the write. */
export interface Deriver {
  /** @returns rows beside the item's own; empty when nothing follows from the write */
  derive(write: DerivedFrom): readonly EffectChange[];
  /** Asked before a write is judged for good: what is derived later, perhaps by a decided transaction, cannot be refused any more. @throws ModelError */
  check?(write: DerivedFrom): void;
  /** What the write derived from last costs at global indexes. */
  costs?(): readonly GlobalIndexCost[];
}

/** What a derivation asks of each write. @param group whose small state holds rows that belong to no item */
export function deriversOf(group: GroupId, schema: KeySchema, derivation: Derivation): readonly Deriver[] {
  return [
    ...(derivation.globalIndexes.length === 0 ? [] : [new GlobalIndexDeriver(schema, derivation.globalIndexes)]),
    ...(derivation.stream === undefined ? [] : [new StreamDeriver(group, schema, derivation.stream)]),
    ...(derivation.timeToLiveAttribute === undefined ? [] : [new ExpiryDeriver(group, derivation.timeToLiveAttribute)]),
  ];
}
