import {toAzId, toGroupId, toHex, toIndexId, toNodeId, toReplicaId, toTableId, WriteBatch} from '@murmuration/base';
import type {TableSpecification} from '@murmuration/control-client';
import {CAPACITY_SETTING_DEFAULTS} from '@murmuration/model';
import {ClusterMap, initialRanges} from '@murmuration/placement';
import type {NodeEntry} from '@murmuration/placement';
import {MemoryStore} from '@murmuration/store-memory';
import {Catalog} from './catalog.js';
import type {CatalogCommand} from './catalog-commands.js';
import {decodeCatalogCommand, encodeCatalogCommand} from './catalog-commands.js';
import {readCatalog, writeCatalogChange} from './catalog-rows.js';
import {planTable} from './plan-table.js';

/** The catalog alone: commands in, state and deltas out. No host, no time. */
const node = (id: string, incarnation = 1): NodeEntry => ({
  node: toNodeId(id), az: toAzId(id.charAt(0)), roles: ['router', 'storage', 'control'], fabricAddress: `127.0.0.1:1${id.charCodeAt(0)}`,
  apiAddress: '127.0.0.1:1', adminAddress: '127.0.0.1:2', pid: 7, incarnation, diskId: 'disk', state: 'up', duty: 'serving',
});
const specification = (name: string): TableSpecification => ({
  name, keySchema: {hash: {name: 'pk', type: 'S'}, range: undefined}, attributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}],
  billingMode: 'PAY_PER_REQUEST', provisionedThroughput: {ReadCapacityUnits: 0, WriteCapacityUnits: 0}, extra: {},
});
function createCommand(catalog: Catalog, name: string): Extract<CatalogCommand, {kind: 'create-table'}> {
  const {nextTableId, nextGroupId} = catalog.counters();
  const table = toTableId(nextTableId);
  const plan = planTable({replicationFactor: 3}, specification(name), table, toIndexId(0), [...catalog.nodes()], catalog.partitions());
  if ('code' in plan) throw new Error(plan.code);
  return {
    kind: 'create-table', table: specification(name), tableUuid: '00000000-0000-4000-8000-000000000001', createdAtMs: 1,
    expectedTableId: table, expectedFirstGroup: toGroupId(nextGroupId), partitions: plan,
  };
}
function catalogWithNodes(): Catalog {
  const catalog = new Catalog();
  for (const id of ['a1', 'b1', 'c1']) catalog.apply({kind: 'register-node', node: node(id)});
  return catalog;
}

