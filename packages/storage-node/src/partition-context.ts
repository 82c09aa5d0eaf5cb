import type {Clock, EventSink, GroupId, ReplicaId, StorePort} from '@murmuration/base';
import {unreachable} from '@murmuration/base';
import type {CapacitySettings} from '@murmuration/model';
import type {PartitionFailure, PartitionMachine, PartitionResponse} from '@murmuration/partition';
import type {PartitionClient} from '@murmuration/partition-client';
import type {GroupDescriptor, HostFailure} from '@murmuration/raft-host';
import type {LeaderAdmission, NodeThroughput} from './admission.js';
import type {Call} from './call.js';
import type {StorageNodeEvent} from './events.js';
import type {HeatSurroundings, PartitionHeat} from './heat/partition-heat.js';
import type {StorageNodeMetrics} from './metrics.js';
import type {StorageNodeTuning} from './options.js';
import type {ReplicaHost} from './replica-host.js';
import type {RangeCache} from './range-cache.js';
import type {RowCache} from './row-cache.js';
import type {RowLoader} from './row-loader.js';

/** What all partitions of a process share. */
export interface NodeContext {
  readonly tuning: StorageNodeTuning;
  /** Settings of throughput where nothing was changed while the cluster runs. */
  readonly capacityDefaults: CapacitySettings;
  readonly throughput: NodeThroughput;
  readonly clock: Clock;
  readonly store: StorePort;
  readonly host: ReplicaHost;
  readonly cache: RowCache;
  readonly ranges: RangeCache;
  readonly loader: RowLoader;
  readonly events: EventSink;
  readonly metrics: StorageNodeMetrics;
  /** By it partitions here ask others, of this process too. */
  readonly partitions: PartitionClient;
  /** Range reads at work, against `rangeReadsMax`. */
  readonly rangeReads: {count: number};
  /** What the heat of all partitions here shares. */
  readonly heat: HeatSurroundings;
  /** Something that the control plane waits for may have happened to the group: its report goes at once. */
  changed(group: GroupId): void;
  /** A replica here, leader or not, has its newest configuration for good: the control plane counts such reports before anybody is destroyed. */
  membershipDurable(group: GroupId): void;
  /** A split was applied by a replica here: its upper half is to be made, from the birth row that lies in the same batch. */
  born(descriptor: GroupDescriptor, isLeading: boolean): void;
}

/** One partition's replica, as its parts see it. */
export interface PartitionContext {
  readonly node: NodeContext;
  readonly group: GroupId;
  readonly replica: ReplicaId;
  readonly machine: PartitionMachine;
  readonly admission: LeaderAdmission;
  readonly heat: PartitionHeat;
  /** Rows of the partition are damaged in the store of this process. */
  quarantine(reason: string): void;
}

export function emit(events: EventSink, event: StorageNodeEvent): void {
  events.emit(event);
}

export function translate(failure: HostFailure): PartitionFailure {
  switch (failure.code) {
    case 'NotLeader':
      return {code: 'NotLeader', leaderHint: failure.leaderHint};
    case 'Overloaded':
      return {code: 'Overloaded', retryAfterMs: failure.retryAfterMs};
    case 'UnknownGroup':
      return {code: 'UnknownPartition'};
    case 'Stopped':
      return {code: 'Unavailable', reason: 'the replica has stopped'};
    case 'OutcomeUnknown':
      return {code: 'OutcomeUnknown', reason: 'leadership was lost after the write was proposed'};
    default:
      return unreachable(failure);
  }
}

/**
 * Gives an answer that was read or judged from committed state, if this replica led when it was: under a lease that
 * still holds now, or after a quorum confirmed it. No other leader can then have committed anything newer before.
 */
export function answerAsLeader(context: PartitionContext, call: Call, response: PartitionResponse): void {
  const {host} = context.node;
  if (host.hasLease(context.group)) {
    call.answer(response);
    return;
  }
  host.readIndex(context.group, (read) => {
    if (read.ok) call.answer(response);
    else call.fail(translateRead(read.failure));
  });
}

/** A failed read has no outcome to be unknown: nothing was written. */
export function translateRead(failure: HostFailure): PartitionFailure {
  return failure.code === 'OutcomeUnknown' ? {code: 'Unavailable', reason: 'leadership was lost during the read'} : translate(failure);
}
