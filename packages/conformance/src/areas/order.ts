import type {Area, Body, ConformanceCase, Step} from '../conformance-case.js';
import {fails, gives, invalid, proves, put, unserializable} from '../conformance-case.js';
import type {Json} from '../json.js';
import {Matcher} from '../json.js';
import {HASH, MISSING, RANGE} from '../suite-tables.js';

const EMPTY = 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes';
const NOT_STRING = 'NUMBER_VALUE cannot be converted to String';
const MISMATCH = 'The provided key element does not match the schema';
const START = 'The provided starting key is invalid: ';
const P = 'One or more parameter values were invalid: ';
const key = {pk: {S: 'order'}};
const constraint = new Matcher('a failed constraint', (value) => typeof value === 'string' && /^[0-9]+ validation errors? detected: /.test(value));
const mixing = new Matcher('that old and new parameters are mixed', (value) => typeof value === 'string' && value.startsWith('Can not use both expression and non-expression parameters in the same request: '));

const BASES: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  PutItem: {Item: key}, UpdateItem: {Key: key}, DeleteItem: {Key: key}, GetItem: {Key: key},
};
const subject = (operation: string, value: Json): Body => ({[operation === 'PutItem' ? 'Item' : 'Key']: value});
const expression = (operation: string): Body => (operation === 'GetItem' ? {ProjectionExpression: ''} : {ConditionExpression: ''});
const mix = (operation: string): Body => (operation === 'GetItem' ? {ProjectionExpression: 'a', AttributesToGet: ['a']} : {ConditionExpression: 'attribute_exists(a)', Expected: {a: {Exists: false}}});

/** Requests with two mistakes of neighbouring kinds: the earlier one is told. */
const pairs: readonly ConformanceCase[] = Object.keys(BASES).flatMap((operation): readonly ConformanceCase[] => {
  const known = {TableName: HASH, ...BASES[operation]};
  const told = (name: string, ...steps: readonly Step[]): ConformanceCase => proves('1.1 order', `${operation}: ${name}`, ...steps);
  return [
    told('a JSON type before a missing member', unserializable(operation, {TableName: 5}, NOT_STRING)),
    told('a JSON type before a constraint', unserializable(operation, {...known, TableName: 'a;', ReturnConsumedCapacity: 5}, NOT_STRING)),
    told('a JSON type inside a value before a value at fault', unserializable(operation, {...known, ...subject(operation, {a: {}, pk: {S: 5}})}, NOT_STRING)),
    told('a JSON type of a later member before a value at fault', unserializable(operation, {...known, ...subject(operation, {pk: {}}), ReturnConsumedCapacity: 5}, NOT_STRING)),
    told('a constraint before a value at fault', invalid(operation, {...known, ...subject(operation, {pk: {}}), ReturnConsumedCapacity: 'x'}, constraint)),
    told('a constraint before mixed parameters', invalid(operation, {...known, ...mix(operation), ReturnConsumedCapacity: 'x'}, constraint)),
    told('mixed parameters before a value at fault', invalid(operation, {...known, ...subject(operation, {pk: {}}), ...mix(operation)}, mixing)),
    told('a value at fault before an expression', invalid(operation, {...known, ...subject(operation, {pk: {}}), ...expression(operation)}, EMPTY)),
    told('a value at fault before a table that is not there', invalid(operation, {...known, TableName: MISSING, ...subject(operation, {pk: {}})}, EMPTY)),
    told('an expression before a table that is not there', invalid(operation, {...known, TableName: MISSING, ...expression(operation)}, new Matcher('an empty expression', (value) =>
      typeof value === 'string' && value.endsWith('Expression: The expression can not be empty;')))),
    told('a table that is not there before a key that does not fit', fails(operation, {...known, TableName: MISSING, ...subject(operation, {other: {S: 'a'}})}, 'ResourceNotFoundException', 'Requested resource not found')),
    ...(operation === 'GetItem' ? [] : [
      told('ReturnValues of no kind before a value at fault', invalid(operation, {...known, ...subject(operation, {pk: {}}), ReturnValues: 'x'}, constraint)),
      told('a key that does not fit before a condition that fails', invalid(operation, {TableName: HASH, ...subject(operation, {other: {S: 'a'}}), ConditionExpression: 'attribute_exists(a)'},
        operation === 'PutItem' ? `${P}Missing the key pk in the item` : MISMATCH)),
      told('an unused name before a table that is not there', invalid(operation, {...known, TableName: MISSING, ConditionExpression: 'attribute_exists(a)', ExpressionAttributeNames: {'#b': 'b'}},
        'Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}')),
    ]),
    ...(operation === 'PutItem' || operation === 'DeleteItem' ? [
      told('a value at fault before ReturnValues that it does not have', invalid(operation, {...known, ...subject(operation, {pk: {}}), ReturnValues: 'ALL_NEW'}, EMPTY)),
      told('ReturnValues that it does not have before an expression', invalid(operation, {...known, ReturnValues: 'ALL_NEW', ConditionExpression: ''}, 'ReturnValues can only be ALL_OLD or NONE')),
    ] : []),
  ];
});

