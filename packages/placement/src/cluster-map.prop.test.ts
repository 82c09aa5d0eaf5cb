// Goal: look-ups on the sorted map equal a linear scan, deltas and codecs lose nothing, broken maps are refused.
import {
  AssertionError, BASE_INDEX_ID, DecodeError, compareBytes, equalBytes, toAzId, toGroupId, toIndexId, toNodeId, toReplicaId, toTableId,
} from '@murmuration/base';
import type {TableDescriptor} from '@murmuration/model';
import {buildStoredKey} from '@murmuration/model';
import fc from 'fast-check';
import {clusterMapContentFromJson, clusterMapContentToJson, clusterMapDeltaFromJson, clusterMapDeltaToJson} from './cluster-map-json.js';
import type {ClusterMapContent, NodeEntry, PartitionEntry} from './cluster-map-types.js';
import {ClusterMap} from './cluster-map.js';
import {deltaBetween, fullDelta} from './delta-between.js';
import {initialPartitionCount, initialRanges} from './initial-ranges.js';
import {spaceOf} from './table-space.js';
import {tilingFault} from './tiling.js';

const NODES: readonly NodeEntry[] = ['a', 'b', 'c'].map((az) => ({
  node: toNodeId(`${az}1`), az: toAzId(az), roles: ['storage'], fabricAddress: `127.0.0.1:1`, apiAddress: '', adminAddress: '', pid: 1,
  incarnation: 1, diskId: 'disk', state: 'up', duty: 'serving',
}));

function table(id: number): TableDescriptor {
  const descriptor: unknown = {
    tableId: id, name: `table-${id}`, status: 'ACTIVE', keySchema: {hash: {name: 'pk', type: 'S'}}, attributeDefinitions: [], createdAtMs: 0,
  };
  return descriptor as TableDescriptor;
}
function partitionsOfTable(id: number, index: number, count: number, firstGroup: number): readonly PartitionEntry[] {
  return initialRanges(toTableId(id), toIndexId(index), count).map((range, i) => ({
    group: toGroupId(firstGroup + i), table: toTableId(id), index: toIndexId(index), ...range, epoch: 1, preferredLeader: toReplicaId(1), membership: 1, nextReplica: toReplicaId(100), split: undefined,
    replicas: NODES.map((node, n) => ({replica: toReplicaId(n + 1), node: node.node, role: 'voter'})),
  }));
}
function content(version: number, tables: readonly (readonly [id: number, count: number])[]): ClusterMapContent {
  return {
    version, nodes: NODES, tables: tables.map(([id]) => table(id)),
    partitions: tables.flatMap(([id, count]) => [...partitionsOfTable(id, 0, count, id * 1000), ...partitionsOfTable(id, 1, 1, id * 1000 + 500)]),
  };
}
const tablesArbitrary = fc.uniqueArray(fc.tuple(fc.integer({min: 1, max: 5}), fc.integer({min: 1, max: 9})), {selector: ([id]) => id, maxLength: 4});
const tokenArbitrary = fc.integer({min: 0, max: 0xffff_ffff});

