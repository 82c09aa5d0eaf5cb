// The grammar of expressions and the order of their mistakes, rule by rule (rows "Grammar", "Semantics", "Expression
// body" and "Error precedence inside" of the protocol notes).
import type {AttributeValue} from '../attribute-value.js';
import {itemToJson, parseAttributeValue, parseItem} from '../item-json.js';
import {applyUpdate} from './apply-update.js';
import {compileExpressions} from './compile.js';
import type {ExpressionInput} from './compile.js';
import {evaluateCondition} from './evaluate-condition.js';
import {project} from './project.js';
import {isReservedWord} from './reserved-words.js';

const VALUES: Record<string, AttributeValue> = Object.fromEntries(Object.entries({
  ':s': {S: 'x'}, ':n': {N: '1'}, ':m': {N: '2'}, ':b': {B: 'AQ=='}, ':l': {L: [{N: '9'}]}, ':ss': {SS: ['a']}, ':ns': {NS: ['1']}, ':bs': {BS: ['AQ==']},
  ':null': {NULL: true}, ':bool': {BOOL: true}, ':map': {M: {}}, ':type': {S: 'SS'}, ':t': {S: 'string'},
}).map(([name, json]) => [name, parseAttributeValue(json)]));
const NAMES: Record<string, string> = {'#a': 'a', '#dot': 'a.b', '#0_Z': 'z', '#name': 'name'};

function input(expressions: ExpressionInput): ExpressionInput {
  const text = Object.values(expressions).join(' ');
  const pick = <Value>(all: Record<string, Value>): ReadonlyMap<string, Value> =>
    new Map(Object.entries(all).filter(([name]) => new RegExp(`${name}(?!\\w)`).test(text)));
  return {...expressions, names: pick(NAMES), values: pick(VALUES)};
}
function message(expressions: ExpressionInput): string {
  try {
    compileExpressions(input(expressions));
    return 'accepted';
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^Invalid \w+: /, '') : '';
  }
}
const condition = (text: string): string => message({condition: text});
const update = (text: string): string => message({update: text});

describe('paths and placeholders', () => {
  test.each([
    'a = :s', 'Z9_ = :s', 'a1.b_2.c[0].d[10][20] = :s', '#0_Z.a = :s', 'a.#0_Z[3] = :s', 'a . b [ 0 ] = :s', 'a\n=\r\n\t:s', 'a[007] = :s',
  ])('%j is a path', (text) => {
    expect(condition(text)).toBe('accepted');
  });
  test.each([
    ['9a = :s', 'Syntax error; token: "9a", near: "9a ="'],
    ['_a = :s', 'Syntax error; token: "_a", near: "_a ="'],
    ['a._b = :s', 'Syntax error; token: "_b", near: "._b ="'],
    ['# = :s', 'Syntax error; token: "#", near: "# ="'],
    ['a = :', 'Syntax error; token: ":", near: "= :"'],
    ['a-b = :s', 'Syntax error; token: "-", near: "a-b"'],
    ['a..b = :s', 'Syntax error; token: ".", near: "..b"'],
    ['a.[0] = :s', 'Syntax error; token: "[", near: ".[0"'],
    ['[0] = :s', 'Syntax error; token: "[", near: "[0"'],
    ['a[] = :s', 'Syntax error; token: "]", near: "[] ="'],
    ['a[b] = :s', 'Syntax error; token: "b", near: "[b]"'],
    ['a[#a] = :s', 'Syntax error; token: "#a", near: "[#a]"'],
    ['a[:n] = :s', 'Syntax error; token: ":n", near: "[:n]"'],
    ['a[-1] = :s', 'Syntax error; token: "-", near: "[-1"'],
    ['a[1.5] = :s', 'Syntax error; token: ".", near: "1.5"'],
    ['a.:s = :s', 'Syntax error; token: ":s", near: ".:s ="'],
    ['a = "x"', 'Syntax error; token: """, near: "= "x"'],
    ["a = 'x'", 'Syntax error; token: "\'", near: "= \'x"'],
    ['a = 1', 'Syntax error; token: "1", near: "= 1"'],
    ['\u00e9 = :s', 'Syntax error; token: "\u00e9", near: "\u00e9 ="'],
    ['\u{1f600} = :s', 'Syntax error; token: "\u{1f600}", near: "\u{1f600} ="'],
  ])('%j is none', (text, expected) => {
    expect(condition(text)).toBe(expected);
  });
  test('a dot in what a placeholder stands for is part of one name', () => {
    const compiled = compileExpressions(input({projection: '#dot'})).projection;
    expect(compiled?.paths).toEqual([['a.b']]);
  });
  test('32 levels of a path are accepted, 33 are not', () => {
    const path = (levels: number): string => Array.from({length: levels}, () => 'a').join('.');
    expect(condition(`${path(32)} = :s`)).toBe('accepted');
    const expected = 'The document path has too many nesting levels; nesting levels: 33';
    expect([condition(`${path(33)} = :s`), update(`SET ${path(33)} = :s`), message({projection: path(33)}), message({filter: `${path(33)} = :s`})])
      .toEqual([expected, expected, expected, expected]);
  });
});

