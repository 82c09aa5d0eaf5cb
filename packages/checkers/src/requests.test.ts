// Goal: operations become the requests they stand for, and answers become the outcomes they prove.
import {readAnswer, readFailure, scanPage, toRequest} from './requests.js';
import type {Operation} from './operations.js';
import {CheckerError} from './errors.js';
import {keyNamed, n} from './testing/history-builder.js';

const key = keyNamed('x');
const get: Operation = {kind: 'get', key, isStrong: true};

describe('requests', () => {
  test('a put carries item, key, condition and the wish for images', () => {
    expect(toRequest({kind: 'put', key, item: {v: n(1)}, condition: {kind: 'not-exists', attribute: 'pk'}, wantsRefusedImage: true, returns: 'all-old'}, 't')).toEqual({
      operation: 'PutItem',
      body: {
        TableName: 't', Item: {pk: {S: 'x'}, v: {N: '1'}}, ConditionExpression: 'attribute_not_exists(#n0)', ExpressionAttributeNames: {'#n0': 'pk'},
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD', ReturnValues: 'ALL_OLD',
      },
    });
  });
  test('an update names each section once and uses each name and value', () => {
    expect(toRequest({
      kind: 'update', key, returns: 'updated-new', condition: {kind: 'all', of: [{kind: 'less', attribute: 'a', value: n(9)}, {kind: 'exists', attribute: 'pk'}]},
      changes: [
        {kind: 'set', attribute: 'a', value: n(1)}, {kind: 'increment', attribute: 'b', by: '2', start: '0'}, {kind: 'increment', attribute: 'c', by: '3'},
        {kind: 'add', attribute: 'd', by: '4'}, {kind: 'add-to-set', attribute: 'e', members: ['m']}, {kind: 'remove', attribute: 'f'},
        {kind: 'set-if-missing', attribute: 'g', value: n(5)}, {kind: 'append', attribute: 'h', values: [n(6)]},
      ],
    }, 't').body).toEqual({
      TableName: 't', Key: key, ReturnValues: 'UPDATED_NEW',
      UpdateExpression: 'SET #n0 = :v0, #n1 = if_not_exists(#n1, :v1) + :v2, #n2 = #n2 + :v3, #n6 = if_not_exists(#n6, :v6), #n7 = list_append(if_not_exists(#n7, :v7), :v8) REMOVE #n5 ADD #n3 :v4, #n4 :v5',
      ConditionExpression: '#n0 < :v9 AND attribute_exists(#n8)',
      ExpressionAttributeNames: {'#n0': 'a', '#n1': 'b', '#n2': 'c', '#n3': 'd', '#n4': 'e', '#n5': 'f', '#n6': 'g', '#n7': 'h', '#n8': 'pk'},
      ExpressionAttributeValues: {':v0': n(1), ':v1': n(0), ':v2': n(2), ':v3': n(3), ':v4': n(4), ':v5': {SS: ['m']}, ':v6': n(5), ':v7': {L: []}, ':v8': {L: [n(6)]}, ':v9': n(9)},
    });
  });
  test('a get says whether it is strong', () => {
    expect(toRequest(get, 't')).toEqual({operation: 'GetItem', body: {TableName: 't', Key: key, ConsistentRead: true}});
    expect(toRequest({kind: 'get', key, isStrong: false}, 't').body).toMatchObject({ConsistentRead: false});
  });
  test('list transactions become reads, or appends and checks', () => {
    expect(toRequest({kind: 'list-append', parts: [{kind: 'read', key}, {kind: 'read', key: keyNamed('y')}]}, 't').operation).toBe('TransactGetItems');
    const write = toRequest({kind: 'list-append', token: 'k', parts: [{kind: 'append', key, value: 7, expected: [1, 2]}, {kind: 'check', key: keyNamed('y'), expected: []}]}, 't');
    expect(write).toMatchObject({operation: 'TransactWriteItems', body: {ClientRequestToken: 'k', TransactItems: [
      {Update: {ConditionExpression: '#n0 = :v2', ExpressionAttributeValues: {':v1': {L: [n(7)]}, ':v2': {L: [n(1), n(2)]}}}},
      {ConditionCheck: {ConditionExpression: 'attribute_not_exists(#n0)'}},
    ]}});
    expect(toRequest({kind: 'list-append', isSingle: true, parts: [{kind: 'append', key, value: 7}]}, 't')).toMatchObject({operation: 'UpdateItem', body: {ReturnValues: 'ALL_NEW'}});
    expect(toRequest({kind: 'list-append', isSingle: true, parts: [{kind: 'read', key}]}, 't').operation).toBe('GetItem');
  });
  test('a transaction that reads and writes can not be said', () => {
    expect(() => toRequest({kind: 'list-append', parts: [{kind: 'read', key}, {kind: 'append', key: keyNamed('y'), value: 1}]}, 't')).toThrow(CheckerError);
  });
  test('a scan goes on from the page before', () => {
    expect(scanPage({kind: 'scan', isStrong: true, keyAttributes: ['pk'], segment: {number: 1, total: 4}}, 't', key)).toEqual({
      operation: 'Scan', body: {TableName: 't', ConsistentRead: true, Segment: 1, TotalSegments: 4, ExclusiveStartKey: key},
    });
  });
});

