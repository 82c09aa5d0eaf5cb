// Goal: plans carried out to their end leave every partition whole: no two replicas on a node, AZs never fewer, a quorum at
// every step, and a state in which nothing more is planned.
import {BASE_INDEX_ID, toAzId, toGroupId, toNodeId, toReplicaId, toTableId} from '@murmuration/base';
import type {GroupId, NodeId} from '@murmuration/base';
import fc from 'fast-check';
import type {NodeDuty, NodeEntry, NodeState, PartitionEntry, ReplicaPlacement} from './cluster-map-types.js';
import {azSpread, replicaLoad} from './cluster-view.js';
import type {ClusterView, PlannedMove} from './cluster-view.js';
import {initialRanges} from './initial-ranges.js';
import {placePartition} from './place.js';
import {countLivingCopies, planHeal} from './plan-heal.js';
import {planLeaders} from './plan-leaders.js';
import {planDrain, planMoves} from './plan-moves.js';
import {planSplitBySize} from './plan-size-splits.js';
import {quorumEffect} from './quorum-effect.js';

function node(id: string, state: NodeState = 'up', duty: NodeDuty = 'serving'): NodeEntry {
  return {
    node: toNodeId(id), az: toAzId(id.charAt(0)), roles: ['storage'], fabricAddress: 'x:1', apiAddress: '', adminAddress: '', pid: 1, incarnation: 1,
    diskId: 'disk', state, duty,
  };
}
function nodesPerAz(count: number): readonly NodeEntry[] {
  return ['a', 'b', 'c'].flatMap((az) => Array.from({length: count}, (_, i) => node(`${az}${i + 1}`)));
}
function partitionsOn(nodes: readonly NodeEntry[], count: number): readonly PartitionEntry[] {
  const load = new Map<NodeId, number>();
  return initialRanges(toTableId(1), BASE_INDEX_ID, count).map((range, i) => {
    const chosen = placePartition(nodes, load, range.from, 3);
    for (const {node: id} of chosen) load.set(id, (load.get(id) ?? 0) + 1);
    return {
      group: toGroupId(16 + i), table: toTableId(1), index: BASE_INDEX_ID, ...range, epoch: 1, membership: 1, split: undefined,
      nextReplica: toReplicaId(4), preferredLeader: toReplicaId(1),
      replicas: chosen.map(({node: id}, at): ReplicaPlacement => ({replica: toReplicaId(at + 1), node: id, role: 'voter'})),
    };
  });
}
function view(nodes: readonly NodeEntry[], partitions: readonly PartitionEntry[]): ClusterView {
  const byId = new Map(nodes.map((entry) => [entry.node, entry]));
  return {nodes: byId, partitions, isLost: (id) => byId.get(id)?.state !== 'up', busy: new Map()};
}
function replaceReplica(partitions: readonly PartitionEntry[], group: GroupId, from: number | undefined, toNode: NodeId): readonly PartitionEntry[] {
  return partitions.map((entry) => {
    if (entry.group !== group) return entry;
    const staying = entry.replicas.filter((placement) => placement.replica !== from);
    expect(staying.some((placement) => placement.node === toNode)).toBe(false);
    return {
      ...entry, membership: entry.membership + 1, nextReplica: toReplicaId(entry.nextReplica + 1),
      replicas: [...staying, {replica: entry.nextReplica, node: toNode, role: 'voter' as const}],
    };
  });
}
function carryOut(nodes: readonly NodeEntry[], partitions: readonly PartitionEntry[], moves: readonly PlannedMove[]): readonly PartitionEntry[] {
  let now = partitions;
  for (const move of moves) {
    const before = now.find((entry) => entry.group === move.group) as PartitionEntry;
    now = replaceReplica(now, move.group, move.from, move.toNode);
    const after = now.find((entry) => entry.group === move.group) as PartitionEntry;
    expect(azSpread(view(nodes, now), after.replicas)).toBeGreaterThanOrEqual(azSpread(view(nodes, now), before.replicas));
    expect(quorumEffect(before, view(nodes, now).isLost, after.replicas).isQuorumKept).toBe(true);
  }
  return now;
}