describe('reserved words', () => {
  test.each([
    [{condition: 'name = :s'}], [{filter: 'a.name = :s'}], [{keyCondition: 'name = :s'}], [{projection: 'a, b.name'}],
    [{update: 'SET name = :s'}], [{update: 'REMOVE a[0].name'}], [{update: 'SET a = if_not_exists(name, :s)'}], [{update: 'ADD name :n'}],
  ])('%j is refused', (expressions) => {
    expect(message(expressions)).toBe('Attribute name is a reserved keyword; reserved keyword: name');
  });
  test.each(['name', 'NAME', 'NaMe'])('%s is reserved whatever its case, and shown as written', (word) => {
    expect(condition(`${word} = :s`)).toBe(`Attribute name is a reserved keyword; reserved keyword: ${word}`);
  });
  test('behind a placeholder it is a name like any other', () => {
    expect(condition('#name = :s')).toBe('accepted');
  });
  test('names of functions are names too, unless they are words of the list', () => {
    expect(condition('contains = :s AND attribute_exists(begins_with)')).toBe('accepted');
    expect(condition('size = :s')).toBe('Attribute name is a reserved keyword; reserved keyword: size');
    expect([isReservedWord('size'), isReservedWord('contains')]).toEqual([true, false]);
  });
});

describe('precedence', () => {
  const ITEM = parseItem({t: {N: '1'}, f: {N: '0'}});
  const judge = (text: string): boolean => {
    const {condition: compiled} = compileExpressions(input({condition: text.replace(/\bT\b/g, 't = :n').replace(/\bF\b/g, 'f = :n')}));
    return compiled !== undefined && evaluateCondition(compiled, ITEM);
  };
  test.each([
    ['T OR T AND F', true], ['(T OR T) AND F', false], ['F AND F OR T', true], ['F AND (F OR T)', false],
    ['NOT F AND T', true], ['NOT (F AND T)', true], ['NOT F OR F', true], ['NOT (T OR F)', false], ['NOT T OR T', true], ['NOT NOT T', true],
    ['NOT t IN (:m)', true], ['NOT t BETWEEN :n AND :m', false], ['t BETWEEN :n AND :m AND F', false], ['NOT attribute_exists(t) OR T', true],
    ['T AND T AND F OR T', true], ['T OR F OR F', true],
  ])('%s is %p', (text, expected) => {
    expect(judge(text)).toBe(expected);
  });
  test('keywords may have any case, names of functions may not', () => {
    expect(condition('a = :s aNd NoT b bEtWeEn :n AnD :m Or c iN (:s)')).toBe('accepted');
    expect(update('sEt a = :s rEmOvE b aDd c :n dElEtE d :ss')).toBe('accepted');
    expect(condition('Contains(a, :s)')).toBe('Invalid function name; function: Contains');
    expect(update('SET a = LIST_APPEND(b, :l)')).toBe('Invalid function name; function: LIST_APPEND');
  });
});

