import {unreachable} from '@murmuration/base';
import type {NodeId, ReplicaId} from '@murmuration/base';
import type {GroupReport, JobEntry} from '@murmuration/control-client';
import {isVoting, quorumEffect} from '@murmuration/placement';
import type {NodeEntry, PartitionEntry, PlannedHeal} from '@murmuration/placement';
import type {CatalogCommand, StartJob, StepJob} from './catalog-commands.js';
import {EntryDraft} from './entry-change.js';

/**
 * The steps of jobs, as pure functions: what a job does next follows from its row, its partition and what is told of it.
 *
 *   heal:  log | clear → catch-up → promote → done        move:  catch-up → promote → done
 *   either, called off while it catches up:  undo (it failed) or cancel (it was asked to) → failed | cancelled
 *   split: ask → finish (done) | failed                   called off: cancel → cancelled, or finish when its leader was faster
 */
export type MembershipStep = 'log' | 'clear' | 'catch-up' | 'promote' | 'undo' | 'cancel';

/** A learner becomes a voter when it lacks at most this much: a fraction of a second of a busy partition. */
export const CATCH_UP_BYTES_MAX = 1024 * 1024;

/** What is known of a job's partition beside the map. */
export interface JobSurroundings {
  readonly entry: PartitionEntry | undefined;
  /** Report of the present leader, if one was heard lately. */
  readonly leader: GroupReport | undefined;
  readonly nodes: ReadonlyMap<NodeId, NodeEntry>;
  readonly isLost: (node: NodeId) => boolean;
  /** Whether a replica has told of itself lately, and that it serves. */
  readonly isServing: (replica: ReplicaId) => boolean;
  /** Newest membership that a replica told it has for good; 0 when nothing was heard of it. */
  readonly durableMembershipOf: (replica: ReplicaId) => number;
}

/** The next command of a running job; undefined while it has to wait. */
export function nextJobCommand(job: JobEntry, around: JobSurroundings, nowMs: number): CatalogCommand | undefined {
  const {entry} = around;
  // Deleted tables take their jobs with them; this is the job of another life of the catalog.
  if (entry === undefined) return stepOf(job, {state: 'failed', failure: 'the partition is gone'}, nowMs);
  if (job.kind === 'split') return nextSplitCommand(job, entry, around.leader, nowMs);
  const step = job.step as MembershipStep;
  switch (step) {
    case 'log':
    case 'clear':
      return afterClearing(job, entry, around, nowMs);
    case 'catch-up':
      return whileCatchingUp(job, entry, around, nowMs);
    case 'promote':
      if (!hasReachedForGood(entry, around)) return undefined;
      return stepOf(job, {state: 'done', step: 'remove', draft: new EntryDraft(entry).dropLeaving()}, nowMs);
    case 'undo':
    case 'cancel':
      if (!hasReachedForGood(entry, around)) return undefined;
      return stepOf(job, {state: step === 'undo' ? 'failed' : 'cancelled', draft: new EntryDraft(entry).dropLeaving()}, nowMs);
    default:
      return unreachable(step);
  }
}

/** Whether the group's applied configuration is the one that the map wants. */
export function hasReached(entry: PartitionEntry, leader: GroupReport | undefined): boolean {
  if (leader === undefined || leader.isJoint) return false;
  const voters = entry.replicas.filter(isVoting).map((placement) => placement.replica);
  const learners = entry.replicas.filter((placement) => placement.role === 'learner').map((placement) => placement.replica);
  return isSameSet(voters, leader.voters) && isSameSet(learners, leader.learners);
}

/**
 * Whether the map's configuration is applied and would come back after a power cut of everything: the leader and most of the
 * new voters, those that keep the log only included, have it for good. Before that nobody who left may be dropped from the map, as the node
 * then destroys it: survivors that fell back to the old configuration could need its vote.
 */
export function hasReachedForGood(entry: PartitionEntry, around: Pick<JobSurroundings, 'leader' | 'durableMembershipOf'>): boolean {
  const {leader, durableMembershipOf} = around;
  if (leader === undefined || !hasReached(entry, leader) || (leader.durableMembership ?? 0) < entry.membership) return false;
  const voters = entry.replicas.filter(isVoting);
  return voters.filter(({replica}) => durableMembershipOf(replica) >= entry.membership).length * 2 > voters.length;
}

