import {CONTROL_GROUP_ID, toGroupId} from '@murmuration/base';
import type {ClusterMapContent, PartitionEntry} from '@murmuration/placement';
import {counterDifference, globalIndexDifference, hasOutbox, localIndexDifference, replicaDifference, replicasByGroup, statusesOf} from './inspect.js';
import type {ReplicaView} from './inspect.js';
import type {SimCluster} from './sim-cluster.js';
import type {SimNode} from './sim-node.js';
import {streamDifference} from './stream-difference.js';

/**
 * Whether a cluster without faults has come to rest: everybody serves, every group has one leader and no replica is behind.
 * @returns what is still missing, undefined when nothing is
 */
export function lackOf(cluster: SimCluster, map: ClusterMapContent | undefined): string | undefined {
  if (map === undefined) return 'nobody has a map';
  for (const node of cluster.nodes) {
    if (node.isUp && !node.isReady) return `${node.id} is not ready`;
    if (node.isUp && node.mapVersion < map.version) return `${node.id} has map ${node.mapVersion} of ${map.version}`;
  }
  const views = replicasByGroup(cluster);
  const lackOfControl = groupLack(CONTROL_GROUP_ID, views.get(CONTROL_GROUP_ID) ?? [], cluster.controlNodes.length);
  if (lackOfControl !== undefined) return lackOfControl;
  for (const table of map.tables) if (table.status !== 'ACTIVE') return `table ${table.name} is ${table.status}`;
  for (const entry of map.partitions) {
    if (entry.split !== undefined) return `group ${entry.group} has a split to carry out`;
    if (entry.replicas.some((placement) => placement.role !== 'voter')) return `group ${entry.group} is on its way: ${entry.replicas.map((placement) => `${placement.node} ${placement.role}`).join()}`;
    const running = views.get(entry.group) ?? [];
    for (const placement of entry.replicas) {
      if (cluster.node(placement.node).isUp && !running.some((view) => view.node.id === placement.node)) return `${placement.node} does not host group ${entry.group}`;
    }
    const lack = groupLack(entry.group, running, entry.replicas.length);
    if (lack !== undefined) return lack;
  }
  const named = new Map(map.partitions.map((entry) => [entry.group as number, entry]));
  for (const [group, running] of views) {
    if (group === CONTROL_GROUP_ID) continue;
    const entry = named.get(group);
    for (const {node} of running) if (!isPlaced(entry, node.id)) return `${node.id} still hosts group ${group}`;
  }
  return undefined;
}

function isPlaced(entry: PartitionEntry | undefined, node: string): boolean {
  return entry?.replicas.some((placement) => placement.node === node) === true;
}

function groupLack(group: number, running: readonly ReplicaView[], replicaCount: number): string | undefined {
  const leaders = running.filter((view) => view.status.isLeader);
  const [leader] = leaders;
  if (leader === undefined || leaders.length > 1) return `group ${group} has ${leaders.length} leaders among ${running.length} of ${replicaCount} replicas`;
  for (const {node, status} of running) {
    if (status.leader !== leader.status.leader) return `${node.id} takes ${status.leader} for the leader of group ${group}`;
    if (status.applied !== leader.status.applied || status.stored !== status.applied || status.commit !== leader.status.commit) {
      return `${node.id} has stored ${status.stored} of ${leader.status.applied} of group ${group}`;
    }
  }
  return undefined;
}

/** Compares everything that is stored, in a cluster at rest. @returns what is wrong, undefined when nothing is */
export async function auditStores(cluster: SimCluster, map: ClusterMapContent): Promise<string | undefined> {
  const views = replicasByGroup(cluster);
  const catalogFault = await replicaDifference(CONTROL_GROUP_ID, undefined, undefined, (views.get(CONTROL_GROUP_ID) ?? []).map((view) => view.node));
  if (catalogFault !== undefined) return catalogFault;
  for (const entry of map.partitions) {
    const holders = (views.get(entry.group) ?? []).map((view) => view.node).filter((node) => entry.replicas.some((placement) => placement.node === node.id && placement.role !== 'log'));
    const table = map.tables.find(({tableId}) => tableId === entry.table);
    const difference = await replicaDifference(toGroupId(entry.group), entry, table, holders);
    if (difference !== undefined) return difference;
    for (const node of holders) {
      const wrong = await counterDifference(entry, node);
      if (wrong !== undefined) return wrong;
      const drifted = table === undefined ? undefined : await localIndexDifference(entry, table, node);
      if (drifted !== undefined) return drifted;
    }
  }
  return undefined;
}

/** @returns how a global index differs from its table; undefined when none does, which may take a moment after the last write */
export async function globalIndexFault(cluster: SimCluster, map: ClusterMapContent): Promise<string | undefined> {
  const views = replicasByGroup(cluster);
  const holdersOf = (entry: PartitionEntry): readonly SimNode[] =>
    (views.get(entry.group) ?? []).map((view) => view.node).filter((node) => entry.replicas.some((placement) => placement.node === node.id && placement.role !== 'log'));
  for (const entry of map.partitions) {
    for (const node of holdersOf(entry)) if (await hasOutbox(entry, node)) return `group ${entry.group} on ${node.id} has something to tell to global indexes`;
  }
  for (const table of map.tables) {
    const difference = await globalIndexDifference(table, map.partitions, (entry) => holdersOf(entry)[0]);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** @returns a node that holds a partition's rows; undefined when none that is up does */
export function holderIn(cluster: SimCluster, entry: PartitionEntry): SimNode | undefined {
  return cluster.liveNodes.find((node) => entry.replicas.some((placement) => placement.node === node.id && placement.role !== 'log') && statusesOf(node).has(entry.group));
}

/** @returns how a stream differs from what became of its table's items; undefined when none does */
export async function streamFault(cluster: SimCluster, map: ClusterMapContent): Promise<string | undefined> {
  const views = replicasByGroup(cluster);
  for (const table of map.tables) {
    const difference = await streamDifference(table, map.partitions, (entry) =>
      (views.get(entry.group) ?? []).map((view) => view.node).find((node) => entry.replicas.some((placement) => placement.node === node.id && placement.role !== 'log')));
    if (difference !== undefined) return difference;
  }
  return undefined;
}
