import type {Area, Body, ConformanceCase} from '../conformance-case.js';
import {fails, gives, has, invalid, proves, put} from '../conformance-case.js';
import type {Json} from '../json.js';
import {HASH, MISSING} from '../suite-tables.js';

const key = {pk: {S: 'expressions'}};
type Values = Readonly<Record<string, Json>>;
type Names = Readonly<Record<string, string>>;

const V: Values = {':n': {N: '1'}, ':s': {S: 'a'}, ':b': {B: 'YQ=='}, ':t': {BOOL: true}, ':z': {NULL: true}, ':l': {L: []}, ':m': {M: {}}, ':ss': {SS: ['a']}, ':ns': {NS: ['1']}, ':two': {N: '2'}};
/** Of all values those that an expression uses: one too many is refused. */
function valuesIn(...expressions: readonly string[]): Values | undefined {
  const used = Object.entries(V).filter(([name]) => expressions.some((text) => new RegExp(`${name}\\b`).test(text)));
  return used.length === 0 ? undefined : Object.fromEntries(used);
}

/** A condition that cannot be read, wherever conditions stand. Nothing of the table is looked at. */
function badCondition(text: string, message: string, values: Values | undefined = valuesIn(text), ExpressionAttributeNames?: Names): ConformanceCase {
  const more: Body = {ExpressionAttributeValues: values, ExpressionAttributeNames};
  return proves('7 Expression body', `condition ${text.slice(0, 60)}`,
    invalid('DeleteItem', {TableName: MISSING, Key: key, ConditionExpression: text, ...more}, `Invalid ConditionExpression: ${message}`),
    invalid('Scan', {TableName: MISSING, FilterExpression: text, ...more}, `Invalid FilterExpression: ${message}`));
}
function badUpdate(text: string, message: string, values: Values | undefined = valuesIn(text), ExpressionAttributeNames?: Names): ConformanceCase {
  return proves('7 Expression body', `update ${text.slice(0, 60)}`,
    invalid('UpdateItem', {TableName: MISSING, Key: key, UpdateExpression: text, ExpressionAttributeValues: values, ExpressionAttributeNames}, `Invalid UpdateExpression: ${message}`));
}
function badProjection(text: string, message: string, ExpressionAttributeNames?: Names): ConformanceCase {
  return proves('7 Expression body', `projection ${text.slice(0, 60)}`,
    invalid('GetItem', {TableName: MISSING, Key: key, ProjectionExpression: text, ExpressionAttributeNames}, `Invalid ProjectionExpression: ${message}`),
    invalid('BatchGetItem', {RequestItems: {[MISSING]: {Keys: [key], ProjectionExpression: text, ExpressionAttributeNames}}}, `Invalid ProjectionExpression: ${message}`));
}

const syntax = (token: string, near: string): string => `Syntax error; token: "${token}", near: "${near}"`;
const reserved = (word: string): string => `Attribute name is a reserved keyword; reserved keyword: ${word}`;
const undefinedValue = (name: string): string => `An expression attribute value used in expression is not defined; attribute value: ${name}`;
const undefinedName = (name: string): string => `An expression attribute name used in the document path is not defined; attribute name: ${name}`;
const noFunction = (name: string): string => `Invalid function name; function: ${name}`;
const operands = (name: string, count: number): string => `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${count}`;
const operandType = (name: string, type: string): string => `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`;
const needsPath = (name: string): string => `Operator or function requires a document path; operator or function: ${name}`;
const misuse = (name: string): string => `The function is not allowed to be used this way in an expression; function: ${name}`;
const notDistinct = (name: string, path: string): string => `The first operand must be distinct from the remaining operands for this operator or function; operator: ${name}, first operand: [${path}]`;
const overlap = (one: string, two: string): string => `Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [${one}], path two: [${two}]`;

