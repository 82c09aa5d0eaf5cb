// Goal: on every replica, at every read, entries of local indexes are the projections of the items: through pipelined
// writes, splits, crashes, snapshots and moves. Method: as in elasticity.test.ts, with a table that has two local indexes.
import {fromHex, toGroupId, toIndexId, toNodeId, toReplicaId, utf8Decode} from '@murmuration/base';
import {auditIndex} from '@murmuration/checkers';
import type {AuditVerdict, ItemJson} from '@murmuration/checkers';
import {indexIdOf, localIndexesOf, storedBody, storedTableRange} from '@murmuration/model';
import type {TableDescriptor} from '@murmuration/model';
import type {PartitionResponse} from '@murmuration/partition';
import {decodeIdentity, encodeIdentity} from './owner-data.js';
import {TABLE, TestCluster, get, itemOf, keyOf, range, texts, write} from './testing/node-cluster.js';
import type {Process} from './testing/node-cluster.js';

const GROUP = toGroupId(16);
const CHILD = toGroupId(40);
const DESCRIBED: Pick<TableDescriptor, 'attributeDefinitions' | 'extra'> = {
  attributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: 'sk', AttributeType: 'N'}, {AttributeName: 'at', AttributeType: 'N'}],
  extra: {localSecondaryIndexes: (['ALL', 'KEYS_ONLY'] as const).map((ProjectionType) => ({
    IndexName: ProjectionType, KeySchema: [{AttributeName: 'pk', KeyType: 'HASH' as const}, {AttributeName: 'at', KeyType: 'RANGE' as const}], Projection: {ProjectionType},
  }))},
};
const [ALL, KEYS_ONLY] = [toIndexId(1), toIndexId(2)];
const names = Array.from({length: 12}, (_, i) => `k${i}`);

const start = (tuning: Parameters<typeof TestCluster.start>[1] = {}): Promise<TestCluster> => TestCluster.start(1, tuning, DESCRIBED);
async function call(cluster: TestCluster, make: () => Parameters<TestCluster['ask']>[1]): Promise<PartitionResponse> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const request = make();
    const process = cluster.processes.find(({host}) => host.status(request.group)?.isLeader === true) ?? cluster.processes[attempt % cluster.processes.length] as Process;
    const response = await cluster.ask(process, request);
    if (response.kind !== 'failed' || response.failure.code === 'Rejected') return response;
    await cluster.run(5);
  }
  throw new Error('the call never went through');
}
const put = (cluster: TestCluster, pk: string, sk: number, more: object): ReturnType<typeof write> => write(cluster, pk, {sk, value: more});
async function fill(cluster: TestCluster): Promise<void> {
  for (const pk of names) for (let sk = 0; sk < 3; sk += 1) await call(cluster, () => put(cluster, pk, sk, sk === 2 ? {v: {N: '0'}} : {at: {N: String(10 - sk)}, v: {N: '1'}}));
}
const asJson = (body: Uint8Array): ItemJson => JSON.parse(utf8Decode(body)) as ItemJson;
function audit(index: typeof ALL, baseRows: readonly ItemJson[], indexRows: readonly ItemJson[]): AuditVerdict {
  return auditIndex({baseRows, indexRows, baseKey: ['pk', 'sk'], indexKey: ['pk', 'at'], projection: {kind: index === ALL ? 'all' : 'keys-only'}});
}
/** Everything of the table in one store, by index id. */
async function storedRows(process: Process): Promise<ReadonlyMap<number, readonly ItemJson[]>> {
  const rows = new Map<number, ItemJson[]>();
  const {from} = storedTableRange(TABLE, 0);
  const {until} = storedTableRange(TABLE, 0xfffe);
  for (const {key, value} of await process.store.iterate({from, until}).next(10_000)) {
    const index = indexIdOf(key);
    rows.set(index, [...(rows.get(index) ?? []), index <= 5 ? asJson(storedBody(value)) : {}]);
  }
  return rows;
}
async function auditStores(cluster: TestCluster): Promise<void> {
  await cluster.run(300);
  for (const process of cluster.processes) {
    const rows = await storedRows(process);
    for (const index of [ALL, KEYS_ONLY]) expect(audit(index, rows.get(0) ?? [], rows.get(index) ?? [])).toMatchObject({kind: 'ok'});
    expect(rows.get(0)?.length).toBeGreaterThan(0);
    expect(rows.get(0xfffe)).toHaveLength(new Set(rows.get(0)?.map((row) => JSON.stringify(row['pk']))).size);
  }
}
function listing(response: PartitionResponse): readonly ItemJson[] {
  if (response.kind !== 'ranged') throw new Error(JSON.stringify(response));
  return response.items.map(asJson);
}

