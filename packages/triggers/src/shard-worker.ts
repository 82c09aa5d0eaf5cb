import type {ApiCaller, Json} from './api.js';
import {batchesOf, callWithBatch} from './batch-call.js';
import type {BatchCallContext} from './batch-call.js';
import {TriggerError, isApiError} from './errors.js';
import type {TriggerEvent} from './events.js';
import type {Filter} from './filter-pattern.js';
import {createdAtMs, itemTextOf, toFunctionRecord} from './function-record.js';
import type {FunctionRecord} from './function-record.js';
import type {Checkpoint, TriggerStore} from './trigger-store.js';

/** Records of one read. */
const READ_COUNT_MAX = 1_000;

export interface ShardWork extends BatchCallContext {
  readonly api: ApiCaller;
  readonly store: TriggerStore;
  readonly filter: Filter;
  readonly epoch: number;
  /** @throws TriggerError `Stopped` */
  readonly check: () => void;
}

/**
 * Reads one shard from where its checkpoint says to its end, and deals with every record on the way. A checkpoint is written
 * only behind records that are dealt with, so each is dealt with at least once.
 * @throws TriggerError `Stopped`; `Api` when the stream does not answer: it is begun again from the checkpoint
 */
export async function workShard(work: ShardWork, from: Checkpoint | undefined): Promise<void> {
  const {definition, tuning, clock} = work;
  const windowMs = definition.maximumBatchingWindowInSeconds * 1000;
  const wantedCount = definition.batchSize * definition.parallelizationFactor;
  let iterator: string | undefined = await iteratorOf(work, from?.after);
  let waiting: FunctionRecord[] = [];
  let waitingFromMs = 0;
  /** The last record that was read, wanted or not. */
  let last: string | undefined = from?.after;
  let kept = last;
  for (;;) {
    work.check();
    if (iterator !== undefined && waiting.length < wantedCount) {
      const page: Json = await work.api.streams('GetRecords', {ShardIterator: iterator, Limit: Math.min(READ_COUNT_MAX, wantedCount - waiting.length)});
      const found = (page['Records'] as readonly Json[]).map((record) => toFunctionRecord(record, definition.streamArn));
      const wanted = found.filter((record) => isWanted(work, record));
      work.metrics.filtered.add(found.length - wanted.length);
      if (waiting.length === 0) waitingFromMs = clock.monotonicMs();
      waiting = [...waiting, ...wanted];
      last = found.at(-1)?.dynamodb.SequenceNumber ?? last;
      iterator = page['NextShardIterator'] as string | undefined;
      const isFull = waiting.length >= wantedCount || clock.monotonicMs() - waitingFromMs >= windowMs;
      if (iterator !== undefined && (waiting.length === 0 || !isFull)) {
        if (waiting.length === 0 && last !== undefined && last !== kept) kept = await keep(work, last, false);
        await work.pause(found.length > 0 ? 0 : tuning.pollMs);
        continue;
      }
    }
    if (waiting.length > 0) await dealWith(work, waiting);
    waiting = [];
    if (last !== undefined && last !== kept) kept = await keep(work, last, iterator === undefined);
    if (iterator === undefined) {
      await keep(work, last, true);
      return;
    }
  }
}

/** Keys go to lanes, and lanes go side by side: records of one item stay in their order. */
async function dealWith(work: ShardWork, records: readonly FunctionRecord[]): Promise<void> {
  const {batchSize, parallelizationFactor} = work.definition;
  const lanes = Array.from({length: parallelizationFactor}, (): FunctionRecord[] => []);
  for (const record of records) lanes[parallelizationFactor === 1 ? 0 : laneOf(itemTextOf(record), parallelizationFactor)]?.push(record);
  // All lanes come to an end before one's failure is told: nothing goes on behind a worker that is gone.
  const ends = await Promise.allSettled(lanes.map(async (lane) => {
    for (const batch of batchesOf(lane, batchSize)) await callWithBatch(work, batch);
  }));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
function laneOf(text: string, count: number): number {
  let hash = 0;
  for (let i = 0; i < text.length; i += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) >>> 0;
  return hash % count;
}

/** Whoever begins at the end gets what was changed since the trigger was made, to the second. */
function isWanted({definition, filter}: ShardWork, record: FunctionRecord): boolean {
  if (definition.startingPosition === 'LATEST' && createdAtMs(record) < Math.floor(definition.createdAtMs / 1000) * 1000) return false;
  return filter(record);
}

async function keep(work: ShardWork, after: string | undefined, isDone: boolean): Promise<string | undefined> {
  if (!(await work.store.saveCheckpoint(work.definition, work.shard, {after, isDone}, work.epoch))) throw new TriggerError({code: 'Stopped'});
  return after;
}

async function iteratorOf(work: ShardWork, after: string | undefined): Promise<string> {
  const {api, definition, shard} = work;
  const oldest = {StreamArn: definition.streamArn, ShardId: shard, ShardIteratorType: 'TRIM_HORIZON'};
  if (after === undefined) return String((await api.streams('GetShardIterator', oldest))['ShardIterator']);
  try {
    return String((await api.streams('GetShardIterator', {...oldest, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after}))['ShardIterator']);
  } catch (error) {
    if (!isApiError(error, 'TrimmedDataAccessException')) throw error;
    const event: TriggerEvent = {event: 'trigger/records-trimmed', level: 'error', trigger: definition.name, shard};
    work.events.emit(event);
    return String((await api.streams('GetShardIterator', oldest))['ShardIterator']);
  }
}
