import {PARTITION_GROUP_ID_MIN, assert, fromHex, toGroupId, toReplicaId, toTableId, unreachable} from '@murmuration/base';
import type {GroupId, NodeId, TableId} from '@murmuration/base';
import type {ControlFailure, TableChange} from '@murmuration/control-client';
import type {TableDescriptor} from '@murmuration/model';
import type {ClusterMapContent, ClusterMapDelta, NodeEntry, PartitionEntry} from '@murmuration/placement';
import type {CatalogCommand} from './catalog-commands.js';

/** Accepted commands answer `ok`; the rest is what the user is told, or `stale-plan`: the leader plans anew. */
export type CatalogResult =
  | {readonly kind: 'ok'; readonly table: TableDescriptor | undefined}
  | {readonly kind: 'refused'; readonly failure: ControlFailure}
  | {readonly kind: 'stale-plan'};

/** Which rows a command changed, so that exactly these are stored and sent to watchers. */
export interface CatalogChange {
  readonly tables: readonly TableId[];
  readonly partitions: readonly GroupId[];
  readonly nodes: readonly NodeId[];
}

export interface CatalogCounters {
  readonly version: number;
  readonly nextTableId: number;
  readonly nextGroupId: number;
}

/** Deltas kept for watchers that lag a little; older ones get the full map. */
const HISTORY_COUNT_MAX = 256;

/**
 * The catalog: tables, partitions, nodes, at one version. Deterministic: equal commands in equal order make equal
 * catalogs on every replica. It holds no clock, and chance and time come inside the commands.
 */
export class Catalog {
  readonly #tables = new Map<TableId, TableDescriptor>();
  readonly #tableIdByName = new Map<string, TableId>();
  readonly #partitions = new Map<GroupId, PartitionEntry>();
  readonly #nodes = new Map<NodeId, NodeEntry>();
  #version = 0;
  #nextTableId = 1;
  #nextGroupId = PARTITION_GROUP_ID_MIN;
  /** Change of each recent version; the entry at the end belongs to #version. */
  #history: {readonly version: number; readonly change: CatalogChange}[] = [];

