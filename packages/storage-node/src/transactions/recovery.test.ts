// Goal: a transaction that its coordinator left is brought to one end at every partition, over crashes of leaders too, and what is remembered
// of it goes when it is over. Method: three nodes in one process with four partitions and a clock moved by hand; steps are sent by the test.
import {utf8Encode} from '@murmuration/base';
import {decisionKeyOf, pendingKeyOf} from '@murmuration/model';
import type {PartitionResponse, TransactAction, TransactStep, TransactionName} from '@murmuration/partition';
import {TestCluster, get, groupOf, itemOf, keyOf, putValue} from '../testing/node-cluster.js';

const put = (pk: string, value: number): TransactAction => {
  const item = utf8Encode(`{"pk":{"S":"${pk}"},"sk":{"N":"0"},"v":{"N":"${value}"}}`);
  return {isCheck: false, command: {op: 'put', key: keyOf(pk), item, itemSizeBytes: item.length, expressions: undefined, returnValues: 'NONE', returnItemOnConditionFailure: false}};
};
/** Two names in different partitions. */
function apart(cluster: TestCluster): readonly [string, string] {
  const first = 'x';
  for (let i = 0; ; i += 1) if (groupOf(cluster, `y${i}`).group !== groupOf(cluster, first).group) return [first, `y${i}`];
}
const nameOf = (cluster: TestCluster, transaction: string, anchor: string): TransactionName => ({
  transaction, token: `token-${transaction}`, requestHash: 'h', anchor: keyOf(anchor), timestampHlc: (cluster.time.wallMs() + 1) * 1024,
});
async function send(cluster: TestCluster, pk: string, step: TransactStep): Promise<PartitionResponse> {
  const {group, epoch} = groupOf(cluster, pk);
  return cluster.ask(cluster.leaderOf(group), {kind: 'transact', group, epoch, step});
}
async function strong(cluster: TestCluster, pk: string): Promise<unknown> {
  return (itemOf(await cluster.ask(cluster.leaderOf(groupOf(cluster, pk).group), get(cluster, pk, 'strong'))) as {v?: {N: string}} | undefined)?.v?.N;
}
async function prepareBoth(cluster: TestCluster, transaction: string): Promise<readonly [TransactionName, string, string]> {
  const [x, y] = apart(cluster);
  const name = nameOf(cluster, transaction, x);
  for (const pk of [x, y]) expect(await send(cluster, pk, {kind: 'prepare', name, actions: [put(pk, 7)]})).toMatchObject({result: {kind: 'accepted'}});
  return [name, x, y];
}

describe('transactions that nobody brings to an end', () => {
  it('are given up everywhere when they were not decided, and cannot be decided afterwards', async () => {
    const cluster = await TestCluster.start(4);
    const [name, x, y] = await prepareBoth(cluster, 't1');
    expect(await cluster.ask(cluster.leaderOf(groupOf(cluster, x).group), putValue(cluster, x, 1))).toMatchObject({failure: {code: 'Rejected', error: 'TransactionConflictException'}});
    await cluster.run(2_600);
    expect([await strong(cluster, x), await strong(cluster, y)]).toEqual([undefined, undefined]);
    expect(await send(cluster, x, {kind: 'decide', name, keys: [keyOf(x)], participants: [keyOf(y)]})).toMatchObject({result: {kind: 'cancelled'}});
    // A copy of a step that comes now holds nothing.
    expect(await send(cluster, x, {kind: 'prepare', name, actions: [put(x, 7)]})).toMatchObject({result: {kind: 'cancelled'}});
    for (const pk of [x, y]) expect(await cluster.ask(cluster.leaderOf(groupOf(cluster, pk).group), putValue(cluster, pk, 1))).toMatchObject({kind: 'written'});
  });

  it('are carried out everywhere when they were decided, also by leaders that start from their disks', async () => {
    const cluster = await TestCluster.start(4);
    const [name, x, y] = await prepareBoth(cluster, 't2');
    expect(await send(cluster, x, {kind: 'decide', name, keys: [keyOf(x)], participants: [keyOf(y)]})).toMatchObject({result: {kind: 'committed'}});
    expect([await strong(cluster, x), await strong(cluster, y)]).toEqual(['7', undefined]);
    const victim = cluster.leaderOf(groupOf(cluster, y).group);
    await cluster.crash(victim);
    await cluster.restart(victim);
    await cluster.untilLed();
    await cluster.run(2_600);
    expect([await strong(cluster, x), await strong(cluster, y)]).toEqual(['7', '7']);
    // A copy of the prepare is too old by now, and a copy of the commit finds nothing to do.
    expect(await send(cluster, y, {kind: 'prepare', name, actions: [put(y, 7)]})).toMatchObject({result: {kind: 'too-old'}});
    await cluster.ask(cluster.leaderOf(groupOf(cluster, y).group), putValue(cluster, y, 8));
    expect(await send(cluster, y, {kind: 'commit', transaction: 't2', keys: [keyOf(y)]})).toMatchObject({result: {kind: 'committed'}});
    expect(await strong(cluster, y)).toBe('8');
  });

  it('are remembered for ten minutes, and not after', async () => {
    const cluster = await TestCluster.start(4, {decisionTrimMs: 500});
    const [x] = apart(cluster);
    const name = nameOf(cluster, 't3', x);
    expect(await send(cluster, x, {kind: 'once', name, actions: [put(x, 7)], isTokenHere: false})).toMatchObject({result: {kind: 'accepted'}});
    expect(await send(cluster, x, {kind: 'once', name: {...name, transaction: 't4'}, actions: [put(x, 7)], isTokenHere: false})).toMatchObject({result: {kind: 'repeated', transaction: 't3'}});
    const {store} = cluster.leaderOf(groupOf(cluster, x).group);
    const rowsOf = async (): Promise<readonly boolean[]> => (await store.getMany([decisionKeyOf(keyOf(x), name.token), pendingKeyOf(keyOf(x))])).map((value) => value !== undefined);
    await cluster.run(1_200);
    expect(await rowsOf()).toEqual([true, false]);
    cluster.time.shiftWall(10 * 60_000 + 1);
    await cluster.run(1_500);
    expect(await rowsOf()).toEqual([false, false]);
  });
});

describe('throughput', () => {
  it('of a transaction is taken when it is judged, twice the units, and nothing is done without', async () => {
    const cluster = await TestCluster.start(1, {throttling: 'provisioned', burstSeconds: 0}, {billingMode: 'PROVISIONED', provisionedThroughput: {ReadCapacityUnits: 10, WriteCapacityUnits: 10}});
    await cluster.run(2_000);
    const results: string[] = [];
    for (let i = 0; i < 8; i += 1) {
      const response = await send(cluster, 'x', {kind: 'once', name: nameOf(cluster, `t${i}`, 'x'), actions: [put('x', i), put(`z${i}`, i)], isTokenHere: false});
      results.push(response.kind === 'transacted' ? response.result.kind : response.kind === 'failed' ? response.failure.code : response.kind);
    }
    expect(results.slice(0, 2)).toEqual(['accepted', 'accepted']);
    expect(results.at(-1)).toBe('Throttled');
    expect(await strong(cluster, 'z7')).toBeUndefined();
  });
});
