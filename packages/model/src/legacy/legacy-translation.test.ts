// What the parameters before expressions mean: translated, sent as texts, compiled again as a partition does, and judged.
import type {Item} from '../attribute-value.js';
import {applyUpdate, createsItem, projectUpdated} from '../expressions/apply-update.js';
import type {CompiledExpressions, ExpressionInput} from '../expressions/compile.js';
import {compileExpressions} from '../expressions/compile.js';
import {evaluateCondition} from '../expressions/evaluate-condition.js';
import {project} from '../expressions/project.js';
import {itemToJson, parseItem} from '../item-json.js';
import {parseGetItem} from '../operations/get-item.js';
import {parseScan} from '../operations/scan.js';
import {parseUpdateItem} from '../operations/update-item.js';

const UPDATE = {TableName: 'abc', Key: {h: {S: 'k'}}};
const SCHEMA = {hash: {name: 'h', type: 'S'}, range: undefined} as const;

/** Only texts and maps travel; nothing else of the translation may be needed on the other side. */
function sent({update, condition, filter, projection, names, values}: ExpressionInput): CompiledExpressions {
  return compileExpressions({update, condition, filter, projection, names, values, isTranslated: true}, SCHEMA);
}
const ITEM = parseItem({
  h: {S: 'k'}, s: {S: 'hello'}, n: {N: '5'}, b: {B: 'AQID'}, t: {BOOL: true}, nul: {NULL: true}, ss: {SS: ['a', 'b']}, ns: {NS: ['2', '4', '7']},
  bs: {BS: ['AQ==', 'Ag==']}, l: {L: [{N: '2'}, {S: 'x'}]}, m: {M: {x: {N: '1'}}}, 'a.b': {S: 'dot'},
});
function judge(filter: unknown, operator?: 'AND' | 'OR', item: Item = ITEM): boolean {
  const parsed = parseScan({TableName: 'abc', ScanFilter: filter, ...(operator === undefined ? {} : {ConditionalOperator: operator})});
  const compiled = sent(parsed.expressions.input).filter;
  if (compiled === undefined) throw new Error('no filter');
  return evaluateCondition(compiled, item);
}
const condition = (operator: string, ...values: unknown[]): unknown => ({ComparisonOperator: operator, AttributeValueList: values});

test.each([
  ['n', condition('EQ', {N: '5.0'}), true], ['n', condition('EQ', {S: '5'}), false], ['q', condition('EQ', {N: '5'}), false],
  ['ss', condition('EQ', {SS: ['b', 'a']}), true], ['l', condition('EQ', {L: [{N: '2'}, {S: 'x'}]}), true], ['m', condition('EQ', {M: {x: {N: '1'}}}), true],
  ['t', condition('EQ', {BOOL: true}), true], ['nul', condition('EQ', {NULL: true}), true],
  ['n', condition('NE', {N: '5'}), false], ['n', condition('NE', {S: '5'}), true], ['q', condition('NE', {N: '5'}), true],
  ['n', condition('LE', {N: '5'}), true], ['n', condition('LE', {N: '4'}), false], ['n', condition('LE', {S: '9'}), false], ['q', condition('LE', {N: '9'}), false],
  ['n', condition('LT', {N: '10'}), true], ['s', condition('LT', {S: 'hello'}), false], ['b', condition('GE', {B: 'AQI='}), true], ['n', condition('GT', {N: '4.9'}), true],
  ['n', condition('NOT_NULL'), true], ['nul', condition('NOT_NULL'), true], ['q', condition('NOT_NULL'), false],
  ['q', condition('NULL'), true], ['nul', condition('NULL'), false], ['n', condition('NULL'), false],
  ['s', condition('CONTAINS', {S: 'ell'}), true], ['s', condition('CONTAINS', {N: '1'}), false], ['ns', condition('CONTAINS', {N: '4'}), true],
  ['ns', condition('CONTAINS', {N: '1'}), false], ['ss', condition('CONTAINS', {S: 'a'}), true], ['bs', condition('CONTAINS', {B: 'AQ=='}), true],
  ['l', condition('CONTAINS', {N: '2'}), true], ['l', condition('CONTAINS', {N: '3'}), false], ['b', condition('CONTAINS', {B: 'AgM='}), true],
  ['q', condition('CONTAINS', {N: '1'}), false], ['n', condition('CONTAINS', {N: '5'}), false],
  ['s', condition('NOT_CONTAINS', {S: 'dog'}), true], ['s', condition('NOT_CONTAINS', {N: '1'}), true], ['s', condition('NOT_CONTAINS', {S: 'ell'}), false],
  ['ns', condition('NOT_CONTAINS', {N: '1'}), true], ['l', condition('NOT_CONTAINS', {N: '2'}), false], ['q', condition('NOT_CONTAINS', {N: '1'}), false],
  ['s', condition('BEGINS_WITH', {S: 'hell'}), true], ['s', condition('BEGINS_WITH', {S: 'ell'}), false], ['n', condition('BEGINS_WITH', {S: '5'}), false], ['b', condition('BEGINS_WITH', {B: 'AQI='}), true],
  ['n', condition('IN', {N: '4'}, {N: '5'}), true], ['ns', condition('IN', {N: '2'}), false], ['q', condition('IN', {N: '2'}), false],
  ['n', condition('BETWEEN', {N: '5'}, {N: '5'}), true], ['n', condition('BETWEEN', {N: '6'}, {N: '10'}), false], ['n', condition('BETWEEN', {S: '0'}, {S: '9'}), false],
  ['a.b', condition('EQ', {S: 'dot'}), true], ['l[0]', condition('EQ', {N: '2'}), false], ['size', condition('NULL'), true],
])('of the item, the condition %s %j is %p', (name, test, expected) => {
  expect(judge({[name]: test})).toBe(expected);
});

