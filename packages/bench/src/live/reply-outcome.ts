import {isWrite} from './request-body.js';
import type {OperationKind} from '../workloads/workload-spec.js';

/** What an answer means to the one who counts. */
export type Outcome =
  | {readonly kind: 'accepted'; readonly readHalfUnits: number; readonly writeHalfUnits: number}
  | {readonly kind: 'throttled'; readonly reason: string}
  | {readonly kind: 'failed'; readonly error: string; readonly mayRetry: boolean};

const THROTTLES = new Set(['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded']);
const THROTTLED_CODES = new Set(['ThrottlingError', 'ProvisionedThroughputExceeded']);

/** @param status 0 when there was no answer, and `text` the reason */
export function outcomeOf(operation: OperationKind, status: number, text: string): Outcome {
  if (status === 200) {
    const halfUnits = consumedHalfUnits(text);
    return isWrite(operation) ? {kind: 'accepted', readHalfUnits: 0, writeHalfUnits: halfUnits} : {kind: 'accepted', readHalfUnits: halfUnits, writeHalfUnits: 0};
  }
  if (status === 0) return {kind: 'failed', error: text, mayRetry: true};
  const body = parse(text);
  const error = String(body.get('__type') ?? `status ${status}`).replace(/^.*#/, '');
  if (THROTTLES.has(error)) return {kind: 'throttled', reason: firstReason(body) ?? error};
  if (error === 'TransactionCanceledException') {
    const code = listOf(body.get('CancellationReasons')).map((reason) => String(membersOf(reason).get('Code') ?? '')).find((one) => THROTTLED_CODES.has(one));
    if (code !== undefined) return {kind: 'throttled', reason: code};
  }
  return {kind: 'failed', error, mayRetry: status >= 500};
}

/** The first of the exception's reasons. DynamoDB writes the member's name in either case. */
function firstReason(body: ReadonlyMap<string, unknown>): string | undefined {
  const [first] = listOf(body.get('ThrottlingReasons') ?? body.get('throttlingReasons'));
  const reason = membersOf(first).get('reason');
  return typeof reason === 'string' ? reason : undefined;
}

/** All `CapacityUnits` of the answer; with `TOTAL` there is one for each table. */
function consumedHalfUnits(text: string): number {
  let halfUnits = 0;
  for (let at = text.indexOf('"CapacityUnits":'); at >= 0; at = text.indexOf('"CapacityUnits":', at + 16)) {
    halfUnits += Math.round(Number.parseFloat(text.slice(at + 16, at + 40)) * 2);
  }
  return halfUnits;
}

function parse(text: string): ReadonlyMap<string, unknown> {
  try {
    return membersOf(JSON.parse(text));
  } catch {
    return new Map();
  }
}
function membersOf(value: unknown): ReadonlyMap<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? new Map(Object.entries(value)) : new Map();
}
function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
