import type {StatusPartition} from '@murmuration/server';
import {storedKeyText} from './partition-of-key.js';
import {WireClient} from './wire-client.js';

/** From one write of a prober to its next, at least: its own load stays small beside the one that is looked at. */
const PERIOD_MS = 5;
/** After an attempt that failed; the time counts for the gap. */
const RETRY_MS = 2;
const KEYS_A_PARTITION = 16;
const KEY_TRIES_MAX = 100_000;
/** Longer than what the service itself gives a request. */
const TIMEOUT_MS = 8_000;

/** A time without an acknowledged write in one partition, by the monotonic clock. */
export interface Gap {
  readonly partition: number;
  readonly fromMs: number;
  readonly lengthMs: number;
}

/**
 * One writer for each partition of a table, its next write behind the answer of the last: the longest pause between two
 * acknowledgements is how long that partition stood still, to a few milliseconds. A write without an answer is sent
 * again at once by another connection, as an SDK does.
 */
export class PartitionProbe {
  readonly #endpoint: string;
  readonly #table: string;
  readonly #keys: ReadonlyMap<number, readonly string[]>;
  readonly #acknowledgedMs = new Map<number, number[]>();
  #writing: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor(endpoint: string, table: string, tableId: number, partitions: readonly StatusPartition[]) {
    this.#endpoint = endpoint;
    this.#table = table;
    this.#keys = new Map(partitions.map((partition) => [partition.id, keysIn(partition, tableId)]));
    for (const {id} of partitions) this.#acknowledgedMs.set(id, []);
  }
  start(): void {
    this.#writing = Promise.all([...this.#keys].map(([id, keys]) => this.#write(id, keys)));
  }
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#writing;
  }
  /** The longest gap of each partition within a span, the greatest first. */
  gaps(fromMs: number, untilMs: number): readonly Gap[] {
    return [...this.#acknowledgedMs].map(([partition, timesMs]) => longestOf(partition, timesMs, fromMs, untilMs)).sort((a, b) => b.lengthMs - a.lengthMs);
  }
  /** The least number of writes a second among the partitions: how fine the gaps are measured. */
  writesPerSecondMin(fromMs: number, untilMs: number): number {
    const counts = [...this.#acknowledgedMs.values()].map((timesMs) => timesMs.filter((atMs) => atMs >= fromMs && atMs < untilMs).length);
    return Math.min(...counts) / ((untilMs - fromMs) / 1_000);
  }

  async #write(id: number, keys: readonly string[]): Promise<void> {
    const wire = new WireClient(this.#endpoint, 1, TIMEOUT_MS);
    const timesMs = this.#acknowledgedMs.get(id) ?? [];
    for (let i = 0; !this.#isStopped; i += 1) {
      const startMs = performance.now();
      const key = keys[i % keys.length] ?? '';
      const isTaken = await wire.call('PutItem', {TableName: this.#table, Item: {pk: {S: key}, n: {N: String(i)}}}).then(({status}) => status === 200, () => false);
      const endMs = performance.now();
      if (isTaken) timesMs.push(endMs);
      const pauseMs = isTaken ? startMs + PERIOD_MS - endMs : RETRY_MS;
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    wire.close();
  }
}

function keysIn({from, until}: StatusPartition, tableId: number): readonly string[] {
  const keys: string[] = [];
  for (let i = 0; i < KEY_TRIES_MAX && keys.length < KEYS_A_PARTITION; i += 1) {
    const stored = storedKeyText(tableId, `probe-${i}`);
    if (from <= stored && stored < until) keys.push(`probe-${i}`);
  }
  if (keys.length === 0) throw new Error('no key was found for a partition');
  return keys;
}

function longestOf(partition: number, timesMs: readonly number[], fromMs: number, untilMs: number): Gap {
  let longest: Gap = {partition, fromMs, lengthMs: 0};
  let before = fromMs;
  for (const atMs of [...timesMs.filter((time) => time >= fromMs && time < untilMs), untilMs]) {
    if (atMs - before > longest.lengthMs) longest = {partition, fromMs: before, lengthMs: atMs - before};
    before = atMs;
  }
  return longest;
}
