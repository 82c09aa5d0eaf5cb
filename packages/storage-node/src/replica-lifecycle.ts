import {BASE_INDEX_ID, WriteBatch, assert, compareBytes, toReplicaId} from '@murmuration/base';
import type {GroupId, NodeId, ReplicaId, ScanRange, Timers, TimerHandle} from '@murmuration/base';
import {localIndexesOf} from '@murmuration/model';
import {decodePartitionRecord, partitionRecordKey} from '@murmuration/partition';
import type {ClusterMap, PartitionEntry, ReplicaPlacement} from '@murmuration/placement';
import {appliedKey, decodeAppliedRecord} from '@murmuration/raft-host';
import type {GroupDescriptor, GroupStateMachine} from '@murmuration/raft-host';
import {birthKey, readBirths} from './birth-rows.js';
import {HostedPartition} from './hosted-partition.js';
import {readLeftovers} from './leftover-rows.js';
import {LogReplica} from './log-replica.js';
import {decodeIdentity, encodeIdentity} from './owner-data.js';
import type {PartitionIdentity} from './owner-data.js';
import {emit} from './partition-context.js';
import type {NodeContext} from './partition-context.js';

/** Pause before a creation or removal that failed, or had to wait, is tried again. */
const RETRY_MS = 500;

export type HostedReplica = HostedPartition | LogReplica;

/** A replica that was found at the start and can't be started. */
interface UnusableReplica {
  /** Undefined when nothing tells it: then it is the one the map names here. */
  replica: ReplicaId | undefined;
  readonly ranges: readonly ScanRange[];
}

/**
 * Makes and removes the replicas of this process: those that the map names, and those that splits give birth to.
 *
 * Invariants: ranges of replicas with rows never overlap here, from a replica's making until its rows are gone; a
 * replica of a range that somebody here still holds waits. Rows left over are wiped before a replica is made in their
 * place, and a replica that was removed is never made again (the Raft host keeps its id).
 */
export class ReplicaLifecycle {
  readonly #self: NodeId;
  readonly #node: NodeContext;
  readonly #timers: Timers;
  readonly #currentMap: () => ClusterMap | undefined;
  readonly replicas = new Map<GroupId, HostedReplica>();
  /** Groups whose creation or removal is under way: one step at a time for each. */
  readonly #busy = new Set<GroupId>();
  /** Gone from service, with rows that are not wiped yet. */
  readonly #removing = new Map<GroupId, HostedReplica>();
  readonly #unusable = new Map<GroupId, UnusableReplica>();
  #retryTimer: TimerHandle | undefined;
  #mapVersion = 0;
  #isReady = false;
  #isStopped = false;

  /** @param currentMap the newest map, undefined while it is not known to be of this life of the cluster */
  constructor(self: NodeId, node: NodeContext, timers: Timers, currentMap: () => ClusterMap | undefined) {
    this.#self = self;
    this.#node = node;
    this.#timers = timers;
    this.#currentMap = currentMap;
  }

