// Request checks of the item operations: messages, and the order in which several mistakes are reported.
import {ModelError} from '../errors.js';
import {parseBatchGetItem} from './batch-get-item.js';
import {parseBatchWriteItem, resolveBatchWrites} from './batch-write-item.js';
import {parseDeleteItem} from './delete-item.js';
import {parseGetItem} from './get-item.js';
import {parsePutItem} from './put-item.js';
import {parseQuery, resolveQuery} from './query.js';
import {parseScan} from './scan.js';
import {parseUpdateItem} from './update-item.js';

const P = 'One or more parameter values were invalid: ';
const KEY = {pk: {S: 'a'}};

function failure(run: () => unknown): {code: string; message: string | undefined} {
  try {
    run();
  } catch (error) {
    if (error instanceof ModelError) return {code: error.failure.code, message: error.failure.message};
    throw error;
  }
  throw new Error('accepted');
}
const validation = (message: string): {code: string; message: string} => ({code: 'ValidationException', message});
const serialization = (message: string | undefined): {code: string; message: string | undefined} => ({code: 'SerializationException', message});

test('a plain PutItem is parsed with its defaults', () => {
  const request = parsePutItem({TableName: 'Music', Item: {pk: {S: 'a'}, n: {N: '1.0'}}});
  expect(request).toMatchObject({
    tableName: 'Music', tableNameGiven: 'Music', returnValues: 'NONE', returnConsumedCapacity: 'NONE', itemSizeBytes: 6,
    returnValuesOnConditionCheckFailure: 'NONE', returnItemCollectionMetrics: 'NONE', expressions: {input: {}},
  });
  expect(request.item.get('n')).toEqual({kind: 'N', value: '1'});
});

test('a table may be named by its ARN, which replies echo', () => {
  const arn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/Music';
  expect(parseGetItem({TableName: arn, Key: KEY})).toMatchObject({tableName: 'Music', tableNameGiven: arn});
});

test.each([[undefined], [null], ['text'], [[]], [7]])('a body of %p is no structure', (body) => {
  expect(failure(() => parsePutItem(body))).toEqual(serialization(undefined));
});

test.each([
  [{TableName: 1}, 'NUMBER_VALUE cannot be converted to String'],
  [{TableName: 'a;', Item: 'x'}, 'Unexpected field type'],
  [{TableName: 'abc', Item: {a: 'x'}}, 'Unexpected value type in payload'],
  [{TableName: 'abc', Item: {a: []}}, 'Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue'],
  // A bad number stands first, but a wrong JSON type anywhere is reported before any content.
  [{TableName: 'abc', Item: {a: {N: 'x'}, b: {S: 1}}}, 'NUMBER_VALUE cannot be converted to String'],
  [{TableName: 'abc', Item: {a: {L: [{N: 'x'}, {M: {b: {BS: ['abc']}}}]}}}, 'Base64 encoded length is expected a multiple of 4 bytes but found: 3'],
])('%j fails in conversion', (body, message) => {
  expect(failure(() => parsePutItem(body))).toEqual(serialization(message));
});

test('failed constraints are joined in the order of the service', () => {
  expect(failure(() => parsePutItem({TableName: 'a;', ReturnValues: 'hi', ReturnConsumedCapacity: 'hi'}))).toEqual(validation(
    '5 validation errors detected: '
    + "Value 'hi' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; "
    + "Value 'a;' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; "
    + "Value 'a;' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3; "
    + "Value null at 'item' failed to satisfy constraint: Member must not be null; "
    + "Value 'hi' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: "
    + '[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]'));
  expect(failure(() => parseGetItem({Key: KEY})))
    .toEqual(validation("1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null"));
});

test('after constraints: mixing, then values, return values, size, maps, expressions', () => {
  const base = {TableName: 'abc'};
  const bad = {
    Item: {a: {N: 'x'}}, ReturnValues: 'ALL_NEW', Expected: {}, ConditionExpression: 'a b', ExpressionAttributeNames: {},
  };
  expect(failure(() => parsePutItem({...base, ...bad}))).toEqual(validation(
    'Can not use both expression and non-expression parameters in the same request: '
    + 'Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}'));
  expect(failure(() => parsePutItem({...base, ...bad, Expected: undefined})))
    .toEqual(validation('The parameter cannot be converted to a numeric value: x'));
  const big = {a: {S: 'x'.repeat(409_600)}};
  expect(failure(() => parsePutItem({...base, ...bad, Expected: undefined, Item: big})))
    .toEqual(validation('ReturnValues can only be ALL_OLD or NONE'));
  expect(failure(() => parsePutItem({...base, ...bad, Expected: undefined, ReturnValues: 'NONE', Item: big})))
    .toEqual(validation('Item size has exceeded the maximum allowed size'));
  expect(failure(() => parsePutItem({...base, ...bad, Expected: undefined, ReturnValues: 'NONE', Item: KEY})))
    .toEqual(validation('ExpressionAttributeNames must not be empty'));
  expect(failure(() => parsePutItem({...base, Item: KEY, ConditionExpression: 'a b'})))
    .toEqual(validation('Invalid ConditionExpression: Syntax error; token: "b", near: "a b"'));
});

