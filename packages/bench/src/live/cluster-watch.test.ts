// Goal: what changes in a cluster becomes events, and units go to the partition that holds the key. Method: two looks, and ranges made by hand.
import {toHex, toIndexId, toTableId} from '@murmuration/base';
import {buildStoredKey, encodePartitionKey} from '@murmuration/model';
import {spaceOf, tokenBorder, tokenOf} from '@murmuration/placement';
import {changesBetween} from './cluster-watch.js';
import {PartitionUnits} from './partition-units.js';

type Status = Parameters<typeof changesBetween>[0];
const partition = (id: number, leader: string | null, table = 'T'): Status['partitions'][number] => ({id, table, index: null, from: '', until: '', leader, replicas: []});
const status = (overrides: Partial<Status>): Status => ({
  tables: [{name: 'T', id: 1}], nodes: [{id: 'a1', state: 'up'}, {id: 'b1', state: 'up'}], partitions: [partition(17, 'a1'), partition(18, 'b1')], jobs: [], ...overrides,
});

test('nothing changed is no event, and other tables are not ours', () => {
  expect(changesBetween(status({}), status({}), 'T', 1_000)).toEqual([]);
  expect(changesBetween(status({}), status({partitions: [...status({}).partitions, partition(40, 'a1', 'Other')]}), 'T', 1_000)).toEqual([]);
});
test('a new partition is a split of the one its job names; a leader that changed and a node that went are told', () => {
  const job = {id: 5, kind: 'split', partition: 17, cause: 'heat', toNode: null, child: 19};
  const now = status({nodes: [{id: 'a1', state: 'down'}, {id: 'b1', state: 'up'}], partitions: [partition(17, 'b1'), partition(18, 'b1'), partition(19, 'b1')], jobs: [job]});
  expect(changesBetween(status({}), now, 'T', 2_000.4).map(({kind, partition: of, node, cause, atMs}) => [kind, of, node, cause, atMs])).toEqual([
    ['node-down', null, 'a1', 'lost', 2_000], ['leader-change', '17', 'b1', 'moved', 2_000], ['split', '17', 'b1', 'heat', 2_000],
  ]);
});
test('a replica that goes elsewhere is told with its cause', () => {
  const now = status({jobs: [{id: 6, kind: 'move', partition: 18, cause: 'drain', toNode: 'c1', child: null}]});
  expect(changesBetween(status({}), now, 'T', 0)).toMatchObject([{kind: 'move', partition: '18', node: 'c1', cause: 'drain'}]);
});

describe('units by partition', () => {
  const table = toTableId(7);
  const base = toIndexId(0);
  const space = spaceOf(table, base);
  const border = tokenBorder(table, base, 0x8000_0000);
  const halves = [{id: 1, from: toHex(space.from), until: toHex(border)}, {id: 2, from: toHex(border), until: toHex(space.until)}];
  const isLow = (key: string): boolean => tokenOf(encodePartitionKey({kind: 'S', value: key})) < 0x8000_0000;
  test('go to the range that holds the key', () => {
    const units = new PartitionUnits();
    units.learn(7, halves, 0);
    let low = 0;
    for (let i = 0; i < 200; i += 1) {
      const key = `key#${i}`;
      if (isLow(key)) low += 1;
      units.add(3, key, undefined, 2, 0);
    }
    const [first, second] = units.series();
    expect([first!.readUnits.at(-1), second!.readUnits.at(-1)]).toEqual([low, 200 - low]);
    expect([first!.keyFrom, first!.keyUntil, second!.keyFrom, second!.keyUntil]).toEqual([0, 0.5, 0.5, 1]);
    expect(first!.readUnits).toHaveLength(4);
  });
  test('go to the new partition from the look on that shows it', () => {
    const units = new PartitionUnits();
    const key = 'hot';
    const encoded = encodePartitionKey({kind: 'S', value: key});
    const cut = buildStoredKey(7, 0, tokenOf(encoded), encoded, undefined);
    units.learn(7, [{id: 1, from: toHex(space.from), until: toHex(space.until)}], 0);
    units.add(0, key, undefined, 0, 20);
    units.learn(7, [{id: 1, from: toHex(space.from), until: toHex(cut)}, {id: 9, from: toHex(cut), until: toHex(space.until)}], 1);
    units.add(1, key, undefined, 0, 20);
    units.learnCeilings(300, 100);
    expect(units.series()).toMatchObject([{partition: '1', writeUnits: [10, 0]}, {partition: '9', firstSecond: 1, writeUnits: [10], writeUnitsMax: 100}]);
  });
  test('are counted nowhere before a map is known', () => {
    const units = new PartitionUnits();
    units.add(0, 'k', undefined, 2, 2);
    expect(units.series()).toEqual([]);
  });
});
