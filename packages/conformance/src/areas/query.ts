import type {Area, Body, ConformanceCase, Step} from '../conformance-case.js';
import {gives, has, invalid, proves} from '../conformance-case.js';
import type {Json} from '../json.js';
import {absent} from '../json.js';
import {BYTES, HASH, INDEXED, NUMBERS, RANGE} from '../suite-tables.js';

const EMPTY_KEY = 'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ';
const P = 'One or more parameter values were invalid: ';

/** Writes items of one collection, 25 at a time. */
function fill(TableName: string, items: readonly Json[]): readonly Step[] {
  const steps: Step[] = [];
  for (let from = 0; from < items.length; from += 25) {
    steps.push(gives('BatchWriteItem', {RequestItems: {[TableName]: items.slice(from, from + 25).map((Item) => ({PutRequest: {Item}}))}}, {UnprocessedItems: {}}));
  }
  return steps;
}

/** What is as large as these would fill the pages of later scans. */
function dropped(TableName: string, keys: readonly Json[]): readonly Step[] {
  return [gives('BatchWriteItem', {RequestItems: {[TableName]: keys.map((Key) => ({DeleteRequest: {Key}}))}}, {UnprocessedItems: {}})];
}
const MEASURED = Array.from({length: 20}, (_none, i) => ({pk: {S: 'query-measure'}, sk: {S: String(i + 10).padEnd(1000, 'k')}}));

const LETTERS = ['a', 'b', 'ba', 'bb', 'c', 'd'];
const item = (sk: string): Json => ({pk: {S: 'query'}, sk: {S: sk}, n: {N: String(LETTERS.indexOf(sk))}});
const filled = fill(RANGE, LETTERS.map(item));
const v = (...values: readonly string[]): Json => Object.fromEntries([[':p', {S: 'query'}], ...values.map((value, i) => [`:${'abc'.charAt(i)}`, {S: value}])]) as Json;
const base: Body = {TableName: RANGE, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: v(), ConsistentRead: true};

function finds(name: string, more: Body, sortKeys: readonly string[], extra: Body = {}): ConformanceCase {
  return proves('5 Key conditions', `query: ${name}`, ...filled, has('Query', {...base, ...more}, {Items: sortKeys.map(item), Count: sortKeys.length, LastEvaluatedKey: absent, ...extra}));
}
const condition = (sort: string, ...values: readonly string[]): Body => ({KeyConditionExpression: `pk = :p AND ${sort}`, ExpressionAttributeValues: v(...values)});
const lastKey = (sk: string): Json => ({pk: {S: 'query'}, sk: {S: sk}});

/** A query that is refused before or after its table is known. */
function refused(name: string, more: Body, message: string, rule = '7 Query'): ConformanceCase {
  return proves(rule, `query: ${name}`, invalid('Query', {...base, ...more}, message));
}

