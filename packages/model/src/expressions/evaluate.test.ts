// Meaning of conditions, updates and projections on items (semantics table and "small facts" of the protocol notes).
import type {AttributeValue, Item} from '../attribute-value.js';
import {itemToJson, parseItem} from '../item-json.js';
import {applyUpdate, createsItem, projectUpdated} from './apply-update.js';
import {compileExpressions} from './compile.js';
import type {CompiledUpdate} from './bound.js';
import {evaluateCondition} from './evaluate-condition.js';
import {project} from './project.js';

const ITEM = parseItem({
  pk: {S: 'k'}, n: {N: '5'}, s: {S: 'hello'}, b: {B: 'AQID'}, t: {BOOL: true}, nul: {NULL: true}, ss: {SS: ['a', 'b']}, ns: {NS: ['1', '2']},
  bs: {BS: ['AQ==', 'Ag==']}, l: {L: [{N: '1'}, {S: 'two'}, {M: {x: {N: '3'}}}]}, m: {M: {x: {N: '1'}, y: {M: {z: {S: 'deep'}}}}}, 'a.b': {S: 'dot'},
});
const VALUES: Record<string, unknown> = {
  ':n': {N: '5'}, ':six': {N: '6'}, ':one': {N: '1'}, ':s': {S: 'hello'}, ':he': {S: 'he'}, ':a': {S: 'a'}, ':ss': {SS: ['b', 'a']}, ':two': {S: 'two'},
  ':b': {B: 'AQI='}, ':mid': {B: 'AgM='}, ':l': {L: [{N: '9'}]}, ':type': {S: 'SS'}, ':map': {M: {x: {N: '3'}}}, ':x': {S: 'x'}, ':sc': {SS: ['c']},
  ':sab': {SS: ['a', 'b']}, ':three': {N: '3'}, ':b1': {BS: ['AQ==', 'Aw==']}, ':t': {BOOL: true}, ':n1': {NS: ['1']},
};
const NAMES: Record<string, string> = {'#dot': 'a.b', '#p': 'n'};
function placeholders(text: string): {names: Map<string, string>; values: Item} {
  const used = (name: string): boolean => new RegExp(`${name}(?!\\w)`).test(text);
  return {
    names: new Map(Object.entries(NAMES).filter(([name]) => used(name))),
    values: parseItem(Object.fromEntries(Object.entries(VALUES).filter(([name]) => used(name)))),
  };
}
function judge(condition: string, item: Item | undefined): boolean {
  const compiled = compileExpressions({condition, ...placeholders(condition)}).condition;
  return compiled !== undefined && evaluateCondition(compiled, item);
}

test.each([
  'n = :n', 'n <> :six', 'n < :six', 'n >= :n', 's = :s', 'ss = :ss', 'n <> :s', 'gone <> :n', 'n BETWEEN :one AND :six',
  'n IN (:s, :n)', 'attribute_exists(m.y.z)', 'attribute_not_exists(m.y.q)', 'attribute_not_exists(l[3])', 'attribute_type(ss, :type)',
  'begins_with(s, :he)', 'begins_with(b, :b)', 'contains(s, :he)', 'contains(ss, :a)', 'contains(ns, :one)', 'contains(l, :two)', 'contains(l, :map)', 'contains(b, :mid)',
  'size(s) = :n', 'size(l) = :three', 'size(b) = :three', 'size(m) < :three', 'l[2].x > m.x', '#dot <> :s', 't = :t',
  'NOT n = :six', 'n = :six OR s = :s', 'n = :n AND (s = :x OR s = :s)', 'n = :n OR n = :six AND s = :x', ':n = n',
])('%s holds', (condition) => {
  expect(judge(condition, ITEM)).toBe(true);
});

test.each([
  'n = :s', 'gone = :n', 'gone = lost', 'n < :s', 'nul < :n', 'm.x.y = :n', 's[0] = :n', 'n BETWEEN :six AND :six', 'gone BETWEEN :one AND :six',
  'n IN (:s, :six)', 'begins_with(n, :he)', 'contains(n, :n)', 'contains(gone, :n)', 'size(n) > :one', 'size(gone) > :one', 'attribute_type(n, :type)',
  'NOT n = :n', 'l = :l', 'm = :map',
])('%s does not hold', (condition) => {
  expect(judge(condition, ITEM)).toBe(false);
});

