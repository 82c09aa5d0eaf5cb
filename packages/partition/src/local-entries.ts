import {ByteReader, ByteWriter, DecodeError, assert, equalBytes} from '@murmuration/base';
import {writeHalfUnits} from '@murmuration/capacity';
import {
  ITEM_SIZE_BYTES_MAX, checkIndexKeys, checkUpdatedIndexKeys, collectionKeyOf, decodeItem, encodeItem, encodeStoredValue, itemSizeBytes,
  localEntryKey, localEntryOf, readStoredItemSizeBytes, storedBody,
} from '@murmuration/model';
import type {KeySchema, LocalIndex} from '@murmuration/model';
import {rejected} from './commands/outcome.js';
import type {WriteOutcome, WriteStamp} from './commands/outcome.js';
import type {EffectChange} from './effect.js';
import type {IndexCount} from './index-counts.js';
import type {WriteCommand} from './protocol.js';

/** DynamoDB's bound for the items of one partition key and their index entries together, on tables with local indexes. */
export const COLLECTION_SIZE_BYTES_MAX = 10 * 1024 * 1024 * 1024;

const COLLECTION_VERSION = 1;

interface Entry {
  readonly key: Uint8Array;
  readonly body: Uint8Array;
  readonly sizeBytes: number;
}
interface EntryChange {
  readonly rows: readonly EffectChange[];
  readonly delta: IndexCount;
  readonly halfUnits: number;
}

/**
 * Derives the entries of a table's local indexes from what a write does to its item. They are part of the write's
 * effect, as is the size of the collection: nothing of it can be missing or be there without the rest.
 */
export class LocalEntries {
  readonly #schema: KeySchema;
  readonly #indexes: readonly LocalIndex[];
  readonly #collectionSizeBytesMax: number;
  /** @param indexes at least one, of a table whose key schema is `schema` */
  constructor(schema: KeySchema, indexes: readonly LocalIndex[], collectionSizeBytesMax: number) {
    assert(schema.range !== undefined && indexes.length > 0, 'a table with local indexes has a sort key');
    this.#schema = schema;
    this.#indexes = indexes;
    this.#collectionSizeBytesMax = collectionSizeBytesMax;
  }