describe('Catalog', () => {
  test('a created table has four partitions that tile its space, one replica in each AZ, leaders spread', () => {
    const catalog = catalogWithNodes();
    const {result} = catalog.apply(createCommand(catalog, 'Music'));
    expect(result).toMatchObject({kind: 'ok', table: {name: 'Music', status: 'CREATING', tableId: 1}});
    const partitions = catalog.partitionsOfTable(1);
    expect(partitions).toHaveLength(4);
    const ranges = initialRanges(toTableId(1), toIndexId(0), 4);
    expect(partitions.map((entry) => toHex(entry.from))).toEqual(ranges.map((range) => toHex(range.from)));
    for (const entry of partitions) expect(new Set(entry.replicas.map((replica) => replica.node)).size).toBe(3);
    const leaders = partitions.map((entry) => entry.replicas.find((replica) => replica.replica === entry.preferredLeader)?.node);
    expect(new Set(leaders).size).toBe(3);
  });

  test('a plan made for ids that were given meanwhile is refused as stale and changes nothing', () => {
    const catalog = catalogWithNodes();
    const first = createCommand(catalog, 'One');
    const second = createCommand(catalog, 'Two');
    catalog.apply(first);
    const before = catalog.version;
    expect(catalog.apply(second).result).toEqual({kind: 'stale-plan'});
    expect(catalog.version).toBe(before);
    expect(catalog.tableByName('Two')).toBeUndefined();
  });

  test('a second table of one name is refused', () => {
    const catalog = catalogWithNodes();
    catalog.apply(createCommand(catalog, 'Music'));
    expect(catalog.apply(createCommand(catalog, 'Music')).result).toEqual({kind: 'refused', failure: {code: 'TableExists', name: 'Music'}});
  });

  test('deleting waits for ACTIVE, respects protection, and ends with no partition left', () => {
    const catalog = catalogWithNodes();
    catalog.apply(createCommand(catalog, 'Music'));
    expect(catalog.apply({kind: 'delete-table', name: 'Music'}).result).toMatchObject({failure: {code: 'TableBusy', status: 'CREATING'}});
    catalog.apply({kind: 'set-table-active', table: toTableId(1)});
    catalog.apply({kind: 'update-table', name: 'Music', change: {extra: {deletionProtectionEnabled: true}}});
    catalog.apply({kind: 'set-table-active', table: toTableId(1)});
    expect(catalog.apply({kind: 'delete-table', name: 'Music'}).result).toMatchObject({failure: {code: 'TableProtected'}});
    catalog.apply({kind: 'update-table', name: 'Music', change: {extra: {deletionProtectionEnabled: null}}});
    catalog.apply({kind: 'set-table-active', table: toTableId(1)});
    expect(catalog.apply({kind: 'delete-table', name: 'Music'}).result).toMatchObject({kind: 'ok', table: {status: 'DELETING'}});
    catalog.apply({kind: 'finish-delete-table', table: toTableId(1)});
    expect(catalog.tableByName('Music')).toBeUndefined();
    expect([...catalog.partitions()]).toEqual([]);
    // Ids are never given twice: a late message of the old table finds nobody.
    catalog.apply(createCommand(catalog, 'Music'));
    expect(catalog.tableByName('Music')?.tableId).toBe(2);
  });

  test('a table is not deleted while an index of it is made, and is when the index is given up', () => {
    const catalog = catalogWithNodes();
    catalog.apply(createCommand(catalog, 'Music'));
    catalog.apply({kind: 'set-table-active', table: toTableId(1)});
    const definition = {IndexName: 'by-a', KeySchema: [{AttributeName: 'a', KeyType: 'HASH' as const}], Projection: {ProjectionType: 'ALL' as const}};
    const newIndex = {expectedIndexId: toIndexId(0x100), expectedFirstGroup: toGroupId(catalog.counters().nextGroupId), partitions: []};
    catalog.apply({kind: 'update-table', name: 'Music', change: {index: {kind: 'create', definition, attributeDefinitions: [{AttributeName: 'a', AttributeType: 'S'}]}}, newIndex});
    catalog.apply({kind: 'set-table-active', table: toTableId(1)});
    expect(catalog.tableByName('Music')).toMatchObject({status: 'ACTIVE', globalIndexes: [{name: 'by-a', status: 'CREATING'}]});
    expect(catalog.apply({kind: 'delete-table', name: 'Music'}).result).toMatchObject({failure: {code: 'TableBusy'}});
    catalog.apply({kind: 'update-table', name: 'Music', change: {index: {kind: 'delete', name: 'by-a'}}});
    catalog.apply({kind: 'set-table-active', table: toTableId(1)});
    expect(catalog.apply({kind: 'delete-table', name: 'Music'}).result).toMatchObject({kind: 'ok', table: {status: 'DELETING'}});
  });

  test('tags change while the table keeps its state, and never become more than 50', () => {
    const catalog = catalogWithNodes();
    catalog.apply(createCommand(catalog, 'Music'));
    catalog.apply({kind: 'set-table-active', table: toTableId(1)});
    const version = catalog.version;
    const tags = [{Key: 'a', Value: '1'}, {Key: 'b', Value: ''}];
    expect(catalog.apply({kind: 'tag-table', name: 'Music', set: tags, remove: []}).result).toMatchObject({kind: 'ok', table: {status: 'ACTIVE', extra: {tags}}});
    expect(catalog.version).toBe(version + 1);
    catalog.apply({kind: 'tag-table', name: 'Music', set: [{Key: 'b', Value: '2'}], remove: ['a', 'none']});
    expect(catalog.tableByName('Music')?.extra.tags).toEqual([{Key: 'b', Value: '2'}]);
    const many = Array.from({length: 50}, (_none, i) => ({Key: `k${i}`, Value: ''}));
    expect(catalog.apply({kind: 'tag-table', name: 'Music', set: many, remove: []}).result).toMatchObject({failure: {code: 'LimitExceeded'}});
    expect(catalog.tableByName('Music')?.extra.tags).toHaveLength(1);
    expect(catalog.apply({kind: 'tag-table', name: 'None', set: [], remove: []}).result).toMatchObject({failure: {code: 'TableNotFound'}});
  });

  test('dropping all tables takes every state and protection with it, and frees the names at once', () => {
    const catalog = catalogWithNodes();
    catalog.apply(createCommand(catalog, 'One'));
    catalog.apply({kind: 'set-table-active', table: toTableId(1)});
    catalog.apply({kind: 'update-table', name: 'One', change: {extra: {deletionProtectionEnabled: true}}});
    catalog.apply(createCommand(catalog, 'Two'));
    catalog.apply({kind: 'drop-all-tables'});
    expect([...catalog.tables()]).toEqual([]);
    expect([...catalog.partitions()]).toEqual([]);
    expect(catalog.apply(createCommand(catalog, 'One')).result).toMatchObject({kind: 'ok', table: {tableId: 3}});
  });

  test('a registration that tells nothing new makes no version, whatever the order of its members', () => {
    const catalog = new Catalog();
    catalog.apply({kind: 'register-node', node: node('a1')});
    const {version} = catalog;
    const again = Object.fromEntries(Object.entries(node('a1')).reverse()) as unknown as NodeEntry;
    catalog.apply({kind: 'register-node', node: again});
    expect(catalog.version).toBe(version);
  });

  test('a process whose start number went back is refused', () => {
    const catalog = new Catalog();
    catalog.apply({kind: 'register-node', node: node('a1', 5)});
    expect(catalog.apply({kind: 'register-node', node: node('a1', 4)}).result).toMatchObject({kind: 'refused', failure: {code: 'BadRequest'}});
  });

  test('following deltas gives the same map as reading all, from any version', () => {
    const catalog = new Catalog();
    const maps = [ClusterMap.fromContent(catalog.content())];
    const step = (command: CatalogCommand): void => {
      catalog.apply(command);
      maps.push(ClusterMap.fromContent(catalog.content()));
    };
    for (const id of ['a1', 'b1', 'c1']) step({kind: 'register-node', node: node(id)});
    step(createCommand(catalog, 'One'));
    step({kind: 'set-table-active', table: toTableId(1)});
    step(createCommand(catalog, 'Two'));
    step({kind: 'delete-table', name: 'One'});
    step({kind: 'finish-delete-table', table: toTableId(1)});
    step({kind: 'set-node-state', node: toNodeId('b1'), incarnation: 1, state: 'down'});
    const newest = ClusterMap.fromContent(catalog.content()).toContent();
    for (const map of maps) {
      const followed = map.apply(catalog.deltaSince(map.version)).toContent();
      expect(sorted(followed)).toEqual(sorted(newest));
    }
  });

  test('rows in the store give the same catalog back', async () => {
    const catalog = new Catalog();
    const store = new MemoryStore();
    const run = async (command: CatalogCommand): Promise<void> => {
      const {change} = catalog.apply(command);
      const batch = new WriteBatch();
      if (change !== undefined) writeCatalogChange(catalog, change, batch);
      await store.write(batch);
    };
    for (const id of ['a1', 'b1', 'c1']) await run({kind: 'register-node', node: node(id)});
    await run(createCommand(catalog, 'One'));
    await run(createCommand(catalog, 'Two'));
    await run({kind: 'set-table-active', table: toTableId(1)});
    await run({kind: 'delete-table', name: 'One'});
    await run({kind: 'finish-delete-table', table: toTableId(1)});
    const again = new Catalog();
    await readCatalog(store, again);
    expect(sorted(again.content())).toEqual(sorted(catalog.content()));
    expect(again.counters()).toEqual(catalog.counters());
    await store.close();
  });

  test('settings are stored, told to watchers as a whole, and forgotten with their table', async () => {
    const catalog = new Catalog();
    const store = new MemoryStore();
    const run = async (command: CatalogCommand): Promise<void> => {
      const {change} = catalog.apply(command);
      const batch = new WriteBatch();
      if (change !== undefined) writeCatalogChange(catalog, change, batch);
      await store.write(batch);
    };
    for (const id of ['a1', 'b1', 'c1']) await run({kind: 'register-node', node: node(id)});
    await run(createCommand(catalog, 'One'));
    await run({kind: 'set-table-active', table: toTableId(1)});
    const before = ClusterMap.fromContent(catalog.content());
    await run({kind: 'change-settings', tableName: undefined, change: {set: {sharing: 'static'}, reset: []}});
    await run({kind: 'change-settings', tableName: 'One', change: {set: {burstSeconds: 0}, reset: []}});
    expect(catalog.apply({kind: 'change-settings', tableName: 'Two', change: {set: {burstSeconds: 0}, reset: []}}).result).toMatchObject({kind: 'refused', failure: {code: 'TableNotFound'}});
    const told = before.apply(catalog.deltaSince(before.version));
    expect(told.settingsOf(toTableId(1), CAPACITY_SETTING_DEFAULTS)).toMatchObject({sharing: 'static', burstSeconds: 0});
    expect(told.settingsOf(toTableId(2), CAPACITY_SETTING_DEFAULTS)).toMatchObject({sharing: 'static', burstSeconds: 300});
    const again = new Catalog();
    await readCatalog(store, again);
    expect(again.settings).toEqual({cluster: {sharing: 'static'}, tables: {1: {burstSeconds: 0}}});
    await run({kind: 'delete-table', name: 'One'});
    await run({kind: 'finish-delete-table', table: toTableId(1)});
    expect(told.apply(catalog.deltaSince(told.version)).settings).toEqual({cluster: {sharing: 'static'}, tables: {}});
    await readCatalog(store, again);
    expect(again.settings).toEqual(catalog.settings);
    await store.close();
  });

  test('commands of an unknown version or kind are refused, not guessed at', () => {
    const bytes = encodeCatalogCommand({kind: 'delete-table', name: 'x'});
    expect(decodeCatalogCommand(bytes)).toEqual({kind: 'delete-table', name: 'x'});
    const newer = new TextEncoder().encode('{"v":2,"command":{"kind":"delete-table"}}');
    expect(() => decodeCatalogCommand(newer)).toThrow(/unknown version/);
  });
});

