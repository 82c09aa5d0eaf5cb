import {BASE_INDEX_ID, compareBytes} from '@murmuration/base';
import {indexIdOf} from '@murmuration/model';
import type {IndexSource, IndexWrite} from '@murmuration/partition';
import type {PartitionClient, PartitionOutcome} from '@murmuration/partition-client';
import type {PartitionEntry} from '@murmuration/placement';
import type {IndexOutbox, OutboxEntry, OutboxRow} from './index-outbox.js';

/** One request ends with the sequence in which it reaches either. */
const BATCH_ENTRIES_MAX = 128;
const BATCH_BYTES_MAX = 512 * 1024;
/** Rows looked at from the oldest on: a partition of an index that does not answer holds no others up, within reason. */
const WINDOW_ROWS_MAX = 4_096;
const CALL_TIMEOUT_MS = 5_000;
/**
 * How long the next gathering waits for company, for each write that the last one told: some 130 µs of CPU are what a request costs its
 * sender, the leader of the index and two followers, however many entries it has. Above 200 writes a second the wait grows to its bound,
 * where a partition with two indexes in four partitions each sends 80 requests a second; below, it shrinks to nothing.
 */
const WAIT_MS_PER_WRITE = 5;
const WAIT_MS_MAX = 100;

interface Batch {
  readonly target: PartitionEntry;
  readonly writes: {readonly sequence: number; readonly entries: OutboxEntry[]}[];
  /** Those that entries of it belong to. */
  readonly rows: Set<OutboxRow>;
  entryCount: number;
  sizeBytes: number;
}

export interface PropagatorParts {
  readonly outbox: IndexOutbox;
  readonly partitions: Pick<PartitionClient, 'call' | 'map'>;
  /** Who this partition is by now. */
  source(): IndexSource;
  /** Whether anybody still wants what is told to an index. */
  isFed(indexId: number): boolean;
  nowMs(): number;
  /** Calls back later, once. */
  after(delayMs: number, run: () => void): void;
  /** Rows that wait less long are left to wait. */
  readonly lagMs: number;
  /** Entries of it were carried out; all of them, or none. */
  ended(outcome: PartitionOutcome['kind'], entryCount: number): void;
  /** Nobody wants an entry any more. */
  forgotten(): void;
  /** A row may be removed: nothing of it waits any more, nor of those before it of the same item. */
  told(row: OutboxRow): void;
}

/**
 * Tells partitions of global indexes what waits in the outbox. To each of them in the order of the log, one request at a
 * time, and again until it is answered: they know what they heard. A place of the ring that a request under way may touch
 * gets no second one, whatever the map says of its partitions meanwhile.
 */
export class IndexPropagator {
  readonly #parts: PropagatorParts;
  readonly #inFlight = new Set<Batch>();
  #isStopped = false;
  /** Not before this moment is anything told again. */
  #nextAtMs = Number.NEGATIVE_INFINITY;
  #isGatheringDue = false;
  /** A batch was full: what is left is told as soon as that one was answered. */
  #hasMore = false;
  constructor(parts: PropagatorParts) {
    this.#parts = parts;
  }
  stop(): void {
    this.#isStopped = true;
  }
  get inFlightCount(): number {
    return this.#inFlight.size;
  }

