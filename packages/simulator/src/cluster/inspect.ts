import {
  BASE_INDEX_ID, CONTROL_GROUP_ID, KEY_KIND_CATALOG, KEY_KIND_ITEM, KEY_KIND_PARTITION_META, KEY_KIND_SNAPSHOT_STAGING, compareBytes, equalBytes, prefixEnd, toGroupId, toHex, utf8Decode,
} from '@murmuration/base';
import type {GroupId, ScanRange, StoreRow} from '@murmuration/base';
import {auditIndex} from '@murmuration/checkers';
import type {ItemJson} from '@murmuration/checkers';
import {COLLECTION_INDEX_ID, OUTBOX_INDEX_ID, SIDE_INDEX_IDS, baseKeyOfEntry, collectionKeyOf, fedGlobalIndexes, keyNames, localIndexesOf, readStoredItemSizeBytes, shiftIndex, storedBody} from '@murmuration/model';
import type {TableDescriptor} from '@murmuration/model';
import {decodeCollectionSize, decodePartitionRecord, partitionMetaPrefix, partitionRecordKey} from '@murmuration/partition';
import type {PartitionEntry} from '@murmuration/placement';
import type {GroupStatus} from '@murmuration/raft-host';
import {ADMIN_HEADERS} from './api-client.js';
import type {SimCluster} from './sim-cluster.js';
import type {SimNode} from './sim-node.js';

/** The replicas of one node as its Raft host sees them. Nothing while the node is down. */
export function statusesOf(node: SimNode): ReadonlyMap<number, GroupStatus> {
  const door = node.door;
  if (door === undefined) return new Map();
  let groups: readonly GroupStatus[] = [];
  door.admin(
    {method: 'GET', target: '/admin/v1/local', headers: ADMIN_HEADERS, body: new Uint8Array(0), bodyFailure: undefined, remoteAddress: '127.0.0.1', receivedMs: 0},
    (reply) => {
      groups = (JSON.parse(utf8Decode(reply.body)) as {readonly groups?: readonly GroupStatus[]}).groups ?? [];
    },
  );
  return new Map(groups.map((status) => [status.group as number, status]));
}

export interface ReplicaView {
  readonly node: SimNode;
  readonly status: GroupStatus;
}

/** Every running replica of every group. */
export function replicasByGroup(cluster: SimCluster): ReadonlyMap<number, readonly ReplicaView[]> {
  const views = new Map<number, ReplicaView[]>();
  for (const node of cluster.nodes) {
    for (const [group, status] of statusesOf(node)) views.set(group, [...(views.get(group) ?? []), {node, status}]);
  }
  return views;
}

const ROWS_PER_READ = 1_000;
export async function rowsOf(node: SimNode, range: ScanRange): Promise<readonly StoreRow[]> {
  const rows: StoreRow[] = [];
  const iterator = node.machine.store.memory.iterate(range);
  for (;;) {
    const page = await iterator.next(ROWS_PER_READ);
    rows.push(...page);
    if (page.length < ROWS_PER_READ) break;
  }
  await iterator.close();
  return rows;
}
export function prefixRange(prefix: Uint8Array): ScanRange {
  return {from: prefix, until: prefixEnd(prefix) ?? new Uint8Array([0xff])};
}

/** What one group keeps in the stores: items of its range, entries of their local indexes, and its small records, or the catalog. */
function rangesOf(group: GroupId, entry: PartitionEntry | undefined, table: TableDescriptor | undefined): readonly ScanRange[] {
  if (group === CONTROL_GROUP_ID) return [prefixRange(new Uint8Array([KEY_KIND_CATALOG]))];
  if (entry === undefined) return [];
  if (entry.index !== BASE_INDEX_ID) return [{from: entry.from, until: entry.until}, prefixRange(partitionMetaPrefix(group))];
  const ids = [...SIDE_INDEX_IDS, ...(table === undefined ? [] : localIndexesOf(table).map(({indexId}) => indexId)), COLLECTION_INDEX_ID];
  return [{from: entry.from, until: entry.until}, ...ids.map((id) => underIndex(entry, id)), prefixRange(partitionMetaPrefix(group))];
}
function underIndex({from, until}: PartitionEntry, index: number): ScanRange {
  return {from: shiftIndex(from, index), until: shiftIndex(until, index)};
}

