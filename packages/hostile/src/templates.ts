import {KEY_ONLY_TABLE, TABLE} from './target.js';

/** A valid request, to be spoilt in one place. */
export interface Template {
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const KEY = {pk: {S: 'generated'}, sk: {N: '7'}};
const ITEM = {
  ...KEY, text: {S: 'a'}, number: {N: '1.5'}, bytes: {B: 'AAEC'}, flag: {BOOL: true}, nothing: {NULL: true}, texts: {SS: ['a', 'b']}, numbers: {NS: ['1', '2']},
  blobs: {BS: ['AA==', 'AQ==']}, list: {L: [{S: 'a'}, {N: '1'}, {M: {inner: {S: 'x'}}}]}, map: {M: {a: {L: [{S: 'y'}]}, b: {N: '2'}}},
};
const NAMES = {'#t': 'text', '#n': 'number'};

/**
 * Requests of every operation. None can make or drop a table, whatever one place of it becomes: each test run would leave
 * partitions behind.
 */
export const TEMPLATES: readonly Template[] = [
  {operation: 'PutItem', body: {
    TableName: TABLE, Item: ITEM, ConditionExpression: 'attribute_not_exists(#t) OR #n < :n', ExpressionAttributeNames: NAMES, ExpressionAttributeValues: {':n': {N: '100'}},
    ReturnValues: 'ALL_OLD', ReturnConsumedCapacity: 'TOTAL', ReturnValuesOnConditionCheckFailure: 'ALL_OLD', ReturnItemCollectionMetrics: 'SIZE',
  }},
  {operation: 'PutItem', body: {TableName: KEY_ONLY_TABLE, Item: {pk: {S: 'generated'}, deep: {M: {a: {M: {b: {L: [{L: [{M: {c: {S: 'd'}}}]}]}}}}}}}},
  {operation: 'GetItem', body: {TableName: TABLE, Key: KEY, ConsistentRead: true, ProjectionExpression: '#t, list[0], map.a[0], #n', ExpressionAttributeNames: NAMES, ReturnConsumedCapacity: 'INDEXES'}},
  {operation: 'UpdateItem', body: {
    TableName: TABLE, Key: KEY, ConditionExpression: 'size(#t) <= :n AND (begins_with(#t, :a) OR NOT contains(texts, :a)) AND #n BETWEEN :m AND :n',
    UpdateExpression: 'SET #t = if_not_exists(#t, :a), list = list_append(list, :l), #n = #n + :m REMOVE map.b, list[1] ADD numbers :ns DELETE texts :ss',
    ExpressionAttributeNames: NAMES, ReturnValues: 'ALL_NEW',
    ExpressionAttributeValues: {':n': {N: '100'}, ':m': {N: '-1'}, ':a': {S: 'a'}, ':l': {L: [{S: 'z'}]}, ':ns': {NS: ['5']}, ':ss': {SS: ['b']}},
  }},
  {operation: 'DeleteItem', body: {TableName: KEY_ONLY_TABLE, Key: {pk: {S: 'generated'}}, ConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': {S: 'generated'}}, ReturnValues: 'ALL_OLD'}},
  {operation: 'Query', body: {
    TableName: TABLE, KeyConditionExpression: 'pk = :p AND sk BETWEEN :a AND :b', FilterExpression: '#t IN (:t, :p) OR attribute_type(#t, :s)', ProjectionExpression: 'pk, sk, #t',
    ExpressionAttributeNames: {'#t': 'text'}, ExpressionAttributeValues: {':p': {S: 'generated'}, ':a': {N: '1'}, ':b': {N: '9'}, ':t': {S: 'a'}, ':s': {S: 'S'}},
    ScanIndexForward: false, Limit: 5, ExclusiveStartKey: KEY, Select: 'SPECIFIC_ATTRIBUTES', ConsistentRead: true,
  }},
  {operation: 'Scan', body: {
    TableName: TABLE, Limit: 3, Segment: 0, TotalSegments: 4, FilterExpression: 'attribute_exists(list[0].inner) OR #n <> :n', ExpressionAttributeNames: {'#n': 'number'},
    ExpressionAttributeValues: {':n': {N: '3'}}, Select: 'COUNT', ReturnConsumedCapacity: 'TOTAL',
  }},
  {operation: 'BatchGetItem', body: {RequestItems: {
    [TABLE]: {Keys: [KEY, {pk: {S: 'other'}, sk: {N: '1'}}], ProjectionExpression: '#t', ExpressionAttributeNames: {'#t': 'text'}, ConsistentRead: false},
    [KEY_ONLY_TABLE]: {Keys: [{pk: {S: 'generated'}}]},
  }, ReturnConsumedCapacity: 'TOTAL'}},
  {operation: 'BatchWriteItem', body: {RequestItems: {
    [TABLE]: [{PutRequest: {Item: ITEM}}, {DeleteRequest: {Key: {pk: {S: 'other'}, sk: {N: '1'}}}}], [KEY_ONLY_TABLE]: [{PutRequest: {Item: {pk: {S: 'batch'}}}}],
  }}},
  {operation: 'ExecuteStatement', body: {
    Statement: `SELECT map.a[0], "text" FROM "${TABLE}" WHERE pk = ? AND sk BETWEEN 1 AND 9 AND (contains(texts, 'a') OR NOT number IN [1, -2.5e3, ?]) ORDER BY sk DESC; -- done`,
    Parameters: [{S: 'generated'}, {N: '100'}], Limit: 5, ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL',
  }},
  {operation: 'ExecuteStatement', body: {
    Statement: `UPDATE "${TABLE}" SET list = list_append(list, ?), number = number + 1 SET texts = set_add(texts, <<'c', 'd'>>) REMOVE map.b WHERE pk = 'generated' AND sk = 7 RETURNING MODIFIED NEW *`,
    Parameters: [{L: [{S: 'z'}]}], ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  }},
  {operation: 'BatchExecuteStatement', body: {Statements: [
    {Statement: `INSERT INTO "${KEY_ONLY_TABLE}" VALUE {'pk': ?, 'deep': {'a': [1, {'b': <<1, 2>>}]}}`, Parameters: [{S: 'statement'}]}, {Statement: `DELETE FROM "${KEY_ONLY_TABLE}" WHERE pk = 'statement' AND size(deep) > 0`},
  ], ReturnConsumedCapacity: 'INDEXES'}},
  {operation: 'DescribeTable', body: {TableName: TABLE}},
  {operation: 'ListTables', body: {ExclusiveStartTableName: 'Hos', Limit: 5}},
  {operation: 'DescribeLimits', body: {}},
  {operation: 'DescribeEndpoints', body: {}},
  {operation: 'DescribeTimeToLive', body: {TableName: TABLE}},
  {operation: 'UpdateTimeToLive', body: {TableName: 'nobody', TimeToLiveSpecification: {Enabled: true, AttributeName: 'expires'}}},
  {operation: 'TransactWriteItems', body: {TransactItems: [{ConditionCheck: {TableName: 'nobody', Key: KEY, ConditionExpression: 'attribute_exists(pk)'}}], ClientRequestToken: 'token'}},
  // A table with one throughput too few, one with a name that exists already, and tables that are not there.
  {operation: 'CreateTable', body: {
    TableName: TABLE, BillingMode: 'PROVISIONED', ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 0}, KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}],
    AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: 'never-used', AttributeType: 'S'}],
    Tags: [{Key: 'k', Value: 'v'}], StreamSpecification: {StreamEnabled: true, StreamViewType: 'NEW_IMAGE'}, TableClass: 'STANDARD',
    GlobalSecondaryIndexes: [{IndexName: 'byText', KeySchema: [{AttributeName: 'text', KeyType: 'HASH'}], Projection: {ProjectionType: 'INCLUDE', NonKeyAttributes: ['a']}}],
  }},
  {operation: 'UpdateTable', body: {TableName: 'nobody-there', BillingMode: 'PROVISIONED', ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 5}}},
  {operation: 'DeleteTable', body: {TableName: 'nobody-there'}},
];
