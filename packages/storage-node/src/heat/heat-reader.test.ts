// Goal: what partitions on several processes know of their heat comes together as one picture of a table, by key and by
// time; a process that says nothing is named. Method: three processes with real partitions on a clock by hand.
import {DecodeError, utf8Encode} from '@murmuration/base';
import {HEAT_CELLS_MAX, decodeHeatAnswer, decodeHeatQuestion, encodeHeatQuestion} from './heat-protocol.js';
import {HeatReader, cellWidthMs} from './heat-reader.js';
import type {TableHeat, TableKeys} from './heat-reader.js';
import {TestCluster, get, putValue} from '../testing/node-cluster.js';

const readerAt = (cluster: TestCluster, name: string): HeatReader => {
  const process = cluster.process(name);
  return new HeatReader({network: process.network, clock: cluster.time}, process.source);
};
async function heatOf(cluster: TestCluster, table = 'things'): Promise<TableHeat | undefined> {
  let told: {heat: TableHeat | undefined} | undefined;
  readerAt(cluster, 'a1').readHeat(table, 60_000, (heat) => (told = {heat}));
  await cluster.until(() => told !== undefined);
  return told?.heat;
}
async function keysOf(cluster: TestCluster, scope: 'item' | 'collection'): Promise<TableKeys | undefined> {
  let told: {keys: TableKeys | undefined} | undefined;
  readerAt(cluster, 'b1').readKeys('things', {cause: 'accessed', scope, countMax: 2}, (keys) => (told = {keys}));
  await cluster.until(() => told !== undefined);
  return told?.keys;
}

test('load and keys of a table are told with their partitions, by every process alike', async () => {
  const cluster = await TestCluster.start(2);
  for (let i = 0; i < 12; i += 1) {
    const pk = i % 3 === 0 ? 'cold' : 'hot';
    const request = putValue(cluster, pk, i, i % 4);
    await cluster.ask(cluster.leaderOf(request.group), request);
  }
  const read = get(cluster, 'cold', 'strong');
  await cluster.ask(cluster.leaderOf(read.group), read);
  await cluster.run(1_500);
  const heat = await heatOf(cluster);
  expect(heat).toMatchObject({table: 'things', missingNodes: [], cellMs: 1_000});
  expect(heat?.partitions).toHaveLength(2);
  expect(heat?.partitions.every(({leader, advice, hotSinceMs}) => leader !== null && advice === null && hotSinceMs === null)).toBe(true);
  const cells = heat?.partitions.flatMap((partition) => partition.cells) ?? [];
  expect(cells.reduce((sum, {writeUnits}) => sum + writeUnits, 0)).toBe(12);
  expect(cells.reduce((sum, {readUnits}) => sum + readUnits, 0)).toBe(1);
  const collections = await keysOf(cluster, 'collection');
  expect(collections?.keys.map(({key}) => key)).toEqual([{pk: {S: 'hot'}}, {pk: {S: 'cold'}}]);
  // Eight writes of one unit count three times; four and a read of a unit are the others.
  expect(collections?.keys.map(({count}) => count)).toEqual([24, 13]);
  const items = await keysOf(cluster, 'item');
  expect(items?.keys).toHaveLength(2);
  expect(items?.keys[0]?.key).toMatchObject({pk: {S: expect.any(String) as unknown}, sk: {N: expect.any(String) as unknown}});
});

test('a process that does not answer is named, a table that is not there is told so', async () => {
  const cluster = await TestCluster.start();
  await cluster.crash(cluster.process('c1'));
  expect(await heatOf(cluster)).toMatchObject({missingNodes: ['c1']});
  expect(await heatOf(cluster, 'nothing')).toBeUndefined();
});

test('a question comes through as it was, and what is none is refused', () => {
  const question = {tableId: 5, fromMs: 1_000, cellMs: 60_000, keys: {cause: 'throttled', scope: 'item', countMax: 10}} as const;
  expect(decodeHeatQuestion(encodeHeatQuestion(question))).toEqual(question);
  for (const text of ['', '[]', '{"v":2,"question":{}}', '{"v":1}', '{"v":1,"question":{"tableId":1,"fromMs":0,"cellMs":1}}', '{"v":1,"question":{"tableId":1,"fromMs":0,"cellMs":1000,"keys":{"cause":"x"}}}']) {
    expect(() => decodeHeatQuestion(utf8Encode(text))).toThrow(DecodeError);
  }
  expect(() => decodeHeatAnswer(utf8Encode('{"v":1,"answer":{}}'))).toThrow(DecodeError);
});

test('a picture has no more cells than its bound, each a whole number of those that are kept', () => {
  for (const overMs of [1_000, 60_000, 118_000, 119_000, 600_000, 1_789_000, 1_800_000, 3_600_000, 86_400_000]) {
    const cellMs = cellWidthMs(overMs);
    expect(overMs / cellMs + 1).toBeLessThanOrEqual(HEAT_CELLS_MAX);
    expect(cellMs % (overMs < 119_000 ? 1_000 : overMs < 1_790_000 ? 10_000 : 60_000)).toBe(0);
  }
});