  /** What a put is refused for before its condition is looked at. @throws ModelError */
  checkPut(command: WriteCommand): void {
    checkIndexKeys(this.#indexes, decodeItem(command.item));
  }

  /**
   * Completes a judged write. The first change stays the item's own.
   * @param existing stored value of the item before it @param collection stored size of its collection before it
   * @param isPromised the write was judged before and held since: it is not refused because its collection has grown
   * @throws ModelError when an update leaves an index key that none can be
   */
  derive(
    command: WriteCommand, outcome: WriteOutcome, existing: Uint8Array | undefined, collection: Uint8Array | undefined, stamp: WriteStamp, isPromised = false,
  ): WriteOutcome {
    const {response} = outcome;
    if (response.kind !== 'written') return outcome;
    const oldCollectionBytes = collection === undefined ? 0 : decodeCollectionSize(collection);
    const base = outcome.changes[0];
    if (base === undefined) return {...outcome, response: {...response, derived: {indexHalfUnits: [], collectionSizeBytes: oldCollectionBytes}}};
    const before = this.#entriesOf(command.key, existing, false);
    const after = this.#entriesOf(command.key, base.value, command.op === 'update');
    const entriesBytes = after.reduce((sum, entry) => sum + (entry?.sizeBytes ?? 0), 0);
    if (base.value !== undefined && readStoredItemSizeBytes(base.value) + entriesBytes > ITEM_SIZE_BYTES_MAX) {
      return rejected('ValidationException', command.op === 'update' ? 'Item size to update has exceeded the maximum allowed size' : 'Item size has exceeded the maximum allowed size');
    }
    const changes = this.#indexes.map((_, i) => changeOf(before[i], after[i], stamp));
    const growthBytes = changes.reduce((sum, {delta}) => sum + delta.sizeBytes, outcome.sizeBytesDelta);
    const collectionSizeBytes = oldCollectionBytes + growthBytes;
    assert(collectionSizeBytes >= 0, 'a collection has a negative size', {collectionSizeBytes});
    if (!isPromised && growthBytes > 0 && collectionSizeBytes > this.#collectionSizeBytesMax) {
      return rejected('ItemCollectionSizeLimitExceededException', 'Collection size exceeded.');
    }
    const size: EffectChange = {
      key: collectionKeyOf(command.key), value: collectionSizeBytes === 0 ? undefined : encodeCollectionSize(collectionSizeBytes),
    };
    return {
      ...outcome,
      response: {...response, derived: {indexHalfUnits: changes.map(({halfUnits}) => halfUnits), collectionSizeBytes}},
      changes: [base, ...changes.flatMap(({rows}) => rows), ...(growthBytes === 0 ? [] : [size])],
      indexDeltas: changes.map(({delta}) => delta),
    };
  }

  #entriesOf(baseKey: Uint8Array, value: Uint8Array | undefined, isUpdated: boolean): readonly (Entry | undefined)[] {
    if (value === undefined) return this.#indexes.map(() => undefined);
    const body = storedBody(value);
    const item = decodeItem(body);
    if (isUpdated) checkUpdatedIndexKeys(this.#indexes, item);
    return this.#indexes.map((index) => {
      const entry = localEntryOf(this.#schema, index, item);
      if (entry === undefined) return undefined;
      const isWhole = entry === item;
      return {
        key: localEntryKey(baseKey, index, item), body: isWhole ? body : encodeItem(entry),
        sizeBytes: isWhole ? readStoredItemSizeBytes(value) : itemSizeBytes(entry),
      };
    });
  }
}

const UNCHANGED: EntryChange = {rows: [], delta: {itemCount: 0, sizeBytes: 0}, halfUnits: 0};

/** What one index has to do. It costs nothing where nothing of the entry changes, and twice where the entry moves. */
function changeOf(before: Entry | undefined, after: Entry | undefined, stamp: WriteStamp): EntryChange {
  if (before === undefined && after === undefined) return UNCHANGED;
  const isSamePlace = before !== undefined && after !== undefined && equalBytes(before.key, after.key);
  if (isSamePlace && equalBytes(before.body, after.body)) return UNCHANGED;
  const rows: EffectChange[] = [];
  let halfUnits = isSamePlace ? writeHalfUnits(Math.max(before.sizeBytes, after.sizeBytes)) : 0;
  if (before !== undefined && !isSamePlace) {
    rows.push({key: before.key, value: undefined});
    halfUnits += writeHalfUnits(before.sizeBytes);
  }
  if (after !== undefined) {
    rows.push({key: after.key, value: encodeStoredValue({itemSizeBytes: after.sizeBytes, ...stamp, flags: 0}, after.body)});
    if (!isSamePlace) halfUnits += writeHalfUnits(after.sizeBytes);
  }
  const delta = {
    itemCount: (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1), sizeBytes: (after?.sizeBytes ?? 0) - (before?.sizeBytes ?? 0),
  };
  return {rows, delta, halfUnits};
}

const writer = new ByteWriter(16);

/** The row that says how large an item collection is; layout in docs/formats/stored-value.md. */
export function encodeCollectionSize(sizeBytes: number): Uint8Array {
  writer.reset();
  writer.u8(COLLECTION_VERSION);
  writer.varint(sizeBytes);
  return writer.finish();
}
/** @throws DecodeError */
export function decodeCollectionSize(bytes: Uint8Array): number {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== COLLECTION_VERSION) throw new DecodeError('unknown version of a collection size');
  const sizeBytes = reader.varint();
  reader.end();
  return sizeBytes;
}
