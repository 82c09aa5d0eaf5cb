import {equalBytes} from '@murmuration/base';
import type {TableDescriptor} from '@murmuration/model';
import type {ClusterMap} from './cluster-map.js';
import type {ClusterMapDelta, NodeEntry, PartitionEntry} from './cluster-map-types.js';

/** The smallest delta that turns one map into the other: `from.apply(deltaBetween(from, to))` equals `to`. */
export function deltaBetween(from: ClusterMap, to: ClusterMap): ClusterMapDelta {
  return {
    fromVersion: from.version,
    toVersion: to.version,
    isFull: false,
    tables: [...to.tables()].filter((table) => !isSameTable(from.tableById(table.tableId), table)),
    removedTables: [...from.tables()].map((table) => table.tableId).filter((table) => to.tableById(table) === undefined),
    partitions: [...to.partitions()].filter((entry) => !isSamePartition(from.partition(entry.group), entry)),
    removedPartitions: [...from.partitions()].map((entry) => entry.group).filter((group) => to.partition(group) === undefined),
    nodes: [...to.nodes()].filter((node) => !isSameNode(from.node(node.node), node)),
    removedNodes: [...from.nodes()].map((node) => node.node).filter((node) => to.node(node) === undefined),
    ...(isSameSettings(from.settings, to.settings) ? {} : {settings: to.settings}),
  };
}

/** The whole map as a delta, for a reader that has nothing or missed one. */
export function fullDelta(map: ClusterMap): ClusterMapDelta {
  const content = map.toContent();
  return {
    fromVersion: 0, toVersion: map.version, isFull: true,
    tables: content.tables, partitions: content.partitions, nodes: content.nodes,
    removedTables: [], removedPartitions: [], removedNodes: [],
    ...(content.settings === undefined ? {} : {settings: content.settings}),
  };
}

function isSameSettings(a: ClusterMap['settings'], b: ClusterMap['settings']): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
// Tables and nodes are small JSON documents, and successive maps share unchanged ones: the slow way is rare.
function isSameTable(a: TableDescriptor | undefined, b: TableDescriptor): boolean {
  return a === b || (a !== undefined && JSON.stringify(a) === JSON.stringify(b));
}
function isSameNode(a: NodeEntry | undefined, b: NodeEntry): boolean {
  return a === b || (a !== undefined && JSON.stringify(a) === JSON.stringify(b));
}
function isSamePartition(a: PartitionEntry | undefined, b: PartitionEntry): boolean {
  if (a === b) return true;
  if (a === undefined) return false;
  return (
    a.group === b.group && a.table === b.table && a.index === b.index && a.epoch === b.epoch &&
    a.preferredLeader === b.preferredLeader && equalBytes(a.from, b.from) && equalBytes(a.until, b.until) &&
    a.membership === b.membership && a.nextReplica === b.nextReplica && a.founderCount === b.founderCount && isSameSplit(a.split, b.split) &&
    JSON.stringify(a.replicas) === JSON.stringify(b.replicas)
  );
}
function isSameSplit(a: PartitionEntry['split'], b: PartitionEntry['split']): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.child !== b.child) return false;
  return a.at === undefined || b.at === undefined ? a.at === b.at : equalBytes(a.at, b.at);
}
