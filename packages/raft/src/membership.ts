import {assert, EMPTY_BYTES, NO_REPLICA} from '@murmuration/base';
import type {LogIndex} from '@murmuration/base';

import {ConfChanger, isLeaveJoint, jointEntry, restoreMembership} from './conf-change.js';
import {markIndex, markTerm} from './marks.js';
import {equalConfStates} from './message.js';
import {handleProposals} from './proposing.js';
import type {RaftCore} from './raft-core.js';
import {becomeFollower} from './roles.js';
import {broadcastAppend, broadcastEntries, maybeCommit} from './sending.js';
import {EMPTY_CONF_STATE} from './tracker.js';
import type {Membership} from './tracker.js';
import type {ConfChange, ConfState, Message, Snapshot} from './types.js';

/** Puts a committed change into force. @returns the configuration from now on */
export function applyConfChange(core: RaftCore, change: ConfChange): ConfState {
  const changer = new ConfChanger(core.tracker, core.log.lastIndex());
  if (isLeaveJoint(change)) return switchTo(core, changer.leaveJoint());
  const joint = jointEntry(change);
  return switchTo(core, joint === undefined ? changer.simple(change.changes) : changer.enterJoint(joint.autoLeave, change.changes));
}

/** Takes over a stored configuration as a whole. */
export function restoreConfState(core: RaftCore, conf: ConfState): void {
  core.tracker.switchTo({conf: EMPTY_CONF_STATE, peers: []});
  const restored = switchTo(core, restoreMembership(core.tracker, conf, core.log.lastIndex()));
  assert(equalConfStates(restored, conf), 'a stored configuration comes back as it was', {restored, conf});
}

function switchTo(core: RaftCore, membership: Membership): ConfState {
  core.tracker.switchTo(membership);
  const {conf} = membership;
  core.emit({
    event: 'raft/configuration-switched', level: 'info', replica: core.id,
    voters: conf.voters, votersOutgoing: conf.votersOutgoing, learners: conf.learners,
  });
  const own = core.tracker.progress(core.id);
  core.isLearner = own !== undefined && own.isLearner;
  if (core.state !== 'Leader') return conf;

  if (own === undefined || core.isLearner) {
    // Removed or demoted while leading. The entry is committed, so the others can go on without it.
    if (core.options.stepDownOnRemoval) becomeFollower(core, core.term, NO_REPLICA);
    return conf;
  }
  if (conf.voters.length === 0) return conf;

  // A smaller quorum may have been reached already. If not, new members should not have to wait for a heartbeat.
  if (maybeCommit(core)) broadcastAppend(core);
  else broadcastEntries(core);
  if (core.leadTransferee !== NO_REPLICA && !core.tracker.isVoter(core.leadTransferee)) core.leadTransferee = NO_REPLICA;
  return conf;
}

/**
 * Entries through `index` were applied. A leader whose joint configuration is to be left by itself proposes that now,
 * also when it was entered under an earlier leader.
 */
export function appliedTo(core: RaftCore, index: LogIndex, sizeBytes: number): void {
  const applied = markIndex(Math.max(index, core.log.applied));
  core.log.appliedTo(applied, sizeBytes);
  if (!core.tracker.conf.autoLeave || applied < core.pendingConfIndex || core.state !== 'Leader') return;
  // Refused during a transfer of leadership. Then the next leader does it, or this one at the next applied entry.
  handleProposals(core, [{kind: 2, data: EMPTY_BYTES}]);
}

/** A snapshot is durable and its state in place. */
export function appliedSnapshot(core: RaftCore, snapshot: Snapshot): void {
  core.log.unstable.stableSnapshotTo(snapshot.meta.index);
  appliedTo(core, snapshot.meta.index, 0);
}

/** A follower is offered a snapshot; its answer tells the leader where to go on in either case. */
export function handleSnapshot(core: RaftCore, message: Message): void {
  const snapshot = message.snapshot;
  assert(snapshot !== undefined, 'a snapshot message carries one');
  const {index, term} = snapshot.meta;
  if (restore(core, snapshot)) {
    core.emit({event: 'raft/snapshot-restored', level: 'info', replica: core.id, index, term});
    core.send({type: 'AppResp', to: message.from, index: core.log.lastIndex()});
  } else {
    core.emit({event: 'raft/snapshot-ignored', level: 'info', replica: core.id, index, term});
    core.send({type: 'AppResp', to: message.from, index: core.log.committed});
  }
}

/** @returns false when the snapshot was not needed or not for this replica */
function restore(core: RaftCore, snapshot: Snapshot): boolean {
  const {index, term, confState} = snapshot.meta;
  if (index <= core.log.committed) return false;
  if (core.state !== 'Follower') {
    // The callers made it one. Should that ever fail, a new term keeps the damage away.
    becomeFollower(core, markTerm(core.term + 1), NO_REPLICA);
    return false;
  }
  // `learnersNext` need not be asked: they are outgoing voters.
  const isMember = confState.voters.includes(core.id) || confState.learners.includes(core.id) ||
    confState.votersOutgoing.includes(core.id);
  if (!isMember) return false;

  if (core.log.matchesTerm(index, term)) {
    // The log holds the snapshot's last entry, so all before it too: they are committed, and no state need be copied.
    core.log.commitTo(index);
    return false;
  }
  core.log.restore(snapshot);
  restoreConfState(core, confState);
  core.tracker.progress(core.id)?.acknowledge(index);
  return true;
}
