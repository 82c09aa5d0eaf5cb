import type {Area, Body, ConformanceCase} from '../conformance-case.js';
import {fails, gives, invalid, proves, put} from '../conformance-case.js';
import type {Json} from '../json.js';
import {BYTES, HASH, MISSING, NUMBERS, RANGE} from '../suite-tables.js';

const P = 'One or more parameter values were invalid: ';
const MISMATCH = 'The provided key element does not match the schema';
const START = 'The provided starting key is invalid: ';
const NOT_FOUND = 'Requested resource not found';

const keyed: readonly (readonly [string, Body])[] = [['GetItem', {}], ['DeleteItem', {}], ['UpdateItem', {}]];
/** A key that no operation takes. */
function badKey(name: string, TableName: string, Key: Json, message = MISMATCH): ConformanceCase {
  return proves('7 Keys', name,
    ...keyed.map(([operation, more]) => invalid(operation, {TableName, Key, ...more}, message)),
    invalid('BatchGetItem', {RequestItems: {[TableName]: {Keys: [Key]}}}, message),
    invalid('BatchWriteItem', {RequestItems: {[TableName]: [{DeleteRequest: {Key}}]}}, message));
}
function badStart(name: string, TableName: string, ExclusiveStartKey: Json, message: string): ConformanceCase {
  return proves('7 Start key', name, invalid('Scan', {TableName, ExclusiveStartKey}, message));
}
function badItem(name: string, TableName: string, Item: Json, message: string): ConformanceCase {
  return proves('7 Keys', name,
    invalid('PutItem', {TableName, Item}, message),
    // In a batch an item whose key does not fit is told so in the words of a lookup.
    invalid('BatchWriteItem', {RequestItems: {[TableName]: [{PutRequest: {Item}}]}}, /Missing the key|Type mismatch/.test(message) ? MISMATCH : message));
}
const notThere = (operation: string, body: Body): ConformanceCase =>
  proves('7 Table', `${operation} of a table that is not there`, fails(operation, body, 'ResourceNotFoundException', NOT_FOUND));

const emptyText = (kind: string, key: string): string => `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${key}`;
const HASH_SIZE = `${P}Size of hashkey has exceeded the maximum size limit of2048 bytes`;
const RANGE_SIZE = `${P}Aggregated size of all range keys has exceeded the size limit of 1024 bytes`;
const bytes = (count: number): string => Buffer.alloc(count, 1).toString('base64');

