// Printing any syntax tree gives a text that parses to the same tree.
import fc from 'fast-check';
import type {ConditionNode, OperandNode, PathElement, PathNode, UpdateActionNode} from './ast.js';
import {parseCondition} from './condition-parser.js';
import {printCondition, printProjection, printUpdate} from './print.js';
import {isReservedWord} from './reserved-words.js';
import {parseProjection, parseUpdate} from './update-parser.js';

const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,5}$/).filter((name) => !isReservedWord(name));
const nameElement: fc.Arbitrary<PathElement> = fc.oneof(
  word.map((name): PathElement => ({kind: 'name', name})),
  fc.stringMatching(/^#[A-Za-z0-9_]{1,5}$/).map((name): PathElement => ({kind: 'placeholder', name})),
);
const element = fc.oneof(nameElement, fc.nat(99).map((index): PathElement => ({kind: 'index', index})));
const path: fc.Arbitrary<PathNode> = fc.tuple(nameElement, fc.array(element, {maxLength: 3}))
  .map(([first, rest]): PathNode => ({kind: 'path', elements: [first, ...rest]}));
const value: fc.Arbitrary<OperandNode> = fc.stringMatching(/^:[A-Za-z0-9_]{1,5}$/).map((name): OperandNode => ({kind: 'value', name}));
const operand: fc.Arbitrary<OperandNode> = fc.oneof(path, value,
  fc.oneof(path, value).map((inner): OperandNode => ({kind: 'call', name: 'size', operands: [inner]})));

const condition: fc.Arbitrary<ConditionNode> = fc.letrec<{condition: ConditionNode}>((tie) => ({
  condition: fc.oneof({depthSize: 'small', withCrossShrink: true},
    fc.record({kind: fc.constant('compare' as const), op: fc.constantFrom('=', '<>', '<', '<=', '>', '>='), left: operand, right: operand}),
    fc.record({kind: fc.constant('between' as const), operand, lower: operand, upper: operand}),
    fc.record({kind: fc.constant('in' as const), operand, candidates: fc.array(operand, {minLength: 1, maxLength: 3})}),
    fc.tuple(fc.constantFrom('contains', 'begins_with'), operand, operand)
      .map(([name, ...operands]): ConditionNode => ({kind: 'call', name, operands})),
    path.map((only): ConditionNode => ({kind: 'call', name: 'attribute_exists', operands: [only]})),
    tie('condition').map((inner): ConditionNode => ({kind: 'not', condition: inner})),
    fc.record({kind: fc.constantFrom('and' as const, 'or' as const), conditions: fc.array(tie('condition'), {minLength: 2, maxLength: 3})}),
  ),
})).condition;

test('a printed condition parses to the same tree', () => {
  fc.assert(fc.property(condition, (node) => {
    const text = printCondition(node);
    fc.pre(text.length <= 4096);
    expect(parseCondition('ConditionExpression', text)).toEqual({node, finding: undefined});
  }), {numRuns: 500});
});

const setOperand: fc.Arbitrary<OperandNode> = fc.oneof(path, value,
  fc.tuple(fc.constantFrom('if_not_exists', 'list_append'), path, value)
    .map(([name, ...operands]): OperandNode => ({kind: 'call', name, operands})));
const setValue: fc.Arbitrary<OperandNode> = fc.oneof(setOperand, fc.record({
  kind: fc.constant('arithmetic' as const), op: fc.constantFrom('+' as const, '-' as const), left: setOperand, right: setOperand,
}));
const actionsOf: Record<UpdateActionNode['kind'], fc.Arbitrary<UpdateActionNode>> = {
  set: fc.record({kind: fc.constant('set' as const), path, value: setValue}),
  remove: fc.record({kind: fc.constant('remove' as const), path}),
  add: fc.record({kind: fc.constant('add' as const), path, value}),
  delete: fc.record({kind: fc.constant('delete' as const), path, value}),
};

test('a printed update parses to the same tree', () => {
  const sections = fc.shuffledSubarray(['set', 'remove', 'add', 'delete'] as const, {minLength: 1});
  const update = sections.chain((kinds) => fc.tuple(...kinds.map((kind) => fc.array(actionsOf[kind], {minLength: 1, maxLength: 3}))))
    .map((lists) => ({kind: 'update' as const, actions: lists.flat()}));
  fc.assert(fc.property(update, (node) => {
    expect(parseUpdate(printUpdate(node))).toEqual({node, finding: undefined});
  }), {numRuns: 500});
});

test('a printed projection parses to the same tree', () => {
  fc.assert(fc.property(fc.array(path, {minLength: 1, maxLength: 4}), (paths) => {
    expect(parseProjection(printProjection({kind: 'projection', paths})).node).toEqual({kind: 'projection', paths});
  }));
});

test('no text at all makes the parsers fail otherwise than with an answer of the service', () => {
  const scrap = fc.constantFrom('a', 'name', '#a', ':v', '(', ')', ',', '.', '[', ']', '1', '=', '<>', '<', '+', '-', 'AND', 'OR', 'NOT',
    'BETWEEN', 'IN', 'SET', 'REMOVE', 'ADD', 'DELETE', 'size', 'contains', 'if_not_exists', '?', '\u{1f600}');
  fc.assert(fc.property(fc.array(scrap, {maxLength: 15}).map((parts) => parts.join(' ')), (text) => {
    for (const parse of [() => parseCondition('FilterExpression', text), () => parseUpdate(text), () => parseProjection(text)]) {
      try {
        parse();
      } catch (error) {
        expect(String(error)).toMatch(/^ModelError: Invalid (Filter|Update|Projection)Expression: /);
      }
    }
  }), {numRuns: 2000});
});