describe('parentheses', () => {
  test.each([
    '(a = :s)', '(a) = (:s)', '((a = :s) AND (b = :s))', '((a) = :s)', '(a = :s AND (b = :s OR c = :s))', 'a IN ((:s), (b))', '(size((a))) > :n',
    'a BETWEEN (:n) AND (:m)', 'NOT (NOT (a = :s))', '(attribute_exists(a))',
  ])('%s is accepted', (text) => {
    expect(condition(text)).toBe('accepted');
  });
  test.each(['((a = :s))', '((a)) = :s', 'a = ((:s))', '(((a = :s) AND b = :s))', 'NOT ((a = :s))', '((attribute_exists(a)))', 'a IN (((:s)))', 'size(((a))) > :n'])(
    '%s has redundant ones', (text) => {
      expect(condition(text)).toBe('The expression has redundant parentheses;');
    });
  test('in an update too', () => {
    expect(update('SET a = (b + :n), c = (d), e = (f) + (:n), g = list_append((h), (:l))')).toBe('accepted');
    expect(update('SET a = ((b + :n))')).toBe('The expression has redundant parentheses;');
    expect(update('SET a = ((b)) + :n')).toBe('The expression has redundant parentheses;');
  });
});

describe('functions and their operands', () => {
  test.each([
    'attribute_exists(a.b[0])', 'attribute_type(:n, :type)', 'attribute_type(size(a), :type)', 'begins_with(:s, a)', 'begins_with(a, b)', 'contains(:l, a)',
    'contains(a, :map)', 'contains(:s, :s)', 'contains(a, size(b))', 'size(:s) = :n', 'size(:ss) = size(:l)', 'size(:map) < a', 'a IN (:s, :n, :null, b)', 'a = :map', ':n = :n', 'size(a) = size(b)',
  ])('%s is accepted', (text) => {
    expect(condition(text)).toBe('accepted');
  });
  const type = (operator: string, kind: string): string => `Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${kind}`;
  const count = (name: string, given: number): string => `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${given}`;
  test.each<readonly [string, string]>([
    ...['<', '<=', '>', '>='].flatMap((op) => [
      [`a ${op} :null`, type(op, 'NULL')], [`:bool ${op} a`, type(op, 'BOOL')], [`a ${op} :ss`, type(op, 'SS')], [`a ${op} :map`, type(op, 'M')]] as const),
    ['a BETWEEN :l AND :l', type('BETWEEN', 'L')], [':ss BETWEEN a AND b', type('BETWEEN', 'SS')],
    ['begins_with(a, :null)', type('begins_with', 'NULL')], ['begins_with(:n, a)', type('begins_with', 'N')], ['begins_with(a, size(b))', type('begins_with', 'N')],
    ['contains(:n, a)', type('contains', 'N')], ['contains(:map, a)', type('contains', 'M')],
    ['size(:n) = :n', type('size', 'N')], ['size(:bool) = :n', type('size', 'BOOL')], ['size(:null) = :n', type('size', 'NULL')], ['size(size(a)) = :n', type('size', 'N')],
    ['attribute_type(a, :n)', type('attribute_type', 'N')],
    ['attribute_type(a, :t)', 'Invalid attribute type name found; type: string, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}'],
    ['attribute_exists(:s)', 'Operator or function requires a document path; operator or function: attribute_exists'],
    ['attribute_not_exists(size(a))', 'Operator or function requires a document path; operator or function: attribute_not_exists'],
    ['attribute_exists(a, b)', count('attribute_exists', 2)], ['attribute_type(a)', count('attribute_type', 1)], ['begins_with(a)', count('begins_with', 1)],
    ['contains(a, b, c)', count('contains', 3)], ['size(a, b) = :n', count('size', 2)],
    ['attribute_exists()', 'Syntax error; token: ")", near: "()"'], ['a IN ()', 'Syntax error; token: ")", near: "()"'],
    ...['attribute_exists(a) = :s', 'size(contains(a, :s)) = :n', 'a = begins_with(b, :s)', 'a IN (attribute_exists(b))'].map((text) => [
      text, `The function is not allowed to be used this way in an expression; function: ${/(attribute_exists|contains|begins_with)/.exec(text)?.[0] ?? ''}`] as const),
    ['size(a)', 'The function is not allowed to be used this way in an expression; function: size'],
    ['NOT size(a)', 'The function is not allowed to be used this way in an expression; function: size'],
    ['if_not_exists(a, :s) = :s', 'The function is not allowed to be used this way in an expression; function: if_not_exists'],
    ['list_append(a, :l) = :l', 'The function is not allowed to be used this way in an expression; function: list_append'],
  ])('%s: %s', (text, expected) => {
    expect(condition(text)).toBe(expected);
  });
  test.each([
    ['a < a', '<', '[a]'], ['a.b[1] <> a.b[1]', '<>', '[a, b, [1]]'], ['#a = a', '=', '[a]'], ['a BETWEEN :n AND a', 'BETWEEN', '[a]'], ['a IN (b, a)', 'IN', '[a]'],
    ['begins_with(a, a)', 'begins_with', '[a]'], ['contains(a.b, a.b)', 'contains', '[a, b]'],
  ])('%s needs distinct operands', (text, operator, operand) => {
    expect(condition(text)).toBe('The first operand must be distinct from the remaining operands for this operator or function; '
      + `operator: ${operator}, first operand: ${operand}`);
  });
  test.each([
    ['a BETWEEN :m AND :n', 'upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}'],
    ['a BETWEEN :s AND :n', 'same data type for lower and upper bounds; lower bound operand: AttributeValue: {S:x}, upper bound operand: AttributeValue: {N:1}'],
    ['a BETWEEN :b AND :s', 'same data type for lower and upper bounds; lower bound operand: AttributeValue: {B:AQ==}, upper bound operand: AttributeValue: {S:x}'],
  ])('%s has wrong bounds', (text, expected) => {
    expect(condition(text)).toBe(`The BETWEEN operator requires ${expected}`);
  });
  test('bounds from the item are never judged beforehand, equal ones are allowed', () => {
    expect(condition('a BETWEEN b AND :n')).toBe('accepted');
    expect(condition('a BETWEEN :n AND :n')).toBe('accepted');
  });
});

