import {itemText} from './attribute-value.js';
import type {ItemJson} from './attribute-value.js';
import {describeItem} from './describe-call.js';
import type {ItemCall, ItemHistory} from './item-calls.js';

/** What a quick test found out. `undecided` leaves the item to the search. */
export type QuickResult =
  | {readonly kind: 'linearizable'}
  | {readonly kind: 'impossible'; readonly reason: string; readonly window: readonly ItemCall[]}
  | {readonly kind: 'undecided'};
const UNDECIDED: QuickResult = {kind: 'undecided'};

interface Cluster {
  readonly text: string;
  /** Undefined for the value the item had at first. */
  readonly write: ItemCall | undefined;
  readonly reads: ItemCall[];
}
interface Zone {
  readonly from: number;
  readonly to: number;
  readonly cluster: Cluster;
}
const membersOf = ({write, reads}: Cluster): readonly ItemCall[] => (write === undefined ? reads : [write, ...reads]);

/**
 * Registers whose every written value is unique: exact. Each value and its reads span a zone, from the first completion to the last
 * invocation. Such a history is linearizable exactly when no read precedes its write, no two forward zones overlap and no
 * backward zone lies within a forward one (Gibbons and Korach, "Testing shared memories", section 4).
 */
export function testUniqueRegister({calls}: ItemHistory, initial: ItemJson | undefined): QuickResult {
  const textOf = (item: ItemJson | undefined): string => (item === undefined ? '' : itemText(item));
  const initialText = textOf(initial);
  const clusters = new Map<string, Cluster>([[initialText, {text: initialText, write: undefined, reads: []}]]);
  for (const call of calls) {
    const {operation, outcome} = call;
    if (operation.kind === 'get') continue;
    if (operation.kind !== 'put' || operation.condition !== undefined || outcome.kind === 'refused' || (outcome.kind === 'ok' && outcome.bringsImage)) return UNDECIDED;
    const text = itemText({...operation.item, ...operation.key});
    if (clusters.has(text)) return UNDECIDED;
    clusters.set(text, {text, write: call, reads: []});
  }
  for (const call of calls) {
    if (call.operation.kind !== 'get' || call.outcome.kind !== 'ok') continue;
    const cluster = clusters.get(textOf(call.outcome.image));
    if (cluster === undefined) return {kind: 'impossible', reason: `a read brought ${describeItem(call.outcome.image)}, which nobody wrote`, window: [call]};
    const {write} = cluster;
    if (write !== undefined && call.completedAt < write.invokedAt) return {kind: 'impossible', reason: 'a read brought a value before its write began', window: [call, write]};
    cluster.reads.push(call);
  }
  const forward: Zone[] = [];
  const backward: Zone[] = [];
  for (const cluster of clusters.values()) {
    const {write, reads} = cluster;
    // A write that nobody saw and that may never have happened binds nothing.
    if (reads.length === 0 && (write === undefined || write.outcome.kind === 'open')) continue;
    let firstCompletion = write === undefined ? -Infinity : write.completedAt;
    let lastInvocation = write === undefined ? -Infinity : write.invokedAt;
    for (const read of reads) {
      firstCompletion = Math.min(firstCompletion, read.completedAt);
      lastInvocation = Math.max(lastInvocation, read.invokedAt);
    }
    if (firstCompletion < lastInvocation) forward.push({from: firstCompletion, to: lastInvocation, cluster});
    else backward.push({from: lastInvocation, to: firstCompletion, cluster});
  }
  forward.sort((x, y) => x.from - y.from);
  for (let i = 1; i < forward.length; i += 1) {
    const before = forward[i - 1] as Zone;
    const zone = forward[i] as Zone;
    if (zone.from < before.to) {
      return {kind: 'impossible', reason: 'each of two values was seen or written both before and after the other', window: [...membersOf(before.cluster), ...membersOf(zone.cluster)]};
    }
  }
  for (const zone of backward) {
    // The forward zones do not overlap, so only the last one that starts before this zone can hold it.
    let low = 0;
    let high = forward.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((forward[middle] as Zone).from < zone.from) low = middle + 1;
      else high = middle;
    }
    const around = forward[low - 1];
    if (around !== undefined && zone.to < around.to) {
      return {kind: 'impossible', reason: 'a value was overwritten and then seen again', window: [...membersOf(around.cluster), ...membersOf(zone.cluster)]};
    }
  }
  return {kind: 'linearizable'};
}

interface Sighting {
  readonly call: ItemCall;
  readonly image: ItemJson | undefined;
}
/** The images of reads, of an item that is otherwise only updated by one kind of unconditional clause on one attribute. */
function sightingsOfUpdates(calls: readonly ItemCall[], takes: (call: ItemCall) => boolean): readonly Sighting[] | undefined {
  const out: Sighting[] = [];
  for (const call of calls) {
    const {operation, outcome} = call;
    if (operation.kind === 'get') {
      if (outcome.kind === 'ok') out.push({call, image: outcome.image});
    } else if (operation.kind !== 'update' || operation.condition !== undefined || operation.changes.length !== 1 || outcome.kind === 'refused' || !takes(call)) return undefined;
  }
  return out;
}