test('conditions are joined by AND, or by OR when it is said', () => {
  const [yes, no, alsoNo] = [condition('EQ', {N: '5'}), condition('NOT_CONTAINS', {S: 'hello'}), condition('NULL')];
  expect(judge({n: yes, s: no})).toBe(false);
  expect(judge({n: yes, s: no}, 'AND')).toBe(false);
  expect(judge({s: no, n: yes, m: alsoNo}, 'OR')).toBe(true);
  expect(judge({s: no, m: alsoNo}, 'OR')).toBe(false);
});

test('Expected without an operator means equal, or absent', () => {
  const judged = (expected: unknown): boolean => {
    const {condition: compiled} = sent(parseUpdateItem({...UPDATE, Expected: expected}).expressions.input);
    return compiled !== undefined && evaluateCondition(compiled, ITEM);
  };
  expect(judged({n: {Value: {N: '5'}}, q: {Exists: false}, s: {Value: {S: 'hello'}, Exists: true}})).toBe(true);
  expect(judged({n: {Exists: false}})).toBe(false);
  expect(judged({q: {Value: {N: '5'}}})).toBe(false);
});

test('a request holds at most 10,000 attributes and values of them', () => {
  const values = (count: number): unknown => condition('IN', ...Array.from({length: count}, (_, i) => ({N: String(i)})));
  expect(judge({n: values(9999)})).toBe(true);
  expect(() => judge({n: values(10_000)}))
    .toThrow(new Error('One or more parameter values were invalid: Conditions and updates may hold at most 10000 attributes and values together'));
});

test('conditions have none of the limits of a text', () => {
  const many = Object.fromEntries(Array.from({length: 2000}, (_, i) => [`missing${i}`, condition('NULL')]));
  expect(judge(many)).toBe(true);
  expect(judge({n: condition('IN', ...Array.from({length: 1000}, (_, i) => ({N: String(i)})))})).toBe(true);
});

function updated(updates: unknown, item: Item = ITEM): unknown {
  const {update} = sent(parseUpdateItem({...UPDATE, AttributeUpdates: updates}).expressions.input);
  const before = itemToJson(item);
  const after = update === undefined ? before : itemToJson(applyUpdate(update, item));
  const out: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (JSON.stringify(before[name]) !== JSON.stringify(after[name])) out[name] = after[name] ?? 'removed';
  }
  return out;
}

