// Goal: at every moment the entries of local indexes are the projections of the items, sizes of collections and counts
// are those of the rows, on leader and follower, and a split keeps all of it whole. Method: random writes, several of
// them proposed before the first is applied, some of them lost; rows compared with what a naive reading of the items gives.
import {WriteBatch, compareBytes, toGroupId, toLogIndex, toTableId, utf8Decode} from '@murmuration/base';
import {
  COLLECTION_INDEX_ID, encodeItem, itemSizeBytes, itemText, localEntryKey, localIndexesOf, parseItem, parseStoredKey, readStoredItemSizeBytes,
  shiftIndex, storedBody, storedKeyOf, storedKeyPrefix, storedTableRange,
} from '@murmuration/model';
import type {Item, LocalIndex} from '@murmuration/model';
import fc from 'fast-check';
import {addIndexCounts} from './index-counts.js';
import {keyText} from './key-text.js';
import {decodeCollectionSize} from './local-entries.js';
import {PartitionMachine} from './partition-machine.js';
import type {Evaluation} from './partition-machine.js';
import {decodePartitionRecord, partitionRecordKey} from './partition-record.js';
import type {PartitionRecord} from './partition-record.js';
import type {ExpressionTexts, PartitionResponse, WriteCommand} from './protocol.js';
import {SplitCount} from './split-count.js';

const TABLE = toTableId(1);
const SCHEMA = {hash: {name: 'pk', type: 'S'}, range: {name: 'sk', type: 'N'}} as const;
const INDEXES = localIndexesOf({
  attributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: 'sk', AttributeType: 'N'}, {AttributeName: 'at', AttributeType: 'N'}],
  extra: {localSecondaryIndexes: (['ALL', 'KEYS_ONLY', 'INCLUDE'] as const).map((ProjectionType) => ({
    IndexName: ProjectionType, KeySchema: [{AttributeName: 'pk', KeyType: 'HASH' as const}, {AttributeName: 'at', KeyType: 'RANGE' as const}],
    Projection: {ProjectionType, ...(ProjectionType === 'INCLUDE' ? {NonKeyAttributes: ['x']} : {})},
  }))},
});
const PARENT = toGroupId(16);
const CHILD = toGroupId(17);
const BIRTH = {...storedTableRange(TABLE, 0), epoch: 1};
const NO_TEXTS: ExpressionTexts = {condition: undefined, update: undefined, filter: undefined, projection: undefined, namesJson: '', valuesJson: ''};
const keyOf = (token: number, sort: number): Uint8Array => storedKeyOf(TABLE, token, {hash: {kind: 'S', value: `p${token}`}, range: {kind: 'N', value: String(sort)}});

interface Operation {
  readonly token: number;
  readonly sort: number;
  readonly kind: 'put' | 'move' | 'unindex' | 'touch' | 'delete' | 'bad';
  readonly at: number;
  readonly value: number;
}
const operation: fc.Arbitrary<Operation> = fc.record({
  token: fc.integer({min: 1, max: 4}), sort: fc.integer({min: 0, max: 3}), kind: fc.constantFrom('put', 'put', 'move', 'unindex', 'touch', 'delete', 'bad'),
  at: fc.integer({min: 0, max: 3}), value: fc.integer({min: 0, max: 3}),
});
function commandOf({token, sort, kind, at, value}: Operation): WriteCommand {
  const key = {pk: {S: `p${token}`}, sk: {N: String(sort)}};
  const update = (text: string, values?: object): WriteCommand => ({
    op: 'update', key: keyOf(token, sort), item: encodeItem(parseItem(key)), itemSizeBytes: 0, returnValues: 'NONE', returnItemOnConditionFailure: false,
    expressions: {...NO_TEXTS, update: text, valuesJson: values === undefined ? '' : JSON.stringify(values), namesJson: text.includes('#at') ? '{"#at":"at"}' : ''},
  });
  switch (kind) {
    case 'move': return update('SET #at = :at', {':at': {N: String(at)}});
    case 'unindex': return update('REMOVE #at');
    case 'touch': return update('SET x = :v, y = :v', {':v': {N: String(value)}});
    case 'bad': return update('SET #at = :at', {':at': {S: 'text'}});
    case 'delete': return {...update(''), op: 'delete', item: new Uint8Array(0), expressions: undefined};
    case 'put': {
      const item = parseItem({...key, ...(at === 0 ? {} : {at: {N: String(at)}}), x: {N: String(value)}, y: {S: 'y'.repeat(value * 10)}});
      return {...update(''), op: 'put', item: encodeItem(item), itemSizeBytes: itemSizeBytes(item), expressions: undefined};
    }
  }
}

