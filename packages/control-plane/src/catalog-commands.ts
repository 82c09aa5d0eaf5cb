import type {GroupId, IndexId, NodeId, ReplicaId, TableId} from '@murmuration/base';
import {DecodeError, utf8Decode, utf8Encode} from '@murmuration/base';
import type {JobKind, JobState, SplitTimeline, TableChange, TableSpecification} from '@murmuration/control-client';
import type {CapacitySettingsChange, InsightsMode, ScalableDimension, ScalingDirection, ScalingOrder, Tag} from '@murmuration/model';
import type {NodeDuty, NodeEntry, NodeState, ReplicaPlacement} from '@murmuration/placement';
import type {EntryChange} from './entry-change.js';

/** One partition of a plan: its range by hexadecimal stored keys, relative to ids that the catalog gives. */
export interface PlannedPartition {
  readonly index: IndexId;
  readonly fromHex: string;
  readonly untilHex: string;
  readonly replicas: readonly ReplicaPlacement[];
  readonly preferredLeader: ReplicaId;
}

/** The partitions of an index that is added to a living table. */
export interface PlannedIndex {
  readonly expectedIndexId: IndexId;
  readonly expectedFirstGroup: GroupId;
  readonly partitions: readonly PlannedPartition[];
}

/** A new job, and the first change of its partition. */
export interface StartJob {
  readonly kind: 'start-job';
  /** The number it will have; when another job took it, the plan is stale. */
  readonly expectedJob: number;
  readonly job: JobKind;
  readonly group: GroupId;
  readonly cause: string;
  readonly step: string;
  readonly from: ReplicaId | undefined;
  readonly to: ReplicaId | undefined;
  readonly toNode: NodeId | undefined;
  readonly change: EntryChange | undefined;
  /** Splits only: the entry they were planned for, the child's id, and the border when it is given. */
  readonly split: {readonly expectedEpoch: number; readonly expectedMembership: number; readonly child: GroupId; readonly atHex: string | undefined} | undefined;
  readonly nowMs: number;
}

/** The next step of a job, and the change of its partition that goes with it. */
export interface StepJob {
  readonly kind: 'step-job';
  readonly job: number;
  readonly expectedVersion: number;
  readonly state: JobState;
  readonly step: string;
  readonly to: ReplicaId | undefined;
  readonly failure: string | undefined;
  readonly change: EntryChange | undefined;
  /** The partition is no longer to be split. */
  readonly isSplitDropped: boolean;
  readonly nowMs: number;
}

/**
 * What the control plane's log holds. Plans are computed by the leader and carry the ids they were computed for;
 * when those have moved on, applying refuses and the leader plans anew. What changes throughput is held against the quotas
 * of the account, whose `region` its refusals name; a command without one is of a time before there were any.
 */