describe('updates', () => {
  test.each([
    'SET a = if_not_exists(a, if_not_exists(b, :n)) + :n', 'SET a = list_append(if_not_exists(a, :l), :l)', 'SET a = list_append(list_append(:l, a), :l)',
    'SET a = :n - if_not_exists(b, :n)', 'SET a = b, b = a', 'DELETE a :ns ADD b :bs REMOVE c SET d = :s', 'SET a=b+:n', 'SET a = :n+:m', 'REMOVE a[0], a[1], b.c', 'SET a[5] = :null',
  ])('%s is accepted', (text) => {
    expect(update(text)).toBe('accepted');
  });
  test.each([
    ['SET', 'Syntax error; token: "<EOF>", near: "SET"'],
    ['REMOVE', 'Syntax error; token: "<EOF>", near: "REMOVE"'],
    ['SET a = b + c + d', 'Syntax error; token: "+", near: "c + d"'],
    ['SET a = (b + c) - d', 'Syntax error; token: "-", near: ") - d"'],
    ['SET a = list_append(b + c, :l)', 'Syntax error; token: "+", near: "b + c"'],
    ['SET a = b * c', 'Syntax error; token: "*", near: "b * c"'],
    ['SET a == :s', 'Syntax error; token: "=", near: "== :s"'],
    ['SET :s = a', 'Syntax error; token: ":s", near: "SET :s ="'],
    ['SET size(a) = :s', 'Syntax error; token: "(", near: "size(a"'],
    ['ADD a = :n', 'Syntax error; token: "=", near: "a = :n"'],
    ['ADD a', 'Syntax error; token: "<EOF>", near: "a"'],
    ['REMOVE a :n', 'Syntax error; token: ":n", near: "a :n"'],
    ['SET a = :s AND b = :s', 'Syntax error; token: "AND", near: ":s AND b"'],
    ['PUT a = :s', 'Syntax error; token: "PUT", near: "PUT a"'],
  ])('%s: %s', (text, expected) => {
    expect(update(text)).toBe(expected);
  });
  test.each(['SET', 'REMOVE', 'ADD', 'DELETE'])('%s may stand once', (section) => {
    const body = {SET: 'a = :s', REMOVE: 'a', ADD: 'a :n', DELETE: 'a :ss'}[section] ?? '';
    expect(update(`${section} ${body} ${section} ${body.replace('a', 'b')}`)).toBe(`The "${section}" section can only be used once in an update expression;`);
  });
  test.each<readonly [string, string]>([
    ...([['STRING', ':s'], ['LIST', ':l'], ['MAP', ':map'], ['NULL', ':null'], ['BOOLEAN', ':bool'], ['BINARY', ':b']] as const).flatMap(([word, value]) => [
      [`ADD a ${value}`, `Incorrect operand type for operator or function; operator: ADD, operand type: ${word}`],
      [`DELETE a ${value}`, `Incorrect operand type for operator or function; operator: DELETE, operand type: ${word}`]] as const),
    ['DELETE a :n', 'Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER'],
    ['SET a = b + :l', 'Incorrect operand type for operator or function; operator or function: +, operand type: L'],
    ['SET a = :ss - b', 'Incorrect operand type for operator or function; operator or function: -, operand type: SS'],
    ['SET a = list_append(b, :n)', 'Incorrect operand type for operator or function; operator or function: list_append, operand type: N'],
    ['SET a = :n + list_append(b, :l)', 'Incorrect operand type for operator or function; operator or function: +, operand type: L'],
    ['SET a = if_not_exists(:s, :s)', 'Operator or function requires a document path; operator or function: if_not_exists'],
    ['SET a = if_not_exists(b)', 'Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1'],
    ['SET a = list_append(b, :l, :l)', 'Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 3'],
    ['SET a = attribute_exists(b)', 'The function is not allowed to be used this way in an expression; function: attribute_exists'],
  ])('%s: %s', (text, expected) => {
    expect(update(text)).toBe(expected);
  });
  test.each([
    ['overlap', 'SET a = :s REMOVE a', '[a]', '[a]'], ['overlap', 'SET a.b = :s, a.b.c = :s', '[a, b]', '[a, b, c]'], ['overlap', 'REMOVE a[1].b, a[1]', '[a, [1], b]', '[a, [1]]'],
    ['overlap', 'ADD a :n DELETE #a :ss', '[a]', '[a]'], ['conflict', 'SET a.b = :s REMOVE a[0]', '[a, b]', '[a, [0]]'], ['conflict', 'SET x.a[0] = :s, x.a.b.c = :s', '[x, a, [0]]', '[x, a, b, c]'],
  ])('two paths %s in %s', (verb, text, one, two) => {
    expect(update(text)).toBe(`Two document paths ${verb} with each other; must remove or rewrite one of these paths; path one: ${one}, path two: ${two}`);
  });
  test('paths that are read may be any', () => {
    expect(update('SET a = a.b, c = a[0], d = a')).toBe('accepted');
  });
});

