import {assert} from '@murmuration/base';
import type {AttributeValue, Item} from '../attribute-value.js';
import {NESTING_LEVELS_MAX, bytesIdentity, orderedBinaries, orderedNumbers, orderedTexts} from '../attribute-value.js';
import {validationError} from '../errors.js';
import {ITEM_SIZE_BYTES_MAX, itemSizeBytes} from '../item-size.js';
import {addNumbers, subtractNumbers} from '../number-arithmetic.js';
import type {BoundOperand, CompiledUpdate, UpdateAction} from './bound.js';
import {valueAtPath} from './evaluate-condition.js';
import type {PathNode} from './path-tree.js';
import {createPathTree, insertPath, leafPositions} from './path-tree.js';
import {projectTree} from './project.js';

/** What one action does to its place, worked out against the item as it was. */
type Effect = {readonly kind: 'put'; readonly value: AttributeValue} | {readonly kind: 'remove'} | {readonly kind: 'keep'};

/**
 * Whether applying the update to an absent item creates one: an update that only removes does not.
 * @param update undefined (no update parameters at all) creates an item that is only a key
 */
export function createsItem(update: CompiledUpdate | undefined): boolean {
  return update === undefined || update.actions.some(({kind}) => kind === 'set' || kind === 'add');
}

/**
 * Applies an update to an item. Every right side reads the item as it was before; the item itself is not changed.
 * @param item the existing item, or the key alone when there is none
 * @param isNew whether there was no item: a removal then ignores a missing parent
 * @throws ModelError `ValidationException` with the service's texts of failed evaluation, and when the result is too large or too deep
 */
export function applyUpdate(update: CompiledUpdate, item: Item, isNew = false): Item {
  const effects = update.actions.map((action) => evaluateAction(action, item, update.isLegacy));
  const applier = new Applier(update, effects, isNew);
  const result = applier.entries(update.tree, item);
  if (itemSizeBytes(result) > ITEM_SIZE_BYTES_MAX) {
    throw validationError('Item size to update has exceeded the maximum allowed size');
  }
  return result;
}

/**
 * The parts of an item that the update touched, for UPDATED_OLD (pass the old item) and UPDATED_NEW (the new one).
 * @returns empty when nothing of it exists
 */
export function projectUpdated(update: CompiledUpdate, item: Item, which: 'old' | 'new'): Item {
  if (which === 'old') return projectTree(update.tree, item);
  const tree = createPathTree();
  update.actions.forEach(({kind, path}, position) => {
    // What was removed is not there any more, but another list element may have moved to its place.
    if (kind !== 'remove') insertPath(tree, path, position);
  });
  return projectTree(tree, item);
}

function evaluateAction(action: UpdateAction, item: Item, isLegacy: boolean): Effect {
  switch (action.kind) {
    case 'remove': return {kind: 'remove'};
    case 'set': return put(evaluateOperand(action.value, item));
    case 'add': return put(addTo(valueAtPath(item, action.path), action.value, isLegacy));
    case 'delete': return deleteFrom(valueAtPath(item, action.path), action.value, isLegacy);
  }
}

function put(value: AttributeValue): Effect {
  return {kind: 'put', value};
}

function evaluateOperand(operand: BoundOperand, item: Item): AttributeValue {
  switch (operand.kind) {
    case 'literal': return operand.value;
    case 'path': {
      const value = valueAtPath(item, operand.path);
      if (value === undefined) {
        throw validationError('The provided expression refers to an attribute that does not exist in the item');
      }
      return value;
    }
    case 'if_not_exists': return valueAtPath(item, operand.path) ?? evaluateOperand(operand.fallback, item);
    case 'list_append': {
      const left = evaluateOperand(operand.left, item);
      const right = evaluateOperand(operand.right, item);
      if (left.kind !== 'L' || right.kind !== 'L') throw wrongOperandType();
      return {kind: 'L', values: [...left.values, ...right.values]};
    }
    case 'arithmetic': {
      const left = evaluateOperand(operand.left, item);
      const right = evaluateOperand(operand.right, item);
      if (left.kind !== 'N' || right.kind !== 'N') throw wrongOperandType();
      const combine = operand.op === '+' ? addNumbers : subtractNumbers;
      return {kind: 'N', value: combine(left.value, right.value)};
    }
    case 'size': throw wrongOperandType();
  }
}

function addTo(existing: AttributeValue | undefined, value: AttributeValue, isLegacy: boolean): AttributeValue {
  if (existing === undefined) return value;
  if (existing.kind === 'N' && value.kind === 'N') return {kind: 'N', value: addNumbers(existing.value, value.value)};
  if (existing.kind === 'SS' && value.kind === 'SS') {
    return {kind: 'SS', values: orderedTexts([...new Set([...existing.values, ...value.values])])};
  }
  if (existing.kind === 'NS' && value.kind === 'NS') {
    return {kind: 'NS', values: orderedNumbers([...new Set([...existing.values, ...value.values])])};
  }
  if (existing.kind === 'BS' && value.kind === 'BS') {
    const known = new Set(existing.values.map(bytesIdentity));
    return {kind: 'BS', values: orderedBinaries([...existing.values, ...value.values.filter((bytes) => !known.has(bytesIdentity(bytes)))])};
  }
  if (isLegacy && existing.kind === 'L' && value.kind === 'L') return {kind: 'L', values: [...existing.values, ...value.values]};
  throw isLegacy ? typeMismatch() : wrongOperandType();
}