export type CatalogCommand =
  | {readonly kind: 'register-node'; readonly node: NodeEntry}
  | {readonly kind: 'set-node-state'; readonly node: NodeId; readonly incarnation: number; readonly state: NodeState}
  | {readonly kind: 'set-node-duty'; readonly node: NodeId; readonly duty: NodeDuty}
  | {readonly kind: 'replace-node'; readonly node: NodeId; readonly by: NodeId}
  /** `hasLeftControl`: another process has taken its place in the control plane. */
  | {readonly kind: 'remove-node'; readonly node: NodeId; readonly hasLeftControl?: boolean}
  | {
      readonly kind: 'create-table'; readonly table: TableSpecification; readonly tableUuid: string; readonly createdAtMs: number;
      readonly expectedTableId: TableId; readonly expectedFirstGroup: GroupId; readonly partitions: readonly PlannedPartition[]; readonly region?: string;
    }
  | {readonly kind: 'set-table-active'; readonly table: TableId}
  | {readonly kind: 'update-table'; readonly name: string; readonly change: TableChange; readonly nowMs?: number; readonly newIndex?: PlannedIndex; readonly region?: string}
  /** Every item is in it. */
  | {readonly kind: 'set-index-active'; readonly table: TableId; readonly indexId: IndexId}
  | {readonly kind: 'finish-delete-index'; readonly table: TableId; readonly indexId: IndexId; readonly nowMs: number}
  /** The table's status stays what it is. */
  | {readonly kind: 'tag-table'; readonly name: string; readonly set: readonly Tag[]; readonly remove: readonly string[]}
  /** The same. */
  | {readonly kind: 'update-contributor-insights'; readonly name: string; readonly indexName: string | undefined; readonly isEnabled: boolean; readonly mode: InsightsMode | undefined; readonly nowMs: number}
  | {readonly kind: 'update-time-to-live'; readonly name: string; readonly attributeName: string; readonly isEnabled: boolean; readonly nowMs: number}
  | {readonly kind: 'change-settings'; readonly tableName: string | undefined; readonly change: CapacitySettingsChange}
  /** `id` for what is new in it. */
  | {readonly kind: 'change-scaling'; readonly order: ScalingOrder; readonly id: string; readonly nowMs: number}
  /** Changes throughput as `update-table` does, if the target is still what it was decided for, and keeps what came of it as an activity. */
  | {
      readonly kind: 'scale-throughput'; readonly resourceId: string; readonly dimension: ScalableDimension; readonly policyId: string; readonly fromUnits: number; readonly units: number;
      readonly direction: ScalingDirection; readonly cause: string; readonly id: string; readonly nowMs: number; readonly region?: string;
    }
  | {readonly kind: 'delete-table'; readonly name: string}
  | {readonly kind: 'finish-delete-table'; readonly table: TableId; readonly nowMs?: number}
  | {readonly kind: 'drop-all-tables'; readonly nowMs?: number}
  | StartJob
  | StepJob
  /** A split was carried out: parent and child in one version of the map. */
  | {readonly kind: 'finish-split'; readonly group: GroupId; readonly expectedEpoch: number; readonly child: GroupId; readonly atHex: string; readonly nowMs: number; readonly timeline?: SplitTimeline}
  | {readonly kind: 'prefer-leaders'; readonly leaders: readonly {readonly group: GroupId; readonly expectedMembership: number; readonly replica: ReplicaId}[]}
  /** Whether replicas are to be evened out over nodes until nothing more is to be moved. */
  | {readonly kind: 'set-balancing'; readonly isBalancing: boolean};

const KINDS: ReadonlySet<string> = new Set<CatalogCommand['kind']>([
  'register-node', 'set-node-state', 'set-node-duty', 'replace-node', 'remove-node', 'create-table', 'set-table-active', 'update-table', 'set-index-active', 'finish-delete-index', 'tag-table', 'update-time-to-live', 'update-contributor-insights', 'change-settings', 'change-scaling', 'scale-throughput', 'delete-table',
  'finish-delete-table', 'drop-all-tables', 'start-job', 'step-job', 'finish-split', 'prefer-leaders', 'set-balancing',
]);
const COMMAND_VERSION = 1;

export function encodeCatalogCommand(command: CatalogCommand): Uint8Array {
  return utf8Encode(JSON.stringify({v: COMMAND_VERSION, command}));
}

/** @throws DecodeError for bytes of another version: a newer process wrote them, this one must not guess */
export function decodeCatalogCommand(bytes: Uint8Array): CatalogCommand {
  const envelope = JSON.parse(utf8Decode(bytes)) as {v?: unknown; command?: {kind?: unknown}};
  const kind = envelope.command?.kind;
  if (envelope.v !== COMMAND_VERSION || typeof kind !== 'string' || !KINDS.has(kind)) {
    throw new DecodeError(`catalog command of unknown version or kind: ${String(envelope.v)} ${String(kind)}`);
  }
  return envelope.command as unknown as CatalogCommand;
}