/** @returns what differs between the stored rows of replicas that applied the same; undefined when nothing does */
export async function replicaDifference(
  group: GroupId, entry: PartitionEntry | undefined, table: TableDescriptor | undefined, nodes: readonly SimNode[],
): Promise<string | undefined> {
  const [first, ...others] = nodes;
  if (first === undefined) return undefined;
  for (const range of rangesOf(group, entry, table)) {
    const expected = await rowsOf(first, range);
    for (const other of others) {
      const rows = await rowsOf(other, range);
      for (let i = 0; i < Math.max(rows.length, expected.length); i += 1) {
        const a = expected[i];
        const b = rows[i];
        if (a !== undefined && b !== undefined && compareBytes(a.key, b.key) === 0 && equalBytes(a.value, b.value)) continue;
        const key = a === undefined || (b !== undefined && compareBytes(b.key, a.key) < 0) ? b?.key : a.key;
        return `group ${group}: ${first.id} (${expected.length} rows) and ${other.id} (${rows.length} rows) differ at key ${toHex(key ?? new Uint8Array(0))}: ${shown(a)} and ${shown(b)}`;
      }
    }
  }
  return undefined;
}

const NO_RANGE = {from: new Uint8Array(0), until: new Uint8Array(0), epoch: 0};
/** @returns which two partitions of one node take the same keys for theirs; undefined when none do */
export async function overlapOn(node: SimNode): Promise<string | undefined> {
  const groups = [...statusesOf(node).keys()].filter((group) => group !== CONTROL_GROUP_ID).map(toGroupId);
  const records = await node.machine.store.memory.getMany(groups.map(partitionRecordKey));
  const ranges = groups.flatMap((group, i) => {
    const bytes = records[i];
    return bytes === undefined ? [] : [{group, ...decodePartitionRecord(bytes, NO_RANGE)}];
  }).filter((range) => range.until.length > 0).sort((a, b) => compareBytes(a.from, b.from));
  for (let i = 1; i < ranges.length; i += 1) {
    const [before, after] = [ranges[i - 1], ranges[i]];
    if (before !== undefined && after !== undefined && compareBytes(after.from, before.until) < 0) {
      return `groups ${before.group} (epoch ${before.epoch}) and ${after.group} (epoch ${after.epoch}) on ${node.id} both hold ${toHex(after.from)}`;
    }
  }
  return undefined;
}

/** @returns rows of tables that a node keeps though there are none; undefined when it keeps nothing */
export async function rowsLeftOn(node: SimNode): Promise<string | undefined> {
  for (const kind of [KEY_KIND_ITEM, KEY_KIND_PARTITION_META, KEY_KIND_SNAPSHOT_STAGING]) {
    const rows = await rowsOf(node, prefixRange(new Uint8Array([kind])));
    if (rows.length > 0) return `${node.id} keeps ${rows.length} rows of kind ${kind}, the first ${toHex(rows[0]?.key ?? new Uint8Array(0))}`;
  }
  return undefined;
}

function shown(row: StoreRow | undefined): string {
  if (row === undefined) return 'nothing';
  // Rows of the catalog are texts; those of items begin with a header of bytes.
  return row.key[0] === KEY_KIND_CATALOG ? utf8Decode(row.value).slice(0, 400) : toHex(row.value.subarray(0, 100));
}

/** @returns how the counters of a partition differ from its rows; undefined when they agree */
export async function counterDifference(entry: PartitionEntry, node: SimNode): Promise<string | undefined> {
  const [bytes] = await node.machine.store.memory.getMany([partitionRecordKey(entry.group)]);
  const record = bytes === undefined ? {itemCount: 0, sizeBytes: 0, from: entry.from, until: entry.until} : decodePartitionRecord(bytes, entry);
  if (!equalBytes(record.from, entry.from) || !equalBytes(record.until, entry.until)) {
    return `group ${entry.group} on ${node.id} holds ${toHex(record.from)}..${toHex(record.until)} and the map says ${toHex(entry.from)}..${toHex(entry.until)}`;
  }
  const rows = await rowsOf(node, {from: entry.from, until: entry.until});
  const sizeBytes = rows.reduce((sum, row) => sum + readStoredItemSizeBytes(row.value), 0);
  if (record.itemCount === rows.length && record.sizeBytes === sizeBytes) return undefined;
  return `group ${entry.group} on ${node.id} counts ${record.itemCount} items of ${record.sizeBytes} bytes and holds ${rows.length} of ${sizeBytes}`;
}