describe('of two mistakes the one named is reported, wherever it stands', () => {
  test.each([
    ['SET a = nope(b), name = :s', 'Attribute name is a reserved keyword; reserved keyword: name'],
    ['SET a = :s SET b = nope(c)', 'Invalid function name; function: nope'],
    ['SET #x = :s SET b = :s', 'The "SET" section can only be used once in an update expression;'],
    ['SET a = :x, #x = :s', 'An expression attribute name used in the document path is not defined; attribute name: #x'],
    ['SET a = :s, a = :x', 'An expression attribute value used in expression is not defined; attribute value: :x'],
    ['SET a.b = :s, a[0] = :s, c = :s, c = :s', 'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [c], path two: [c]'],
    ['SET a.b = :s + :n, a[0] = :s', 'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [0]]'],
    ['SET a = contains(b, c), d = :s + :n', 'Incorrect operand type for operator or function; operator or function: +, operand type: S'],
  ])('update %s', (text, expected) => {
    expect(update(text)).toBe(expected);
  });
  test.each([
    ['nope(a) AND ((b = :s))', 'The expression has redundant parentheses;'],
    ['size(a) AND nope(b)', 'Invalid function name; function: nope'],
    ['name = :s AND attribute_exists(a) = :s', 'The function is not allowed to be used this way in an expression; function: attribute_exists'],
    ['a = :x AND name = :s', 'Attribute name is a reserved keyword; reserved keyword: name'],
    ['a = :x AND #x = :s', 'An expression attribute value used in expression is not defined; attribute value: :x'],
    ['#x = :s AND a = :x', 'An expression attribute name used in the document path is not defined; attribute name: #x'],
    ['contains(a) AND b = :x', 'An expression attribute value used in expression is not defined; attribute value: :x'],
    ['a = a AND contains(b)', 'Incorrect number of operands for operator or function; operator or function: contains, number of operands: 1'],
    ['a < :l AND b = b', 'The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [b]'],
    ['((a = :s)) AND', 'Syntax error; token: "<EOF>", near: "AND"'],
  ])('condition %s', (text, expected) => {
    expect(condition(text)).toBe(expected);
  });
});

