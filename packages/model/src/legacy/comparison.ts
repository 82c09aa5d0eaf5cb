import type {AttributeType, AttributeValue} from '../attribute-value.js';
import {compareValues} from '../attribute-value.js';
import {invalidParameters, validationError} from '../errors.js';
import type {ComparisonOperator, ConditionalOperator, ExpectedAttribute, LegacyCondition} from './legacy-members.js';

/** One test of one attribute, checked: as many values as the operator takes, of types it takes. */
export interface Comparison {
  readonly name: string;
  readonly operator: ComparisonOperator;
  readonly values: readonly AttributeValue[];
}

interface OperatorRule {
  readonly valueCountMin: number;
  readonly valueCountMax: number;
  /** Types a value may have; undefined allows all. */
  readonly types: readonly AttributeType[] | undefined;
}

const ORDERED: readonly AttributeType[] = ['S', 'N', 'B'];
const RULES: Readonly<Record<ComparisonOperator, OperatorRule>> = {
  EQ: {valueCountMin: 1, valueCountMax: 1, types: undefined},
  NE: {valueCountMin: 1, valueCountMax: 1, types: undefined},
  LE: {valueCountMin: 1, valueCountMax: 1, types: ORDERED},
  LT: {valueCountMin: 1, valueCountMax: 1, types: ORDERED},
  GE: {valueCountMin: 1, valueCountMax: 1, types: ORDERED},
  GT: {valueCountMin: 1, valueCountMax: 1, types: ORDERED},
  CONTAINS: {valueCountMin: 1, valueCountMax: 1, types: ORDERED},
  NOT_CONTAINS: {valueCountMin: 1, valueCountMax: 1, types: ORDERED},
  BEGINS_WITH: {valueCountMin: 1, valueCountMax: 1, types: ['S', 'B']},
  BETWEEN: {valueCountMin: 2, valueCountMax: 2, types: ORDERED},
  IN: {valueCountMin: 1, valueCountMax: Infinity, types: ORDERED},
  NULL: {valueCountMin: 0, valueCountMax: 0, types: undefined},
  NOT_NULL: {valueCountMin: 0, valueCountMax: 0, types: undefined},
};

/** The conditions of a filter or of KeyConditions, each checked wholly before the next. @throws ModelError `ValidationException` */
export function toComparisons(conditions: ReadonlyMap<string, LegacyCondition>): readonly Comparison[] {
  return [...conditions].map(([name, condition]) => {
    const values = (condition.AttributeValueList ?? []).map((value) => value.get());
    return checkComparison({name, operator: condition.ComparisonOperator, values});
  });
}

/** The conditions of Expected, each checked wholly before the next. @throws ModelError `ValidationException` */
export function toExpectedComparisons(expected: ReadonlyMap<string, ExpectedAttribute>): readonly Comparison[] {
  return [...expected].map(([name, attribute]) => toExpectedComparison(name, attribute));
}

function toExpectedComparison(name: string, attribute: ExpectedAttribute): Comparison {
  const {ComparisonOperator: operator, AttributeValueList: list, Exists: exists, Value: value} = attribute;
  if (list !== undefined && value !== undefined) {
    throw invalidParameters(`Value and AttributeValueList cannot be used together for Attribute: ${name}`);
  }
  if (operator !== undefined) {
    if (exists !== undefined) {
      throw invalidParameters(`Exists and ComparisonOperator cannot be used together for Attribute: ${name}`);
    }
    if (list === undefined && value === undefined && RULES[operator].valueCountMin > 0) {
      throw invalidParameters(
        `Value or AttributeValueList must be used with ComparisonOperator: ${operator} for Attribute: ${name}`);
    }
    const values = value === undefined ? (list ?? []).map((element) => element.get()) : [value.get()];
    return checkComparison({name, operator, values});
  }
  if (list !== undefined) {
    throw invalidParameters(`AttributeValueList can only be used with a ComparisonOperator for Attribute: ${name}`);
  }
  if (exists === false) {
    if (value !== undefined) throw invalidParameters(`Value cannot be used when Exists is false for Attribute: ${name}`);
    return {name, operator: 'NULL', values: []};
  }
  if (value === undefined) {
    throw invalidParameters(`Value must be provided when Exists is ${exists ?? 'null'} for Attribute: ${name}`);
  }
  return {name, operator: 'EQ', values: [value.get()]};
}

function checkComparison(comparison: Comparison): Comparison {
  const {operator, values} = comparison;
  const {valueCountMin, valueCountMax, types} = RULES[operator];
  if (values.length < valueCountMin || values.length > valueCountMax) {
    throw invalidParameters(`Invalid number of argument(s) for the ${operator} ComparisonOperator`);
  }
  const [first, second] = values;
  if (first === undefined) return comparison;
  if (values.some(({kind}) => kind !== first.kind)) {
    throw invalidParameters('AttributeValues inside AttributeValueList must be of same type');
  }
  if (types !== undefined && !types.includes(first.kind)) {
    throw invalidParameters(`ComparisonOperator ${operator} is not valid for ${first.kind} AttributeValue type`);
  }
  if (operator === 'BETWEEN' && second !== undefined && (compareValues(first, second) ?? 0) > 0) {
    throw validationError(
      'The BETWEEN condition was provided a range where the lower bound is greater than the upper bound');
  }
  return comparison;
}

/**
 * The rule that a ConditionalOperator has something to join. It comes right after the rule against mixing.
 * @param conditions the Expected or filter of the request
 * @throws ModelError `ValidationException`
 */
export function checkConditionalOperator(
  operator: ConditionalOperator | undefined, conditions: ReadonlyMap<string, unknown> | undefined,
): void {
  if (operator === undefined) return;
  const count = conditions?.size ?? 0;
  if (count === 0) throw validationError('ConditionalOperator cannot be used without Filter or Expected');
  if (count === 1) {
    throw validationError('ConditionalOperator can only be used when Filter or Expected has two or more elements');
  }
}
