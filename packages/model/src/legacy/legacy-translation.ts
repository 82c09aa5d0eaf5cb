import type {AttributeType, AttributeValue} from '../attribute-value.js';
import {invalidParameters} from '../errors.js';
import type {ExpressionInput} from '../expressions/compile.js';
import {toTranslatedText} from '../expressions/translation.js';
import {checkAttributeName} from '../item-json.js';
import type {Comparison} from './comparison.js';
import {toComparisons, toExpectedComparisons} from './comparison.js';
import type {AttributeUpdate, ConditionalOperator, ExpectedAttribute, LegacyCondition} from './legacy-members.js';

/** Names and values of one request. The service names no limit; a text of millions would cost far more memory than the request. */
const PLACEHOLDER_COUNT_MAX = 10_000;
const SET_TYPES: readonly AttributeType[] = ['SS', 'NS', 'BS'];
const ADD_TYPES: readonly AttributeType[] = ['N', 'SS', 'NS', 'BS', 'L'];

/**
 * Makes expressions of the legacy parameters of one request. Each method checks one parameter with that parameter's
 * own messages and then translates it. Placeholders are numbered, so requests of one form share one text and with it one parsed tree.
 */
class LegacyTranslation {
  readonly #names = new Map<string, string>();
  readonly #placeholders = new Map<string, string>();
  readonly #values = new Map<string, AttributeValue>();
  #update: string | undefined;
  #condition: string | undefined;
  #filter: string | undefined;
  #projection: string | undefined;

  /** @throws ModelError `ValidationException` */
  attributeUpdates(updates: ReadonlyMap<string, AttributeUpdate>): void {
    const checked = [...updates].map(([name, {Action, Value}]) => {
      const action = Action ?? 'PUT';
      const value = Value?.get();
      checkAction(action, value);
      return {name, action, value};
    });
    const sections: Record<'SET' | 'REMOVE' | 'ADD' | 'DELETE', string[]> = {SET: [], REMOVE: [], ADD: [], DELETE: []};
    for (const {name, action, value} of checked) {
      const path = this.#name(name);
      if (value === undefined) sections.REMOVE.push(path);
      else if (action === 'PUT') sections.SET.push(`${path} = ${this.#value(value)}`);
      else sections[action].push(`${path} ${this.#value(value)}`);
    }
    const texts = Object.entries(sections)
      .filter(([, actions]) => actions.length > 0).map(([section, actions]) => `${section} ${actions.join(', ')}`);
    if (texts.length > 0) this.#update = toTranslatedText(texts.join(' '));
  }

  /** @throws ModelError `ValidationException` */
  expected(expected: ReadonlyMap<string, ExpectedAttribute>, operator: ConditionalOperator | undefined): void {
    this.#condition = this.#joined(toExpectedComparisons(expected), operator);
  }

  /** QueryFilter or ScanFilter. @throws ModelError `ValidationException` */
  filter(conditions: ReadonlyMap<string, LegacyCondition>, operator: ConditionalOperator | undefined): void {
    this.#filter = this.#joined(toComparisons(conditions), operator);
  }

  /** @throws ModelError `ValidationException` */
  attributesToGet(names: readonly string[]): void {
    checkAttributesToGet(names);
    this.#projection = toTranslatedText(names.map((name) => this.#name(name)).join(', '));
  }

