import type {Area, ConformanceCase} from '../conformance-case.js';
import {fails, gives, has, invalid, proves, put} from '../conformance-case.js';
import type {Json} from '../json.js';
import {Matcher, anyOrder} from '../json.js';
import {HASH, MISSING, NUMBERS, RANGE} from '../suite-tables.js';

const key = (name: string): Json => ({pk: {S: `batch-${name}`}});
const DUPLICATES = 'Provided list of item keys contains duplicates';
const SEVERAL = 'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes';
const EMPTY = 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes';
const arn = (name: string): string => `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;
const large = (name: string, count: number): Json => ({pk: {S: `batch-${name}`}, text: {S: 'x'.repeat(count)}});
const write = (name: string, requests: Json, message: string): ConformanceCase => proves('7 Batch', `batch write: ${name}`, invalid('BatchWriteItem', {RequestItems: {[HASH]: requests}}, message));
const read = (name: string, Keys: Json, message: string): ConformanceCase => proves('7 Batch', `batch get: ${name}`, invalid('BatchGetItem', {RequestItems: {[HASH]: {Keys}}}, message));

export const BATCH: Area = {
  name: 'batch',
  title: 'BatchGetItem and BatchWriteItem',
  cases: [
    proves('3 BatchWriteItem', 'batch: puts and deletes in two tables',
      put({TableName: HASH, Item: {...key('a') as object, old: {S: 'x'}}}), put({TableName: RANGE, Item: {...key('a') as object, sk: {S: '1'}}}),
      gives('BatchWriteItem', {RequestItems: {
        [HASH]: [{PutRequest: {Item: {...key('a') as object, a: {S: '1'}}}}, {PutRequest: {Item: key('b')}}], [RANGE]: [{DeleteRequest: {Key: {...key('a') as object, sk: {S: '1'}}}}, {PutRequest: {Item: {...key('a') as object, sk: {S: '2'}}}}],
      }}, {UnprocessedItems: {}}),
      gives('BatchGetItem', {RequestItems: {
        [HASH]: {Keys: [key('a'), key('b'), key('none')], ConsistentRead: true}, [RANGE]: {Keys: ['1', '2'].map((sk) => ({...key('a') as object, sk: {S: sk}})), ConsistentRead: true},
      }}, {Responses: {[HASH]: anyOrder([{...key('a') as object, a: {S: '1'}}, key('b')]), [RANGE]: [{...key('a') as object, sk: {S: '2'}}]}, UnprocessedKeys: {}})),
    proves('3 BatchGetItem', 'batch get: a table without hits has an empty list', gives('BatchGetItem', {RequestItems: {[HASH]: {Keys: [key('none')]}}}, {Responses: {[HASH]: []}, UnprocessedKeys: {}})),
    proves('3 BatchGetItem', 'batch get: a projection for each table', put({TableName: HASH, Item: {...key('p') as object, a: {S: '1'}, b: {S: '2'}}}),
      gives('BatchGetItem', {RequestItems: {[HASH]: {Keys: [key('p')], ConsistentRead: true, ProjectionExpression: '#a', ExpressionAttributeNames: {'#a': 'a'}}}}, {Responses: {[HASH]: [{a: {S: '1'}}]}, UnprocessedKeys: {}})),
    proves('3 BatchGetItem', 'batch get: 100 keys', has('BatchGetItem', {RequestItems: {[HASH]: {Keys: Array.from({length: 100}, (_none, i) => key(`many-${i}`))}}}, {Responses: {[HASH]: []}, UnprocessedKeys: {}})),
    proves('3 BatchWriteItem', 'batch write: 25 deletes of nothing',
      gives('BatchWriteItem', {RequestItems: {[HASH]: Array.from({length: 25}, (_none, i) => ({DeleteRequest: {Key: key(`many-${i}`)}}))}}, {UnprocessedItems: {}})),
    read('the same key twice', [key('a'), key('a')], DUPLICATES),
    proves('3 BatchGetItem', 'batch get: one number in two texts is one key',
      ...[['1', '1.0'], ['100', '1e2'], ['0', '-0']].map((forms) => invalid('BatchGetItem', {RequestItems: {[NUMBERS]: {Keys: forms.map((N) => ({pk: {N}, sk: {N: '1'}}))}}}, DUPLICATES))),
    write('two puts of one key', [{PutRequest: {Item: key('a')}}, {PutRequest: {Item: {...key('a') as object, b: {S: 'x'}}}}], DUPLICATES),
    write('a put and a delete of one key', [{PutRequest: {Item: key('a')}}, {DeleteRequest: {Key: key('a')}}], DUPLICATES),
    write('two deletes of one key', [{DeleteRequest: {Key: key('a')}}, {DeleteRequest: {Key: key('a')}}], DUPLICATES),
    proves('3 BatchWriteItem', 'batch write: one number in two texts is one key', invalid('BatchWriteItem', {RequestItems: {[NUMBERS]: ['1', '1.0'].map((n) => ({DeleteRequest: {Key: {pk: {N: n}, sk: {N: '1'}}}}))}}, DUPLICATES)),
    write('a put and a delete in one request', [{PutRequest: {Item: key('a')}, DeleteRequest: {Key: key('b')}}], SEVERAL),
    write('a request of neither', [{}], SEVERAL),
    write('a request of neither behind a value at fault', [{PutRequest: {Item: {pk: {}}}}, {}], SEVERAL),
    write('an item with a value at fault', [{PutRequest: {Item: {pk: {S: 'a'}, b: {}}}}], EMPTY),
    proves('3 BatchWriteItem', 'batch write: one wrong request refuses all of them', put({TableName: HASH, Item: {...key('all') as object, a: {S: 'kept'}}}),
      invalid('BatchWriteItem', {RequestItems: {[HASH]: [{DeleteRequest: {Key: key('all')}}, {PutRequest: {Item: {a: {S: 'x'}}}}]}}, 'The provided key element does not match the schema'),
      fails('BatchWriteItem', {RequestItems: {[HASH]: [{DeleteRequest: {Key: key('all')}}], [MISSING]: [{DeleteRequest: {Key: key('all')}}]}}, 'ResourceNotFoundException', 'Requested resource not found'),
      gives('GetItem', {TableName: HASH, Key: key('all'), ConsistentRead: true}, {Item: {...key('all') as object, a: {S: 'kept'}}})),
    proves('7 Expression maps', 'batch get: names that nothing uses', invalid('BatchGetItem', {RequestItems: {[HASH]: {Keys: [key('a')], ProjectionExpression: 'a', ExpressionAttributeNames: {'#b': 'b'}}}},
      'Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}')),
    proves('7 Expression maps', 'batch get: names without a projection', invalid('BatchGetItem', {RequestItems: {[HASH]: {Keys: [key('a')], ExpressionAttributeNames: {'#b': 'b'}}}},
      'ExpressionAttributeNames can only be specified when using expressions')),
    proves('3 BatchGetItem', 'batch get: what is above 1 MB in one partition comes back as unprocessed, and whole with its parameters',
      ...[0, 1, 2, 3].map((i) => put({TableName: RANGE, Item: {pk: {S: 'batch-large'}, sk: {S: String(i)}, text: {S: 'x'.repeat(390_000)}}})),
      has('BatchGetItem', {RequestItems: {[RANGE]: {Keys: [0, 1, 2, 3].map((i) => ({pk: {S: 'batch-large'}, sk: {S: String(i)}})), ConsistentRead: true, ProjectionExpression: 'sk'}}}, {
        Responses: {[RANGE]: [{sk: {S: '0'}}, {sk: {S: '1'}}]},
        UnprocessedKeys: {[RANGE]: {Keys: [2, 3].map((i) => ({pk: {S: 'batch-large'}, sk: {S: String(i)}})), ConsistentRead: true, ProjectionExpression: 'sk'}},
      }),
      gives('BatchWriteItem', {RequestItems: {[RANGE]: [0, 1, 2, 3].map((i) => ({DeleteRequest: {Key: {pk: {S: 'batch-large'}, sk: {S: String(i)}}}}))}}, {UnprocessedItems: {}})),
    proves('3 BatchGetItem', 'batch get: 16 MB in the answer at most', {
      kind: 'sdk', operation: 'BatchGetItem', expected: {all: 60, bounded: true},
      run: async (client) => {
        const {BatchGetItemCommand, DeleteItemCommand, PutItemCommand} = await import('@aws-sdk/client-dynamodb');
        const names = Array.from({length: 60}, (_none, i) => `large-${i}`);
        for (const name of names) await client.send(new PutItemCommand({TableName: HASH, Item: large(name, 300_000) as never}));
        let keys: readonly unknown[] = names.map(key);
        let count = 0;
        let bounded = true;
        while (keys.length > 0) {
          const {Responses, UnprocessedKeys} = await client.send(new BatchGetItemCommand({RequestItems: {[HASH]: {Keys: keys as never, ConsistentRead: true}}}));
          const items = Responses?.[HASH] ?? [];
          if (items.length * 300_000 > 16 * 1024 * 1024 || items.length === 0) bounded = false;
          if (items.length === 0) break;
          count += items.length;
          keys = UnprocessedKeys?.[HASH]?.Keys ?? [];
        }
        // What is as large as this would fill the pages of later scans.
        for (const name of names) await client.send(new DeleteItemCommand({TableName: HASH, Key: key(name) as never}));
        return {all: count, bounded};
      },
    }),
    proves('8 Batch tables', 'batch: a table by its ARN answers under its ARN', gives('BatchGetItem', {RequestItems: {[arn(HASH)]: {Keys: [key('none')]}}}, {Responses: {[arn(HASH)]: []}, UnprocessedKeys: {}})),
    proves('8 Batch tables', 'batch: one table by name and by ARN', invalid('BatchGetItem', {RequestItems: {[HASH]: {Keys: [key('a')]}, [arn(HASH)]: {Keys: [key('b')]}}}, new Matcher('any text', (value) => typeof value === 'string'))),
  ],
};
