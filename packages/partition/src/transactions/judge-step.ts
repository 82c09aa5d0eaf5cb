import {EMPTY_BYTES, compareBytes, equalBytes} from '@murmuration/base';
import {collectionKeyOf, decisionKeyOf, fenceKeyOf, pendingKeyOf, readStoredHeader, storedBody, tokenNoteKeyOf} from '@murmuration/model';
import {replaced, sizeOf, unchanged} from '../commands/outcome.js';
import type {WriteOutcome, WriteStamp} from '../commands/outcome.js';
import type {EffectChange, ItemDelta} from '../effect.js';
import {nextHlc} from '../hlc.js';
import {keyText} from '../key-text.js';
import type {PartitionFailure, PartitionResponse, WriteCommand} from '../protocol.js';
import {TOKEN_LIFETIME_MS, decodeDecisionRow, encodeDecisionRow} from './decision-row.js';
import type {DecisionRow} from './decision-row.js';
import {encodePendingRow} from './pending-row.js';
import type {PendingRow} from './pending-row.js';
import type {ActionCost, ActionReason, ReadRow, TransactAction, TransactResult, TransactStep, TransactionName} from './transact-steps.js';
import {tokenHomeOf} from './token-home.js';
import type {Lock, TransactionLocks} from './transaction-locks.js';

/** A time further ahead than any clock may be is no time. */
const AHEAD_MS_MAX = 24 * 60 * 60 * 1000;

/** Newest values of the rows a step is judged on, by text of their stored keys. */
export type RowView = ReadonlyMap<string, Uint8Array | undefined>;

/** What of the partition's state machine a step is judged with. */
export interface StepParts {
  readonly locks: TransactionLocks;
  /** Sequence of the first item written by the step; the following ones count on. */
  readonly stamp: WriteStamp;
  readonly wallMs: number;
  readonly hasCollections: boolean;
  /** Of the newest removal of an item that is applied. */
  readonly removalSequence: number;
  /** Of the newest one, proposals included. */
  readonly removalHlc: number;
  /** A client's write with the entries of local indexes. A mistake of the caller is an outcome too. */
  judge(command: WriteCommand, existing: Uint8Array | undefined, collection: Uint8Array | undefined, stamp: WriteStamp): WriteOutcome;
  /** The entries of a write that was judged before and cannot be refused any more. */
  complete(command: WriteCommand, outcome: WriteOutcome, existing: Uint8Array | undefined, collection: Uint8Array | undefined, stamp: WriteStamp): WriteOutcome;
  /** With everything else that follows from it. */
  derive(command: WriteCommand, outcome: WriteOutcome, existing: Uint8Array | undefined, stamp: WriteStamp): WriteOutcome;
}

export interface StepOutcome {
  readonly result: TransactResult;
  readonly changes: readonly EffectChange[];
  /** One for each item written, in order. */
  readonly items: readonly ItemDelta[];
}

/** Stored keys of the rows that a step is judged on. @param hasCollections the table has local indexes */
export function rowsOfStep(step: TransactStep, hasCollections: boolean): readonly Uint8Array[] {
  switch (step.kind) {
    case 'once':
      return distinct([
        ...itemRows(step.actions.map(({command}) => command.key), hasCollections), decisionKeyOf(step.name.anchor, step.name.token),
        ...(step.isTokenHere ? [tokenNoteKeyOf(tokenHomeOf(step.name))] : []),
      ]);
    case 'note':
      return [tokenNoteKeyOf(tokenHomeOf(step.name))];
    case 'prepare': {
      const rows = itemRows(step.actions.map(({command}) => command.key), hasCollections);
      return distinct(isAnchorOf(step) ? [...rows, decisionKeyOf(step.name.anchor, step.name.token), fenceKeyOf(step.name.anchor, step.name.transaction)] : rows);
    }
    case 'decide':
      return distinct([...itemRows(step.keys, hasCollections), decisionKeyOf(step.name.anchor, step.name.token)]);
    case 'commit':
      return distinct(itemRows(step.keys, hasCollections));
    case 'cancel':
      return [];
    case 'resolve':
      return [decisionKeyOf(step.name.anchor, step.name.token), fenceKeyOf(step.name.anchor, step.name.transaction)];
    case 'forget':
      return distinct(step.rows.map(({key}) => key));
    case 'read':
      return distinct(step.keys);
  }
}
function itemRows(keys: readonly Uint8Array[], hasCollections: boolean): readonly Uint8Array[] {
  return hasCollections ? keys.flatMap((key) => [key, collectionKeyOf(key)]) : keys;
}
function distinct(keys: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...new Map(keys.map((key) => [keyText(key), key])).values()];
}
function isAnchorOf({name, actions}: Extract<TransactStep, {readonly kind: 'prepare'}>): boolean {
  return actions.some(({command}) => equalBytes(command.key, name.anchor));
}

