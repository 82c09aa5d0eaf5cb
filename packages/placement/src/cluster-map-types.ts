import type {AzId, GroupId, IndexId, NodeId, ReplicaId, TableId} from '@murmuration/base';
import type {TableDescriptor} from '@murmuration/model';

/** `voter` holds items and votes; `learner` holds items and does not vote yet; `log` votes and keeps the log, no items. */
export type ReplicaRole = 'voter' | 'learner' | 'log';

export interface ReplicaPlacement {
  readonly replica: ReplicaId;
  readonly node: NodeId;
  readonly role: ReplicaRole;
}

/** One partition: a half-open range of stored keys of one table or index, kept by one Raft group. */
export interface PartitionEntry {
  readonly group: GroupId;
  readonly table: TableId;
  readonly index: IndexId;
  /** Stored keys, full form (key-encoding of the model package). */
  readonly from: Uint8Array;
  readonly until: Uint8Array;
  /** Raised at every change of range or membership. A request made with another epoch is refused. Starts at 1. */
  readonly epoch: number;
  readonly replicas: readonly ReplicaPlacement[];
  /** Whom to try first as leader when nothing better is known: spread over AZs at creation. */
  readonly preferredLeader: ReplicaId;
}

export type ProcessRole = 'router' | 'storage' | 'control';
export type NodeState = 'up' | 'suspect' | 'down';

export interface NodeEntry {
  readonly node: NodeId;
  readonly az: AzId;
  readonly roles: readonly ProcessRole[];
  /** `host:port` of the fabric, of the DynamoDB API ('' without router role) and of the admin API. */
  readonly fabricAddress: string;
  readonly apiAddress: string;
  readonly adminAddress: string;
  readonly pid: number;
  /** Raised by one at each start of the process on the same data directory. */
  readonly incarnation: number;
  readonly state: NodeState;
}

/** Everything routers and storage nodes need to know, at one version. */
export interface ClusterMapContent {
  readonly version: number;
  readonly tables: readonly TableDescriptor[];
  readonly partitions: readonly PartitionEntry[];
  readonly nodes: readonly NodeEntry[];
}

/** From one version to another. With `isFull` everything not named is dropped. */
export interface ClusterMapDelta {
  readonly fromVersion: number;
  readonly toVersion: number;
  readonly isFull: boolean;
  readonly tables: readonly TableDescriptor[];
  readonly removedTables: readonly TableId[];
  readonly partitions: readonly PartitionEntry[];
  readonly removedPartitions: readonly GroupId[];
  readonly nodes: readonly NodeEntry[];
  readonly removedNodes: readonly NodeId[];
}