describe('planMoves', () => {
  it('evens every AZ out to within one replica, keeps AZs apart, and then plans nothing', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 3}), fc.integer({min: 0, max: 3}), fc.integer({min: 1, max: 30}), (perAz, addedCount, partitionCount) => {
        const old = nodesPerAz(perAz);
        const nodes = [...old, ...Array.from({length: addedCount}, (_, i) => node(`a${perAz + 1 + i}`))];
        let partitions = partitionsOn(old, partitionCount);
        for (let round = 0; ; round += 1) {
          expect(round).toBeLessThan(200);
          const moves = planMoves(view(nodes, partitions), 4);
          if (moves.length === 0) break;
          partitions = carryOut(nodes, partitions, moves);
        }
        const load = replicaLoad(view(nodes, partitions));
        for (const az of ['a', 'b', 'c']) {
          const held = nodes.filter((entry) => entry.az === az).map((entry) => load.get(entry.node) ?? 0);
          expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(1);
        }
      }),
      {numRuns: 30},
    );
  });
  it('brings a replica back from an AZ that has two of them', () => {
    const nodes = nodesPerAz(2);
    const doubled = partitionsOn(nodes, 1).map((entry) => ({
      ...entry, replicas: ['a1', 'a2', 'b1'].map((id, i): ReplicaPlacement => ({replica: toReplicaId(i + 1), node: toNodeId(id), role: 'voter'})),
    }));
    expect(planMoves(view(nodes, doubled), 1)[0]?.toNode).toBe('c1');
  });
});

describe('planDrain', () => {
  it('empties a node that has a neighbour in its AZ, and names as stuck what has none', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 3}), fc.integer({min: 1, max: 20}), (perAz, partitionCount) => {
        const nodes = nodesPerAz(perAz).map((entry) => (entry.node === 'a1' ? {...entry, duty: 'draining' as const} : entry));
        const partitions = partitionsOn(nodesPerAz(perAz), partitionCount);
        const plan = planDrain(view(nodes, partitions), toNodeId('a1'));
        if (perAz === 1) {
          expect(plan.moves).toEqual([]);
          expect(plan.stuck).toHaveLength(partitionCount);
          return;
        }
        const after = carryOut(nodes, partitions, plan.moves);
        expect(after.every((entry) => entry.replicas.every((placement) => placement.node !== 'a1'))).toBe(true);
        expect(planDrain(view(nodes, after), toNodeId('a1'))).toEqual({moves: [], stuck: []});
      }),
      {numRuns: 30},
    );
  });
  it('gives the named successor all it can take', () => {
    const nodes = nodesPerAz(3);
    const partitions = partitionsOn(nodesPerAz(1), 6);
    expect(planDrain(view(nodes, partitions), toNodeId('a1'), toNodeId('a3')).moves.every((move) => move.toNode === 'a3')).toBe(true);
  });
});

describe('planHeal', () => {
  it('gives every partition its copies back on living nodes, whichever minority died, and then plans nothing', () => {
    fc.assert(
      fc.property(fc.integer({min: 2, max: 4}), fc.integer({min: 1, max: 20}), fc.constantFrom('a', 'b', 'c'), (perAz, partitionCount, az) => {
        const nodes = nodesPerAz(perAz).map((entry) => (entry.node === `${az}1` ? {...entry, state: 'down' as const} : entry));
        let partitions = partitionsOn(nodesPerAz(perAz), partitionCount);
        for (let round = 0; ; round += 1) {
          expect(round).toBeLessThan(100);
          const heals = planHeal(view(nodes, partitions), 3);
          if (heals.length === 0) break;
          for (const heal of heals) {
            const before = partitions.find((entry) => entry.group === heal.group) as PartitionEntry;
            expect(heal.logNode).not.toBe(heal.toNode);
            expect(before.replicas.some((placement) => placement.node === heal.logNode)).toBe(false);
            partitions = replaceReplica(partitions, heal.group, heal.from, heal.toNode);
          }
        }
        for (const entry of partitions) {
          expect(countLivingCopies(view(nodes, partitions), entry)).toBe(3);
          expect(azSpread(view(nodes, partitions), entry.replicas)).toBe(3);
        }
      }),
      {numRuns: 30},
    );
  });
  it('leaves a partition alone that has lost its majority', () => {
    const nodes = nodesPerAz(2).map((entry) => (entry.node === 'a1' || entry.node === 'b1' ? {...entry, state: 'down' as const} : entry));
    const partitions = partitionsOn(nodesPerAz(1), 2);
    expect(planHeal(view(nodes, partitions), 3)).toEqual([]);
  });
  it('puts a copy back onto a node whose disk was lost, after the old replica has left', () => {
    const nodes = nodesPerAz(1);
    const partitions = partitionsOn(nodes, 1).map((entry) => ({
      ...entry, replicas: entry.replicas.map((placement) => (placement.node === 'a1' ? {...placement, role: 'leaving' as const} : placement)),
    }));
    expect(planHeal(view(nodes, partitions), 3)).toMatchObject([{toNode: 'a1', logNode: undefined, isClearedFirst: true}]);
  });
  it('without a spare node waits for the lost one to come back', () => {
    const nodes = nodesPerAz(1).map((entry) => (entry.node === 'a1' ? {...entry, state: 'down' as const} : entry));
    expect(planHeal(view(nodes, partitionsOn(nodesPerAz(1), 2)), 3)).toEqual([]);
  });
});

