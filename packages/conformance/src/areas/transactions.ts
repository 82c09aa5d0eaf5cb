import type {Area, Body, ConformanceCase, Step} from '../conformance-case.js';
import {fails, gives, has, invalid, proves, put} from '../conformance-case.js';
import type {Json} from '../json.js';
import {Matcher} from '../json.js';
import {HASH, INDEXED, MISSING, NUMBERS, RANGE} from '../suite-tables.js';

const RULE = '3.1 Transactions';
const pk = (name: string): Json => ({pk: {S: `tx-${name}`}});
const item = (name: string, more: object = {}): Json => ({pk: {S: `tx-${name}`}, ...more});
const Put = (name: string, more: object = {}, condition: object = {}): Json => ({Put: {TableName: HASH, Item: item(name, more), ...condition}});
const Delete = (name: string, condition: object = {}): Json => ({Delete: {TableName: HASH, Key: pk(name), ...condition}});
const Add = (name: string, by = '1', condition: object = {}): Json => ({Update: {
  TableName: HASH, Key: pk(name), UpdateExpression: 'ADD #n :by', ExpressionAttributeNames: {'#n': 'n'}, ExpressionAttributeValues: {':by': {N: by}}, ...condition,
}});
const Check = (name: string, ConditionExpression: string, more: object = {}): Json => ({ConditionCheck: {TableName: HASH, Key: pk(name), ConditionExpression, ...more}});
const Get = (name: string, more: object = {}): Json => ({Get: {TableName: HASH, Key: pk(name), ...more}});
const EXISTS = {ConditionExpression: 'attribute_exists(pk)'};
const NEW = {ConditionExpression: 'attribute_not_exists(pk)'};

const write = (TransactItems: Json, more: Body = {}): Step => gives('TransactWriteItems', {TransactItems, ...more}, {});
const shows = (names: Readonly<Record<string, Json | undefined>>): readonly Step[] => Object.entries(names).map(([name, shown]) => (
  gives('GetItem', {TableName: HASH, Key: pk(name), ConsistentRead: true}, shown === undefined ? {} : {Item: shown})
));
const cancelled = (TransactItems: Json, reasons: readonly Json[], codes: string, operation = 'TransactWriteItems'): Step => fails(
  operation, {TransactItems}, 'TransactionCanceledException', `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`, {CancellationReasons: reasons},
);
const PutInRange = (name: string): Json => ({Put: {TableName: RANGE, Item: item(name, {sk: {S: '1'}})}});
const rangeHasNot = (name: string): Step => gives('GetItem', {TableName: RANGE, Key: item(name, {sk: {S: '1'}}), ConsistentRead: true}, {});
const misused = (TransactItems: Json, ClientRequestToken: string): Step => fails('TransactWriteItems', {TransactItems, ClientRequestToken}, 'IdempotentParameterMismatchException', undefined);
const NONE: Json = {Code: 'None'};
const FAILED: Json = {Code: 'ConditionalCheckFailed', Message: 'The conditional request failed'};
const refused = (name: string, TransactItems: Json, message: string | Matcher | undefined, more: Body = {}): ConformanceCase => proves(RULE, `transaction refused as a whole: ${name}`, invalid('TransactWriteItems', {TransactItems, ...more}, message));
const containing = (part: string): Matcher => new Matcher(`a text with "${part}"`, (value) => typeof value === 'string' && value.includes(part));
const EMPTY_KEY = 'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk';
const TWICE = 'Transaction request cannot include multiple operations on one item';
const ONE_OF = 'TransactItems can only contain one of Check, Put, Update or Delete';

