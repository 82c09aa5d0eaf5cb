import {createHash} from 'node:crypto';
import {join} from 'node:path';
import {KEY_KIND_ITEM, nullMetrics, toHex} from '@murmuration/base';
import type {EventRecord, EventSink} from '@murmuration/base';
import {openFileLog} from '@murmuration/log-file';
import type {StatusPartition} from '@murmuration/server';
import {openRocksDbStore} from '@murmuration/store-rocksdb';
import {systemClock} from '@murmuration/system';
import type {ClusterNode} from './cluster.js';

const ROWS_A_READ = 1_000;

export interface AuditResult {
  readonly rowCount: number;
  readonly comparedCount: number;
  /** Replicas of a partition that hold different rows, and stores and logs that cannot be read. */
  readonly differences: readonly string[];
}

class ErrorEvents implements EventSink {
  readonly errors: EventRecord[] = [];
  isEnabled(level: string): boolean {
    return level === 'error';
  }
  emit(record: EventRecord): void {
    if (record.level === 'error') this.errors.push(record);
  }
}

interface PartitionDigest {
  readonly rowCount: number;
  readonly digest: string;
}

/**
 * Reads the stores and the logs of stopped processes: the replicas of each partition must hold the same rows, byte for byte, and
 * every log must open without damage.
 */
export async function auditReplicas(nodes: readonly ClusterNode[], partitions: readonly StatusPartition[]): Promise<AuditResult> {
  const differences: string[] = [];
  const byNode = new Map<string, ReadonlyMap<number, PartitionDigest>>();
  for (const node of nodes) {
    try {
      byNode.set(node.id, await digestStore(join(node.volume.dataDirectory, 'store'), partitions.filter((partition) => partition.replicas.some((replica) => replica.node === node.id))));
      const damage = await checkLog(join(node.volume.dataDirectory, 'log'));
      if (damage !== undefined) differences.push(`log of ${node.id}: ${damage}`);
    } catch (cause) {
      differences.push(`${node.id}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
  let rowCount = 0;
  let comparedCount = 0;
  for (const partition of partitions) {
    const digests = partition.replicas.filter((replica) => replica.role !== 'log').map((replica) => ({node: replica.node, found: byNode.get(replica.node)?.get(partition.id)}));
    const first = digests[0]?.found;
    rowCount += first?.rowCount ?? 0;
    comparedCount += 1;
    if (digests.some(({found}) => found?.digest !== first?.digest)) {
      differences.push(`partition ${partition.id}: ${digests.map(({node, found}) => `${node} holds ${found?.rowCount ?? 0} rows, ${found?.digest.slice(0, 12) ?? 'none'}`).join('; ')}`);
    }
  }
  return {rowCount, comparedCount, differences};
}

async function digestStore(directory: string, partitions: readonly StatusPartition[]): Promise<ReadonlyMap<number, PartitionDigest>> {
  const store = await openRocksDbStore({directory}, {events: new ErrorEvents(), metrics: nullMetrics});
  const sorted = [...partitions].sort((a, b) => (a.from < b.from ? -1 : 1));
  const counts = new Map(sorted.map((partition) => [partition.id, {rowCount: 0, hash: createHash('sha256')}]));
  try {
    const iterator = store.iterate({from: Uint8Array.of(KEY_KIND_ITEM), until: Uint8Array.of(KEY_KIND_ITEM + 1)});
    for (;;) {
      const rows = await iterator.next(ROWS_A_READ);
      if (rows.length === 0) break;
      for (const {key, value} of rows) {
        const text = toHex(key);
        const partition = sorted.find((candidate) => candidate.from <= text && text < candidate.until);
        // Rows outside of every range held here are leftovers of a partition that has gone; nobody reads them.
        const entry = partition === undefined ? undefined : counts.get(partition.id);
        if (entry === undefined) continue;
        entry.rowCount += 1;
        entry.hash.update(`${key.length} ${value.length} `).update(key).update(value);
      }
    }
    await iterator.close();
  } finally {
    await store.close();
  }
  return new Map([...counts].map(([id, {rowCount, hash}]) => [id, {rowCount, digest: hash.digest('hex')}]));
}

/** @returns what is wrong with a log; undefined when it opens without complaint */
async function checkLog(directory: string): Promise<string | undefined> {
  const events = new ErrorEvents();
  const log = await openFileLog({directory, freeBytesMin: 0}, {clock: systemClock, events, metrics: nullMetrics});
  await log.close();
  return events.errors.length === 0 ? undefined : JSON.stringify(events.errors[0]);
}
