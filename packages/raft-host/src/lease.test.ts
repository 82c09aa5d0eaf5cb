// Goal: the lease counts only what a quorum acknowledged, of each half of a joint configuration.
import {toLogIndex, toReplicaId} from '@murmuration/base';
import type {ConfState} from '@murmuration/raft';
import {Freshness} from './freshness.js';
import {Lease} from './lease.js';

const conf = (voters: number[], votersOutgoing: number[] = []): ConfState => ({
  voters: voters.map(toReplicaId), votersOutgoing: votersOutgoing.map(toReplicaId), learners: [], learnersNext: [], autoLeave: false,
});

describe('a lease', () => {
  test('lasts from the sending time of the round that a majority answered', () => {
    const lease = new Lease(toReplicaId(1), conf([1, 2, 3]));
    lease.begin();
    expect(lease.isValid(0, 100)).toBe(false);
    lease.acknowledged(toReplicaId(2), 50);
    expect(lease.isValid(149, 100)).toBe(true);
    expect(lease.isValid(150, 100)).toBe(false);
    lease.acknowledged(toReplicaId(3), 20);
    expect(lease.confirmedAtMs(60)).toBe(50);
  });
  test('needs both halves of a joint configuration', () => {
    const lease = new Lease(toReplicaId(1), conf([1, 2, 3], [1, 4, 5]));
    lease.begin();
    lease.acknowledged(toReplicaId(2), 50);
    expect(lease.isValid(60, 100)).toBe(false);
    lease.acknowledged(toReplicaId(4), 10);
    expect(lease.confirmedAtMs(60)).toBe(10);
  });
  test('needs a majority of the others when this replica does not vote', () => {
    const lease = new Lease(toReplicaId(1), conf([2, 3, 4]));
    lease.begin();
    lease.acknowledged(toReplicaId(2), 50);
    expect(lease.isValid(60, 100)).toBe(false);
    lease.acknowledged(toReplicaId(3), 40);
    expect(lease.confirmedAtMs(60)).toBe(40);
  });
  test('an answer of a learner counts for nothing, a replica alone needs nobody', () => {
    const lease = new Lease(toReplicaId(1), conf([1, 2]));
    lease.begin();
    lease.acknowledged(toReplicaId(9), 50);
    expect(lease.isValid(60, 100)).toBe(false);
    lease.configure(conf([1]));
    expect(lease.isValid(60, 100)).toBe(true);
  });
  test('is gone for the rest of the term once revoked, and begins anew with the next', () => {
    const lease = new Lease(toReplicaId(1), conf([1]));
    lease.begin();
    lease.revoke();
    expect(lease.isValid(60, 100)).toBe(false);
    lease.begin();
    expect(lease.isValid(60, 100)).toBe(true);
    lease.end();
    expect(lease.isValid(60, 100)).toBe(false);
  });
});

describe('freshness', () => {
  test('holds from the moment of a claim once its index is applied, and chases one claim at a time', () => {
    const freshness = new Freshness();
    expect(freshness.stalenessMs(100)).toBe(Number.POSITIVE_INFINITY);
    freshness.claimed(toLogIndex(5), 10, toLogIndex(3));
    freshness.claimed(toLogIndex(9), 20, toLogIndex(4));
    freshness.applied(toLogIndex(5));
    expect(freshness.stalenessMs(100)).toBe(90);
    freshness.claimed(toLogIndex(5), 30, toLogIndex(5));
    expect(freshness.stalenessMs(100)).toBe(70);
    freshness.forget();
    expect(freshness.stalenessMs(100)).toBe(Number.POSITIVE_INFINITY);
  });
});
