import type {Random} from '@murmuration/base';
import type {ItemJson, Operation, Outcome, ReturnedImage} from '@murmuration/checkers';

/** What an item is used for: a mixed one gets everything, the others keep to what a quick check can judge. */
type ItemUse = 'mixed' | 'register' | 'counter';

export interface WorkloadOptions {
  /** Items that are in use at a time. */
  readonly slotCount: number;
  /** Calls on one item at a time, so that its history stays easy to judge. */
  readonly callsAtOnceMax: number;
  readonly operationsPerItemMin: number;
  readonly operationsPerItemMax: number;
}
export const WORKLOAD_DEFAULTS: WorkloadOptions = {slotCount: 10, callsAtOnceMax: 5, operationsPerItemMin: 100, operationsPerItemMax: 300};

/** Writes of unknown outcome that one item may gather before another takes its place: each of them multiplies the orders to look through. */
const UNKNOWN_WRITES_MAX = 6;

interface Slot {
  key: ItemJson;
  use: ItemUse;
  generation: number;
  operationsLeft: number;
  underWay: number;
  unknownWrites: number;
  /** The value last seen, for conditions that have a chance. */
  seen: string | undefined;
}
/** An operation on an item that is held for it until `done`. */
export interface Task {
  readonly operation: Operation;
  readonly slot: number;
  readonly generation: number;
}

const USES: readonly ItemUse[] = ['mixed', 'mixed', 'register', 'counter'];

/** Draws operations: values are never written twice, items retire. The same seed gives the same operations for the same answers. */
export class Workload {
  readonly #options: WorkloadOptions;
  readonly #random: Random;
  readonly #slots: Slot[];
  /** Every key that was ever used. */
  readonly keys: ItemJson[] = [];
  #valueNumber = 0;
  #keyNumber = 0;

  constructor(options: WorkloadOptions, random: Random) {
    this.#options = options;
    this.#random = random;
    this.#slots = Array.from({length: options.slotCount}, (_, i) => this.#newSlot(i, 0));
  }

  /** @returns undefined while every item has as many calls as it may have */
  next(): Task | undefined {
    const free = this.#slots.map((_, i) => i).filter((i) => (this.#slots[i]?.underWay ?? 0) < this.#options.callsAtOnceMax);
    if (free.length === 0) return undefined;
    const index = free[this.#random.below(free.length)] as number;
    let slot = this.#slots[index] as Slot;
    if (slot.operationsLeft <= 0 || slot.unknownWrites > UNKNOWN_WRITES_MAX) slot = this.#slots[index] = this.#newSlot(index, slot.generation + 1);
    slot.operationsLeft -= 1;
    slot.underWay += 1;
    return {operation: this.#draw(slot), slot: index, generation: slot.generation};
  }

  done({slot: index, generation, operation}: Task, outcome: Outcome): void {
    const slot = this.#slots[index];
    // An item that has retired meanwhile is no longer counted.
    if (slot === undefined || slot.generation !== generation) return;
    slot.underWay -= 1;
    if (outcome.kind === 'unknown' && operation.kind !== 'get') slot.unknownWrites += 1;
    if (outcome.kind === 'ok' && outcome.answer.kind === 'image') {
      const value = outcome.answer.item?.['v'];
      if (operation.kind === 'get' || operation.kind === 'update') slot.seen = value !== undefined && 'S' in value ? value.S : undefined;
    }
  }

  #newSlot(index: number, generation: number): Slot {
    const {operationsPerItemMin, operationsPerItemMax} = this.#options;
    const key = {pk: {S: `item-${(this.#keyNumber += 1)}`}};
    this.keys.push(key);
    return {
      key, use: USES[index % USES.length] as ItemUse, generation, underWay: 0, unknownWrites: 0, seen: undefined,
      operationsLeft: operationsPerItemMin + this.#random.below(operationsPerItemMax - operationsPerItemMin + 1),
    };
  }

  #draw(slot: Slot): Operation {
    switch (slot.use) {
      case 'counter': return this.#drawCounter(slot);
      case 'register': return this.#drawRegister(slot);
      case 'mixed': return this.#drawMixed(slot);
    }
  }
  #drawCounter({key}: Slot): Operation {
    const chance = this.#random.below(100);
    if (chance < 60) return {kind: 'update', key, changes: [{kind: 'add', attribute: 'n', by: '1'}], returns: 'updated-new'};
    return {kind: 'get', key, isStrong: chance < 90};
  }
  #drawRegister({key}: Slot): Operation {
    const chance = this.#random.below(100);
    if (chance < 45) return {kind: 'put', key, item: {v: this.#newValue()}};
    return {kind: 'get', key, isStrong: chance < 85};
  }
  #drawMixed(slot: Slot): Operation {
    const {key, seen} = slot;
    const chance = this.#random.below(100);
    const returns: 'none' | 'all-old' = this.#random.below(2) === 0 ? 'none' : 'all-old';
    if (chance < 15) return {kind: 'put', key, item: {v: this.#newValue()}, returns};
    if (chance < 25) {
      const condition = seen === undefined ? {kind: 'not-exists', attribute: 'v'} as const : {kind: 'equals', attribute: 'v', value: {S: seen}} as const;
      return {kind: 'put', key, item: {v: this.#newValue()}, condition, wantsRefusedImage: this.#random.below(2) === 0, returns};
    }
    if (chance < 40) {
      const shown: ReturnedImage = (['none', 'all-old', 'all-new', 'updated-new'] as const)[this.#random.below(4)] ?? 'none';
      return {kind: 'update', key, changes: [{kind: 'set', attribute: 'v', value: this.#newValue()}, {kind: 'add', attribute: 'n', by: '1'}], returns: shown};
    }
    if (chance < 48) {
      return {kind: 'update', key, changes: [{kind: 'increment', attribute: 'n', by: '1', start: '0'}], condition: {kind: 'exists', attribute: 'v'}, returns: 'all-new'};
    }
    if (chance < 54) return {kind: 'delete', key, returns: 'all-old'};
    if (chance < 58) return {kind: 'delete', key, condition: {kind: 'exists', attribute: 'v'}, wantsRefusedImage: true};
    return {kind: 'get', key, isStrong: chance < 90};
  }
  #newValue(): {readonly S: string} {
    return {S: `v${(this.#valueNumber += 1)}`};
  }
}