class Replica {
  readonly machine: PartitionMachine;
  readonly rows = new Map<string, {readonly key: Uint8Array; readonly value: Uint8Array}>();
  #index = 0;
  constructor(collectionSizeBytesMax = 1_000_000) {
    this.machine = new PartitionMachine({group: PARENT, schema: SCHEMA, birth: BIRTH, indexes: INDEXES, collectionSizeBytesMax});
  }
  apply(data: Uint8Array): ReturnType<PartitionMachine['apply']> {
    this.#index += 1;
    const batch = new WriteBatch();
    const applied = this.machine.apply(data, toLogIndex(this.#index), batch);
    for (const change of batch.operations) {
      if (change.kind === 'put') this.rows.set(keyText(change.key), {key: change.key, value: change.value});
      if (change.kind === 'delete') this.rows.delete(keyText(change.key));
    }
    this.machine.stored(toLogIndex(this.#index));
    return applied;
  }
  evaluate(command: WriteCommand): Evaluation {
    const latest = (key: Uint8Array): {bytes: Uint8Array | undefined; dependsOn: number} =>
      this.machine.overlay.latest(keyText(key)) ?? {bytes: this.rows.get(keyText(key))?.value, dependsOn: 0};
    return this.machine.evaluate(command, keyText(command.key), latest(command.key), 1000, latest(this.machine.collectionKeyOf(command.key) as Uint8Array));
  }
  write(command: WriteCommand): PartitionResponse {
    const {effect, response} = this.evaluate(command);
    if (effect !== undefined) this.apply(effect);
    return response;
  }
  /** Rows of one index id within borders given in the table's own keys. */
  items(index: number, {from, until}: {readonly from: Uint8Array; readonly until: Uint8Array} = BIRTH): readonly {readonly key: Uint8Array; readonly value: Uint8Array}[] {
    const [lower, upper] = [shiftIndex(from, index), shiftIndex(until, index)];
    return [...this.rows.values()].filter(({key}) => key[0] === 0x10 && compareBytes(key, lower) >= 0 && compareBytes(key, upper) < 0)
      .sort((a, b) => compareBytes(a.key, b.key));
  }
  record(group: typeof PARENT): PartitionRecord {
    return decodePartitionRecord(this.rows.get(keyText(partitionRecordKey(group)))?.value as Uint8Array, BIRTH);
  }
}

/** The entries that a naive reading of the items wants, as texts. */
function wanted(replica: Replica, index: LocalIndex, range: {readonly from: Uint8Array; readonly until: Uint8Array}): readonly string[] {
  const names = index.name === 'INCLUDE' ? ['pk', 'sk', 'at', 'x'] : ['pk', 'sk', 'at'];
  return replica.items(0, range).flatMap(({key, value}) => {
    const item: Item = parseItem(JSON.parse(utf8Decode(storedBody(value))));
    if (!item.has('at')) return [];
    const entry = index.name === 'ALL' ? item : new Map([...item].filter(([name]) => names.includes(name)));
    return [`${keyText(localEntryKey(key, index, item))} ${itemText(entry)} ${itemSizeBytes(entry)}`];
  }).sort();
}
function audit(replica: Replica, record: PartitionRecord): void {
  const collections = new Map<string, number>();
  const add = ({key, value}: {readonly key: Uint8Array; readonly value: Uint8Array}): void => {
    const text = keyText(parseStoredKey(key).partitionKey);
    collections.set(text, (collections.get(text) ?? 0) + readStoredItemSizeBytes(value));
  };
  const items = replica.items(0, record);
  items.forEach(add);
  expect([record.itemCount, record.sizeBytes]).toEqual([items.length, items.reduce((sum, {value}) => sum + readStoredItemSizeBytes(value), 0)]);
  INDEXES.forEach((index, i) => {
    const entries = replica.items(index.indexId, record);
    entries.forEach(add);
    expect(entries.map(({key, value}) => `${keyText(key)} ${utf8Decode(storedBody(value))} ${readStoredItemSizeBytes(value)}`).sort()).toEqual(wanted(replica, index, record));
    const sizeBytes = entries.reduce((sum, {value}) => sum + readStoredItemSizeBytes(value), 0);
    expect(record.indexes?.[i] ?? {itemCount: 0, sizeBytes: 0}).toEqual({itemCount: entries.length, sizeBytes});
  });
  expect(replica.items(COLLECTION_INDEX_ID, record).map(({key, value}) => [keyText(parseStoredKey(key).partitionKey), decodeCollectionSize(value)]).sort())
    .toEqual([...collections].sort());
}

describe('entries of local indexes', () => {
  it('are the projections of the items after every write, also of writes judged on proposals, some of which are lost', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.array(operation, {minLength: 1, maxLength: 5}), fc.nat({max: 6})), {maxLength: 10}), (rounds) => {
      const leader = new Replica();
      const follower = new Replica();
      for (const [operations, lostFrom] of rounds) {
        const effects = operations.flatMap((given) => leader.evaluate(commandOf(given)).effect ?? []);
        // The log takes a beginning of them; what was judged on the rest is gone with it.
        for (const effect of effects.slice(0, lostFrom)) for (const replica of [leader, follower]) expect(replica.apply(effect).isRefused).toBe(false);
        if (lostFrom < effects.length) leader.machine.dropProposals();
        audit(leader, leader.machine.record);
      }
      expect([...follower.rows]).toEqual([...leader.rows]);
    }));
  });

