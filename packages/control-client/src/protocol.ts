import type {GroupId, LogIndex, NodeId, ReplicaId, Term} from '@murmuration/base';
import type {ClusterMapContent, ClusterMapDelta, NodeEntry} from '@murmuration/placement';
import type {AttributeDefinition, CapacitySettingsChange, IndexDefinition, InsightsMode, ScalingOrder, ScalingPage, ScalingQuery, TableDescriptor, Tag} from '@murmuration/model';

/** Entries of one local index and the sum of their sizes. By the index's place in its table. */
export interface LocalIndexCount {
  readonly itemCount: number;
  readonly sizeBytes: number;
}

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
  /** Absent where the table has no local index, and before the first write. */
  readonly localIndexes?: readonly LocalIndexCount[];
  /** Of the range it has applied. */
  readonly epoch: number;
  /** Version of what it derives from writes, as applied. Absent means 0. */
  readonly derivation?: number;
  /** Leader of a base partition only, and only where the table has global indexes. */
  readonly indexFeeds?: readonly IndexFeed[];
  /** Leader only: what waits to be told to global indexes, and for how long the oldest of it does. */
  readonly outbox?: {readonly rowCount: number; readonly sizeBytes: number; readonly lagMs: number};
  /** The newest membership it has applied, and the configuration that came of it. */
  readonly membership: number;
  /**
   * The newest membership whose configuration, no joint one, this replica has after any crash too. Absent means 0. Who left
   * with it may be destroyed once most of the new voters tell of it.
   */
  readonly durableMembership?: number;
  readonly voters: readonly ReplicaId[];
  readonly learners: readonly ReplicaId[];
  /** Two configurations at once: a change is under way. */
  readonly isJoint: boolean;
  /** Leader only, and only while a learner catches up or a change is wanted: how far each other member is. */
  readonly progress: readonly MemberProgress[];
  /** The newest split this replica has applied, told until the map shows it. */
  readonly lastSplit: {readonly child: GroupId; readonly atHex: string; readonly childItemCount: number; readonly childSizeBytes: number} | undefined;
  /** It can't be started or its rows can't be read: it serves nothing and votes no more, until it is replaced. Absent means false. */
  readonly isUnusable?: boolean;
  /** Its group sleeps: what is told stands, without being told again, until the process says otherwise or falls silent. */
  readonly isAsleep?: boolean;
  /** Leader only, of a table or index whose provisioned throughput is shared by need. */
  readonly throughput?: ThroughputReport;
  /** Of whoever serves requests; absent while it is idle. */
  readonly heat?: HeatReport;
  /** Leader only, for a while after it was cut: how that went. */
  readonly splitTimeline?: SplitTimeline;
  /** Leader only: why the split the map asks for can't be carried out. */
  readonly splitRefusal: {readonly child: GroupId; readonly reason: string} | undefined;
}

/** What a replica does, in half units and refused requests a second, over the last seconds. */
export interface HeatReport {
  readonly readHalfUnits: number;
  readonly writeHalfUnits: number;
  readonly throttleCount: number;
  /** The larger of reads and writes, in thousandths of the partition's ceiling. */
  readonly loadPermille: number;
  /** Leader only, when load stayed high for as long as is set. */
  readonly advice?: HeatAdviceReport;
}
/** Where a hot partition should be cut, or why no cut would help. Times are of the leader's wall clock. */
export type HeatAdviceReport =
  | {readonly kind: 'split'; readonly atHex: string; readonly belowPermille: number; readonly hotSinceMs: number; readonly advisedAtMs: number}
  | {readonly kind: 'none'; readonly reason: string; readonly hotSinceMs: number; readonly advisedAtMs: number};

/** How a split went at the leader that carried it out. Times are of its wall clock, durations of its monotonic one. */
export interface SplitTimeline {
  readonly child: GroupId;
  /** It saw the order. */
  readonly askedAtMs: number;
  /** Place chosen, where none was given. */
  readonly choseMs: number;
  /** Rows above the place counted, while writes went on. */
  readonly countedMs: number;
  /** Writes were held back. */
  readonly pausedMs: number;
  readonly cutAtMs: number;
  /** Writes that waited for the cut. */
  readonly heldCount: number;
  /** Requests that came here afterwards for what the upper half has, and were sent on. */
  readonly movedOnCount: number;
  /** Since when load was high and when the cut was advised; absent unless heat was the reason. */
  readonly hotSinceMs?: number;
  readonly advisedAtMs?: number;
}

/** What a leader was asked for, throttled requests included, and the share it has: thousandths of a half unit a second. */
export interface ThroughputReport {
  readonly readAskedHalfUnits: number;
  readonly writeAskedHalfUnits: number;
  readonly overMs: number;
  readonly readRate: number;
  readonly writeRate: number;
  /** Of a partition of the table itself: what writes of it asked of each global index, and the share of that index's write throughput that it has. */
  readonly indexWrites?: readonly IndexWriteReport[];
}
export interface IndexWriteReport {
  readonly indexId: number;
  readonly askedHalfUnits: number;
  readonly rate: number;
}
/** What a leader may use of its table's throughput from now on, in the same measure. */
export interface PartitionShare {
  readonly group: GroupId;
  readonly readRate: number;
  readonly writeRate: number;
  /** Of the write throughput of global indexes. */
  readonly indexWrites?: readonly {readonly indexId: number; readonly rate: number}[];
}

