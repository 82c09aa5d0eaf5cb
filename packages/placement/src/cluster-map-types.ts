import type {AzId, GroupId, IndexId, NodeId, ReplicaId, TableId} from '@murmuration/base';
import type {CapacitySettingsRecord, TableDescriptor} from '@murmuration/model';

/**
 * What a replica is meant to be. `voter` holds items and votes; `learner` holds items and does not vote yet; `log` votes and
 * keeps the log, no items; `leaving` is whatever it was until the group's leader has taken it out of the configuration.
 */
export type ReplicaRole = 'voter' | 'learner' | 'log' | 'leaving';

export interface ReplicaPlacement {
  readonly replica: ReplicaId;
  readonly node: NodeId;
  readonly role: ReplicaRole;
}

/** A split that the partition's leader is meant to carry out, at the epoch the entry has. */
export interface PlannedSplit {
  /** Group of the upper half, allocated for this split alone. */
  readonly child: GroupId;
  /** First stored key of the upper half; undefined lets the leader choose the middle by size. */
  readonly at: Uint8Array | undefined;
}

/**
 * One partition: a half-open range of stored keys of one table or index, kept by one Raft group. Replicas and split are
 * what is wanted: the group's leader brings its configuration in line and tells the control plane when it is.
 */
export interface PartitionEntry {
  readonly group: GroupId;
  readonly table: TableId;
  readonly index: IndexId;
  /** Stored keys, full form (key-encoding of the model package). */
  readonly from: Uint8Array;
  readonly until: Uint8Array;
  /** Raised at every change of range, starts at 1; the halves of a split have their parent's plus one. */
  readonly epoch: number;
  /** Raised at every change of `replicas`, starts at 1. A leader never acts on one below the newest its group has applied. */
  readonly membership: number;
  readonly replicas: readonly ReplicaPlacement[];
  /** The id of the next replica. Ids of a group are never used twice. */
  readonly nextReplica: ReplicaId;
  /**
   * Replicas 1 to this found the group: who hears of it late, after the membership changed, is as good a founder as one who was
   * slow, and may be needed when the first ones are lost. Absent where there are no founders but those at membership 1.
   */
  readonly founderCount?: number;
  readonly split: PlannedSplit | undefined;
  /** Whom to try first as leader when nothing better is known: spread over AZs at creation. */
  readonly preferredLeader: ReplicaId;
}

export type ProcessRole = 'router' | 'storage' | 'control';
export type NodeState = 'up' | 'suspect' | 'down';
/** `draining`: its replicas and leaderships go elsewhere and it gets no new ones. */
export type NodeDuty = 'serving' | 'draining';

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
  /** Chance name of the data directory, made at its first start. Another one under the same node means that the disk was lost. */
  readonly diskId: string;
  readonly state: NodeState;
  readonly duty: NodeDuty;
}

/** Everything routers and storage nodes need to know, at one version. */
export interface ClusterMapContent {
  readonly version: number;
  readonly tables: readonly TableDescriptor[];
  readonly partitions: readonly PartitionEntry[];
  readonly nodes: readonly NodeEntry[];
  /** Settings that were changed while the cluster runs; absent when none was. */
  readonly settings?: CapacitySettingsRecord;
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
  /** The whole record when it changed; absent leaves what there is, and with `isFull` means that nothing was changed. */
  readonly settings?: CapacitySettingsRecord;
}
