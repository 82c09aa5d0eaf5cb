import type {NodeId} from '@murmuration/base';
import type {PartitionEntry, ReplicaPlacement} from './cluster-map-types.js';

/** What a change of replicas does to the votes of a partition. */
export interface QuorumEffect {
  readonly voterCountBefore: number;
  readonly livingCountBefore: number;
  readonly voterCountAfter: number;
  readonly livingCountAfter: number;
  /** Both configurations have a living majority, so the change can be made and the partition serves during and after it. */
  readonly isQuorumKept: boolean;
  /** Voters that may fail after the change before the partition stops; -1 when it has stopped already. */
  readonly toleratedCountAfter: number;
}

/**
 * Judges a change before it is made, for refusals and warnings.
 * @param isDown whether a node counts as dead; what it holds has no vote
 * @param wanted the replicas after the change; undefined judges the entry as it is
 */
export function quorumEffect(entry: PartitionEntry, isDown: (node: NodeId) => boolean, wanted: readonly ReplicaPlacement[] = entry.replicas): QuorumEffect {
  const before = countVotes(entry.replicas, isDown);
  const after = countVotes(wanted, isDown);
  return {
    voterCountBefore: before.voterCount,
    livingCountBefore: before.livingCount,
    voterCountAfter: after.voterCount,
    livingCountAfter: after.livingCount,
    isQuorumKept: before.livingCount >= majorityOf(before.voterCount) && after.voterCount > 0 && after.livingCount >= majorityOf(after.voterCount),
    toleratedCountAfter: Math.max(-1, after.livingCount - majorityOf(after.voterCount)),
  };
}

/** Whether a role is a Raft voter's: it holds a vote, with items or without. */
export function isVoting(placement: ReplicaPlacement): boolean {
  return placement.role === 'voter' || placement.role === 'log';
}

function countVotes(replicas: readonly ReplicaPlacement[], isDown: (node: NodeId) => boolean): {voterCount: number; livingCount: number} {
  const voters = replicas.filter(isVoting);
  return {voterCount: voters.length, livingCount: voters.filter((placement) => !isDown(placement.node)).length};
}

function majorityOf(voterCount: number): number {
  return Math.floor(voterCount / 2) + 1;
}
