// The parameters before expressions: each rule with its exact message (rows Legacy, Mixing and Query of the error
// table), and the order in which they are reported.
import {ModelError} from '../errors.js';
import type {KeySchema} from '../key-schema.js';
import {parseBatchGetItem} from '../operations/batch-get-item.js';
import {parseDeleteItem} from '../operations/delete-item.js';
import {parseGetItem} from '../operations/get-item.js';
import {parsePutItem} from '../operations/put-item.js';
import {parseQuery, resolveQuery} from '../operations/query.js';
import {parseScan} from '../operations/scan.js';
import {parseUpdateItem} from '../operations/update-item.js';

const P = 'One or more parameter values were invalid: ';
const KEY = {h: {S: 'k'}};
const PUT = {TableName: 'abc', Item: KEY};
const UPDATE = {TableName: 'abc', Key: KEY};
const SCAN = {TableName: 'abc'};
const EQ = {ComparisonOperator: 'EQ', AttributeValueList: [{S: 'k'}]};
const QUERY = {TableName: 'abc', KeyConditions: {h: EQ}};

function message(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof ModelError) return error.failure.message;
    throw error;
  }
  return 'accepted';
}
const mixing = (legacy: string, expressions: string): string =>
  'Can not use both expression and non-expression parameters in the same request: '
  + `Non-expression parameters: {${legacy}} Expression parameters: {${expressions}}`;

test.each([
  [() => parsePutItem({...PUT, Expected: {}, ConditionalOperator: 'OR', ConditionExpression: 'a'}), mixing('Expected, ConditionalOperator', 'ConditionExpression')],
  [() => parseDeleteItem({...UPDATE, ConditionalOperator: 'OR', ConditionExpression: 'a'}), mixing('ConditionalOperator', 'ConditionExpression')],
  [() => parseUpdateItem({...UPDATE, AttributeUpdates: {}, Expected: {}, ConditionalOperator: 'OR', UpdateExpression: 'a', ConditionExpression: 'a'}),
    mixing('AttributeUpdates, Expected, ConditionalOperator', 'UpdateExpression, ConditionExpression')],
  [() => parseGetItem({...UPDATE, AttributesToGet: ['a'], ProjectionExpression: 'a'}), mixing('AttributesToGet', 'ProjectionExpression')],
  [() => parseBatchGetItem({RequestItems: {abc: {Keys: [KEY], AttributesToGet: ['a'], ProjectionExpression: 'a'}}}), mixing('AttributesToGet', 'ProjectionExpression')],
  [() => parseQuery({...QUERY, QueryFilter: {}, AttributesToGet: ['a'], ConditionalOperator: 'OR', KeyConditionExpression: 'a', FilterExpression: 'a', ProjectionExpression: 'a'}),
    mixing('AttributesToGet, QueryFilter, ConditionalOperator, KeyConditions', 'ProjectionExpression, FilterExpression, KeyConditionExpression')],
  [() => parseScan({...SCAN, ScanFilter: {}, AttributesToGet: ['a'], ConditionalOperator: 'OR', FilterExpression: 'a', ProjectionExpression: 'a'}),
    mixing('AttributesToGet, ScanFilter, ConditionalOperator', 'ProjectionExpression, FilterExpression')],
  [() => parseScan({...SCAN, ScanFilter: {}, ProjectionExpression: 'a'}), mixing('ScanFilter', 'ProjectionExpression')],
])('legacy and expression parameters do not mix (%#)', (run, expected) => {
  expect(message(run)).toBe(expected);
});

test('KeyConditions may stand beside every expression but KeyConditionExpression', () => {
  const {expressions} = parseQuery({
    ...QUERY, FilterExpression: '#a = :v0', ProjectionExpression: 'b', ExpressionAttributeNames: {'#a': 'a'}, ExpressionAttributeValues: {':v0': {N: '1'}},
  });
  expect(expressions.compiled.keyCondition).toEqual({tests: [{name: 'h', op: '=', values: [{kind: 'S', value: 'k'}]}]});
  expect(expressions.compiled.filter?.topLevelNames).toEqual(['a']);
  expect(expressions.input.filter).toBe('#a = :v0');
});