const ITEM: Values = {
  ...key, n: {N: '5'}, s: {S: 'hello'}, b: {B: 'AQID'}, t: {BOOL: true}, z: {NULL: true}, ss: {SS: ['a', 'b']}, ns: {NS: ['1', '2']}, bs: {BS: ['AQ==']},
  l: {L: [{N: '1'}, {S: 'x'}, {L: [{S: 'deep'}]}]}, m: {M: {x: {N: '1'}, y: {M: {z: {S: 'deep'}}}}}, e: {S: ''}, 'a.b': {S: 'dot'}, size: {N: '7'},
};
/** Whether a condition holds of ITEM, asked by a conditional write and by a filter. */
function holds(text: string, isTrue: boolean, values?: Values, ExpressionAttributeNames?: Names): ConformanceCase {
  const more: Body = {ExpressionAttributeValues: values, ExpressionAttributeNames};
  const filter = {':pk': key.pk, ...values};
  return proves('5.2 Semantics', `${isTrue ? 'true' : 'false'}: ${text} ${values === undefined ? '' : JSON.stringify(values)}`.trim(),
    isTrue ? gives('UpdateItem', {TableName: HASH, Key: key, ConditionExpression: text, ...more}, {})
      : fails('UpdateItem', {TableName: HASH, Key: key, ConditionExpression: text, ...more}, 'ConditionalCheckFailedException', 'The conditional request failed'),
    ...(/\b(pk)\b/.test(text) ? [] : [has('Query', {TableName: HASH, KeyConditionExpression: 'pk = :pk', FilterExpression: text, ConsistentRead: true, ExpressionAttributeNames, ExpressionAttributeValues: filter},
      {Count: isTrue ? 1 : 0, ScannedCount: 1})]));
}
const a = (value: Json): Values => ({':a': value});
const many = (count: number, text: (i: number) => string, glue: string): string => Array.from({length: count}, (_none, i) => text(i)).join(glue);