  /** The machine of a group, for the Raft host. @throws DecodeError */
  open(descriptor: GroupDescriptor): GroupStateMachine {
    const {group, replica, ownerData} = descriptor;
    const identity = decodeIdentity(ownerData);
    const opened = descriptor.isLog === true ? new LogReplica(group, replica, identity, this.#node) : new HostedPartition(group, replica, identity, this.#node);
    this.replicas.set(group, opened);
    return opened;
  }
  /** Finishes what splits began in an earlier life, then follows the map. */
  start(): void {
    this.#recover().then(() => {
      this.#isReady = true;
      this.again();
    }).catch((error: unknown) => {
      emit(this.#node.events, {event: 'storage-node/store-read-failed', level: 'error', reason: reasonOf(error)});
      if (!this.#isStopped) this.#timers.after(RETRY_MS, () => this.start());
    });
  }
  stop(): void {
    this.#isStopped = true;
    this.#retryTimer?.cancel();
  }
  /** Replicas that can't be started, with their ids as far as they are known. */
  unusable(map: ClusterMap): readonly {readonly group: GroupId; readonly replica: ReplicaId}[] {
    const found: {group: GroupId; replica: ReplicaId}[] = [];
    for (const [group, {replica}] of this.#unusable) {
      const id = replica ?? map.partition(group)?.replicas.find(({node}) => node === this.#self)?.replica;
      if (id !== undefined) found.push({group, replica: id});
    }
    return found;
  }

  /** Looks at the map again. */
  again(): void {
    const map = this.#currentMap();
    if (map !== undefined) this.reconcile(map);
  }
  reconcile(map: ClusterMap): void {
    if (this.#isStopped || !this.#isReady || map.version < this.#mapVersion) return;
    this.#mapVersion = map.version;
    for (const replica of [...this.replicas.values()]) this.#follow(map, replica);
    for (const [group, unusable] of [...this.#unusable]) this.#followUnusable(map, group, unusable);
    let hasWaiting = false;
    for (const entry of map.partitionsOnNode(this.#self)) {
      if (this.replicas.has(entry.group) || this.#busy.has(entry.group) || this.#unusable.has(entry.group)) continue;
      if (!this.#create(map, entry)) hasWaiting = true;
    }
    if (hasWaiting) this.#retryLater();
  }

  /** A split was applied by a replica here. Called while the entry is applied: the birth row is not in the store yet. */
  born(descriptor: GroupDescriptor, isLeading: boolean): void {
    const {group} = descriptor;
    if (this.#isStopped) return;
    if (this.replicas.has(group) || this.#busy.has(group)) {
      // Applied again after a restart that came after the child's making.
      this.#node.host.whenDrained().then(() => this.#forgetBirth(group), () => undefined);
      return;
    }
    this.#createBorn(descriptor, isLeading);
  }

  async #recover(): Promise<void> {
    const {store, host} = this.#node;
    for (const group of host.unusableGroups()) {
      const [applied, record] = await store.getMany([appliedKey(group), partitionRecordKey(group)]);
      const replica = applied === undefined ? undefined : decodeAppliedRecord(applied).replica;
      const range = record === undefined ? undefined : decodePartitionRecord(record, NO_RANGE);
      this.#unusable.set(group, {replica, ranges: range === undefined || range.until.length === 0 ? [] : [{from: range.from, until: range.until}]});
    }
    for (const descriptor of await readBirths(store)) {
      const {group} = descriptor;
      if (this.replicas.has(group)) await this.#forgetBirth(group);
      else if (!this.#unusable.has(group) && !this.#busy.has(group)) this.#createBorn(descriptor, false);
    }
    await this.#wipeLeftovers();
  }
  /** A crash may have come between the removal of a replica and the wiping of its rows: nothing else would ever find them. */
  async #wipeLeftovers(): Promise<void> {
    // Nobody knows which rows are those of a replica that cannot tell its range: all stay.
    if ([...this.#unusable.values()].some(({ranges}) => ranges.length === 0)) return;
    const held = [...[...this.replicas.values()].flatMap((replica) => (replica.kind === 'full' ? [replica.range] : [])), ...[...this.#unusable.values()].flatMap(({ranges}) => ranges)];
    const isHere = (group: GroupId): boolean => this.replicas.has(group) || this.#unusable.has(group);
    for (const {group, ranges} of await readLeftovers(this.#node.store, isHere, held)) {
      await this.#wipe(ranges);
      emit(this.#node.events, {event: 'partition/leftovers-wiped', level: 'info', group});
    }
  }

  #follow(map: ClusterMap, hosted: HostedReplica): void {
    const {group, identity, replica} = hosted;
    if (this.#busy.has(group)) return;
    const entry = map.partition(group);
    if (entry?.replicas.some((placement) => placement.replica === replica && placement.node === this.#self) === true) return;
    if (entry === undefined && identity.parent !== undefined && map.tableById(identity.table) !== undefined) {
      // A child that the map has not heard of: it has once it shows the parent at the child's epoch.
      const parent = map.partition(identity.parent);
      if (parent === undefined || parent.epoch < identity.epoch) return;
    }
    // A map older than the one that ordered the replica says nothing about it.
    if (map.version > identity.mapVersion) this.#remove(hosted, entry === undefined ? 'gone-from-map' : 'moved-away');
  }
  #followUnusable(map: ClusterMap, group: GroupId, unusable: UnusableReplica): void {
    if (this.#busy.has(group)) return;
    const named = map.partition(group)?.replicas.find(({node}) => node === this.#self)?.replica;
    unusable.replica ??= named;
    if (named !== undefined && named === unusable.replica) return;
    this.#busy.add(group);
    this.#node.host.removeGroup(group, () => {
      this.#wipe(unusable.ranges).then(() => {
        emit(this.#node.events, {event: 'partition/unusable-removed', level: 'info', group});
        this.#unusable.delete(group);
      }, (error: unknown) => {
        emit(this.#node.events, {event: 'partition/removal-failed', level: 'error', group, reason: reasonOf(error)});
      }).finally(() => {
        this.#busy.delete(group);
        this.again();
      });
    });
  }

  /** @returns false when it has to wait for something here */
  #create(map: ClusterMap, entry: PartitionEntry): boolean {
    const placement = entry.replicas.find(({node}) => node === this.#self);
    assert(placement !== undefined, 'the map lists partitions of this node only', {group: entry.group});
    if (placement.role === 'leaving') return true;
    const table = map.tableById(entry.table);
    if (table === undefined) {
      emit(this.#node.events, {event: 'partition/creation-failed', level: 'error', group: entry.group, reason: 'the map does not describe its table'});
      return false;
    }
    const identity: PartitionIdentity = {
      table: entry.table, index: entry.index, schema: table.keySchema, localIndexes: entry.index === BASE_INDEX_ID ? localIndexesOf(table) : [], from: entry.from, until: entry.until, epoch: entry.epoch, mapVersion: map.version,
      parent: undefined,
    };
    const isLog = placement.role === 'log';
    if (!isLog && this.#isHeld(entry)) return false;
    const founders = foundersOf(entry);
    const isFounder = founders.includes(placement.replica);
    const isFirst = isFounder && entry.membership === 1;
    const descriptor: GroupDescriptor = {
      group: entry.group,
      replica: placement.replica,
      initialConfState: {voters: isFounder ? founders : [], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false},
      members: entry.replicas.map(memberOf),
      ...(isLog ? {isLog} : {}),
      ownerData: encodeIdentity(identity),
    };
    this.#busy.add(entry.group);
    const machine = this.open(descriptor);
    this.#prepare(machine.stateRanges(), isFirst).then(
      () => this.#node.host.createGroup(
        descriptor, {machine, campaignFirst: isFirst && placement.replica === entry.preferredLeader, afterStore: !isFirst},
        (result) => this.#created(descriptor, identity, result.ok ? undefined : result.reason),
      ),
      (error: unknown) => this.#created(descriptor, identity, reasonOf(error)),
    );
    return true;
  }
  /** Effects on their way to the store, and a removal that a crash cut short, may leave rows; they must be gone for good before the group exists. */
  async #prepare(ranges: readonly ScanRange[], isFirst: boolean): Promise<void> {
    if (!isFirst) await this.#node.host.whenDrained();
    await this.#wipe(ranges);
  }
  #created({group, replica}: GroupDescriptor, {table, epoch}: PartitionIdentity, failure: string | undefined): void {
    this.#busy.delete(group);
    const {events} = this.#node;
    if (failure === undefined) {
      emit(events, {event: 'partition/created', level: 'info', group, table, replica, epoch});
      this.#node.changed(group);
      // The map may have changed while the step was under way.
      this.again();
      return;
    }
    this.replicas.delete(group);
    // A process that is asked to end has its groups stopped before it stops following the map.
    const isExpected = failure === 'Removed' || failure === 'Stopped';
    emit(events, {event: 'partition/creation-failed', level: isExpected ? 'warn' : 'error', group, reason: failure});
    this.#retryLater();
  }
  #createBorn(descriptor: GroupDescriptor, isLeading: boolean): void {
    const {group} = descriptor;
    const identity = decodeIdentity(descriptor.ownerData);
    this.#busy.add(group);
    const machine = this.open(descriptor);
    // The rows are the parent's until its split is in the store for good, and the child's from then on.
    this.#node.host.createGroup(descriptor, {machine, campaignFirst: isLeading, afterStore: true}, (result) => {
      if (result.ok || result.reason !== 'Stopped') this.#forgetBirth(group).catch(() => undefined);
      this.#created(descriptor, identity, result.ok ? undefined : result.reason);
    });
  }
  /** Need not be durable: a birth row that comes back finds the group, or the id of a removed one. */
  async #forgetBirth(group: GroupId): Promise<void> {
    const batch = new WriteBatch();
    batch.delete(birthKey(group));
    await this.#node.store.write(batch);
  }

  #remove(hosted: HostedReplica, reason: 'gone-from-map' | 'moved-away'): void {
    const {group, identity} = hosted;
    const {events, host} = this.#node;
    this.#busy.add(group);
    this.replicas.delete(group);
    this.#removing.set(group, hosted);
    host.removeGroup(group, () => {
      this.#wipe(hosted.stateRanges()).then(
        () => {
          emit(events, {event: 'partition/removed', level: 'info', group, table: identity.table, reason});
        },
        // The group is gone; rows that stay behind are wiped before a replica is ever made in their place.
        (error: unknown) => emit(events, {event: 'partition/removal-failed', level: 'error', group, reason: reasonOf(error)}),
      ).finally(() => {
        this.#removing.delete(group);
        this.#busy.delete(group);
        this.again();
      });
    });
  }

  /** Whether a replica here has, or may still write, rows of the range. */
  #isHeld({group, from, until}: PartitionEntry): boolean {
    const overlaps = (range: {readonly from: Uint8Array; readonly until: Uint8Array}): boolean => compareBytes(range.from, until) < 0 && compareBytes(from, range.until) < 0;
    for (const held of [...this.replicas.values(), ...this.#removing.values()]) {
      if (held.kind === 'full' && held.group !== group && overlaps(held.range)) return true;
    }
    return [...this.#unusable.values()].some(({ranges}) => ranges.some(overlaps));
  }

  /** Removes all rows of the ranges, durably; costs two short reads when there are none. */
  async #wipe(ranges: readonly ScanRange[]): Promise<void> {
    const {store, cache} = this.#node;
    const batch = new WriteBatch();
    for (const {from, until} of ranges) {
      const iterator = store.iterate({from, until});
      const rows = await iterator.next(1);
      await iterator.close();
      if (rows.length > 0) batch.deleteRange(from, until);
    }
    if (batch.isEmpty) return;
    await store.write(batch);
    await store.flush();
    cache.clear();
  }

  #retryLater(): void {
    if (this.#isStopped) return;
    this.#retryTimer?.cancel();
    this.#retryTimer = this.#timers.after(RETRY_MS, () => this.again());
  }
}

/** Stands in for the range of a record that has none; nothing is wiped by it. */
const NO_RANGE = {from: new Uint8Array(0), until: new Uint8Array(0), epoch: 1};

function memberOf({replica, node, role}: ReplicaPlacement): GroupDescriptor['members'][number] {
  return role === 'log' ? {replica, node, isLog: true} : {replica, node};
}
/**
 * Replicas that begin with a configuration and need nobody to tell them of it. A founder that never was here is as empty as the
 * others were, also when it hears of its group only after the map asked for other members: the rest may have lost what they had.
 * Ids are never used twice and a lost disk retires those on it, so it has promised nothing yet.
 */
function foundersOf({epoch, membership, replicas, founderCount}: PartitionEntry): readonly ReplicaId[] {
  if (epoch > 1) return [];
  if (founderCount !== undefined) return Array.from({length: founderCount}, (_, i) => toReplicaId(i + 1));
  return membership > 1 ? [] : replicas.filter(({role}) => role === 'voter').map(({replica}) => replica).sort((a, b) => a - b);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
