import {assert} from '@murmuration/base';
import type {LogIndex, ReplicaId} from '@murmuration/base';

import {Inflights} from './inflights.js';
import {markIndex} from './marks.js';
import {Progress} from './progress.js';
import {jointCommittedIndex, jointVoteResult} from './quorum.js';
import type {AcknowledgedIndexes, VoteResult} from './quorum.js';
import type {ConfState} from './types.js';

/** A group without members, which is what a replica knows before its first snapshot. */
export const EMPTY_CONF_STATE: ConfState = {voters: [], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false};

/** A configuration together with the progress of each of its members, ascending by id. */
export interface Membership {
  readonly conf: ConfState;
  readonly peers: readonly Progress[];
}

/** The members of the group with their progress, and the votes of the running election. */
export class ProgressTracker implements AcknowledgedIndexes {
  readonly #inflightMessagesMax: number;
  readonly #inflightBytesMax: number;
  #conf: ConfState = EMPTY_CONF_STATE;
  #peers: readonly Progress[] = [];
  #votes = new Map<ReplicaId, boolean>();

  constructor(inflightMessagesMax: number, inflightBytesMax: number) {
    this.#inflightMessagesMax = inflightMessagesMax;
    this.#inflightBytesMax = inflightBytesMax;
  }
  get conf(): ConfState {
    return this.#conf;
  }
  /** Every member, learners too, ascending by id. */
  get peers(): readonly Progress[] {
    return this.#peers;
  }
  get membership(): Membership {
    return {conf: this.#conf, peers: this.#peers};
  }
  get isJoint(): boolean {
    return this.#conf.votersOutgoing.length > 0;
  }
  progress(id: ReplicaId): Progress | undefined {
    // Groups have a handful of members: a scan beats a map.
    for (const peer of this.#peers) if (peer.id === id) return peer;
    return undefined;
  }
  switchTo(membership: Membership): void {
    this.#conf = membership.conf;
    this.#peers = membership.peers;
  }
  newProgress(id: ReplicaId, next: LogIndex, isLearner: boolean): Progress {
    return new Progress(id, markIndex(0), next, isLearner, new Inflights(this.#inflightMessagesMax, this.#inflightBytesMax));
  }

  acknowledgedIndex(id: ReplicaId): number | undefined {
    return this.progress(id)?.match;
  }
  /** The highest index acknowledged by a quorum. */
  committedIndex(): LogIndex {
    return markIndex(jointCommittedIndex(this.#conf.voters, this.#conf.votersOutgoing, this));
  }
  /** Whether a quorum of voters was heard from since the last check. */
  isQuorumActive(): boolean {
    const active = new Map<ReplicaId, boolean>();
    for (const peer of this.#peers) if (!peer.isLearner) active.set(peer.id, peer.isRecentlyActive);
    return this.quorumResult(active) === 'VoteWon';
  }
  /** Weighs yes and no answers by the quorum in force. */
  quorumResult(answers: ReadonlyMap<ReplicaId, boolean>): VoteResult {
    return jointVoteResult(this.#conf.voters, this.#conf.votersOutgoing, answers);
  }
  isVoter(id: ReplicaId): boolean {
    return this.#conf.voters.includes(id) || this.#conf.votersOutgoing.includes(id);
  }
  /** Voters of both halves, ascending, each once. */
  voterIds(): ReplicaId[] {
    const ids = [...this.#conf.voters];
    for (const id of this.#conf.votersOutgoing) if (!ids.includes(id)) ids.push(id);
    return ids.sort((a, b) => a - b);
  }

  resetVotes(): void {
    this.#votes.clear();
  }
  /** The first answer of a replica counts; a vote once given is not taken back. */
  recordVote(id: ReplicaId, isGranted: boolean): void {
    assert(id !== 0, 'a vote has a sender');
    if (!this.#votes.has(id)) this.#votes.set(id, isGranted);
  }
  voteResult(): VoteResult {
    return this.quorumResult(this.#votes);
  }
}