  /** What was translated, as the expressions of a request; undefined when nothing was. */
  toInput(): ExpressionInput | undefined {
    const [update, condition, filter, projection] = [this.#update, this.#condition, this.#filter, this.#projection];
    if (update === undefined && condition === undefined && filter === undefined && projection === undefined) return undefined;
    return {
      update, condition, filter, projection, isTranslated: true,
      names: this.#names, values: this.#values.size === 0 ? undefined : this.#values,
    };
  }

  #joined(comparisons: readonly Comparison[], operator: ConditionalOperator | undefined): string | undefined {
    if (comparisons.length === 0) return undefined;
    return toTranslatedText(comparisons.map((comparison) => this.#comparison(comparison)).join(` ${operator ?? 'AND'} `));
  }

  #comparison({name, operator, values}: Comparison): string {
    const path = this.#name(name);
    const operands = values.map((value) => this.#value(value));
    const first = operands[0] ?? '';
    switch (operator) {
      case 'EQ': return `${path} = ${first}`;
      case 'NE': return `${path} <> ${first}`;
      case 'LE': return `${path} <= ${first}`;
      case 'LT': return `${path} < ${first}`;
      case 'GE': return `${path} >= ${first}`;
      case 'GT': return `${path} > ${first}`;
      case 'NOT_NULL': return `attribute_exists(${path})`;
      case 'NULL': return `attribute_not_exists(${path})`;
      case 'CONTAINS': return `contains(${path}, ${first})`;
      // Of an attribute that is not there nothing is said either way; AND binds before any OR around it.
      case 'NOT_CONTAINS': return `attribute_exists(${path}) AND NOT contains(${path}, ${first})`;
      case 'BEGINS_WITH': return `begins_with(${path}, ${first})`;
      case 'IN': return `${path} IN (${operands.join(', ')})`;
      case 'BETWEEN': return `${path} BETWEEN ${operands.join(' AND ')}`;
    }
  }

  #name(name: string): string {
    const known = this.#placeholders.get(name);
    if (known !== undefined) return known;
    this.#checkCount();
    const placeholder = `#n${this.#names.size}`;
    this.#names.set(placeholder, checkAttributeName(name));
    this.#placeholders.set(name, placeholder);
    return placeholder;
  }

  #checkCount(): void {
    if (this.#names.size + this.#values.size < PLACEHOLDER_COUNT_MAX) return;
    throw invalidParameters(`Conditions and updates may hold at most ${PLACEHOLDER_COUNT_MAX} attributes and values together`);
  }

  #value(value: AttributeValue): string {
    this.#checkCount();
    const placeholder = `:v${this.#values.size}`;
    this.#values.set(placeholder, value);
    return placeholder;
  }
}

/** The legacy parameters of one request but for KeyConditions; a request has at most those of its operation. */
export interface LegacyMembers {
  readonly attributeUpdates?: ReadonlyMap<string, AttributeUpdate> | undefined;
  readonly expected?: ReadonlyMap<string, ExpectedAttribute> | undefined;
  readonly filter?: ReadonlyMap<string, LegacyCondition> | undefined;
  readonly attributesToGet?: readonly string[] | undefined;
  readonly conditionalOperator?: ConditionalOperator | undefined;
}

/**
 * Checks and translates in the service's order: AttributeUpdates, Expected, the filter, AttributesToGet.
 * @returns the expressions they mean; undefined when there is nothing to translate
 * @throws ModelError `ValidationException`
 */
export function translateLegacy(members: LegacyMembers): ExpressionInput | undefined {
  const {attributeUpdates, expected, filter, attributesToGet, conditionalOperator} = members;
  if (attributeUpdates === undefined && expected === undefined && filter === undefined && attributesToGet === undefined) {
    return undefined;
  }
  const translation = new LegacyTranslation();
  if (attributeUpdates !== undefined) translation.attributeUpdates(attributeUpdates);
  if (expected !== undefined) translation.expected(expected, conditionalOperator);
  if (filter !== undefined) translation.filter(filter, conditionalOperator);
  if (attributesToGet !== undefined) translation.attributesToGet(attributesToGet);
  return translation.toInput();
}

/** @throws ModelError `ValidationException` when one of AttributesToGet is named twice */
export function checkAttributesToGet(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw invalidParameters(`Duplicate value in attribute name: ${name}`);
    seen.add(name);
  }
}

function checkAction(action: 'ADD' | 'PUT' | 'DELETE', value: AttributeValue | undefined): void {
  if (value === undefined) {
    if (action !== 'DELETE') throw invalidParameters('Only DELETE action is allowed when no attribute value is specified');
  } else if (action === 'DELETE' && !SET_TYPES.includes(value.kind)) {
    throw invalidParameters(`DELETE action with value is not supported for the type ${value.kind}`);
  } else if (action === 'ADD' && !ADD_TYPES.includes(value.kind)) {
    throw invalidParameters(`ADD action is not supported for the type ${value.kind}`);
  }
}
