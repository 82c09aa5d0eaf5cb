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
 * new one comes as a learner in one change, and it votes once it has caught up. A process that takes another's place comes as
 * a learner beside it, and gets its vote in the one change in which the other goes: whether that one lives or not, no majority
 * becomes smaller meanwhile. Every step is asked for by the process itself and worked out from the group's own configuration,
 * so a new leader goes on where the old one stopped.
 */
export class ControlMembers {
  readonly #host: ControlGroupHost;
  /** Ids given out in this leadership, by node: the same process asking again gets the same one. */
  readonly #given = new Map<NodeId, {readonly diskId: string; readonly replica: ReplicaId}>();

  constructor(host: ControlGroupHost) {
    this.#host = host;
  }
  /** Nodes with a replica that votes or learns, by the newest configuration this replica knows. */
  nodes(): ReadonlySet<NodeId> {
    const confState = this.#host.status(CONTROL_GROUP_ID)?.confState;
    if (confState === undefined) return new Set();
    const ids = new Set([...confState.voters, ...confState.learners, ...confState.votersOutgoing, ...confState.learnersNext]);
    return new Set(this.#host.membersOf(CONTROL_GROUP_ID).filter(({replica}) => ids.has(replica)).map(({node}) => node));
  }
  /** Whether the group is out of danger without the node, and comes back without it after any crash. Leader only. */
  hasLeft(node: NodeId): boolean {
    const status = this.#host.status(CONTROL_GROUP_ID);
    if (status === undefined || !status.isLeader || status.isJoint || status.durableMembership < status.membership) return false;
    return !this.nodes().has(node);
  }
  /**
   * Leader only: with all voters there, a learner on a node that is not to come any more goes again.
   * @param voterCount of the whole group
   */
  tidy(isWanted: (node: NodeId) => boolean, voterCount: number): void {
    const status = this.#host.status(CONTROL_GROUP_ID);
    if (status === undefined || !status.isLeader || status.isJoint || status.durableMembership < status.membership || status.confState.learners.length === 0) return;
    const {voters, learners} = status.confState;
    if (voters.length < voterCount) return;
    const configured = this.#host.membersOf(CONTROL_GROUP_ID).filter(({replica}) => voters.includes(replica) || learners.includes(replica));
    if (configured.every(({replica, node}) => voters.includes(replica) || isWanted(node))) return;
    this.#want(status.membership, configured.map((member): WantedMember => ({
      ...member, role: voters.includes(member.replica) ? 'voter' : isWanted(member.node) ? 'learner' : 'leaving',
    })));
  }
  /**
   * Leader only.
   * @param replaces whose place the process takes
   */
  join(request: JoinRequest, replaces?: NodeId): ControlResponse {
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
      if (isCaughtUp) this.#want(status.membership, configured.map((member): WantedMember => ({
        ...member, role: member.node === replaces ? 'leaving' : member.replica === hosted.replica || confState.voters.includes(member.replica) ? 'voter' : 'learner',
      })));
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
