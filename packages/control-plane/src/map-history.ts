import type {GroupId, NodeId, TableId} from '@murmuration/base';
import type {ClusterMapContent, ClusterMapDelta} from '@murmuration/placement';

/** Which rows a command changed, so that exactly these are stored and sent to watchers. */
export interface CatalogChange {
  readonly tables: readonly TableId[];
  readonly partitions: readonly GroupId[];
  readonly nodes: readonly NodeId[];
  /** Jobs and fates of nodes are no part of the map: a change of these alone does not raise its version. */
  readonly jobs: readonly number[];
  readonly fates: readonly NodeId[];
  /** The record of settings. Absent means false. */
  readonly settings?: boolean;
  /** Targets of auto scaling, by key; no part of the map either. */
  readonly scaling?: readonly string[];
}

/** Changes kept for watchers that lag a little; older ones get the full map. */
const HISTORY_COUNT_MAX = 256;

/** What changed in each recent version of the map. */
export class MapHistory {
  /** The entry at the end belongs to the newest version. */
  #entries: {readonly version: number; readonly change: CatalogChange}[] = [];

  clear(): void {
    this.#entries = [];
  }
  add(version: number, change: CatalogChange): void {
    this.#entries.push({version, change});
    if (this.#entries.length > HISTORY_COUNT_MAX) this.#entries.shift();
  }
  /** What changed after `version`, up to `newest`; undefined when that is too long ago or unknown. */
  since(version: number, newest: number): {readonly tables: ReadonlySet<TableId>; readonly partitions: ReadonlySet<GroupId>; readonly nodes: ReadonlySet<NodeId>; readonly settings: boolean} | undefined {
    const oldest = this.#entries[0]?.version;
    const canFollow = version >= 0 && version <= newest && (version === newest || (oldest !== undefined && version >= oldest - 1));
    if (!canFollow) return undefined;
    const tables = new Set<TableId>();
    const partitions = new Set<GroupId>();
    const nodes = new Set<NodeId>();
    let settings = false;
    for (const entry of this.#entries) {
      if (entry.version <= version) continue;
      for (const id of entry.change.tables) tables.add(id);
      for (const id of entry.change.partitions) partitions.add(id);
      for (const id of entry.change.nodes) nodes.add(id);
      settings ||= entry.change.settings === true;
    }
    return {tables, partitions, nodes, settings};
  }
}

/** The whole map as a delta, for a watcher that has nothing or missed something. */
export function fullDelta(content: ClusterMapContent): ClusterMapDelta {
  return {
    fromVersion: 0, toVersion: content.version, isFull: true, tables: content.tables, removedTables: [],
    partitions: content.partitions, removedPartitions: [], nodes: content.nodes, removedNodes: [],
    ...(content.settings === undefined ? {} : {settings: content.settings}),
  };
}

/** Rows that are there, and ids of those that are not any more. */
export function split<Id, Row>(ids: ReadonlySet<Id>, rows: ReadonlyMap<Id, Row>): [Row[], Id[]] {
  const present: Row[] = [];
  const removed: Id[] = [];
  for (const id of ids) {
    const row = rows.get(id);
    if (row === undefined) removed.push(id);
    else present.push(row);
  }
  return [present, removed];
}