/** Begins to copy a replica to another node, in place of `from`. */
export function startMove(
  entry: PartitionEntry, move: {readonly from: ReplicaId; readonly toNode: NodeId; readonly cause: string}, expectedJob: number, nowMs: number,
): StartJob {
  const draft = new EntryDraft(entry).add(move.toNode, 'learner');
  return {
    kind: 'start-job', expectedJob, job: 'move', group: entry.group, cause: move.cause, step: 'catch-up', from: move.from, to: entry.nextReplica,
    toNode: move.toNode, change: draft.toChange(), split: undefined, nowMs,
  };
}

/** Begins to give a partition a full copy in place of a lost one. */
export function startHeal(entry: PartitionEntry, heal: PlannedHeal, expectedJob: number, nowMs: number): StartJob {
  const base = {kind: 'start-job', expectedJob, job: 'heal', group: entry.group, cause: 'heal', from: heal.from, toNode: heal.toNode, split: undefined, nowMs} as const;
  const cleared = new EntryDraft(entry).turn(heal.from, 'leaving');
  if (heal.logNode !== undefined) return {...base, step: 'log', to: undefined, change: cleared.add(heal.logNode, 'log').toChange()};
  if (heal.isClearedFirst) {
    const isLeaving = entry.replicas.some((placement) => placement.replica === heal.from && placement.role === 'leaving');
    return {...base, step: 'clear', to: undefined, change: isLeaving ? undefined : cleared.toChange()};
  }
  return {...base, step: 'catch-up', to: entry.nextReplica, change: new EntryDraft(entry).add(heal.toNode, 'learner').toChange()};
}

/** Asks a partition's leader to cut it in two. */
export function startSplit(entry: PartitionEntry, child: PartitionEntry['group'], atHex: string | undefined, cause: string, expectedJob: number, nowMs: number): StartJob {
  return {
    kind: 'start-job', expectedJob, job: 'split', group: entry.group, cause, step: 'ask', from: undefined, to: undefined, toNode: undefined, change: undefined,
    split: {expectedEpoch: entry.epoch, expectedMembership: entry.membership, child, atHex}, nowMs,
  };
}

/**
 * Calls a job off. A split may be under way at its leader: it gets a new number of membership with the call, which its group
 * takes into its log, and no leader that has that number follows an older map. Either the split is in the log before it, and
 * is finished, or there will be none.
 * @param leader report of the present leader, if one was heard lately
 * @returns the command, or why it cannot be
 */
export function cancelCommand(job: JobEntry, entry: PartitionEntry | undefined, leader: GroupReport | undefined, nowMs: number): StepJob | {readonly reason: string} {
  if (job.state !== 'running') return {reason: `job ${job.job} has ended already: ${job.state}`};
  if (job.step === 'undo' || job.step === 'cancel') return {reason: `job ${job.job} is being called off already`};
  if (job.kind === 'split') {
    if (entry === undefined || (leader !== undefined && leader.epoch > entry.epoch)) return {reason: `job ${job.job} is past the point where it can be called off: the leader of partition ${job.group} has cut it`};
    return stepOf(job, {step: 'cancel', failure: 'cancelled by an operator', draft: new EntryDraft(entry), isSplitDropped: true}, nowMs);
  }
  if (job.step === 'log' || job.step === 'clear') return {reason: `job ${job.job} takes a lost replica out of its partition, which has to end; it can be called off while the new one catches up`};
  if (job.step !== 'catch-up' || entry === undefined) return {reason: `job ${job.job} is past the point where it can be called off: step ${job.step}`};
  return stepOf(job, {step: 'cancel', failure: 'cancelled by an operator', draft: new EntryDraft(entry).turn(job.to, 'leaving')}, nowMs);
}

/** A split that a leader has carried out and the map does not show, whoever asked for it. */
export function splitToFinish(entry: PartitionEntry, leader: GroupReport | undefined, isKnown: (group: number) => boolean, nowMs: number): CatalogCommand | undefined {
  const split = leader?.lastSplit;
  if (leader === undefined || split === undefined || leader.epoch !== entry.epoch + 1 || isKnown(split.child)) return undefined;
  const timeline = leader.splitTimeline?.child === split.child ? leader.splitTimeline : undefined;
  return {kind: 'finish-split', group: entry.group, expectedEpoch: entry.epoch, child: split.child, atHex: split.atHex, nowMs, ...(timeline === undefined ? {} : {timeline})};
}

