import {assert, compareBytes} from '@murmuration/base';
import type {GroupId, IndexId, NodeId, TableId} from '@murmuration/base';
import {NO_CAPACITY_OVERRIDES, capacitySettingsOf} from '@murmuration/model';
import type {CapacitySettings, CapacitySettingsRecord, TableDescriptor} from '@murmuration/model';
import type {ClusterMapContent, ClusterMapDelta, NodeEntry, PartitionEntry} from './cluster-map-types.js';
import {spaceNumber, spaceNumberOfKey} from './table-space.js';
import {tilingFault} from './tiling.js';

const NO_PARTITIONS: readonly PartitionEntry[] = [];

/**
 * The partition map at one version. Never changes: a delta gives the next map, so a request works on one
 * picture from its start to its end. Invariant: the partitions of each table and index tile its space.
 */
export class ClusterMap {
  readonly version: number;
  /** Settings that were changed while the cluster runs. */
  readonly settings: CapacitySettingsRecord;
  readonly #tables: ReadonlyMap<TableId, TableDescriptor>;
  readonly #tablesByName: ReadonlyMap<string, TableDescriptor>;
  readonly #partitions: ReadonlyMap<GroupId, PartitionEntry>;
  readonly #nodes: ReadonlyMap<NodeId, NodeEntry>;
  /** By table and index (spaceNumber), ascending by `from`. */
  readonly #spaces: ReadonlyMap<number, readonly PartitionEntry[]>;
  #byNode: ReadonlyMap<NodeId, readonly PartitionEntry[]> | undefined;

  private constructor(
    version: number,
    tables: ReadonlyMap<TableId, TableDescriptor>,
    partitions: ReadonlyMap<GroupId, PartitionEntry>,
    nodes: ReadonlyMap<NodeId, NodeEntry>,
    settings: CapacitySettingsRecord = NO_CAPACITY_OVERRIDES,
  ) {
    this.version = version;
    this.settings = settings;
    this.#tables = tables;
    this.#partitions = partitions;
    this.#nodes = nodes;
    const byName = new Map<string, TableDescriptor>();
    for (const table of tables.values()) {
      assert(!byName.has(table.name), 'two tables have one name', {name: table.name});
      byName.set(table.name, table);
    }
    this.#tablesByName = byName;
    this.#spaces = sortSpaces(partitions);
  }

