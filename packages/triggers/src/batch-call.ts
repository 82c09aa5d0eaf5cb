import {isoTimeText} from '@murmuration/base';
import type {Clock, EventSink, FunctionPort, Random} from '@murmuration/base';
import {TriggerError} from './errors.js';
import type {TriggerEvent} from './events.js';
import {createdAtMs} from './function-record.js';
import type {FunctionRecord} from './function-record.js';
import type {TriggerMetrics} from './metrics.js';
import type {TriggerTuning} from './ports.js';
import type {TriggerDefinition} from './trigger-definition.js';

export interface BatchCallContext {
  readonly definition: TriggerDefinition;
  readonly shard: string;
  readonly functions: FunctionPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink;
  readonly metrics: TriggerMetrics;
  readonly tuning: TriggerTuning;
  /** @throws TriggerError `Stopped` when the runner may not go on */
  readonly pause: (ms: number) => Promise<void>;
  /** Sequence number of a record that is gone from the stream is not tried any longer. */
  readonly retentionMs: number;
}

/** Bytes of one event: what Lambda takes. */
export const EVENT_BYTES_MAX = 6 * 1024 * 1024;

/**
 * Calls the function with one batch until it is dealt with: it succeeded, or its records were given up and the news of it
 * was given away. Comes back only then.
 * @throws TriggerError `Stopped`
 */
export async function callWithBatch(context: BatchCallContext, records: readonly FunctionRecord[], attemptsBefore = 0): Promise<void> {
  let left = records;
  for (let attempt = attemptsBefore; left.length > 0; attempt += 1) {
    left = await withoutOld(context, left);
    if (left.length === 0) return;
    const outcome = await callOnce(context, left, attempt);
    if (outcome.kind === 'done') return;
    if (outcome.kind === 'failed-from') {
      context.metrics.delivered.add(outcome.index);
      left = left.slice(outcome.index);
    }
    if (context.definition.bisectBatchOnFunctionError && left.length > 1 && (outcome.kind === 'failed' || outcome.index === 0)) {
      // Halves are no retries: else a batch of many records could use up its tries on the way to the bad one.
      const middle = Math.ceil(left.length / 2);
      await callWithBatch(context, left.slice(0, middle), attempt);
      await callWithBatch(context, left.slice(middle), attempt);
      return;
    }
    const {maximumRetryAttempts} = context.definition;
    if (maximumRetryAttempts >= 0 && attempt >= maximumRetryAttempts) {
      await giveUp(context, left, 'RetryAttemptsExhausted', attempt + 1);
      return;
    }
    const {retryMs, retryMsMax} = context.tuning;
    const fullMs = Math.min(retryMsMax, retryMs * 2 ** Math.min(attempt, 20));
    await context.pause(fullMs / 2 + context.random.below(Math.ceil(fullMs / 2) + 1));
  }
}

type CallOutcome = {readonly kind: 'done'} | {readonly kind: 'failed'} | {readonly kind: 'failed-from'; readonly index: number};

async function callOnce(context: BatchCallContext, records: readonly FunctionRecord[], attempt: number): Promise<CallOutcome> {
  const {definition, functions, metrics} = context;
  let answer: string;
  try {
    answer = await functions.invoke(definition.target, JSON.stringify({Records: records}), definition.timeoutSeconds * 1000);
  } catch (cause) {
    failed(context, attempt, records.length, cause instanceof Error ? cause.message : 'failed');
    return {kind: 'failed'};
  }
  const from = definition.reportBatchItemFailures ? failedFrom(answer, records) : undefined;
  if (from === undefined) {
    metrics.succeeded.add(1);
    metrics.delivered.add(records.length);
    const last = records.at(-1);
    if (last !== undefined) metrics.iteratorAge.set(Math.max(0, context.clock.wallMs() - createdAtMs(last)) / 1000);
    return {kind: 'done'};
  }
  failed(context, attempt, records.length - from, 'the function names records that failed');
  return {kind: 'failed-from', index: from};
}

/**
 * Where the lowest record stands that a function names as failed: nothing named is success, and a name that is none of the
 * batch's, or empty, fails all of it.
 */