describe('planLeaders', () => {
  it('ends with leaders on serving nodes only, no node two above another that could take one', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 3}), fc.integer({min: 1, max: 20}), fc.boolean(), (perAz, partitionCount, isDraining) => {
        const nodes = nodesPerAz(perAz).map((entry) => (entry.node === 'b1' && isDraining ? {...entry, duty: 'draining' as const} : entry));
        let partitions = partitionsOn(nodesPerAz(perAz), partitionCount);
        for (let round = 0; ; round += 1) {
          expect(round).toBeLessThan(200);
          const plans = planLeaders(view(nodes, partitions), 3);
          if (plans.length === 0) break;
          partitions = partitions.map((entry) => ({...entry, preferredLeader: plans.find((plan) => plan.group === entry.group)?.replica ?? entry.preferredLeader}));
        }
        for (const entry of partitions) {
          const leader = entry.replicas.find((placement) => placement.replica === entry.preferredLeader);
          if (isDraining) expect(leader?.node).not.toBe('b1');
        }
      }),
      {numRuns: 30},
    );
  });
});

describe('planLeaders for a partition that an operator gave a leader', () => {
  it('leaves it there while it can lead', () => {
    const nodes = nodesPerAz(1);
    const all = partitionsOn(nodes, 6).map((entry) => ({...entry, preferredLeader: toReplicaId(1)}));
    expect(planLeaders(view(nodes, all), 10, () => true)).toEqual([]);
    const down = nodes.map((entry) => ({...entry, state: entry.node === all[0]?.replicas[0]?.node ? ('down' as const) : entry.state}));
    expect(planLeaders(view(down, all), 10, () => true).length).toBeGreaterThan(0);
  });
});

describe('planSplitBySize', () => {
  it('names the settled partitions above the bound, the biggest first', () => {
    const [one, two, three] = partitionsOn(nodesPerAz(1), 3) as [PartitionEntry, PartitionEntry, PartitionEntry];
    const busy: PartitionEntry = {...three, replicas: three.replicas.map((placement, i) => (i === 0 ? {...placement, role: 'learner' as const} : placement))};
    const sizes = new Map([[one.group, 11], [two.group, 12], [three.group, 13]]);
    expect(planSplitBySize(view(nodesPerAz(1), [one, two, busy]), (group) => sizes.get(group), 10)).toEqual([two.group, one.group]);
  });
});

describe('quorumEffect', () => {
  it('says when a change would leave no living majority, before or after', () => {
    const [entry] = partitionsOn(nodesPerAz(1), 1) as [PartitionEntry];
    const isDown = (id: NodeId): boolean => id === 'a1';
    expect(quorumEffect(entry, isDown)).toMatchObject({isQuorumKept: true, toleratedCountAfter: 0});
    const without = entry.replicas.filter((placement) => placement.node !== 'b1');
    expect(quorumEffect(entry, isDown, without)).toMatchObject({isQuorumKept: false, toleratedCountAfter: -1});
    expect(quorumEffect(entry, () => true).isQuorumKept).toBe(false);
  });
});