/**
 * Decides about a step on the newest values of its rows. Items are held exclusively and nobody waits: whoever finds an
 * item held is refused at once, so there are no deadlocks, and at the moment a transaction is decided all its items are
 * held by it. That alone orders transactions, in the order in which they are decided. Times tell old copies of a step.
 */
export function judgeStep(step: TransactStep, view: RowView, parts: StepParts): StepOutcome {
  switch (step.kind) {
    case 'once':
      return judgeOnce(step, view, parts);
    case 'prepare':
      return judgePrepare(step, view, parts);
    case 'decide':
      return judgeDecide(step, view, parts);
    case 'commit': {
      const held = heldBy(step.transaction, step.keys, parts.locks);
      return {result: {kind: 'committed'}, ...carryOut(held, view, parts)};
    }
    case 'cancel':
      return {result: {kind: 'cancelled'}, changes: heldBy(step.transaction, step.keys, parts.locks).map(({itemKey}) => freed(itemKey)), items: []};
    case 'resolve':
      return judgeResolve(step.name, view, parts);
    case 'note':
      if (step.purpose === 'withdraw') return withdrawNote(step.name, view);
      if (isUsedElsewhere(step.name, view, parts)) return nothing({kind: 'mismatch'});
      return {result: {kind: 'committed'}, changes: step.purpose === 'check' ? [] : [noteOf(step.name, parts)], items: []};
    case 'forget': {
      const rows = step.rows.filter(({key, transaction}) => decisionAt(view, key)?.transaction === transaction);
      return {result: {kind: 'committed'}, changes: rows.map(({key}) => ({key, value: undefined})), items: []};
    }
    case 'read':
      return nothing({kind: 'read', rows: step.keys.map((key) => readRow(key, step.isVersionOnly, view, parts))});
  }
}

function judgeOnce(step: Extract<TransactStep, {readonly kind: 'once'}>, view: RowView, parts: StepParts): StepOutcome {
  const known = knownToken(step.name, view, parts);
  if (known !== undefined) return nothing(known);
  if (step.isTokenHere && isUsedElsewhere(step.name, view, parts)) return nothing({kind: 'mismatch'});
  const judged = judgeActions(step.name, step.actions, view, parts, true);
  if (judged.refusal !== undefined) return nothing(judged.refusal);
  const decision = [committedRow(step.name, [], parts), ...(step.isTokenHere ? [noteOf(step.name, parts)] : [])];
  return {result: {kind: 'accepted', costs: judged.costs}, changes: [...judged.changes, ...decision], items: judged.items};
}

/**
 * The newest write of those items that the transaction does not hold already. A delayed copy of a step, which comes when the
 * transaction is over and its items are free, is found out by it: whatever the transaction wrote is later than its time.
 */
function newestHlc({actions}: Extract<TransactStep, {readonly kind: 'prepare'}>, view: RowView, {locks, removalHlc}: StepParts): number {
  let newest = 0;
  for (const {command} of actions) {
    const text = keyText(command.key);
    // An item that somebody holds is refused for that.
    if (locks.newest(text).lock !== undefined) continue;
    const value = view.get(text);
    newest = Math.max(newest, value === undefined ? removalHlc : readStoredHeader(value).timestampHlc);
  }
  return newest;
}
/** What a step writes is later than this. */
export function hlcFloorOf(step: TransactStep, locks: TransactionLocks): number {
  if (step.kind !== 'decide' && step.kind !== 'commit') return 0;
  const transaction = step.kind === 'decide' ? step.name.transaction : step.transaction;
  return heldBy(transaction, step.keys, locks).reduce((floor, {row}) => Math.max(floor, row.name.timestampHlc), 0);
}

