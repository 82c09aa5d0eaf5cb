import {PARTITION_GROUP_ID_MIN, assert, compareBytes, fromHex, toGroupId, toReplicaId, toTableId, unreachable} from '@murmuration/base';
import type {GroupId, NodeId, TableId} from '@murmuration/base';
import type {ControlFailure, JobEntry} from '@murmuration/control-client';
import {CAPACITY_OVERRIDE_TABLES_MAX, NO_CAPACITY_OVERRIDES, TAG_COUNT_MAX, changeCapacitySettings, changeInsights, changeTags, forgetTableSettings, pastStreamsOf, scaledChange, scaledResource, scalingKey, tagLimitMessage} from '@murmuration/model';
import type {CapacitySettingsRecord, ScalingRecord, ScalingReference, TableDescriptor} from '@murmuration/model';
import type {ClusterMapContent, ClusterMapDelta, NodeEntry, PartitionEntry} from '@murmuration/placement';
import {quotaExcess} from './capacity-quotas.js';
import type {CatalogCommand, PlannedPartition, StartJob, StepJob} from './catalog-commands.js';
import {applyEntryChange, splitEntry} from './entry-change.js';
import type {EntryChange} from './entry-change.js';
import {activateIndex, changeIndexes, forgetIndex, indexesOfNewTable, nextIndexId} from './global-index-life.js';
import {JobTable} from './job-table.js';
import {assertNoHole} from './no-hole.js';
import {MapHistory, fullDelta, split} from './map-history.js';
import type {CatalogChange} from './map-history.js';
import {NodeRegistry} from './node-registry.js';
import type {NodeFate} from './node-registry.js';
import {ScalingTable, isActionFresh} from './scaling-table.js';
import {derivationOf} from './table-derivation.js';
import {limitThroughputChange} from './throughput-limits.js';
import {changeTimeToLive} from './time-to-live-change.js';

/** Accepted commands answer `ok`; the rest is what the user is told, or `stale-plan`: the leader plans anew. */
export type CatalogResult =
  | {readonly kind: 'ok'; readonly table: TableDescriptor | undefined; readonly job?: JobEntry}
  | {readonly kind: 'refused'; readonly failure: ControlFailure}
  | {readonly kind: 'stale-plan'};

export interface CatalogCounters {
  readonly version: number;
  readonly nextTableId: number;
  readonly nextGroupId: number;
  readonly nextJob: number;
  readonly isBalancing: boolean;
}

type Applied = {readonly result: CatalogResult; readonly change: CatalogChange | undefined};

/**
 * The catalog: tables, partitions, nodes, at one version. Deterministic: equal commands in equal order make equal
 * catalogs on every replica. It holds no clock, and chance and time come inside the commands.
 */
export class Catalog {
  readonly #tables = new Map<TableId, TableDescriptor>();
  readonly #tableIdByName = new Map<string, TableId>();
  readonly #partitions = new Map<GroupId, PartitionEntry>();
  readonly #nodes = new NodeRegistry();
  readonly #jobs = new JobTable();
  #version = 0;
  #nextTableId = 1;
  #nextGroupId = PARTITION_GROUP_ID_MIN;
  #isBalancing = false;
  #settings: CapacitySettingsRecord = NO_CAPACITY_OVERRIDES;
  readonly #history = new MapHistory();
  /** Changed by commands alone. */
  readonly scaling = new ScalingTable();