export const KEYS: Area = {
  name: 'keys',
  title: 'Keys, and tables that are not there',
  cases: [
    badKey('an empty key', HASH, {}),
    badKey('a key of another name', HASH, {other: {S: 'a'}}),
    badKey('a key with one attribute too many', HASH, {pk: {S: 'a'}, sk: {S: 'b'}}),
    badKey('a key without its sort key', RANGE, {pk: {S: 'a'}}),
    badKey('a key without its partition key', RANGE, {sk: {S: 'a'}}),
    badKey('a key of three attributes', RANGE, {pk: {S: 'a'}, sk: {S: 'b'}, x: {S: 'c'}}),
    ...([['N', '1'], ['B', 'YQ=='], ['BOOL', true], ['NULL', true], ['SS', ['a']], ['NS', ['1']], ['BS', ['YQ==']], ['L', []], ['M', {}]] as readonly (readonly [string, Json])[]).flatMap(([type, value]) => [
      badKey(`a partition key of type ${type} for S`, HASH, {pk: {[type]: value}}),
      badKey(`a sort key of type ${type} for S`, RANGE, {pk: {S: 'a'}, sk: {[type]: value}}),
      badItem(`an item whose partition key is of type ${type}`, HASH, {pk: {[type]: value}}, `${P}Type mismatch for key pk expected: S actual: ${type}`),
      badItem(`an item whose sort key is of type ${type}`, RANGE, {pk: {S: 'a'}, sk: {[type]: value}}, `${P}Type mismatch for key sk expected: S actual: ${type}`),
    ]),
    badKey('a text for a number', NUMBERS, {pk: {S: '1'}, sk: {N: '1'}}),
    badKey('a number for a binary', BYTES, {pk: {N: '1'}, sk: {B: 'YQ=='}}),
    badItem('an item without keys', RANGE, {a: {S: 'x'}}, `${P}Missing the key pk in the item`),
    badItem('an item without its sort key', RANGE, {pk: {S: 'x'}}, `${P}Missing the key sk in the item`),
    badItem('an empty item', HASH, {}, `${P}Missing the key pk in the item`),
    badItem('an item with an empty partition key', HASH, {pk: {S: ''}}, emptyText('string', 'pk')),
    badItem('an item with an empty sort key', RANGE, {pk: {S: 'a'}, sk: {S: ''}}, emptyText('string', 'sk')),
    badItem('an item with an empty binary key', BYTES, {pk: {B: ''}, sk: {B: 'YQ=='}}, emptyText('binary', 'pk')),
    badKey('an empty partition key', HASH, {pk: {S: ''}}, emptyText('string', 'pk')),
    badKey('an empty sort key', RANGE, {pk: {S: 'a'}, sk: {S: ''}}, emptyText('string', 'sk')),
    badKey('an empty binary sort key', BYTES, {pk: {B: 'YQ=='}, sk: {B: ''}}, emptyText('binary', 'sk')),
    badKey('a partition key of 2,049 bytes', HASH, {pk: {S: 'a'.repeat(2049)}}, HASH_SIZE),
    badKey('a partition key of 2,050 bytes of UTF-8', HASH, {pk: {S: 'ä'.repeat(1025)}}, HASH_SIZE),
    badKey('a sort key of 1,025 bytes', RANGE, {pk: {S: 'a'}, sk: {S: 'a'.repeat(1025)}}, RANGE_SIZE),
    badKey('a binary partition key of 2,049 bytes', BYTES, {pk: {B: bytes(2049)}, sk: {B: 'YQ=='}}, HASH_SIZE),
    badKey('a binary sort key of 1,025 bytes', BYTES, {pk: {B: 'YQ=='}, sk: {B: bytes(1025)}}, RANGE_SIZE),
    badItem('an item with a partition key of 2,049 bytes', HASH, {pk: {S: 'a'.repeat(2049)}}, HASH_SIZE),
    badItem('an item with a sort key of 1,025 bytes', RANGE, {pk: {S: 'a'}, sk: {S: 'a'.repeat(1025)}}, RANGE_SIZE),
    proves('2 Keys', 'a partition key of 2,048 and a sort key of 1,024 bytes',
      put({TableName: RANGE, Item: {pk: {S: 'a'.repeat(2048)}, sk: {S: 'b'.repeat(1024)}}}),
      gives('GetItem', {TableName: RANGE, Key: {pk: {S: 'a'.repeat(2048)}, sk: {S: 'b'.repeat(1024)}}, ConsistentRead: true}, {Item: {pk: {S: 'a'.repeat(2048)}, sk: {S: 'b'.repeat(1024)}}})),
    proves('2 Keys', 'equal numbers in different texts are one key',
      put({TableName: NUMBERS, Item: {pk: {N: '1.0'}, sk: {N: '1e2'}, a: {S: 'x'}}}),
      gives('GetItem', {TableName: NUMBERS, Key: {pk: {N: '1'}, sk: {N: '100.00'}}, ConsistentRead: true}, {Item: {pk: {N: '1'}, sk: {N: '100'}, a: {S: 'x'}}}),
      gives('DeleteItem', {TableName: NUMBERS, Key: {pk: {N: '01'}, sk: {N: '+100'}}, ReturnValues: 'ALL_OLD'}, {Attributes: {pk: {N: '1'}, sk: {N: '100'}, a: {S: 'x'}}})),
    proves('2 Keys', 'a binary key finds its item',
      put({TableName: BYTES, Item: {pk: {B: 'AA=='}, sk: {B: '/wA='}}}),
      gives('GetItem', {TableName: BYTES, Key: {pk: {B: 'AA=='}, sk: {B: '/wA='}}, ConsistentRead: true}, {Item: {pk: {B: 'AA=='}, sk: {B: '/wA='}}})),
    proves('2 Keys', 'zero is one key whatever its sign',
      put({TableName: NUMBERS, Item: {pk: {N: '-0'}, sk: {N: '0'}, a: {S: 'z'}}}),
      gives('GetItem', {TableName: NUMBERS, Key: {pk: {N: '0.0'}, sk: {N: '-0.0'}}, ConsistentRead: true}, {Item: {pk: {N: '0'}, sk: {N: '0'}, a: {S: 'z'}}})),
    badStart('a start key without its sort key', RANGE, {pk: {S: 'a'}}, `${START}${MISMATCH}`),
    badStart('a start key of another type', HASH, {pk: {N: '1'}}, `${START}${MISMATCH}`),
    badStart('a start key of other attributes', HASH, {a: {S: '1'}}, `${START}${MISMATCH}`),
    badStart('a start key with one attribute too many', HASH, {pk: {S: '1'}, a: {S: '1'}}, `${START}${MISMATCH}`),
    badStart('an empty start key', HASH, {}, `${START}${MISMATCH}`),
    badStart('a start key with an empty text', HASH, {pk: {S: ''}}, `${START}${P}The AttributeValue for a key attribute cannot contain an empty string value. Key: pk`),
    notThere('GetItem', {TableName: MISSING, Key: {pk: {S: 'a'}}}),
    notThere('PutItem', {TableName: MISSING, Item: {pk: {S: 'a'}}}),
    notThere('UpdateItem', {TableName: MISSING, Key: {pk: {S: 'a'}}}),
    notThere('DeleteItem', {TableName: MISSING, Key: {pk: {S: 'a'}}}),
    notThere('Query', {TableName: MISSING, KeyConditionExpression: 'a = :a', ExpressionAttributeValues: {':a': {S: 'a'}}}),
    notThere('Scan', {TableName: MISSING}),
    notThere('BatchGetItem', {RequestItems: {[MISSING]: {Keys: [{pk: {S: 'a'}}]}}}),
    notThere('BatchWriteItem', {RequestItems: {[MISSING]: [{DeleteRequest: {Key: {pk: {S: 'a'}}}}]}}),
    proves('1.1 order', 'a table that is not there is reported before a key that does not fit', ...keyed.map(([operation]) =>
      fails(operation, {TableName: MISSING, Key: {}}, 'ResourceNotFoundException', NOT_FOUND))),
    proves('1.1 order', 'an expression that cannot be read is reported before a table that is not there',
      invalid('DeleteItem', {TableName: MISSING, Key: {pk: {S: 'a'}}, ConditionExpression: ''}, 'Invalid ConditionExpression: The expression can not be empty;'),
      invalid('UpdateItem', {TableName: MISSING, Key: {pk: {S: 'a'}}, UpdateExpression: ''}, 'Invalid UpdateExpression: The expression can not be empty;'),
      invalid('GetItem', {TableName: MISSING, Key: {pk: {S: 'a'}}, ProjectionExpression: ''}, 'Invalid ProjectionExpression: The expression can not be empty;'),
      invalid('Scan', {TableName: MISSING, FilterExpression: ''}, 'Invalid FilterExpression: The expression can not be empty;'),
      invalid('Query', {TableName: MISSING, KeyConditionExpression: ''}, 'Invalid KeyConditionExpression: The expression can not be empty;')),
    proves('1.1 order', 'a value at fault is reported before an expression and before the table',
      invalid('PutItem', {TableName: MISSING, Item: {pk: {}}, ConditionExpression: ''}, 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'),
      invalid('GetItem', {TableName: MISSING, Key: {pk: {N: 'x'}}, ProjectionExpression: ''}, 'The parameter cannot be converted to a numeric value: x')),
    proves('1.1 order', 'a size is reported before an expression',
      invalid('PutItem', {TableName: MISSING, Item: {pk: {S: 'a'}, a: {S: 'x'.repeat(410_000)}}, ConditionExpression: ''}, 'Item size has exceeded the maximum allowed size')),
    proves('1.1 order', 'ReturnValues that an operation does not have are reported before a size',
      invalid('PutItem', {TableName: MISSING, Item: {pk: {S: 'a'}, a: {S: 'x'.repeat(410_000)}}, ReturnValues: 'ALL_NEW'}, 'ReturnValues can only be ALL_OLD or NONE')),
  ],
};
