import {CheckerError} from './errors.js';
import type {ItemJson} from './attribute-value.js';
import type {Operation} from './operations.js';

/** Version of the record format; the first line of a file states it. */
export const HISTORY_VERSION = 1;

/** What a successful call brought. Absent images are `undefined`: no item, or nothing to show. */
export type Answer =
  | {readonly kind: 'written'}
  /** A get's item, or the image a write was asked to return. */
  | {readonly kind: 'image'; readonly item: ItemJson | undefined}
  | {readonly kind: 'images'; readonly items: readonly (ItemJson | undefined)[]}
  /** One entry per part of a list-append: the list read, or `undefined` where nothing was read. No list reads as empty. */
  | {readonly kind: 'lists'; readonly lists: readonly (readonly number[] | undefined)[]}
  | {readonly kind: 'rows'; readonly items: readonly ItemJson[]};

/** Why one part of a cancelled transaction was not done. `code` is DynamoDB's: None, ConditionalCheckFailed, TransactionConflict … */
export interface CancelReason {
  readonly code: string;
  readonly item?: ItemJson;
}

export type Outcome =
  | {readonly kind: 'ok'; readonly answer: Answer}
  /** A refused condition: a read that must fit as well. `hasImage` says that the image was asked for, so a missing `item` means no item. */
  | {readonly kind: 'condition-failed'; readonly hasImage: boolean; readonly item?: ItemJson; readonly reasons?: readonly CancelReason[]}
  /** An error that proves that nothing happened and nothing will. */
  | {readonly kind: 'no-effect'; readonly error: string}
  /** It may have happened, may happen later, or never. */
  | {readonly kind: 'unknown'; readonly error: string};

/** A client starts a call. A process has at most one call at a time. */
export interface InvokeRecord {
  readonly kind: 'invoke';
  /** Logical process: see `ProcessIds`. */
  readonly process: number;
  /** One monotonic clock for all clients of a history, in milliseconds with fraction. */
  readonly atMs: number;
  readonly operation: Operation;
  /** The node asked. */
  readonly node: string;
}
export interface CompleteRecord {
  readonly kind: 'complete';
  readonly process: number;
  readonly atMs: number;
  readonly outcome: Outcome;
}
export type HistoryRecord = InvokeRecord | CompleteRecord;

/** A call put together from its two records. Positions are places in the history, which is the order of real time. */
export interface Call {
  readonly process: number;
  readonly node: string;
  readonly operation: Operation;
  readonly invokedAt: number;
  readonly invokedMs: number;
  /** Infinity when the end is open: no record of it, or its outcome unknown. */
  readonly completedAt: number;
  readonly completedMs: number;
  readonly outcome: Outcome;
}

/** Gives out logical process ids so that clients in different files never share one. */
export class ProcessIds {
  #next: number;
  readonly #step: number;
  /** @param client 0..clientsMax-1, another one for each client of the history */
  constructor(client: number, clientsMax: number) {
    if (!Number.isSafeInteger(client) || client < 0 || client >= clientsMax) throw new CheckerError({code: 'BrokenHistory', detail: `client ${client} of ${clientsMax}`});
    this.#next = client;
    this.#step = clientsMax;
  }
  /** The process to go on as; after an unknown outcome the client calls `renew`. */
  get current(): number {
    return this.#next;
  }
  /** The old process never ends its call, so the client must go on as another one. */
  renew(): number {
    this.#next += this.#step;
    return this.#next;
  }
}

/** First line of a history file. */
export function historyHeader(): string {
  return `{"kind":"history","version":${HISTORY_VERSION}}\n`;
}
/** One line with its line end; append it to the file whole. */
export function encodeRecord(record: HistoryRecord): string {
  return `${JSON.stringify(record)}\n`;
}

