import type {Area, Body, ConformanceCase} from '../conformance-case.js';
import {proves, unserializable} from '../conformance-case.js';
import type {Json} from '../json.js';

const CLASS = 'com.amazonaws.dynamodb.v20120810';

/** What each kind of member says of JSON that it cannot be. A field is a member of a structure, an element one of a list or a map. */
type Kind =
  | 'String' | 'Boolean' | 'Integer' | 'Long' | 'Blob' | 'List'
  | {readonly map: string} | {readonly field: string} | {readonly element: string};

function misfits(kind: Kind): readonly (readonly [Json, string])[] {
  const notCollection = (message: string): readonly (readonly [Json, string])[] => [['23', message], [true, message], [false, message], [23, message], [34.56, message]];
  const start = 'Start of structure or map found where not expected';
  const unconvertible = (name: string, java: string): readonly (readonly [Json, string])[] =>
    [[[], `Unrecognized collection type class ${java}`], [{}, start]].map(([value, message]): readonly [Json, string] => [value as Json, String(message).replace('$', name)]);
  if (kind === 'String') {
    return [[true, 'TRUE_VALUE cannot be converted to String'], [false, 'FALSE_VALUE cannot be converted to String'],
      [23, 'NUMBER_VALUE cannot be converted to String'], [34.56, 'DECIMAL_VALUE cannot be converted to String'], ...unconvertible(kind, 'java.lang.String')];
  }
  if (kind === 'Boolean') {
    return [['23', 'Unexpected token received from parser'], [23, 'NUMBER_VALUE cannot be converted to Boolean'], [34.56, 'DECIMAL_VALUE cannot be converted to Boolean'],
      ...unconvertible(kind, 'java.lang.Boolean')];
  }
  if (kind === 'Integer' || kind === 'Long') {
    return [['23', `STRING_VALUE cannot be converted to ${kind}`], [true, `TRUE_VALUE cannot be converted to ${kind}`], [false, `FALSE_VALUE cannot be converted to ${kind}`],
      ...unconvertible(kind, `java.lang.${kind}`)];
  }
  if (kind === 'Blob') {
    return [...notCollection('only base-64-encoded strings are convertible to bytes').slice(1), ...unconvertible(kind, 'java.nio.ByteBuffer'),
      ['23456', 'Base64 encoded length is expected a multiple of 4 bytes but found: 5'], ['+/+=', 'Invalid last non-pad Base64 character dectected']];
  }
  if (kind === 'List') return [...notCollection('Unexpected field type'), [{}, start]];
  if ('map' in kind) return [...notCollection('Unexpected field type'), [[], `Unrecognized collection type java.util.Map<java.lang.String, ${kind.map}>`]];
  if ('field' in kind) return [...notCollection('Unexpected field type'), [[], `Unrecognized collection type class ${CLASS}.${kind.field}`]];
  return [...notCollection('Unexpected value type in payload'), [[], `Unrecognized collection type class ${CLASS}.${kind.element}`]];
}

/** A body with one value at a path; numbers in the path make lists. */
function bodyAt(path: readonly string[], value: Json): Json {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  return first === '0' ? [bodyAt(rest, value)] : {[first]: bodyAt(rest, value)};
}

const VALUE = `${CLASS}.AttributeValue`;
const attributeMap: Kind = {map: VALUE};
const attribute: Kind = {element: 'AttributeValue'};
const names: Kind = {map: 'java.lang.String'};

/** Members of a value, below the path of the value. */
function valueMembers(path: string): readonly (readonly [string, Kind])[] {
  return [
    [path, attribute], [`${path}.S`, 'String'], [`${path}.N`, 'String'], [`${path}.B`, 'Blob'], [`${path}.BOOL`, 'Boolean'], [`${path}.NULL`, 'Boolean'],
    [`${path}.SS`, 'List'], [`${path}.SS.0`, 'String'], [`${path}.NS`, 'List'], [`${path}.NS.0`, 'String'], [`${path}.BS`, 'List'], [`${path}.BS.0`, 'Blob'],
    [`${path}.M`, attributeMap], [`${path}.M.a`, attribute], [`${path}.M.a.S`, 'String'], [`${path}.M.a.B`, 'Blob'], [`${path}.M.a.SS`, 'List'],
    [`${path}.L`, 'List'], [`${path}.L.0`, attribute], [`${path}.L.0.N`, 'String'], [`${path}.L.0.BS`, 'List'], [`${path}.L.0.L`, 'List'],
  ];
}