  get version(): number {
    return this.#version;
  }
  counters(): CatalogCounters {
    return {version: this.#version, nextTableId: this.#nextTableId, nextGroupId: this.#nextGroupId, nextJob: this.#jobs.nextJob, isBalancing: this.#isBalancing};
  }
  /** Settings that were changed while the cluster runs. */
  get settings(): CapacitySettingsRecord {
    return this.#settings;
  }
  tables(): IterableIterator<TableDescriptor> {
    return this.#tables.values();
  }
  tableByName(name: string): TableDescriptor | undefined {
    const id = this.#tableIdByName.get(name);
    return id === undefined ? undefined : this.#tables.get(id);
  }
  table(id: TableId): TableDescriptor | undefined {
    return this.#tables.get(id);
  }
  partitions(): IterableIterator<PartitionEntry> {
    return this.#partitions.values();
  }
  partition(group: GroupId): PartitionEntry | undefined {
    return this.#partitions.get(group);
  }
  partitionsOfTable(table: number): readonly PartitionEntry[] {
    return [...this.#partitions.values()].filter((entry) => entry.table === table);
  }
  nodes(): IterableIterator<NodeEntry> {
    return this.#nodes.rows().values();
  }
  nodesById(): ReadonlyMap<NodeId, NodeEntry> {
    return this.#nodes.rows();
  }
  fate(node: NodeId): NodeFate | undefined {
    return this.#nodes.fate(node);
  }
  /** The control process whose place a node is to take, by an operator's order. */
  replacedControlNode(by: NodeId): NodeId | undefined {
    for (const [node, fate] of this.#nodes.fates()) {
      if (fate.kind === 'replaced' && fate.by === by && this.#nodes.get(node)?.roles.includes('control') === true) return node;
    }
    return undefined;
  }
  fates(): ReadonlyMap<NodeId, NodeFate> {
    return this.#nodes.fates();
  }
  /** Whether replicas are being evened out over nodes. */
  get isBalancing(): boolean {
    return this.#isBalancing;
  }
  job(job: number): JobEntry | undefined {
    return this.#jobs.get(job);
  }
  runningJobOf(group: GroupId): JobEntry | undefined {
    return this.#jobs.runningOf(group);
  }
  runningJobs(): Iterable<JobEntry> {
    return this.#jobs.running();
  }
  /** Running ones first, then the newest finished ones. */
  jobs(): readonly JobEntry[] {
    return this.#jobs.listed();
  }
  node(id: NodeId): NodeEntry | undefined {
    return this.#nodes.get(id);
  }

  content(): ClusterMapContent {
    return {version: this.#version, tables: [...this.#tables.values()], partitions: [...this.#partitions.values()], nodes: [...this.#nodes.rows().values()], ...(this.#settings === NO_CAPACITY_OVERRIDES ? {} : {settings: this.#settings})};
  }

  /** What a watcher at `version` is missing; everything when that is too long ago or unknown. */
  deltaSince(version: number): ClusterMapDelta {
    const changed = this.#history.since(version, this.#version);
    if (changed === undefined) return fullDelta(this.content());
    const [tables, removedTables] = split(changed.tables, this.#tables);
    const [partitions, removedPartitions] = split(changed.partitions, this.#partitions);
    const [nodes, removedNodes] = split(changed.nodes, this.#nodes.rows());
    return {fromVersion: version, toVersion: this.#version, isFull: false, tables, removedTables, partitions, removedPartitions, nodes, removedNodes, ...(changed.settings ? {settings: this.#settings} : {})};
  }

  /** Sets the state read back from the store. */
  load(
    counters: CatalogCounters, content: Omit<ClusterMapContent, 'version'>, jobs: readonly JobEntry[] = [], fates: readonly (readonly [NodeId, NodeFate])[] = [], scaling: readonly ScalingRecord[] = [],
  ): void {
    this.#tables.clear();
    this.#tableIdByName.clear();
    this.#partitions.clear();
    this.#history.clear();
    this.#version = counters.version;
    this.#nextTableId = counters.nextTableId;
    this.#nextGroupId = counters.nextGroupId;
    for (const table of content.tables) this.#putTable(table);
    for (const entry of content.partitions) this.#partitions.set(entry.group, entry);
    this.#nodes.load(content.nodes, fates);
    this.#jobs.load(jobs, counters.nextJob);
    this.scaling.load(scaling);
    this.#isBalancing = counters.isBalancing;
    this.#settings = content.settings ?? NO_CAPACITY_OVERRIDES;
  }

  apply(command: CatalogCommand): Applied {
    switch (command.kind) {
      case 'register-node':
        return this.#registerNode(command.node);
      case 'set-node-state': {
        const node = this.#nodes.get(command.node);
        if (node === undefined || node.incarnation !== command.incarnation || node.state === command.state) return unchanged();
        this.#nodes.put({...node, state: command.state});
        return this.#changed({nodes: [node.node]});
      }
      case 'set-node-duty': {
        const node = this.#nodes.get(command.node);
        if (node === undefined) return refused({code: 'NotFound', what: `node ${command.node}`});
        const hasFate = this.#nodes.fate(command.node) !== undefined;
        if (node.duty === command.duty && !hasFate) return unchanged();
        this.#nodes.put({...node, duty: command.duty});
        this.#nodes.setFate(command.node, undefined);
        if (command.duty === 'serving') this.#isBalancing = true;
        return this.#changed({nodes: [command.node], fates: [command.node]});
      }
      case 'replace-node': {
        const node = this.#nodes.get(command.node);
        if (node === undefined || this.#nodes.get(command.by) === undefined) return refused({code: 'NotFound', what: `node ${node === undefined ? command.node : command.by}`});
        this.#nodes.put({...node, duty: 'draining'});
        this.#nodes.setFate(command.node, {kind: 'replaced', by: command.by});
        return this.#changed({nodes: [command.node], fates: [command.node]});
      }
      case 'remove-node':
        return this.#removeNode(command.node, command.hasLeftControl === true);
      case 'create-table':
        return this.#createTable(command);
      case 'set-table-active': {
        const table = this.#tables.get(command.table);
        if (table === undefined || (table.status !== 'CREATING' && table.status !== 'UPDATING')) return unchanged();
        return this.#replaceTable({...table, status: 'ACTIVE'});
      }
      case 'update-table':
        return this.#updateTable(command);
      case 'set-index-active': {
        const table = this.#tables.get(command.table);
        const changed = table === undefined ? undefined : activateIndex(table, command.indexId);
        return changed === undefined ? unchanged() : this.#replaceTable(changed);
      }
      case 'finish-delete-index': {
        const table = this.#tables.get(command.table);
        const changed = table === undefined ? undefined : forgetIndex(table, command.indexId);
        if (changed === undefined) return unchanged();
        const groups = this.partitionsOfTable(command.table).filter(({index}) => index === command.indexId).map(({group}) => group);
        for (const group of groups) this.#partitions.delete(group);
        this.#putTable(changed);
        return this.#changed({tables: [command.table], partitions: groups, jobs: this.#cancelJobs(groups, command.nowMs)}, changed);
      }
      case 'tag-table': {
        const table = this.tableByName(command.name);
        if (table === undefined || table.status === 'DELETING') return refused({code: 'TableNotFound', name: command.name});
        const tags = changeTags(table.extra.tags ?? [], command.set, command.remove);
        if (tags.length > TAG_COUNT_MAX) return refused({code: 'LimitExceeded', message: tagLimitMessage()});
        return this.#replaceTable({...table, extra: {...table.extra, tags}});
      }
      case 'update-time-to-live': {
        const table = this.tableByName(command.name);
        if (table === undefined) return refused({code: 'TableNotFound', name: command.name});
        const changed = changeTimeToLive(table, command);
        return 'failure' in changed ? refused(changed.failure) : this.#replaceTable(derived(changed.table, command.nowMs));
      }
      case 'update-contributor-insights': {
        const table = this.tableByName(command.name);
        if (table === undefined || table.status === 'DELETING') return refused({code: 'TableNotFound', name: command.name});
        const changed = changeInsights(table, command, command.nowMs);
        return changed === table ? {result: {kind: 'ok', table}, change: undefined} : this.#replaceTable(changed);
      }
      case 'change-settings': {
        const table = command.tableName === undefined ? undefined : this.tableByName(command.tableName);
        if (command.tableName !== undefined && table === undefined) return refused({code: 'TableNotFound', name: command.tableName});
        const settings = changeCapacitySettings(this.#settings, table?.tableId, command.change);
        if (Object.keys(settings.tables).length > CAPACITY_OVERRIDE_TABLES_MAX) return refused({code: 'LimitExceeded', message: `at most ${CAPACITY_OVERRIDE_TABLES_MAX} tables can have settings of their own`});
        this.#settings = settings;
        return this.#changed({settings: true});
      }
      case 'change-scaling': {
        const failure = this.scaling.change(command.order, {id: command.id, nowMs: command.nowMs}, this.#scaledTable(command.order));
        return failure === undefined ? this.#changed({scaling: [scalingKey(command.order)]}) : refused(failure);
      }
      case 'scale-throughput':
        return this.#scale(command);
      case 'delete-table': {
        const table = this.tableByName(command.name);
        if (table === undefined) return refused({code: 'TableNotFound', name: command.name});
        if (table.status === 'CREATING' || table.status === 'UPDATING') return refused({code: 'TableBusy', name: command.name, status: table.status});
        // While an index is made for a table that lives, the index can be given up, its table can not.
        if (table.status === 'ACTIVE' && table.globalIndexes?.some(({status}) => status === 'CREATING') === true) return refused({code: 'TableBusy', name: command.name, status: 'UPDATING'});
        if (table.extra.deletionProtectionEnabled === true) return refused({code: 'TableProtected', name: command.name});
        if (table.status === 'DELETING') return {result: {kind: 'ok', table}, change: undefined};
        return this.#replaceTable({...table, status: 'DELETING'});
      }
      case 'finish-delete-table': {
        const table = this.#tables.get(command.table);
        if (table === undefined || table.status !== 'DELETING') return unchanged();
        const groups = this.partitionsOfTable(command.table).map((entry) => entry.group);
        for (const group of groups) this.#partitions.delete(group);
        this.#tables.delete(command.table);
        this.#tableIdByName.delete(table.name);
        return this.#changed({tables: [command.table], partitions: groups, jobs: this.#cancelJobs(groups, command.nowMs), ...this.#forgetSettings([command.table])});
      }
      case 'drop-all-tables': {
        const tables = [...this.#tables.keys()];
        const groups = [...this.#partitions.keys()];
        const scaling = this.scaling.keys();
        if (tables.length === 0 && scaling.length === 0) return unchanged();
        this.scaling.load([]);
        this.#tables.clear();
        this.#tableIdByName.clear();
        this.#partitions.clear();
        return this.#changed({tables, partitions: groups, jobs: this.#cancelJobs(groups, command.nowMs), scaling, ...this.#forgetSettings(tables)});
      }
      case 'start-job':
        return this.#startJob(command);
      case 'step-job':
        return this.#stepJob(command);
      case 'finish-split':
        return this.#finishSplit(command);
      case 'prefer-leaders': {
        const groups: GroupId[] = [];
        for (const {group, expectedMembership, replica} of command.leaders) {
          const entry = this.#partitions.get(group);
          if (entry?.membership !== expectedMembership || entry.preferredLeader === replica) continue;
          if (!entry.replicas.some((placement) => placement.replica === replica && placement.role === 'voter')) continue;
          this.#partitions.set(group, {...entry, preferredLeader: replica});
          groups.push(group);
        }
        return groups.length === 0 ? unchanged() : this.#changed({partitions: groups});
      }
      case 'set-balancing':
        if (this.#isBalancing === command.isBalancing) return unchanged();
        this.#isBalancing = command.isBalancing;
        return this.#changed({});
      default:
        return unreachable(command);
    }
  }

  #registerNode(offered: NodeEntry): Applied {
    const judged = this.#nodes.judge(offered);
    switch (judged.kind) {
      case 'refused':
        return refused(judged.failure);
      case 'same':
        return unchanged();
      case 'new':
        // What joins a cluster that holds something gets its share of it.
        if (offered.roles.includes('storage') && this.#partitions.size > 0) this.#isBalancing = true;
        this.#nodes.put(judged.node);
        return this.#changed({nodes: [offered.node]});
      case 'changed':
        this.#nodes.put(judged.node);
        return this.#changed({nodes: [offered.node]});
      case 'disk-lost': {
        this.#nodes.put(judged.node);
        // What had been on the disk has forgotten its votes: none of these replicas may ever answer again.
        const groups: GroupId[] = [];
        for (const entry of this.#partitions.values()) {
          if (!entry.replicas.some((placement) => placement.node === offered.node && placement.role !== 'leaving')) continue;
          const replicas = entry.replicas.map((placement) => (placement.node === offered.node ? {...placement, role: 'leaving' as const} : placement));
          const heir = replicas.find((placement) => placement.role === 'voter' && placement.replica === entry.preferredLeader) ?? replicas.find((placement) => placement.role === 'voter');
          this.#partitions.set(entry.group, {...entry, replicas, membership: entry.membership + 1, preferredLeader: heir?.replica ?? entry.preferredLeader});
          groups.push(entry.group);
        }
        return this.#changed({nodes: [offered.node], partitions: groups});
      }
      default:
        return unreachable(judged);
    }
  }

  #removeNode(id: NodeId, hasLeftControl: boolean): Applied {
    const node = this.#nodes.get(id);
    if (node === undefined) return this.#nodes.fate(id)?.kind === 'removed' ? unchanged() : refused({code: 'NotFound', what: `node ${id}`});
    if (node.roles.includes('control') && !hasLeftControl) return refused({code: 'Refused', reason: controlRoleReason(id)});
    const isHolding = [...this.#partitions.values()].some((entry) => entry.replicas.some((placement) => placement.node === id));
    if (isHolding && node.state !== 'down') return refused({code: 'Refused', reason: `node ${id} lives and still holds replicas; drain it first`});
    this.#nodes.remove(id);
    return this.#changed({nodes: [id], fates: [id]});
  }

  #startJob(command: StartJob): Applied {
    const {group, split: wanted} = command;
    const entry = this.#partitions.get(group);
    if (command.expectedJob !== this.#jobs.nextJob || entry === undefined || this.#jobs.runningOf(group) !== undefined) return stale();
    const partitions: GroupId[] = [];
    if (wanted !== undefined) {
      const at = wanted.atHex === undefined ? undefined : fromHex(wanted.atHex);
      if (entry.epoch !== wanted.expectedEpoch || entry.membership !== wanted.expectedMembership || entry.split !== undefined) return stale();
      if (wanted.child !== this.#nextGroupId) return stale();
      if (at !== undefined && (compareBytes(at, entry.from) <= 0 || compareBytes(at, entry.until) >= 0)) {
        return refused({code: 'Refused', reason: `the border lies outside partition ${group}`});
      }
      this.#nextGroupId += 1;
      this.#partitions.set(group, {...entry, split: {child: wanted.child, at}});
      partitions.push(group);
    } else if (command.change !== undefined) {
      const failure = this.#changeEntry(command.change, partitions);
      if (failure !== undefined) return failure;
    }
    const job: JobEntry = {
      job: this.#jobs.nextJob, kind: command.job, group, state: 'running', step: command.step, version: 1, cause: command.cause,
      from: command.from, to: command.to, toNode: command.toNode, child: wanted?.child, startedAtMs: command.nowMs, updatedAtMs: command.nowMs, failure: undefined,
    };
    this.#jobs.nextJob += 1;
    return this.#jobChanged(job, partitions);
  }

  #stepJob(command: StepJob): Applied {
    const job = this.#jobs.get(command.job);
    if (job?.state !== 'running' || job.version !== command.expectedVersion) return stale();
    const partitions: GroupId[] = [];
    if (command.change !== undefined) {
      const failure = this.#changeEntry(command.change, partitions);
      if (failure !== undefined) return failure;
    }
    const entry = this.#partitions.get(job.group);
    if (command.isSplitDropped && entry?.split !== undefined && entry.split.child === job.child) {
      this.#partitions.set(job.group, {...entry, split: undefined});
      partitions.push(job.group);
    }
    return this.#jobChanged(
      {...job, state: command.state, step: command.step, to: command.to, failure: command.failure, version: job.version + 1, updatedAtMs: command.nowMs}, partitions,
    );
  }

  #finishSplit(command: Extract<CatalogCommand, {kind: 'finish-split'}>): Applied {
    const parent = this.#partitions.get(command.group);
    // Only ids that were allocated, and none twice: an old report of a split that the map knows changes nothing.
    if (parent === undefined || parent.epoch !== command.expectedEpoch || this.#partitions.has(command.child) || command.child >= this.#nextGroupId) return stale();
    const halves = splitEntry(parent, command.child, command.atHex);
    if ('fault' in halves) return refused({code: 'Refused', reason: halves.fault});
    this.#partitions.set(parent.group, halves.parent);
    this.#partitions.set(command.child, halves.child);
    const partitions = [parent.group, command.child];
    const job = this.#jobs.runningOf(parent.group);
    if (job?.kind !== 'split' || job.child !== command.child) return this.#changed({partitions});
    const {timeline} = command;
    return this.#jobChanged({...job, state: 'done', step: 'finish', failure: undefined, version: job.version + 1, updatedAtMs: command.nowMs, ...(timeline === undefined ? {} : {timeline})}, partitions);
  }

  /** @returns the answer when the change cannot be made; the group is added to `partitions` when it was */
  #changeEntry(change: EntryChange, partitions: GroupId[]): Applied | undefined {
    const changed = applyEntryChange(this.#partitions.get(change.group), change);
    if (changed === 'stale') return stale();
    if ('fault' in changed) return refused({code: 'Refused', reason: changed.fault});
    if (changed.replicas.some((placement) => placement.role === 'learner' && this.#nodes.get(placement.node) === undefined)) return stale();
    this.#partitions.set(change.group, changed);
    partitions.push(change.group);
    return undefined;
  }

  #jobChanged(job: JobEntry, partitions: readonly GroupId[]): Applied {
    this.#jobs.put(job);
    const applied = this.#changed({partitions, jobs: [job.job, ...this.#jobs.trim()]});
    return {...applied, result: {kind: 'ok', table: undefined, job}};
  }

  /** Of tables that are no more. */
  #forgetSettings(tables: readonly TableId[]): {readonly settings?: true} {
    const settings = forgetTableSettings(this.#settings, tables);
    if (settings === this.#settings) return {};
    this.#settings = settings;
    return {settings: true};
  }
  #cancelJobs(groups: readonly GroupId[], nowMs: number | undefined): readonly number[] {
    const cancelled: number[] = [];
    for (const group of groups) {
      const job = this.#jobs.runningOf(group);
      if (job === undefined) continue;
      this.#jobs.put({...job, state: 'cancelled', version: job.version + 1, updatedAtMs: nowMs ?? job.updatedAtMs, failure: 'the table was deleted'});
      cancelled.push(job.job);
    }
    return [...cancelled, ...this.#jobs.trim()];
  }

  #createTable(command: Extract<CatalogCommand, {kind: 'create-table'}>): Applied {
    const {table} = command;
    if (this.#tableIdByName.has(table.name)) return refused({code: 'TableExists', name: table.name});
    const excess = command.region === undefined ? undefined : quotaExcess(undefined, table, undefined, this, command.region);
    if (excess !== undefined) return refused(excess);
    if (command.expectedTableId !== this.#nextTableId || command.expectedFirstGroup !== this.#nextGroupId) {
      return stale();
    }
    assert(command.partitions.length > 0, 'a table needs a partition');
    const tableId = toTableId(this.#nextTableId);
    this.#nextTableId += 1;
    const descriptor: TableDescriptor = {
      tableId,
      name: table.name,
      tableUuid: command.tableUuid,
      status: 'CREATING',
      keySchema: table.keySchema,
      attributeDefinitions: table.attributeDefinitions,
      billingMode: table.billingMode,
      provisionedThroughput: table.provisionedThroughput,
      createdAtMs: command.createdAtMs,
      extra: table.extra,
      ...indexesOfNewTable(table.extra.globalSecondaryIndexes),
    };
    const made = derived(descriptor, command.createdAtMs);
    this.#putTable(made);
    return this.#changed({tables: [tableId], partitions: this.#addPartitions(tableId, command.partitions)}, made);
  }
  #addPartitions(tableId: TableId, partitions: readonly PlannedPartition[]): readonly GroupId[] {
    const groups: GroupId[] = [];
    for (const planned of partitions) {
      const group = toGroupId(this.#nextGroupId);
      this.#nextGroupId += 1;
      groups.push(group);
      this.#partitions.set(group, {
        group, table: tableId, index: planned.index, from: fromHex(planned.fromHex), until: fromHex(planned.untilHex),
        epoch: 1, membership: 1, replicas: planned.replicas, nextReplica: toReplicaId(planned.replicas.length + 1),
        founderCount: planned.replicas.length, split: undefined,
        preferredLeader: planned.preferredLeader,
      });
    }
    return groups;
  }

  #updateTable({name, change, nowMs, newIndex, region}: Extract<CatalogCommand, {kind: 'update-table'}>): Applied {
    const table = this.tableByName(name);
    if (table === undefined) return refused({code: 'TableNotFound', name});
    if (table.status !== 'ACTIVE') return refused({code: 'TableBusy', name, status: table.status});
    const extra: Record<string, unknown> = Object.fromEntries(Object.entries(table.extra));
    for (const [member, value] of Object.entries(change.extra ?? {})) {
      if (value === null) delete extra[member];
      else extra[member] = value;
    }
    const wanted: TableDescriptor = {
      ...table,
      status: 'UPDATING',
      billingMode: change.billingMode ?? table.billingMode,
      provisionedThroughput: change.provisionedThroughput ?? table.provisionedThroughput,
      extra: extra as TableDescriptor['extra'],
    };
    // Commands of before the limits carry no time to hold them against.
    const limited = nowMs === undefined ? {table: wanted} : limitThroughputChange(table, wanted, nowMs);
    if ('failure' in limited) return refused(limited.failure);
    const changed = limited.table;
    const indexed = change.index === undefined ? {table: changed} : changeIndexes(changed, change.index);
    if ('failure' in indexed) return refused(indexed.failure);
    const excess = region === undefined ? undefined : quotaExcess(table, indexed.table, table.tableId, this, region);
    if (excess !== undefined) return refused(excess);
    if (change.index === undefined) return this.#replaceTable(derived(changed, nowMs ?? table.createdAtMs));
    if (change.index.kind === 'create' && (newIndex?.expectedIndexId !== nextIndexId(table) || newIndex.expectedFirstGroup !== this.#nextGroupId)) return stale();
    const made = derived(indexed.table, nowMs ?? table.createdAtMs);
    this.#putTable(made);
    return this.#changed({tables: [made.tableId], partitions: newIndex === undefined ? [] : this.#addPartitions(made.tableId, newIndex.partitions)}, made);
  }

  #scaledTable({resourceId}: ScalingReference): TableDescriptor | undefined {
    const resource = scaledResource(resourceId);
    return resource === undefined ? undefined : this.tableByName(resource.tableName);
  }
  /** One command for the change and its activity: no other leader decides the same once more. */
  #scale(command: Extract<CatalogCommand, {kind: 'scale-throughput'}>): Applied {
    const key = scalingKey(command);
    const table = this.#scaledTable(command);
    if (table === undefined || !isActionFresh(command, this.scaling.get(key), table)) return stale();
    const {units, direction, cause, nowMs} = command;
    const change = scaledChange(command, table, units);
    const updated = this.#updateTable({
      kind: 'update-table', name: table.name, change: {...change, ...(change.extra === undefined ? {} : {extra: {...change.extra}})}, nowMs, ...(command.region === undefined ? {} : {region: command.region}),
    });
    const failure = updated.result.kind === 'refused' ? failureText(updated.result.failure) : undefined;
    this.scaling.note(command, {activityId: command.id, atMs: nowMs, cause, units, direction, failure});
    // The activity is kept with what the change did; of a refused one it is all there is.
    return updated.change === undefined ? this.#changed({scaling: [key]}) : {result: updated.result, change: {...updated.change, scaling: [key]}};
  }

  #replaceTable(table: TableDescriptor): Applied {
    this.#putTable(table);
    return this.#changed({tables: [toTableId(table.tableId)]}, table);
  }

  #putTable(table: TableDescriptor): void {
    const id = toTableId(table.tableId);
    this.#tables.set(id, table);
    this.#tableIdByName.set(table.name, id);
  }

  #changed(parts: Partial<CatalogChange>, table?: TableDescriptor): Applied {
    const change: CatalogChange = {tables: parts.tables ?? [], partitions: parts.partitions ?? [], nodes: parts.nodes ?? [], jobs: parts.jobs ?? [], fates: parts.fates ?? [], ...(parts.settings === true ? {settings: true} : {}), ...(parts.scaling === undefined ? {} : {scaling: parts.scaling})};
    if (change.tables.length > 0 || change.partitions.length > 0 || change.nodes.length > 0 || change.settings === true) {
      assertNoHole(this.#partitions, change.partitions);
      this.#version += 1;
      this.#history.add(this.#version, change);
    }
    return {result: {kind: 'ok', table}, change};
  }
}

/** Why a node with a control-plane replica cannot be removed. */
export function controlRoleReason(node: NodeId): string {
  return `node ${node} holds a control-plane replica; start a successor with --control-replaces ${node}, then: murmur node replace ${node} <successor>`;
}

function failureText(failure: ControlFailure): string {
  return failure.code === 'LimitExceeded' ? failure.message : 'reason' in failure ? failure.reason : failure.code;
}
function derived(table: TableDescriptor, nowMs: number): TableDescriptor {
  const derivation = derivationOf(table, nowMs);
  const pastStreams = pastStreamsOf(table, derivation, nowMs);
  return {...table, ...(derivation === undefined ? {} : {derivation}), ...(pastStreams === undefined ? {} : {pastStreams})};
}
function refused(failure: ControlFailure): Applied {
  return {result: {kind: 'refused', failure}, change: undefined};
}
function stale(): Applied {
  return {result: {kind: 'stale-plan'}, change: undefined};
}
function unchanged(): Applied {
  return {result: {kind: 'ok', table: undefined}, change: undefined};
}
