import {assert, unreachable} from '@murmuration/base';
import type {LogIndex, ReplicaId} from '@murmuration/base';

import {RaftError} from './errors.js';
import {markIndex} from './marks.js';
import type {Progress} from './progress.js';
import type {Membership, ProgressTracker} from './tracker.js';
import type {ConfChange, ConfChangeSingle, ConfState} from './types.js';

/**
 * Works out the membership that a configuration change leads to. Nothing is changed in place: the caller switches the
 * tracker to the result, or drops it.
 *
 * Rules: at most one voter changes outside a joint configuration (Raft thesis, 4.1); a joint one is entered once and
 * left as a whole (4.3); a voter of the outgoing half that is demoted waits in `learnersNext` until then, because a
 * member is never voter and learner at once; there is always a voter.
 */
export class ConfChanger {
  readonly #tracker: ProgressTracker;
  readonly #lastIndex: LogIndex;

  /** @param lastIndex of the log now: new members are probed from there, which is the best first guess */
  constructor(tracker: ProgressTracker, lastIndex: LogIndex) {
    this.#tracker = tracker;
    this.#lastIndex = lastIndex;
  }

  /** @throws RaftError `InvalidConfChange` */
  simple(changes: readonly ConfChangeSingle[]): Membership {
    const draft = this.#draft();
    if (draft.votersOutgoing.size > 0) throw refused("can't apply simple config change in joint config");
    this.#apply(draft, changes);
    let changed = 0;
    for (const id of draft.voters) if (!this.#tracker.conf.voters.includes(id)) changed += 1;
    for (const id of this.#tracker.conf.voters) if (!draft.voters.has(id)) changed += 1;
    if (changed > 1) throw refused('more than one voter changed without entering joint config');
    return checked(draft);
  }

  /** @throws RaftError `InvalidConfChange` */
  enterJoint(autoLeave: boolean, changes: readonly ConfChangeSingle[]): Membership {
    const draft = this.#draft();
    if (draft.votersOutgoing.size > 0) throw refused('config is already joint');
    // The empty configuration is only a starting point: nobody is there to carry a joint decision.
    if (draft.voters.size === 0) throw refused("can't make a zero-voter config joint");
    for (const id of draft.voters) draft.votersOutgoing.add(id);
    this.#apply(draft, changes);
    draft.autoLeave = autoLeave;
    return checked(draft);
  }

  /** @throws RaftError `InvalidConfChange` */
  leaveJoint(): Membership {
    const draft = this.#draft();
    if (draft.votersOutgoing.size === 0) throw refused("can't leave a non-joint config");
    for (const id of draft.learnersNext) {
      draft.learners.add(id);
      const progress = draft.peers.get(id);
      assert(progress !== undefined, 'a demoted voter has progress', {id});
      progress.isLearner = true;
    }
    draft.learnersNext.clear();
    for (const id of draft.votersOutgoing) {
      if (!draft.voters.has(id) && !draft.learners.has(id)) draft.peers.delete(id);
    }
    draft.votersOutgoing.clear();
    draft.autoLeave = false;
    return checked(draft);
  }

  #draft(): Draft {
    const {conf, peers} = this.#tracker;
    return {
      voters: new Set(conf.voters),
      votersOutgoing: new Set(conf.votersOutgoing),
      learners: new Set(conf.learners),
      learnersNext: new Set(conf.learnersNext),
      autoLeave: conf.autoLeave,
      peers: new Map(peers.map((peer) => [peer.id, peer.clone()])),
    };
  }

  #apply(draft: Draft, changes: readonly ConfChangeSingle[]): void {
    for (const {type, replica} of changes) {
      // Replica 0 stands for a change that was struck out by its proposer.
      if (replica === 0) continue;
      switch (type) {
        case 'AddNode': this.#makeVoter(draft, replica); break;
        case 'AddLearnerNode': this.#makeLearner(draft, replica); break;
        case 'RemoveNode': this.#remove(draft, replica); break;
        case 'UpdateNode': break;
        default: unreachable(type);
      }
    }
    if (draft.voters.size === 0) throw refused('removed all voters');
  }

