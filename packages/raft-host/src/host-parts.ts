import type {EventSink, GroupId} from '@murmuration/base';
import {ApplyQueue} from './apply-queue.js';
import {emitEvent} from './events.js';
import type {Group, GroupObserver} from './group.js';
import {Hibernation} from './hibernation.js';
import {LogAppender} from './log-appender.js';
import {entrySizeBytesMax} from './log-writes.js';
import type {RaftHostMetrics} from './metrics.js';
import type {RaftHostPorts, RaftHostTuning} from './options.js';
import {Outbox} from './outbox.js';
import {Receiver} from './receiver.js';
import {installSnapshot} from './snapshot-install.js';
import {SnapshotReceiver} from './snapshot-receive.js';
import {SnapshotSender} from './snapshot-send.js';
import {Truncation} from './truncation.js';
import {Turn} from './turn.js';

/** What the parts need from the host itself. */
export interface PartsOwner {
  groupOf(group: GroupId): Group | undefined;
  failed(part: 'log' | 'store', error: unknown): void;
}

export interface HostParts {
  readonly turn: Turn;
  readonly outbox: Outbox;
  readonly hibernation: Hibernation;
  readonly appender: LogAppender;
  readonly applyQueue: ApplyQueue;
  readonly sender: SnapshotSender;
  readonly snapshots: SnapshotReceiver;
  readonly receiver: Receiver;
  readonly truncation: Truncation;
  readonly observer: GroupObserver;
}

/** Builds the parts of a host and ties them together. */
export function createHostParts(ports: RaftHostPorts, tuning: RaftHostTuning, metrics: RaftHostMetrics, owner: PartsOwner): HostParts {
  const {clock, timers, log, store, network, events} = ports;
  const incarnation = ports.random.uint32();
  const mark = (group: Group): void => turn.mark(group);
  const storeFailed = (error: unknown): void => owner.failed('store', error);

  const outbox = new Outbox(network, clock, incarnation, tuning.envelopeBytesMax, (groupId, message) => {
    const group = owner.groupOf(groupId);
    if (group === undefined || group.isStopped) return;
    group.node.reportUnreachable(message.to);
    mark(group);
  });
  const hibernation = new Hibernation(clock, events, tuning, metrics.woken, {outbox, isConnected: (node) => network.isConnected(node), schedule: () => turn.schedule(), mark});
  const appender = new LogAppender(
    log, clock, timers, metrics.appendDuration, tuning.logAppendsInFlightMax, () => turn.schedule(), (error) => owner.failed('log', error),
  );
  const applyQueue = new ApplyQueue(
    store, timers, tuning,
    (group, message, batch) => {
      metrics.proposalsApplied.add(message.entries.length);
      turn.applyMessage(group, message, batch);
    },
    (group, message) => turn.deliver(group, message.responses),
    () => turn.schedule(), storeFailed,
  );
  const sender = new SnapshotSender(ports, tuning, metrics, (group, to, isFailed) => {
    if (group.isStopped) return;
    group.node.reportSnapshot(to, isFailed);
    mark(group);
  });
  const snapshots = new SnapshotReceiver(ports, tuning, (id) => owner.groupOf(id), mark, storeFailed);
  const turn = new Turn(clock, timers, {
    outbox, appender, applyQueue,
    wake: (group) => hibernation.wake(group, 'message'),
    sendSnapshot: (group, message) => sender.start(group, message),
    installSnapshot: (group, message) => {
      const marker = snapshots.take(group);
      group.isInstalling = true;
      group.freshness.forget();
      const install = async (): Promise<void> => {
        await installSnapshot(group, message, marker, store, applyQueue, appender);
        await group.machine.reload(marker.applied.index);
        group.wasInstalled(marker.applied);
        group.isInstalling = false;
        metrics.snapshotsReceived.add(1);
        emitEvent(events, {event: 'raft-host/snapshot-installed', group: group.id, index: marker.applied.index, isRedone: false});
        turn.deliver(group, message.responses);
        group.installWaiters.splice(0).forEach((waiter) => waiter());
      };
      install().catch(storeFailed);
    },
  });
  const receiver = new Receiver(clock, events, outbox, hibernation, incarnation, entrySizeBytesMax(log), (id) => owner.groupOf(id), mark);
  const truncation = new Truncation(log, store, events, tuning, (group) => sender.indexMin(group.id), storeFailed);
  return {turn, outbox, hibernation, appender, applyQueue, sender, snapshots, receiver, truncation, observer: createObserver(ports, metrics, sender, appender)};
}

/**
 * Makes the configuration that a group has applied durable: with the commit index in the log it is applied again after any
 * crash before the replica campaigns. Only then a member that left may be destroyed, as its vote can't be needed any more.
 */
export function makeDurable(group: Group, appender: LogAppender, events: EventSink, metrics: RaftHostMetrics): void {
  const {membership} = group;
  const isJoint = group.confState.votersOutgoing.length > 0;
  appender.add({group: group.id, hardState: group.committedState()}, () => {
    if (isJoint || group.isStopped || membership <= group.durableMembership) return;
    group.durableMembership = membership;
    metrics.configurationsDurable.add(1);
    group.machine.onDurableMembership?.(membership);
    emitEvent(events, {event: 'raft-host/configuration-durable', group: group.id, membership});
  });
}

function createObserver(ports: RaftHostPorts, metrics: RaftHostMetrics, sender: SnapshotSender, appender: LogAppender): GroupObserver {
  const {events, clock} = ports;
  return {
    becameLeader: (group) => emitEvent(events, {event: 'raft-host/became-leader', group: group.id, replica: group.replica, term: group.term}),
    lostLeadership: (group, failedProposals) => {
      metrics.proposalsFailed.add(failedProposals);
      emitEvent(events, {event: 'raft-host/lost-leadership', group: group.id, replica: group.replica, term: group.term, failedProposals});
    },
    sawLeader: () => metrics.leaderChanges.add(1),
    configurationChanged: (group, index) => {
      metrics.configurationChanges.add(1);
      makeDurable(group, appender, events, metrics);
      emitEvent(events, {
        event: 'raft-host/configuration-changed', group: group.id, index, membership: group.membership, voters: group.confState.voters,
        learners: group.confState.learners,
      });
    },
    proposalApplied: (_group, queuedAtMs) => {
      metrics.proposalsCommitted.add(1);
      metrics.commitDuration.observe((clock.monotonicMs() - queuedAtMs) / 1000);
    },
    snapshotSource: (group) => {
      const {index, term, confState} = group.stored;
      // A replica refuses a snapshot whose configuration does not know it yet: the newest one has to be stored first.
      if (confState !== group.confState || group.isLog) return 'unavailable';
      if (index === 0 || confState.voters.length === 0 || !sender.hasRoom) return 'unavailable';
      return {meta: {index, term, confState}, data: new Uint8Array(0)};
    },
  };
}
