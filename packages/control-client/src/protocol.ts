import type {GroupId, LogIndex, NodeId, ReplicaId, Term} from '@murmuration/base';
import type {ClusterMapContent, ClusterMapDelta, NodeEntry} from '@murmuration/placement';
import type {TableDescriptor} from '@murmuration/model';

/** What a storage node tells about one of its replicas with each heartbeat. */
export interface GroupReport {
  readonly group: GroupId;
  readonly replica: ReplicaId;
  readonly term: Term;
  readonly isLeader: boolean;
  readonly leader: ReplicaId;
  readonly applied: LogIndex;
  readonly itemCount: number;
  readonly sizeBytes: number;
}

/** What a user asks for in CreateTable, already checked; ids, times and states are the catalog's to give. */
export interface TableSpecification {
  readonly name: string;
  readonly keySchema: TableDescriptor['keySchema'];
  readonly attributeDefinitions: TableDescriptor['attributeDefinitions'];
  readonly billingMode: TableDescriptor['billingMode'];
  readonly provisionedThroughput: TableDescriptor['provisionedThroughput'];
  readonly extra: TableDescriptor['extra'];
}

export interface TableChange {
  readonly billingMode?: TableDescriptor['billingMode'];
  readonly provisionedThroughput?: TableDescriptor['provisionedThroughput'];
  /** Members to set in `extra`; null removes one. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Soft state that only the control plane's leader has: who leads what, how big it is, who was heard when. */
export interface PartitionLive {
  readonly group: GroupId;
  readonly leader: ReplicaId;
  readonly term: Term;
  readonly itemCount: number;
  readonly sizeBytes: number;
  readonly replicas: readonly {readonly replica: ReplicaId; readonly applied: LogIndex; readonly heardMsAgo: number}[];
}
export interface NodeLive {
  readonly node: NodeId;
  readonly state: NodeEntry['state'];
  readonly heardMsAgo: number | undefined;
}

export interface ClusterStatus {
  readonly clusterId: string;
  readonly controlLeader: NodeId;
  readonly map: ClusterMapContent;
  readonly partitionsLive: readonly PartitionLive[];
  readonly nodesLive: readonly NodeLive[];
}

export type ControlRequest =
  | {readonly kind: 'register'; readonly node: NodeEntry}
  | {readonly kind: 'heartbeat'; readonly node: NodeId; readonly incarnation: number; readonly mapVersion: number; readonly groups: readonly GroupReport[]}
  /** Answered at once when something newer than `version` exists, else after `waitMs` with an empty delta. */
  | {readonly kind: 'watch'; readonly node: NodeId; readonly version: number; readonly waitMs: number}
  | {readonly kind: 'create-table'; readonly table: TableSpecification}
  | {readonly kind: 'update-table'; readonly name: string; readonly change: TableChange}
  | {readonly kind: 'delete-table'; readonly name: string}
  | {readonly kind: 'describe-table'; readonly name: string}
  | {readonly kind: 'list-tables'; readonly exclusiveStartName: string | undefined; readonly limit: number}
  /** Every table at once, whatever its state or protection. Served only where the control plane was built to allow it: in clusters inside a test. */
  | {readonly kind: 'drop-all-tables'}
  | {readonly kind: 'status'};

export type ControlResponse =
  | {readonly kind: 'ok'; readonly version: number}
  | {readonly kind: 'delta'; readonly delta: ClusterMapDelta}
  | {readonly kind: 'table'; readonly table: TableDescriptor; readonly itemCount: number; readonly sizeBytes: number; readonly version: number}
  | {readonly kind: 'tables'; readonly names: readonly string[]; readonly lastName: string | undefined}
  | {readonly kind: 'status'; readonly status: ClusterStatus}
  | {readonly kind: 'failed'; readonly failure: ControlFailure};

export type ControlFailure =
  | {readonly code: 'NotLeader'; readonly leader: NodeId | undefined}
  | {readonly code: 'Unavailable'; readonly reason: string}
  /** Sent, and no answer came: it may have happened. */
  | {readonly code: 'OutcomeUnknown'; readonly reason: string}
  | {readonly code: 'TableExists'; readonly name: string}
  | {readonly code: 'TableNotFound'; readonly name: string}
  | {readonly code: 'TableBusy'; readonly name: string; readonly status: TableDescriptor['status']}
  | {readonly code: 'TableProtected'; readonly name: string}
  | {readonly code: 'NotEnoughZones'; readonly zoneCount: number; readonly zoneCountNeeded: number}
  | {readonly code: 'LimitExceeded'; readonly message: string}
  | {readonly code: 'BadRequest'; readonly reason: string};
