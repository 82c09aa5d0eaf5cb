import type {Area, Body, ConformanceCase} from '../conformance-case.js';
import {fails, gives, has, invalid, proves, put} from '../conformance-case.js';
import type {Json} from '../json.js';
import {anyOrder} from '../json.js';
import {HASH, MISSING, RANGE} from '../suite-tables.js';

const P = 'One or more parameter values were invalid: ';
const FAILED = 'The conditional request failed';
const key = {pk: {S: 'legacy'}};
type Members = Readonly<Record<string, Json>>;
const ITEM: Members = {...key, n: {N: '5'}, s: {S: 'hello'}, b: {B: 'AQID'}, t: {BOOL: true}, z: {NULL: true}, ss: {SS: ['a', 'b']}, ns: {NS: ['1', '2']}, l: {L: [{S: 'x'}]}, name: {S: 'reserved'}, 'a.b': {S: 'dot'}};

/** A condition on ITEM, by a delete that is refused or asked for in a copy, and by a filter. */
function holds(name: string, Expected: Members, isTrue: boolean, ConditionalOperator?: string): ConformanceCase {
  const {pk: _pk, ...filter} = Expected;
  return proves('6 Expected', `${isTrue ? 'true' : 'false'}: ${name}`, put({TableName: HASH, Item: ITEM}),
    isTrue ? gives('PutItem', {TableName: HASH, Item: ITEM, Expected, ConditionalOperator}, {})
      : fails('PutItem', {TableName: HASH, Item: ITEM, Expected, ConditionalOperator}, 'ConditionalCheckFailedException', FAILED),
    ...(Object.values(filter).every((value) => (value as Members)['ComparisonOperator'] !== undefined) && Object.keys(filter).length === Object.keys(Expected).length ? [
      has('Query', {TableName: HASH, KeyConditions: {pk: {ComparisonOperator: 'EQ', AttributeValueList: [key.pk]}}, QueryFilter: Expected, ConditionalOperator, ConsistentRead: true}, {Count: isTrue ? 1 : 0, ScannedCount: 1}),
    ] : []));
}
const compare = (attribute: string, ComparisonOperator: string, ...values: readonly Json[]): Members =>
  ({[attribute]: {ComparisonOperator, ...(values.length === 0 ? {} : {AttributeValueList: values})}});
function compared(attribute: string, operator: string, values: readonly Json[], isTrue: boolean): ConformanceCase {
  return holds(`${attribute} ${operator} ${JSON.stringify(values)}`, compare(attribute, operator, ...values), isTrue);
}
const N = (text: string): Json => ({N: text});
const S = (text: string): Json => ({S: text});

/** A condition that is refused before the table is looked at. */
const refused = (name: string, condition: Members, message: string): ConformanceCase => proves('7 Legacy', name,
  invalid('PutItem', {TableName: MISSING, Item: key, Expected: condition}, message),
  invalid('DeleteItem', {TableName: MISSING, Key: key, Expected: condition}, message),
  invalid('UpdateItem', {TableName: MISSING, Key: key, Expected: condition}, message));
const mixed = (operation: string, base: Body, old: string, modern: string, more: Body): ConformanceCase => proves('7 Mixing', `${operation}: ${old} beside ${modern}`,
  invalid(operation, {TableName: MISSING, ...base, ...more}, `Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {${old}} Expression parameters: {${modern}}`));

/** AttributeUpdates on an item, and what is there then. */
const updated = (name: string, AttributeUpdates: Members, attributes: Json | undefined, ReturnValues = 'UPDATED_NEW'): ConformanceCase => proves('6 AttributeUpdates', name,
  put({TableName: HASH, Item: ITEM}), gives('UpdateItem', {TableName: HASH, Key: key, AttributeUpdates, ReturnValues}, attributes === undefined ? {} : {Attributes: attributes}));
const badUpdate = (name: string, AttributeUpdates: Members, message: string): ConformanceCase =>
  proves('7 Legacy', name, invalid('UpdateItem', {TableName: MISSING, Key: key, AttributeUpdates}, message));