function judgePrepare(step: Extract<TransactStep, {readonly kind: 'prepare'}>, view: RowView, parts: StepParts): StepOutcome {
  const {name, actions} = step;
  if (isAnchorOf(step)) {
    const known = knownToken(name, view, parts);
    if (known !== undefined) return nothing(known);
    if (decisionAt(view, fenceKeyOf(name.anchor, name.transaction)) !== undefined) return nothing({kind: 'cancelled'});
  }
  const writtenHlc = newestHlc(step, view, parts);
  if (writtenHlc >= name.timestampHlc) return nothing({kind: 'too-old', timestampHlc: writtenHlc});
  if (name.timestampHlc > nextHlc(0, parts.wallMs + AHEAD_MS_MAX)) return nothing({kind: 'cancelled'});
  const judged = judgeActions(name, actions, view, parts, false);
  if (judged.refusal !== undefined) return nothing(judged.refusal);
  const changes = actions.flatMap(({command}, i) => {
    // Here for the second time: what was held before stays as it is.
    if (parts.locks.newest(keyText(command.key)).lock !== undefined) return [];
    const value = judged.pending[i];
    return value === undefined ? [] : [{key: pendingKeyOf(command.key), value: encodePendingRow(value)}];
  });
  return {result: {kind: 'accepted', costs: judged.costs}, changes, items: []};
}

function judgeDecide({name, keys, participants}: Extract<TransactStep, {readonly kind: 'decide'}>, view: RowView, parts: StepParts): StepOutcome {
  const held = heldBy(name.transaction, keys, parts.locks);
  const holdsAnchor = held.some(({itemKey}) => equalBytes(itemKey, name.anchor));
  if (holdsAnchor && held.length === keys.length) {
    const {changes, items} = carryOut(held, view, parts);
    return {result: {kind: 'committed'}, changes: [...changes, committedRow(name, participants, parts)], items};
  }
  const decision = decisionAt(view, decisionKeyOf(name.anchor, name.token));
  return nothing({kind: decision?.kind === 'committed' && decision.transaction === name.transaction ? 'committed' : 'cancelled'});
}

/**
 * The anchor's item, held, is the word "not decided". It is freed, and a fence stays in its place, for a delayed step that
 * would hold it again must find that the transaction was given up.
 */
function judgeResolve(name: TransactionName, view: RowView, parts: StepParts): StepOutcome {
  const decision = decisionAt(view, decisionKeyOf(name.anchor, name.token));
  if (decision?.kind === 'committed' && decision.transaction === name.transaction) return nothing({kind: 'committed'});
  const fenceKey = fenceKeyOf(name.anchor, name.transaction);
  const frees = heldBy(name.transaction, [name.anchor], parts.locks).map(({itemKey}) => freed(itemKey));
  if (decisionAt(view, fenceKey) !== undefined) return {result: {kind: 'cancelled'}, changes: frees, items: []};
  const fence: DecisionRow = {kind: 'fence', transaction: name.transaction, requestHash: name.requestHash, expiresAtMs: parts.wallMs + TOKEN_LIFETIME_MS, participants: []};
  return {result: {kind: 'cancelled'}, changes: [...frees, {key: fenceKey, value: encodeDecisionRow(fence)}], items: []};
}

/** @returns the answer when the token was carried out before */
function knownToken(name: TransactionName, view: RowView, parts: StepParts): TransactResult | undefined {
  const decision = decisionAt(view, decisionKeyOf(name.anchor, name.token));
  // One with participants is in use until all of them are free, however old it is.
  if (decision === undefined || (decision.expiresAtMs <= parts.wallMs && decision.participants.length === 0)) return undefined;
  return decision.requestHash === name.requestHash ? {kind: 'repeated', transaction: decision.transaction} : {kind: 'mismatch'};
}

interface JudgedActions {
  readonly refusal: TransactResult | undefined;
  readonly costs: readonly ActionCost[];
  readonly changes: readonly EffectChange[];
  readonly items: readonly ItemDelta[];
  /** What would be held of each action. */
  readonly pending: readonly (PendingRow | undefined)[];
}

