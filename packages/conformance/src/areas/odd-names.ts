import type {Area, ConformanceCase} from '../conformance-case.js';
import {fails, gives, has, invalid, proves, put, until, untilGone} from '../conformance-case.js';
import type {Json} from '../json.js';
import {Matcher} from '../json.js';
import {HASH} from '../suite-tables.js';

type Members = Readonly<Record<string, Json>>;
const S = (text: string): Json => ({S: text});
const RULE = '2 Attribute names';
const NOT_FOUND = 'Requested resource not found';

/** Members that every object of some languages has, whoever made it: for the service they are names as others. */
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'isPrototypeOf', 'toLocaleString', '__defineGetter__', 'length', 'undefined', 'null', 'NaN', '0', '-1', ' ', 'a b', 'a.b', 'a[0]', '#a', ':a', '\u{1f600}', '\u0000', '"', '\\', '$ref', '__type'];
/** Also a name that an object literal would take for its prototype is a member here. */
const members = (names: readonly string[], value: (name: string) => Json): Members => Object.fromEntries(names.map((name) => [name, value(name)]));
const key = {pk: S('odd-names')};
const item = (more: Members): Members => Object.fromEntries([...Object.entries(key), ...Object.entries(more)]);

const one = (name: string): readonly ConformanceCase[] => {
  const shown = JSON.stringify(name);
  const value = S(`of ${name}`);
  const own = {pk: S(`odd-names-${NAMES.indexOf(name)}`)};
  const whole = (more: Members): Members => Object.fromEntries([...Object.entries(own), ...Object.entries(more)]);
  const at = {TableName: HASH, Key: own, ExpressionAttributeNames: {'#n': name}};
  const only = (inner: Json): Members => members([name], () => inner);
  return [
    proves(RULE, `an attribute called ${shown}`, put({TableName: HASH, Item: whole(only(value))}), gives('GetItem', {TableName: HASH, Key: own, ConsistentRead: true}, {Item: whole(only(value))}),
      gives('GetItem', {...at, ConsistentRead: true, ProjectionExpression: '#n'}, {Item: only(value)}),
      gives('UpdateItem', {...at, UpdateExpression: 'SET #n = :v', ConditionExpression: 'attribute_exists(#n)', ExpressionAttributeValues: {':v': S('new')}, ReturnValues: 'UPDATED_NEW'}, {Attributes: only(S('new'))}),
      gives('UpdateItem', {...at, UpdateExpression: 'REMOVE #n', ReturnValues: 'ALL_NEW'}, {Attributes: own}),
      fails('UpdateItem', {...at, ConditionExpression: 'attribute_exists(#n)'}, 'ConditionalCheckFailedException', 'The conditional request failed'),
      gives('GetItem', {...at, ConsistentRead: true, ProjectionExpression: '#n'}, {Item: {}})),
    proves(RULE, `a member of a map called ${shown}`, put({TableName: HASH, Item: whole({m: {M: only({M: only(value)})}})}),
      gives('GetItem', {...at, ConsistentRead: true, ProjectionExpression: 'm.#n.#n'}, {Item: {m: {M: only({M: only(value)})}}}),
      gives('UpdateItem', {...at, UpdateExpression: 'SET m.#n.#n = :v', ExpressionAttributeValues: {':v': S('new')}, ReturnValues: 'UPDATED_OLD'}, {Attributes: {m: {M: only({M: only(value)})}}}),
      gives('UpdateItem', {...at, UpdateExpression: 'REMOVE m.#n', ReturnValues: 'ALL_NEW'}, {Attributes: whole({m: {M: {}}})}),
      invalid('UpdateItem', {...at, UpdateExpression: 'SET m.#n.#n = :v', ExpressionAttributeValues: {':v': S('new')}}, 'The document path provided in the update expression is invalid for update')),
  ];
};

