import type {AttributeJson, ItemJson} from '../attribute-value.js';
import type {Answer, HistoryRecord, Outcome} from '../history.js';
import type {Operation} from '../operations.js';

/** Key of a named item. */
export function keyNamed(name: string): ItemJson {
  return {pk: {S: name}};
}
export function n(value: number | string): AttributeJson {
  return {N: String(value)};
}
export const written: Outcome = {kind: 'ok', answer: {kind: 'written'}};
export const lost: Outcome = {kind: 'unknown', error: 'timeout'};
export function brought(item: ItemJson | undefined): Outcome {
  return {kind: 'ok', answer: {kind: 'image', item}};
}
export function answered(answer: Answer): Outcome {
  return {kind: 'ok', answer};
}

interface Planned {
  readonly process: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly operation: Operation;
  readonly outcome: Outcome | undefined;
}

/** Puts histories together from calls with given times. */
export class HistoryBuilder {
  readonly #calls: Planned[] = [];
  /** Adds a call; an outcome of undefined leaves it without an end. The process defaults to a new one for each call. */
  call(fromMs: number, toMs: number, operation: Operation, outcome: Outcome | undefined, process = 1000 + this.#calls.length): this {
    this.#calls.push({process, fromMs, toMs, operation, outcome});
    return this;
  }
  /** @returns the records in order of time; at equal times in the order of adding, invokes first */
  records(): readonly HistoryRecord[] {
    const records: HistoryRecord[] = [];
    for (const {process, fromMs, operation} of this.#calls) records.push({kind: 'invoke', process, atMs: fromMs, operation, node: 'a1'});
    for (const {process, toMs, outcome} of this.#calls) if (outcome !== undefined) records.push({kind: 'complete', process, atMs: toMs, outcome});
    return records.sort((a, b) => a.atMs - b.atMs);
  }
}