  it('stay with their items in a split between collections, counted exactly while writes go on; a cut through one is refused', () => {
    fc.assert(fc.property(fc.array(operation, {minLength: 1, maxLength: 25}), fc.array(operation, {maxLength: 10}), fc.integer({min: 1, max: 5}), (before, during, token) => {
      const leader = new Replica();
      for (const given of before) leader.write(commandOf(given));
      const at = storedKeyPrefix(TABLE, 0, token);
      const count = new SplitCount(at, INDEXES.length);
      for (const {value} of leader.items(0, {from: at, until: BIRTH.until})) count.row(value);
      INDEXES.forEach(({indexId}, i) => {
        for (const {value} of leader.items(indexId, {from: at, until: BIRTH.until})) count.entry(i, value);
      });
      for (const given of during) {
        const {effect} = leader.evaluate(commandOf(given));
        if (effect === undefined) continue;
        const applied = leader.apply(effect);
        if (applied.kind === 'written') count.applied(applied.effect);
      }
      const through = new SplitCount(keyOf(token, 2), INDEXES.length);
      expect(leader.apply(leader.machine.evaluateSplit(CHILD, through, 1000)).isRefused).toBe(true);
      leader.machine.dropProposals();
      const whole = leader.machine.record.indexes;
      expect(leader.apply(leader.machine.evaluateSplit(CHILD, count, 1000)).isRefused).toBe(false);
      const [parent, child] = [leader.record(PARENT), leader.record(CHILD)];
      audit(leader, parent);
      audit(leader, child);
      expect(addIndexCounts(parent.indexes ?? [], child.indexes ?? [])).toEqual(addIndexCounts(whole ?? [], INDEXES.map(() => ({itemCount: 0, sizeBytes: 0}))));
    }));
  });
});