test('size counts the characters of a text, not its bytes or UTF-16 units', () => {
  for (const [text, size] of [['', '0'], ['h\u00e9llo', '5'], ['\u20ac\u{1f600}', '2'], ['\u{1f600}\u{1f600}a', '3']] as const) {
    const {condition} = compileExpressions({condition: 'size(a) = :n', values: new Map([[':n', {kind: 'N', value: size}]])});
    expect(condition !== undefined && evaluateCondition(condition, new Map([['a', {kind: 'S', value: text}]]))).toBe(true);
  }
});

test('a condition on an absent item sees no attributes', () => {
  expect(judge('attribute_not_exists(pk)', undefined)).toBe(true);
  expect(judge('pk <> :s', new Map())).toBe(true);
  expect(judge('attribute_exists(pk)', undefined)).toBe(false);
});

function compileUpdate(update: string): CompiledUpdate {
  const compiled = compileExpressions({update, ...placeholders(update)}).update;
  if (compiled === undefined) throw new Error('no update');
  return compiled;
}
function changes(update: string, item: Item = ITEM): Record<string, unknown> {
  const before = itemToJson(item);
  const after = itemToJson(applyUpdate(compileUpdate(update), item));
  const out: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (JSON.stringify(before[name]) !== JSON.stringify(after[name])) out[name] = after[name];
  }
  return out;
}

test.each([
  ['SET q = :n', {q: {N: '5'}}],
  ['SET n = n + :one', {n: {N: '6'}}],
  ['SET n = :one - n', {n: {N: '-4'}}],
  ['SET n = s, s = n', {n: {S: 'hello'}, s: {N: '5'}}],
  ['SET q = if_not_exists(q, :one)', {q: {N: '1'}}],
  ['SET n = if_not_exists(n, :one)', {}],
  ['SET q = if_not_exists(q, :one) + :n', {q: {N: '6'}}],
  ['SET l = list_append(l, :l)', {l: {L: [{N: '1'}, {S: 'two'}, {M: {x: {N: '3'}}}, {N: '9'}]}}],
  ['SET l[1] = :n', {l: {L: [{N: '1'}, {N: '5'}, {M: {x: {N: '3'}}}]}}],
  ['SET l[9] = :one, l[7] = :six', {l: {L: [{N: '1'}, {S: 'two'}, {M: {x: {N: '3'}}}, {N: '6'}, {N: '1'}]}}],
  ['SET l[2].q = :n', {l: {L: [{N: '1'}, {S: 'two'}, {M: {x: {N: '3'}, q: {N: '5'}}}]}}],
  ['SET m.y.q = :n', {m: {M: {x: {N: '1'}, y: {M: {z: {S: 'deep'}, q: {N: '5'}}}}}}],
  ['REMOVE n, gone', {n: undefined}],
  ['REMOVE l[0], l[1]', {l: {L: [{M: {x: {N: '3'}}}]}}],
  ['REMOVE l[0] SET l[1] = :n', {l: {L: [{N: '5'}, {M: {x: {N: '3'}}}]}}],
  ['REMOVE l[99]', {}],
  ['REMOVE m.x, m.q', {m: {M: {y: {M: {z: {S: 'deep'}}}}}}],
  ['ADD n :one, q :six', {n: {N: '6'}, q: {N: '6'}}],
  ['ADD ss :sc, r :sc', {ss: {SS: ['a', 'b', 'c']}, r: {SS: ['c']}}],
  ['ADD bs :b1', {bs: {BS: ['AQ==', 'Ag==', 'Aw==']}}],
  ['ADD m.x :one', {m: {M: {x: {N: '2'}, y: {M: {z: {S: 'deep'}}}}}}],
  ['DELETE ns :n1', {ns: {NS: ['2']}}],
  ['DELETE ss :sab', {ss: undefined}],
  ['DELETE gone :sab', {}],
  ['DELETE bs :b1', {bs: {BS: ['Ag==']}}],
  ['SET #dot = :x', {'a.b': {S: 'x'}}],
])('%s changes the item', (update, expected) => {
  expect(JSON.stringify(changes(update))).toBe(JSON.stringify(expected));
  expect(Object.keys(changes(update))).toEqual(Object.keys(expected));
});