  get version(): number {
    return this.#version;
  }
  counters(): CatalogCounters {
    return {version: this.#version, nextTableId: this.#nextTableId, nextGroupId: this.#nextGroupId};
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
    return this.#nodes.values();
  }
  node(id: NodeId): NodeEntry | undefined {
    return this.#nodes.get(id);
  }

  content(): ClusterMapContent {
    return {version: this.#version, tables: [...this.#tables.values()], partitions: [...this.#partitions.values()], nodes: [...this.#nodes.values()]};
  }

  /** What a watcher at `version` is missing; everything when that is too long ago or unknown. */
  deltaSince(version: number): ClusterMapDelta {
    const oldest = this.#history[0]?.version;
    const canFollow = version >= 0 && version <= this.#version && (version === this.#version || (oldest !== undefined && version >= oldest - 1));
    if (!canFollow) {
      const content = this.content();
      return {
        fromVersion: 0, toVersion: this.#version, isFull: true, tables: content.tables, removedTables: [],
        partitions: content.partitions, removedPartitions: [], nodes: content.nodes, removedNodes: [],
      };
    }
    const tables = new Set<TableId>();
    const partitions = new Set<GroupId>();
    const nodes = new Set<NodeId>();
    for (const entry of this.#history) {
      if (entry.version <= version) continue;
      for (const id of entry.change.tables) tables.add(id);
      for (const id of entry.change.partitions) partitions.add(id);
      for (const id of entry.change.nodes) nodes.add(id);
    }
    const [tableRows, removedTables] = split(tables, this.#tables);
    const [partitionRows, removedPartitions] = split(partitions, this.#partitions);
    const [nodeRows, removedNodes] = split(nodes, this.#nodes);
    return {
      fromVersion: version, toVersion: this.#version, isFull: false, tables: tableRows, removedTables,
      partitions: partitionRows, removedPartitions, nodes: nodeRows, removedNodes,
    };
  }

  /** Sets the state read back from the store. */
  load(counters: CatalogCounters, content: Omit<ClusterMapContent, 'version'>): void {
    this.#tables.clear();
    this.#tableIdByName.clear();
    this.#partitions.clear();
    this.#nodes.clear();
    this.#history = [];
    this.#version = counters.version;
    this.#nextTableId = counters.nextTableId;
    this.#nextGroupId = counters.nextGroupId;
    for (const table of content.tables) this.#putTable(table);
    for (const entry of content.partitions) this.#partitions.set(entry.group, entry);
    for (const node of content.nodes) this.#nodes.set(node.node, node);
  }

  apply(command: CatalogCommand): {readonly result: CatalogResult; readonly change: CatalogChange | undefined} {
    switch (command.kind) {
      case 'register-node':
        return this.#registerNode(command.node);
      case 'set-node-state': {
        const node = this.#nodes.get(command.node);
        if (node === undefined || node.incarnation !== command.incarnation || node.state === command.state) return unchanged();
        this.#nodes.set(node.node, {...node, state: command.state});
        return this.#changed({tables: [], partitions: [], nodes: [node.node]});
      }
      case 'create-table':
        return this.#createTable(command);
      case 'set-table-active': {
        const table = this.#tables.get(command.table);
        if (table === undefined || (table.status !== 'CREATING' && table.status !== 'UPDATING')) return unchanged();
        return this.#replaceTable({...table, status: 'ACTIVE'});
      }
      case 'update-table':
        return this.#updateTable(command.name, command.change);
      case 'delete-table': {
        const table = this.tableByName(command.name);
        if (table === undefined) return refused({code: 'TableNotFound', name: command.name});
        if (table.status === 'CREATING' || table.status === 'UPDATING') return refused({code: 'TableBusy', name: command.name, status: table.status});
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
        return this.#changed({tables: [command.table], partitions: groups, nodes: []});
      }
      case 'drop-all-tables': {
        const tables = [...this.#tables.keys()];
        const groups = [...this.#partitions.keys()];
        if (tables.length === 0) return unchanged();
        this.#tables.clear();
        this.#tableIdByName.clear();
        this.#partitions.clear();
        return this.#changed({tables, partitions: groups, nodes: []});
      }
      default:
        return unreachable(command);
    }
  }

  #registerNode(node: NodeEntry): {result: CatalogResult; change: CatalogChange | undefined} {
    const known = this.#nodes.get(node.node);
    if (known !== undefined && known.incarnation > node.incarnation) {
      return refused({
        code: 'BadRequest',
        reason: `node ${node.node} registered with start number ${node.incarnation}, but ${known.incarnation} was seen: its data directory is older than the cluster's memory of it`,
      });
    }
    if (known !== undefined && known.az !== node.az) {
      return refused({code: 'BadRequest', reason: `node ${node.node} belongs to AZ ${known.az} and cannot join as ${node.az}`});
    }
    if (known !== undefined && JSON.stringify(known) === JSON.stringify(node)) return unchanged();
    this.#nodes.set(node.node, node);
    return this.#changed({tables: [], partitions: [], nodes: [node.node]});
  }

  #createTable(command: Extract<CatalogCommand, {kind: 'create-table'}>): {result: CatalogResult; change: CatalogChange | undefined} {
    const {table} = command;
    if (this.#tableIdByName.has(table.name)) return refused({code: 'TableExists', name: table.name});
    if (command.expectedTableId !== this.#nextTableId || command.expectedFirstGroup !== this.#nextGroupId) {
      return {result: {kind: 'stale-plan'}, change: undefined};
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
    };
    this.#putTable(descriptor);
    const groups: GroupId[] = [];
    for (const planned of command.partitions) {
      const group = toGroupId(this.#nextGroupId);
      this.#nextGroupId += 1;
      groups.push(group);
      this.#partitions.set(group, {
        group, table: tableId, index: planned.index, from: fromHex(planned.fromHex), until: fromHex(planned.untilHex),
        epoch: 1, membership: 1, replicas: planned.replicas, nextReplica: toReplicaId(planned.replicas.length + 1), split: undefined,
        preferredLeader: planned.preferredLeader,
      });
    }
    return this.#changed({tables: [tableId], partitions: groups, nodes: []}, descriptor);
  }

  #updateTable(name: string, change: TableChange): {result: CatalogResult; change: CatalogChange | undefined} {
    const table = this.tableByName(name);
    if (table === undefined) return refused({code: 'TableNotFound', name});
    if (table.status !== 'ACTIVE') return refused({code: 'TableBusy', name, status: table.status});
    const extra: Record<string, unknown> = Object.fromEntries(Object.entries(table.extra));
    for (const [member, value] of Object.entries(change.extra ?? {})) {
      if (value === null) delete extra[member];
      else extra[member] = value;
    }
    return this.#replaceTable({
      ...table,
      status: 'UPDATING',
      billingMode: change.billingMode ?? table.billingMode,
      provisionedThroughput: change.provisionedThroughput ?? table.provisionedThroughput,
      extra: extra as TableDescriptor['extra'],
    });
  }

  #replaceTable(table: TableDescriptor): {result: CatalogResult; change: CatalogChange} {
    this.#putTable(table);
    return this.#changed({tables: [toTableId(table.tableId)], partitions: [], nodes: []}, table);
  }

  #putTable(table: TableDescriptor): void {
    const id = toTableId(table.tableId);
    this.#tables.set(id, table);
    this.#tableIdByName.set(table.name, id);
  }

  #changed(change: CatalogChange, table?: TableDescriptor): {result: CatalogResult; change: CatalogChange} {
    this.#version += 1;
    this.#history.push({version: this.#version, change});
    if (this.#history.length > HISTORY_COUNT_MAX) this.#history.shift();
    return {result: {kind: 'ok', table}, change};
  }
}

function refused(failure: ControlFailure): {result: CatalogResult; change: undefined} {
  return {result: {kind: 'refused', failure}, change: undefined};
}

function unchanged(): {result: CatalogResult; change: undefined} {
  return {result: {kind: 'ok', table: undefined}, change: undefined};
}

function split<Id, Row>(ids: ReadonlySet<Id>, rows: ReadonlyMap<Id, Row>): [Row[], Id[]] {
  const present: Row[] = [];
  const removed: Id[] = [];
  for (const id of ids) {
    const row = rows.get(id);
    if (row === undefined) removed.push(id);
    else present.push(row);
  }
  return [present, removed];
}