export function failedFrom(answer: string, records: readonly FunctionRecord[]): number | undefined {
  let json: unknown;
  try {
    json = answer.trim() === '' ? undefined : JSON.parse(answer);
  } catch {
    return 0;
  }
  if (json === undefined || json === null) return undefined;
  const failures = (json as {readonly batchItemFailures?: unknown}).batchItemFailures;
  if (failures === undefined || failures === null) return undefined;
  if (!Array.isArray(failures)) return 0;
  let lowest: number | undefined;
  for (const failure of failures as readonly unknown[]) {
    const identifier = (failure as {readonly itemIdentifier?: unknown} | null)?.itemIdentifier;
    const at = records.findIndex(({dynamodb}) => dynamodb.SequenceNumber === identifier);
    if (at < 0) return 0;
    lowest = Math.min(lowest ?? at, at);
  }
  return lowest;
}

function failed({definition, shard, events, metrics}: BatchCallContext, attempt: number, recordCount: number, reason: string): void {
  metrics.failed.add(1);
  const event: TriggerEvent = {event: 'trigger/invocation-failed', level: 'warn', trigger: definition.name, shard, attempt, recordCount, reason};
  events.emit(event);
}

async function withoutOld(context: BatchCallContext, records: readonly FunctionRecord[]): Promise<readonly FunctionRecord[]> {
  const {maximumRecordAgeInSeconds} = context.definition;
  const ageMsMax = maximumRecordAgeInSeconds < 0 ? context.retentionMs : Math.min(maximumRecordAgeInSeconds * 1000, context.retentionMs);
  const oldest = context.clock.wallMs() - ageMsMax;
  const young = records.findIndex((record) => createdAtMs(record) >= oldest);
  const old = young < 0 ? records : records.slice(0, young);
  if (old.length > 0) await giveUp(context, old, 'RecordAgeExceeded', 0);
  return young < 0 ? [] : records.slice(young);
}

/** The news of records that are given up: which they were, not what was in them. It is given away, or the batch stays where it is. */
async function giveUp(context: BatchCallContext, records: readonly FunctionRecord[], condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded', attempts: number): Promise<void> {
  const {definition, shard, clock, functions, events, metrics, tuning} = context;
  const [first, last] = [records[0], records.at(-1)];
  if (first === undefined || last === undefined) return;
  const event: TriggerEvent = {event: 'trigger/records-dropped', level: 'error', trigger: definition.name, shard, recordCount: records.length, condition};
  events.emit(event);
  metrics.dropped.add(records.length);
  const {onFailure} = definition;
  if (onFailure === undefined) return;
  const at = (ms: number): string => `${isoTimeText(Math.floor(ms))}Z`;
  const document = JSON.stringify({
    requestContext: {requestId: first.eventID, functionArn: definition.name, condition, approximateInvokeCount: attempts},
    version: '1.0', timestamp: at(clock.wallMs()),
    DDBStreamBatchInfo: {
      shardId: shard, startSequenceNumber: first.dynamodb.SequenceNumber, endSequenceNumber: last.dynamodb.SequenceNumber,
      approximateArrivalOfFirstRecord: at(createdAtMs(first)), approximateArrivalOfLastRecord: at(createdAtMs(last)), batchSize: records.length, streamArn: definition.streamArn,
    },
  });
  for (let tried = 0; ; tried += 1) {
    try {
      await functions.deliver(onFailure, document, definition.timeoutSeconds * 1000);
      return;
    } catch (cause) {
      if (cause instanceof TriggerError && cause.failure.code === 'Stopped') throw cause;
      failed(context, tried, records.length, `the news of a lost batch could not be given away: ${cause instanceof Error ? cause.message : 'failed'}`);
      await context.pause(Math.min(tuning.retryMsMax, tuning.retryMs * 2 ** Math.min(tried, 20)));
    }
  }
}

/** Cuts records into batches, in their order. */
export function batchesOf(records: readonly FunctionRecord[], batchSize: number, sizeBytesMax = EVENT_BYTES_MAX): readonly (readonly FunctionRecord[])[] {
  const batches: FunctionRecord[][] = [];
  let sizeBytes = 0;
  for (const record of records) {
    // Three bytes a UTF-16 unit at most.
    const recordBytes = JSON.stringify(record).length * 3;
    const current = batches.at(-1);
    if (current === undefined || current.length >= batchSize || sizeBytes + recordBytes > sizeBytesMax) {
      batches.push([record]);
      sizeBytes = recordBytes;
    } else {
      current.push(record);
      sizeBytes += recordBytes;
    }
  }
  return batches;
}
