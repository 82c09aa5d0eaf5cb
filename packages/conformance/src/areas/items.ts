import type {Area, ConformanceCase} from '../conformance-case.js';
import {fails, gives, has, invalid, proves, put} from '../conformance-case.js';
import type {Json} from '../json.js';
import {HASH, INDEXED, RANGE} from '../suite-tables.js';

const FAILED = 'The conditional request failed';
const arn = (name: string): string => `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;

const keyOf = (name: string): Json => ({pk: {S: `items-${name}`}});
const itemOf = (name: string, more: Readonly<Record<string, Json>>): Json => ({pk: {S: `items-${name}`}, ...more});
const get = (name: string, item: Json | undefined) => gives('GetItem', {TableName: HASH, Key: keyOf(name), ConsistentRead: true}, item === undefined ? {} : {Item: item});

/** UpdateItem on `before`; what it answers, and what is there then. */
function updated(name: string, before: Readonly<Record<string, Json>> | undefined, UpdateExpression: string | undefined, values: Json | undefined, ReturnValues: string | undefined,
  attributes: Json | undefined, after: Json | undefined): ConformanceCase {
  return proves('8 ReturnValues', `update: ${name}`,
    ...(before === undefined ? [] : [put({TableName: HASH, Item: itemOf(name, before)})]),
    gives('UpdateItem', {TableName: HASH, Key: keyOf(name), UpdateExpression, ExpressionAttributeValues: values, ReturnValues}, attributes === undefined ? {} : {Attributes: attributes}),
    get(name, after));
}
const writes: readonly (readonly [string, Readonly<Record<string, Json>>])[] = [
  ['PutItem', {Item: itemOf('on-failure', {b: {S: 'new'}})}], ['DeleteItem', {Key: keyOf('on-failure')}],
  ['UpdateItem', {Key: keyOf('on-failure'), UpdateExpression: 'SET b = :b', ExpressionAttributeValues: {':b': {S: 'x'}}}],
];

export const ITEMS: Area = {
  name: 'items',
  title: 'GetItem, PutItem, UpdateItem and DeleteItem',
  cases: [
    proves('3 GetItem', 'a missing item is no member', get('none', undefined)),
    proves('3 GetItem', 'an eventual read of a missing item', gives('GetItem', {TableName: HASH, Key: keyOf('none')}, {})),
    proves('3 PutItem', 'a put replaces the whole item', put({TableName: HASH, Item: itemOf('replace', {a: {S: '1'}, b: {S: '2'}})}),
      put({TableName: HASH, Item: itemOf('replace', {c: {S: '3'}})}), get('replace', itemOf('replace', {c: {S: '3'}}))),
    proves('8 ReturnValues', 'a put returns the old item', gives('PutItem', {TableName: HASH, Item: itemOf('old', {a: {S: '1'}}), ReturnValues: 'ALL_OLD'}, {}),
      gives('PutItem', {TableName: HASH, Item: itemOf('old', {a: {S: '2'}}), ReturnValues: 'ALL_OLD'}, {Attributes: itemOf('old', {a: {S: '1'}})}),
      gives('PutItem', {TableName: HASH, Item: itemOf('old', {a: {S: '3'}}), ReturnValues: 'NONE'}, {})),
    proves('8 ReturnValues', 'a delete returns the old item', put({TableName: HASH, Item: itemOf('gone', {a: {S: '1'}})}),
      gives('DeleteItem', {TableName: HASH, Key: keyOf('gone'), ReturnValues: 'ALL_OLD'}, {Attributes: itemOf('gone', {a: {S: '1'}})}),
      gives('DeleteItem', {TableName: HASH, Key: keyOf('gone'), ReturnValues: 'ALL_OLD'}, {}), get('gone', undefined)),
    proves('3 DeleteItem', 'a delete of nothing is no error', gives('DeleteItem', {TableName: HASH, Key: keyOf('never')}, {})),
    ...['ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW'].flatMap((ReturnValues) => [
      proves('7 ReturnValues', `a put has no ${ReturnValues}`, invalid('PutItem', {TableName: HASH, Item: itemOf('x', {}), ReturnValues}, 'ReturnValues can only be ALL_OLD or NONE')),
      proves('7 ReturnValues', `a delete has no ${ReturnValues}`, invalid('DeleteItem', {TableName: HASH, Key: keyOf('x'), ReturnValues}, 'ReturnValues can only be ALL_OLD or NONE')),
    ]),
    // UpdateItem and what it returns.
    updated('without an update a missing item is made', undefined, undefined, undefined, undefined, undefined, itemOf('without an update a missing item is made', {})),
    updated('without an update an item stays', {a: {S: '1'}}, undefined, undefined, undefined, undefined, itemOf('without an update an item stays', {a: {S: '1'}})),
    updated('without an update ALL_NEW is the key', undefined, undefined, undefined, 'ALL_NEW', itemOf('without an update ALL_NEW is the key', {}), itemOf('without an update ALL_NEW is the key', {})),
    updated('a set makes the item', undefined, 'SET a = :a', {':a': {N: '1'}}, 'ALL_NEW', itemOf('a set makes the item', {a: {N: '1'}}), itemOf('a set makes the item', {a: {N: '1'}})),
    updated('ALL_OLD of a missing item is nothing', undefined, 'SET a = :a', {':a': {N: '1'}}, 'ALL_OLD', undefined, itemOf('ALL_OLD of a missing item is nothing', {a: {N: '1'}})),
    updated('UPDATED_OLD of a missing item is nothing', undefined, 'SET a = :a', {':a': {N: '1'}}, 'UPDATED_OLD', undefined, itemOf('UPDATED_OLD of a missing item is nothing', {a: {N: '1'}})),
    updated('UPDATED_NEW is what was set', undefined, 'SET a = :a', {':a': {N: '1'}}, 'UPDATED_NEW', {a: {N: '1'}}, itemOf('UPDATED_NEW is what was set', {a: {N: '1'}})),
    updated('ALL_OLD is the item before', {a: {N: '1'}, b: {S: 'x'}}, 'SET a = :a', {':a': {N: '2'}}, 'ALL_OLD', itemOf('ALL_OLD is the item before', {a: {N: '1'}, b: {S: 'x'}}),
      itemOf('ALL_OLD is the item before', {a: {N: '2'}, b: {S: 'x'}})),
    updated('ALL_NEW is the item after', {a: {N: '1'}, b: {S: 'x'}}, 'SET a = :a', {':a': {N: '2'}}, 'ALL_NEW', itemOf('ALL_NEW is the item after', {a: {N: '2'}, b: {S: 'x'}}),
      itemOf('ALL_NEW is the item after', {a: {N: '2'}, b: {S: 'x'}})),
    updated('UPDATED_OLD has what was there', {a: {N: '1'}, b: {S: 'x'}}, 'SET a = :a, c = :a', {':a': {N: '2'}}, 'UPDATED_OLD', {a: {N: '1'}},
      itemOf('UPDATED_OLD has what was there', {a: {N: '2'}, b: {S: 'x'}, c: {N: '2'}})),
    updated('UPDATED_NEW leaves out what was removed', {a: {N: '1'}, b: {S: 'x'}}, 'SET a = :a REMOVE b', {':a': {N: '2'}}, 'UPDATED_NEW', {a: {N: '2'}},
      itemOf('UPDATED_NEW leaves out what was removed', {a: {N: '2'}})),
    updated('UPDATED_OLD has what was removed', {a: {N: '1'}, b: {S: 'x'}}, 'REMOVE b', undefined, 'UPDATED_OLD', {b: {S: 'x'}}, itemOf('UPDATED_OLD has what was removed', {a: {N: '1'}})),
    updated('UPDATED_NEW of removals only is nothing', {a: {N: '1'}}, 'REMOVE a', undefined, 'UPDATED_NEW', undefined, itemOf('UPDATED_NEW of removals only is nothing', {})),
    updated('an equal value counts as updated', {a: {N: '1'}}, 'SET a = :a', {':a': {N: '1'}}, 'UPDATED_NEW', {a: {N: '1'}}, itemOf('an equal value counts as updated', {a: {N: '1'}})),
    updated('only removals make no item', undefined, 'REMOVE a', undefined, 'ALL_NEW', undefined, undefined),
    updated('a delete of elements makes no item', undefined, 'DELETE a :a', {':a': {SS: ['x']}}, 'ALL_NEW', undefined, undefined),
    updated('an add makes the item', undefined, 'ADD a :a', {':a': {N: '5'}}, 'UPDATED_NEW', {a: {N: '5'}}, itemOf('an add makes the item', {a: {N: '5'}})),
    updated('an add counts', {a: {N: '2'}}, 'ADD a :a', {':a': {N: '-5'}}, 'UPDATED_NEW', {a: {N: '-3'}}, itemOf('an add counts', {a: {N: '-3'}})),
    updated('an add joins sets', {a: {SS: ['x']}}, 'ADD a :a', {':a': {SS: ['x', 'y']}}, 'UPDATED_NEW', {a: {SS: ['x', 'y']}}, itemOf('an add joins sets', {a: {SS: ['x', 'y']}})),
    updated('a delete takes elements', {a: {SS: ['x', 'y']}}, 'DELETE a :a', {':a': {SS: ['x', 'z']}}, 'UPDATED_NEW', {a: {SS: ['y']}}, itemOf('a delete takes elements', {a: {SS: ['y']}})),
    updated('a delete of the last element removes the attribute', {a: {SS: ['x']}}, 'DELETE a :a', {':a': {SS: ['x']}}, 'UPDATED_NEW', undefined, itemOf('a delete of the last element removes the attribute', {})),
    updated('a nested part is returned alone', {m: {M: {a: {S: '1'}, b: {S: '2'}}}}, 'SET m.a = :a', {':a': {S: '3'}}, 'UPDATED_NEW', {m: {M: {a: {S: '3'}}}},
      itemOf('a nested part is returned alone', {m: {M: {a: {S: '3'}, b: {S: '2'}}}})),
    updated('an element of a list is returned alone', {l: {L: [{S: 'a'}, {S: 'b'}]}}, 'SET l[1] = :a', {':a': {S: 'c'}}, 'UPDATED_NEW', {l: {L: [{S: 'c'}]}},
      itemOf('an element of a list is returned alone', {l: {L: [{S: 'a'}, {S: 'c'}]}})),
    updated('an index past the end appends', {l: {L: [{S: 'a'}]}}, 'SET l[9] = :a', {':a': {S: 'b'}}, undefined, undefined, itemOf('an index past the end appends', {l: {L: [{S: 'a'}, {S: 'b'}]}})),
    updated('right sides read the item before', {a: {N: '1'}, b: {N: '2'}}, 'SET a = b, b = a', undefined, undefined, undefined, itemOf('right sides read the item before', {a: {N: '2'}, b: {N: '1'}})),
    updated('numbers are added and taken away', {a: {N: '10'}}, 'SET b = a + :a, c = a - :a', {':a': {N: '0.5'}}, undefined, undefined,
      itemOf('numbers are added and taken away', {a: {N: '10'}, b: {N: '10.5'}, c: {N: '9.5'}})),
    updated('if_not_exists takes what is there', {a: {N: '1'}}, 'SET a = if_not_exists(a, :a), b = if_not_exists(b, :a)', {':a': {N: '7'}}, undefined, undefined,
      itemOf('if_not_exists takes what is there', {a: {N: '1'}, b: {N: '7'}})),
    updated('list_append joins', {l: {L: [{S: 'a'}]}}, 'SET l = list_append(:a, l)', {':a': {L: [{S: 'b'}]}}, undefined, undefined, itemOf('list_append joins', {l: {L: [{S: 'b'}, {S: 'a'}]}})),
    updated('indices of removals mean the list before', {l: {L: [{S: 'a'}, {S: 'b'}, {S: 'c'}]}}, 'REMOVE l[0], l[1]', undefined, undefined, undefined,
      itemOf('indices of removals mean the list before', {l: {L: [{S: 'c'}]}})),
    ...([
      ['a copy of nothing', 'SET a = nothing', undefined, 'The provided expression refers to an attribute that does not exist in the item'],
      ['a sum with nothing', 'SET a = nothing + :a', {':a': {N: '1'}}, 'The provided expression refers to an attribute that does not exist in the item'],
      ['a sum with a text', 'SET a = s + :a', {':a': {N: '1'}}, 'An operand in the update expression has an incorrect data type'],
      ['an add to a text', 'ADD s :a', {':a': {N: '1'}}, 'An operand in the update expression has an incorrect data type'],
      ['a delete from a text', 'DELETE s :a', {':a': {SS: ['1']}}, 'An operand in the update expression has an incorrect data type'],
      ['an append to a text', 'SET s = list_append(s, :a)', {':a': {L: []}}, 'An operand in the update expression has an incorrect data type'],
      ['a path through nothing', 'SET x.y = :a', {':a': {N: '1'}}, 'The document path provided in the update expression is invalid for update'],
      ['a path through a text', 'SET s.y = :a', {':a': {N: '1'}}, 'The document path provided in the update expression is invalid for update'],
      ['an element of a text', 'SET s[0] = :a', {':a': {N: '1'}}, 'The document path provided in the update expression is invalid for update'],
      ['a removal below nothing', 'REMOVE x.y', undefined, 'The document path provided in the update expression is invalid for update'],
      ['an update of the key', 'SET pk = :a', {':a': {S: '1'}}, 'One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key'],
      ['a removal of the key', 'REMOVE pk', undefined, 'One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key'],
    ] as readonly (readonly [string, string, Json | undefined, string])[]).map(([name, UpdateExpression, ExpressionAttributeValues, message]) =>
      proves('7 Update runtime', `update: ${name} is refused and changes nothing`, put({TableName: HASH, Item: itemOf('runtime', {s: {S: 'text'}})}),
        invalid('UpdateItem', {TableName: HASH, Key: keyOf('runtime'), UpdateExpression, ExpressionAttributeValues}, message), get('runtime', itemOf('runtime', {s: {S: 'text'}})))),
    // What is answered of an element past the end is not known for certain; where it lands is.
    ...['UPDATED_NEW', 'UPDATED_OLD', 'ALL_NEW'].map((ReturnValues) => proves('5.2 SET', `update: an element past the end is appended, with ${ReturnValues}`,
      put({TableName: HASH, Item: itemOf('past', {l: {L: [{S: 'a'}]}})}),
      has('UpdateItem', {TableName: HASH, Key: keyOf('past'), UpdateExpression: 'SET l[9] = :a, l[7] = :b', ExpressionAttributeValues: {':a': {S: '9'}, ':b': {S: '7'}}, ReturnValues}, {}),
      get('past', itemOf('past', {l: {L: [{S: 'a'}, {S: '7'}, {S: '9'}]}})))),
    // Conditions.
    ...writes.map(([operation, body]) => proves('7 Conditional', `${operation}: a condition that fails changes nothing`,
      put({TableName: HASH, Item: itemOf('on-failure', {a: {S: 'kept'}})}),
      fails(operation, {TableName: HASH, ...body, ConditionExpression: 'attribute_not_exists(pk)'}, 'ConditionalCheckFailedException', FAILED, {Item: undefined}),
      get('on-failure', itemOf('on-failure', {a: {S: 'kept'}})))),
    ...writes.map(([operation, body]) => proves('3 RVCCF', `${operation}: the item comes with the failure when asked for`,
      put({TableName: HASH, Item: itemOf('on-failure', {a: {S: 'kept'}})}),
      fails(operation, {TableName: HASH, ...body, ConditionExpression: 'attribute_not_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD'}, 'ConditionalCheckFailedException', FAILED,
        {Item: itemOf('on-failure', {a: {S: 'kept'}})}))),
    ...writes.map(([operation, body]) => proves('3 RVCCF', `${operation}: without an item nothing comes with the failure`,
      gives('DeleteItem', {TableName: HASH, Key: keyOf('on-failure')}, {}),
      fails(operation, {TableName: HASH, ...body, ConditionExpression: 'attribute_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD'}, 'ConditionalCheckFailedException', FAILED, {Item: undefined}))),
    proves('8 Condition on keys', 'a put that must not replace', gives('DeleteItem', {TableName: HASH, Key: keyOf('once')}, {}),
      put({TableName: HASH, Item: itemOf('once', {}), ConditionExpression: 'attribute_not_exists(pk)'}),
      fails('PutItem', {TableName: HASH, Item: itemOf('once', {}), ConditionExpression: 'attribute_not_exists(pk)'}, 'ConditionalCheckFailedException', FAILED),
      fails('PutItem', {TableName: HASH, Item: itemOf('once', {}), ConditionExpression: 'pk <> :v', ExpressionAttributeValues: {':v': {S: 'items-once'}}}, 'ConditionalCheckFailedException', FAILED)),
    proves('8 Condition without the item', 'what is true of nothing', ...['NOT a = :v', 'a <> :v', 'attribute_not_exists(a)'].map((ConditionExpression) =>
      gives('DeleteItem', {TableName: HASH, Key: keyOf('void'), ConditionExpression, ExpressionAttributeValues: ConditionExpression.includes(':v') ? {':v': {S: 'x'}} : undefined}, {}))),
    proves('8 Condition without the item', 'what is false of nothing', ...['a = :v', 'a < :v', 'begins_with(a, :v)', 'contains(a, :v)', 'a IN (:v)', 'a BETWEEN :v AND :v'].map((ConditionExpression) =>
      fails('DeleteItem', {TableName: HASH, Key: keyOf('void'), ConditionExpression, ExpressionAttributeValues: {':v': {S: 'x'}}}, 'ConditionalCheckFailedException', FAILED))),
    // Projections.
    ...([
      ['a', {a: {S: '1'}}], ['a, b', {a: {S: '1'}, b: {N: '2'}}], ['m.x', {m: {M: {x: {S: 'X'}}}}], ['m.x, m.y', {m: {M: {x: {S: 'X'}, y: {S: 'Y'}}}}], ['l[1]', {l: {L: [{S: 'one'}]}}],
      ['l[2], l[0]', {l: {L: [{S: 'zero'}, {S: 'two'}]}}], ['nothing', {}], ['m.nothing, a', {a: {S: '1'}}], ['l[9]', {}], ['a.b', {}], ['pk', {pk: {S: 'items-projection'}}],
    ] as readonly (readonly [string, Json])[]).map(([ProjectionExpression, Item]) => proves('5.2 Projection', `projection ${ProjectionExpression}`,
      put({TableName: HASH, Item: itemOf('projection', {a: {S: '1'}, b: {N: '2'}, m: {M: {x: {S: 'X'}, y: {S: 'Y'}, z: {S: 'Z'}}}, l: {L: [{S: 'zero'}, {S: 'one'}, {S: 'two'}]}})}),
      gives('GetItem', {TableName: HASH, Key: keyOf('projection'), ConsistentRead: true, ProjectionExpression}, {Item}))),
    proves('8 Names in EAN', 'a dot in a name is literal', put({TableName: HASH, Item: itemOf('dot', {'a.b': {S: 'flat'}, a: {M: {b: {S: 'deep'}}}})}),
      gives('GetItem', {TableName: HASH, Key: keyOf('dot'), ConsistentRead: true, ProjectionExpression: '#n', ExpressionAttributeNames: {'#n': 'a.b'}}, {Item: {'a.b': {S: 'flat'}}})),
    // ARNs in the place of names.
    proves('2 Table and index names', 'a table ARN in the place of a name', put({TableName: arn(HASH), Item: itemOf('arn', {})}),
      gives('GetItem', {TableName: arn(HASH), Key: keyOf('arn'), ConsistentRead: true}, {Item: itemOf('arn', {})}),
      has('GetItem', {TableName: arn(HASH), Key: keyOf('arn'), ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: {TableName: arn(HASH), CapacityUnits: 0.5}}),
      gives('UpdateItem', {TableName: arn(HASH), Key: keyOf('arn')}, {}), gives('DeleteItem', {TableName: arn(HASH), Key: keyOf('arn')}, {}),
      has('Query', {TableName: arn(HASH), KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': {S: 'items-arn'}}}, {}),
      has('Scan', {TableName: arn(HASH), Limit: 1}, {}),
      gives('BatchWriteItem', {RequestItems: {[arn(HASH)]: [{PutRequest: {Item: itemOf('arn', {})}}]}}, {UnprocessedItems: {}}),
      gives('BatchGetItem', {RequestItems: {[arn(HASH)]: {Keys: [keyOf('arn')], ConsistentRead: true}}}, {Responses: {[arn(HASH)]: [itemOf('arn', {})]}, UnprocessedKeys: {}})),
    proves('7 Table', 'an ARN of a table that is not there', fails('GetItem', {TableName: arn('Conformance.None'), Key: keyOf('a')}, 'ResourceNotFoundException', 'Requested resource not found')),
    // Item collection metrics.
    proves('3 ItemCollectionMetrics', 'a table without local index has none',
      gives('PutItem', {TableName: RANGE, Item: {pk: {S: 'metrics'}, sk: {S: '1'}}, ReturnItemCollectionMetrics: 'SIZE'}, {})),
    proves('3 ItemCollectionMetrics', 'a table with a local index tells the collection and its size',
      gives('PutItem', {TableName: INDEXED, Item: {pk: {S: 'metrics'}, sk: {S: '1'}}, ReturnItemCollectionMetrics: 'SIZE'}, {ItemCollectionMetrics: {ItemCollectionKey: {pk: {S: 'metrics'}}, SizeEstimateRangeGB: [0, 1]}}),
      gives('UpdateItem', {TableName: INDEXED, Key: {pk: {S: 'metrics'}, sk: {S: '1'}}, ReturnItemCollectionMetrics: 'SIZE'}, {ItemCollectionMetrics: {ItemCollectionKey: {pk: {S: 'metrics'}}, SizeEstimateRangeGB: [0, 1]}}),
      gives('DeleteItem', {TableName: INDEXED, Key: {pk: {S: 'metrics'}, sk: {S: '1'}}, ReturnItemCollectionMetrics: 'SIZE', ReturnValues: 'ALL_OLD'},
        {Attributes: {pk: {S: 'metrics'}, sk: {S: '1'}}, ItemCollectionMetrics: {ItemCollectionKey: {pk: {S: 'metrics'}}, SizeEstimateRangeGB: [0, 1]}}),
      gives('PutItem', {TableName: INDEXED, Item: {pk: {S: 'metrics'}, sk: {S: '1'}}, ReturnItemCollectionMetrics: 'NONE'}, {})),
    proves('3 ItemCollectionMetrics', 'a batch tells each collection once', gives('BatchWriteItem', {
      RequestItems: {[INDEXED]: [...['1', '2'].map((sk) => ({PutRequest: {Item: {pk: {S: 'metrics-a'}, sk: {S: sk}}}})), {DeleteRequest: {Key: {pk: {S: 'metrics-b'}, sk: {S: '1'}}}}]},
      ReturnItemCollectionMetrics: 'SIZE',
    }, {UnprocessedItems: {}, ItemCollectionMetrics: {[INDEXED]: [
      {ItemCollectionKey: {pk: {S: 'metrics-a'}}, SizeEstimateRangeGB: [0, 1]}, {ItemCollectionKey: {pk: {S: 'metrics-b'}}, SizeEstimateRangeGB: [0, 1]},
    ]}})),
  ],
};