/** Stands for all on-demand tables and their indexes together where tokens are asked for. No table has this id. */
export const ACCOUNT_TOKENS = 0;
/** What a router says of the tokens of one table and kind: see TokenAsk of the capacity package. */
export interface TokenAskOfTable {
  /** Or `ACCOUNT_TOKENS`. */
  readonly table: number;
  readonly access: 'read' | 'write';
  readonly heldLease: number;
  readonly heldShareRate: number;
  readonly wantedHalfUnits: number;
  readonly returnedHalfUnits: number;
}
/** What it gets: see TokenLease. */
export interface TokenLeaseOfTable {
  readonly table: number;
  readonly access: 'read' | 'write';
  readonly lease: number;
  readonly halfUnits: number;
  readonly shareRate: number;
  readonly leaseMs: number;
  /** Nothing is handed out yet: the control plane has just begun to lead. The router goes on with what it has. */
  readonly isQuiet: boolean;
}

/** What a heartbeat says of replicas that sleep: those it does not name are as they were told of. */
export interface RestingReplicas {
  /** All of the process, named or not. */
  readonly asleepCount: number;
  /** Every replica of the process is named: whatever was told before counts no more. */
  readonly isFull: boolean;
}

/** What a process tells with a heartbeat. */
export interface HeartbeatReport {
  readonly groups: readonly GroupReport[];
  readonly rest?: RestingReplicas;
}