function nextSplitCommand(job: JobEntry, entry: PartitionEntry, leader: GroupReport | undefined, nowMs: number): CatalogCommand | undefined {
  // A split in the past of the leader is finished from its report, even when this job has given up on it.
  if (leader?.lastSplit?.child === job.child && leader?.lastSplit !== undefined) return splitToFinish(entry, leader, () => false, nowMs);
  if (job.step === 'cancel') return leader !== undefined && leader.epoch === entry.epoch && leader.membership >= entry.membership ? stepOf(job, {state: 'cancelled'}, nowMs) : undefined;
  if (leader?.splitRefusal !== undefined && leader.splitRefusal.child === job.child && leader.epoch === entry.epoch) {
    return stepOf(job, {state: 'failed', failure: leader.splitRefusal.reason, isSplitDropped: true}, nowMs);
  }
  return undefined;
}

function afterClearing(job: JobEntry, entry: PartitionEntry, around: JobSurroundings, nowMs: number): CatalogCommand | undefined {
  if (!hasReachedForGood(entry, around)) return undefined;
  const cleared = new EntryDraft(entry).dropLeaving();
  const target = job.toNode === undefined ? undefined : around.nodes.get(job.toNode);
  const isTaken = cleared.replicas.some((placement) => placement.node === job.toNode);
  if (target === undefined || target.state === 'down' || isTaken) {
    // The partition is clean again and lacks a copy: the next look at the cluster finds another place for it.
    return stepOf(job, {state: 'failed', failure: `node ${job.toNode ?? ''} cannot take the copy any more`, draft: cleared}, nowMs);
  }
  return stepOf(job, {step: 'catch-up', to: entry.nextReplica, draft: cleared.add(target.node, 'learner')}, nowMs);
}

function whileCatchingUp(job: JobEntry, entry: PartitionEntry, around: JobSurroundings, nowMs: number): CatalogCommand | undefined {
  const failure = reasonToUndo(job, entry, around);
  if (failure !== undefined) return stepOf(job, {step: 'undo', failure, draft: new EntryDraft(entry).turn(job.to, 'leaving')}, nowMs);
  if (!hasReached(entry, around.leader)) return undefined;
  const progress = around.leader?.progress.find((member) => member.replica === job.to);
  if (progress === undefined || !progress.isActive || progress.isInSnapshot || progress.behindBytes > CATCH_UP_BYTES_MAX) return undefined;
  const promoted = new EntryDraft(entry).turn(job.to, 'voter').turn(job.from, 'leaving');
  const draft = job.kind === 'heal' ? promoted.dismissLogReplicas() : promoted;
  if (!quorumEffect(entry, around.isLost, draft.replicas).isQuorumKept) return undefined;
  return stepOf(job, {step: 'promote', draft}, nowMs);
}

function reasonToUndo(job: JobEntry, entry: PartitionEntry, around: JobSurroundings): string | undefined {
  const to = entry.replicas.find((placement) => placement.replica === job.to);
  if (to?.role !== 'learner') return 'the new replica lost its disk';
  const target = around.nodes.get(to.node);
  if (target === undefined || target.state === 'down') return `node ${to.node} went away before the copy was complete`;
  if (target.duty === 'draining') return `node ${to.node} is drained itself`;
  if (job.kind !== 'heal') return undefined;
  const lost = entry.replicas.find((placement) => placement.replica === job.from);
  const isBack = lost?.role === 'voter' && around.nodes.get(lost.node)?.state === 'up' && around.isServing(lost.replica);
  return isBack ? `node ${lost.node} came back with its copy` : undefined;
}

interface NextStep {
  readonly state?: JobEntry['state'];
  readonly step?: string;
  readonly to?: ReplicaId;
  readonly failure?: string;
  readonly draft?: EntryDraft;
  readonly isSplitDropped?: boolean;
}

function stepOf(job: JobEntry, next: NextStep, nowMs: number): StepJob {
  return {
    kind: 'step-job', job: job.job, expectedVersion: job.version, state: next.state ?? 'running', step: next.step ?? job.step, to: next.to ?? job.to,
    failure: next.failure ?? job.failure, change: next.draft?.toChange(), isSplitDropped: next.isSplitDropped ?? false, nowMs,
  };
}

function isSameSet(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((element) => b.includes(element));
}
