// The quick quorum arithmetic against the plain definition, for every shape of group up to five members.
import fc from 'fast-check';
import type {ReplicaId} from '@murmuration/base';

import {
  EMPTY_QUORUM_INDEX, jointCommittedIndex, jointVoteResult, majorityCommittedIndex, majorityVoteResult,
} from './quorum.js';

function sets(max: number): ReplicaId[][] {
  const all: ReplicaId[][] = [];
  for (let mask = 0; mask < 1 << max; mask += 1) {
    all.push(Array.from({length: max}, (_, i) => i + 1).filter((id) => (mask & (1 << (id - 1))) !== 0) as ReplicaId[]);
  }
  return all;
}
const ALL_SETS = sets(5);

/** The highest index that all of some majority have reached. */
function slowCommitted(voters: readonly ReplicaId[], acked: ReadonlyMap<ReplicaId, number>): number {
  if (voters.length === 0) return EMPTY_QUORUM_INDEX;
  let best = 0;
  for (const group of ALL_SETS) {
    if (group.length * 2 <= voters.length || !group.every((id) => voters.includes(id))) continue;
    best = Math.max(best, Math.min(...group.map((id) => acked.get(id) ?? 0)));
  }
  return best;
}

/** Won when some majority said yes; lost when none can any more. */
function slowVote(voters: readonly ReplicaId[], votes: ReadonlyMap<ReplicaId, boolean>): string {
  if (voters.length === 0) return 'VoteWon';
  const majorities = ALL_SETS.filter((group) => group.length * 2 > voters.length && group.every((id) => voters.includes(id)));
  if (majorities.some((group) => group.every((id) => votes.get(id) === true))) return 'VoteWon';
  return majorities.some((group) => group.every((id) => votes.get(id) !== false)) ? 'VotePending' : 'VoteLost';
}

const ackedMaps = fc.array(fc.option(fc.nat(6), {nil: undefined}), {minLength: 5, maxLength: 5})
  .map((list) => new Map(list.flatMap((index, i) => (index === undefined ? [] : [[(i + 1) as ReplicaId, index] as const]))));

test('a majority commits what some majority has reached, for every set of up to five voters', () => {
  fc.assert(fc.property(ackedMaps, (acked) => {
    for (const voters of ALL_SETS) {
      expect(majorityCommittedIndex(voters, {acknowledgedIndex: (id) => acked.get(id)})).toBe(slowCommitted(voters, acked));
    }
  }), {numRuns: 60});
});

test('a joint configuration commits what both halves commit, whichever comes first', () => {
  fc.assert(fc.property(ackedMaps, fc.nat(31), (acked, at) => {
    const first = ALL_SETS[at] as ReplicaId[];
    const acks = {acknowledgedIndex: (id: ReplicaId) => acked.get(id)};
    for (const second of ALL_SETS) {
      const expected = Math.min(slowCommitted(first, acked), slowCommitted(second, acked));
      expect(jointCommittedIndex(first, second, acks)).toBe(expected);
      expect(jointCommittedIndex(second, first, acks)).toBe(expected);
    }
  }), {numRuns: 60});
});

test('votes are counted as by definition, for every set of up to five voters and every way to vote', () => {
  for (let code = 0; code < 3 ** 5; code += 1) {
    const votes = new Map<ReplicaId, boolean>();
    for (let i = 0, rest = code; i < 5; i += 1, rest = Math.floor(rest / 3)) {
      if (rest % 3 !== 0) votes.set((i + 1) as ReplicaId, rest % 3 === 1);
    }
    for (const voters of ALL_SETS) {
      expect(majorityVoteResult(voters, votes)).toBe(slowVote(voters, votes));
    }
  }
});

test('a joint election is won by both halves and lost by one', () => {
  fc.assert(fc.property(fc.nat(31), fc.nat(31), fc.nat(3 ** 5 - 1), (a, b, code) => {
    const votes = new Map<ReplicaId, boolean>();
    for (let i = 0, rest = code; i < 5; i += 1, rest = Math.floor(rest / 3)) {
      if (rest % 3 !== 0) votes.set((i + 1) as ReplicaId, rest % 3 === 1);
    }
    const results = [slowVote(ALL_SETS[a] as ReplicaId[], votes), slowVote(ALL_SETS[b] as ReplicaId[], votes)];
    const expected = results.includes('VoteLost') ? 'VoteLost' : results.includes('VotePending') ? 'VotePending' : 'VoteWon';
    expect(jointVoteResult(ALL_SETS[a] as ReplicaId[], ALL_SETS[b] as ReplicaId[], votes)).toBe(expected);
  }), {numRuns: 500});
});