const big = (i: number): Json => ({pk: {S: 'query-large'}, sk: {S: String(i)}, text: {S: 'x'.repeat(300_000)}});
const order = (TableName: string, type: string, pkValue: Json, values: readonly string[]): ConformanceCase => proves('2 Order', `query: sort keys of type ${type} in order and against it`,
  ...fill(TableName, [...values].reverse().map((value) => ({pk: pkValue, sk: {[type]: value}}))),
  ...[true, false].map((ScanIndexForward) => has('Query', {TableName, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': pkValue}, ConsistentRead: true, ScanIndexForward},
    {Items: (ScanIndexForward ? values : [...values].reverse()).map((value) => ({pk: pkValue, sk: {[type]: value}}))})));

export const QUERY: Area = {
  name: 'query',
  title: 'Query',
  cases: [
    finds('all of a collection, in order', {}, LETTERS, {ScannedCount: 6}),
    finds('all of it backwards', {ScanIndexForward: false}, [...LETTERS].reverse()),
    finds('one item', condition('sk = :a', 'bb'), ['bb']),
    finds('below', condition('sk < :a', 'b'), ['a']),
    finds('at most', condition('sk <= :a', 'b'), ['a', 'b']),
    finds('above', condition('sk > :a', 'bb'), ['c', 'd']),
    finds('at least', condition('sk >= :a', 'bb'), ['bb', 'c', 'd']),
    finds('between, both ends in it', condition('sk BETWEEN :a AND :b', 'b', 'bb'), ['b', 'ba', 'bb']),
    finds('by beginning', condition('begins_with(sk, :a)', 'b'), ['b', 'ba', 'bb']),
    finds('with the value on the left', condition(':a < sk', 'bb'), ['c', 'd']),
    finds('with the sort key first', {KeyConditionExpression: 'sk = :a AND pk = :p', ExpressionAttributeValues: v('a')}, ['a']),
    finds('in parentheses', {KeyConditionExpression: '(pk = :p) AND (sk = :a)', ExpressionAttributeValues: v('a')}, ['a']),
    finds('nothing', condition('sk = :a', 'zz'), [], {ScannedCount: 0}),
    finds('keywords in any case', {KeyConditionExpression: 'pk = :p and sk between :a and :b', ExpressionAttributeValues: v('a', 'b')}, ['a', 'b']),
    finds('by placeholders of names', {KeyConditionExpression: '#p = :p AND #s = :a', ExpressionAttributeNames: {'#p': 'pk', '#s': 'sk'}, ExpressionAttributeValues: v('a')}, ['a']),
    finds('a filter counts what it looked at', {FilterExpression: 'n > :n', ExpressionAttributeValues: {':p': {S: 'query'}, ':n': {N: '3'}}}, ['c', 'd'], {ScannedCount: 6}),
    finds('a filter that nothing passes', {FilterExpression: 'n > :n', ExpressionAttributeValues: {':p': {S: 'query'}, ':n': {N: '30'}}}, [], {ScannedCount: 6}),
    proves('3 Select', 'query: COUNT has no items', ...filled, gives('Query', {...base, Select: 'COUNT'}, {Count: 6, ScannedCount: 6})),
    proves('3 Select', 'query: COUNT with a filter', gives('Query', {...base, Select: 'COUNT', FilterExpression: 'n > :n', ExpressionAttributeValues: {':p': {S: 'query'}, ':n': {N: '3'}}}, {Count: 2, ScannedCount: 6})),
    proves('3 Select', 'query: ALL_ATTRIBUTES is the default', has('Query', {...base, Select: 'ALL_ATTRIBUTES', Limit: 1}, {Items: [item('a')]})),
    proves('3 Select', 'query: a projection', gives('Query', {...base, ProjectionExpression: 'n', Limit: 2}, {Items: [{n: {N: '0'}}, {n: {N: '1'}}], Count: 2, ScannedCount: 2, LastEvaluatedKey: lastKey('b')})),
    proves('3 Select', 'query: SPECIFIC_ATTRIBUTES with a projection', has('Query', {...base, Select: 'SPECIFIC_ATTRIBUTES', ProjectionExpression: 'n', Limit: 1}, {Items: [{n: {N: '0'}}]})),
    refused('COUNT with a projection', {Select: 'COUNT', ProjectionExpression: 'n'}, `${P}Cannot specify the ProjectionExpression when choosing to get only the Count`, '3 Select'),
    refused('ALL_ATTRIBUTES with a projection', {Select: 'ALL_ATTRIBUTES', ProjectionExpression: 'n'}, `${P}Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES`, '3 Select'),
    refused('SPECIFIC_ATTRIBUTES without one', {Select: 'SPECIFIC_ATTRIBUTES'}, `${P}Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES`, '3 Select'),
    refused('ALL_PROJECTED_ATTRIBUTES of a table', {Select: 'ALL_PROJECTED_ATTRIBUTES'}, `${P}ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName`, '3 Select'),
    // Pages.
    proves('3 Page', 'query: pages of two to the end', ...filled,
      gives('Query', {...base, Limit: 2, ProjectionExpression: 'sk'}, {Items: [{sk: {S: 'a'}}, {sk: {S: 'b'}}], Count: 2, ScannedCount: 2, LastEvaluatedKey: lastKey('b')}),
      gives('Query', {...base, Limit: 4, ProjectionExpression: 'sk', ExclusiveStartKey: lastKey('b')},
        {Items: ['ba', 'bb', 'c', 'd'].map((sk) => ({sk: {S: sk}})), Count: 4, ScannedCount: 4, LastEvaluatedKey: lastKey('d')}),
      gives('Query', {...base, ExclusiveStartKey: lastKey('d')}, {Items: [], Count: 0, ScannedCount: 0})),
    proves('3 Page', 'query: backwards from a key', has('Query', {...base, ScanIndexForward: false, ExclusiveStartKey: lastKey('ba')}, {Items: [item('b'), item('a')], LastEvaluatedKey: absent})),
    proves('3 Page', 'query: a start key that is no item', has('Query', {...base, ExclusiveStartKey: lastKey('bbb')}, {Items: [item('c'), item('d')]})),
    proves('3 Page', 'query: a limit is of what is looked at, not of what passes',
      gives('Query', {...base, Limit: 3, FilterExpression: 'n > :n', ExpressionAttributeValues: {':p': {S: 'query'}, ':n': {N: '1'}}}, {Items: [item('ba')], Count: 1, ScannedCount: 3, LastEvaluatedKey: lastKey('ba')}),
      gives('Query', {...base, Limit: 1, FilterExpression: 'n > :n', ExpressionAttributeValues: {':p': {S: 'query'}, ':n': {N: '1'}}}, {Items: [], Count: 0, ScannedCount: 1, LastEvaluatedKey: lastKey('a')})),
    proves('3 Page', 'query: a page ends with the item that reaches 1 MB',
      ...[0, 1, 2, 3, 4].map((i) => gives('PutItem', {TableName: RANGE, Item: big(i)}, {})),
      has('Query', {TableName: RANGE, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': {S: 'query-large'}}, ConsistentRead: true, ProjectionExpression: 'sk'},
        {Count: 4, ScannedCount: 4, LastEvaluatedKey: {pk: {S: 'query-large'}, sk: {S: '3'}}}),
      has('Query', {TableName: RANGE, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': {S: 'query-large'}}, ConsistentRead: true, Select: 'COUNT'}, {Count: 4, ScannedCount: 4}),
      ...dropped(RANGE, [0, 1, 2, 3, 4].map((i) => ({pk: {S: 'query-large'}, sk: {S: String(i)}})))),
    // Each such item measures its 50,000 bytes, 2, and 17 times 18 and the sort key's 1,000.
    proves('3 Page', 'query: a page is measured with its sort keys, not by item size alone',
      ...fill(RANGE, MEASURED.map((key) => ({...key, t: {S: 'x'.repeat(48_982)}}))),
      has('Query', {TableName: RANGE, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': {S: 'query-measure'}}, ConsistentRead: true, Select: 'COUNT'},
        {Count: 16, ScannedCount: 16, LastEvaluatedKey: {pk: {S: 'query-measure'}, sk: {S: '25'.padEnd(1000, 'k')}}}),
      ...dropped(RANGE, MEASURED)),
    order(NUMBERS, 'N', {N: '77'}, ['-1000', '-2', '-1.5', '-0.001', '0', '0.001', '1', '9', '10', '100.5', '1000000']),
    order(BYTES, 'B', {B: 'cXVlcnk='}, ['AA==', 'AAA=', 'AAE=', 'AQ==', 'fw==', 'gA==', '/w==', '//8=']),
    order(RANGE, 'S', {S: 'query-order'}, ['A', 'Z', 'a', 'aa', 'z', '\u00e4', '\uff5e', '\u{1f600}']),
    proves('8 Query on a table without sort key', 'query: a table without sort key', ...fill(HASH, [{pk: {S: 'query-hash'}}]),
      gives('Query', {TableName: HASH, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': {S: 'query-hash'}}, ConsistentRead: true}, {Items: [{pk: {S: 'query-hash'}}], Count: 1, ScannedCount: 1})),
    // Refusals.
    proves('7 Query', 'query: no key condition', invalid('Query', {TableName: RANGE}, 'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.')),
    refused('an OR', {KeyConditionExpression: 'pk = :p OR sk = :a', ExpressionAttributeValues: v('a')}, 'Invalid operator used in KeyConditionExpression: OR'),
    refused('two conditions on one key', {KeyConditionExpression: 'pk = :p AND sk > :a AND sk < :b', ExpressionAttributeValues: v('a', 'b')}, 'KeyConditionExpressions must only contain one condition per key'),
    refused('no condition on the partition key', {KeyConditionExpression: 'sk = :a', ExpressionAttributeValues: {':a': {S: 'a'}}}, 'Query condition missed key schema element: pk'),
    refused('a range on the partition key', {KeyConditionExpression: 'pk > :p'}, 'Query key condition not supported'),
    refused('another attribute', {KeyConditionExpression: 'pk = :p AND n = :a', ExpressionAttributeValues: v('a')}, 'Query condition missed key schema element: sk'),
    refused('not equal', {KeyConditionExpression: 'pk = :p AND sk <> :a', ExpressionAttributeValues: v('a')}, 'Invalid operator used in KeyConditionExpression: <>'),
    refused('IN', {KeyConditionExpression: 'pk = :p AND sk IN (:a)', ExpressionAttributeValues: v('a')}, 'Invalid operator used in KeyConditionExpression: IN'),
    refused('NOT', {KeyConditionExpression: 'NOT pk = :p'}, 'Invalid operator used in KeyConditionExpression: NOT'),
    refused('contains', {KeyConditionExpression: 'pk = :p AND contains(sk, :a)', ExpressionAttributeValues: v('a')}, 'Invalid operator used in KeyConditionExpression: contains'),
    refused('a nested attribute', {KeyConditionExpression: 'pk = :p AND sk.a = :a', ExpressionAttributeValues: v('a')}, 'KeyConditionExpressions cannot have conditions on nested attributes'),
    refused('a value of another type', {ExpressionAttributeValues: {':p': {N: '1'}}}, `${P}Condition parameter type does not match schema type`),
    refused('a sort value of another type', {KeyConditionExpression: 'pk = :p AND sk = :a', ExpressionAttributeValues: {':p': {S: 'query'}, ':a': {N: '1'}}}, `${P}Condition parameter type does not match schema type`),
    refused('begins_with of a number', {KeyConditionExpression: 'pk = :p AND begins_with(sk, :n)', ExpressionAttributeValues: {':p': {S: 'query'}, ':n': {N: '1'}}},
      'Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N'),
    refused('bounds the wrong way round', condition('sk BETWEEN :a AND :b', 'b', 'a'),
      'Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}'),
    refused('three conditions', condition('sk = :a AND x = :a', 'a'), 'Conditions can be of length 1 or 2 only'),
    refused('redundant parentheses', condition('((sk = :a))', 'a'), 'Invalid KeyConditionExpression: The expression has redundant parentheses;'),
    refused('a set as sort key', {KeyConditionExpression: 'pk = :p AND sk = :a', ExpressionAttributeValues: {':p': {S: 'query'}, ':a': {SS: ['a']}}}, `${P}Condition parameter type does not match schema type`),
    refused('a value that has no order', {KeyConditionExpression: 'pk = :p AND sk < :a', ExpressionAttributeValues: {':p': {S: 'query'}, ':a': {BOOL: true}}},
      'Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: <, operand type: BOOL'),
    ...['sk = :a', 'sk < :a', 'sk <= :a', 'sk > :a', 'sk >= :a', 'begins_with(sk, :a)', 'sk BETWEEN :a AND :a'].map((text) => refused(`an empty sort key: ${text}`, condition(text, ''), `${EMPTY_KEY}sk`, '7 Keys')),
    refused('a value that is not defined, before a value of a wrong type behind it', {KeyConditionExpression: 'pk = :none AND begins_with(sk, :n)', ExpressionAttributeValues: {':n': {N: '1'}}},
      'Invalid KeyConditionExpression: An expression attribute value used in expression is not defined; attribute value: :none'),
    refused('a value of a wrong type, before a value that is not defined behind it', {KeyConditionExpression: 'begins_with(sk, :n) AND pk = :none', ExpressionAttributeValues: {':n': {N: '1'}}},
      'Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N'),
    refused('an empty partition key', {ExpressionAttributeValues: {':p': {S: ''}}}, `${EMPTY_KEY}pk`, '7 Keys'),
    refused('a partition key that is too long', {ExpressionAttributeValues: {':p': {S: 'x'.repeat(2049)}}}, `${P}Size of hashkey has exceeded the maximum size limit of2048 bytes`, '7 Keys'),
    refused('a sort key that is too long', condition('sk = :a', 'x'.repeat(1025)), `${P}Aggregated size of all range keys has exceeded the size limit of 1024 bytes`, '7 Keys'),
    refused('the size of a key', {KeyConditionExpression: 'pk = :p AND size(sk) = :n', ExpressionAttributeValues: {':p': {S: 'query'}, ':n': {N: '1'}}}, 'KeyConditionExpressions cannot contain nested operations'),
    refused('that a key exists', {KeyConditionExpression: 'pk = :p AND attribute_exists(sk)'}, 'Invalid operator used in KeyConditionExpression: attribute_exists'),
    refused('the same condition twice', {KeyConditionExpression: 'pk = :p AND pk = :p'}, 'KeyConditionExpressions must only contain one condition per key'),
    refused('a nested name behind placeholders', {KeyConditionExpression: '#p.#q = :p', ExpressionAttributeNames: {'#p': 'pk', '#q': 'q'}}, 'KeyConditionExpressions cannot have conditions on nested attributes'),
    refused('an element of the key', {KeyConditionExpression: 'pk[0] = :p'}, 'KeyConditionExpressions cannot have conditions on nested attributes'),
    refused('the partition key between two values', {KeyConditionExpression: 'pk BETWEEN :p AND :p'}, 'Query key condition not supported'),
    refused('the beginning of the partition key', {KeyConditionExpression: 'begins_with(pk, :p)'}, 'Query key condition not supported'),
    refused('a list of partition keys', {KeyConditionExpression: 'pk IN (:p)'}, 'Invalid operator used in KeyConditionExpression: IN'),
    refused('a sum', {KeyConditionExpression: 'pk + :p = :p'}, 'Invalid KeyConditionExpression: Syntax error; token: "+", near: "pk + :p"'),
    refused('a value that nothing uses', {ExpressionAttributeValues: v('unused')}, 'Value provided in ExpressionAttributeValues unused in expressions: keys: {:a}', '7 Expression maps'),
    refused('a name that nothing uses', {ExpressionAttributeNames: {'#x': 'x'}}, 'Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}', '7 Expression maps'),
    refused('a value that is not there', {ExpressionAttributeValues: undefined}, 'Invalid KeyConditionExpression: An expression attribute value used in expression is not defined; attribute value: :p', '7 Expression body'),
    refused('a reserved word as a key', {KeyConditionExpression: 'name = :p'}, 'Invalid KeyConditionExpression: Attribute name is a reserved keyword; reserved keyword: name', '7 Expression body'),
    refused('an empty condition', {KeyConditionExpression: '', ExpressionAttributeValues: undefined}, 'Invalid KeyConditionExpression: The expression can not be empty;', '7 Expression body'),
    refused('the size of a key in the filter', {FilterExpression: 'size(sk) > :n', ExpressionAttributeValues: {':p': {S: 'query'}, ':n': {N: '1'}}}, 'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk'),
    refused('a key behind a placeholder in the filter', {FilterExpression: '#p = :p', ExpressionAttributeNames: {'#p': 'pk'}}, 'Filter Expression can only contain non-primary key attributes: Primary key attribute: pk'),
    refused('a key that must not be there in the filter', {FilterExpression: 'n = :p AND NOT attribute_not_exists(sk)'}, 'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk'),
    refused('a start key with one attribute too many', {ExclusiveStartKey: {pk: {S: 'query'}, sk: {S: 'b'}, x: {S: 'c'}}}, 'The provided starting key is invalid', '7 Start key'),
    proves('7 Query', 'query: a second condition where there is no sort key', invalid('Query', {TableName: HASH, KeyConditionExpression: 'pk = :p AND sk = :p', ExpressionAttributeValues: {':p': {S: 'query'}}}, 'Query key condition not supported')),
    proves('8 Query on a table without sort key', 'query: a start key where there is no sort key', invalid('Query', {
      TableName: HASH, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': {S: 'query'}}, ExclusiveStartKey: {pk: {S: 'query'}},
    }, 'The query can return at most one row and cannot be restarted')),
    ...(['<', '<=', '>', '>=', '='] as const).flatMap((operator) => [[NUMBERS, 'N', ['-7', '0', '0.5', '12']], [BYTES, 'B', ['AA==', 'AAE=', 'fw==', '/w==']]].map(([TableName, type, values]) => {
      const sorted = values as readonly string[];
      const pkValue = type === 'N' ? {N: '78'} : {B: 'Y29uZA=='};
      const limit = 1;
      const found = sorted.filter((_value, i) => ({'<': i < limit, '<=': i <= limit, '>': i > limit, '>=': i >= limit, '=': i === limit})[operator]);
      return proves('5 Key conditions', `query: sort keys of type ${String(type)} ${operator} a value`, ...fill(String(TableName), sorted.map((value) => ({pk: pkValue, sk: {[String(type)]: value}}))),
        has('Query', {TableName: String(TableName), KeyConditionExpression: `pk = :p AND sk ${operator} :s`, ExpressionAttributeValues: {':p': pkValue, ':s': {[String(type)]: sorted[limit] ?? ''}}, ConsistentRead: true},
          {Items: found.map((value) => ({pk: pkValue, sk: {[String(type)]: value}})), Count: found.length}));
    })),
    ...[1, 2, 3, 5].map((Limit) => proves('3 Page', `query: pages of ${Limit} backwards give every item once`, ...filled, {
      kind: 'sdk', operation: 'Query', expected: {found: [...LETTERS].reverse().join()},
      run: async (client) => {
        const {paginateQuery} = await import('@aws-sdk/client-dynamodb');
        const found: string[] = [];
        for await (const {Items = []} of paginateQuery({client, pageSize: Limit}, {TableName: RANGE, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': {S: 'query'}}, ConsistentRead: true, ScanIndexForward: false})) {
          for (const each of Items) found.push(each['sk']?.S ?? '');
        }
        return {found: found.join()};
      },
    })),
    refused('a filter on a key', {FilterExpression: 'sk = :p'}, 'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk'),
    refused('a filter on the partition key', {FilterExpression: 'pk = :p'}, 'Filter Expression can only contain non-primary key attributes: Primary key attribute: pk'),
    refused('a start key of another collection', {ExclusiveStartKey: {pk: {S: 'other'}, sk: {S: 'a'}}}, 'The provided starting key is outside query boundaries based on provided conditions', '7 Start key'),
    refused('a start key outside the condition', {...condition('sk > :a', 'c'), ExclusiveStartKey: lastKey('a')}, 'The provided starting key does not match the range key predicate', '7 Start key'),
    refused('a start key of one row', {...condition('sk = :a', 'c'), ExclusiveStartKey: lastKey('c')}, 'The query can return at most one row and cannot be restarted', '7 Start key'),
    refused('a start key without its sort key', {ExclusiveStartKey: {pk: {S: 'query'}}}, 'The provided starting key is invalid', '7 Start key'),
    refused('a start key of a value at fault', {ExclusiveStartKey: {pk: {}}}, 'The provided starting key is invalid: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes', '7 Value'),
    refused('an index that the table does not have', {IndexName: 'nothing'}, 'The table does not have the specified index: nothing', '7 Index'),
    proves('7 Index', 'query: a consistent read of a global index', invalid('Query', {
      TableName: INDEXED, IndexName: 'global', ConsistentRead: true, KeyConditionExpression: 'gk = :g', ExpressionAttributeValues: {':g': {N: '1'}},
    }, 'Consistent reads are not supported on global secondary indexes')),
    proves('7 Index', 'query: ALL_ATTRIBUTES of a global index that has not all', invalid('Query', {
      TableName: INDEXED, IndexName: 'global', Select: 'ALL_ATTRIBUTES', KeyConditionExpression: 'gk = :g', ExpressionAttributeValues: {':g': {N: '1'}},
    }, `${P}Select type ALL_ATTRIBUTES is not supported for global secondary index global because its projection type is not ALL`)),
  ],
};
