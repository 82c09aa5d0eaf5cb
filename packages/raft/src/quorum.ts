import type {ReplicaId} from '@murmuration/base';

/** Outcome of counting votes: decided either way, or still open. */
export type VoteResult = 'VotePending' | 'VoteLost' | 'VoteWon';

/** Committed index of an empty majority: above every real index, so that a minimum with it changes nothing. */
export const EMPTY_QUORUM_INDEX = Number.MAX_SAFE_INTEGER;

/** Tells how far each voter has acknowledged the log. */
export interface AcknowledgedIndexes {
  /** @returns undefined when nothing is known of the voter */
  acknowledgedIndex(id: ReplicaId): number | undefined;
}

/**
 * The highest index that more than half of the voters have acknowledged; 0 when there is none.
 * Quadratic in the number of voters (at most a handful) so that nothing is allocated or sorted per message.
 */
export function majorityCommittedIndex(voters: readonly ReplicaId[], acks: AcknowledgedIndexes): number {
  if (voters.length === 0) return EMPTY_QUORUM_INDEX;
  const needed = Math.floor(voters.length / 2) + 1;
  let best = 0;
  for (const candidate of voters) {
    const index = acks.acknowledgedIndex(candidate);
    if (index === undefined || index <= best) continue;
    let count = 0;
    for (const voter of voters) {
      const other = acks.acknowledgedIndex(voter);
      if (other !== undefined && other >= index) count += 1;
    }
    if (count >= needed) best = index;
  }
  return best;
}

/** An index is committed in a joint configuration when both halves have committed it (Raft thesis, 4.3). */
export function jointCommittedIndex(
  incoming: readonly ReplicaId[], outgoing: readonly ReplicaId[], acks: AcknowledgedIndexes,
): number {
  const first = majorityCommittedIndex(incoming, acks);
  if (outgoing.length === 0) return first;
  return Math.min(first, majorityCommittedIndex(outgoing, acks));
}

/** Counts the votes of one majority. The empty majority wins everything, so that it does not weigh in a joint one. */
export function majorityVoteResult(voters: readonly ReplicaId[], votes: ReadonlyMap<ReplicaId, boolean>): VoteResult {
  if (voters.length === 0) return 'VoteWon';
  let granted = 0;
  let open = 0;
  for (const id of voters) {
    const vote = votes.get(id);
    if (vote === undefined) open += 1;
    else if (vote) granted += 1;
  }
  const needed = Math.floor(voters.length / 2) + 1;
  if (granted >= needed) return 'VoteWon';
  return granted + open >= needed ? 'VotePending' : 'VoteLost';
}

/** Both halves must win; one lost half loses. */
export function jointVoteResult(
  incoming: readonly ReplicaId[], outgoing: readonly ReplicaId[], votes: ReadonlyMap<ReplicaId, boolean>,
): VoteResult {
  const first = majorityVoteResult(incoming, votes);
  const second = majorityVoteResult(outgoing, votes);
  if (first === second) return first;
  return first === 'VoteLost' || second === 'VoteLost' ? 'VoteLost' : 'VotePending';
}
