// Goal: a hot item ends alone in its partition, with nothing lost on either side and its neighbours served on.
// Method: three processes on a clock by hand; cuts right below and right above the item, as advice names them.
import {compareBytes, concatBytes, fromHex, prefixEnd, toGroupId, toHex} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import {fenceKeyOf, indexIdOf, shiftIndex} from '@murmuration/model';
import {outboxKey} from '@murmuration/partition';
import type {PartitionRequest, PartitionResponse} from '@murmuration/partition';
import {TestCluster, get, itemOf, keyOf, putValue} from '../testing/node-cluster.js';

const PARENT = toGroupId(16);
const UPPER = toGroupId(40);
const LAST = toGroupId(41);
const HOT = keyOf('collection', 5);

async function split(cluster: TestCluster, group: GroupId, child: GroupId, at: Uint8Array): Promise<void> {
  cluster.publish({[group]: {split: {child, at}}});
  const told = (): ReturnType<typeof report> => report(cluster, group);
  await cluster.until(() => told()?.lastSplit !== undefined);
  const parent = cluster.entry(group);
  const border = fromHex(told()?.lastSplit?.atHex ?? '');
  // Right behind the item are the rows beside it, which go with it.
  expect(toHex(border)).toBe(toHex(at.length > HOT.length ? (prefixEnd(HOT) ?? at) : at));
  cluster.publish({[group]: {until: border, epoch: parent.epoch + 1, split: undefined}, [child]: {...parent, group: child, from: border, epoch: parent.epoch + 1, membership: 1, split: undefined}});
  await cluster.untilLed();
}
function report(cluster: TestCluster, group: GroupId) {
  return cluster.processes.flatMap(({node}) => node.report()).find((each) => each.group === group && each.isLeader);
}
async function call(cluster: TestCluster, sk: number, make: () => PartitionRequest): Promise<PartitionResponse> {
  for (let tries = 0; tries < 400; tries += 1) {
    const entry = cluster.map.partitionOfKey(keyOf('collection', sk));
    const request = {...make(), group: entry?.group ?? PARENT, epoch: entry?.epoch ?? 1};
    const response = await cluster.ask(cluster.leaderOf(request.group), request);
    if (response.kind !== 'failed') return response;
    await cluster.run(5);
  }
  throw new Error('the call never went through');
}

test('an item that is cut off below and above is alone, and it and its neighbours are written and read on', async () => {
  const cluster = await TestCluster.start();
  for (let sk = 0; sk < 10; sk += 1) await call(cluster, sk, () => putValue(cluster, 'collection', sk, sk));
  await split(cluster, PARENT, UPPER, HOT);
  await split(cluster, UPPER, LAST, concatBytes([HOT, new Uint8Array(1)]));
  const lone = cluster.entry(UPPER);
  expect(compareBytes(lone.from, HOT)).toBe(0);
  for (const beside of [outboxKey(HOT, 318), fenceKeyOf(HOT, 't')]) {
    expect(compareBytes(beside, shiftIndex(lone.until, indexIdOf(beside)))).toBeLessThan(0);
  }
  expect([PARENT, UPPER, LAST].map((group) => report(cluster, group)?.itemCount)).toEqual([5, 1, 4]);
  expect(report(cluster, UPPER)?.splitTimeline).toMatchObject({child: LAST, choseMs: 0});
  for (let sk = 0; sk < 10; sk += 1) {
    await call(cluster, sk, () => putValue(cluster, 'collection', 100 + sk, sk));
    const read = await call(cluster, sk, () => ({...(get(cluster, 'collection', 'strong') as Extract<PartitionRequest, {kind: 'get'}>), keys: [keyOf('collection', sk)]}));
    expect(itemOf(read)).toMatchObject({v: {N: String(100 + sk)}});
  }
  expect([PARENT, UPPER, LAST].map((group) => report(cluster, group)?.itemCount)).toEqual([5, 1, 4]);
});