  /** Sends what can be sent, now or in a moment. Cheap when that is nothing. */
  pump(): void {
    const {outbox, nowMs, after} = this.#parts;
    if (this.#isStopped || this.#isGatheringDue || !outbox.isLoaded || outbox.rowCount === 0) return;
    const waitMs = this.#hasMore ? 0 : this.#nextAtMs - nowMs();
    if (waitMs > 0) {
      this.#isGatheringDue = true;
      after(waitMs, () => {
        this.#isGatheringDue = false;
        if (!this.#isStopped) this.#tell();
      });
    } else this.#tell();
  }
  #tell(): void {
    const batches = this.#gather();
    const writeCount = new Set(batches.flatMap(({rows}) => [...rows])).size;
    this.#nextAtMs = this.#parts.nowMs() + Math.min(WAIT_MS_MAX, writeCount * WAIT_MS_PER_WRITE);
    for (const batch of batches) this.#send(batch);
  }

  #gather(): readonly Batch[] {
    const {outbox, lagMs, nowMs} = this.#parts;
    const map = this.#parts.partitions.map.current();
    const untilMs = nowMs() - lagMs;
    const batches = new Map<PartitionEntry, Batch>();
    const held = new Set<PartitionEntry>();
    let seen = 0;
    let lastSequence = 0;
    this.#hasMore = false;
    for (const row of outbox.rows) {
      if (row.isGone || row.isTold) continue;
      // A sequence is told whole or not at all, so the window ends between two.
      if ((seen >= WINDOW_ROWS_MAX && row.sequence !== lastSequence) || row.sinceMs > untilMs) break;
      lastSequence = row.sequence;
      seen += 1;
      for (const entry of row.entries) {
        if (entry.state !== 'waiting') continue;
        const {key, value} = entry.change;
        if (!this.#parts.isFed(indexIdOf(key))) {
          this.#parts.forgotten();
          this.#done(row, entry);
          continue;
        }
        const target = map.partitionOfKey(key);
        if (target === undefined || target.index === BASE_INDEX_ID || held.has(target)) continue;
        if (this.#isTouched(target)) {
          held.add(target);
          continue;
        }
        let batch = batches.get(target);
        if (batch === undefined) {
          batch = {target, writes: [], rows: new Set(), entryCount: 0, sizeBytes: 0};
          batches.set(target, batch);
        }
        const last = batch.writes.at(-1);
        if (last?.sequence === row.sequence) last.entries.push(entry);
        else if (batch.entryCount >= BATCH_ENTRIES_MAX || batch.sizeBytes >= BATCH_BYTES_MAX) {
          held.add(target);
          this.#hasMore = true;
          continue;
        } else batch.writes.push({sequence: row.sequence, entries: [entry]});
        batch.rows.add(row);
        batch.entryCount += 1;
        batch.sizeBytes += key.length + (value?.length ?? 0);
      }
    }
    return [...batches.values()];
  }
  #isTouched({from, until}: PartitionEntry): boolean {
    for (const {target} of this.#inFlight) if (compareBytes(target.from, until) < 0 && compareBytes(from, target.until) < 0) return true;
    return false;
  }

  #send(batch: Batch): void {
    const {partitions, source, nowMs} = this.#parts;
    const {target} = batch;
    this.#inFlight.add(batch);
    for (const {entries} of batch.writes) for (const entry of entries) entry.state = 'sent';
    const writes: readonly IndexWrite[] = batch.writes.map(({sequence, entries}) => ({sequence, entries: entries.map(({change}) => change)}));
    partitions.call(
      target, {kind: 'index-write', group: target.group, epoch: target.epoch, source: source(), writes}, nowMs() + CALL_TIMEOUT_MS,
      (outcome) => this.#ended(batch, outcome),
    );
  }
  #ended(batch: Batch, outcome: PartitionOutcome): void {
    this.#inFlight.delete(batch);
    if (this.#isStopped) return;
    const isDone = outcome.kind === 'written';
    for (const {entries} of batch.writes) for (const entry of entries) entry.state = isDone ? 'done' : 'waiting';
    this.#parts.ended(outcome.kind, batch.entryCount);
    if (!isDone) return;
    for (const row of batch.rows) this.#told(row);
    this.pump();
  }
  #done(row: OutboxRow, entry: OutboxEntry): void {
    entry.state = 'done';
    this.#told(row);
  }
  #told(row: OutboxRow): void {
    if (row.isGone || row.isTold || !row.entries.every(({state}) => state === 'done')) return;
    for (const released of this.#parts.outbox.told(row)) this.#parts.told(released);
  }
}