describe('ClusterMap', () => {
  it('finds for every key the partition that a linear scan finds', () => {
    fc.assert(
      fc.property(tablesArbitrary, fc.integer({min: 1, max: 6}), tokenArbitrary, fc.uint8Array({maxLength: 4}), (tables, id, token, pk) => {
        const map = ClusterMap.fromContent(content(1, tables));
        const key = buildStoredKey(toTableId(id), BASE_INDEX_ID, token, pk, undefined);
        const scanned = [...map.partitions()].find((entry) => compareBytes(entry.from, key) <= 0 && compareBytes(key, entry.until) < 0);
        expect(map.partitionOfKey(key)).toBe(scanned);
      }),
    );
  });
  it('finds for every range the overlapping partitions in order', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 9}), tokenArbitrary, tokenArbitrary, (count, a, b) => {
        const map = ClusterMap.fromContent(content(1, [[3, count]]));
        const from = buildStoredKey(toTableId(3), BASE_INDEX_ID, a, new Uint8Array([1]), undefined);
        const until = buildStoredKey(toTableId(3), BASE_INDEX_ID, b, new Uint8Array([2]), undefined);
        const expected = map.partitionsOf(toTableId(3), BASE_INDEX_ID)
          .filter((entry) => compareBytes(from, until) < 0 && compareBytes(entry.from, until) < 0 && compareBytes(from, entry.until) < 0);
        expect(map.partitionsOverlapping(toTableId(3), BASE_INDEX_ID, from, until)).toEqual(expected);
      }),
    );
  });
  it('covers the whole space when asked for it', () => {
    const map = ClusterMap.fromContent(content(1, [[3, 5]]));
    const space = spaceOf(toTableId(3), BASE_INDEX_ID);
    expect(map.partitionsOverlapping(toTableId(3), BASE_INDEX_ID, space.from, space.until)).toHaveLength(5);
    expect(map.partitionsOverlapping(toTableId(4), BASE_INDEX_ID, space.from, space.until)).toHaveLength(0);
  });
  it('becomes the other map by the delta between them, also after the codec', () => {
    fc.assert(
      fc.property(tablesArbitrary, tablesArbitrary, (before, after) => {
        const from = ClusterMap.fromContent(content(1, before));
        const to = ClusterMap.fromContent(content(2, after));
        const delta = clusterMapDeltaFromJson(throughText(clusterMapDeltaToJson(deltaBetween(from, to))));
        expect(sorted(from.apply(delta).toContent())).toEqual(sorted(to.toContent()));
        expect(sorted(from.apply(fullDelta(to)).toContent())).toEqual(sorted(to.toContent()));
      }),
    );
  });
  it('survives the codec unchanged', () => {
    fc.assert(
      fc.property(tablesArbitrary, (tables) => {
        const before = content(7, tables);
        expect(clusterMapContentFromJson(throughText(clusterMapContentToJson(before)))).toEqual(before);
      }),
    );
  });
  it('refuses a delta that starts at another version', () => {
    const map = ClusterMap.fromContent(content(5, []));
    const delta = {...deltaBetween(map, map), fromVersion: 4};
    expect(map.canApply(delta)).toBe(false);
    expect(() => map.apply(delta)).toThrow(AssertionError);
  });
  it('never holds a space with a hole', () => {
    const whole = content(1, [[1, 4]]);
    const holed = {...whole, partitions: whole.partitions.filter((entry) => entry.group !== 1002)};
    expect(() => ClusterMap.fromContent(holed)).toThrow(AssertionError);
  });
  it('knows the partitions of a node', () => {
    const map = ClusterMap.fromContent(content(1, [[1, 4]]));
    expect(map.partitionsOnNode(toNodeId('a1'))).toHaveLength(5);
    expect(map.partitionsOnNode(toNodeId('z9'))).toHaveLength(0);
  });
  it('reads garbage as a decode error, never as another one', () => {
    const good = JSON.stringify(clusterMapContentToJson(content(1, [[1, 2]])));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.constantFrom('', '0', '"', '{', 'x'), (at, put) => {
        try {
          clusterMapContentFromJson(JSON.parse(good.slice(0, at) + put + good.slice(at + 1)));
        } catch (error) {
          if (!(error instanceof SyntaxError)) expect(error).toBeInstanceOf(DecodeError);
        }
      }),
    );
  });
});

describe('initial ranges', () => {
  it('tile the space for any count', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 300}), (count) => {
        const partitions = partitionsOfTable(9, 2, count, 16);
        expect(partitions).toHaveLength(count);
        expect(tilingFault(partitions)).toBeUndefined();
        expect(partitions.slice(1).every((entry, i) => equalBytes(entry.from, (partitions[i] as PartitionEntry).until))).toBe(true);
      }),
    );
  });
  it('count as DynamoDB publishes: 4 on demand, ceil(RCU/3000 + WCU/1000) provisioned', () => {
    expect(initialPartitionCount({billingMode: 'PAY_PER_REQUEST', rcu: 0, wcu: 0})).toBe(4);
    expect(initialPartitionCount({billingMode: 'PROVISIONED', rcu: 5, wcu: 5})).toBe(1);
    expect(initialPartitionCount({billingMode: 'PROVISIONED', rcu: 3000, wcu: 1000})).toBe(2);
    expect(initialPartitionCount({billingMode: 'PROVISIONED', rcu: 7500, wcu: 3000})).toBe(6);
  });
});

function sorted(map: ClusterMapContent): ClusterMapContent {
  return {
    ...map,
    tables: [...map.tables].sort((a, b) => a.tableId - b.tableId),
    partitions: [...map.partitions].sort((a, b) => a.group - b.group),
  };
}
function throughText(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json));
}
