import type {GroupId, LogWrite, ReplicaId} from '@murmuration/base';
import {NO_REPLICA, WriteBatch, assert} from '@murmuration/base';
import type {Group, GroupStart} from './group.js';
import type {HostParts} from './host-parts.js';
import {appliedKey, installMarkerKey, tombstoneKey} from './keys.js';
import type {RaftHostPorts} from './options.js';
import {decodeAppliedRecord, decodeTombstone, encodeDescriptor, encodeTombstone} from './record-codec.js';
import {INITIAL_INDEX, INITIAL_TERM, initialRecord} from './recovery.js';
import {appendAndWait} from './snapshot-install.js';
import {wipeStaging} from './snapshot-receive.js';
import type {GroupDescriptor, GroupStateMachine} from './types.js';

export interface CreateGroupOptions {
  /** Instead of the one that the `open` of the host's start would make. */
  readonly machine?: GroupStateMachine;
  /** Campaign at once, and again until there is a leader: for the replica that should lead a new group. */
  readonly campaignFirst?: boolean;
  /**
   * Make everything applied so far durable in the store before the group exists. For a group made by applying another
   * group's entry: without it, a crash could leave the child's entries to be replayed before the parent's older ones.
   */
  readonly afterStore?: boolean;
}

export type CreateResult =
  | {readonly ok: true}
  /**
   * `OtherReplicaPresent`: the process holds another replica of this group, or is making one; remove it first.
   * `Removed`: this replica, or one with a higher id, was removed here; it never comes back.
   */
  | {readonly ok: false; readonly reason: 'Stopped' | 'OtherReplicaPresent' | 'Removed'};

export interface LifecycleContext {
  readonly ports: RaftHostPorts;
  readonly parts: HostParts;
}

/** Writes the descriptor, durably, and loads the machine. @returns undefined when the replica was removed here before */
export async function createGroup(
  context: LifecycleContext, descriptor: GroupDescriptor, machine: GroupStateMachine, options: CreateGroupOptions,
): Promise<GroupStart | undefined> {
  const {store} = context.ports;
  const {applyQueue, appender} = context.parts;
  assert(descriptor.replica !== NO_REPLICA, 'a replica has an id');
  const [tombstone] = await store.getMany([tombstoneKey(descriptor.group)]);
  if (tombstone !== undefined && decodeTombstone(tombstone) >= descriptor.replica) return undefined;
  if (options.afterStore === true) {
    await new Promise<void>((resolve) => applyQueue.whenDrained(resolve));
    await store.flush();
  }
  // An earlier replica of the group may have left records behind.
  const batch = new WriteBatch();
  wipeRecords(descriptor.group, batch);
  await store.write(batch);
  const stored = initialRecord(descriptor);
  const founding: Omit<LogWrite, 'group'> = stored.index === INITIAL_INDEX
    ? {snapshot: {index: INITIAL_INDEX, term: INITIAL_TERM}, hardState: {term: INITIAL_TERM, vote: NO_REPLICA, commit: INITIAL_INDEX}}
    : {};
  await new Promise<void>((resolve) => {
    appender.add({group: descriptor.group, ...founding, descriptor: encodeDescriptor(descriptor)}, resolve);
    context.parts.turn.schedule();
  });
  await machine.reload(stored.index);
  return {descriptor, machine, stored, votesFromMs: Number.NEGATIVE_INFINITY, isNew: true};
}

/**
 * Ends a replica: it answers nobody from now on.
 * @param forget called once the group takes no part any more
 */
export async function removeGroup(context: LifecycleContext, id: GroupId, group: Group | undefined, forget: () => void): Promise<void> {
  const {log} = context.ports;
  const {applyQueue, appender, snapshots} = context.parts;
  if (group?.isInstalling === true) await new Promise<void>((resolve) => group.installWaiters.push(resolve));
  if (group?.isStopped === false) group.stop();
  forget();
  snapshots.forget(id);
  // Durable before the log forgets: a replica that was removed must not be taken for one that never was.
  await bury(id, group?.replica, context.ports);
  appender.forget(id);
  log.removeGroup(id);
  // Behind the effects of the group that are on their way to the store.
  applyQueue.change((batch) => wipeRecords(id, batch));
  await Promise.all([
    new Promise<void>((resolve) => applyQueue.whenDrained(resolve)),
    appendAndWait(log, []),
  ]);
}

async function bury(id: GroupId, replica: ReplicaId | undefined, {store}: RaftHostPorts): Promise<void> {
  const [before, applied] = await store.getMany([tombstoneKey(id), appliedKey(id)]);
  const known = replica ?? (applied === undefined ? NO_REPLICA : decodeAppliedRecord(applied).replica);
  const buried = before === undefined ? NO_REPLICA : decodeTombstone(before);
  if (known <= buried) return;
  const batch = new WriteBatch();
  batch.put(tombstoneKey(id), encodeTombstone(known));
  await store.write(batch);
  await store.flush();
}

function wipeRecords(group: GroupId, batch: WriteBatch): void {
  batch.delete(appliedKey(group));
  batch.delete(installMarkerKey(group));
  wipeStaging(group, batch);
}