export const TRANSACTIONS: Area = {
  name: 'transactions',
  title: 'TransactWriteItems and TransactGetItems',
  cases: [
    proves(RULE, 'transaction: put, update, delete and check in one', put({TableName: HASH, Item: item('gone', {a: {S: 'x'}})}), put({TableName: HASH, Item: item('there')}),
      write([Put('new', {a: {S: '1'}}), Add('counted', '5'), Delete('gone'), Check('there', 'attribute_exists(pk)')]),
      ...shows({new: item('new', {a: {S: '1'}}), counted: item('counted', {n: {N: '5'}}), gone: undefined, there: item('there')})),
    proves(RULE, 'transaction: over two tables', gives('TransactWriteItems', {TransactItems: [Put('two'), {Put: {TableName: RANGE, Item: item('two', {sk: {S: '1'}})}}]}, {}),
      gives('TransactGetItems', {TransactItems: [Get('two'), {Get: {TableName: RANGE, Key: item('two', {sk: {S: '1'}})}}]}, {Responses: [{Item: item('two')}, {Item: item('two', {sk: {S: '1'}})}]})),
    proves(RULE, 'transaction: a hundred items', write(Array.from({length: 100}, (_none, i) => Put(`many-${i}`, {n: {N: String(i)}}))),
      has('TransactGetItems', {TransactItems: Array.from({length: 100}, (_none, i) => Get(`many-${i}`))}, {Responses: Array.from({length: 100}, (_none, i) => ({Item: item(`many-${i}`, {n: {N: String(i)}})}))})),
    proves('8 TransactWriteItems size', 'transaction: 5 MB of items are deleted in one, for the request is what counts',
      ...Array.from({length: 13}, (_none, i) => put({TableName: HASH, Item: item(`heavy-${i}`, {text: {S: 'x'.repeat(390_000)}})})),
      write(Array.from({length: 13}, (_none, i) => Delete(`heavy-${i}`))), ...shows(Object.fromEntries(Array.from({length: 13}, (_none, i) => [`heavy-${i}`, undefined])))),
    proves(RULE, 'transaction: only checks', put({TableName: HASH, Item: item('checked')}), write([Check('checked', 'attribute_exists(pk)'), Check('unchecked', 'attribute_not_exists(pk)')])),
    proves(RULE, 'transaction: a delete of nothing is a success', write([Delete('never-there'), Put('beside-never')])),
    proves(RULE, 'transaction: one item of a collection after the other', write(['1', '2', '3'].map((sk) => ({Put: {TableName: RANGE, Item: item('together', {sk: {S: sk}})}}))),
      has('Query', {TableName: RANGE, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: {':pk': {S: 'tx-together'}}, ConsistentRead: true}, {Count: 3})),
    proves(RULE, 'transaction: entries of a local index follow', write(['a', 'b'].map((sk) => ({Put: {TableName: INDEXED, Item: item('indexed', {sk: {S: sk}, lk: {S: `l-${sk}`}})}}))),
      has('Query', {TableName: INDEXED, IndexName: 'local', KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: {':pk': {S: 'tx-indexed'}}, ConsistentRead: true}, {Count: 2})),
    proves(RULE, 'cancelled: a failed condition changes nothing', put({TableName: HASH, Item: item('old', {a: {S: 'kept'}})}),
      cancelled([Put('old', {}, NEW), Put('not-made')], [FAILED, NONE], 'ConditionalCheckFailed, None'), ...shows({old: item('old', {a: {S: 'kept'}}), 'not-made': undefined})),
    proves(RULE, 'cancelled: every failed condition is told', put({TableName: HASH, Item: item('first')}),
      cancelled([Put('first', {}, NEW), Put('between'), Delete('last', EXISTS), Check('check', 'attribute_exists(pk)')], [FAILED, NONE, FAILED, FAILED], 'ConditionalCheckFailed, None, ConditionalCheckFailed, ConditionalCheckFailed')),
    proves(RULE, 'cancelled: the item that was seen, when it was asked for', put({TableName: HASH, Item: item('seen', {a: {S: 'x'}})}),
      cancelled([Put('seen', {}, {...NEW, ReturnValuesOnConditionCheckFailure: 'ALL_OLD'}), Put('unseen', {}, {...EXISTS, ReturnValuesOnConditionCheckFailure: 'ALL_OLD'})],
        [{...FAILED as object, Item: item('seen', {a: {S: 'x'}})}, FAILED], 'ConditionalCheckFailed, ConditionalCheckFailed')),
    proves(RULE, 'cancelled: an update on a wrong operand is the only reason', put({TableName: HASH, Item: item('text', {n: {S: 'x'}})}),
      cancelled([Add('text'), Put('beside-text', {}, EXISTS)], [{Code: 'ValidationError', Message: 'An operand in the update expression has an incorrect data type'}, NONE], 'ValidationError, None')),
    proves(RULE, 'cancelled: a wrong key is a reason', cancelled([Put('beside-key'), {Delete: {TableName: HASH, Key: {pk: {N: '1'}}}}], [NONE, {Code: 'ValidationError', Message: 'The provided key element does not match the schema'}], 'None, ValidationError')),
    refused('an item to put that is too large', [Put('beside-large'), Put('large', {text: {S: 'x'.repeat(410_000)}})], 'Item size has exceeded the maximum allowed size'),
    proves(RULE, 'cancelled: an item that an update makes too large is a reason', put({TableName: HASH, Item: item('grown', {a: {S: 'x'.repeat(300_000)}})}),
      cancelled([{Update: {TableName: HASH, Key: pk('grown'), UpdateExpression: 'SET b = :b', ExpressionAttributeValues: {':b': {S: 'x'.repeat(110_000)}}}}, Put('beside-grown')],
        [{Code: 'ValidationError', Message: 'Item size to update has exceeded the maximum allowed size'}, NONE], 'ValidationError, None'), ...shows({'beside-grown': undefined})),
    refused('a put with an empty key', [Put('beside-empty'), {Put: {TableName: HASH, Item: {pk: {S: ''}}}}], EMPTY_KEY),
    refused('a delete with an empty key', [{Delete: {TableName: HASH, Key: {pk: {S: ''}}}}], EMPTY_KEY),
    refused('an update with an empty key', [{Update: {TableName: HASH, Key: {pk: {S: ''}}, UpdateExpression: 'REMOVE a'}}], EMPTY_KEY),
    refused('a check with an empty key', [{ConditionCheck: {TableName: HASH, Key: {pk: {S: ''}}, ConditionExpression: 'attribute_exists(pk)'}}], EMPTY_KEY),
    refused('two ways to write one number', [{Put: {TableName: NUMBERS, Item: {pk: {N: '1'}, sk: {N: '10'}}}}, {Delete: {TableName: NUMBERS, Key: {pk: {N: '1.0'}, sk: {N: '1e1'}}}}], TWICE),
    refused('two actions on one item', [Put('same'), Delete('same')], TWICE),
    refused('a check and a put of one item', [Check('same', 'attribute_exists(pk)'), Put('same')], TWICE),
    refused('no actions', [], containing('Member must have length greater than or equal to 1')),
    refused('101 actions', Array.from({length: 101}, (_none, i) => Put(`too-many-${i}`)), containing('Member must have length less than or equal to 100')),
    refused('an action of no kind', [{}], ONE_OF),
    refused('an action of two kinds', [{...Put('a') as object, ...Delete('b') as object}], ONE_OF),
    refused('a check without condition', [{ConditionCheck: {TableName: HASH, Key: pk('a')}}], containing('conditionExpression')),
    refused('an update without expression', [{Update: {TableName: HASH, Key: pk('a')}}], containing('updateExpression')),
    refused('a condition that does not parse', [Check('a', 'attribute_exists(')], containing('ConditionExpression')),
    refused('a value that nothing uses', [Put('a', {}, {...NEW, ExpressionAttributeValues: {':x': {S: 'x'}}})], 'Value provided in ExpressionAttributeValues unused in expressions: keys: {:x}'),
    refused('a name that is not defined', [Check('a', 'attribute_exists(#x)')], containing('#x')),
    refused('an unknown word for returned values', [Put('a', {}, {ReturnValuesOnConditionCheckFailure: 'SOME'})], containing('Member must satisfy enum value set')),
    refused('a token that is too long', [Put('a')], containing('clientRequestToken'), {ClientRequestToken: 'x'.repeat(37)}),
    proves(RULE, 'cancelled: an update of a key attribute is a reason', cancelled(
      [{Update: {TableName: HASH, Key: pk('a'), UpdateExpression: 'SET pk = :x', ExpressionAttributeValues: {':x': {S: 'x'}}}}, Put('b')],
      [{Code: 'ValidationError', Message: 'One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key'}, NONE], 'ValidationError, None',
    )),
    proves(RULE, 'transaction refused as a whole: a table that is not there', fails('TransactWriteItems', {TransactItems: [Put('a'), {Put: {TableName: MISSING, Item: item('a')}}]}, 'ResourceNotFoundException', 'Requested resource not found')),
    proves(RULE, 'transaction refused as a whole: more than 4 MB', invalid('TransactWriteItems', {TransactItems: Array.from({length: 11}, (_none, i) => Put(`heavy-${i}`, {text: {S: 'x'.repeat(390_000)}}))}, undefined)),
    proves(RULE, 'token: the same request has one effect', write([Add('once'), Put('once-other')], {ClientRequestToken: 'tx-token-1'}), write([Add('once'), Put('once-other')], {ClientRequestToken: 'tx-token-1'}), ...shows({once: item('once', {n: {N: '1'}})})),
    proves(RULE, 'token: another token has another effect', write([Add('twice')], {ClientRequestToken: 'tx-token-2'}), write([Add('twice')], {ClientRequestToken: 'tx-token-3'}), ...shows({twice: item('twice', {n: {N: '2'}})})),
    proves(RULE, 'token: another request is refused', write([Put('mismatch', {a: {S: '1'}})], {ClientRequestToken: 'tx-token-4'}),
      fails('TransactWriteItems', {TransactItems: [Put('mismatch', {a: {S: '2'}})], ClientRequestToken: 'tx-token-4'}, 'IdempotentParameterMismatchException', undefined), ...shows({mismatch: item('mismatch', {a: {S: '1'}})})),
    ...[1, 2, 3].flatMap((i) => [
      proves(RULE, `token: another request in another table is refused (${i})`, write([Put(`over-${i}`)], {ClientRequestToken: `tx-token-over-${i}`}), misused([PutInRange(`over-${i}`)], `tx-token-over-${i}`), rangeHasNot(`over-${i}`)),
      proves(RULE, `token: another request in the first table is refused (${i})`, write([PutInRange(`back-${i}`)], {ClientRequestToken: `tx-token-back-${i}`}), misused([Put(`back-${i}`)], `tx-token-back-${i}`), ...shows({[`back-${i}`]: undefined})),
      proves(RULE, `token: another request is refused when one of both is over two tables (${i})`, write([Put(`wide-${i}`), PutInRange(`wide-${i}`)], {ClientRequestToken: `tx-token-wide-${i}`}),
        misused([PutInRange(`wide-${i}-too`)], `tx-token-wide-${i}`), misused([PutInRange(`wide-${i}-too`), Put(`wide-${i}-too`)], `tx-token-wide-${i}`), rangeHasNot(`wide-${i}-too`), ...shows({[`wide-${i}-too`]: undefined})),
    ]),
    proves(RULE, 'token: what was cancelled may be tried again', cancelled([Put('again', {}, EXISTS)], [FAILED], 'ConditionalCheckFailed'),
      fails('TransactWriteItems', {TransactItems: [Put('again', {}, EXISTS)], ClientRequestToken: 'tx-token-5'}, 'TransactionCanceledException', undefined), put({TableName: HASH, Item: item('again', {old: {BOOL: true}})}),
      write([Put('again', {}, EXISTS)], {ClientRequestToken: 'tx-token-5'}), ...shows({again: item('again')})),
    proves('2 Cost per operation', 'capacity: a write transaction costs twice', gives('TransactWriteItems', {TransactItems: [Put('cost', {text: {S: 'x'.repeat(1500)}}), Delete('cost-none')], ReturnConsumedCapacity: 'TOTAL'},
      {ConsumedCapacity: [{TableName: HASH, CapacityUnits: 6, WriteCapacityUnits: 6}]})),
    proves('2 Cost per operation', 'capacity: a check costs as a write', put({TableName: HASH, Item: item('cost-check', {text: {S: 'x'.repeat(2500)}})}),
      gives('TransactWriteItems', {TransactItems: [Check('cost-check', 'attribute_exists(pk)')], ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: [{TableName: HASH, CapacityUnits: 6, WriteCapacityUnits: 6}]})),
    proves('2 Cost per operation', 'capacity: a repeated token costs reads', has('TransactWriteItems', {TransactItems: [Put('cost-token')], ClientRequestToken: 'tx-token-6', ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: [{TableName: HASH, CapacityUnits: 2, WriteCapacityUnits: 2}]}),
      gives('TransactWriteItems', {TransactItems: [Put('cost-token')], ClientRequestToken: 'tx-token-6', ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: [{TableName: HASH, CapacityUnits: 2, ReadCapacityUnits: 2}]})),
    proves('2 Cost per operation', 'capacity: a read transaction costs twice', put({TableName: HASH, Item: item('cost-read', {text: {S: 'x'.repeat(5000)}})}),
      has('TransactGetItems', {TransactItems: [Get('cost-read'), Get('cost-nothing')], ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: [{TableName: HASH, CapacityUnits: 6, ReadCapacityUnits: 6}]})),
    proves(RULE, 'read transaction: in order, missing items are empty', put({TableName: HASH, Item: item('read', {a: {S: '1'}, b: {S: '2'}})}),
      gives('TransactGetItems', {TransactItems: [Get('not-there'), Get('read', {ProjectionExpression: '#b', ExpressionAttributeNames: {'#b': 'b'}}), Get('not-here')]}, {Responses: [{}, {Item: {b: {S: '2'}}}, {}]})),
    proves(RULE, 'read transaction: an empty key', invalid('TransactGetItems', {TransactItems: [Get('a'), {Get: {TableName: HASH, Key: {pk: {S: ''}}}}]}, EMPTY_KEY)),
    proves(RULE, 'read transaction: two ways to write one number', invalid('TransactGetItems', {TransactItems: ['1', '1e0'].map((N) => ({Get: {TableName: NUMBERS, Key: {pk: {N}, sk: {N: '1'}}}}))}, TWICE)),
    proves(RULE, 'read transaction: one item twice', invalid('TransactGetItems', {TransactItems: [Get('a'), Get('a')]}, TWICE)),
    proves(RULE, 'read transaction: no reads', invalid('TransactGetItems', {TransactItems: []}, containing('Member must have length greater than or equal to 1'))),
    proves(RULE, 'read transaction: 101 reads', invalid('TransactGetItems', {TransactItems: Array.from({length: 101}, (_none, i) => Get(`r-${i}`))}, containing('Member must have length less than or equal to 100'))),
    proves(RULE, 'read transaction: a read without Get', invalid('TransactGetItems', {TransactItems: [{}]}, containing("'transactItems.1.member.get'"))),
    proves(RULE, 'read transaction: a wrong key is a reason', cancelled([{Get: {TableName: HASH, Key: {pk: {N: '1'}}}}, Get('a')], [{Code: 'ValidationError', Message: 'The provided key element does not match the schema'}, NONE], 'ValidationError, None', 'TransactGetItems')),
    proves(RULE, 'read transaction: a table that is not there', fails('TransactGetItems', {TransactItems: [{Get: {TableName: MISSING, Key: pk('a')}}]}, 'ResourceNotFoundException', 'Requested resource not found')),
    proves(RULE, 'transactions of the SDK', {
      kind: 'sdk', operation: 'TransactWriteItems', expected: {reasons: 'ConditionalCheckFailed,None'},
      run: async (client) => {
        const {TransactWriteItemsCommand, TransactionCanceledException} = await import('@aws-sdk/client-dynamodb');
        try {
          await client.send(new TransactWriteItemsCommand({TransactItems: [
            {Put: {TableName: HASH, Item: {pk: {S: 'tx-sdk'}}, ConditionExpression: 'attribute_exists(pk)'}}, {Put: {TableName: HASH, Item: {pk: {S: 'tx-sdk-other'}}}},
          ]}));
          return {reasons: 'none'};
        } catch (error) {
          return {reasons: error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []).map(({Code}) => Code).join(',') : String(error)};
        }
      },
    }),
  ],
};