test.each([
  [{q: {Value: {S: 'x'}}}, {q: {S: 'x'}}],
  [{s: {Action: 'PUT', Value: {N: '1'}}}, {s: {N: '1'}}],
  [{'a.b': {Action: 'PUT', Value: {N: '1'}}, 'm.x': {Value: {N: '2'}}}, {'a.b': {N: '1'}, 'm.x': {N: '2'}}],
  [{s: {Action: 'DELETE'}, q: {Action: 'DELETE'}}, {s: 'removed'}],
  [{ss: {Action: 'DELETE', Value: {SS: ['a', 'z']}}}, {ss: {SS: ['b']}}],
  [{ss: {Action: 'DELETE', Value: {SS: ['a', 'b']}}, q: {Action: 'DELETE', Value: {SS: ['a']}}}, {ss: 'removed'}],
  [{bs: {Action: 'DELETE', Value: {BS: ['AQ==']}}, ns: {Action: 'DELETE', Value: {NS: ['4.0']}}}, {ns: {NS: ['2', '7']}, bs: {BS: ['Ag==']}}],
  [{n: {Action: 'ADD', Value: {N: '-7'}}, q: {Action: 'ADD', Value: {N: '3'}}}, {n: {N: '-2'}, q: {N: '3'}}],
  [{ss: {Action: 'ADD', Value: {SS: ['b', 'c']}}, q: {Action: 'ADD', Value: {BS: ['AQ==']}}}, {ss: {SS: ['a', 'b', 'c']}, q: {BS: ['AQ==']}}],
  [{l: {Action: 'ADD', Value: {L: [{S: 'x'}]}}, q: {Action: 'ADD', Value: {L: []}}}, {l: {L: [{N: '2'}, {S: 'x'}, {S: 'x'}]}, q: {L: []}}],
])('AttributeUpdates %j change %j', (updates, expected) => {
  expect(updated(updates)).toEqual(expected);
});

test.each([
  {s: {Action: 'ADD', Value: {N: '1'}}}, {n: {Action: 'ADD', Value: {NS: ['1']}}}, {ss: {Action: 'ADD', Value: {NS: ['1']}}},
  {n: {Action: 'ADD', Value: {L: []}}}, {ns: {Action: 'DELETE', Value: {SS: ['1']}}}, {n: {Action: 'DELETE', Value: {SS: ['1']}}},
])('AttributeUpdates %j meet another type', (updates) => {
  expect(() => updated(updates)).toThrow(new Error('Type mismatch for attribute to update'));
});

test('an update of the key is refused, an update that only deletes creates nothing', () => {
  expect(() => updated({h: {Value: {S: 'x'}}}))
    .toThrow(new Error('One or more parameter values were invalid: Cannot update attribute h. This attribute is part of the key'));
  const creates = (updates: unknown): boolean => createsItem(sent(parseUpdateItem({...UPDATE, AttributeUpdates: updates}).expressions.input).update);
  expect(creates({a: {Action: 'DELETE'}, b: {Action: 'DELETE', Value: {SS: ['x']}}})).toBe(false);
  expect(creates({a: {Action: 'DELETE'}, b: {Action: 'ADD', Value: {L: []}}})).toBe(true);
  expect(creates({})).toBe(true);
});

test('the touched attributes are those named', () => {
  const {update} = sent(parseUpdateItem({...UPDATE, AttributeUpdates: {n: {Action: 'ADD', Value: {N: '1'}}, s: {Action: 'DELETE'}, q: {Value: {S: 'x'}}}}).expressions.input);
  if (update === undefined) throw new Error('no update');
  const changed = applyUpdate(update, ITEM);
  expect(JSON.parse(JSON.stringify(itemToJson(projectUpdated(update, ITEM, 'old'))))).toEqual({n: {N: '5'}, s: {S: 'hello'}});
  expect(JSON.parse(JSON.stringify(itemToJson(projectUpdated(update, changed, 'new'))))).toEqual({n: {N: '6'}, q: {S: 'x'}});
});

test('AttributesToGet keeps whole attributes by their plain names, reserved words and dots included', () => {
  const {projection} = sent(parseGetItem({...UPDATE, AttributesToGet: ['n', 'a.b', 'size', 'm']}).expressions.input);
  if (projection === undefined) throw new Error('no projection');
  expect(JSON.parse(JSON.stringify(itemToJson(project(projection, ITEM))))).toEqual({n: {N: '5'}, 'a.b': {S: 'dot'}, m: {M: {x: {N: '1'}}}});
});

test('requests of one form share one text', () => {
  const text = (name: string, value: string): string | undefined =>
    parseUpdateItem({...UPDATE, AttributeUpdates: {[name]: {Value: {S: value}}}, Expected: {[name]: {Exists: false}}}).expressions.input.update;
  expect(text('a', 'x')).toBe('!SET #n0 = :v0');
  expect(text('b', 'y')).toBe(text('a', 'x'));
});