/** Running sums of amounts in the order of some position. */
class SumBefore {
  readonly #positions: Float64Array;
  readonly #sums: Float64Array;
  constructor(entries: readonly {readonly position: number; readonly amount: number}[]) {
    const sorted = entries.filter(({position}) => position !== Infinity).sort((x, y) => x.position - y.position);
    this.#positions = Float64Array.from(sorted, ({position}) => position);
    this.#sums = new Float64Array(sorted.length + 1);
    for (const [i, {amount}] of sorted.entries()) this.#sums[i + 1] = (this.#sums[i] as number) + amount;
  }
  before(position: number): number {
    let low = 0;
    let high = this.#positions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#positions[middle] as number) < position) low = middle + 1;
      else high = middle;
    }
    return this.#sums[low] as number;
  }
}

/**
 * Counters that are only added to: each read must lie between what had to be added and what could have been. Necessary, not
 * sufficient: passing it leaves the proof to the search.
 */
export function testCounter({calls}: ItemHistory, initial: ItemJson | undefined): QuickResult {
  let attribute: string | undefined;
  const adds: {readonly call: ItemCall; readonly amount: number}[] = [];
  const sightings = sightingsOfUpdates(calls, (call) => {
    const change = call.operation.kind === 'update' ? call.operation.changes[0] : undefined;
    if (change === undefined || (change.kind !== 'add' && !(change.kind === 'increment' && Number(change.start) === 0))) return false;
    if (attribute !== undefined && attribute !== change.attribute) return false;
    attribute = change.attribute;
    const amount = Number(change.by);
    adds.push({call, amount});
    return Number.isSafeInteger(amount);
  });
  if (sightings === undefined || attribute === undefined) return UNDECIDED;
  const name = attribute;
  const valueOf = (image: ItemJson | undefined): number => {
    const value = image?.[name];
    return value === undefined ? 0 : 'N' in value ? Number(value.N) : NaN;
  };
  const start = valueOf(initial);
  if (!Number.isSafeInteger(start)) return UNDECIDED;
  const must = new SumBefore(adds.map(({call, amount}) => ({position: call.completedAt, amount})));
  const up = new SumBefore(adds.map(({call, amount}) => ({position: call.invokedAt, amount: Math.max(0, amount)})));
  const upDone = new SumBefore(adds.map(({call, amount}) => ({position: call.completedAt, amount: Math.max(0, amount)})));
  const down = new SumBefore(adds.map(({call, amount}) => ({position: call.invokedAt, amount: Math.min(0, amount)})));
  const downDone = new SumBefore(adds.map(({call, amount}) => ({position: call.completedAt, amount: Math.min(0, amount)})));
  for (const {call, image} of sightings) {
    const value = valueOf(image);
    const sure = start + must.before(call.invokedAt);
    const least = sure + down.before(call.completedAt) - downDone.before(call.invokedAt);
    const most = sure + up.before(call.completedAt) - upDone.before(call.invokedAt);
    if (!(value >= least && value <= most)) {
      return {kind: 'impossible', reason: `a read brought ${name} = ${value}, possible were ${least} to ${most}`, window: [call]};
    }
  }
  return UNDECIDED;
}

/**
 * Sets that only grow: every member whose addition was acknowledged before a read began must be in it, and no member whose
 * addition began after it ended. Necessary, not sufficient.
 */
export function testGrowingSet({calls}: ItemHistory, initial: ItemJson | undefined): QuickResult {
  let attribute: string | undefined;
  const additions = new Map<string, ItemCall>();
  let isUnique = true;
  const sightings = sightingsOfUpdates(calls, (call) => {
    const change = call.operation.kind === 'update' ? call.operation.changes[0] : undefined;
    if (change?.kind !== 'add-to-set' || (attribute !== undefined && attribute !== change.attribute)) return false;
    attribute = change.attribute;
    for (const member of change.members) {
      if (additions.has(member)) isUnique = false;
      additions.set(member, call);
    }
    return true;
  });
  if (sightings === undefined || attribute === undefined || !isUnique) return UNDECIDED;
  const name = attribute;
  const membersIn = (image: ItemJson | undefined): readonly string[] | undefined => {
    const value = image?.[name];
    return value === undefined ? [] : 'SS' in value ? value.SS : undefined;
  };
  const first = new Set(membersIn(initial) ?? []);
  const byCompletion = [...additions].filter(([, call]) => call.completedAt !== Infinity).sort(([, x], [, y]) => x.completedAt - y.completedAt);
  for (const {call, image} of sightings) {
    const members = membersIn(image);
    if (members === undefined) return UNDECIDED;
    const seen = new Set(members);
    for (const member of seen) {
      const addition = additions.get(member);
      if (addition === undefined && !first.has(member)) return {kind: 'impossible', reason: `a read brought the member ${member}, which nobody added`, window: [call]};
      if (addition !== undefined && addition.invokedAt > call.completedAt) return {kind: 'impossible', reason: `a read brought the member ${member} before its addition began`, window: [call, addition]};
    }
    for (const [member, addition] of byCompletion) {
      if (addition.completedAt > call.invokedAt) break;
      if (!seen.has(member)) return {kind: 'impossible', reason: `the member ${member} was added and is missing in a later read`, window: [addition, call]};
    }
  }
  return UNDECIDED;
}
