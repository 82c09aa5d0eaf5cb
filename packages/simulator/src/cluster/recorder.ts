import type {HistoryRecord, ItemJson, Operation, Outcome} from '@murmuration/checkers';
import {valueText} from '@murmuration/checkers';
import type {World} from '../world/world.js';

/** One item by its key, as a text. */
export function keyTextOf(key: ItemJson): string {
  return Object.keys(key).sort().map((name) => valueText(key[name] as NonNullable<ItemJson[string]>)).join('/');
}

/** Writes down what all clients did, in true time. A call is one process of the history: none is ever used twice. */
export class Recorder {
  readonly #world: World;
  readonly records: HistoryRecord[] = [];
  #processNext = 0;
  #outcomes = {ok: 0, 'condition-failed': 0, 'no-effect': 0, unknown: 0};
  constructor(world: World) {
    this.#world = world;
  }
  /** @returns the process to complete */
  invoke(operation: Operation, node: string): number {
    const process = this.#processNext;
    this.#processNext += 1;
    this.records.push({kind: 'invoke', process, atMs: this.#world.nowMs, operation, node});
    return process;
  }
  complete(process: number, outcome: Outcome): void {
    this.#outcomes[outcome.kind] += 1;
    this.records.push({kind: 'complete', process, atMs: this.#world.nowMs, outcome});
  }
  get outcomes(): Readonly<Record<Outcome['kind'], number>> {
    return this.#outcomes;
  }
}
