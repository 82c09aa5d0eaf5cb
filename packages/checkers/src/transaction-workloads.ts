import {itemText} from './attribute-value.js';
import type {ItemJson} from './attribute-value.js';
import {describeCall} from './describe-call.js';
import {callsOf} from './history.js';
import type {Call, HistoryRecord} from './history.js';

/** What a workload's rule says about a history. */
export interface WorkloadVerdict {
  readonly kind: 'ok' | 'violation';
  /** Reads, or pairs, that were looked at: zero means that nothing was proven. */
  readonly checkedCount: number;
  readonly violations: readonly string[];
}
/** More would not be read. */
const VIOLATIONS_MAX = 20;

function verdictOf(checkedCount: number, violations: readonly string[]): WorkloadVerdict {
  return {kind: violations.length === 0 ? 'ok' : 'violation', checkedCount, violations: violations.slice(0, VIOLATIONS_MAX)};
}
interface PointRead {
  readonly call: Call;
  readonly images: ReadonlyMap<string, ItemJson | undefined>;
}
/** Transactional reads, which see one point. */
function pointReads(calls: readonly Call[]): readonly PointRead[] {
  return calls.flatMap((call) => {
    const {operation, outcome} = call;
    if (operation.kind !== 'transact-get' || outcome.kind !== 'ok' || outcome.answer.kind !== 'images') return [];
    const {items} = outcome.answer;
    return [{call, images: new Map(operation.keys.map((key, i) => [itemText(key), items[i]]))}];
  });
}

export interface BankOptions {
  readonly accounts: readonly ItemJson[];
  /** Attribute with the balance, a whole number. */
  readonly attribute: string;
  readonly total: number;
}
function bankFault(images: ReadonlyMap<string, ItemJson | undefined>, {accounts, attribute, total}: BankOptions): string | undefined {
  let sum = 0;
  for (const key of accounts) {
    const balance = images.get(itemText(key))?.[attribute];
    if (balance === undefined || !('N' in balance)) return `account ${JSON.stringify(key)} has no balance`;
    const amount = Number(balance.N);
    if (amount < 0) return `account ${JSON.stringify(key)} holds ${amount}`;
    sum += amount;
  }
  return sum === total ? undefined : `the accounts hold ${sum} in all, not ${total}`;
}
/** Transfers keep the sum: every transactional read of all accounts shows it, and no account is below zero. */
export function checkBank(history: readonly HistoryRecord[], options: BankOptions): WorkloadVerdict {
  const names = options.accounts.map(itemText);
  const reads = pointReads(callsOf(history)).filter(({images}) => names.every((name) => images.has(name)));
  const violations = reads.flatMap(({call, images}) => {
    const fault = bankFault(images, options);
    return fault === undefined ? [] : [`${fault}\n  ${describeCall(call)}`];
  });
  return verdictOf(reads.length, violations);
}
/** The same for rows that were read while nothing moved: a strong scan after quiet. */
export function checkBankRows(rows: readonly ItemJson[], keyAttributes: readonly string[], options: BankOptions): WorkloadVerdict {
  const images = new Map(rows.map((row) => [itemText(Object.fromEntries(Object.entries(row).filter(([name]) => keyAttributes.includes(name)))), row]));
  const fault = bankFault(images, options);
  return verdictOf(1, fault === undefined ? [] : [fault]);
}

/**
 * Long fork. Each item of a group is written once, by itself; transactional reads look at several. Two reads that
 * each see a write the other misses can't both be points of one order.
 */
export function checkLongFork(history: readonly HistoryRecord[]): WorkloadVerdict {
  const groups = new Map<string, PointRead[]>();
  for (const read of pointReads(callsOf(history))) {
    const name = [...read.images.keys()].sort().join();
    const group = groups.get(name) ?? [];
    group.push(read);
    groups.set(name, group);
  }
  const violations: string[] = [];
  let checkedCount = 0;
  const seenIn = (read: PointRead): readonly string[] => [...read.images].flatMap(([name, image]) => (image === undefined ? [] : [name]));
  for (const group of groups.values()) {
    checkedCount += group.length;
    // Sorted by how much they saw, each must contain the one before; then all are comparable.
    const sorted = group.map((read) => ({read, seen: seenIn(read)})).sort((a, b) => a.seen.length - b.seen.length);
    for (let i = 1; i < sorted.length; i += 1) {
      const [less, more] = [sorted[i - 1], sorted[i]];
      if (less === undefined || more === undefined) continue;
      const missing = less.seen.find((name) => more.read.images.get(name) === undefined);
      if (missing !== undefined) violations.push(`two reads each saw what the other missed\n  ${describeCall(less.read.call)}\n  ${describeCall(more.read.call)}`);
    }
  }
  return verdictOf(checkedCount, violations);
}

/**
 * Write skew. Of the two items of a pair at most one may come to exist: each is created by a transaction that checks that the other
 * is missing, and none is deleted. Two creations that were both acknowledged, or any read that shows both, break it.
 */
export function checkWriteSkew(history: readonly HistoryRecord[], pairs: readonly (readonly [ItemJson, ItemJson])[]): WorkloadVerdict {
  const calls = callsOf(history);
  const created = new Map<string, Call>();
  for (const call of calls) {
    const {operation, outcome} = call;
    if (operation.kind !== 'transact-write' || outcome.kind !== 'ok') continue;
    for (const part of operation.parts) if (part.kind === 'put') created.set(itemText(part.key), call);
  }
  const reads = pointReads(calls);
  for (const {call, images} of reads) for (const [name, image] of images) if (image !== undefined && !created.has(name)) created.set(name, call);
  for (const call of calls) {
    const {operation, outcome} = call;
    if (operation.kind === 'get' && outcome.kind === 'ok' && outcome.answer.kind === 'image' && outcome.answer.item !== undefined) created.set(itemText(operation.key), call);
  }
  const violations = pairs.flatMap((pair) => {
    const [left, right] = pair.map((key) => created.get(itemText(key)));
    return left === undefined || right === undefined ? [] : [`both of a pair exist: ${JSON.stringify(pair)}\n  ${describeCall(left)}\n  ${describeCall(right)}`];
  });
  return verdictOf(pairs.length, violations);
}

/**
 * One client token, one effect (R5). Every token's transaction adds one to the same counter; a token may be sent many times. The counter
 * then holds as many as there are tokens that were acknowledged, plus at most those of which nothing but unknown outcomes came.
 */
export function checkTokens(history: readonly HistoryRecord[], counted: number): WorkloadVerdict {
  const acknowledged = new Set<string>();
  const possible = new Set<string>();
  for (const {operation, outcome} of callsOf(history)) {
    if (operation.kind !== 'transact-write' || operation.token === undefined) continue;
    if (outcome.kind === 'ok') acknowledged.add(operation.token);
    else if (outcome.kind === 'unknown') possible.add(operation.token);
  }
  const most = new Set([...acknowledged, ...possible]).size;
  const isRight = counted >= acknowledged.size && counted <= most;
  return verdictOf(most, isRight ? [] : [`${counted} effects were counted; ${acknowledged.size} tokens were acknowledged, ${most} were sent with effect or without answer`]);
}
