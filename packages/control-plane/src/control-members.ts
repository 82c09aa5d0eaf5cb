import {CONTROL_GROUP_ID, NO_REPLICA, toReplicaId} from '@murmuration/base';
import type {NodeId, ReplicaId} from '@murmuration/base';
import type {ControlResponse} from '@murmuration/control-client';
import type {GroupMember, RaftHost, WantedMember} from '@murmuration/raft-host';

/** A learner that lacks no more than this many entries of the catalog's log is made a voter. */
const BEHIND_ENTRIES_MAX = 100;

/** What a process tells that has the control role and perhaps no replica of the control group. */
export interface JoinRequest {
  readonly node: NodeId;
  readonly diskId: string;
  /** The control replica it hosts, 0 for none. */
  readonly replica: ReplicaId;
}

/** What of the Raft host is needed. */
export type ControlGroupHost = Pick<RaftHost, 'status' | 'membersOf' | 'reconcileMembers'>;

/**
 * Gives a control process whose disk was lost a replica of the control group under a new id: the dead one goes and the
 * new one comes as a learner in one change, and it votes once it has caught up. Every step is asked for by the process
 * itself and worked out from the group's own configuration, so a new leader goes on where the old one stopped.
 */
export class ControlMembers {
  readonly #host: ControlGroupHost;
  /** Ids given out in this leadership, by node: the same process asking again gets the same one. */
  readonly #given = new Map<NodeId, {readonly diskId: string; readonly replica: ReplicaId}>();

  constructor(host: ControlGroupHost) {
    this.#host = host;
  }
  /** Leader only. */
  join(request: JoinRequest): ControlResponse {
    const status = this.#host.status(CONTROL_GROUP_ID);
    if (status === undefined || !status.isLeader) return unavailable('the control group is not led here');
    const {confState} = status;
    // One change after the other, and each for good before anybody is told of it or counts on it.
    if (status.isJoint || status.durableMembership < status.membership) return unavailable('the control group changes its members');
    const known = this.#host.membersOf(CONTROL_GROUP_ID);
    const configured = known.filter(({replica}) => confState.voters.includes(replica) || confState.learners.includes(replica));
    const hosted = configured.find(({node, replica}) => node === request.node && replica === request.replica);
    if (hosted !== undefined) {
      if (confState.voters.includes(hosted.replica)) return {kind: 'control-replica', replica: hosted.replica, members: configured, isVoter: true};
      const progress = status.progress.find(({replica}) => replica === hosted.replica);
      const isCaughtUp = progress?.isActive === true && progress.state === 'replicate' && progress.behindEntries <= BEHIND_ENTRIES_MAX;
      if (isCaughtUp) this.#want(status.membership, configured.map((member) => ({...member, role: 'voter'})));
      return {kind: 'control-replica', replica: hosted.replica, members: configured, isVoter: false};
    }
    const given = this.#given.get(request.node);
    if (given?.diskId === request.diskId && configured.some(({replica}) => replica === given.replica)) {
      return {kind: 'control-replica', replica: given.replica, members: configured, isVoter: false};
    }
    // Ids are never used twice: the newest stays in the configuration until a newer one takes its place.
    const replica = toReplicaId(Math.max(NO_REPLICA, ...known.map((member) => member.replica), ...confState.voters, ...confState.learners) + 1);
    const wanted = configured.map((member): WantedMember => ({
      ...member, role: member.node === request.node ? 'leaving' : confState.voters.includes(member.replica) ? 'voter' : 'learner',
    }));
    const isBegun = this.#want(status.membership, [...wanted, {replica, node: request.node, role: 'learner'}]);
    if (isBegun) this.#given.set(request.node, {diskId: request.diskId, replica});
    return unavailable('the control group makes room for a new replica');
  }
  /** Ids given in an earlier leadership may never have been proposed. */
  forget(): void {
    this.#given.clear();
  }

  #want(membership: number, members: readonly WantedMember[]): boolean {
    return this.#host.reconcileMembers(CONTROL_GROUP_ID, {membership: membership + 1, members}) === 'proposed';
  }
}

function unavailable(reason: string): ControlResponse {
  return {kind: 'failed', failure: {code: 'Unavailable', reason}};
}

/** The node that a replica of the group lives on. */
export function nodeOfReplica(members: readonly GroupMember[], replica: ReplicaId): NodeId | undefined {
  return members.find((member) => member.replica === replica)?.node;
}
