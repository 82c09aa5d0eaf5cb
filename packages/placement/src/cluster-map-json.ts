import {
  DecodeError, compareBytes, fromHex, isNodeIdText, toAzId, toGroupId, toHex, toIndexId, toNodeId, toReplicaId, toTableId,
} from '@murmuration/base';
import type {AzId, GroupId, NodeId, TableId} from '@murmuration/base';
import {CAPACITY_OVERRIDE_TABLES_MAX, GLOBAL_INDEX_ID_MIN, capacityOverridesFault, parseDerivation} from '@murmuration/model';
import type {CapacityOverrides, CapacitySettingsRecord, TableDescriptor} from '@murmuration/model';
import type {
  ClusterMapContent, ClusterMapDelta, NodeDuty, NodeEntry, NodeState, PartitionEntry, PlannedSplit, ProcessRole, ReplicaPlacement, ReplicaRole,
} from './cluster-map-types.js';
import {spaceNumber, spaceNumberOfKey} from './table-space.js';

/** Raised when the shape changes so that an older reader would misread it. */
const FORMAT_VERSION = 2;
const REPLICA_ROLES: readonly ReplicaRole[] = ['voter', 'learner', 'log', 'leaving'];
const PROCESS_ROLES: readonly ProcessRole[] = ['router', 'storage', 'control'];
const NODE_STATES: readonly NodeState[] = ['up', 'suspect', 'down'];
const NODE_DUTIES: readonly NodeDuty[] = ['serving', 'draining'];

/** The map as a JSON value, stored keys in lower-case hexadecimal. */
export function clusterMapContentToJson(content: ClusterMapContent): unknown {
  return {format: FORMAT_VERSION, ...content, partitions: content.partitions.map(partitionToJson)};
}
/**
 * Checks every field by itself; that partitions tile is checked where a whole map is made (ClusterMap).
 * @throws DecodeError when a field is missing or out of range
 */
export function clusterMapContentFromJson(value: unknown): ClusterMapContent {
  const json = openDocument(value);
  return {
    version: count(json, 'version'),
    tables: list(json, 'tables', parseTable),
    partitions: list(json, 'partitions', parsePartition),
    nodes: list(json, 'nodes', parseNode),
    ...settings(json),
  };
}

export function clusterMapDeltaToJson(delta: ClusterMapDelta): unknown {
  return {format: FORMAT_VERSION, ...delta, partitions: delta.partitions.map(partitionToJson)};
}
/** @throws DecodeError when a field is missing or out of range */
export function clusterMapDeltaFromJson(value: unknown): ClusterMapDelta {
  const json = openDocument(value);
  const isFull = json['isFull'];
  if (typeof isFull !== 'boolean') throw new DecodeError('isFull is not a boolean');
  return {
    fromVersion: count(json, 'fromVersion'),
    toVersion: count(json, 'toVersion'),
    isFull,
    tables: list(json, 'tables', parseTable),
    removedTables: list(json, 'removedTables', (id): TableId => toTableId(within(id, 1, 0xffff_ffff, 'removed table'))),
    partitions: list(json, 'partitions', parsePartition),
    removedPartitions: list(json, 'removedPartitions', (id): GroupId => toGroupId(within(id, 1, Number.MAX_SAFE_INTEGER, 'removed group'))),
    nodes: list(json, 'nodes', parseNode),
    removedNodes: list(json, 'removedNodes', parseNodeId),
    ...settings(json),
  };
}

/** A process of another version may know settings that this one does not: they are left out, not refused, or it could follow no map. */
function settings(json: JsonObject): {readonly settings?: CapacitySettingsRecord} {
  if (json['settings'] === undefined) return {};
  const record = object(json['settings'], 'settings');
  const entries = Object.entries(object(record['tables'], 'settings of tables'));
  if (entries.length > CAPACITY_OVERRIDE_TABLES_MAX) throw new DecodeError('too many tables have settings');
  const tables = entries.map(([table, overrides]) => [String(within(Number(table), 1, 0xffff_ffff, 'table with settings')), parseOverrides(overrides)]);
  return {settings: {cluster: parseOverrides(record['cluster']), tables: Object.fromEntries(tables) as CapacitySettingsRecord['tables']}};
}
function parseOverrides(value: unknown): CapacityOverrides {
  const known = Object.entries(object(value, 'settings')).filter(([name, each]) => capacityOverridesFault({[name]: each}) === undefined);
  return Object.fromEntries(known) as CapacityOverrides;
}

interface JsonObject {
  readonly [name: string]: unknown;
}

function openDocument(value: unknown): JsonObject {
  const json = object(value, 'cluster map');
  if (json['format'] !== FORMAT_VERSION) throw new DecodeError('unknown format version of the cluster map');
  return json;
}