const WITHOUT = 'ConditionalOperator cannot be used without Filter or Expected';
const TWO = 'ConditionalOperator can only be used when Filter or Expected has two or more elements';
test.each([
  [() => parsePutItem({...PUT, ConditionalOperator: 'AND'}), WITHOUT],
  [() => parsePutItem({...PUT, ConditionalOperator: 'AND', Expected: {}}), WITHOUT],
  [() => parsePutItem({...PUT, ConditionalOperator: 'AND', Expected: {a: EQ}}), TWO],
  [() => parseDeleteItem({...UPDATE, ConditionalOperator: 'OR', Expected: {a: EQ}}), TWO],
  [() => parseUpdateItem({...UPDATE, ConditionalOperator: 'OR', AttributeUpdates: {a: {}}}), WITHOUT],
  [() => parseQuery({TableName: 'abc', ConditionalOperator: 'OR'}), WITHOUT],
  [() => parseQuery({...QUERY, ConditionalOperator: 'OR', QueryFilter: {a: EQ}}), TWO],
  [() => parseScan({...SCAN, ConditionalOperator: 'OR', AttributesToGet: ['a', 'a']}), WITHOUT],
  [() => parseScan({...SCAN, ConditionalOperator: 'OR', ScanFilter: {a: EQ, b: EQ}}), 'accepted'],
])('a ConditionalOperator needs two conditions to join (%#)', (run, expected) => {
  expect(message(run)).toBe(expected);
});

test.each([
  [{a: {}}, `${P}Value must be provided when Exists is null for Attribute: a`],
  [{a: {Exists: true}}, `${P}Value must be provided when Exists is true for Attribute: a`],
  [{a: {Exists: false, Value: {S: 'x'}}}, `${P}Value cannot be used when Exists is false for Attribute: a`],
  [{a: {Value: {S: 'x'}, AttributeValueList: [{S: 'x'}], ComparisonOperator: 'EQ'}}, `${P}Value and AttributeValueList cannot be used together for Attribute: a`],
  [{a: {Exists: true, AttributeValueList: [{S: 'x'}], ComparisonOperator: 'EQ'}}, `${P}Exists and ComparisonOperator cannot be used together for Attribute: a`],
  [{a: {ComparisonOperator: 'GE'}}, `${P}Value or AttributeValueList must be used with ComparisonOperator: GE for Attribute: a`],
  [{a: {AttributeValueList: []}}, `${P}AttributeValueList can only be used with a ComparisonOperator for Attribute: a`],
  [{a: {ComparisonOperator: 'NULL', Value: {S: 'x'}}}, `${P}Invalid number of argument(s) for the NULL ComparisonOperator`],
  [{a: {ComparisonOperator: 'EQ', AttributeValueList: []}}, `${P}Invalid number of argument(s) for the EQ ComparisonOperator`],
  [{a: {ComparisonOperator: 'LT', Value: {SS: ['x']}}}, `${P}ComparisonOperator LT is not valid for SS AttributeValue type`],
  [{a: {Value: {N: 'x'}}}, 'The parameter cannot be converted to a numeric value: x'],
  [{a: {Value: {S: 'x'}}, b: {Exists: false}, c: {ComparisonOperator: 'NOT_NULL'}, d: {ComparisonOperator: 'EQ', Value: {S: 'x'}}}, 'accepted'],
  [{'': {Value: {S: 'x'}}}, 'Empty attribute name'],
])('Expected %j: %s', (expected, text) => {
  expect(message(() => parsePutItem({...PUT, Expected: expected}))).toBe(text);
  expect(message(() => parseDeleteItem({...UPDATE, Expected: expected}))).toBe(text);
  expect(message(() => parseUpdateItem({...UPDATE, Expected: expected}))).toBe(text);
});