function deleteFrom(existing: AttributeValue | undefined, value: AttributeValue, isLegacy: boolean): Effect {
  if (existing === undefined) return {kind: 'keep'};
  if ((existing.kind === 'SS' && value.kind === 'SS') || (existing.kind === 'NS' && value.kind === 'NS')) {
    const gone = new Set(value.values);
    const values = existing.values.filter((member) => !gone.has(member));
    return values.length === 0 ? {kind: 'remove'} : put({kind: existing.kind, values});
  }
  if (existing.kind === 'BS' && value.kind === 'BS') {
    const gone = new Set(value.values.map(bytesIdentity));
    const values = existing.values.filter((member) => !gone.has(bytesIdentity(member)));
    return values.length === 0 ? {kind: 'remove'} : put({kind: 'BS', values});
  }
  throw isLegacy ? typeMismatch() : wrongOperandType();
}

function wrongOperandType(): Error {
  return validationError('An operand in the update expression has an incorrect data type');
}
function typeMismatch(): Error {
  return validationError('Type mismatch for attribute to update');
}
function wrongPath(): Error {
  return validationError('The document path provided in the update expression is invalid for update');
}

/** Copies the containers along the touched paths and puts the effects in. */
class Applier {
  readonly #update: CompiledUpdate;
  readonly #effects: readonly Effect[];
  readonly #isNew: boolean;
  constructor(update: CompiledUpdate, effects: readonly Effect[], isNew: boolean) {
    this.#update = update;
    this.#effects = effects;
    this.#isNew = isNew;
  }

  /** @param depth how many lists and maps enclose the entries' values */
  entries(node: PathNode, entries: Item, depth = 0): Map<string, AttributeValue> {
    const out = new Map(entries);
    for (const [name, child] of node.fields) {
      const effect = this.#effect(child);
      if (effect === undefined) {
        const value = this.#descend(child, entries.get(name), depth);
        if (value !== undefined) out.set(name, value);
      } else if (effect.kind === 'put') {
        checkDepth(effect.value, depth);
        out.set(name, effect.value);
      } else if (effect.kind === 'remove') {
        out.delete(name);
      }
    }
    return out;
  }

  #effect(node: PathNode): Effect | undefined {
    if (node.leaf === undefined) return undefined;
    const effect = this.#effects[node.leaf.position];
    assert(effect !== undefined, 'update action without an effect', {position: node.leaf.position});
    return effect;
  }

  #descend(node: PathNode, value: AttributeValue | undefined, depth: number): AttributeValue | undefined {
    if (value === undefined && this.#isNew && this.#onlyRemoves(node)) return undefined;
    if (node.fields.size > 0 && value?.kind === 'M') return {kind: 'M', entries: this.entries(node, value.entries, depth + 1)};
    if (node.elements.size > 0 && value?.kind === 'L') return {kind: 'L', values: this.#elements(node, value.values, depth + 1)};
    throw wrongPath();
  }

  #onlyRemoves(node: PathNode): boolean {
    return leafPositions(node).every((position) => {
      const kind = this.#update.actions[position]?.kind;
      return kind === 'remove' || kind === 'delete';
    });
  }

  /** Indexes mean the list as it was: removals close gaps last, and what lies past the end is appended in order. */
  #elements(node: PathNode, values: readonly AttributeValue[], depth: number): readonly AttributeValue[] {
    const out: (AttributeValue | undefined)[] = [...values];
    for (const [index, child] of [...node.elements].sort(([a], [b]) => a - b)) {
      const effect = this.#effect(child);
      const isInside = index < values.length;
      if (effect === undefined) {
        const value = this.#descend(child, values[index], depth);
        if (isInside) out[index] = value;
      } else if (effect.kind === 'put') {
        checkDepth(effect.value, depth);
        if (isInside) out[index] = effect.value;
        else out.push(effect.value);
      } else if (effect.kind === 'remove' && isInside) {
        out[index] = undefined;
      }
    }
    return out.filter((value) => value !== undefined);
  }
}

/** @throws ModelError `ValidationException` when the value, put this deep, nests too far */
function checkDepth(value: AttributeValue, depth: number): void {
  if (depth + nestingLevels(value) > NESTING_LEVELS_MAX) {
    throw validationError('Nesting Levels have exceeded supported limits');
  }
}

function nestingLevels(value: AttributeValue): number {
  switch (value.kind) {
    case 'L': return 1 + value.values.reduce((deepest, element) => Math.max(deepest, nestingLevels(element)), 0);
    case 'M': {
      let deepest = 0;
      for (const element of value.entries.values()) deepest = Math.max(deepest, nestingLevels(element));
      return 1 + deepest;
    }
    default: return 0;
  }
}