/** @returns how the local indexes that a node holds of a partition differ from its items, or from their counts; undefined when they agree */
export async function localIndexDifference(entry: PartitionEntry, table: TableDescriptor, node: SimNode): Promise<string | undefined> {
  const indexes = entry.index === BASE_INDEX_ID ? localIndexesOf(table) : [];
  if (indexes.length === 0) return undefined;
  const asJson = ({value}: StoreRow): ItemJson => JSON.parse(utf8Decode(storedBody(value))) as ItemJson;
  const baseRows = (await rowsOf(node, {from: entry.from, until: entry.until})).map(asJson);
  const [bytes] = await node.machine.store.memory.getMany([partitionRecordKey(entry.group)]);
  const counts = bytes === undefined ? [] : decodePartitionRecord(bytes, entry).indexes ?? [];
  for (const [i, {indexId, name, sortKey, projection}] of indexes.entries()) {
    const rows = await rowsOf(node, underIndex(entry, indexId));
    const {violations} = auditIndex({
      baseRows, indexRows: rows.map(asJson), baseKey: keyNames(table.keySchema), indexKey: [table.keySchema.hash.name, sortKey.name],
      projection: projection.kind === 'INCLUDE' ? {kind: 'include', attributes: projection.attributes} : {kind: projection.kind === 'ALL' ? 'all' : 'keys-only'},
    });
    const counted = counts[i]?.itemCount ?? 0;
    if (violations.length > 0) return `index ${name} of group ${entry.group} on ${node.id}: ${violations.join('; ')}`;
    if (counted !== rows.length) return `index ${name} of group ${entry.group} on ${node.id} counts ${counted} entries and holds ${rows.length}`;
  }
  return collectionDifference(entry, indexes.map(({indexId}) => indexId), node);
}

/** Rows beside the items of a partition, of one kind, as a node keeps them. */
export async function sideRowsOf(entry: PartitionEntry, index: number, node: SimNode): Promise<readonly StoreRow[]> {
  return entry.index === BASE_INDEX_ID ? rowsOf(node, underIndex(entry, index)) : [];
}

/** Whether a node keeps something of a partition that waits to be told to global indexes. */
export async function hasOutbox(entry: PartitionEntry, node: SimNode): Promise<boolean> {
  return (await sideRowsOf(entry, OUTBOX_INDEX_ID, node)).length > 0;
}

/**
 * What the global indexes of a table show beside what its items say, after quiet.
 * @param holderOf a node that holds a partition's rows as they are now @returns undefined when they agree
 */
export async function globalIndexDifference(table: TableDescriptor, partitions: readonly PartitionEntry[], holderOf: (entry: PartitionEntry) => SimNode | undefined): Promise<string | undefined> {
  const itemsOf = async (index: number): Promise<readonly ItemJson[]> => {
    const items: ItemJson[] = [];
    for (const entry of partitions.filter((each) => each.table === table.tableId && each.index === index)) {
      const node = holderOf(entry);
      if (node !== undefined) for (const {value} of await rowsOf(node, {from: entry.from, until: entry.until})) items.push(JSON.parse(utf8Decode(storedBody(value))) as ItemJson);
    }
    return items;
  };
  const indexes = fedGlobalIndexes(table);
  const baseRows = indexes.length === 0 ? [] : await itemsOf(BASE_INDEX_ID);
  for (const {indexId, name, hash, range, projection} of indexes) {
    const {violations} = auditIndex({
      baseRows, indexRows: await itemsOf(indexId), baseKey: keyNames(table.keySchema), indexKey: [...hash, ...range].map((attribute) => attribute.name),
      projection: projection.kind === 'INCLUDE' ? {kind: 'include', attributes: projection.attributes} : {kind: projection.kind === 'ALL' ? 'all' : 'keys-only'},
    });
    if (violations.length > 0) return `global index ${name} of table ${table.name}: ${violations.join('; ')}`;
  }
  return undefined;
}

/** @returns which collection of a partition is recorded with another size than its items and entries have together; undefined when none is */
async function collectionDifference(entry: PartitionEntry, indexIds: readonly number[], node: SimNode): Promise<string | undefined> {
  const sizes = new Map<string, number>();
  const add = (key: Uint8Array, sizeBytes: number): void => {
    const text = toHex(collectionKeyOf(key));
    sizes.set(text, (sizes.get(text) ?? 0) + sizeBytes);
  };
  for (const {key, value} of await rowsOf(node, {from: entry.from, until: entry.until})) add(key, readStoredItemSizeBytes(value));
  for (const id of indexIds) for (const {key, value} of await rowsOf(node, underIndex(entry, id))) add(baseKeyOfEntry(key), readStoredItemSizeBytes(value));
  const recorded = new Map((await rowsOf(node, underIndex(entry, COLLECTION_INDEX_ID))).map(({key, value}) => [toHex(key), decodeCollectionSize(value)]));
  for (const key of new Set([...sizes.keys(), ...recorded.keys()])) {
    const [held, told] = [sizes.get(key) ?? 0, recorded.get(key) ?? 0];
    if (held !== told) return `a collection of group ${entry.group} on ${node.id} is recorded with ${told} bytes and has ${held}: ${key}`;
  }
  return undefined;
}