const pages: readonly ConformanceCase[] = [
  proves('1.1 order', 'Query: the start key before a missing key condition', invalid('Query', {TableName: RANGE, ExclusiveStartKey: {pk: {}}}, `${START}${EMPTY}`)),
  proves('1.1 order', 'Query: a filter of old before the start key', invalid('Query', {TableName: RANGE, ExclusiveStartKey: {pk: {}}, QueryFilter: {a: {ComparisonOperator: 'EQ'}}}, `${P}Invalid number of argument(s) for the EQ ComparisonOperator`)),
  proves('1.1 order', 'Query: names given twice before the start key', invalid('Query', {TableName: RANGE, ExclusiveStartKey: {pk: {}}, AttributesToGet: ['a', 'a']}, `${P}Duplicate value in attribute name: a`)),
  proves('1.1 order', 'Query: a missing key condition before expressions', invalid('Query', {TableName: RANGE, FilterExpression: ''}, 'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.')),
  proves('1.1 order', 'Query: an expression before a table that is not there', invalid('Query', {TableName: MISSING, KeyConditionExpression: 'a = '}, 'Invalid KeyConditionExpression: Syntax error; token: "<EOF>", near: "= "')),
  proves('1.1 order', 'Query: a table that is not there before an index that is not there', fails('Query', {TableName: MISSING, IndexName: 'nothing', KeyConditionExpression: 'zz = :a', ExpressionAttributeValues: {':a': {S: 'a'}}}, 'ResourceNotFoundException', 'Requested resource not found')),
  proves('1.1 order', 'Query: an index that is not there before the key condition', invalid('Query', {TableName: RANGE, IndexName: 'nothing', KeyConditionExpression: 'zz = :a', ExpressionAttributeValues: {':a': {S: 'a'}}},
    'The table does not have the specified index: nothing')),
  proves('1.1 order', 'Scan: a filter of old before the start key', invalid('Scan', {TableName: RANGE, ExclusiveStartKey: {pk: {}}, ScanFilter: {a: {ComparisonOperator: 'EQ'}}}, `${P}Invalid number of argument(s) for the EQ ComparisonOperator`)),
  proves('1.1 order', 'Scan: the start key before the segment', invalid('Scan', {TableName: RANGE, ExclusiveStartKey: {pk: {}}, Segment: 2, TotalSegments: 1}, `${START}${EMPTY}`)),
  proves('1.1 order', 'Scan: the segment before expressions', invalid('Scan', {TableName: RANGE, Segment: 0, FilterExpression: ''},
    'The TotalSegments parameter is required but was not present in the request when Segment parameter is present')),
  proves('1.1 order', 'Scan: an expression before a table that is not there', invalid('Scan', {TableName: MISSING, FilterExpression: ''}, 'Invalid FilterExpression: The expression can not be empty;')),
];