describe('local indexes of a partition', () => {
  it('are read strongly right after a write, in the order of their key, page by page and backwards', async () => {
    const cluster = await start();
    await fill(cluster);
    const read = (more: object): Promise<PartitionResponse> => call(cluster, () => range(cluster, 'k0', more));
    const forward = listing(await read({index: KEYS_ONLY}));
    expect(forward).toHaveLength(24);
    expect(forward.every((row) => Object.keys(row).length === 3)).toBe(true);
    expect(forward.map(({at}) => at).slice(0, 2)).toEqual([{N: '9'}, {N: '10'}]);
    expect(listing(await read({index: KEYS_ONLY, isReverse: true}))).toEqual([...forward].reverse());
    const paged: ItemJson[] = [];
    let from = cluster.entry(GROUP).from;
    for (;;) {
      const page = await read({index: KEYS_ONLY, itemCountMax: 5, from});
      paged.push(...listing(page));
      if (page.kind !== 'ranged' || page.lastKey === undefined) break;
      expect(indexIdOf(page.lastKey)).toBe(0);
      from = Uint8Array.of(...page.lastKey, 0);
    }
    expect(paged).toEqual(forward);
    const whole = await read({index: KEYS_ONLY, isWhole: true, expressions: texts({filter: 'v = :one', valuesJson: '{":one":{"N":"1"}}'})});
    expect(whole).toMatchObject({count: 24, fetchedBlockCount: 24});
    expect(listing(whole)[0]).toMatchObject({v: {N: '1'}});
    expect(await cluster.ask(cluster.leaderOf(GROUP), range(cluster, 'k0', {index: toIndexId(3)}))).toMatchObject({failure: {code: 'Unavailable'}});
    await auditStores(cluster);
  });

  it('follow writes to one item and one collection that are in the pipeline together', async () => {
    const cluster = await start();
    const leader = cluster.leaderOf(GROUP);
    const answers: Promise<PartitionResponse>[] = [];
    for (let i = 0; i < 60; i += 1) {
      answers.push(cluster.ask(leader, i % 3 === 2 ? write(cluster, 'hot', {op: 'delete', sk: i % 2, item: new Uint8Array(0)}) : put(cluster, 'hot', i % 2, {at: {N: String(i)}})));
    }
    await cluster.settle(Promise.all(answers).then(() => undefined));
    for (const answer of answers) expect(await answer).toMatchObject({kind: 'written'});
    await auditStores(cluster);
    const base = listing(await cluster.ask(leader, range(cluster, 'hot')));
    expect(audit(ALL, base, listing(await cluster.ask(leader, range(cluster, 'hot', {index: ALL}))))).toMatchObject({kind: 'ok'});
    const held = base.filter(({at}) => at !== undefined).length;
    expect(leader.node.report()[0]).toMatchObject({itemCount: base.length, localIndexes: [{itemCount: held}, {itemCount: held}]});
  });

  it('are judged rightly when neither item nor collection is in memory: after a restart, with a cache of nothing', async () => {
    const cluster = await start({rowCacheBytesMax: 0});
    await fill(cluster);
    const before = await call(cluster, () => put(cluster, 'k0', 0, {at: {N: '5'}}));
    const dead = [...cluster.processes];
    for (const process of dead) await cluster.crash(process);
    for (const process of dead) await cluster.restart(process);
    await cluster.untilLed();
    const [first, second] = await Promise.all([call(cluster, () => put(cluster, 'k0', 0, {at: {N: '6'}})), call(cluster, () => put(cluster, 'k0', 1, {}))]);
    expect(first).toMatchObject({derived: {indexHalfUnits: [4, 4]}});
    expect(second).toMatchObject({derived: {indexHalfUnits: [2, 2]}});
    const sizeOf = (response: PartitionResponse): number => (response.kind === 'written' ? response.derived?.collectionSizeBytes ?? 0 : 0);
    expect(sizeOf(first)).toBe(sizeOf(before));
    await auditStores(cluster);
  });

  it('keep a collection below its limit', async () => {
    const cluster = await start({collectionSizeBytesMax: 100});
    expect(await call(cluster, () => put(cluster, 'k0', 0, {at: {N: '1'}}))).toMatchObject({kind: 'written'});
    expect(await call(cluster, () => put(cluster, 'k0', 1, {at: {N: '1'}, v: {S: 'x'.repeat(60)}}))).toMatchObject({failure: {error: 'ItemCollectionSizeLimitExceededException'}});
    expect(itemOf(await call(cluster, () => get(cluster, 'k0', 'strong')))).toMatchObject({at: {N: '1'}});
  });
});