  /** Version 0: nothing is known yet. */
  static empty(): ClusterMap {
    return new ClusterMap(0, new Map(), new Map(), new Map());
  }
  static fromContent(content: ClusterMapContent): ClusterMap {
    const map = new ClusterMap(
      content.version,
      new Map(content.tables.map((table) => [table.tableId, table])),
      new Map(content.partitions.map((entry) => [entry.group, entry])),
      new Map(content.nodes.map((node) => [node.node, node])),
      content.settings,
    );
    assert(map.#partitions.size === content.partitions.length, 'a group is named twice');
    return map;
  }
  toContent(): ClusterMapContent {
    return {
      version: this.version,
      tables: [...this.#tables.values()],
      partitions: [...this.#partitions.values()],
      nodes: [...this.#nodes.values()],
      ...(this.settings === NO_CAPACITY_OVERRIDES ? {} : {settings: this.settings}),
    };
  }

  /** Whether `apply` may be called with it: a delta from another version means that one was missed. */
  canApply(delta: ClusterMapDelta): boolean {
    return delta.isFull || delta.fromVersion === this.version;
  }
  /** Precondition: canApply. @returns the next map; this one stays as it is */
  apply(delta: ClusterMapDelta): ClusterMap {
    assert(this.canApply(delta), 'delta starts at another version', {version: this.version, fromVersion: delta.fromVersion});
    const tables = new Map(delta.isFull ? [] : this.#tables);
    const partitions = new Map(delta.isFull ? [] : this.#partitions);
    const nodes = new Map(delta.isFull ? [] : this.#nodes);
    for (const table of delta.removedTables) tables.delete(table);
    for (const group of delta.removedPartitions) partitions.delete(group);
    for (const node of delta.removedNodes) nodes.delete(node);
    for (const table of delta.tables) tables.set(table.tableId, table);
    for (const entry of delta.partitions) partitions.set(entry.group, entry);
    for (const node of delta.nodes) nodes.set(node.node, node);
    return new ClusterMap(delta.toVersion, tables, partitions, nodes, delta.settings ?? (delta.isFull ? NO_CAPACITY_OVERRIDES : this.settings));
  }

  tables(): Iterable<TableDescriptor> {
    return this.#tables.values();
  }
  partitions(): Iterable<PartitionEntry> {
    return this.#partitions.values();
  }
  nodes(): Iterable<NodeEntry> {
    return this.#nodes.values();
  }
  tableByName(name: string): TableDescriptor | undefined {
    return this.#tablesByName.get(name);
  }
  tableById(table: TableId): TableDescriptor | undefined {
    return this.#tables.get(table);
  }
  partition(group: GroupId): PartitionEntry | undefined {
    return this.#partitions.get(group);
  }
  node(node: NodeId): NodeEntry | undefined {
    return this.#nodes.get(node);
  }
  /** Settings of a table over the defaults of a process. @returns `defaults` itself when nothing was changed */
  settingsOf(table: TableId, defaults: CapacitySettings): CapacitySettings {
    return capacitySettingsOf(this.settings, table, defaults);
  }

  /** The partition a stored key belongs to; undefined when its table or index has none. */
  partitionOfKey(storedKey: Uint8Array): PartitionEntry | undefined {
    const space = spaceNumberOfKey(storedKey);
    const sorted = space === undefined ? undefined : this.#spaces.get(space);
    return sorted?.[lastStartingAtOrBefore(sorted, storedKey)];
  }
  /** All partitions of a table or index, ascending. */
  partitionsOf(table: TableId, index: IndexId): readonly PartitionEntry[] {
    return this.#spaces.get(spaceNumber(table, index)) ?? NO_PARTITIONS;
  }
  /** Those that share a key with [from, until), ascending. */
  partitionsOverlapping(table: TableId, index: IndexId, from: Uint8Array, until: Uint8Array): readonly PartitionEntry[] {
    const sorted = this.partitionsOf(table, index);
    if (compareBytes(from, until) >= 0) return NO_PARTITIONS;
    const first = Math.max(0, lastStartingAtOrBefore(sorted, from));
    let end = first;
    for (let entry = sorted[end]; entry !== undefined && compareBytes(entry.from, until) < 0; entry = sorted[end]) end += 1;
    return sorted.slice(first, end);
  }
  /** Those with a replica on the node. The index is made at the first question. */
  partitionsOnNode(node: NodeId): readonly PartitionEntry[] {
    this.#byNode ??= indexByNode(this.#partitions);
    return this.#byNode.get(node) ?? NO_PARTITIONS;
  }
}

/** @returns index of the last entry whose `from` is at most `key`, -1 when there is none */
function lastStartingAtOrBefore(sorted: readonly PartitionEntry[], key: Uint8Array): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes((sorted[middle] as PartitionEntry).from, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function sortSpaces(partitions: ReadonlyMap<GroupId, PartitionEntry>): ReadonlyMap<number, readonly PartitionEntry[]> {
  const spaces = new Map<number, PartitionEntry[]>();
  for (const entry of partitions.values()) {
    const space = spaceNumber(entry.table, entry.index);
    const list = spaces.get(space);
    if (list === undefined) spaces.set(space, [entry]);
    else list.push(entry);
  }
  for (const list of spaces.values()) {
    list.sort((a, b) => compareBytes(a.from, b.from));
    const fault = tilingFault(list);
    assert(fault === undefined, 'partitions do not tile their space', {fault});
  }
  return spaces;
}

function indexByNode(partitions: ReadonlyMap<GroupId, PartitionEntry>): ReadonlyMap<NodeId, readonly PartitionEntry[]> {
  const byNode = new Map<NodeId, PartitionEntry[]>();
  for (const entry of partitions.values()) {
    for (const placement of entry.replicas) {
      const list = byNode.get(placement.node);
      if (list === undefined) byNode.set(placement.node, [entry]);
      else list.push(entry);
    }
  }
  return byNode;
}
