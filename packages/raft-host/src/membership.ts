import type {ReplicaId} from '@murmuration/base';
import {NO_REPLICA} from '@murmuration/base';
import type {ConfChange, ConfState} from '@murmuration/raft';
import type {Group} from './group.js';
import type {GroupMember, GroupProgress, ReconcileResult, WantedMember, WantedMembers} from './types.js';

/** A follower this far behind is caught up soon enough to be handed leadership: proposals pause meanwhile. */
const HAND_OVER_BEHIND_ENTRIES_MAX = 1_000;
const HAND_OVER_BEHIND_BYTES_MAX = 1024 * 1024;

type Changes = ConfChange['changes'];

/**
 * The one change that leads from a configuration, not joint, to the wanted one. A wish that is met already still gets a
 * change, of nothing, so that its number is recorded.
 * @returns undefined when nobody would be left to vote with a state of its own
 */
export function changesToward(confState: ConfState, members: readonly WantedMember[], self: ReplicaId): Changes | undefined {
  if (!members.some(({role}) => role === 'voter')) return undefined;
  const changes: {type: 'AddNode' | 'AddLearnerNode' | 'RemoveNode' | 'UpdateNode'; replica: ReplicaId}[] = [];
  const kept = new Set<ReplicaId>();
  for (const {replica, role} of members) {
    if (role === 'leaving') continue;
    kept.add(replica);
    if (role === 'learner') {
      if (!confState.learners.includes(replica)) changes.push({type: 'AddLearnerNode', replica});
    } else if (!confState.voters.includes(replica)) {
      changes.push({type: 'AddNode', replica});
    }
  }
  for (const replica of [...confState.voters, ...confState.learners]) if (!kept.has(replica)) changes.push({type: 'RemoveNode', replica});
  return changes.length > 0 ? changes : [{type: 'UpdateNode', replica: self}];
}

/**
 * One step of a leader toward what is wanted: nothing, a transfer of leadership to somebody who stays, or the one
 * change of configuration. Steps do not overlap: each waits until the one before it is applied. A wish that is not
 * newer than the newest applied one changes nothing, so an old one is harmless wherever it turns up.
 */
export function reconcile(group: Group, wanted: WantedMembers, propose: (changes: Changes, members: readonly GroupMember[]) => boolean, transfer: (to: ReplicaId) => void): ReconcileResult {
  if (!group.isLeader || group.isInstalling || group.isLog) return 'not-leader';
  const {confState} = group;
  const isJoint = confState.votersOutgoing.length > 0;
  if (wanted.membership <= group.membership) return isJoint ? 'waiting' : 'reached';
  const status = group.node.status();
  if (group.appliedTerm !== group.term || isJoint || status.hasPendingConfChange || status.leadTransferee !== NO_REPLICA) return 'waiting';
  const changes = changesToward(confState, wanted.members, group.replica);
  if (changes === undefined) return 'waiting';
  const staying = wanted.members.filter(({role, replica}) => role === 'voter' && confState.voters.includes(replica));
  if (staying.length > 0 && !staying.some(({replica}) => replica === group.replica)) {
    // Whoever leads the change should be there after it. With nobody of the old voters staying this replica leads itself out.
    const target = bestOf(group, staying.map(({replica}) => replica));
    if (target === NO_REPLICA) return 'waiting';
    transfer(target);
    return 'transferring';
  }
  const members = wanted.members.map(({replica, node, role}): GroupMember => (role === 'log' || group.isLogReplica(replica) ? {replica, node, isLog: true} : {replica, node}));
  return propose(changes, members) ? 'proposed' : 'waiting';
}

/** The first of the candidates that could lead at once: a live voter with a state, nearly caught up. 0 when there is none. */
export function firstFit(group: Group, candidates: readonly ReplicaId[]): ReplicaId {
  const fit = new Set(fitFollowers(group).map(({replica}) => replica));
  return candidates.find((replica) => fit.has(replica)) ?? NO_REPLICA;
}

/** The one of the candidates with the longest log. 0 when none could lead. */
function bestOf(group: Group, candidates: readonly ReplicaId[]): ReplicaId {
  const fit = fitFollowers(group).filter(({replica}) => candidates.includes(replica));
  fit.sort((a, b) => b.match - a.match);
  return fit[0]?.replica ?? NO_REPLICA;
}

function fitFollowers(group: Group): GroupProgress[] {
  return group.progress().filter((peer) => peer.replica !== group.replica && peer.isActive && !peer.isLog && isClose(peer) && group.confState.voters.includes(peer.replica));
}

/** Whether a follower lacks so little that it has it in a moment. */
export function isClose({state, behindEntries, behindBytes}: GroupProgress): boolean {
  return state === 'replicate' && behindEntries <= HAND_OVER_BEHIND_ENTRIES_MAX && behindBytes <= HAND_OVER_BEHIND_BYTES_MAX;
}
