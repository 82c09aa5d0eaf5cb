import {BASE_INDEX_ID, KEY_KIND_ITEM, NO_REPLICA, assert, equalBytes, prefixEnd} from '@murmuration/base';
import type {GroupId, LogIndex, ReplicaId, ScanRange, StoreRow, StoreSnapshot, Term, WriteBatch} from '@murmuration/base';
import {decodeBudgetState, encodeBudgetState} from '@murmuration/capacity';
import {COLLECTION_INDEX_ID, DECISION_INDEX_ID, GLOBAL_INDEX_ID_MIN, PENDING_INDEX_ID, SIDE_INDEX_IDS, decodeDerivation, indexIdOf, shiftIndex} from '@murmuration/model';
import {PartitionMachine, budgetKey, decodePartitionRecord, derivationKey, entryKeysOf, isSplitEffect, keyText, keysOfStep, partitionMetaPrefix, partitionRecordKey} from '@murmuration/partition';
import type {AppliedEffect, PartitionFailure, PartitionRange, PartitionRequest, SplitCount, SplitEffect} from '@murmuration/partition';
import type {ClusterMap} from '@murmuration/placement';
import type {ConfState} from '@murmuration/raft';
import {encodeDescriptor} from '@murmuration/raft-host';
import type {CommittedCommand, GroupDescriptor, GroupStateMachine} from '@murmuration/raft-host';
import {LeaderAdmission} from './admission.js';
import {birthKey} from './birth-rows.js';
import type {Call} from './call.js';
import {IndexDuties} from './global-indexes/index-duties.js';
import {PartitionHeat} from './heat/partition-heat.js';
import {SplitRecord} from './heat/split-record.js';
import {IndexWriteJudgement} from './global-indexes/index-write-judgement.js';
import {readMetaRows} from './global-indexes/read-rows.js';
import {encodeIdentity} from './owner-data.js';
import type {PartitionIdentity} from './owner-data.js';
import {emit} from './partition-context.js';
import type {NodeContext} from './partition-context.js';
import {PartitionReads} from './partition-reads.js';
import {CachedRanges} from './range-cache.js';
import {keepable} from './row-cache.js';
import {readShardRows} from './streams/stream-duties.js';
import {countStreamRecords} from './streams/stream-metrics.js';
import {StreamReads} from './streams/stream-reads.js';
import {readSideRows} from './transactions/read-side-rows.js';
import {StepJudgement} from './transactions/step-judgement.js';
import {TransactionDuties} from './transactions/transaction-duties.js';
import {WritePipeline} from './write-pipeline.js';

/** One replica of one partition: what its group replicates, and who asks it. */
export class HostedPartition implements GroupStateMachine {
  readonly kind = 'full';
  readonly group: GroupId;
  readonly replica: ReplicaId;
  readonly machine: PartitionMachine;
  readonly admission: LeaderAdmission;
  readonly heat: PartitionHeat;
  /** How it was cut while it led. */
  readonly splits: SplitRecord;
  readonly #node: NodeContext;
  readonly #budgetKey: Uint8Array;
  readonly writes: WritePipeline;
  readonly #transactions: TransactionDuties;
  /** What it does for the global indexes of its table, if it is a partition of a table. */
  readonly indexes: IndexDuties;
  readonly #reads: PartitionReads;
  readonly #ranges: CachedRanges;
  readonly #streams: StreamReads;
  readonly identity: PartitionIdentity;
  /** Fed with what is applied while rows of the upper half are being counted. */
  splitCount: SplitCount | undefined;
  /** Rows of it could not be read as they were written: it serves nothing until it is replaced. */
  isQuarantined = false;
  #confState: ConfState | undefined;
  #isStopped = false;

