import {KEY_KIND_CATALOG, PARTITION_GROUP_ID_MIN, DecodeError, concatBytes, prefixEnd, toNodeId, utf8Decode, utf8Encode} from '@murmuration/base';
import type {NodeId, ScanRange, StorePort, WriteBatch} from '@murmuration/base';
import type {JobEntry} from '@murmuration/control-client';
import {scalingKey} from '@murmuration/model';
import type {ScalingRecord, TableDescriptor} from '@murmuration/model';
import {clusterMapContentFromJson, clusterMapContentToJson} from '@murmuration/placement';
import type {NodeEntry, PartitionEntry} from '@murmuration/placement';
import type {Catalog, CatalogCounters} from './catalog.js';
import type {CatalogChange} from './map-history.js';
import {canonicalJson} from './canonical-json.js';
import type {NodeFate} from './node-registry.js';

/** How the catalog lies in the store: one row a table, partition, node, job and fate of a node, and one of counters. */
const ROW_COUNTERS = 0;
const ROW_TABLE = 1;
const ROW_PARTITION = 2;
const ROW_NODE = 3;
const ROW_JOB = 4;
const ROW_FATE = 5;
/** One row for all settings: they are few, and travel as a whole. */
const ROW_SETTINGS = 6;
/** A row for each target of auto scaling. */
const ROW_SCALING = 7;
const READ_ROW_COUNT = 256;

export function catalogRange(): ScanRange {
  const prefix = Uint8Array.of(KEY_KIND_CATALOG);
  return {from: prefix, until: prefixEnd(prefix) ?? prefix};
}

/** Adds the rows of one change to `batch`. */
export function writeCatalogChange(catalog: Catalog, change: CatalogChange, batch: WriteBatch): void {
  batch.put(rowKey(ROW_COUNTERS, ''), utf8Encode(canonicalJson(catalog.counters())));
  for (const id of change.tables) putOrDelete(batch, rowKey(ROW_TABLE, String(id)), rowOf({table: catalog.table(id)}));
  for (const id of change.partitions) putOrDelete(batch, rowKey(ROW_PARTITION, String(id)), rowOf({partition: catalog.partition(id)}));
  for (const id of change.nodes) putOrDelete(batch, rowKey(ROW_NODE, id), rowOf({node: catalog.node(id)}));
  for (const job of change.jobs) putOrDelete(batch, rowKey(ROW_JOB, String(job)), jsonOf(catalog.job(job)));
  if (change.settings === true) batch.put(rowKey(ROW_SETTINGS, ''), utf8Encode(canonicalJson(catalog.settings)));
  for (const key of change.scaling ?? []) putOrDelete(batch, rowKey(ROW_SCALING, key), jsonOf(catalog.scaling.get(key)));
  for (const node of change.fates) putOrDelete(batch, rowKey(ROW_FATE, node), jsonOf(catalog.fate(node)));
}

/** @throws DecodeError when a row is not what this version writes */
export async function readCatalog(store: StorePort, catalog: Catalog): Promise<void> {
  let counters: CatalogCounters = {version: 0, nextTableId: 1, nextGroupId: PARTITION_GROUP_ID_MIN, nextJob: 1, isBalancing: false};
  const tables: unknown[] = [];
  const partitions: unknown[] = [];
  const nodes: unknown[] = [];
  const jobs: JobEntry[] = [];
  const fates: (readonly [NodeId, NodeFate])[] = [];
  const scaling: ScalingRecord[] = [];
  let settings: unknown;
  const iterator = store.iterate(catalogRange());
  for (;;) {
    const rows = await iterator.next(READ_ROW_COUNT);
    for (const row of rows) {
      if (row.key[1] === ROW_JOB) {
        jobs.push(parseJob(row.value));
        continue;
      }
      if (row.key[1] === ROW_SETTINGS) {
        settings = JSON.parse(utf8Decode(row.value));
        continue;
      }
      if (row.key[1] === ROW_SCALING) {
        scaling.push(parseScaling(row.key, row.value));
        continue;
      }
      if (row.key[1] === ROW_FATE) {
        fates.push([toNodeId(utf8Decode(row.key.subarray(2))), JSON.parse(utf8Decode(row.value)) as NodeFate]);
        continue;
      }
      const json = JSON.parse(utf8Decode(row.value)) as CatalogCounters & {tables?: unknown[]; partitions?: unknown[]; nodes?: unknown[]};
      if (row.key[1] === ROW_COUNTERS) {
        // Counters of an older version know no jobs.
        counters = {...counters, ...json};
        continue;
      }
      tables.push(...(json.tables ?? []));
      partitions.push(...(json.partitions ?? []));
      nodes.push(...(json.nodes ?? []));
    }
    if (rows.length < READ_ROW_COUNT) break;
  }
  await iterator.close();
  if (!Number.isSafeInteger(counters.nextGroupId)) throw new DecodeError('catalog counters are damaged');
  // Decoded as one document, so that the checks across rows (no hole, no double) run over the whole catalog.
  const frame = clusterMapContentToJson({version: counters.version, tables: [], partitions: [], nodes: []}) as object;
  catalog.load(counters, clusterMapContentFromJson({...frame, tables, partitions, nodes, settings}), jobs, fates, scaling);
}

function parseJob(value: Uint8Array): JobEntry {
  // What is undefined does not stand in JSON.
  const absent = {from: undefined, to: undefined, toNode: undefined, child: undefined, failure: undefined};
  const job = {...absent, ...(JSON.parse(utf8Decode(value)) as Omit<JobEntry, keyof typeof absent>)};
  if (!Number.isSafeInteger(job.job) || !Number.isSafeInteger(job.version) || !Number.isSafeInteger(job.group)) throw new DecodeError('a job of the catalog is damaged');
  return job;
}

function parseScaling(key: Uint8Array, value: Uint8Array): ScalingRecord {
  const record = {roleArn: undefined, policy: undefined, ...(JSON.parse(utf8Decode(value)) as Omit<ScalingRecord, 'roleArn' | 'policy'>)};
  if (scalingKey(record) !== utf8Decode(key.subarray(2)) || !Array.isArray(record.activities)) throw new DecodeError('a target of auto scaling is damaged');
  return record;
}

function jsonOf(value: unknown): Uint8Array | undefined {
  return value === undefined ? undefined : utf8Encode(canonicalJson(value));
}

function rowOf(one: {table?: TableDescriptor | undefined; partition?: PartitionEntry | undefined; node?: NodeEntry | undefined}): Uint8Array | undefined {
  if (one.table === undefined && one.partition === undefined && one.node === undefined) return undefined;
  return utf8Encode(
    canonicalJson(
      clusterMapContentToJson({
        version: 0,
        tables: one.table === undefined ? [] : [one.table],
        partitions: one.partition === undefined ? [] : [one.partition],
        nodes: one.node === undefined ? [] : [one.node],
      }),
    ),
  );
}

function rowKey(kind: number, id: string): Uint8Array {
  return concatBytes([Uint8Array.of(KEY_KIND_CATALOG, kind), utf8Encode(id)]);
}

function putOrDelete(batch: WriteBatch, key: Uint8Array, value: Uint8Array | undefined): void {
  if (value === undefined) batch.delete(key);
  else batch.put(key, value);
}

