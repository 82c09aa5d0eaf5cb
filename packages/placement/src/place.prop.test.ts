// Goal: one replica in each AZ, load stays bounded, a new node moves about its share and nothing more, leaders spread.
import {BASE_INDEX_ID, toAzId, toNodeId, toReplicaId, toTableId} from '@murmuration/base';
import type {NodeId} from '@murmuration/base';
import fc from 'fast-check';
import {HashRing} from './hash-ring.js';
import type {RingNode} from './hash-ring.js';
import {initialRanges} from './initial-ranges.js';
import {placePartition, spreadLeaders} from './place.js';

function nodesPerAz(count: number): readonly RingNode[] {
  return ['a', 'b', 'c'].flatMap((az) => Array.from({length: count}, (_, i) => ({node: toNodeId(`${az}${i + 1}`), az: toAzId(az)})));
}
function placeAll(nodes: readonly RingNode[], partitionCount: number): {placed: readonly (readonly RingNode[])[]; load: Map<NodeId, number>} {
  const load = new Map<NodeId, number>();
  const placed = initialRanges(toTableId(1), BASE_INDEX_ID, partitionCount).map((range) => {
    const chosen = placePartition(nodes, load, range.from, 3);
    for (const node of chosen) load.set(node.node, (load.get(node.node) ?? 0) + 1);
    return chosen;
  });
  return {placed, load};
}

describe('placement', () => {
  it('puts one replica in each AZ and keeps every node within the load bound', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 6}), fc.integer({min: 1, max: 60}), (perAz, partitionCount) => {
        const {placed, load} = placeAll(nodesPerAz(perAz), partitionCount);
        for (const chosen of placed) expect(new Set(chosen.map((node) => node.az)).size).toBe(3);
        for (const held of load.values()) expect(held).toBeLessThanOrEqual(Math.ceil((partitionCount / perAz) * 1.25) + 1);
      }),
      {numRuns: 15},
    );
  });
  it('uses distinct nodes when there are fewer AZs than replicas', () => {
    const nodes = [1, 2, 3].map((i) => ({node: toNodeId(`a${i}`), az: toAzId('a')}));
    expect(new Set(placePartition(nodes, new Map(), new Uint8Array([1]), 3).map((node) => node.node)).size).toBe(3);
    expect(placePartition(nodes.slice(0, 1), new Map(), new Uint8Array([1]), 3)).toHaveLength(1);
  });
  it('moves about one in N first choices to a node that joins, and none between old nodes', () => {
    const before = Array.from({length: 5}, (_, i) => ({node: toNodeId(`n${i}`), az: toAzId('a')}));
    const joined = {node: toNodeId('n5'), az: toAzId('a')};
    const ringBefore = new HashRing(before);
    const ringAfter = new HashRing([...before, joined]);
    const positionCount = 3000;
    let moved = 0;
    for (let i = 0; i < positionCount; i += 1) {
      const position = Math.floor((i * 0x1_0000_0000) / positionCount);
      const first = ringAfter.walk(position)[0];
      if (first === ringBefore.walk(position)[0]) continue;
      expect(first).toBe(joined);
      moved += 1;
    }
    expect(moved / positionCount).toBeGreaterThan(0.1);
    expect(moved / positionCount).toBeLessThan(0.24);
  });
  it('does not depend on the order in which nodes are named', () => {
    const nodes = nodesPerAz(3);
    expect(new HashRing([...nodes].reverse()).walk(12345).map((node) => node.node)).toEqual(new HashRing(nodes).walk(12345).map((node) => node.node));
  });
});

describe('spreadLeaders', () => {
  it('gives each AZ its share, whatever the partitions', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 4}), fc.integer({min: 1, max: 30}), (perAz, partitionCount) => {
        const {placed} = placeAll(nodesPerAz(perAz), partitionCount);
        const replicas = placed.map((chosen) => chosen.map((node, i) => ({replica: toReplicaId(i + 1), node: node.node, role: 'voter' as const})));
        const leaders = spreadLeaders(replicas, (node) => toAzId(node.slice(0, 1)), new Map());
        const byAz = new Map<string, number>([['a', 0], ['b', 0], ['c', 0]]);
        replicas.forEach((list, i) => {
          const az = (list.find((placement) => placement.replica === leaders[i]) as {node: string}).node.slice(0, 1);
          byAz.set(az, (byAz.get(az) as number) + 1);
        });
        expect(Math.max(...byAz.values()) - Math.min(...byAz.values())).toBeLessThanOrEqual(1);
      }),
      {numRuns: 15},
    );
  });
  it('never names a learner or a log replica', () => {
    const [leader] = spreadLeaders(
      [[{replica: toReplicaId(1), node: toNodeId('a1'), role: 'learner'}, {replica: toReplicaId(2), node: toNodeId('b1'), role: 'voter'}]],
      () => undefined, new Map(),
    );
    expect(leader).toBe(2);
  });
});
