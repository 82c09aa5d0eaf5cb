import type {CompiledKeyCondition, CompiledKeyTest} from '../expressions/bound.js';
import {wrongCount} from '../expressions/key-condition.js';
import {toComparisons} from './comparison.js';
import type {ComparisonOperator, LegacyCondition} from './legacy-members.js';

const KEY_OPERATORS: Readonly<Record<ComparisonOperator, CompiledKeyTest['op']>> = {
  EQ: '=', LT: '<', LE: '<=', GT: '>', GE: '>=', BETWEEN: 'between', BEGINS_WITH: 'begins_with', NE: 'unindexable',
  IN: 'unindexable', CONTAINS: 'unindexable', NOT_CONTAINS: 'unindexable', NULL: 'unindexable', NOT_NULL: 'unindexable',
};

/**
 * KeyConditions as the key condition of an expression. They never leave the process that checks them, so they need no
 * text, and may stand beside a FilterExpression whose placeholders they could disturb.
 * @throws ModelError `ValidationException`
 */
export function toLegacyKeyCondition(conditions: ReadonlyMap<string, LegacyCondition>): CompiledKeyCondition {
  const tests = toComparisons(conditions).map(({name, operator, values}) => ({name, op: KEY_OPERATORS[operator], values}));
  if (tests.length < 1 || tests.length > 2) throw wrongCount();
  return {tests};
}