const ONE = [{S: 'x'}];
const SETS = [{SS: ['x']}];
test.each([
  ['EQ', [], `${P}Invalid number of argument(s) for the EQ ComparisonOperator`],
  ['NE', [...ONE, ...ONE], `${P}Invalid number of argument(s) for the NE ComparisonOperator`],
  ['NULL', ONE, `${P}Invalid number of argument(s) for the NULL ComparisonOperator`],
  ['NOT_NULL', ONE, `${P}Invalid number of argument(s) for the NOT_NULL ComparisonOperator`],
  ['IN', [], `${P}Invalid number of argument(s) for the IN ComparisonOperator`],
  ['BETWEEN', ONE, `${P}Invalid number of argument(s) for the BETWEEN ComparisonOperator`],
  ['IN', [{S: 'x'}, {N: '1'}], `${P}AttributeValues inside AttributeValueList must be of same type`],
  ['BETWEEN', [{N: '2'}, {S: 'x'}], `${P}AttributeValues inside AttributeValueList must be of same type`],
  ['LE', SETS, `${P}ComparisonOperator LE is not valid for SS AttributeValue type`],
  ['LT', [{L: []}], `${P}ComparisonOperator LT is not valid for L AttributeValue type`],
  ['GE', [{M: {}}], `${P}ComparisonOperator GE is not valid for M AttributeValue type`],
  ['GT', [{BOOL: true}], `${P}ComparisonOperator GT is not valid for BOOL AttributeValue type`],
  ['CONTAINS', SETS, `${P}ComparisonOperator CONTAINS is not valid for SS AttributeValue type`],
  ['NOT_CONTAINS', [{L: []}], `${P}ComparisonOperator NOT_CONTAINS is not valid for L AttributeValue type`],
  ['BEGINS_WITH', [{N: '1'}], `${P}ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type`],
  ['IN', [{NS: ['1']}], `${P}ComparisonOperator IN is not valid for NS AttributeValue type`],
  ['BETWEEN', [...SETS, ...SETS], `${P}ComparisonOperator BETWEEN is not valid for SS AttributeValue type`],
  ['BETWEEN', [{N: '10'}, {N: '9'}], 'The BETWEEN condition was provided a range where the lower bound is greater than the upper bound'],
  ['EQ', [{SS: []}], `${P}An string set  may not be empty`],
  ['EQ', [{M: {a: {L: [{NULL: true}]}}}], 'accepted'],
  ['NE', [{NULL: true}], 'accepted'],
  ['IN', Array.from({length: 500}, (_, i) => ({N: String(i)})), 'accepted'],
])('the condition %s with %j: %s', (operator, values, text) => {
  const condition = {ComparisonOperator: operator, AttributeValueList: values};
  expect(message(() => parseScan({...SCAN, ScanFilter: {a: condition}}))).toBe(text);
  expect(message(() => parseQuery({...QUERY, QueryFilter: {a: condition}}))).toBe(text);
  expect(message(() => parseQuery({...QUERY, KeyConditions: {h: EQ, r: condition}}))).toBe(text);
  expect(message(() => parsePutItem({...PUT, Expected: {a: condition}}))).toBe(text);
});

test.each([
  [() => parseScan({...SCAN, ScanFilter: {a: {}}}), "1 validation error detected: Value null at 'scanFilter.a.member.comparisonOperator' "
    + 'failed to satisfy constraint: Member must not be null'],
  [() => parseQuery({...QUERY, QueryFilter: {a: {ComparisonOperator: 'x'}}}), "1 validation error detected: Value 'x' at 'queryFilter.a.member.comparisonOperator' "
    + 'failed to satisfy constraint: Member must satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]'],
  [() => parseUpdateItem({...UPDATE, AttributeUpdates: {a: {Action: 'x'}}}), "1 validation error detected: Value 'x' at 'attributeUpdates.a.member.action' "
    + 'failed to satisfy constraint: Member must satisfy enum value set: [ADD, PUT, DELETE]'],
  [() => parsePutItem({...PUT, ConditionalOperator: 'x'}), "1 validation error detected: Value 'x' at 'conditionalOperator' "
    + 'failed to satisfy constraint: Member must satisfy enum value set: [OR, AND]'],
  [() => parseGetItem({...UPDATE, AttributesToGet: []}), "1 validation error detected: Value '[]' at 'attributesToGet' "
    + 'failed to satisfy constraint: Member must have length greater than or equal to 1'],
])('constraints come first (%#)', (run, expected) => {
  expect(message(run)).toBe(expected);
});

test.each([
  [{a: {}}, `${P}Only DELETE action is allowed when no attribute value is specified`],
  [{a: {Action: 'ADD'}}, `${P}Only DELETE action is allowed when no attribute value is specified`],
  [{a: {Action: 'DELETE', Value: {N: '1'}}}, `${P}DELETE action with value is not supported for the type N`],
  [{a: {Action: 'DELETE', Value: {L: []}}}, `${P}DELETE action with value is not supported for the type L`],
  [{a: {Action: 'ADD', Value: {S: 'x'}}}, `${P}ADD action is not supported for the type S`],
  [{a: {Action: 'ADD', Value: {M: {}}}}, `${P}ADD action is not supported for the type M`],
  [{a: {Action: 'PUT', Value: {N: 'x'}}}, 'The parameter cannot be converted to a numeric value: x'],
  [{a: {Action: 'ADD', Value: {L: [{S: 'x'}]}}, b: {Value: {NULL: true}}, c: {Action: 'DELETE'}, d: {Action: 'DELETE', Value: {BS: ['YQ==']}}}, 'accepted'],
])('AttributeUpdates %j: %s', (updates, text) => {
  expect(message(() => parseUpdateItem({...UPDATE, AttributeUpdates: updates}))).toBe(text);
});