/** Judges all of them, also behind one that refuses: the client is told about each. */
function judgeActions(name: TransactionName, actions: readonly TransactAction[], view: RowView, parts: StepParts, isFinal: boolean): JudgedActions {
  const rows = new StepRows(view, parts);
  const costs: ActionCost[] = [];
  const pending: PendingRow[] = [];
  const reasons: ActionReason[] = [];
  for (const {isCheck, command} of actions) {
    const {lock} = parts.locks.newest(keyText(command.key));
    if (lock !== undefined && (isFinal || lock.row.name.transaction !== name.transaction)) {
      if (lock.row.name.token === name.token && equalBytes(lock.row.name.anchor, name.anchor)) {
        const result: TransactResult = {kind: lock.row.name.requestHash === name.requestHash ? 'in-progress' : 'mismatch'};
        return {refusal: result, costs, changes: [], items: [], pending};
      }
      reasons.push({code: 'TransactionConflict', message: 'Transaction is ongoing for the item', item: undefined, sizeBytes: 0});
      continue;
    }
    const {existing, collection} = rows.of(command.key);
    const stamp = rows.nextStamp();
    const outcome = parts.judge(command, existing, collection, stamp);
    if (outcome.response.kind !== 'written') {
      reasons.push(reasonOf(outcome.response.kind === 'failed' ? outcome.response.failure : undefined));
      continue;
    }
    reasons.push(NO_REASON);
    const change = isCheck ? undefined : outcome.changes[0];
    // What follows from it is made for its cost too; it is carried out now or when the transaction is decided.
    const derived = change === undefined ? outcome : parts.derive(command, outcome, existing, stamp);
    costs.push(isCheck ? checkCost(existing) : costOf(derived.response));
    pending.push({
      name, heldFromMs: parts.wallMs, change: change === undefined ? 'none' : change.value === undefined ? 'delete' : 'put',
      item: change?.value === undefined ? EMPTY_BYTES : storedBody(change.value), itemSizeBytes: sizeOf(change?.value),
    });
    if (change !== undefined) rows.take(isFinal ? derived : outcome);
  }
  const refusal: TransactResult | undefined = reasons.some(({code}) => code !== 'None') ? {kind: 'refused', reasons} : undefined;
  return {refusal, costs, changes: rows.changes, items: rows.items, pending};
}

function costOf(response: PartitionResponse): ActionCost {
  if (response.kind !== 'written') return checkCost(undefined);
  const {oldSizeBytes, newSizeBytes, derived, globalIndexes = []} = response;
  return {oldSizeBytes, newSizeBytes, indexHalfUnits: derived?.indexHalfUnits ?? [], globalIndexes, collectionSizeBytes: derived?.collectionSizeBytes ?? 0};
}
function checkCost(existing: Uint8Array | undefined): ActionCost {
  const sizeBytes = sizeOf(existing);
  return {oldSizeBytes: sizeBytes, newSizeBytes: sizeBytes, indexHalfUnits: [], globalIndexes: [], collectionSizeBytes: 0};
}

/** The changes of what is held under some items, and their freeing. */
function carryOut(held: readonly Lock[], view: RowView, parts: StepParts): {readonly changes: readonly EffectChange[]; readonly items: readonly ItemDelta[]} {
  const rows = new StepRows(view, parts);
  for (const {itemKey, row} of held) {
    const {existing, collection} = rows.of(itemKey);
    const stamp = rows.nextStamp();
    if (row.change === 'none' || (row.change === 'delete' && existing === undefined)) continue;
    const command: WriteCommand = {
      op: row.change, key: itemKey, item: row.item, itemSizeBytes: row.itemSizeBytes, expressions: undefined, returnValues: 'NONE', returnItemOnConditionFailure: false,
    };
    const outcome = parts.complete(command, changeOf(command, existing, stamp), existing, collection, stamp);
    rows.take(parts.derive(command, outcome, existing, stamp));
  }
  return {changes: [...rows.changes, ...held.map(({itemKey}) => freed(itemKey))], items: rows.items};
}
function changeOf(command: WriteCommand, existing: Uint8Array | undefined, stamp: WriteStamp): WriteOutcome {
  if (command.op === 'put') return replaced(command, existing, command.item, command.itemSizeBytes, undefined, stamp);
  const oldSizeBytes = sizeOf(existing);
  return {
    ...unchanged({kind: 'written', attributes: undefined, oldSizeBytes, newSizeBytes: 0}),
    changes: [{key: command.key, value: undefined}], itemCountDelta: -1, sizeBytesDelta: -oldSizeBytes,
  };
}