describe('a write to a table with local indexes', () => {
  const put = (more: object): WriteCommand => {
    const item = parseItem({pk: {S: 'p1'}, sk: {N: '1'}, ...more});
    return {
      op: 'put', key: keyOf(1, 1), item: encodeItem(item), itemSizeBytes: itemSizeBytes(item), expressions: undefined, returnValues: 'NONE',
      returnItemOnConditionFailure: false,
    };
  };
  const units = (response: PartitionResponse): readonly number[] => {
    if (response.kind !== 'written') throw new Error(JSON.stringify(response));
    return (response.derived?.indexHalfUnits ?? []).map((halfUnits) => halfUnits / 2);
  };
  it('costs by what each index has to do: new, unchanged, moved, changed, gone', () => {
    const replica = new Replica();
    expect(units(replica.write(put({y: {S: '1'}})))).toEqual([0, 0, 0]);
    expect(units(replica.write(put({y: {S: '1'}, at: {N: '1'}})))).toEqual([1, 1, 1]);
    expect(units(replica.write(put({y: {S: '2'}, at: {N: '1'}})))).toEqual([1, 0, 0]);
    expect(units(replica.write(put({y: {S: '2'}, at: {N: '2'}})))).toEqual([2, 2, 2]);
    expect(units(replica.write(put({x: {S: 'x'.repeat(1500)}, at: {N: '2'}})))).toEqual([2, 0, 2]);
    expect(units(replica.write(commandOf({token: 1, sort: 1, kind: 'delete', at: 0, value: 0})))).toEqual([2, 1, 2]);
    expect(units(replica.write(commandOf({token: 1, sort: 1, kind: 'delete', at: 0, value: 0})))).toEqual([]);
    expect([...replica.rows.keys()]).toEqual([keyText(partitionRecordKey(PARENT))]);
  });
  it('is refused for an index key of another type before its condition, and when item and entries exceed 400 KB', () => {
    const replica = new Replica();
    expect(replica.write({...put({at: {S: 'a'}}), expressions: {...NO_TEXTS, condition: 'attribute_exists(pk)'}})).toMatchObject({
      failure: {code: 'Rejected', message: expect.stringContaining('Type mismatch for Index Key at Expected: N Actual: S IndexName: ALL') as string},
    });
    expect(replica.write(commandOf({token: 1, sort: 1, kind: 'bad', at: 0, value: 0}))).toMatchObject({
      failure: {message: 'The update expression attempted to update the secondary index key to unsupported type'},
    });
    expect(replica.write(put({y: {S: 'y'.repeat(250_000)}}))).toMatchObject({kind: 'written'});
    expect(replica.write(put({at: {N: '1'}, y: {S: 'y'.repeat(250_000)}}))).toMatchObject({failure: {message: 'Item size has exceeded the maximum allowed size'}});
  });
  it('is refused when it would grow its collection above the limit, and may always shrink it', () => {
    const replica = new Replica(900);
    expect(replica.write(put({at: {N: '1'}, y: {S: 'y'.repeat(400)}}))).toMatchObject({kind: 'written', derived: {collectionSizeBytes: expect.any(Number) as number}});
    const other = commandOf({token: 1, sort: 2, kind: 'put', at: 1, value: 3});
    expect(replica.write(other)).toMatchObject({failure: {error: 'ItemCollectionSizeLimitExceededException', message: 'Collection size exceeded.'}});
    expect(replica.write(commandOf({token: 2, sort: 2, kind: 'put', at: 1, value: 3}))).toMatchObject({kind: 'written'});
    expect(replica.write(put({at: {N: '1'}}))).toMatchObject({kind: 'written'});
    expect(replica.write(other)).toMatchObject({kind: 'written'});
  });
  it('refused for what is only proposed depends on that proposal', () => {
    const replica = new Replica(900);
    const {sequence} = replica.evaluate(put({at: {N: '1'}, y: {S: 'y'.repeat(400)}}));
    expect(replica.evaluate(commandOf({token: 1, sort: 2, kind: 'put', at: 1, value: 3}))).toMatchObject({effect: undefined, dependsOn: sequence});
  });
});