test('an item of exactly 400 KB is accepted', () => {
  expect(parsePutItem({TableName: 'abc', Item: {a: {S: 'x'.repeat(409_599)}}}).itemSizeBytes).toBe(409_600);
});

test.each([
  [{ExpressionAttributeNames: {'#a': 'a'}}, 'ExpressionAttributeNames can only be specified when using expressions'],
  [{ExpressionAttributeValues: {':a': {N: '1'}}},
    'ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and ConditionExpression are null'],
  [{UpdateExpression: 'REMOVE a', ExpressionAttributeNames: {a: 'a'}}, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"'],
  [{UpdateExpression: 'REMOVE a', ExpressionAttributeValues: {':a': {N: 'x'}}},
    'ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: x for key :a'],
  [{UpdateExpression: 'REMOVE a', ExpressionAttributeValues: {}}, 'ExpressionAttributeValues must not be empty'],
  [{UpdateExpression: 'REMOVE a', ExpressionAttributeNames: {'#b': 'b'}},
    'Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}'],
])('UpdateItem with %j is refused', (members, message) => {
  expect(failure(() => parseUpdateItem({TableName: 'abc', Key: KEY, ...members}))).toEqual(validation(message));
});

test('an UpdateItem without any update is allowed', () => {
  expect(parseUpdateItem({TableName: 'abc', Key: KEY}).expressions.compiled.update).toBeUndefined();
});

test('a DeleteItem keeps its condition as text and compiled', () => {
  const request = parseDeleteItem({
    TableName: 'abc', Key: KEY, ConditionExpression: 'a = :a', ExpressionAttributeValues: {':a': {NULL: true}}, ReturnValues: 'ALL_OLD',
  });
  expect(request.expressions.input.condition).toBe('a = :a');
  expect(request.expressions.compiled.condition).toBeDefined();
  expect(request.returnValues).toBe('ALL_OLD');
});

test('a projection is refused before a table is looked for', () => {
  expect(failure(() => parseGetItem({TableName: 'abc', Key: KEY, ProjectionExpression: 'a, a'})).message)
    .toMatch(/^Invalid ProjectionExpression: Two document paths overlap/);
});

const QUERY = {TableName: 'abc', KeyConditionExpression: 'h = :h', ExpressionAttributeValues: {':h': {S: 'k'}}};
const schema = {hash: {name: 'h', type: 'S'}, range: {name: 'r', type: 'N'}} as const;

test.each([
  [{TableName: 'abc'}, 'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.'],
  [{...QUERY, Limit: 0}, "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1"],
  [{...QUERY, Select: 'SPECIFIC_ATTRIBUTES'},
    `${P}Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES`],
  [{...QUERY, ExclusiveStartKey: {h: {N: 'x'}}}, 'The parameter cannot be converted to a numeric value: x'],
  [{...QUERY, QueryFilter: {}}, 'Can not use both expression and non-expression parameters in the same request: '
    + 'Non-expression parameters: {QueryFilter} Expression parameters: {KeyConditionExpression}'],
])('the query %j is refused', (body, message) => {
  expect(failure(() => parseQuery(body))).toEqual(validation(message));
});

test.each([
  [{...QUERY, ExclusiveStartKey: {h: {S: 'k'}}}, 'The provided starting key is invalid'],
  [{...QUERY, ExclusiveStartKey: {h: {S: 'x'}, r: {N: '1'}}}, 'The provided starting key is outside query boundaries based on provided conditions'],
  [{
    ...QUERY, KeyConditionExpression: 'h = :h AND r > :n', ExpressionAttributeValues: {':h': {S: 'k'}, ':n': {N: '5'}},
    ExclusiveStartKey: {h: {S: 'k'}, r: {N: '5'}},
  }, 'The provided starting key does not match the range key predicate'],
  [{
    ...QUERY, KeyConditionExpression: 'h = :h AND r = :n', ExpressionAttributeValues: {':h': {S: 'k'}, ':n': {N: '5'}},
    ExclusiveStartKey: {h: {S: 'k'}, r: {N: '5'}},
  }, 'The query can return at most one row and cannot be restarted'],
  [{...QUERY, FilterExpression: 'r = :h'}, 'Filter Expression can only contain non-primary key attributes: Primary key attribute: r'],
])('the query %j does not fit its table', (body, message) => {
  expect(failure(() => resolveQuery(parseQuery(body), schema))).toEqual(validation(message));
});

test('a query is resolved with its start key', () => {
  const resolved = resolveQuery(parseQuery({...QUERY, ExclusiveStartKey: {h: {S: 'k'}, r: {N: '1'}}, ScanIndexForward: false}), schema);
  expect(resolved).toEqual({
    keyCondition: {partitionKey: {kind: 'S', value: 'k'}, sort: undefined},
    startKey: {hash: {kind: 'S', value: 'k'}, range: {kind: 'N', value: '1'}},
  });
});

test.each([
  [{Segment: 0}, 'The TotalSegments parameter is required but was not present in the request when Segment parameter is present'],
  [{TotalSegments: 2}, 'The Segment parameter is required but was not present in the request when parameter TotalSegments is present'],
  [{Segment: 2, TotalSegments: 2},
    'The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than TotalSegments: 2'],
  [{TotalSegments: 1_000_001, Segment: 0},
    "1 validation error detected: Value '1000001' at 'totalSegments' failed to satisfy constraint: Member must have value less than or equal to 1000000"],
])('the scan %j is refused', (members, message) => {
  expect(failure(() => parseScan({TableName: 'abc', ...members}))).toEqual(validation(message));
});

test('a scan keeps its segment, and an index selects what it projects', () => {
  expect(parseScan({TableName: 'abc', Segment: 1, TotalSegments: 4}).segment).toEqual({index: 1, count: 4});
  expect(parseScan({TableName: 'abc', IndexName: 'by-x'}).select).toBe('ALL_PROJECTED_ATTRIBUTES');
  expect(parseScan({TableName: 'abc', ProjectionExpression: 'a'}).select).toBe('SPECIFIC_ATTRIBUTES');
});

test('a batch of reads is limited to 100 keys over all tables, none twice', () => {
  const keys = (count: number): unknown => Array.from({length: count}, (_, i) => ({pk: {N: String(i)}}));
  expect(parseBatchGetItem({RequestItems: {abc: {Keys: keys(50)}, def: {Keys: keys(50)}}}).tables.map(({keys: list}) => list.length)).toEqual([50, 50]);
  expect(failure(() => parseBatchGetItem({RequestItems: {abc: {Keys: keys(51)}, def: {Keys: keys(50)}}})))
    .toEqual(validation('Too many items requested for the BatchGetItem call'));
  expect(failure(() => parseBatchGetItem({RequestItems: {abc: {Keys: [{a: {N: '1'}, b: {S: 'x'}}, {b: {S: 'x'}, a: {N: '1'}}]}}})))
    .toEqual(validation('Provided list of item keys contains duplicates'));
  expect(failure(() => parseBatchGetItem({RequestItems: {abc: {}}})))
    .toEqual(validation("1 validation error detected: Value null at 'requestItems.abc.member.keys' failed to satisfy constraint: Member must not be null"));
});

test('a batch of writes is limited to 25, and two writes may not meet in one item', () => {
  const puts = (count: number): unknown => Array.from({length: count}, (_, i) => ({PutRequest: {Item: {h: {S: String(i)}, r: {N: '0'}}}}));
  expect(failure(() => parseBatchWriteItem({RequestItems: {abc: puts(26)}})).message).toMatch(
    /at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: \[Member must have length less than or equal to 25, Member must have length greater than or equal to 1\]$/);
  expect(failure(() => parseBatchWriteItem({RequestItems: {abc: puts(13), def: puts(13)}})))
    .toEqual(validation('Too many items requested for the BatchWriteItem call'));
  const [table] = parseBatchWriteItem({RequestItems: {abc: [
    {PutRequest: {Item: {h: {S: 'x'}, r: {N: '1.0'}}}}, {DeleteRequest: {Key: {h: {S: 'x'}, r: {N: '1'}}}},
  ]}}).tables;
  expect(table?.writes.map(({kind}) => kind)).toEqual(['put', 'delete']);
  expect(failure(() => resolveBatchWrites(table?.writes ?? [], schema)))
    .toEqual(validation('Provided list of item keys contains duplicates'));
});

test('a null in a list is a missing member of it, told by its position', () => {
  expect(failure(() => parseBatchGetItem({RequestItems: {abc: {Keys: [KEY, null]}}})))
    .toEqual(validation("1 validation error detected: Value null at 'requestItems.abc.member.keys.2.member' failed to satisfy constraint: Member must not be null"));
  expect(failure(() => parseBatchWriteItem({RequestItems: {abc: [null]}})).code).toBe('ValidationException');
});
