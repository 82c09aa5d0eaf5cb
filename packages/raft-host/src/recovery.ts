import type {EventSink, GroupId, LogGroupState, LogPort, StorePort} from '@murmuration/base';
import {DecodeError, KEY_KIND_SNAPSHOT_STAGING, WriteBatch, toLogIndex, toTerm} from '@murmuration/base';
import {EMPTY_CONF_STATE} from '@murmuration/raft';
import {RaftHostError} from './errors.js';
import {emitEvent} from './events.js';
import {appliedKey, installMarkerKey, tombstoneKey} from './keys.js';
import type {AppliedRecord} from './record-codec.js';
import {decodeAppliedRecord, decodeDescriptor, decodeInstallMarker, decodeTombstone} from './record-codec.js';
import {appendAndWait, redoInstall} from './snapshot-install.js';
import type {GroupDescriptor} from './types.js';

/**
 * Groups begin behind an entry that nobody has: a replica that joins later, with no configuration of its own, then
 * always needs a snapshot, which brings the configuration. With a log from index 1 it would apply membership changes
 * to an empty configuration.
 */
export const INITIAL_INDEX = toLogIndex(1);
export const INITIAL_TERM = toTerm(1);

const ENTRIES_READ_BYTES_MAX = 1024 * 1024;

/** A replica found in the log, ready to be started. */
export interface RecoveredGroup {
  readonly descriptor: GroupDescriptor;
  readonly stored: AppliedRecord;
}

/** State before anything was stored: the founding configuration, or nothing for a replica that joins. */
export function initialRecord(descriptor: GroupDescriptor): AppliedRecord {
  const isFounder = descriptor.initialConfState.voters.length > 0;
  return {
    replica: descriptor.replica,
    index: isFounder ? INITIAL_INDEX : toLogIndex(0),
    term: isFounder ? INITIAL_TERM : toTerm(0),
    confState: isFounder ? descriptor.initialConfState : EMPTY_CONF_STATE,
    membership: isFounder ? 1 : 0,
    members: descriptor.members,
  };
}

/**
 * Reads what log and store know of all groups and brings the two together: installs that were cut short are finished,
 * half-received snapshots wiped. A group whose log does not reach its state is reported and left out: it must not
 * vote, as it may have forgotten what it promised.
 * @throws RaftHostError `Corrupt` when a record can't be read
 */
export async function recoverGroups(log: LogPort, store: StorePort, events: EventSink): Promise<{readonly groups: readonly RecoveredGroup[]; readonly unusable: readonly GroupId[]}> {
  const states = log.groups().filter((state) => state.descriptor !== undefined);
  const records = await store.getMany(states.flatMap((state) => [appliedKey(state.group), installMarkerKey(state.group), tombstoneKey(state.group)]));
  const groups: RecoveredGroup[] = [];
  const unusable: GroupId[] = [];
  for (let i = 0; i < states.length; i += 1) {
    const state = states[i] as LogGroupState;
    const descriptor = readRecord(state.group, 'descriptor', () => decodeDescriptor(state.descriptor as Uint8Array));
    const tombstone = records[3 * i + 2];
    if (tombstone !== undefined && readRecord(state.group, 'tombstone', () => decodeTombstone(tombstone)) >= descriptor.replica) {
      // Its removal was cut short after it was decided: it takes no part any more.
      log.removeGroup(state.group);
      await appendAndWait(log, []);
      emitEvent(events, {event: 'raft-host/group-removed', group: state.group, replica: descriptor.replica});
      continue;
    }
    const stored = await storedRecord(descriptor, records[3 * i], records[3 * i + 1], log, store, events);
    const reason = obstacle(log, descriptor, stored);
    if (reason === undefined) {
      groups.push({descriptor, stored});
    } else {
      const now = log.group(state.group) ?? state;
      emitEvent(events, {
        event: 'raft-host/group-unusable', group: state.group, reason, applied: stored.index, firstIndex: now.firstIndex, lastIndex: now.lastIndex,
      });
      unusable.push(state.group);
    }
  }
  for (const {group, reason} of log.unusable()) {
    emitEvent(events, {event: 'raft-host/group-unusable', group, reason, applied: toLogIndex(0), firstIndex: toLogIndex(0), lastIndex: toLogIndex(0)});
    unusable.push(group);
  }
  await wipeAllStaging(store);
  return {groups, unusable};
}

async function storedRecord(
  descriptor: GroupDescriptor, appliedBytes: Uint8Array | undefined, markerBytes: Uint8Array | undefined, log: LogPort, store: StorePort, events: EventSink,
): Promise<AppliedRecord> {
  const {group} = descriptor;
  if (markerBytes !== undefined) {
    const marker = readRecord(group, 'install marker', () => decodeInstallMarker(markerBytes));
    if (marker.applied.replica === descriptor.replica) {
      await redoInstall(group, marker, store, log);
      emitEvent(events, {event: 'raft-host/snapshot-installed', group, index: marker.applied.index, isRedone: true});
      return marker.applied;
    }
  }
  if (appliedBytes !== undefined) {
    const record = readRecord(group, 'applied record', () => decodeAppliedRecord(appliedBytes));
    if (record.replica === descriptor.replica) return record;
  }
  return initialRecord(descriptor);
}

/**
 * Whether the replica has been the only voter all its life: then it has promised nothing to anyone else. Not when its log goes
 * on with a change of members: it may have been applied, and a second voter have led, before the store kept any of it.
 */
export function isOnlyVoterEver(descriptor: GroupDescriptor, {confState, membership, index}: AppliedRecord, log: LogPort): boolean {
  const {voters, votersOutgoing} = confState;
  if (membership > 1 || voters.length !== 1 || voters[0] !== descriptor.replica || votersOutgoing.length > 0) return false;
  const lastIndex = log.group(descriptor.group)?.lastIndex ?? index;
  let from = toLogIndex(index + 1);
  while (from <= lastIndex) {
    const entries = log.entries(descriptor.group, from, toLogIndex(lastIndex + 1), ENTRIES_READ_BYTES_MAX);
    if (entries.some(({kind}) => kind !== 0)) return false;
    from = toLogIndex(from + entries.length);
  }
  return true;
}

/** @returns why the group can't be started */
function obstacle(log: LogPort, descriptor: GroupDescriptor, stored: AppliedRecord): string | undefined {
  const state = log.group(descriptor.group);
  if (state === undefined) return 'the log lost the group';
  if (state.firstIndex > stored.index + 1) return 'the log begins after what the store holds';
  if (state.lastIndex < stored.index) return 'the log ends before what the store holds';
  const term = log.term(descriptor.group, stored.index);
  if (term !== undefined && term !== stored.term) return 'log and store disagree on an applied entry';
  return undefined;
}

async function wipeAllStaging(store: StorePort): Promise<void> {
  const from = Uint8Array.of(KEY_KIND_SNAPSHOT_STAGING);
  const until = Uint8Array.of(KEY_KIND_SNAPSHOT_STAGING + 1);
  const iterator = store.iterate({from, until});
  const rows = await iterator.next(1);
  await iterator.close();
  if (rows.length === 0) return;
  const batch = new WriteBatch();
  batch.deleteRange(from, until);
  await store.write(batch);
}

function readRecord<T>(group: GroupId, record: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw new RaftHostError({code: 'Corrupt', group, record}, {cause});
  }
}