const write = (value: Json): Json => ({PutRequest: {Item: value}});
const batches: readonly ConformanceCase[] = [
  proves('1.1 order', 'BatchGetItem: too many keys before a value at fault', invalid('BatchGetItem', {RequestItems: {
    [HASH]: {Keys: Array.from({length: 100}, (_none, i) => ({pk: {S: String(i)}}))}, [RANGE]: {Keys: [{pk: {}}]},
  }}, 'Too many items requested for the BatchGetItem call')),
  proves('1.1 order', 'BatchGetItem: a value at fault before a table that is not there', invalid('BatchGetItem', {RequestItems: {[MISSING]: {Keys: [{pk: {}}]}}}, EMPTY)),
  proves('1.1 order', 'BatchGetItem: keys given twice before a table that is not there', invalid('BatchGetItem', {RequestItems: {[MISSING]: {Keys: [key, key]}}}, 'Provided list of item keys contains duplicates')),
  proves('1.1 order', 'BatchGetItem: a table that is not there before a key that does not fit', fails('BatchGetItem', {RequestItems: {[HASH]: {Keys: [{a: {S: 'a'}}]}, [MISSING]: {Keys: [key]}}}, 'ResourceNotFoundException', 'Requested resource not found')),
  proves('1.1 order', 'BatchWriteItem: a JSON type before a value at fault', unserializable('BatchWriteItem', {RequestItems: {[HASH]: [write({pk: {}}), write({pk: {S: 5}})]}}, NOT_STRING)),
  proves('1.1 order', 'BatchWriteItem: a constraint before a value at fault', invalid('BatchWriteItem', {RequestItems: {[HASH]: [write({pk: {}})]}, ReturnConsumedCapacity: 'x'}, constraint)),
  proves('1.1 order', 'BatchWriteItem: a value at fault before a table that is not there', invalid('BatchWriteItem', {RequestItems: {[MISSING]: [write({pk: {}})]}}, EMPTY)),
  proves('1.1 order', 'BatchWriteItem: a key that does not fit before one given twice', invalid('BatchWriteItem', {RequestItems: {[HASH]: [write({a: {S: 'a'}}), write({a: {S: 'a'}})]}}, MISMATCH)),
];

const runtime: readonly ConformanceCase[] = [
  proves('1.1 order', 'the condition before the update', put({TableName: HASH, Item: key}),
    fails('UpdateItem', {TableName: HASH, Key: key, UpdateExpression: 'SET a = b', ConditionExpression: 'attribute_exists(a)'}, 'ConditionalCheckFailedException', 'The conditional request failed'),
    invalid('UpdateItem', {TableName: HASH, Key: key, UpdateExpression: 'SET a = b', ConditionExpression: 'attribute_not_exists(a)'}, 'The provided expression refers to an attribute that does not exist in the item'),
    gives('GetItem', {TableName: HASH, Key: key, ConsistentRead: true}, {Item: key})),
  proves('1.1 order', 'a key that does not fit before an update of the key', invalid('UpdateItem', {TableName: HASH, Key: {a: {S: 'a'}}, UpdateExpression: 'REMOVE pk'}, MISMATCH)),
];

const tables: readonly ConformanceCase[] = [
  proves('1.1 order', 'CreateTable: a JSON type before the name', unserializable('CreateTable', {BillingMode: 5}, NOT_STRING)),
  proves('1.1 order', 'CreateTable: the name before constraints', invalid('CreateTable', {TableName: 'a', BillingMode: 'x'}, 'TableName must be at least 3 characters long and at most 255 characters long')),
  proves('1.1 order', 'CreateTable: constraints before billing', invalid('CreateTable', {TableName: 'abc', BillingMode: 'PROVISIONED'}, constraint)),
  proves('1.1 order', 'CreateTable: billing before the key schema', invalid('CreateTable', {TableName: 'abc', AttributeDefinitions: [], KeySchema: [{AttributeName: 'a', KeyType: 'RANGE'}]},
    `${P}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED`)),
  proves('1.1 order', 'UpdateTable: constraints before nothing to change', invalid('UpdateTable', {TableName: 'a;b'}, constraint)),
  proves('1.1 order', 'UpdateTable: nothing to change before a table that is not there', invalid('UpdateTable', {TableName: MISSING},
    'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required')),
];

export const ORDER: Area = {
  name: 'order',
  title: 'Which of two mistakes is told',
  cases: [...pairs, ...pages, ...batches, ...runtime, ...tables],
};