export const EXPRESSIONS: Area = {
  name: 'expressions',
  title: 'Expressions: what is read, and what it means',
  cases: [
    // Conditions that cannot be read.
    badCondition('', 'The expression can not be empty;'),
    badCondition('a', syntax('<EOF>', 'a')),
    badCondition('a =', syntax('<EOF>', '=')),
    badCondition('a = :n AND', syntax('<EOF>', 'AND')),
    badCondition('a == :n', syntax('=', '== :n')),
    badCondition('a = :n b', syntax('b', ':n b')),
    badCondition('(a = :n', syntax('<EOF>', ':n')),
    badCondition('a = :n)', syntax(')', ':n)')),
    badCondition('a = "x"', syntax('"', '= "x')),
    badCondition('a = 5', syntax('5', '= 5')),
    badCondition('a[x] = :n', syntax('x', '[x]')),
    badCondition('a[-1] = :n', syntax('-', '[-1')),
    badCondition('a..b = :n', syntax('.', '..b')),
    badCondition('a BETWEEN :n', syntax('<EOF>', ':n')),
    badCondition('a IN :n', syntax(':n', 'IN :n')),
    badCondition('((a = :n))', 'The expression has redundant parentheses;'),
    ...['name', 'Status', 'DATA', 'year', 'user', 'value', 'ttl', 'timestamp'].map((word) => badCondition(`${word} = :n`, reserved(word))),
    badCondition('a.name = :n', reserved('name')),
    badCondition('a = :missing', undefinedValue(':missing'), undefined),
    badCondition('a = :n AND b = :missing', undefinedValue(':missing'), {':n': {N: '1'}}),
    badCondition('#a = :n', undefinedName('#a')),
    badCondition('a.#b = :n', undefinedName('#b')),
    badCondition('nothing(a)', noFunction('nothing')),
    badCondition('Size(a) > :n', noFunction('Size')),
    badCondition('ATTRIBUTE_EXISTS(a)', noFunction('ATTRIBUTE_EXISTS')),
    badCondition('attribute_exists(a, b)', operands('attribute_exists', 2)),
    badCondition('attribute_type(a)', operands('attribute_type', 1)),
    badCondition('begins_with(a)', operands('begins_with', 1)),
    badCondition('begins_with(a, :s, :n)', operands('begins_with', 3)),
    badCondition('contains(a)', operands('contains', 1)),
    badCondition('size(a, b) = :n', operands('size', 2)),
    badCondition('attribute_exists(:n)', needsPath('attribute_exists')),
    badCondition('attribute_not_exists(:n)', needsPath('attribute_not_exists')),
    badCondition('attribute_exists(size(a))', needsPath('attribute_exists')),
    badCondition('size(a)', misuse('size')),
    badCondition('attribute_exists(a) = :n', misuse('attribute_exists')),
    badCondition('a = attribute_exists(b)', misuse('attribute_exists')),
    badCondition('attribute_type(a, :n)', operandType('attribute_type', 'N')),
    badCondition('attribute_type(a, :x)', 'Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}', {':x': {S: 'X'}}),
    badCondition('begins_with(a, :n)', operandType('begins_with', 'N')),
    badCondition('begins_with(a, :l)', operandType('begins_with', 'L')),
    badCondition('size(:n) = :two', operandType('size', 'N')),
    badCondition('size(:t) = :n', operandType('size', 'BOOL')),
    badCondition('a < :l', operandType('<', 'L')),
    badCondition('a > :t', operandType('>', 'BOOL')),
    badCondition('a <= :m', operandType('<=', 'M')),
    badCondition('a >= :ss', operandType('>=', 'SS')),
    badCondition('a = a', notDistinct('=', 'a')),
    badCondition('a.b <> a.b', notDistinct('<>', 'a, b')),
    badCondition('a[1] < a[1]', notDistinct('<', 'a, [1]')),
    badCondition('contains(a, a)', notDistinct('contains', 'a')),
    badCondition('begins_with(a, a)', notDistinct('begins_with', 'a')),
    badCondition('a BETWEEN :two AND :n', 'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}'),
    badCondition('a BETWEEN :n AND :s', 'The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:a}'),
    badCondition(`a = :n AND ${'a'.repeat(4100)} = :n`, 'Expression size has exceeded the maximum allowed size; expression size: 4116'),
    badCondition(many(40, () => 'a', '.').concat(' = :n'), 'The document path has too many nesting levels; nesting levels: 40'),
    badCondition(many(302, () => 'a=:n', ' OR '), 'The expression contains too many operators; operator count: 603'),
    // Which of several mistakes is told.
    badCondition('((size(a))) = :n', 'The expression has redundant parentheses;'),
    badCondition('nothing(name) = :missing', noFunction('nothing'), undefined),
    badCondition('name = :missing', reserved('name'), undefined),
    badCondition('#x = :missing', undefinedName('#x'), undefined),
    // Updates that cannot be read.
    badUpdate('', 'The expression can not be empty;'),
    badUpdate('SET', syntax('<EOF>', 'SET')),
    badUpdate('SET a', syntax('<EOF>', 'a')),
    badUpdate('SET a = :n,', syntax('<EOF>', ',')),
    badUpdate('a = :n', syntax('a', 'a =')),
    badUpdate('SET a = :n + :two + :n', syntax('+', ':two + :n')),
    badUpdate('SET a = :n * :two', syntax('*', ':n * :two')),
    badUpdate('REMOVE a = :n', syntax('=', 'a = :n')),
    badUpdate('SET a = :n SET b = :n', 'The "SET" section can only be used once in an update expression;'),
    badUpdate('REMOVE a REMOVE b', 'The "REMOVE" section can only be used once in an update expression;'),
    badUpdate('ADD a :n ADD b :n', 'The "ADD" section can only be used once in an update expression;'),
    badUpdate('DELETE a :ss DELETE b :ss', 'The "DELETE" section can only be used once in an update expression;'),
    badUpdate('SET name = :n', reserved('name')),
    badUpdate('REMOVE status', reserved('status')),
    badUpdate('SET a = :missing', undefinedValue(':missing'), undefined),
    badUpdate('SET #a = :n', undefinedName('#a')),
    badUpdate('SET a = nothing(b)', noFunction('nothing')),
    badUpdate('SET a = if_not_exists(b)', operands('if_not_exists', 1)),
    badUpdate('SET a = if_not_exists(:n, :two)', needsPath('if_not_exists')),
    badUpdate('SET a = list_append(:l)', operands('list_append', 1)),
    badUpdate('SET a = list_append(:n, b)', operandType('list_append', 'N')),
    badUpdate('SET a = size(b)', misuse('size')),
    badUpdate('SET a = attribute_exists(b)', misuse('attribute_exists')),
    badUpdate('SET a = :s + :n', operandType('+', 'S')),
    badUpdate('SET a = :n - :l', operandType('-', 'L')),
    badUpdate('ADD a :s', 'Incorrect operand type for operator or function; operator: ADD, operand type: STRING'),
    badUpdate('ADD a :l', 'Incorrect operand type for operator or function; operator: ADD, operand type: LIST'),
    badUpdate('ADD a :m', 'Incorrect operand type for operator or function; operator: ADD, operand type: MAP'),
    badUpdate('DELETE a :n', 'Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER'),
    badUpdate('DELETE a :s', 'Incorrect operand type for operator or function; operator: DELETE, operand type: STRING'),
    badUpdate('SET a = :n, a = :two', overlap('a', 'a')),
    badUpdate('SET a = :n REMOVE a.b', overlap('a', 'a, b')),
    badUpdate('SET a.b = :n, a.b.c = :two', overlap('a, b', 'a, b, c')),
    badUpdate('SET a[0] = :n REMOVE a[0]', overlap('a, [0]', 'a, [0]')),
    badUpdate('SET a.b = :n, a[0] = :two', 'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [0]]'),
    // Projections that cannot be read.
    badProjection('', 'The expression can not be empty;'),
    badProjection('a,', syntax('<EOF>', ',')),
    badProjection('a b', syntax('b', 'a b')),
    badProjection('name', reserved('name')),
    badProjection('#a', undefinedName('#a')),
    badProjection('a, a', overlap('a', 'a')),
    badProjection('a, a.b', overlap('a', 'a, b')),
    badProjection('a.b, a[1]', 'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [1]]'),
    badProjection('a[x]', syntax('x', '[x]')),
    // The maps of names and values.
    ...(['DeleteItem', 'PutItem', 'UpdateItem'] as const).flatMap((operation): readonly ConformanceCase[] => {
      const base = operation === 'PutItem' ? {TableName: MISSING, Item: key} : {TableName: MISSING, Key: key};
      const users = operation === 'UpdateItem' ? 'UpdateExpression and ConditionExpression are null' : 'ConditionExpression is null';
      const refused = (name: string, more: Body, message: string): ConformanceCase => proves('7 Expression maps', `${operation}: ${name}`, invalid(operation, {...base, ...more}, message));
      return [
        refused('names without an expression', {ExpressionAttributeNames: {'#a': 'a'}}, 'ExpressionAttributeNames can only be specified when using expressions'),
        refused('values without an expression', {ExpressionAttributeValues: {':a': {N: '1'}}}, `ExpressionAttributeValues can only be specified when using expressions: ${users}`),
        refused('no names', {ConditionExpression: 'a = b', ExpressionAttributeNames: {}}, 'ExpressionAttributeNames must not be empty'),
        refused('no values', {ConditionExpression: 'a = b', ExpressionAttributeValues: {}}, 'ExpressionAttributeValues must not be empty'),
        refused('a name without its sign', {ConditionExpression: 'a = b', ExpressionAttributeNames: {a: 'a'}}, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"'),
        refused('a name of the sign alone', {ConditionExpression: 'a = b', ExpressionAttributeNames: {'#': 'a'}}, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#"'),
        refused('a name with a dot', {ConditionExpression: 'a = b', ExpressionAttributeNames: {'#a.b': 'a'}}, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a.b"'),
        refused('a value without its sign', {ConditionExpression: 'a = b', ExpressionAttributeValues: {a: {N: '1'}}}, 'ExpressionAttributeValues contains invalid key: Syntax error; key: "a"'),
        refused('a value at fault', {ConditionExpression: 'a = :a', ExpressionAttributeValues: {':a': {N: 'x'}}},
          'ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: x for key :a'),
        refused('a name that nothing uses', {ConditionExpression: '#a = b', ExpressionAttributeNames: {'#a': 'a', '#b': 'b'}}, 'Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}'),
        refused('a value that nothing uses', {ConditionExpression: 'a = :a', ExpressionAttributeValues: {':a': {N: '1'}, ':b': {N: '2'}}}, 'Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}'),
        refused('an unused name is told before an unused value', {ConditionExpression: 'a = b', ExpressionAttributeNames: {'#b': 'b'}, ExpressionAttributeValues: {':b': {N: '2'}}},
          'Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}'),
        refused('a syntax error is told before an unused name', {ConditionExpression: 'a =', ExpressionAttributeNames: {'#b': 'b'}}, `Invalid ConditionExpression: ${syntax('<EOF>', '=')}`),
      ];
    }),
    proves('1.1 order', 'the update is read before the condition', invalid('UpdateItem', {TableName: MISSING, Key: key, UpdateExpression: 'SET', ConditionExpression: ''}, `Invalid UpdateExpression: ${syntax('<EOF>', 'SET')}`)),
    proves('1.1 order', 'the key condition is read before the filter, the filter before the projection',
      invalid('Query', {TableName: MISSING, KeyConditionExpression: '', FilterExpression: '', ProjectionExpression: ''}, 'Invalid KeyConditionExpression: The expression can not be empty;'),
      invalid('Query', {TableName: MISSING, KeyConditionExpression: 'a = b', FilterExpression: '', ProjectionExpression: ''}, 'Invalid FilterExpression: The expression can not be empty;'),
      invalid('Scan', {TableName: MISSING, FilterExpression: 'attribute_exists(a)', ProjectionExpression: ''}, 'Invalid ProjectionExpression: The expression can not be empty;')),
    // What conditions mean.
    proves('5.2 Semantics', 'the item that all conditions below are judged by', put({TableName: HASH, Item: ITEM})),
    ...([['n = :a', {N: '5.0'}, true], ['n = :a', {N: '6'}, false], ['n = :a', {S: '5'}, false], ['n <> :a', {N: '6'}, true], ['n <> :a', {N: '5'}, false], ['n <> :a', {S: '5'}, true], ['nope = :a', {N: '5'}, false],
      ['nope <> :a', {N: '5'}, true], ['n < :a', {N: '6'}, true], ['n < :a', {N: '5'}, false], ['n <= :a', {N: '5'}, true], ['n > :a', {N: '-5'}, true], ['n >= :a', {N: '5'}, true], ['n >= :a', {N: '5.1'}, false],
      ['n < :a', {S: 'z'}, false], ['nope < :a', {N: '5'}, false], ['s < :a', {S: 'hellp'}, true], ['s > :a', {S: 'Hello'}, true], ['b < :a', {B: 'AQIE'}, true], ['b >= :a', {B: 'AQI='}, true],
      ['s = :a', {S: 'hello'}, true], ['s = :a', {S: 'Hello'}, false], ['b = :a', {B: 'AQID'}, true], ['t = :a', {BOOL: true}, true], ['t = :a', {BOOL: false}, false], ['z = :a', {NULL: true}, true],
      ['ss = :a', {SS: ['b', 'a']}, true], ['ss = :a', {SS: ['a']}, false], ['ns = :a', {NS: ['2.0', '1']}, true], ['l = :a', {L: [{N: '1'}, {S: 'x'}, {L: [{S: 'deep'}]}]}, true], ['l = :a', {L: []}, false],
      ['m = :a', {M: {y: {M: {z: {S: 'deep'}}}, x: {N: '1'}}}, true], ['m.x = :a', {N: '1'}, true], ['m.y.z = :a', {S: 'deep'}, true], ['m.nope.z = :a', {S: 'deep'}, false], ['l[0] = :a', {N: '1'}, true],
      ['l[2][0] = :a', {S: 'deep'}, true], ['l[9] = :a', {N: '1'}, false], ['e = :a', {S: ''}, true], ['n IN (:a)', {N: '5'}, true], ['n IN (s, :a)', {N: '5'}, true], ['n IN (:a)', {N: '4'}, false],
      ['nope IN (:a)', {N: '4'}, false], ['n BETWEEN :a AND :a', {N: '5'}, true], ['s BETWEEN :a AND m.y.z', {S: 'a'}, false],
      ['attribute_type(n, :a)', {S: 'N'}, true], ['attribute_type(n, :a)', {S: 'S'}, false], ['attribute_type(l, :a)', {S: 'L'}, true], ['attribute_type(z, :a)', {S: 'NULL'}, true], ['attribute_type(nope, :a)', {S: 'N'}, false],
      ['attribute_type(bs, :a)', {S: 'BS'}, true], ['attribute_type(m, :a)', {S: 'M'}, true], ['begins_with(s, :a)', {S: 'he'}, true], ['begins_with(s, :a)', {S: 'hello!'}, false], ['begins_with(s, :a)', {S: ''}, true],
      ['begins_with(b, :a)', {B: 'AQ=='}, true], ['begins_with(n, :a)', {S: '5'}, false], ['begins_with(nope, :a)', {S: 'a'}, false], ['contains(s, :a)', {S: 'ell'}, true], ['contains(s, :a)', {S: 'elx'}, false],
      ['contains(b, :a)', {B: 'Ag=='}, true], ['contains(ss, :a)', {S: 'a'}, true], ['contains(ss, :a)', {S: 'c'}, false], ['contains(ns, :a)', {N: '2.0'}, true], ['contains(bs, :a)', {B: 'AQ=='}, true],
      ['contains(l, :a)', {S: 'x'}, true], ['contains(l, :a)', {L: [{S: 'deep'}]}, true], ['contains(l, :a)', {S: 'deep'}, false], ['contains(n, :a)', {N: '5'}, false], ['contains(nope, :a)', {S: 'a'}, false],
      ['size(s) = :a', {N: '5'}, true], ['size(b) = :a', {N: '3'}, true], ['size(ss) = :a', {N: '2'}, true], ['size(l) = :a', {N: '3'}, true], ['size(m) = :a', {N: '2'}, true], ['size(e) = :a', {N: '0'}, true],
      ['size(n) = :a', {N: '1'}, false], ['size(nope) = :a', {N: '0'}, false], ['size(s) < :a', {N: '6'}, true], [':a = n', {N: '5'}, true], [':a < n', {N: '4'}, true],
      ['NOT n = :a', {N: '6'}, true], ['NOT n = :a', {N: '5'}, false], ['NOT nope = :a', {N: '5'}, true], ['NOT (n = :a OR n = :a)', {N: '5'}, false],
      ['n = :a AND attribute_exists(s)', {N: '5'}, true], ['n = :a OR attribute_exists(s)', {N: '6'}, true], ['n = :a OR attribute_exists(s) AND attribute_exists(nope)', {N: '5'}, true],
      ['(n = :a OR attribute_exists(s)) AND attribute_exists(nope)', {N: '5'}, false], ['NOT n = :a AND attribute_exists(nope)', {N: '6'}, false], ['not n = :a Or attribute_exists(s)', {N: '5'}, true],
    ] as readonly (readonly [string, Json, boolean])[]).map(([text, value, isTrue]) => holds(text, isTrue, a(value))),
    holds('n BETWEEN :a AND #s', true, a({N: '5'}), {'#s': 'size'}),
    holds('attribute_exists(n)', true), holds('attribute_exists(nope)', false), holds('attribute_not_exists(nope)', true), holds('attribute_not_exists(n)', false),
    holds('attribute_exists(m.y.z)', true), holds('attribute_exists(m.y.nope)', false), holds('attribute_exists(l[2][0])', true), holds('attribute_exists(l[3])', false), holds('attribute_not_exists(z)', false),
    holds('attribute_exists(pk)', true), holds('attribute_not_exists(pk)', false), holds('n < #s', true, undefined, {'#s': 'size'}), holds('nope1 = nope2', false), holds('nope1 <> nope2', true),
    holds('attribute_exists(#d)', true, undefined, {'#d': 'a.b'}), holds('attribute_exists(#d.b)', false, undefined, {'#d': 'a'}), holds('contains(s, s2)', false), holds('n <> s', true), holds('n = s', false),
    ...[99, 100].map((count) => {
      const body = {
        TableName: HASH, Key: key, ConditionExpression: `n IN (${many(count, (i) => `:v${i}`, ', ')})`, ExpressionAttributeValues: Object.fromEntries(Array.from({length: count}, (_none, i) => [`:v${i}`, {N: String(100 + i)}])),
      };
      return proves('2 Expressions', `IN with ${count} operands on its right side`, count === 99
        ? fails('DeleteItem', body, 'ConditionalCheckFailedException', 'The conditional request failed') : invalid('DeleteItem', body, undefined));
    }),
    proves('7 Key paths', 'a path into the key', ...['pk.x', 'pk[0]'].flatMap((path) => {
      const message = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk";
      return [
        invalid('GetItem', {TableName: HASH, Key: key, ProjectionExpression: path}, message), invalid('UpdateItem', {TableName: HASH, Key: key, ConditionExpression: `attribute_exists(${path})`}, message),
        invalid('BatchGetItem', {RequestItems: {[HASH]: {Keys: [key], ProjectionExpression: path}}}, message),
      ];
    })),
    proves('2 Number', 'arithmetic on 38 digits', put({TableName: HASH, Item: {pk: {S: 'expressions-digits'}, a: {N: `${'9'.repeat(37)}8`}}}),
      gives('UpdateItem', {TableName: HASH, Key: {pk: {S: 'expressions-digits'}}, UpdateExpression: 'SET a = a + :n', ExpressionAttributeValues: {':n': {N: '1'}}, ReturnValues: 'UPDATED_NEW'}, {Attributes: {a: {N: '9'.repeat(38)}}}),
      invalid('UpdateItem', {TableName: HASH, Key: {pk: {S: 'expressions-digits'}}, UpdateExpression: 'SET a = a + :n', ExpressionAttributeValues: {':n': {N: '0.1'}}}, 'Attempting to store more than 38 significant digits in a Number')),
    proves('8 Short circuit', 'a name in a branch that is not evaluated is used', has('Query', {
      TableName: HASH, ConsistentRead: true, KeyConditionExpression: 'pk = :pk', FilterExpression: '#n = :n OR #s = :s', ExpressionAttributeNames: {'#n': 'n', '#s': 's'},
      ExpressionAttributeValues: {':pk': key.pk, ':n': {N: '5'}, ':s': {S: 'x'}},
    }, {Count: 1})),
  ],
};