describe('answers', () => {
  const error = (type: string, more: object = {}): object => ({__type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'm', ...more});
  test('a get brings an item or none', () => {
    expect(readAnswer(get, 200, {Item: {...key, v: n(1)}})).toEqual({kind: 'ok', answer: {kind: 'image', item: {...key, v: n(1)}}});
    expect(readAnswer(get, 200, {})).toEqual({kind: 'ok', answer: {kind: 'image', item: undefined}});
  });
  test('a success without a readable body proves nothing', () => {
    expect(readAnswer(get, 200, undefined).kind).toBe('unknown');
    expect(readAnswer({kind: 'transact-get', keys: [key]}, 200, {Responses: []}).kind).toBe('unknown');
    expect(readAnswer({kind: 'list-append', isSingle: true, parts: [{kind: 'read', key}]}, 200, {Item: {...key, elements: {S: 'x'}}}).kind).toBe('unknown');
  });
  test('a refused condition brings the image that was asked for', () => {
    const put: Operation = {kind: 'put', key, item: {}, condition: {kind: 'not-exists', attribute: 'pk'}, wantsRefusedImage: true};
    expect(readAnswer(put, 400, error('ConditionalCheckFailedException', {Item: key}))).toEqual({kind: 'condition-failed', hasImage: true, item: key});
    expect(readAnswer(put, 400, error('ConditionalCheckFailedException'))).toEqual({kind: 'condition-failed', hasImage: true});
    expect(readAnswer({kind: 'delete', key, condition: {kind: 'exists', attribute: 'pk'}}, 400, error('ConditionalCheckFailedException'))).toEqual({kind: 'condition-failed', hasImage: false});
  });
  test('a cancelled transaction is refused only when a condition was', () => {
    const write: Operation = {kind: 'transact-write', parts: [{kind: 'put', key, item: {}}]};
    expect(readAnswer(write, 400, error('TransactionCanceledException', {CancellationReasons: [{Code: 'ConditionalCheckFailed', Item: key}]})))
      .toEqual({kind: 'condition-failed', hasImage: false, reasons: [{code: 'ConditionalCheckFailed', item: key}]});
    expect(readAnswer(write, 400, error('TransactionCanceledException', {CancellationReasons: [{Code: 'TransactionConflict'}]})).kind).toBe('no-effect');
  });
  test('errors without proof are unknown', () => {
    expect(readAnswer(get, 500, error('InternalServerError'))).toEqual({kind: 'unknown', error: '500 InternalServerError'});
    expect(readAnswer(get, 400, error('ThrottlingException')).kind).toBe('no-effect');
    expect(readFailure('timeout')).toEqual({kind: 'unknown', error: 'timeout'});
    expect(readFailure('not-sent').kind).toBe('no-effect');
  });
  test('lists come as numbers, a missing item as an empty list', () => {
    const read: Operation = {kind: 'list-append', parts: [{kind: 'read', key}, {kind: 'read', key: keyNamed('y')}]};
    expect(readAnswer(read, 200, {Responses: [{Item: {...key, elements: {L: [n(3), n(4)]}}}, {}]})).toEqual({kind: 'ok', answer: {kind: 'lists', lists: [[3, 4], []]}});
  });
});