describe('limits', () => {
  test('an expression has up to 4,096 bytes of UTF-8', () => {
    const padded = (sizeBytes: number): string => `a = :s${' '.repeat(sizeBytes - 6)}`;
    expect(condition(padded(4096))).toBe('accepted');
    expect(condition(padded(4097))).toBe('Expression size has exceeded the maximum allowed size; expression size: 4097');
    expect(condition(`a = ${'\u20ac'.repeat(1366)}`)).toBe('Expression size has exceeded the maximum allowed size; expression size: 4102');
    expect(message({projection: `a${' '.repeat(4096)}`})).toBe('Expression size has exceeded the maximum allowed size; expression size: 4097');
  });
  test('an expression has up to 300 operators and functions', () => {
    const text = (count: number): string => Array.from({length: count / 2}, () => 'a=:s').join(' OR ');
    expect(condition(text(300))).toBe('accepted');
    expect(condition(`${text(300)} OR NOT a=:s`)).toBe('The expression contains too many operators; operator count: 302');
    const sums = (count: number): string => `SET ${Array.from({length: count}, (_, i) => `a${i}=b+:n`).join(',')}`;
    expect(update(sums(300))).toBe('accepted');
    expect(update(sums(301))).toBe('The expression contains too many operators; operator count: 301');
  });
  test('a text of parentheses or NOTs alone is refused without a stack that ends', () => {
    for (const text of ['('.repeat(4096), 'NOT '.repeat(1000), `${'('.repeat(1000)}a = :s${')'.repeat(1000)}`, `SET a = ${'('.repeat(4000)}`]) {
      expect(text.startsWith('SET') ? update(text) : condition(text)).not.toBe('accepted');
    }
  });
});

test('an unused name is told even when evaluation would stop before it, and a used one is used in any branch', () => {
  expect(() => compileExpressions({
    condition: '#a = :s OR #b = :t', names: new Map([['#a', 'a'], ['#b', 'b']]), values: new Map([[':s', parseAttributeValue({S: 'x'})], [':t', parseAttributeValue({S: 'y'})]]),
  })).not.toThrow();
});