  constructor(group: GroupId, replica: ReplicaId, identity: PartitionIdentity, node: NodeContext) {
    this.group = group;
    this.replica = replica;
    this.identity = identity;
    this.#node = node;
    this.#budgetKey = budgetKey(group);
    this.machine = new PartitionMachine({
      group, schema: identity.schema, birth: identity, indexes: identity.localIndexes, collectionSizeBytesMax: node.tuning.collectionSizeBytesMax,
    });
    this.admission = new LeaderAdmission(node, group, replica, identity, this.machine);
    // Behind the key of an index stands that of the item.
    const hasSortKey = identity.schema.range !== undefined || identity.index !== BASE_INDEX_ID;
    const hasLocalIndexes = identity.localIndexes.length > 0;
    this.heat = new PartitionHeat(node.heat, () => {
      const {from, until, epoch} = this.machine.record;
      return {table: identity.table, from, until, epoch, hasSortKey, hasLocalIndexes, isLeader: this.isLeader};
    }, () => node.clock.wallMs(), group);
    this.splits = new SplitRecord(node.clock, this.heat);
    const context = {node, group, replica, machine: this.machine, admission: this.admission, heat: this.heat, quarantine: (reason: string) => this.#quarantine(reason)};
    this.writes = new WritePipeline(context);
    this.#transactions = new TransactionDuties(node, group, this.machine, this.writes);
    this.indexes = new IndexDuties(context, this.writes, identity.schema);
    this.#streams = new StreamReads(context);
    this.#ranges = new CachedRanges(node.ranges);
    this.#reads = new PartitionReads(context, identity.schema.range !== undefined, identity.localIndexes, this.#ranges);
  }
  /** As of what is applied. */
  get range(): PartitionRange {
    return this.machine.record;
  }
  get isLeader(): boolean {
    return this.writes.isLeader;
  }
  get openProposalCount(): number {
    return this.writes.openCount;
  }
  /** Whether every member has the rows, and none is on its way in or out: then both halves have the same replicas. */
  get isSettled(): boolean {
    const conf = this.#confState;
    if (conf === undefined || conf.votersOutgoing.length > 0 || conf.learners.length > 0) return false;
    return !this.#node.host.membersOf(this.group).some(({replica, isLog}) => isLog === true && conf.voters.includes(replica));
  }

  handle(request: PartitionRequest, call: Call): void {
    if (this.#isStopped) {
      call.fail({code: 'UnknownPartition'});
      return;
    }
    if (this.isQuarantined) {
      call.fail({code: 'NotLeader', leaderHint: NO_REPLICA});
      return;
    }
    // Its keys decide, whatever epoch the router had: a partition that was cut still serves what is left to it.
    if (!isInside(request, this.machine)) {
      this.splits.movedOn();
      call.fail({code: 'WrongEpoch', epoch: this.machine.record.epoch});
      return;
    }
    if (this.#node.clock.monotonicMs() >= call.deadlineMs) {
      call.expire();
      return;
    }
    const refusal = request.kind === 'write' || request.kind === 'transact' ? this.#indexRefusal(request) : undefined;
    if (refusal !== undefined) {
      call.fail(refusal);
      return;
    }
    switch (request.kind) {
      case 'transact':
        this.writes.submit(call, new StepJudgement(this.#node, this.machine, request.step, {admission: this.admission, heat: this.heat}));
        break;
      case 'index-write':
        this.writes.submit(call, new IndexWriteJudgement(this.machine, request, this.heat, this.admission, this.#node.metrics.globalIndexes));
        break;
      case 'write':
        this.writes.write(call, request.command);
        break;
      case 'get':
        this.#reads.get(call, request);
        break;
      case 'range':
        this.#reads.range(call, request);
        break;
      case 'stream-shards':
        this.#streams.shards(call);
        break;
      case 'stream-records':
        this.#streams.records(call, request);
        break;
    }
  }
  /** Steps that end a transaction are never refused: they free what others wait for. */
  #indexRefusal(request: Extract<PartitionRequest, {readonly kind: 'write' | 'transact'}>): PartitionFailure | undefined {
    const isNew = request.kind === 'write' || request.step.kind === 'once' || request.step.kind === 'prepare';
    return isNew ? this.indexes.refusal(this.identity.table) : undefined;
  }
  /** Once a second something comes of it; what the control plane should know of is told at once. */
  followHeat(map: ClusterMap, wallMs: number): void {
    if (!this.heat.tick(wallMs, map)) return;
    const {advice} = this.heat;
    if (advice === undefined) return;
    emit(this.#node.events, {
      event: 'partition/hot', level: 'info', group: this.group, loadPercent: Math.round(this.heat.loadRatio * 100), hotForMs: Math.round(advice.advisedAtMs - advice.hotSinceMs),
      advice: advice.kind === 'split' ? 'split' : advice.reason,
    });
    this.#node.changed(this.group);
  }
  sweep(): void {
    this.writes.sweep();
    this.#transactions.sweep();
  }

  /** Takes over what the map says of throughput; a leader also tells those after it what is left of its burst. */
  followThroughput(map: ClusterMap): void {
    this.admission.follow(map);
    const state = this.isLeader ? this.admission.beginTelling() : undefined;
    if (state === undefined) return;
    const make = (): Uint8Array => this.machine.evaluateInternal([{key: this.#budgetKey, value: encodeBudgetState(state)}], this.#node.clock.wallMs());
    this.writes.propose(make, () => this.admission.tellingEnded());
  }

  apply(command: CommittedCommand, batch: WriteBatch): AppliedEffect {
    const {until} = this.machine.record;
    const versionBefore = this.machine.derivation.version;
    const applied = this.machine.apply(command.data, command.index, batch, isSplitEffect(command.data) && this.isSettled);
    if (applied.isRefused) {
      emit(this.#node.events, {
        event: 'partition/effect-refused', level: 'warn', group: this.group, index: command.index, sequence: applied.effect.sequence,
      });
      return applied;
    }
    if (applied.kind === 'split') {
      this.#bear(applied.effect, until, batch);
      this.indexes.cut();
      this.#ranges.clear();
      return applied;
    }
    this.splitCount?.applied(applied.effect);
    this.indexes.applied(applied.effect.changes);
    if (this.isLeader) countStreamRecords(this.#node.metrics.streams, applied.effect);
    const {version} = this.machine.derivation;
    if (version !== versionBefore) this.#node.changed(this.group);
    const {cache, loader, metrics} = this.#node;
    for (const change of applied.effect.changes) {
      // The partition's own small state is read from the store, or kept by the machine.
      if (change.key[0] !== KEY_KIND_ITEM) {
        if (change.value !== undefined && equalBytes(change.key, this.#budgetKey)) this.admission.told(decodeBudgetState(change.value));
        continue;
      }
      this.#ranges.applied({key: change.key, bytes: change.value});
      const index = indexIdOf(change.key);
      if (index !== this.identity.index && index !== COLLECTION_INDEX_ID && index !== DECISION_INDEX_ID) {
        // Entries are read in ranges only, from the store: kept rows of them would serve nobody.
        if (this.isLeader && index < GLOBAL_INDEX_ID_MIN) metrics.localIndexRows.add(1);
        continue;
      }
      if (index === DECISION_INDEX_ID) this.#transactions.decided();
      const text = keyText(change.key);
      // A follower keeps only what its readers asked for; the leader will be asked for what was just written.
      if (!this.isLeader && !cache.has(text) && loader.loadingCount === 0) continue;
      const value = keepable(change.value);
      loader.applied(text, value);
      if (this.isLeader || cache.has(text)) cache.set(text, value);
    }
    this.writes.applied();
    return applied;
  }
  onStored(through: LogIndex): void {
    this.machine.stored(through);
  }
  onLeadership(isLeader: boolean, term: Term): void {
    this.admission.leadership(isLeader);
    this.writes.leadership(isLeader, term);
    this.indexes.leadership(isLeader && this.identity.index === BASE_INDEX_ID);
  }
  stateRanges(): readonly ScanRange[] {
    return this.#rangesOf(this.machine.record);
  }
  async storedRanges(view: StoreSnapshot): Promise<readonly ScanRange[]> {
    const [record] = await view.getMany([partitionRecordKey(this.group)]);
    return this.#rangesOf(record === undefined ? this.identity : decodePartitionRecord(record, this.identity));
  }
  async reload(): Promise<void> {
    this.splitCount = undefined;
    const [record, derivation, budget] = await this.#node.store.getMany([partitionRecordKey(this.group), derivationKey(this.group), this.#budgetKey]);
    this.admission.told(budget === undefined ? undefined : decodeBudgetState(budget));
    for (const {from, until} of this.#rangesOf(this.identity)) this.#node.loader.invalidate(from, until);
    this.#node.cache.clear();
    this.#ranges.clear();
    this.machine.reload(record === undefined ? undefined : decodePartitionRecord(record, this.identity), derivation === undefined ? undefined : decodeDerivation(derivation), await readShardRows(this.#node.store, this.group), await readMetaRows(this.#node.store, this.group));
    // A read that began meanwhile laid the old overlay over the new rows.
    this.#ranges.clear();
    this.machine.locks.reload(await this.#readHeld());
    // A child's rows and its record were durable before its group began: without them the store is not the one that belongs to the log.
    if (record === undefined && this.identity.parent !== undefined) this.#quarantine('what it was born with is not in the store');
  }
  /** Items that transactions hold, by the rows at their side. */
  async #readHeld(): Promise<readonly StoreRow[]> {
    return this.identity.index === BASE_INDEX_ID ? readSideRows(this.#node.store, this.machine.record, PENDING_INDEX_ID) : [];
  }
  onConfiguration(confState: ConfState): void {
    this.#confState = confState;
    this.#node.changed(this.group);
  }
  onDurableMembership(): void {
    this.#node.membershipDurable(this.group);
  }
  onDamage(reason: string): void {
    this.#quarantine(reason);
  }
  stop(): void {
    this.#isStopped = true;
    this.heat.stop();
    this.#transactions.stop();
    this.indexes.stop();
    this.writes.stop({code: 'UnknownPartition'});
    this.#reads.stop();
    this.#ranges.clear();
    this.#streams.stop();
  }

  #quarantine(reason: string): void {
    if (this.isQuarantined) return;
    this.isQuarantined = true;
    emit(this.#node.events, {event: 'partition/quarantined', level: 'error', group: this.group, reason});
    this.#node.changed(this.group);
  }
  #rangesOf({from, until}: {readonly from: Uint8Array; readonly until: Uint8Array}): readonly ScanRange[] {
    const meta = partitionMetaPrefix(this.group);
    const metaEnd = prefixEnd(meta);
    assert(metaEnd !== undefined, 'a metadata prefix has an end');
    // What belongs to an item lies between the same borders under other index ids.
    const ids = this.identity.localIndexes.length === 0 ? [] : [...this.identity.localIndexes.map(({indexId}) => indexId), COLLECTION_INDEX_ID];
    const sideIds = this.identity.index === BASE_INDEX_ID ? SIDE_INDEX_IDS : [];
    const derived = [...ids, ...sideIds].map((id) => ({from: shiftIndex(from, id), until: shiftIndex(until, id)}));
    return [{from, until}, ...derived, {from: meta, until: metaEnd}];
  }
  /**
   * The upper half of a split gets its birth row, in the batch that cuts this one: with it, a crash before the new group
   * is in the log leaves nothing undone. Its replicas are this group's, with the same ids.
   */
  #bear({child, at, epoch}: SplitEffect, until: Uint8Array, batch: WriteBatch): void {
    const conf = this.#confState;
    assert(conf !== undefined, 'a split is applied under a configuration');
    const descriptor: GroupDescriptor = {
      group: child,
      replica: this.replica,
      initialConfState: {voters: conf.voters, learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false},
      members: this.#node.host.membersOf(this.group).filter(({replica}) => conf.voters.includes(replica)).map(({replica, node}) => ({replica, node})),
      ownerData: encodeIdentity({...this.identity, from: at, until, epoch, mapVersion: 0, parent: this.group}),
    };
    batch.put(birthKey(child), encodeDescriptor(descriptor));
    const {isLeader} = this;
    emit(this.#node.events, {event: 'partition/split', level: 'info', group: this.group, child, epoch, isLeader});
    this.#node.born(descriptor, isLeader);
    this.#node.changed(this.group);
  }
}

/** Whether everything a request names lies in the partition's range. */
function isInside(request: PartitionRequest, machine: PartitionMachine): boolean {
  switch (request.kind) {
    case 'index-write':
      return entryKeysOf(request).every((key) => machine.holds(key));
    case 'transact':
      return keysOfStep(request.step).every((key) => machine.holds(key));
    case 'write':
      return machine.holds(request.command.key);
    case 'get':
      return request.keys.every((key) => machine.holds(key));
    case 'range':
      return machine.holdsRange(request.from, request.until);
    case 'stream-shards':
    case 'stream-records':
      // They stay with the partition that made them.
      return true;
  }
}