  #makeVoter(draft: Draft, id: ReplicaId): void {
    const progress = draft.peers.get(id);
    if (progress === undefined) {
      this.#addPeer(draft, id, false);
    } else {
      progress.isLearner = false;
    }
    draft.learners.delete(id);
    draft.learnersNext.delete(id);
    draft.voters.add(id);
  }

  #makeLearner(draft: Draft, id: ReplicaId): void {
    const progress = draft.peers.get(id);
    if (progress === undefined) {
      this.#addPeer(draft, id, true);
      draft.learners.add(id);
      return;
    }
    if (progress.isLearner) return;
    this.#remove(draft, id);
    // Its progress stays: it is the same replica in another role.
    draft.peers.set(id, progress);
    if (draft.votersOutgoing.has(id)) {
      draft.learnersNext.add(id);
    } else {
      progress.isLearner = true;
      draft.learners.add(id);
    }
  }

  #remove(draft: Draft, id: ReplicaId): void {
    if (!draft.peers.has(id)) return;
    draft.voters.delete(id);
    draft.learners.delete(id);
    draft.learnersNext.delete(id);
    // A voter of the outgoing half still decides, so the leader keeps sending to it.
    if (!draft.votersOutgoing.has(id)) draft.peers.delete(id);
  }

  #addPeer(draft: Draft, id: ReplicaId, isLearner: boolean): void {
    const progress = this.#tracker.newProgress(id, markIndex(Math.max(this.#lastIndex, 1)), isLearner);
    // Counted as heard from, or a quorum check right after the change could depose the leader before it has tried.
    progress.isRecentlyActive = true;
    draft.peers.set(id, progress);
  }
}

interface Draft {
  readonly voters: Set<ReplicaId>;
  readonly votersOutgoing: Set<ReplicaId>;
  readonly learners: Set<ReplicaId>;
  readonly learnersNext: Set<ReplicaId>;
  readonly peers: Map<ReplicaId, Progress>;
  autoLeave: boolean;
}

function refused(reason: string): RaftError {
  return new RaftError({code: 'InvalidConfChange', reason});
}

function ascending(ids: Iterable<ReplicaId>): ReplicaId[] {
  return [...ids].sort((a, b) => a - b);
}

function checked(draft: Draft): Membership {
  for (const ids of [draft.voters, draft.votersOutgoing, draft.learners, draft.learnersNext]) {
    for (const id of ids) assert(draft.peers.has(id), 'a member has progress', {id});
  }
  for (const id of draft.learnersNext) {
    assert(draft.votersOutgoing.has(id), 'a coming learner is a voter on its way out', {id});
    assert(draft.peers.get(id)?.isLearner === false, 'a coming learner is not one yet', {id});
  }
  for (const id of draft.learners) {
    assert(!draft.voters.has(id) && !draft.votersOutgoing.has(id), 'a learner does not vote', {id});
    assert(draft.peers.get(id)?.isLearner === true, 'a learner is marked as one', {id});
  }
  if (draft.votersOutgoing.size === 0) {
    assert(draft.learnersNext.size === 0 && !draft.autoLeave, 'only a joint config has parts to come');
  }
  return {
    conf: {
      voters: ascending(draft.voters),
      learners: ascending(draft.learners),
      votersOutgoing: ascending(draft.votersOutgoing),
      learnersNext: ascending(draft.learnersNext),
      autoLeave: draft.autoLeave,
    },
    peers: [...draft.peers.values()].sort((a, b) => a.id - b.id),
  };
}

/** Whether a change asks to leave the joint configuration: it changes nothing and asks for no transition. */
export function isLeaveJoint(change: ConfChange): boolean {
  return change.changes.length === 0 && change.transition === 'auto';
}

/** How a change enters a joint configuration, or undefined when it is simple enough not to need one. */
export function jointEntry(change: ConfChange): {readonly autoLeave: boolean} | undefined {
  if (change.transition === 'auto' && change.changes.length <= 1) return undefined;
  return {autoLeave: change.transition !== 'explicit'};
}

/**
 * Rebuilds a stored configuration by way of changes, so that there is one place only that makes members: first the
 * outgoing half one by one, then, if there is one, the step into the joint configuration.
 */
export function restoreMembership(tracker: ProgressTracker, conf: ConfState, lastIndex: LogIndex): Membership {
  const single = (type: ConfChangeSingle['type']) => (replica: ReplicaId): ConfChangeSingle => ({type, replica});
  const incoming = [
    ...conf.votersOutgoing.map(single('RemoveNode')),
    ...conf.voters.map(single('AddNode')),
    ...conf.learners.map(single('AddLearnerNode')),
    ...conf.learnersNext.map(single('AddLearnerNode')),
  ];
  const oneByOne = (changes: readonly ConfChangeSingle[]): void => {
    for (const change of changes) tracker.switchTo(new ConfChanger(tracker, lastIndex).simple([change]));
  };
  if (conf.votersOutgoing.length === 0) {
    oneByOne(incoming);
    return tracker.membership;
  }
  oneByOne(conf.votersOutgoing.map(single('AddNode')));
  return new ConfChanger(tracker, lastIndex).enterJoint(conf.autoLeave, incoming);
}