export interface MemberProgress {
  readonly replica: ReplicaId;
  /** Entries and bytes of the leader's log that the member does not have yet; bytes are an estimate. */
  readonly behindEntries: number;
  readonly behindBytes: number;
  readonly isActive: boolean;
  readonly isInSnapshot: boolean;
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

/** One global index more or one less, on a living table. */
export type IndexChange =
  | {readonly kind: 'create'; readonly definition: IndexDefinition; readonly attributeDefinitions: readonly AttributeDefinition[]}
  | {readonly kind: 'delete'; readonly name: string};

/** How far one partition of a table is with one of its global indexes. */
export interface IndexFeed {
  readonly indexId: number;
  /** Every item that was there before the index has been told to it. */
  readonly isFilled: boolean;
  /** Items looked at so far. */
  readonly scannedCount: number;
}
/** Of all entries of one global index. */
export interface GlobalIndexCount {
  readonly indexId: number;
  readonly itemCount: number;
  readonly sizeBytes: number;
}

export interface TableChange {
  readonly index?: IndexChange;
  readonly billingMode?: TableDescriptor['billingMode'];
  readonly provisionedThroughput?: TableDescriptor['provisionedThroughput'];
  /** Members to set in `extra`; null removes one. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export type JobKind = 'move' | 'heal' | 'split';
export type JobState = 'running' | 'done' | 'failed' | 'cancelled';

/**
 * Something that takes several steps, persisted after each. A step is a catalog command that names the version of the
 * job it was planned for, so a delayed worker changes nothing.
 */
export interface JobEntry {
  readonly job: number;
  readonly kind: JobKind;
  readonly group: GroupId;
  readonly state: JobState;
  /** Name of the step that is under way, or of the last one. */
  readonly step: string;
  /** Raised with each step. */
  readonly version: number;
  /** Who wanted it: `operator`, `drain`, `replace`, `heal`, `balance`, `size`, `heat`. */
  readonly cause: string;
  readonly from: ReplicaId | undefined;
  readonly to: ReplicaId | undefined;
  readonly toNode: NodeId | undefined;
  readonly child: GroupId | undefined;
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
  /** Set when it failed or was cancelled. */
  readonly failure: string | undefined;
  /** Of a split that is done, as its leader told it. */
  readonly timeline?: SplitTimeline;
}

/** What an operator may order. `node` names are as in the map. */
export type OperatorAction =
  | {readonly kind: 'drain-node'; readonly node: NodeId}
  | {readonly kind: 'undrain-node'; readonly node: NodeId}
  /** The node must hold no replica any more, or be down with every replica of it replaceable. */
  | {readonly kind: 'remove-node'; readonly node: NodeId}
  /** Every replica of `node` gets a successor on `by`; then `node` is removed. */
  | {readonly kind: 'replace-node'; readonly node: NodeId; readonly by: NodeId}
  | {readonly kind: 'move-replica'; readonly group: GroupId; readonly from: NodeId; readonly to: NodeId | undefined}
  | {readonly kind: 'split-partition'; readonly group: GroupId; readonly atHex: string | undefined}
  | {readonly kind: 'transfer-leader'; readonly group: GroupId; readonly to: NodeId}
  | {readonly kind: 'rebalance'}
  | {readonly kind: 'cancel-job'; readonly job: number};

/** Soft state that only the control plane's leader has: who leads what, how big it is, who was heard when. */
export interface PartitionLive {
  readonly group: GroupId;
  readonly leader: ReplicaId;
  readonly term: Term;
  readonly itemCount: number;
  readonly sizeBytes: number;
  readonly heat?: HeatReport;
  readonly localIndexes?: readonly LocalIndexCount[];
  /** Of the leader's last report. */
  readonly indexFeeds?: readonly IndexFeed[];
  readonly outbox?: {readonly rowCount: number; readonly sizeBytes: number; readonly lagMs: number};
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
  /** Running ones first, then the newest finished ones. */
  readonly jobs: readonly JobEntry[];
  /** Whether replicas are being evened out over nodes: set when a node joins, ended when nothing is left to move. */
  readonly isBalancing: boolean;
}

export type ControlRequest =
  | {readonly kind: 'register'; readonly node: NodeEntry}
  /** From a control process whose disk was lost: asks for a replica of the control group under a new id. `replica` is what it hosts, 0 for none. */
  | {readonly kind: 'join-control'; readonly node: NodeId; readonly diskId: string; readonly replica: ReplicaId}
  | {readonly kind: 'heartbeat'; readonly node: NodeId; readonly incarnation: number; readonly mapVersion: number; readonly groups: readonly GroupReport[]; readonly rest?: RestingReplicas}
  /** Answered at once when something newer than `version` exists, else after `waitMs` with an empty delta. */
  | {readonly kind: 'watch'; readonly node: NodeId; readonly version: number; readonly waitMs: number}
  /** From a router that holds tokens of tables: what it has and what it wants. Answered with leases. */
  | {readonly kind: 'lease-tokens'; readonly router: string; readonly asks: readonly TokenAskOfTable[]}
  | {readonly kind: 'create-table'; readonly table: TableSpecification}
  | {readonly kind: 'update-table'; readonly name: string; readonly change: TableChange}
  /** The table's status stays what it is. */
  | {readonly kind: 'tag-table'; readonly name: string; readonly set: readonly Tag[]; readonly remove: readonly string[]}
  /** The same. */
  | {readonly kind: 'update-time-to-live'; readonly name: string; readonly attributeName: string; readonly isEnabled: boolean}
  /** The same. Without a mode it keeps the one it has. */
  | {readonly kind: 'update-contributor-insights'; readonly name: string; readonly indexName: string | undefined; readonly isEnabled: boolean; readonly mode: InsightsMode | undefined}
  /** Settings of throughput: of one table, or of all without a name. */
  | {readonly kind: 'change-settings'; readonly tableName: string | undefined; readonly change: CapacitySettingsChange}
  | {readonly kind: 'change-scaling'; readonly order: ScalingOrder}
  | {readonly kind: 'describe-scaling'; readonly query: ScalingQuery}
  | {readonly kind: 'delete-table'; readonly name: string}
  | {readonly kind: 'describe-table'; readonly name: string}
  | {readonly kind: 'list-tables'; readonly exclusiveStartName: string | undefined; readonly limit: number}
  /** Every table at once, whatever its state or protection. Served only where the control plane was built to allow it: in clusters inside a test. */
  | {readonly kind: 'drop-all-tables'}
  /** `isDryRun` answers the plan and changes nothing. */
  | {readonly kind: 'act'; readonly action: OperatorAction; readonly isDryRun: boolean}
  | {readonly kind: 'status'};

export type ControlResponse =
  /** With `shares` it answers a heartbeat. */
  | {readonly kind: 'ok'; readonly version: number; readonly shares?: readonly PartitionShare[]; readonly wantsAll?: boolean}
  | {readonly kind: 'delta'; readonly delta: ClusterMapDelta}
  | {readonly kind: 'table'; readonly table: TableDescriptor; readonly itemCount: number; readonly sizeBytes: number; readonly localIndexes?: readonly LocalIndexCount[]; readonly globalIndexes?: readonly GlobalIndexCount[]; readonly version: number; /** Some partition does not follow the newest derivation yet. Absent means false. */ readonly isDeriving?: boolean}
  | {readonly kind: 'tables'; readonly names: readonly string[]; readonly lastName: string | undefined}
  /** Of those tables whose tokens are leased; a table that is not named is not. */
  | {readonly kind: 'leases'; readonly leases: readonly TokenLeaseOfTable[]}
  /** Of an order the record it left, without its activities. */
  | ({readonly kind: 'scaling'} & ScalingPage)
  | {readonly kind: 'status'; readonly status: ClusterStatus}
  /** What will be done, one sentence each, and the jobs that were made for it (none in a dry run). */
  | {readonly kind: 'plan'; readonly steps: readonly string[]; readonly warnings: readonly string[]; readonly jobs: readonly number[]}
  /** The id that the asking process is to host, or hosts, and everyone in the group. */
  | {readonly kind: 'control-replica'; readonly replica: ReplicaId; readonly members: readonly {readonly replica: ReplicaId; readonly node: NodeId}[]; readonly isVoter: boolean}
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
  /** The order names something that is not there. */
  | {readonly code: 'NotFound'; readonly what: string}
  /** It would cost a quorum, or something else is under way. */
  | {readonly code: 'Refused'; readonly reason: string}
  | {readonly code: 'BadRequest'; readonly reason: string};