describe('planTable', () => {
  test('too few AZs for the replicas is told, not worked around', () => {
    const plan = planTable({replicationFactor: 3}, specification('x'), toTableId(1), toIndexId(0), [node('a1'), node('a2'), node('b1')], []);
    expect(plan).toEqual({code: 'NotEnoughZones', zoneCount: 2, zoneCountNeeded: 3});
  });
  test('a setting goes before the formula', () => {
    expect(planTable({replicationFactor: 3, initialPartitions: 7}, specification('x'), toTableId(1), toIndexId(0), [node('a1'), node('b1'), node('c1')], [])).toHaveLength(7);
  });
  test('provisioned tables start with the partitions of the formula', () => {
    const wide = {...specification('x'), billingMode: 'PROVISIONED' as const, provisionedThroughput: {ReadCapacityUnits: 6000, WriteCapacityUnits: 500}};
    const plan = planTable({replicationFactor: 3}, wide, toTableId(1), toIndexId(0), [node('a1'), node('b1'), node('c1')], []);
    expect(plan).toHaveLength(3);
    expect(toReplicaId(1)).toBe(1);
  });
});

function sorted(content: ReturnType<Catalog['content']>): unknown {
  return {
    version: content.version,
    tables: [...content.tables].sort((a, b) => a.tableId - b.tableId),
    partitions: content.partitions.map((entry) => ({...entry, from: toHex(entry.from), until: toHex(entry.until)})).sort((a, b) => a.group - b.group),
    nodes: [...content.nodes].sort((a, b) => (a.node < b.node ? -1 : 1)),
  };
}