test.each([
  ['SET q = gone', 'The provided expression refers to an attribute that does not exist in the item'],
  ['SET q = s + :n', 'An operand in the update expression has an incorrect data type'],
  ['SET q = list_append(n, :l)', 'An operand in the update expression has an incorrect data type'],
  ['ADD s :n', 'An operand in the update expression has an incorrect data type'],
  ['ADD l :sc', 'An operand in the update expression has an incorrect data type'],
  ['DELETE ns :sc', 'An operand in the update expression has an incorrect data type'],
  ['SET gone.x = :n', 'The document path provided in the update expression is invalid for update'],
  ['SET n.x = :n', 'The document path provided in the update expression is invalid for update'],
  ['SET m[0] = :n', 'The document path provided in the update expression is invalid for update'],
  ['REMOVE gone.x', 'The document path provided in the update expression is invalid for update'],
])('%s fails on the item', (update, message) => {
  expect(() => applyUpdate(compileUpdate(update), ITEM)).toThrow(new Error(message));
});

test('the item itself is never changed', () => {
  const before = JSON.stringify(itemToJson(ITEM));
  changes('SET m.y.z = :n, l[0] = :n REMOVE n ADD ss :sc');
  expect(JSON.stringify(itemToJson(ITEM))).toBe(before);
});

test('a removal below a missing parent is no error on an absent item', () => {
  const key = parseItem({pk: {S: 'k'}});
  expect([...applyUpdate(compileUpdate('REMOVE x.y SET q = :n'), key, true).keys()]).toEqual(['pk', 'q']);
});

test('an update that only removes creates nothing; any other, and none at all, does', () => {
  expect(createsItem(compileUpdate('REMOVE a DELETE b :sc'))).toBe(false);
  expect(createsItem(compileUpdate('REMOVE a ADD b :sc'))).toBe(true);
  expect(createsItem(undefined)).toBe(true);
});

test('a result above 400 KB or deeper than an item may be is refused', () => {
  const big = new Map<string, AttributeValue>([...ITEM, ['big', {kind: 'S', value: 'x'.repeat(409_590)}]]);
  expect(() => applyUpdate(compileUpdate('SET q = :n'), big))
    .toThrow(new Error('Item size to update has exceeded the maximum allowed size'));
  let deep: AttributeValue = {kind: 'S', value: 'x'};
  for (let i = 0; i < 30; i += 1) deep = {kind: 'L', values: [deep]};
  const item = new Map<string, AttributeValue>([['l', {kind: 'L', values: [{kind: 'L', values: []}]}], ['deep', deep]]);
  expect(() => applyUpdate(compileUpdate('SET l[0] = deep'), item)).not.toThrow();
  expect(() => applyUpdate(compileUpdate('SET l[0][0] = deep'), item))
    .toThrow(new Error('Nesting Levels have exceeded supported limits'));
});

test.each([
  ['SET m.x = :n REMOVE l[0]', {m: {M: {x: {N: '1'}}}, l: {L: [{N: '1'}]}}, {m: {M: {x: {N: '5'}}}}],
  ['SET q = :n', {}, {q: {N: '5'}}],
  ['REMOVE n', {n: {N: '5'}}, {}],
  ['SET n = :n', {n: {N: '5'}}, {n: {N: '5'}}],
  ['DELETE ss :sab', {ss: {SS: ['a', 'b']}}, {}],
])('%s touched these old and new values', (text, old, now) => {
  const update = compileUpdate(text);
  expect(JSON.stringify(itemToJson(projectUpdated(update, ITEM, 'old')))).toBe(JSON.stringify(old));
  expect(JSON.stringify(itemToJson(projectUpdated(update, applyUpdate(update, ITEM), 'new')))).toBe(JSON.stringify(now));
});

test.each([
  ['n, gone', {n: {N: '5'}}],
  ['m.y.z, m.q', {m: {M: {y: {M: {z: {S: 'deep'}}}}}}],
  ['l[2].x, l[0]', {l: {L: [{N: '1'}, {M: {x: {N: '3'}}}]}}],
  ['l[7], n.x, s[0]', {}],
  ['#dot', {'a.b': {S: 'dot'}}],
])('the projection %s keeps these parts', (projection, expected) => {
  const compiled = compileExpressions({projection, ...placeholders(projection), values: undefined}).projection;
  expect(compiled === undefined ? undefined : JSON.stringify(itemToJson(project(compiled, ITEM)))).toBe(JSON.stringify(expected));
});