function partitionToJson(entry: PartitionEntry): JsonObject {
  const {split} = entry;
  return {
    ...entry, from: toHex(entry.from), until: toHex(entry.until),
    split: split === undefined ? undefined : {child: split.child, at: split.at === undefined ? undefined : toHex(split.at)},
  };
}
function parsePartition(value: unknown): PartitionEntry {
  const json = object(value, 'partition');
  const entry: PartitionEntry = {
    group: toGroupId(within(json['group'], 1, Number.MAX_SAFE_INTEGER, 'group')),
    table: toTableId(within(json['table'], 1, 0xffff_ffff, 'table')),
    index: toIndexId(within(json['index'], 0, 0xffff, 'index')),
    from: hex(json, 'from'),
    until: hex(json, 'until'),
    epoch: within(json['epoch'], 1, Number.MAX_SAFE_INTEGER, 'epoch'),
    membership: within(json['membership'], 1, Number.MAX_SAFE_INTEGER, 'membership'),
    replicas: list(json, 'replicas', parseReplica),
    nextReplica: toReplicaId(within(json['nextReplica'], 1, Number.MAX_SAFE_INTEGER, 'nextReplica')),
    ...(json['founderCount'] === undefined ? {} : {founderCount: within(json['founderCount'], 1, Number.MAX_SAFE_INTEGER, 'founderCount')}),
    split: json['split'] === undefined ? undefined : parseSplit(json['split']),
    preferredLeader: toReplicaId(within(json['preferredLeader'], 0, Number.MAX_SAFE_INTEGER, 'preferredLeader')),
  };
  if (spaceNumberOfKey(entry.from) !== spaceNumber(entry.table, entry.index)) throw new DecodeError(`partition ${entry.group} starts in another table`);
  if (compareBytes(entry.from, entry.until) >= 0) throw new DecodeError(`partition ${entry.group} is empty or reversed`);
  if (entry.replicas.some(({replica}) => replica >= entry.nextReplica)) throw new DecodeError(`partition ${entry.group} would give a replica id twice`);
  const at = entry.split?.at;
  if (at !== undefined && (compareBytes(at, entry.from) <= 0 || compareBytes(at, entry.until) >= 0)) throw new DecodeError(`partition ${entry.group} is to be split outside itself`);
  return entry;
}
function parseSplit(value: unknown): PlannedSplit {
  const json = object(value, 'split');
  return {
    child: toGroupId(within(json['child'], 1, Number.MAX_SAFE_INTEGER, 'child')),
    at: json['at'] === undefined ? undefined : hex(json, 'at'),
  };
}
function parseReplica(value: unknown): ReplicaPlacement {
  const json = object(value, 'replica');
  return {
    replica: toReplicaId(within(json['replica'], 1, Number.MAX_SAFE_INTEGER, 'replica')),
    node: parseNodeId(json['node']),
    role: oneOf(json['role'], REPLICA_ROLES, 'role'),
  };
}
function parseNode(value: unknown): NodeEntry {
  const json = object(value, 'node');
  return {
    node: parseNodeId(json['node']),
    az: parseAz(json['az']),
    roles: list(json, 'roles', (role) => oneOf(role, PROCESS_ROLES, 'role')),
    fabricAddress: text(json, 'fabricAddress'),
    apiAddress: text(json, 'apiAddress'),
    adminAddress: text(json, 'adminAddress'),
    pid: count(json, 'pid'),
    incarnation: count(json, 'incarnation'),
    diskId: text(json, 'diskId'),
    state: oneOf(json['state'], NODE_STATES, 'state'),
    duty: oneOf(json['duty'], NODE_DUTIES, 'duty'),
  };
}
/** The descriptor's parts that routing needs are checked; the rest is the catalog's own and travels unchanged. */
function parseTable(value: unknown): TableDescriptor {
  const json = object(value, 'table');
  within(json['tableId'], 1, 0xffff_ffff, 'tableId');
  if (text(json, 'name') === '') throw new DecodeError('a table has no name');
  text(json, 'status');
  const schema = object(json['keySchema'], 'keySchema');
  for (const part of ['hash', 'range']) {
    if (part === 'range' && schema[part] === undefined) continue;
    const attribute = object(schema[part], part);
    text(attribute, 'name');
    oneOf(attribute['type'], ['S', 'N', 'B'], 'key type');
  }
  if (json['derivation'] !== undefined) parseDerivation(json['derivation']);
  if (json['globalIndexes'] !== undefined) list(json, 'globalIndexes', checkIndexLife);
  if (json['nextGlobalIndexId'] !== undefined) within(json['nextGlobalIndexId'], GLOBAL_INDEX_ID_MIN, 0xffff, 'nextGlobalIndexId');
  return value as TableDescriptor;
}
function checkIndexLife(value: unknown): void {
  const json = object(value, 'index');
  within(json['indexId'], GLOBAL_INDEX_ID_MIN, 0xffff, 'indexId');
  text(json, 'name');
  oneOf(json['status'], ['CREATING', 'ACTIVE', 'DELETING'], 'status of an index');
  if (typeof json['isOnline'] !== 'boolean') throw new DecodeError('isOnline is not a boolean');
}
function parseNodeId(value: unknown): NodeId {
  if (typeof value !== 'string' || !isNodeIdText(value)) throw new DecodeError('not a node id');
  return toNodeId(value);
}
function parseAz(value: unknown): AzId {
  if (typeof value !== 'string' || !isNodeIdText(value)) throw new DecodeError('not an AZ id');
  return toAzId(value);
}

function object(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DecodeError(`${what} is not an object`);
  return value as JsonObject;
}
function list<T>(json: JsonObject, name: string, parse: (value: unknown) => T): readonly T[] {
  const value = json[name];
  if (!Array.isArray(value)) throw new DecodeError(`${name} is not a list`);
  return value.map((element: unknown) => parse(element));
}
function text(json: JsonObject, name: string): string {
  const value = json[name];
  if (typeof value !== 'string') throw new DecodeError(`${name} is not a text`);
  return value;
}
function hex(json: JsonObject, name: string): Uint8Array {
  const value = text(json, name);
  if (value.length % 2 !== 0 || !/^[0-9a-f]*$/.test(value)) throw new DecodeError(`${name} is not hexadecimal`);
  return fromHex(value);
}
function count(json: JsonObject, name: string): number {
  return within(json[name], 0, Number.MAX_SAFE_INTEGER, name);
}
function within(value: unknown, min: number, max: number, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) throw new DecodeError(`${what} is out of range`);
  return value;
}
function oneOf<T extends string>(value: unknown, allowed: readonly T[], what: string): T {
  for (const candidate of allowed) if (candidate === value) return candidate;
  throw new DecodeError(`${what} is none of ${allowed.join(', ')}`);
}