const write: readonly (readonly [string, Kind])[] = [
  ['TableName', 'String'], ['ReturnConsumedCapacity', 'String'], ['ReturnItemCollectionMetrics', 'String'], ['ReturnValues', 'String'],
  ['ReturnValuesOnConditionCheckFailure', 'String'], ['ConditionExpression', 'String'], ['ExpressionAttributeNames', names], ['ExpressionAttributeNames.#a', 'String'],
  ['ExpressionAttributeValues', attributeMap], ...valueMembers('ExpressionAttributeValues.:a').slice(0, 8),
];
const page: readonly (readonly [string, Kind])[] = [
  ['TableName', 'String'], ['IndexName', 'String'], ['Select', 'String'], ['Limit', 'Integer'], ['ConsistentRead', 'Boolean'], ['ReturnConsumedCapacity', 'String'],
  ['FilterExpression', 'String'], ['ProjectionExpression', 'String'], ['ExpressionAttributeNames', names], ['ExpressionAttributeNames.#a', 'String'],
  ['ExpressionAttributeValues', attributeMap], ['ExpressionAttributeValues.:a', attribute], ['ExclusiveStartKey', attributeMap], ...valueMembers('ExclusiveStartKey.pk').slice(0, 6),
];
const keySchema = (path: string): readonly (readonly [string, Kind])[] => [
  [`${path}.KeySchema`, 'List'], [`${path}.KeySchema.0`, {element: 'KeySchemaElement'}], [`${path}.KeySchema.0.AttributeName`, 'String'], [`${path}.KeySchema.0.KeyType`, 'String'],
  [`${path}.Projection`, {field: 'Projection'}], [`${path}.Projection.ProjectionType`, 'String'], [`${path}.Projection.NonKeyAttributes`, 'List'],
  [`${path}.Projection.NonKeyAttributes.0`, 'String'], [`${path}.IndexName`, 'String'],
];
const throughput = (path: string): readonly (readonly [string, Kind])[] => [
  [path, {field: 'ProvisionedThroughput'}], [`${path}.ReadCapacityUnits`, 'Long'], [`${path}.WriteCapacityUnits`, 'Long'],
];
const table: readonly (readonly [string, Kind])[] = [
  ['TableName', 'String'], ['BillingMode', 'String'], ['AttributeDefinitions', 'List'], ['AttributeDefinitions.0', {element: 'AttributeDefinition'}],
  ['AttributeDefinitions.0.AttributeName', 'String'], ['AttributeDefinitions.0.AttributeType', 'String'], ...throughput('ProvisionedThroughput'),
  ['StreamSpecification', {field: 'StreamSpecification'}], ['StreamSpecification.StreamEnabled', 'Boolean'], ['StreamSpecification.StreamViewType', 'String'],
  ['SSESpecification', {field: 'SSESpecification'}], ['SSESpecification.Enabled', 'Boolean'], ['SSESpecification.SSEType', 'String'], ['SSESpecification.KMSMasterKeyId', 'String'],
  ['TableClass', 'String'], ['DeletionProtectionEnabled', 'Boolean'],
  ['OnDemandThroughput', {field: 'OnDemandThroughput'}], ['OnDemandThroughput.MaxReadRequestUnits', 'Long'], ['OnDemandThroughput.MaxWriteRequestUnits', 'Long'],
  ['WarmThroughput', {field: 'WarmThroughput'}], ['WarmThroughput.ReadUnitsPerSecond', 'Long'], ['WarmThroughput.WriteUnitsPerSecond', 'Long'],
];