const NAME = 'Conformance.Odd';
const isActive = new Matcher('an active table', (value) => (value as {TableStatus?: unknown} | undefined)?.TableStatus === 'ACTIVE');
const row = members(['__proto__', 'constructor', 'toString', 'valueOf'], S);
const rowKey = members(['__proto__', 'constructor'], S);
const keySchema = (...names: readonly string[]): Json => names.map((AttributeName, i) => ({AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE'}));
const byHash = {TableName: NAME, KeyConditionExpression: '#p = :p', ExpressionAttributeNames: {'#p': '__proto__'}, ExpressionAttributeValues: {':p': S('__proto__')}};

export const ODD_NAMES: Area = {
  name: 'odd-names',
  title: 'Names that mean something elsewhere',
  cases: [
    ...NAMES.flatMap(one),
    proves(RULE, 'all of them in one item', put({TableName: HASH, Item: item(members(NAMES, S))}), gives('GetItem', {TableName: HASH, Key: key, ConsistentRead: true}, {Item: item(members(NAMES, S))}),
      gives('GetItem', {TableName: HASH, Key: key, ConsistentRead: true, AttributesToGet: NAMES.slice(0, 5)}, {Item: members(NAMES.slice(0, 5), S)}),
      gives('UpdateItem', {TableName: HASH, Key: key, AttributeUpdates: members(NAMES, () => ({Action: 'DELETE'})), Expected: members(NAMES, () => ({ComparisonOperator: 'NOT_NULL'})), ReturnValues: 'ALL_NEW'}, {Attributes: key})),
    proves(RULE, 'placeholders called like them', gives('UpdateItem', {
      TableName: HASH, Key: key, UpdateExpression: 'SET #__proto__ = :__proto__, #constructor = :constructor', ExpressionAttributeNames: members(['#__proto__', '#constructor'], (name) => name.slice(1)),
      ExpressionAttributeValues: members([':__proto__', ':constructor'], S), ReturnValues: 'ALL_NEW',
    }, {Attributes: item(members(['__proto__', 'constructor'], (name) => S(`:${name}`)))}), gives('DeleteItem', {TableName: HASH, Key: key}, {})),
    ...['__proto__', 'constructor', 'hasOwnProperty'].map((TableName) => proves('7 Table', `a table called ${TableName} that is not there`, fails('GetItem', {TableName, Key: key}, 'ResourceNotFoundException', NOT_FOUND),
      fails('DescribeTable', {TableName}, 'ResourceNotFoundException', `${NOT_FOUND}: Table: ${TableName} not found`),
      fails('BatchGetItem', {RequestItems: members([TableName], () => ({Keys: [key]}))}, 'ResourceNotFoundException', NOT_FOUND),
      fails('BatchWriteItem', {RequestItems: members([TableName], () => [{DeleteRequest: {Key: key}}])}, 'ResourceNotFoundException', NOT_FOUND))),
    proves('2 Table and index names', 'keys and indexes called like them', has('CreateTable', {
      TableName: NAME, BillingMode: 'PAY_PER_REQUEST', AttributeDefinitions: Object.keys(row).map((AttributeName) => ({AttributeName, AttributeType: 'S'})), KeySchema: keySchema('__proto__', 'constructor'),
      LocalSecondaryIndexes: [{IndexName: 'toString', KeySchema: keySchema('__proto__', 'toString'), Projection: {ProjectionType: 'ALL'}}],
      GlobalSecondaryIndexes: [{IndexName: '__proto__', KeySchema: keySchema('valueOf'), Projection: {ProjectionType: 'ALL'}}],
    }, {}), until('DescribeTable', {TableName: NAME}, {Table: isActive}),
    gives('PutItem', {TableName: NAME, Item: row, ReturnConsumedCapacity: 'INDEXES', ReturnItemCollectionMetrics: 'SIZE'}, {
      ConsumedCapacity: {
        TableName: NAME, CapacityUnits: 3, Table: {CapacityUnits: 1}, LocalSecondaryIndexes: members(['toString'], () => ({CapacityUnits: 1})), GlobalSecondaryIndexes: members(['__proto__'], () => ({CapacityUnits: 1})),
      },
      ItemCollectionMetrics: {ItemCollectionKey: members(['__proto__'], S), SizeEstimateRangeGB: [0, 1]},
    }),
    gives('GetItem', {TableName: NAME, Key: rowKey, ConsistentRead: true}, {Item: row}),
    gives('Query', {...byHash, ConsistentRead: true, Limit: 1}, {Items: [row], Count: 1, ScannedCount: 1, LastEvaluatedKey: rowKey}),
    gives('Query', {...byHash, IndexName: 'toString', ConsistentRead: true, Limit: 1}, {Items: [row], Count: 1, ScannedCount: 1, LastEvaluatedKey: members(['__proto__', 'constructor', 'toString'], S)}),
    until('Query', {TableName: NAME, IndexName: '__proto__', KeyConditionExpression: 'valueOf = :p', ExpressionAttributeValues: {':p': S('valueOf')}, Limit: 1},
      {Items: [row], Count: 1, LastEvaluatedKey: members(['__proto__', 'constructor', 'valueOf'], S)}),
    gives('ExecuteStatement', {Statement: `SELECT * FROM "${NAME}" WHERE "__proto__" = '__proto__'`, ConsistentRead: true}, {Items: [row]}),
    gives('TransactGetItems', {TransactItems: [{Get: {TableName: NAME, Key: rowKey}}]}, {Responses: [{Item: row}]}),
    gives('DeleteItem', {TableName: NAME, Key: rowKey, ReturnValues: 'ALL_OLD'}, {Attributes: row}), has('DeleteTable', {TableName: NAME}, {}), untilGone('DescribeTable', {TableName: NAME})),
  ],
};
