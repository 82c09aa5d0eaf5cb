import {SeededRandom} from '@murmuration/base';
import {itemText} from './attribute-value.js';
import type {ItemJson} from './attribute-value.js';
import {ConfigurationMemo} from './configuration-memo.js';
import type {ItemCall} from './item-calls.js';
import {applyToItem, stateOf, stateText} from './item-model.js';
import type {ItemState} from './item-model.js';

export interface SearchLimits {
  /** Attempts to place an operation. */
  readonly stepsMax: number;
  /** Configurations kept for one item. */
  readonly statesMax: number;
}
export interface SearchResult {
  readonly kind: 'linearizable' | 'impossible' | 'limit';
  readonly stepCount: number;
  readonly stateCount: number;
  /** The longest order found, as indexes into the calls, and the state after it; only when a trace was asked for. */
  readonly longest: readonly number[];
  readonly stateAfterLongest: ItemState;
}

/** Numbers states so that the search compares and remembers integers. */
class StateTable {
  readonly #ids = new Map<string, number>();
  readonly #states: ItemState[] = [];
  idOf(state: ItemState): number {
    const text = stateText(state);
    return this.#ids.get(text) ?? this.#add(text, state);
  }
  idOfImage(image: ItemJson | undefined): number {
    const text = imageText(image);
    return this.#ids.get(text) ?? this.#add(text, stateOf(image));
  }
  #add(text: string, state: ItemState): number {
    const id = this.#states.length;
    this.#ids.set(text, id);
    this.#states.push(state);
    return id;
  }
  at(id: number): ItemState {
    return this.#states[id];
  }
}

/** From a state's id to the id after the operation; -1 when the outcome does not fit. */
type Transition = (state: number) => number;

function imageText(image: ItemJson | undefined): string {
  return image === undefined ? '' : itemText(image);
}
function transitionOf({operation, outcome}: ItemCall, states: StateTable): Transition {
  // The common shapes need no evaluation at all.
  if (operation.kind === 'get' && outcome.kind === 'ok') {
    const expected = states.idOfImage(outcome.image);
    return (state) => (state === expected ? state : -1);
  }
  const bringsImage = outcome.kind !== 'open' && outcome.bringsImage;
  if ((operation.kind === 'put' || operation.kind === 'delete') && operation.condition === undefined && outcome.kind !== 'refused') {
    const target = states.idOfImage(operation.kind === 'put' ? {...operation.item, ...operation.key} : undefined);
    if (!bringsImage) return () => target;
    const expected = states.idOfImage(outcome.image);
    return (state) => (state === expected ? target : -1);
  }
  const wanted = bringsImage ? imageText(outcome.image) : '';
  const evaluate = (state: number): number => {
    const before = states.at(state);
    const step = applyToItem(operation, before);
    switch (outcome.kind) {
      case 'ok':
        if (step.kind !== 'done' || (bringsImage && imageText(step.image) !== wanted)) return -1;
        return states.idOf(step.next);
      case 'refused': return step.kind === 'refused' && (!bringsImage || stateText(before) === wanted) ? state : -1;
      // An unknown write that would change nothing is as good as left out.
      case 'open': return step.kind === 'done' ? states.idOf(step.next) : -1;
    }
  };
  const seen = new Map<number, number>();
  return (state) => {
    let next = seen.get(state);
    if (next === undefined) seen.set(state, next = evaluate(state));
    return next;
  };
}

const HEAD = 0;
const NONE = -1;

/**
 * Wing and Gong's search for a linear order of one item's calls, with Lowe's memory of configurations. Calls and returns of known
 * operations stand in a doubly linked list in real-time order; an operation may go next while no return stands before its call.
 * Unknown operations stand in a second list, tried only when no known operation can go on, and never need to be placed.
 */