const row = (sk: string): Json => ({pk: {S: 'legacy-rows'}, sk: {S: sk}, v: {S: sk + sk}});
const ROWS = ['a', 'b', 'ba', 'c'];
const hash = {pk: {ComparisonOperator: 'EQ', AttributeValueList: [S('legacy-rows')]}};
const finds = (name: string, conditions: Members, sortKeys: readonly string[]): ConformanceCase => proves('6 KeyConditions', `key conditions: ${name}`,
  ...ROWS.map((sk) => put({TableName: RANGE, Item: row(sk)})),
  has('Query', {TableName: RANGE, KeyConditions: {...hash, ...conditions}, ConsistentRead: true}, {Items: sortKeys.map(row)}));
const badQuery = (name: string, KeyConditions: Members, message: string): ConformanceCase =>
  proves('7 Query', `key conditions: ${name}`, invalid('Query', {TableName: RANGE, KeyConditions}, message));

export const LEGACY: Area = {
  name: 'legacy',
  title: 'The parameters before expressions',
  cases: [
    // Expected and filters.
    holds('a value that is there', {n: {Value: N('5.0')}}, true), holds('another value', {n: {Value: N('6')}}, false), holds('Exists true with the value', {n: {Value: N('5'), Exists: true}}, true),
    holds('Exists false of a missing attribute', {nope: {Exists: false}}, true), holds('Exists false of one that is there', {n: {Exists: false}}, false), holds('a missing attribute with a value', {nope: {Value: N('5')}}, false),
    holds('two conditions', {n: {Value: N('5')}, s: {Value: S('hello')}}, true), holds('two conditions, one false', {n: {Value: N('5')}, s: {Value: S('x')}}, false),
    holds('two conditions joined by OR', {n: {Value: N('5')}, s: {Value: S('x')}}, true, 'OR'), holds('two false ones joined by OR', {n: {Value: N('6')}, s: {Value: S('x')}}, false, 'OR'),
    holds('two conditions joined by AND', {...compare('n', 'EQ', N('5')), ...compare('s', 'EQ', S('x'))}, false, 'AND'), holds('the key attribute', {pk: {Exists: false}}, false),
    ...([
      ['n', 'EQ', [N('5')], true], ['n', 'EQ', [S('5')], false], ['n', 'NE', [N('6')], true], ['n', 'NE', [N('5')], false], ['nope', 'NE', [N('5')], true], ['n', 'LT', [N('6')], true], ['n', 'LT', [N('5')], false],
      ['n', 'LE', [N('5')], true], ['n', 'GT', [N('4')], true], ['n', 'GT', [N('5')], false], ['n', 'GE', [N('5')], true], ['n', 'LT', [S('z')], false], ['nope', 'LT', [N('5')], false],
      ['s', 'LT', [S('hellp')], true], ['b', 'GE', [{B: 'AQI='}], true], ['n', 'NOT_NULL', [], true], ['nope', 'NOT_NULL', [], false], ['nope', 'NULL', [], true], ['z', 'NULL', [], false], ['z', 'NOT_NULL', [], true],
      ['s', 'CONTAINS', [S('ell')], true], ['s', 'CONTAINS', [S('x')], false], ['ss', 'CONTAINS', [S('a')], true], ['ss', 'CONTAINS', [S('x')], false], ['ns', 'CONTAINS', [N('2.0')], true], ['l', 'CONTAINS', [S('x')], true],
      ['ss', 'NOT_CONTAINS', [S('x')], true], ['ss', 'NOT_CONTAINS', [S('a')], false], ['s', 'NOT_CONTAINS', [S('x')], true],
      ['s', 'BEGINS_WITH', [S('he')], true], ['s', 'BEGINS_WITH', [S('el')], false], ['b', 'BEGINS_WITH', [{B: 'AQ=='}], true], ['n', 'BEGINS_WITH', [S('5')], false],
      ['n', 'IN', [N('4'), N('5')], true], ['n', 'IN', [N('4')], false], ['n', 'BETWEEN', [N('5'), N('5')], true], ['n', 'BETWEEN', [N('6'), N('7')], false], ['s', 'BETWEEN', [S('a'), S('z')], true],
      ['t', 'EQ', [{BOOL: true}], true], ['ss', 'EQ', [{SS: ['b', 'a']}], true], ['l', 'EQ', [{L: [S('x')]}], true], ['name', 'EQ', [S('reserved')], true], ['a.b', 'EQ', [S('dot')], true],
    ] as readonly (readonly [string, string, readonly Json[], boolean])[]).map(([attribute, operator, values, isTrue]) => compared(attribute, operator, values, isTrue)),
    refused('a value with Exists false', {n: {Value: N('1'), Exists: false}}, `${P}Value cannot be used when Exists is false for Attribute: n`),
    refused('no value without a word on Exists', {n: {}}, `${P}Value must be provided when Exists is null for Attribute: n`),
    refused('two values for EQ', compare('n', 'EQ', N('1'), N('2')), `${P}Invalid number of argument(s) for the EQ ComparisonOperator`),
    refused('a value for NULL', compare('n', 'NULL', N('1')), `${P}Invalid number of argument(s) for the NULL ComparisonOperator`),
    refused('one value for BETWEEN', compare('n', 'BETWEEN', N('1')), `${P}Invalid number of argument(s) for the BETWEEN ComparisonOperator`),
    refused('values of two types for IN', compare('n', 'IN', N('1'), S('a')), `${P}AttributeValues inside AttributeValueList must be of same type`),
    refused('a set for LT', compare('n', 'LT', {SS: ['a']}), `${P}ComparisonOperator LT is not valid for SS AttributeValue type`),
    refused('a number for BEGINS_WITH', compare('n', 'BEGINS_WITH', N('1')), `${P}ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type`),
    refused('bounds in the wrong order', compare('n', 'BETWEEN', N('2'), N('1')), 'The BETWEEN condition was provided a range where the lower bound is greater than the upper bound'),
    // AttributeUpdates.
    updated('PUT sets', {n: {Action: 'PUT', Value: N('7')}}, {n: N('7')}), updated('PUT is the default', {n: {Value: S('x')}}, {n: S('x')}), updated('PUT makes', {fresh: {Value: S('x')}}, {fresh: S('x')}),
    updated('ADD counts', {n: {Action: 'ADD', Value: N('-7')}}, {n: N('-2')}), updated('ADD begins at 0', {fresh: {Action: 'ADD', Value: N('3')}}, {fresh: N('3')}),
    updated('ADD joins sets', {ss: {Action: 'ADD', Value: {SS: ['c']}}}, {ss: {SS: ['a', 'b', 'c']}}), updated('ADD appends to a list', {l: {Action: 'ADD', Value: {L: [S('y')]}}}, {l: {L: [S('x'), S('y')]}}),
    updated('DELETE removes', {n: {Action: 'DELETE'}}, undefined), updated('DELETE takes members', {ss: {Action: 'DELETE', Value: {SS: ['a', 'z']}}}, {ss: {SS: ['b']}}),
    updated('DELETE of all members removes', {ss: {Action: 'DELETE', Value: {SS: ['a', 'b']}}}, undefined), updated('UPDATED_OLD', {n: {Value: N('7')}, fresh: {Value: N('1')}}, {n: N('5')}, 'UPDATED_OLD'),
    updated('a reserved word is a name like any other', {name: {Value: S('y')}}, {name: S('y')}), updated('a dot in a name is literal', {'a.b': {Value: S('y')}}, {'a.b': S('y')}),
    badUpdate('PUT without a value', {n: {Action: 'PUT'}}, `${P}Only DELETE action is allowed when no attribute value is specified`),
    badUpdate('ADD without a value', {n: {Action: 'ADD'}}, `${P}Only DELETE action is allowed when no attribute value is specified`),
    badUpdate('DELETE with a number', {n: {Action: 'DELETE', Value: N('1')}}, `${P}DELETE action with value is not supported for the type N`),
    badUpdate('ADD of a text', {n: {Action: 'ADD', Value: S('a')}}, `${P}ADD action is not supported for the type S`),
    // AttributesToGet.
    proves('6 AttributesToGet', 'names of attributes to get', put({TableName: HASH, Item: ITEM}),
      gives('GetItem', {TableName: HASH, Key: key, ConsistentRead: true, AttributesToGet: ['n', 'name', 'nope', 'a.b']}, {Item: {n: N('5'), name: S('reserved'), 'a.b': S('dot')}}),
      gives('BatchGetItem', {RequestItems: {[HASH]: {Keys: [key], ConsistentRead: true, AttributesToGet: ['n']}}}, {Responses: {[HASH]: [{n: N('5')}]}, UnprocessedKeys: {}}),
      has('Query', {TableName: HASH, KeyConditions: {pk: compare('pk', 'EQ', key.pk)['pk'] as Json}, ConsistentRead: true, AttributesToGet: ['s']}, {Items: [{s: S('hello')}]})),
    proves('7 Legacy', 'one name twice to get', invalid('GetItem', {TableName: MISSING, Key: key, AttributesToGet: ['a', 'b', 'a']}, `${P}Duplicate value in attribute name: a`)),
    // KeyConditions and QueryFilter.
    finds('all', {}, ROWS), finds('EQ', compare('sk', 'EQ', S('b')), ['b']), finds('LT', compare('sk', 'LT', S('b')), ['a']), finds('LE', compare('sk', 'LE', S('b')), ['a', 'b']), finds('GT', compare('sk', 'GT', S('b')), ['ba', 'c']),
    finds('GE', compare('sk', 'GE', S('b')), ['b', 'ba', 'c']), finds('BEGINS_WITH', compare('sk', 'BEGINS_WITH', S('b')), ['b', 'ba']), finds('BETWEEN', compare('sk', 'BETWEEN', S('b'), S('c')), ['b', 'ba', 'c']),
    proves('6 QueryFilter', 'a filter beside key conditions', has('Query', {TableName: RANGE, KeyConditions: hash, QueryFilter: compare('v', 'EQ', S('bb')), ConsistentRead: true}, {Items: [row('b')], Count: 1, ScannedCount: 4})),
    proves('6 ScanFilter', 'a filter of a scan', has('Scan', {TableName: RANGE, ScanFilter: {...compare('pk', 'EQ', S('legacy-rows')), ...compare('v', 'GE', S('bb'))}, ConsistentRead: true}, {Items: anyOrder(['c', 'b'].map(row))})),
    badQuery('none', {}, 'Conditions can be of length 1 or 2 only'),
    badQuery('three', {...hash, ...compare('sk', 'EQ', S('a')), ...compare('v', 'EQ', S('a'))}, 'Conditions can be of length 1 or 2 only'),
    badQuery('without the partition key', compare('sk', 'EQ', S('a')), 'Query condition missed key schema element: pk'),
    badQuery('with another attribute', {...hash, ...compare('v', 'EQ', S('a'))}, 'Query condition missed key schema element: sk'),
    badQuery('a range on the partition key', compare('pk', 'GT', S('a')), 'Query key condition not supported'),
    badQuery('NE', {...hash, ...compare('sk', 'NE', S('a'))}, 'Attempted conditional constraint is not an indexable operation'),
    badQuery('a value of another type', {...hash, ...compare('sk', 'EQ', N('1'))}, `${P}Condition parameter type does not match schema type`),
    proves('7 Query', 'key conditions: a filter on a key', invalid('Query', {TableName: RANGE, KeyConditions: hash, QueryFilter: compare('sk', 'EQ', S('a'))}, 'QueryFilter can only contain non-primary key attributes: Primary key attribute: sk')),
    // Mixing.
    mixed('GetItem', {Key: key}, 'AttributesToGet', 'ProjectionExpression', {AttributesToGet: ['a'], ProjectionExpression: 'a'}),
    mixed('PutItem', {Item: key}, 'Expected', 'ConditionExpression', {Expected: {a: {Exists: false}}, ConditionExpression: 'attribute_exists(a)'}),
    mixed('DeleteItem', {Key: key}, 'Expected', 'ConditionExpression', {Expected: {a: {Exists: false}}, ConditionExpression: 'attribute_exists(a)'}),
    mixed('UpdateItem', {Key: key}, 'AttributeUpdates', 'UpdateExpression', {AttributeUpdates: {a: {Value: N('1')}}, UpdateExpression: 'REMOVE a'}),
    mixed('UpdateItem', {Key: key}, 'Expected', 'UpdateExpression', {Expected: {a: {Exists: false}}, UpdateExpression: 'REMOVE a'}),
    mixed('Query', {}, 'KeyConditions', 'KeyConditionExpression', {KeyConditions: hash, KeyConditionExpression: 'pk = :a'}),
    mixed('Query', {}, 'QueryFilter', 'KeyConditionExpression', {QueryFilter: compare('a', 'EQ', N('1')), KeyConditionExpression: 'pk = :a'}),
    mixed('Scan', {}, 'ScanFilter', 'FilterExpression', {ScanFilter: compare('a', 'EQ', N('1')), FilterExpression: 'a = :a'}),
    mixed('Scan', {}, 'AttributesToGet', 'ProjectionExpression', {AttributesToGet: ['a'], ProjectionExpression: 'a'}),
  ],
};