/** Every member whose JSON type is checked, by operation. */
const MEMBERS: Readonly<Record<string, readonly (readonly [string, Kind])[]>> = {
  GetItem: [
    ['TableName', 'String'], ['Key', attributeMap], ...valueMembers('Key.pk'), ['ConsistentRead', 'Boolean'], ['ReturnConsumedCapacity', 'String'],
    ['ProjectionExpression', 'String'], ['ExpressionAttributeNames', names], ['ExpressionAttributeNames.#a', 'String'],
  ],
  PutItem: [...write, ['Item', attributeMap], ...valueMembers('Item.pk')],
  UpdateItem: [...write, ['Key', attributeMap], ...valueMembers('Key.pk').slice(0, 12), ['UpdateExpression', 'String']],
  DeleteItem: [...write, ['Key', attributeMap], ...valueMembers('Key.pk').slice(0, 12)],
  Query: [...page, ['KeyConditionExpression', 'String'], ['ScanIndexForward', 'Boolean']],
  Scan: [...page, ['Segment', 'Integer'], ['TotalSegments', 'Integer']],
  BatchGetItem: [
    ['ReturnConsumedCapacity', 'String'], ['RequestItems.Some', {element: 'KeysAndAttributes'}], ['RequestItems.Some.Keys', 'List'],
    ['RequestItems.Some.Keys.0.pk', attribute], ['RequestItems.Some.Keys.0.pk.S', 'String'], ['RequestItems.Some.Keys.0.pk.B', 'Blob'],
    ['RequestItems.Some.ConsistentRead', 'Boolean'], ['RequestItems.Some.ProjectionExpression', 'String'],
    ['RequestItems.Some.ExpressionAttributeNames', names], ['RequestItems.Some.ExpressionAttributeNames.#a', 'String'],
  ],
  BatchWriteItem: [
    ['ReturnConsumedCapacity', 'String'], ['ReturnItemCollectionMetrics', 'String'], ['RequestItems.Some.0', {element: 'WriteRequest'}],
    ['RequestItems.Some.0.PutRequest', {field: 'PutRequest'}], ['RequestItems.Some.0.PutRequest.Item', attributeMap],
    ...valueMembers('RequestItems.Some.0.PutRequest.Item.pk').slice(0, 10),
    ['RequestItems.Some.0.DeleteRequest', {field: 'DeleteRequest'}], ['RequestItems.Some.0.DeleteRequest.Key', attributeMap],
    ...valueMembers('RequestItems.Some.0.DeleteRequest.Key.pk').slice(0, 10),
  ],
  CreateTable: [
    ...table, ['KeySchema', 'List'], ['KeySchema.0', {element: 'KeySchemaElement'}], ['KeySchema.0.AttributeName', 'String'], ['KeySchema.0.KeyType', 'String'],
    ['LocalSecondaryIndexes', 'List'], ['LocalSecondaryIndexes.0', {element: 'LocalSecondaryIndex'}], ...keySchema('LocalSecondaryIndexes.0'),
    ['GlobalSecondaryIndexes', 'List'], ['GlobalSecondaryIndexes.0', {element: 'GlobalSecondaryIndex'}], ...keySchema('GlobalSecondaryIndexes.0'),
    ...throughput('GlobalSecondaryIndexes.0.ProvisionedThroughput'), ['Tags', 'List'], ['Tags.0', {element: 'Tag'}], ['Tags.0.Key', 'String'], ['Tags.0.Value', 'String'],
  ],
  UpdateTable: [
    ...table, ['GlobalSecondaryIndexUpdates', 'List'], ['GlobalSecondaryIndexUpdates.0', {element: 'GlobalSecondaryIndexUpdate'}],
    ['GlobalSecondaryIndexUpdates.0.Update', {field: 'UpdateGlobalSecondaryIndexAction'}], ['GlobalSecondaryIndexUpdates.0.Update.IndexName', 'String'],
    ...throughput('GlobalSecondaryIndexUpdates.0.Update.ProvisionedThroughput'),
    ['GlobalSecondaryIndexUpdates.0.Create', {field: 'CreateGlobalSecondaryIndexAction'}], ...keySchema('GlobalSecondaryIndexUpdates.0.Create'),
    ['GlobalSecondaryIndexUpdates.0.Delete', {field: 'DeleteGlobalSecondaryIndexAction'}], ['GlobalSecondaryIndexUpdates.0.Delete.IndexName', 'String'],
  ],
  DescribeTable: [['TableName', 'String']],
  DeleteTable: [['TableName', 'String']],
  ListTables: [['Limit', 'Integer'], ['ExclusiveStartTableName', 'String']],
  TagResource: [['ResourceArn', 'String'], ['Tags', 'List'], ['Tags.0', {element: 'Tag'}], ['Tags.0.Key', 'String'], ['Tags.0.Value', 'String']],
  UntagResource: [['ResourceArn', 'String'], ['TagKeys', 'List'], ['TagKeys.0', 'String']],
  ListTagsOfResource: [['ResourceArn', 'String'], ['NextToken', 'String']],
  DescribeTimeToLive: [['TableName', 'String']],
  DescribeContinuousBackups: [['TableName', 'String']],
};

function casesOf(operation: string): readonly ConformanceCase[] {
  return (MEMBERS[operation] ?? []).map(([path, kind]) => proves('7 Shape', `${operation}: ${path} of a wrong JSON type`,
    ...misfits(kind).map(([value, message]) => unserializable(operation, bodyAt(path.split('.'), value) as Body, message))));
}

export const SHAPES: Area = {
  name: 'shapes',
  title: 'JSON types of all members',
  cases: Object.keys(MEMBERS).flatMap(casesOf),
};