export function searchItem(calls: readonly ItemCall[], initial: ItemJson | undefined, limits: SearchLimits, wantsTrace = false): SearchResult {
  const count = calls.length;
  const states = new StateTable();
  const transitions = calls.map((call) => transitionOf(call, states));
  const isOpen = calls.map((call) => call.outcome.kind === 'open');

  // Entry of a call: 2i + 1; of its return: 2i + 2. Entry 0 heads the known list, entry 2n + 1 the unknown one.
  const unknownHead = 2 * count + 1;
  const next = new Int32Array(2 * count + 2).fill(NONE);
  const previous = new Int32Array(2 * count + 2).fill(NONE);
  const position = new Float64Array(2 * count + 2);
  const known: number[] = [];
  const unknown: number[] = [];
  for (const [i, call] of calls.entries()) {
    position[2 * i + 1] = call.invokedAt;
    position[2 * i + 2] = call.completedAt;
    if (isOpen[i] === true) unknown.push(2 * i + 1);
    else known.push(2 * i + 1, 2 * i + 2);
  }
  const byPosition = (a: number, b: number): number => (position[a] as number) - (position[b] as number);
  const link = (head: number, entries: number[]): void => {
    let last = head;
    for (const entry of entries.sort(byPosition)) {
      next[last] = entry;
      previous[entry] = last;
      last = entry;
    }
  };
  link(HEAD, known);
  link(unknownHead, unknown);

  const random = new SeededRandom(count);
  const wordA = Int32Array.from({length: count}, () => random.uint32() | 0);
  const wordB = Int32Array.from({length: count}, () => random.uint32() | 0);
  // Place of an unknown operation in the mask, and the one before it with the same content: equal unknown operations can stand
  // for each other, so the one invoked first is always used first.
  const bit = new Int32Array(count);
  const twin = new Int32Array(count).fill(NONE);
  const lastByContent = new Map<string, number>();
  for (const [place, entry] of unknown.entries()) {
    const i = (entry - 1) >> 1;
    bit[i] = place;
    // What would have been returned makes no difference, since it never was.
    const content = JSON.stringify({...calls[i]?.operation, returns: undefined, wantsRefusedImage: undefined});
    twin[i] = lastByContent.get(content) ?? NONE;
    lastByContent.set(content, i);
  }
  const mask = new Int32Array(Math.ceil(unknown.length / 32));
  const isUsed = (i: number): boolean => (((mask[(bit[i] as number) >> 5] as number) >> ((bit[i] as number) & 31)) & 1) === 1;
  const flip = (i: number): void => {
    const word = (bit[i] as number) >> 5;
    mask[word] = (mask[word] as number) ^ (1 << ((bit[i] as number) & 31));
  };
  const unlink = (entry: number): void => {
    const before = previous[entry] as number;
    const after = next[entry] as number;
    next[before] = after;
    if (after !== NONE) previous[after] = before;
  };
  const relink = (entry: number): void => {
    next[previous[entry] as number] = entry;
    const after = next[entry] as number;
    if (after !== NONE) previous[after] = entry;
  };

  const memo = new ConfigurationMemo(unknown.length, count);
  const stackOperation = new Int32Array(count);
  const stackState = new Int32Array(count);
  const stackBarrier = new Float64Array(count);
  let depth = 0;
  let remaining = count - unknown.length;
  let a = 0;
  let b = 0;
  let state = states.idOfImage(initial);
  let stepCount = 0;
  let longest: number[] = [];
  let stateAfterLongest = state;
  let bestRemaining = remaining + 1;
  const result = (kind: SearchResult['kind']): SearchResult => ({kind, stepCount, stateCount: memo.count, longest, stateAfterLongest: states.at(stateAfterLongest)});

  let cursor = next[HEAD] as number;
  let isInUnknown = false;
  let barrier = Infinity;
  while (remaining > 0) {
    if (wantsTrace && remaining < bestRemaining) {
      bestRemaining = remaining;
      longest = [...stackOperation.subarray(0, depth)];
      stateAfterLongest = state;
    }
    if (!isInUnknown && (cursor & 1) === 0) {
      // A return: its operation has to go before anything invoked later.
      barrier = position[cursor] as number;
      isInUnknown = true;
      cursor = next[unknownHead] as number;
    } else if (!isInUnknown || (cursor !== NONE && (position[cursor] as number) < barrier)) {
      const i = (cursor - 1) >> 1;
      stepCount += 1;
      if (stepCount > limits.stepsMax || memo.count > limits.statesMax) return result('limit');
      let isPlaced = false;
      const target = isInUnknown && twin[i] !== NONE && !isUsed(twin[i] as number) ? NONE : (transitions[i] as Transition)(state);
      if (isInUnknown) {
        if (target !== NONE && target !== state) {
          flip(i);
          isPlaced = memo.add(a, b, target, mask);
          if (!isPlaced) flip(i);
        }
      } else if (target !== NONE && memo.add(a ^ (wordA[i] as number), b ^ (wordB[i] as number), target, mask)) {
        isPlaced = true;
        a ^= wordA[i] as number;
        b ^= wordB[i] as number;
        remaining -= 1;
      }
      if (isPlaced) {
        stackOperation[depth] = i;
        stackState[depth] = state;
        stackBarrier[depth] = barrier;
        depth += 1;
        unlink(cursor);
        if (!isInUnknown) unlink(cursor + 1);
        state = target;
        isInUnknown = false;
        cursor = next[HEAD] as number;
      } else cursor = next[cursor] as number;
    } else {
      if (depth === 0) return result('impossible');
      depth -= 1;
      const i = stackOperation[depth] as number;
      state = stackState[depth] as number;
      barrier = stackBarrier[depth] as number;
      isInUnknown = isOpen[i] === true;
      if (isInUnknown) flip(i);
      else {
        a ^= wordA[i] as number;
        b ^= wordB[i] as number;
        remaining += 1;
        relink(2 * i + 2);
      }
      relink(2 * i + 1);
      cursor = next[2 * i + 1] as number;
    }
  }
  if (wantsTrace) {
    longest = [...stackOperation.subarray(0, depth)];
    stateAfterLongest = state;
  }
  return result('linearizable');
}
