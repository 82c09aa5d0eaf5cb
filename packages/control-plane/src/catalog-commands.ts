import type {GroupId, IndexId, NodeId, ReplicaId, TableId} from '@murmuration/base';
import {DecodeError, utf8Decode, utf8Encode} from '@murmuration/base';
import type {TableChange, TableSpecification} from '@murmuration/control-client';
import type {NodeEntry, NodeState, ReplicaPlacement} from '@murmuration/placement';

/** One partition of a plan: its range by hexadecimal stored keys, relative to ids that the catalog gives. */
export interface PlannedPartition {
  readonly index: IndexId;
  readonly fromHex: string;
  readonly untilHex: string;
  readonly replicas: readonly ReplicaPlacement[];
  readonly preferredLeader: ReplicaId;
}

/**
 * What the control plane's log holds. Plans are computed by the leader and carry the ids they were computed for;
 * when those have moved on, applying refuses and the leader plans anew.
 */
export type CatalogCommand =
  | {readonly kind: 'register-node'; readonly node: NodeEntry}
  | {readonly kind: 'set-node-state'; readonly node: NodeId; readonly incarnation: number; readonly state: NodeState}
  | {
      readonly kind: 'create-table'; readonly table: TableSpecification; readonly tableUuid: string; readonly createdAtMs: number;
      readonly expectedTableId: TableId; readonly expectedFirstGroup: GroupId; readonly partitions: readonly PlannedPartition[];
    }
  | {readonly kind: 'set-table-active'; readonly table: TableId}
  | {readonly kind: 'update-table'; readonly name: string; readonly change: TableChange}
  | {readonly kind: 'delete-table'; readonly name: string}
  | {readonly kind: 'finish-delete-table'; readonly table: TableId}
  | {readonly kind: 'drop-all-tables'};

const KINDS: ReadonlySet<string> = new Set<CatalogCommand['kind']>([
  'register-node', 'set-node-state', 'create-table', 'set-table-active', 'update-table', 'delete-table', 'finish-delete-table', 'drop-all-tables',
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