const OPERATION_KINDS: ReadonlySet<string> = new Set<Operation['kind']>(['put', 'update', 'delete', 'get', 'transact-write', 'transact-get', 'list-append', 'scan']);
const OUTCOME_KINDS: ReadonlySet<string> = new Set<Outcome['kind']>(['ok', 'condition-failed', 'no-effect', 'unknown']);

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
/** JSON writes a missing entry of an array as null, and leaves a missing member out. */
function withoutNulls(answer: Answer): Answer {
  switch (answer.kind) {
    case 'image': return {kind: 'image', item: answer.item};
    case 'images': return {kind: 'images', items: answer.items.map((item) => item ?? undefined)};
    case 'lists': return {kind: 'lists', lists: answer.lists.map((list) => list ?? undefined)};
    default: return answer;
  }
}
function decodeRecord(value: unknown, line: number): HistoryRecord {
  const wrong = (detail: string): CheckerError => new CheckerError({code: 'BadRecord', line, detail});
  if (!isObject(value)) throw wrong('not an object');
  if (!Number.isSafeInteger(value['process'])) throw wrong('no process');
  if (typeof value['atMs'] !== 'number' || !Number.isFinite(value['atMs'])) throw wrong('no time');
  if (value['kind'] === 'invoke') {
    const operation = value['operation'];
    if (!isObject(operation) || !OPERATION_KINDS.has(String(operation['kind']))) throw wrong('no known operation');
    if (typeof value['node'] !== 'string') throw wrong('no node');
    return value as unknown as InvokeRecord;
  }
  if (value['kind'] === 'complete') {
    const outcome = value['outcome'];
    if (!isObject(outcome) || !OUTCOME_KINDS.has(String(outcome['kind']))) throw wrong('no known outcome');
    const record = value as unknown as CompleteRecord;
    return record.outcome.kind === 'ok' ? {...record, outcome: {kind: 'ok', answer: withoutNulls(record.outcome.answer)}} : record;
  }
  throw wrong('neither invoke nor complete');
}

/**
 * Reads one file. A last line without its line end was torn by a crash of the client and is left out; any other
 * broken line is an error.
 * @throws CheckerError `BadRecord`, `UnsupportedVersion`
 */
export function decodeHistory(text: string): readonly HistoryRecord[] {
  const lines = text.split('\n');
  lines.pop();
  const records: HistoryRecord[] = [];
  for (const [i, line] of lines.entries()) {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw new CheckerError({code: 'BadRecord', line: i + 1, detail: 'not JSON'}, {cause});
    }
    if (i === 0) {
      if (!isObject(value) || value['kind'] !== 'history') throw new CheckerError({code: 'BadRecord', line: 1, detail: 'no header'});
      if (value['version'] !== HISTORY_VERSION) throw new CheckerError({code: 'UnsupportedVersion', version: Number(value['version'])});
    } else records.push(decodeRecord(value, i + 1));
  }
  return records;
}

/**
 * Puts the records of several recorders into the order of real time. Each recorder's own order is kept; at equal times an
 * invoke goes before another recorder's complete, so that the two calls count as overlapping.
 */
export function mergeHistories(histories: readonly (readonly HistoryRecord[])[]): readonly HistoryRecord[] {
  const heads = histories.map(() => 0);
  const out: HistoryRecord[] = [];
  for (;;) {
    let best = -1;
    let bestRecord: HistoryRecord | undefined;
    for (const [i, history] of histories.entries()) {
      const record = history[heads[i] as number];
      if (record === undefined) continue;
      const isEarlier = bestRecord === undefined || record.atMs < bestRecord.atMs
        || (record.atMs === bestRecord.atMs && record.kind === 'invoke' && bestRecord.kind === 'complete');
      if (isEarlier) {
        best = i;
        bestRecord = record;
      }
    }
    if (bestRecord === undefined) return out;
    heads[best] = (heads[best] as number) + 1;
    out.push(bestRecord);
  }
}

/**
 * Pairs the records. The order of the list is taken as the order of real time.
 * @throws CheckerError `BrokenHistory` when a process has two calls at once, goes on after an unknown outcome, or time goes back
 */
export function callsOf(history: readonly HistoryRecord[]): readonly Call[] {
  const calls: Call[] = [];
  const open = new Map<number, number>();
  const ended = new Set<number>();
  let lastMs = -Infinity;
  for (const [position, record] of history.entries()) {
    if (record.atMs < lastMs) throw new CheckerError({code: 'BrokenHistory', detail: `time goes back at record ${position}`});
    lastMs = record.atMs;
    const index = open.get(record.process);
    if (record.kind === 'invoke') {
      if (index !== undefined) throw new CheckerError({code: 'BrokenHistory', detail: `process ${record.process} has two calls at once`});
      if (ended.has(record.process)) throw new CheckerError({code: 'BrokenHistory', detail: `process ${record.process} goes on after an unknown outcome`});
      open.set(record.process, calls.length);
      calls.push({
        process: record.process, node: record.node, operation: record.operation, invokedAt: position, invokedMs: record.atMs,
        completedAt: Infinity, completedMs: Infinity, outcome: {kind: 'unknown', error: 'no record of its end'},
      });
    } else {
      const call = index === undefined ? undefined : calls[index];
      if (index === undefined || call === undefined) throw new CheckerError({code: 'BrokenHistory', detail: `process ${record.process} completes nothing`});
      open.delete(record.process);
      const {outcome} = record;
      if (outcome.kind === 'unknown') ended.add(record.process);
      calls[index] = outcome.kind === 'unknown' ? {...call, outcome} : {...call, outcome, completedAt: position, completedMs: record.atMs};
    }
  }
  return calls;
}