test('AttributeUpdates are checked before Expected, and both before the maps of expressions', () => {
  const maps = {ExpressionAttributeNames: {'#a': 'a'}};
  expect(message(() => parseUpdateItem({...UPDATE, AttributeUpdates: {a: {}}, Expected: {a: {}}, ...maps})))
    .toBe(`${P}Only DELETE action is allowed when no attribute value is specified`);
  expect(message(() => parseUpdateItem({...UPDATE, AttributeUpdates: {}, Expected: {a: {}}, ...maps})))
    .toBe(`${P}Value must be provided when Exists is null for Attribute: a`);
  expect(message(() => parseUpdateItem({...UPDATE, AttributeUpdates: {}, Expected: {}, ...maps})))
    .toBe('ExpressionAttributeNames can only be specified when using expressions');
});

test('an empty Expected, filter or AttributeUpdates means nothing', () => {
  expect(parseUpdateItem({...UPDATE, AttributeUpdates: {}, Expected: {}}).expressions.compiled).toMatchObject({update: undefined, condition: undefined});
  expect(parseScan({...SCAN, ScanFilter: {}}).expressions.compiled.filter).toBeUndefined();
});

test.each([
  [() => parseGetItem({...UPDATE, AttributesToGet: ['a', 'b', 'a']})],
  [() => parseBatchGetItem({RequestItems: {abc: {Keys: [KEY], AttributesToGet: ['a', 'a']}}})],
  [() => parseScan({...SCAN, AttributesToGet: ['a', 'a'], ScanFilter: {a: {ComparisonOperator: 'EQ'}}})],
  [() => parseQuery({...QUERY, AttributesToGet: ['a', 'a']})],
])('AttributesToGet names no attribute twice (%#)', (run) => {
  expect(message(run)).toBe(`${P}Duplicate value in attribute name: a`);
});

test.each([
  [{AttributesToGet: ['a'], Select: 'COUNT'}, `${P}Cannot specify the AttributesToGet when choosing to get only the Count`],
  [{AttributesToGet: ['a'], Select: 'ALL_ATTRIBUTES'}, `${P}Cannot specify the AttributesToGet when choosing to get ALL_ATTRIBUTES`],
  [{AttributesToGet: ['a'], Select: 'SPECIFIC_ATTRIBUTES'}, 'accepted'],
])('Select and AttributesToGet: %j', (members, text) => {
  expect(message(() => parseScan({...SCAN, ...members}))).toBe(text);
});

test('a query checks its filter, AttributesToGet, start key, key conditions there, expressions, then KeyConditions', () => {
  const badFilter = {QueryFilter: {a: {ComparisonOperator: 'EQ'}}};
  const badGet = {AttributesToGet: ['a', 'a']};
  const badStart = {ExclusiveStartKey: {h: {N: 'x'}}};
  expect(message(() => parseQuery({TableName: 'abc', ...badFilter, ...badGet, ...badStart}))).toBe(`${P}Invalid number of argument(s) for the EQ ComparisonOperator`);
  expect(message(() => parseQuery({TableName: 'abc', ...badGet, ...badStart}))).toBe(`${P}Duplicate value in attribute name: a`);
  expect(message(() => parseQuery({TableName: 'abc', ...badStart}))).toBe('The parameter cannot be converted to a numeric value: x');
  expect(message(() => parseQuery({TableName: 'abc', FilterExpression: 'a'})))
    .toBe('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.');
  expect(message(() => parseQuery({TableName: 'abc', FilterExpression: 'a', KeyConditions: {}}))).toBe('Invalid FilterExpression: Syntax error; token: "<EOF>", near: "a"');
  expect(message(() => parseQuery({TableName: 'abc', KeyConditions: {}}))).toBe('Conditions can be of length 1 or 2 only');
  expect(message(() => parseQuery({TableName: 'abc', KeyConditions: {a: EQ, b: EQ, c: EQ}}))).toBe('Conditions can be of length 1 or 2 only');
});

