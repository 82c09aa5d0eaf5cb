import type {Area, Body, ConformanceCase} from '../conformance-case.js';
import {fails, gives, has, invalid, proves, put} from '../conformance-case.js';
import type {Json, Matcher} from '../json.js';
import {pattern} from '../json.js';
import {INDEXED, VIEWS} from '../suite-tables.js';

const SCALARS = (what: string): string => `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${what}`;
const key = {pk: {S: 'index-keys'}, sk: {S: '1'}};
const value = {ExpressionAttributeValues: {':v': {S: 'v'}}};

/** A path into a key attribute, wherever paths stand. */
function intoKey(path: string, what: string, TableName = VIEWS): readonly ConformanceCase[] {
  const message = SCALARS(what);
  const one = (name: string, operation: string, body: Body): ConformanceCase => proves('7 Key paths', `${path} in ${name}`, invalid(operation, {TableName, ...body}, message));
  const query = {KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': {S: 'index-keys'}}};
  return [
    one('a projection', 'GetItem', {Key: key, ProjectionExpression: path}),
    proves('7 Key paths', `${path} in a projection of a batch`, invalid('BatchGetItem', {RequestItems: {[TableName]: {Keys: [key], ProjectionExpression: path}}}, message)),
    one('the projection of a query', 'Query', {...query, ProjectionExpression: path}),
    one('the projection of a scan', 'Scan', {ProjectionExpression: path}),
    one('the filter of a scan', 'Scan', {FilterExpression: `attribute_exists(${path})`}),
    one('the condition of a put', 'PutItem', {Item: key, ConditionExpression: `attribute_exists(${path})`}),
    one('the condition of a delete', 'DeleteItem', {Key: key, ConditionExpression: `attribute_exists(${path})`}),
    one('the condition of an update', 'UpdateItem', {Key: key, ConditionExpression: `attribute_exists(${path})`}),
    one('the operand of an update', 'UpdateItem', {Key: key, UpdateExpression: `SET z = ${path}`}),
    ...(what.startsWith('IndexKey') ? [
      one('the filter of a query', 'Query', {...query, FilterExpression: `attribute_exists(${path})`}),
      one('a SET', 'UpdateItem', {Key: key, UpdateExpression: `SET ${path} = :v`, ...value}),
      one('a REMOVE', 'UpdateItem', {Key: key, UpdateExpression: `REMOVE ${path}`}),
      one('the fallback of an update', 'UpdateItem', {Key: key, UpdateExpression: `SET z = if_not_exists(${path}, :v)`, ...value}),
    ] : []),
  ];
}

const UNSUPPORTED = 'The update expression attempted to update the secondary index key to unsupported type';
/** An update that leaves a wrong type at a key of an index, however it gets there. */
const wrong = (name: string, UpdateExpression: string, values: Json | undefined, message: string | Matcher = UNSUPPORTED): ConformanceCase => proves('7 Update runtime', `an index key ${name}`,
  put({TableName: VIEWS, Item: {...key, n: {N: '1'}, a: {S: 'kept'}}}),
  invalid('UpdateItem', {TableName: VIEWS, Key: key, UpdateExpression, ExpressionAttributeValues: values}, message),
  gives('GetItem', {TableName: VIEWS, Key: key, ConsistentRead: true}, {Item: {...key, n: {N: '1'}, a: {S: 'kept'}}}));

export const INDEX_KEYS: Area = {
  name: 'index-keys',
  title: 'Key attributes of tables and indexes in expressions',
  cases: [
    ...intoKey('pk.x', 'Key: pk'), ...intoKey('sk[0]', 'Key: sk'), ...intoKey('a.x', 'IndexKey: a'), ...intoKey('k[1]', 'IndexKey: k'),
    ...intoKey('gk.x', 'IndexKey: gk', INDEXED),
    wrong('set to a number', 'SET a = :v', {':v': {N: '1'}}),
    wrong('set to NULL', 'SET a = :v', {':v': {NULL: true}}),
    wrong('set to a list', 'SET a = :v', {':v': {L: []}}),
    wrong('set to a map', 'SET a = :v', {':v': {M: {}}}),
    wrong('copied from a number', 'SET a = n', undefined),
    wrong('of numbers set to a text', 'SET k = :v', {':v': {S: '1'}}),
    wrong('set to an empty text', 'SET a = :v', {':v': {S: ''}}, 'One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. '
      + 'The AttributeValue for a key attribute cannot contain an empty string value.'),
    wrong('set to a text of 1,025 bytes', 'SET a = :v', {':v': {S: 'v'.repeat(1025)}}, pattern(/size limit of 1024 bytes/)),
    wrong('made a set by ADD', 'REMOVE n ADD i :v', {':v': {SS: ['a']}}),
    proves('3 UpdateItem', 'an index key set to a number is kept where the index has numbers', put({TableName: VIEWS, Item: {...key, k: {N: '1'}}}),
      gives('UpdateItem', {TableName: VIEWS, Key: key, UpdateExpression: 'ADD k :v', ExpressionAttributeValues: {':v': {N: '2'}}, ReturnValues: 'UPDATED_NEW'}, {Attributes: {k: {N: '3'}}}),
      has('Query', {TableName: VIEWS, IndexName: 'keys', ConsistentRead: true, KeyConditionExpression: 'pk = :p AND k = :k', ExpressionAttributeValues: {':p': {S: 'index-keys'}, ':k': {N: '3'}}}, {Count: 1})),
    proves('1.1 order', 'the condition before a wrong type of an index key', put({TableName: VIEWS, Item: key}),
      fails('UpdateItem', {TableName: VIEWS, Key: key, UpdateExpression: 'SET a = :v', ConditionExpression: 'attribute_not_exists(pk)', ExpressionAttributeValues: {':v': {N: '1'}}},
        'ConditionalCheckFailedException', 'The conditional request failed')),
    proves('1.1 order', 'a path into a key after a table that is not there', fails('GetItem', {TableName: 'Conformance.Missing', Key: key, ProjectionExpression: 'pk.x'}, 'ResourceNotFoundException', 'Requested resource not found')),
    proves('1.1 order', 'a path into a key after a key that does not fit', invalid('GetItem', {TableName: VIEWS, Key: {pk: {S: 'a'}}, ProjectionExpression: 'pk.x'}, 'The provided key element does not match the schema')),
  ],
};
