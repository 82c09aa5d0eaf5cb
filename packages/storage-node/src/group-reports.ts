import {NO_REPLICA, toHex, toLogIndex, toTerm} from '@murmuration/base';
import type {GroupId, ReplicaId} from '@murmuration/base';
import type {GroupReport, MemberProgress} from '@murmuration/control-client';
import type {ClusterMap} from '@murmuration/placement';
import type {GroupStatus} from '@murmuration/raft-host';
import {heatReportOf} from './heat/heat-report.js';
import type {LeaderDuties} from './leader-duties.js';
import type {HostedReplica} from './replica-lifecycle.js';

/** What the control plane is told of one replica. @returns undefined while the Raft host does not have it */
export function reportOf(hosted: HostedReplica, status: GroupStatus | undefined, map: ClusterMap, duties: LeaderDuties): GroupReport | undefined {
  if (status === undefined) return undefined;
  const {group, replica} = hosted;
  const {term, leader, applied, membership, durableMembership, isJoint, confState} = status;
  const shared = {group, replica, term, leader, applied, membership, durableMembership, voters: confState.voters, learners: confState.learners, isJoint};
  if (hosted.kind === 'log') {
    // Should it lead, it does so to hand on what it has, and answers for nothing.
    return {...shared, isLeader: false, itemCount: 0, sizeBytes: 0, epoch: hosted.identity.epoch, progress: [], lastSplit: undefined, splitRefusal: undefined};
  }
  const {itemCount, sizeBytes, indexes, epoch, lastSplit} = hosted.machine.record;
  const entry = map.partition(group);
  const isChanging = isJoint || confState.learners.length > 0 || (entry !== undefined && entry.membership > membership);
  const isUntold = lastSplit !== undefined && (entry === undefined || entry.epoch < epoch);
  return {
    ...shared, isLeader: status.isLeader, itemCount, sizeBytes, ...(indexes === undefined ? {} : {localIndexes: indexes}), epoch,
    progress: status.isLeader && isChanging ? progressOf(status) : [],
    lastSplit: isUntold
      ? {child: lastSplit.child, atHex: toHex(lastSplit.at), childItemCount: lastSplit.childItemCount, childSizeBytes: lastSplit.childSizeBytes}
      : undefined,
    splitRefusal: status.isLeader ? duties.refusalOf(group) : undefined,
    ...(hosted.machine.derivation.version === 0 ? {} : {derivation: hosted.machine.derivation.version}),
    ...(status.isLeader ? hosted.indexes.report() : {}),
    ...(status.isLeader ? hosted.admission.report() : {}),
    ...heatReportOf(hosted.heat, status.isLeader),
    ...(status.isLeader ? hosted.splits.report() : {}),
    ...(hosted.isQuarantined ? {isUnusable: true} : {}),
  };
}

/** Of a replica that can't be started: nothing is known of it but that. */
export function unusableReport(group: GroupId, replica: ReplicaId): GroupReport {
  return {
    group, replica, term: toTerm(0), isLeader: false, leader: NO_REPLICA, applied: toLogIndex(0), itemCount: 0, sizeBytes: 0, epoch: 1, membership: 0,
    voters: [], learners: [], isJoint: false, progress: [], lastSplit: undefined, splitRefusal: undefined, isUnusable: true,
  };
}

function progressOf(status: GroupStatus): readonly MemberProgress[] {
  return status.progress.filter(({replica}) => replica !== status.replica).map(({replica, behindEntries, behindBytes, isActive, state}) => ({
    replica, behindEntries, behindBytes, isActive, isInSnapshot: state === 'snapshot',
  }));
}