/** Rows of one step while its items are gone through: items of one collection see its size as those before them leave it. */
class StepRows {
  readonly #view: RowView;
  readonly #parts: StepParts;
  readonly #written = new Map<string, Uint8Array | undefined>();
  readonly #changes: EffectChange[] = [];
  readonly #items: ItemDelta[] = [];
  constructor(view: RowView, parts: StepParts) {
    this.#view = view;
    this.#parts = parts;
  }
  get changes(): readonly EffectChange[] {
    return this.#changes;
  }
  get items(): readonly ItemDelta[] {
    return this.#items;
  }
  of(key: Uint8Array): {readonly existing: Uint8Array | undefined; readonly collection: Uint8Array | undefined} {
    return {existing: this.#view.get(keyText(key)), collection: this.#parts.hasCollections ? this.#at(collectionKeyOf(key)) : undefined};
  }
  /** Every item has a sequence of its own, so that what is derived from it has a place of its own. */
  nextStamp(): WriteStamp {
    const {sequence, timestampHlc} = this.#parts.stamp;
    return {sequence: sequence + this.#items.length, timestampHlc};
  }
  take({changes, itemCountDelta, sizeBytesDelta, indexDeltas}: WriteOutcome): void {
    this.#items.push({changeIndex: this.#changes.length, itemCountDelta, sizeBytesDelta, ...(indexDeltas === undefined ? {} : {indexDeltas})});
    for (const change of changes) {
      this.#changes.push(change);
      if (this.#parts.hasCollections) this.#written.set(keyText(change.key), change.value);
    }
  }
  #at(key: Uint8Array): Uint8Array | undefined {
    const text = keyText(key);
    return this.#written.has(text) ? this.#written.get(text) : this.#view.get(text);
  }
}

function heldBy(transaction: string, keys: readonly Uint8Array[], locks: TransactionLocks): readonly Lock[] {
  return keys.flatMap((key) => {
    const {lock} = locks.newest(keyText(key));
    return lock?.row.name.transaction === transaction ? [lock] : [];
  }).sort((a, b) => compareBytes(a.itemKey, b.itemKey));
}
function freed(itemKey: Uint8Array): EffectChange {
  return {key: pendingKeyOf(itemKey), value: undefined};
}
function committedRow({transaction, token, requestHash, anchor}: TransactionName, participants: readonly Uint8Array[], {wallMs}: StepParts): EffectChange {
  const row: DecisionRow = {kind: 'committed', transaction, requestHash, expiresAtMs: wallMs + TOKEN_LIFETIME_MS, participants};
  return {key: decisionKeyOf(anchor, token), value: encodeDecisionRow(row)};
}
/** Whether the token is noted for another request. */
function isUsedElsewhere(name: TransactionName, view: RowView, {wallMs}: StepParts): boolean {
  const note = decisionAt(view, tokenNoteKeyOf(tokenHomeOf(name)));
  return note !== undefined && note.requestHash !== name.requestHash && note.expiresAtMs > wallMs;
}
function noteOf(name: TransactionName, {wallMs}: StepParts): EffectChange {
  const {transaction, requestHash} = name;
  const row: DecisionRow = {kind: 'note', transaction, requestHash, expiresAtMs: wallMs + TOKEN_LIFETIME_MS, participants: []};
  return {key: tokenNoteKeyOf(tokenHomeOf(name)), value: encodeDecisionRow(row)};
}
/** Another transaction may have noted the token since. */
function withdrawNote(name: TransactionName, view: RowView): StepOutcome {
  const key = tokenNoteKeyOf(tokenHomeOf(name));
  const isOwn = decisionAt(view, key)?.transaction === name.transaction;
  return {result: {kind: 'committed'}, changes: isOwn ? [{key, value: undefined}] : [], items: []};
}
function decisionAt(view: RowView, key: Uint8Array): DecisionRow | undefined {
  const value = view.get(keyText(key));
  return value === undefined ? undefined : decodeDecisionRow(value);
}
function readRow(key: Uint8Array, isVersionOnly: boolean, view: RowView, {locks, removalSequence}: StepParts): ReadRow {
  const text = keyText(key);
  const value = view.get(text);
  const isHeld = locks.newest(text).lock !== undefined;
  if (value === undefined) return {item: undefined, sizeBytes: 0, version: removalSequence, isHeld};
  return {item: isVersionOnly ? undefined : storedBody(value), sizeBytes: sizeOf(value), version: readStoredHeader(value).sequence, isHeld};
}
function nothing(result: TransactResult): StepOutcome {
  return {result, changes: [], items: []};
}

const NO_REASON: ActionReason = {code: 'None', message: undefined, item: undefined, sizeBytes: 0};
function reasonOf(failure: PartitionFailure | undefined): ActionReason {
  switch (failure?.code) {
    case 'ConditionFailed':
      return {code: 'ConditionalCheckFailed', message: 'The conditional request failed', item: failure.item, sizeBytes: failure.itemSizeBytes};
    case 'Rejected':
      return {
        code: failure.error === 'ItemCollectionSizeLimitExceededException' ? 'ItemCollectionSizeLimitExceeded' : 'ValidationError',
        message: failure.message, item: undefined, sizeBytes: 0,
      };
    default:
      return {code: 'ValidationError', message: undefined, item: undefined, sizeBytes: 0};
  }
}
