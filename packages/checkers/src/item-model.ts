import {addNumbers, compareNumbers, itemText, valueText} from './attribute-value.js';
import type {AttributeJson, ItemJson} from './attribute-value.js';
import type {Change, Condition, ItemOperation, ReturnedImage, UpdateOperation} from './operations.js';

/**
 * A deliberately naive model of one DynamoDB item, written from the documentation alone. It shares no code with the service:
 * a fault in the service's evaluator can't excuse itself here.
 */
export type ItemState = ReadonlyMap<string, AttributeJson> | undefined;

/** What the model says a call must have brought, and what it leaves behind. */
export type Step =
  /** `image` is the item read, or the image returned; undefined when there is none. */
  | {readonly kind: 'done'; readonly next: ItemState; readonly image: ItemJson | undefined}
  /** The condition is false; nothing changes. */
  | {readonly kind: 'refused'}
  /** The request is an error on this item, such as a sum with text; nothing changes. */
  | {readonly kind: 'invalid'};

export function stateOf(item: ItemJson | undefined): ItemState {
  return item === undefined ? undefined : new Map(Object.entries(item));
}
export function imageOf(state: ItemState): ItemJson | undefined {
  return state === undefined ? undefined : Object.fromEntries(state);
}
/** Equal for equal states; the empty text is the missing item. */
export function stateText(state: ItemState): string {
  return state === undefined ? '' : itemText(Object.fromEntries(state));
}

function order(a: AttributeJson, b: AttributeJson): number | undefined {
  if ('N' in a && 'N' in b) return compareNumbers(a.N, b.N);
  // The generators write plain ASCII strings where they compare, so the order of UTF-16 units is that of UTF-8 bytes.
  if ('S' in a && 'S' in b) return a.S < b.S ? -1 : a.S > b.S ? 1 : 0;
  return undefined;
}

/** Whether a condition holds; a missing item counts as one without attributes. */
export function holds(condition: Condition, state: ItemState): boolean {
  if (condition.kind === 'all') return condition.of.every((part) => holds(part, state));
  const value = state?.get(condition.attribute);
  switch (condition.kind) {
    case 'exists': return value !== undefined;
    case 'not-exists': return value === undefined;
    case 'equals': return value !== undefined && valueText(value) === valueText(condition.value);
    case 'differs': return value === undefined || valueText(value) !== valueText(condition.value);
    case 'less': return value !== undefined && (order(value, condition.value) ?? 0) < 0;
    case 'at-least': return value !== undefined && (order(value, condition.value) ?? -1) >= 0;
  }
}

/** The new value of one clause; null removes the attribute, undefined makes the request invalid. */
function changed(change: Change, old: AttributeJson | undefined): AttributeJson | null | undefined {
  switch (change.kind) {
    case 'set': return change.value;
    case 'set-if-missing': return old ?? change.value;
    case 'increment': {
      const base = old ?? (change.start === undefined ? undefined : {N: change.start});
      return base !== undefined && 'N' in base ? {N: addNumbers(base.N, change.by)} : undefined;
    }
    case 'add': {
      const base = old ?? {N: '0'};
      return 'N' in base ? {N: addNumbers(base.N, change.by)} : undefined;
    }
    case 'add-to-set': {
      const base = old ?? {SS: []};
      return 'SS' in base ? {SS: [...new Set([...base.SS, ...change.members])]} : undefined;
    }
    case 'append': {
      const base = old ?? {L: []};
      return 'L' in base ? {L: [...base.L, ...change.values]} : undefined;
    }
    case 'remove': return null;
  }
}

function updated(operation: UpdateOperation, old: ItemState): ItemState | 'invalid' {
  const onlyRemoves = operation.changes.length > 0 && operation.changes.every((change) => change.kind === 'remove');
  if (old === undefined && onlyRemoves) return undefined;
  const next = new Map(old ?? Object.entries(operation.key));
  for (const change of operation.changes) {
    const value = changed(change, old?.get(change.attribute));
    if (value === undefined) return 'invalid';
    if (value === null) next.delete(change.attribute);
    else next.set(change.attribute, value);
  }
  return next;
}

function touchedOnly(state: ItemState, changes: readonly Change[]): ItemJson | undefined {
  const entries: [string, AttributeJson][] = [];
  for (const {attribute} of changes) {
    const value = state?.get(attribute);
    if (value !== undefined) entries.push([attribute, value]);
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
function returnedImage(which: ReturnedImage, old: ItemState, next: ItemState, changes: readonly Change[]): ItemJson | undefined {
  switch (which) {
    case 'none': return undefined;
    case 'all-old': return imageOf(old);
    case 'all-new': return imageOf(next);
    case 'updated-old': return touchedOnly(old, changes);
    case 'updated-new': return touchedOnly(next, changes);
  }
}

/** Carries out one operation on one item. Pure: the state given stays as it is. */
export function applyToItem(operation: ItemOperation, state: ItemState): Step {
  if (operation.kind === 'get') return {kind: 'done', next: state, image: imageOf(state)};
  if (operation.condition !== undefined && !holds(operation.condition, state)) return {kind: 'refused'};
  switch (operation.kind) {
    case 'check': return {kind: 'done', next: state, image: undefined};
    case 'put': {
      const next: ItemState = new Map([...Object.entries(operation.item), ...Object.entries(operation.key)]);
      return {kind: 'done', next, image: returnedImage(operation.returns ?? 'none', state, next, [])};
    }
    case 'delete': return {kind: 'done', next: undefined, image: returnedImage(operation.returns ?? 'none', state, undefined, [])};
    case 'update': {
      const next = updated(operation, state);
      if (next === 'invalid') return {kind: 'invalid'};
      return {kind: 'done', next, image: returnedImage(operation.returns ?? 'none', state, next, operation.changes)};
    }
  }
}