describe('a partition with local indexes', () => {
  it('is cut between collections, under writes, with its entries, and after a crash of every process', async () => {
    const cluster = await start();
    await fill(cluster);
    let isOver = false;
    const writers = names.slice(0, 3).map(async (pk) => {
      for (let i = 0; !isOver; i += 1) await call(cluster, () => put(cluster, pk, i % 3, {at: {N: String(i)}}));
    });
    cluster.publish({[GROUP]: {split: {child: CHILD, at: undefined}}});
    const reported = (): ReturnType<Process['node']['report']>[number] | undefined => cluster.processes.flatMap(({node}) => node.report()).find(({lastSplit}) => lastSplit !== undefined);
    await cluster.until(() => reported() !== undefined);
    const parent = cluster.entry(GROUP);
    const border = fromHex(reported()?.lastSplit?.atHex ?? '');
    cluster.publish({
      [GROUP]: {until: border, epoch: 2, split: undefined}, [CHILD]: {...parent, group: CHILD, from: border, epoch: 2, membership: 1, split: undefined},
    });
    await cluster.until(() => cluster.processes.some(({host}) => host.hasLease(CHILD)));
    await cluster.run(50);
    isOver = true;
    await cluster.settle(Promise.all(writers).then(() => undefined));
    expect(border).toHaveLength(11);
    const dead = [...cluster.processes];
    for (const process of dead) await cluster.crash(process);
    for (const process of dead) await cluster.restart(process);
    await cluster.untilLed();
    let total = 0;
    for (const entry of [cluster.entry(GROUP), cluster.entry(CHILD)]) {
      const all = (more: object): Promise<PartitionResponse> => call(cluster, () => ({...range(cluster, 'k0', more), group: entry.group, from: entry.from, until: entry.until}));
      const base = listing(await all({}));
      for (const index of [ALL, KEYS_ONLY]) expect(audit(index, base, listing(await all({index})))).toMatchObject({kind: 'ok'});
      expect(base.length).toBeGreaterThan(0);
      total += base.length;
    }
    expect(total).toBe(36);
    await auditStores(cluster);
  });

  it('refuses to be cut inside a collection', async () => {
    const cluster = await start();
    await fill(cluster);
    const refusal = (): string | undefined => cluster.leaderOf(GROUP).node.report()[0]?.splitRefusal?.reason;
    cluster.publish({[GROUP]: {split: {child: CHILD, at: keyOf('k3', 1)}}});
    await cluster.until(() => refusal() !== undefined);
    expect(refusal()).toBe('the table has local indexes, and the place lies inside an item collection');
  });

  it('reaches a replica that slept long, or comes new, by snapshot, and leaves nothing where it was', async () => {
    const cluster = await start();
    await fill(cluster);
    const asleep = cluster.processes.find(({host}) => !host.hasLease(GROUP)) as Process;
    cluster.cut(asleep);
    for (const pk of names) await call(cluster, () => put(cluster, pk, 0, {at: {N: '77'}}));
    for (const pk of names) await call(cluster, () => write(cluster, pk, {op: 'delete', sk: 1, item: new Uint8Array(0)}));
    const leader = cluster.leaderOf(GROUP);
    await cluster.run(100);
    await cluster.settle(leader.store.flush());
    for (const process of cluster.processes) if (process !== asleep) process.log.truncatePrefix(GROUP, process.host.status(GROUP)!.stored);
    for (const pk of names) await call(cluster, () => put(cluster, pk, 0, {at: {N: '78'}}));
    cluster.heal(asleep);
    await cluster.until(() => asleep.host.status(GROUP)?.applied === leader.host.status(GROUP)?.applied, 20_000);
    await auditStores(cluster);
    const fresh = await cluster.addProcess('a2');
    const replicas = cluster.entry(GROUP).replicas;
    cluster.publish({[GROUP]: {membership: 2, replicas: [...replicas, {replica: toReplicaId(4), node: toNodeId('a2'), role: 'learner'}]}});
    await cluster.until(() => (fresh.host.status(GROUP)?.applied ?? 0) >= (leader.host.status(GROUP)?.applied ?? 0), 20_000);
    await auditStores(cluster);
    expect((await storedRows(fresh)).get(KEYS_ONLY)).toHaveLength(12);
    cluster.publish({[GROUP]: undefined}, (node) => node, false);
    await cluster.until(() => cluster.processes.every(({node}) => node.groups.length === 0));
    await cluster.run(100);
    for (const process of cluster.processes) expect((await storedRows(process)).size).toBe(0);
  });

  it('is known by its certificate, local indexes included', () => {
    const identity = {
      table: TABLE, index: toIndexId(0), schema: {hash: {name: 'pk', type: 'S'}, range: {name: 'sk', type: 'N'}}, from: keyOf('a'), until: keyOf('a', 1), epoch: 3,
      mapVersion: 9, parent: undefined,
      localIndexes: [...localIndexesOf(DESCRIBED), {indexId: toIndexId(3), name: 'i', sortKey: {name: 'z', type: 'B'}, projection: {kind: 'INCLUDE', attributes: ['a', 'b']}}],
    } as const;
    expect(decodeIdentity(encodeIdentity(identity))).toEqual(identity);
    const plain = {...identity, localIndexes: []};
    expect(decodeIdentity(encodeIdentity(plain))).toEqual(plain);
  });
});
