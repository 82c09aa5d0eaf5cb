import {NO_REPLICA, toHex} from '@murmuration/base';
import type {NodeId} from '@murmuration/base';
import type {ClusterStatus, JobEntry, PartitionLive} from '@murmuration/control-client';
import type {PartitionEntry, ReplicaRole} from '@murmuration/placement';
import type {TableDescriptor} from '@murmuration/model';
import {buildStatusIndexes} from './status-indexes.js';
import type {StatusIndex} from './status-indexes.js';

/** What `GET /admin/v1/status` and `murmur status -o json` print. Stable: members are added, never changed. */
export interface StatusDocument {
  readonly apiVersion: 'murmuration/v1';
  readonly clusterId: string;
  readonly controlLeader: string;
  readonly mapVersion: number;
  readonly nodes: readonly StatusNode[];
  readonly tables: readonly StatusTable[];
  /** Global indexes of all tables. */
  readonly indexes: readonly StatusIndex[];
  readonly partitions: readonly StatusPartition[];
  /** Running ones first, then the newest finished ones. */
  readonly jobs: readonly StatusJob[];
  /** Whether replicas are being evened out over nodes. */
  readonly isBalancing: boolean;
}
export interface StatusJob {
  readonly id: number;
  readonly kind: 'move' | 'heal' | 'split';
  readonly partition: number;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly step: string;
  /** Who wanted it: `operator`, `drain`, `replace`, `heal`, `balance`, `size`, `heat`. */
  readonly cause: string;
  readonly toNode: string | null;
  /** The new partition of a split. */
  readonly child: number | null;
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
  readonly failure: string | null;
}
export interface StatusNode {
  readonly id: string;
  readonly az: string;
  readonly roles: readonly string[];
  readonly pid: number;
  /** Of the DynamoDB API; empty without the router role. */
  readonly address: string;
  readonly adminAddress: string;
  readonly fabricAddress: string;
  readonly state: 'up' | 'suspect' | 'down';
  /** `draining`: its replicas and leaderships go elsewhere and it gets no new ones. */
  readonly duty: 'serving' | 'draining';
  /** Null while the control plane's leader has not heard from it. */
  readonly heardMsAgo: number | null;
}
export interface StatusTable {
  readonly name: string;
  readonly id: number;
  readonly status: string;
  readonly itemCount: number;
  readonly sizeBytes: number;
  readonly partitionCount: number;
}
export interface StatusPartition {
  readonly id: number;
  readonly table: string;
  /** Name of the index; null for the table itself. */
  readonly index: string | null;
  /** Stored keys in hexadecimal; half open. */
  readonly from: string;
  readonly until: string;
  readonly epoch: number;
  /** Raised with each change of the replicas. */
  readonly membership: number;
  /** Whether it is to be cut in two. */
  readonly isSplitting: boolean;
  /** Node of the leader; null while nobody leads. */
  readonly leader: string | null;
  readonly term: number;
  readonly itemCount: number;
  readonly sizeBytes: number;
  /** Of the last seconds, as a part of the partition's ceiling. */
  readonly loadPercent: number;
  readonly replicas: readonly StatusReplica[];
}
export interface StatusReplica {
  readonly id: number;
  readonly node: string;
  readonly az: string;
  readonly role: ReplicaRole;
  /** `unknown` when its process was not heard lately. */
  readonly state: 'leader' | 'follower' | 'unknown';
  readonly appliedIndex: number | null;
}

const HEARD_LATELY_MS = 5_000;

export function buildStatusDocument(status: ClusterStatus): StatusDocument {
  const {map} = status;
  const liveNode = new Map(status.nodesLive.map((live) => [live.node, live]));
  const livePartition = new Map(status.partitionsLive.map((live) => [live.group, live]));
  const azOf = new Map<NodeId, string>(map.nodes.map((node) => [node.node, node.az]));
  const tables = new Map(map.tables.map((table) => [table.tableId, table]));
  return {
    apiVersion: 'murmuration/v1',
    clusterId: status.clusterId,
    controlLeader: status.controlLeader,
    mapVersion: map.version,
    nodes: map.nodes.map((node) => ({
      id: node.node, az: node.az, roles: node.roles, pid: node.pid, address: node.apiAddress, adminAddress: node.adminAddress,
      fabricAddress: node.fabricAddress, state: liveNode.get(node.node)?.state ?? node.state, duty: node.duty,
      heardMsAgo: roundOrNull(liveNode.get(node.node)?.heardMsAgo),
    })),
    tables: map.tables.map((table) => {
      const partitions = map.partitions.filter((entry) => entry.table === table.tableId);
      const sum = (pick: (live: PartitionLive) => number): number =>
        partitions.reduce((total, entry) => total + (entry.index === 0 ? pickOr0(livePartition.get(entry.group), pick) : 0), 0);
      return {
        name: table.name, id: table.tableId, status: table.status, itemCount: sum((live) => live.itemCount),
        sizeBytes: sum((live) => live.sizeBytes), partitionCount: partitions.length,
      };
    }),
    indexes: buildStatusIndexes(status),
    partitions: map.partitions.map((entry) => buildPartition(entry, livePartition.get(entry.group), tables.get(entry.table), azOf)),
    jobs: status.jobs.map(jobOfEntry),
    isBalancing: status.isBalancing,
  };
}

export function jobOfEntry(job: JobEntry): StatusJob {
  return {
    id: job.job, kind: job.kind, partition: job.group, state: job.state, step: job.step, cause: job.cause, toNode: job.toNode ?? null, child: job.child ?? null,
    startedAtMs: job.startedAtMs, updatedAtMs: job.updatedAtMs, failure: job.failure ?? null,
  };
}

function buildPartition(entry: PartitionEntry, live: PartitionLive | undefined, table: TableDescriptor | undefined, azOf: ReadonlyMap<NodeId, string>): StatusPartition {
  const leader = live === undefined || live.leader === NO_REPLICA ? undefined : entry.replicas.find((replica) => replica.replica === live.leader);
  return {
    id: entry.group, table: table?.name ?? '', index: table?.globalIndexes?.find(({indexId}) => indexId === entry.index)?.name ?? null, from: toHex(entry.from), until: toHex(entry.until), epoch: entry.epoch,
    membership: entry.membership, isSplitting: entry.split !== undefined,
    leader: leader?.node ?? null, term: live?.term ?? 0, itemCount: live?.itemCount ?? 0, sizeBytes: live?.sizeBytes ?? 0,
    loadPercent: Math.round((live?.heat?.loadPermille ?? 0) / 10),
    replicas: entry.replicas.map((replica) => {
      const heard = live?.replicas.find((other) => other.replica === replica.replica);
      const isHeard = heard !== undefined && heard.heardMsAgo < HEARD_LATELY_MS;
      return {
        id: replica.replica, node: replica.node, az: azOf.get(replica.node) ?? '', role: replica.role,
        state: !isHeard ? 'unknown' : replica.replica === live?.leader ? 'leader' : 'follower',
        appliedIndex: heard?.applied ?? null,
      };
    }),
  };
}

function pickOr0(live: PartitionLive | undefined, pick: (live: PartitionLive) => number): number {
  return live === undefined ? 0 : pick(live);
}
function roundOrNull(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}