test('a scan checks AttributesToGet, its filter, then the start key', () => {
  const bad = {ScanFilter: {a: {ComparisonOperator: 'EQ'}}, ExclusiveStartKey: {h: {N: 'x'}}};
  expect(message(() => parseScan({...SCAN, ...bad, AttributesToGet: ['a', 'a']}))).toBe(`${P}Duplicate value in attribute name: a`);
  expect(message(() => parseScan({...SCAN, ...bad}))).toBe(`${P}Invalid number of argument(s) for the EQ ComparisonOperator`);
  expect(message(() => parseScan({...SCAN, ExclusiveStartKey: bad.ExclusiveStartKey}))).toBe('The parameter cannot be converted to a numeric value: x');
});

const schema = {hash: {name: 'h', type: 'S'}, range: {name: 'r', type: 'N'}} as const;
const simple = {hash: {name: 'h', type: 'S'}, range: undefined} as const;
const N5 = [{N: '5'}];
test.each([
  ['EQ', N5, {op: '=', values: [{kind: 'N', value: '5'}]}],
  ['LT', N5, {op: '<', values: [{kind: 'N', value: '5'}]}],
  ['LE', N5, {op: '<=', values: [{kind: 'N', value: '5'}]}],
  ['GT', N5, {op: '>', values: [{kind: 'N', value: '5'}]}],
  ['GE', N5, {op: '>=', values: [{kind: 'N', value: '5'}]}],
  ['BETWEEN', [...N5, {N: '6'}], {op: 'between', values: [{kind: 'N', value: '5'}, {kind: 'N', value: '6'}]}],
])('KeyConditions with %s on the sort key are resolved', (operator, values, sort) => {
  const KeyConditions = {r: {ComparisonOperator: operator, AttributeValueList: values}, h: EQ};
  expect(resolveQuery(parseQuery({...QUERY, KeyConditions}), schema).keyCondition).toEqual({partitionKey: {kind: 'S', value: 'k'}, sort});
});

test('KeyConditions with BEGINS_WITH are resolved on a text', () => {
  const textual = {hash: {name: 'h', type: 'S'}, range: {name: 'r', type: 'S'}} as const;
  const KeyConditions = {h: EQ, r: {ComparisonOperator: 'BEGINS_WITH', AttributeValueList: [{S: 'x'}]}};
  expect(resolveQuery(parseQuery({...QUERY, KeyConditions}), textual).keyCondition.sort).toEqual({op: 'begins_with', values: [{kind: 'S', value: 'x'}]});
});

test.each<readonly [unknown, KeySchema, string]>([
  [{r: EQ}, schema, 'Query condition missed key schema element: h'],
  [{h: EQ, x: EQ}, schema, 'Query condition missed key schema element: r'],
  [{h: EQ, x: EQ}, simple, 'Query key condition not supported'],
  [{h: {ComparisonOperator: 'GT', AttributeValueList: [{S: 'k'}]}}, schema, 'Query key condition not supported'],
  [{h: {ComparisonOperator: 'BETWEEN', AttributeValueList: [{S: 'k'}, {S: 'l'}]}}, schema, 'Query key condition not supported'],
  ...['NE', 'IN', 'CONTAINS', 'NOT_CONTAINS'].map((operator) => [
    {h: EQ, r: {ComparisonOperator: operator, AttributeValueList: N5}}, schema, 'Attempted conditional constraint is not an indexable operation'] as const),
  ...['NULL', 'NOT_NULL'].map((operator) => [
    {h: EQ, r: {ComparisonOperator: operator}}, schema, 'Attempted conditional constraint is not an indexable operation'] as const),
  [{h: {ComparisonOperator: 'NE', AttributeValueList: N5}}, schema, 'Attempted conditional constraint is not an indexable operation'],
  [{h: {ComparisonOperator: 'EQ', AttributeValueList: N5}}, schema, `${P}Condition parameter type does not match schema type`],
  [{h: EQ, r: EQ}, schema, `${P}Condition parameter type does not match schema type`],
  [{h: {ComparisonOperator: 'EQ', AttributeValueList: [{S: ''}]}}, schema,
    'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: h'],
])('KeyConditions %j do not fit the schema', (KeyConditions, against, text) => {
  expect(message(() => resolveQuery(parseQuery({...QUERY, KeyConditions}), against))).toBe(text);
});

test('a QueryFilter on a key attribute is refused, a ScanFilter is not', () => {
  expect(message(() => resolveQuery(parseQuery({...QUERY, QueryFilter: {a: EQ, r: EQ}}), schema)))
    .toBe('QueryFilter can only contain non-primary key attributes: Primary key attribute: r');
  expect(message(() => parseScan({...SCAN, ScanFilter: {h: EQ}}))).toBe('accepted');
});