describe('evaluation', () => {
  const ITEM = parseItem({n: {N: '5'}, s: {S: 'x'}, l: {L: [{N: '1'}, {N: '2'}, {N: '3'}]}, m: {M: {a: {L: [{S: 'p'}, {S: 'q'}]}}}});
  const apply = (text: string): unknown => {
    const {update: compiled} = compileExpressions(input({update: text}));
    return compiled === undefined ? undefined : JSON.parse(JSON.stringify(itemToJson(applyUpdate(compiled, ITEM))));
  };
  test.each([
    ['SET l[1] = :s, l[7] = :n, l[5] = :m', {l: {L: [{N: '1'}, {S: 'x'}, {N: '3'}, {N: '2'}, {N: '1'}]}}],
    ['REMOVE l[0], l[2] SET l[1] = :s', {l: {L: [{S: 'x'}]}}],
    ['REMOVE l[0], l[9]', {l: {L: [{N: '2'}, {N: '3'}]}}],
    ['REMOVE m.a[0] SET m.b = m.a[0]', {m: {M: {a: {L: [{S: 'q'}]}, b: {S: 'p'}}}}],
    ['SET n = if_not_exists(q, :m) + n', {n: {N: '7'}}],
    ['SET n = s, s = n', {n: {S: 'x'}, s: {N: '5'}}],
    ['ADD n :m, q :ss', {n: {N: '7'}, q: {SS: ['a']}}],
  ])('%s', (text, expected) => {
    expect(apply(text)).toMatchObject(expected);
  });
  test.each([
    ['SET q = gone', 'The provided expression refers to an attribute that does not exist in the item'],
    ['SET q = l[3]', 'The provided expression refers to an attribute that does not exist in the item'],
    ['SET q = s + :n', 'An operand in the update expression has an incorrect data type'],
    ['SET q = list_append(s, :l)', 'An operand in the update expression has an incorrect data type'],
    ['ADD s :n', 'An operand in the update expression has an incorrect data type'],
    ['ADD l :ss', 'An operand in the update expression has an incorrect data type'],
    ['DELETE n :ns', 'An operand in the update expression has an incorrect data type'],
    ['SET gone.a = :n', 'The document path provided in the update expression is invalid for update'],
    ['SET s.a = :n', 'The document path provided in the update expression is invalid for update'],
    ['SET l.a = :n', 'The document path provided in the update expression is invalid for update'],
    ['SET m[0] = :n', 'The document path provided in the update expression is invalid for update'],
    ['REMOVE gone.a.b', 'The document path provided in the update expression is invalid for update'],
    ['SET l[3].a = :n', 'The document path provided in the update expression is invalid for update'],
  ])('%s: %s', (text, expected) => {
    expect(() => apply(text)).toThrow(new Error(expected));
  });
  test('arithmetic is exact to 38 digits and refuses more', () => {
    const big = '9'.repeat(38);
    const {update: compiled} = compileExpressions({update: 'SET n = a + :v', values: new Map([[':v', {kind: 'N', value: '1'}]])});
    const result = (a: string): string | undefined => {
      const value = compiled === undefined ? undefined : applyUpdate(compiled, new Map([['a', {kind: 'N', value: a}]])).get('n');
      return value?.kind === 'N' ? value.value : undefined;
    };
    expect(result('99999999999999999999999999999999999998')).toBe(big);
    expect(result(big)).toBe(`1${'0'.repeat(38)}`);
    expect(() => result(`${big.slice(1)}0.5`)).toThrow(new Error('Attempting to store more than 38 significant digits in a Number'));
    expect(() => result(`1${'0'.repeat(100)}`)).toThrow(new Error('Attempting to store more than 38 significant digits in a Number'));
  });
  test('a projection keeps the order of a list and closes its gaps', () => {
    const {projection} = compileExpressions({projection: 'l[2], l[0], l[9], m.a[1], gone, s.x, m.gone'});
    expect(projection === undefined ? undefined : JSON.parse(JSON.stringify(itemToJson(project(projection, ITEM)))))
      .toEqual({l: {L: [{N: '1'}, {N: '3'}]}, m: {M: {a: {L: [{S: 'q'}]}}}});
  });
});
