import type {Area, ConformanceCase, Step} from '../conformance-case.js';
import {gives, has, invalid, proves} from '../conformance-case.js';
import type {Json} from '../json.js';
import {Matcher, absent, anyNumber, anyOrder} from '../json.js';
import {HASH, SCANNED} from '../suite-tables.js';

const ITEMS: readonly Json[] = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((p) => [0, 1, 2].map((s) => ({pk: {S: `scan-${p}`}, sk: {N: String(s)}, n: {N: String(p * 3 + s)}})));
const filled: readonly Step[] = [ITEMS.slice(0, 12), ITEMS.slice(12)].map((part) =>
  gives('BatchWriteItem', {RequestItems: {[SCANNED]: part.map((Item) => ({PutRequest: {Item}}))}}, {UnprocessedItems: {}}));
const base = {TableName: SCANNED, ConsistentRead: true} as const;
const P = 'One or more parameter values were invalid: ';

const refused = (rule: string, name: string, more: Readonly<Record<string, Json>>, message: string): ConformanceCase =>
  proves(rule, `scan: ${name}`, invalid('Scan', {TableName: SCANNED, ...more}, message));
/** Items of one partition key stand together, by their sort keys. */
const grouped = new Matcher('items of each partition key together and in order', (value) => {
  const keys = (value as readonly {readonly pk: {readonly S: string}; readonly sk: {readonly N: string}}[]).map(({pk, sk}) => [pk.S, Number(sk.N)] as const);
  return keys.every(([pk, sk], i) => sk === 0 ? !keys.slice(0, i).some(([other]) => other === pk) : keys[i - 1]?.[0] === pk && keys[i - 1]?.[1] === sk - 1);
});
const upTo = (count: number): Matcher => new Matcher(`at most ${count} items`, (value) => Array.isArray(value) && value.length <= count);

export const SCAN: Area = {
  name: 'scan',
  title: 'Scan',
  cases: [
    proves('3 Scan', 'scan: every item once', ...filled, gives('Scan', base, {Items: anyOrder(ITEMS), Count: 24, ScannedCount: 24})),
    proves('3 Scan', 'scan: items of one partition key together, in order of their sort keys', has('Scan', base, {Items: grouped})),
    proves('3 Scan', 'scan: a filter', has('Scan', {...base, FilterExpression: 'n >= :n', ExpressionAttributeValues: {':n': {N: '22'}}}, {Items: anyOrder(ITEMS.slice(22)), Count: 2, ScannedCount: 24})),
    proves('3 Filters', 'scan: a filter on keys', has('Scan', {...base, FilterExpression: 'pk = :p AND sk < :s', ExpressionAttributeValues: {':p': {S: 'scan-3'}, ':s': {N: '2'}}}, {Items: ITEMS.slice(9, 11), Count: 2, ScannedCount: 24})),
    proves('3 Select', 'scan: COUNT', gives('Scan', {...base, Select: 'COUNT'}, {Count: 24, ScannedCount: 24})),
    proves('3 Select', 'scan: a projection', has('Scan', {...base, ProjectionExpression: 'sk'}, {Items: anyOrder(ITEMS.map((_item, i) => ({sk: {N: String(i % 3)}}))), Count: 24})),
    proves('3 Page', 'scan: a limit', has('Scan', {...base, Limit: 5}, {Count: 5, ScannedCount: 5, LastEvaluatedKey: new Matcher('a whole key', (value) => Object.keys(value as object).sort().join() === 'pk,sk')})),
    proves('3 Page', 'scan: a limit above everything', has('Scan', {...base, Limit: 100}, {Count: 24, LastEvaluatedKey: absent})),
    proves('3 Page', 'scan: a start key that is no item', has('Scan', {...base, ExclusiveStartKey: {pk: {S: 'scan-x'}, sk: {N: '7'}}}, {Items: upTo(24), Count: anyNumber})),
    ...[1, 2, 3, 7].map((total) => proves('3 Scan segment', `scan: ${total} segments are disjoint and complete`, {
      kind: 'sdk', operation: 'Scan', expected: {count: 24, distinct: 24},
      run: async (client) => {
        const {ScanCommand} = await import('@aws-sdk/client-dynamodb');
        const pages = await Promise.all(Array.from({length: total}, (_none, Segment) => client.send(new ScanCommand({TableName: SCANNED, Segment, TotalSegments: total, ConsistentRead: true}))));
        const keys = pages.flatMap(({Items = []}) => Items.map((item) => `${item['pk']?.S ?? ''}/${item['sk']?.N ?? ''}`));
        return {count: keys.length, distinct: new Set(keys).size};
      },
    })),
    ...[1, 5, 23].map((limit) => proves('3 Page', `scan: pages of ${limit} give every item once`, {
      kind: 'sdk', operation: 'Scan', expected: {count: 24, distinct: 24},
      run: async (client) => {
        const {paginateScan} = await import('@aws-sdk/client-dynamodb');
        const keys: string[] = [];
        for await (const {Items = []} of paginateScan({client, pageSize: limit}, {TableName: SCANNED, ConsistentRead: true})) {
          for (const item of Items) keys.push(`${item['pk']?.S ?? ''}/${item['sk']?.N ?? ''}`);
        }
        return {count: keys.length, distinct: new Set(keys).size};
      },
    })),
    proves('3 Scan segment', 'scan: a million segments', has('Scan', {...base, Segment: 999_999, TotalSegments: 1_000_000}, {Count: anyNumber})),
    refused('7 Scan segments', 'a segment without a total', {Segment: 0}, 'The TotalSegments parameter is required but was not present in the request when Segment parameter is present'),
    refused('7 Scan segments', 'a total without a segment', {TotalSegments: 2}, 'The Segment parameter is required but was not present in the request when parameter TotalSegments is present'),
    refused('7 Scan segments', 'a segment at the total', {Segment: 2, TotalSegments: 2},
      'The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than TotalSegments: 2'),
    refused('7 Scan segments', 'a segment above the total', {Segment: 9, TotalSegments: 2},
      'The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 9 is not less than TotalSegments: 2'),
    refused('3 Select', 'COUNT with a projection', {Select: 'COUNT', ProjectionExpression: 'n'}, `${P}Cannot specify the ProjectionExpression when choosing to get only the Count`),
    refused('3 Select', 'SPECIFIC_ATTRIBUTES without a projection', {Select: 'SPECIFIC_ATTRIBUTES'}, `${P}Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES`),
    refused('3 Select', 'ALL_PROJECTED_ATTRIBUTES of a table', {Select: 'ALL_PROJECTED_ATTRIBUTES'}, `${P}ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName`),
    refused('7 Index', 'an index that the table does not have', {IndexName: 'nothing'}, 'The table does not have the specified index: nothing'),
    refused('7 Expression maps', 'names without an expression', {ExpressionAttributeNames: {'#a': 'a'}}, 'ExpressionAttributeNames can only be specified when using expressions'),
    refused('7 Expression maps', 'values without an expression', {ExpressionAttributeValues: {':a': {S: 'a'}}},
      'ExpressionAttributeValues can only be specified when using expressions: FilterExpression is null'),
    proves('7 Start key', 'scan: a start key of another segment', {
      kind: 'sdk', operation: 'Scan', expected: {refused: 1, segment: true},
      run: async (client) => {
        const {ScanCommand} = await import('@aws-sdk/client-dynamodb');
        const answers = await Promise.all([0, 1].map((Segment) =>
          client.send(new ScanCommand({TableName: HASH, Segment, TotalSegments: 2, ExclusiveStartKey: {pk: {S: 'scan'}}})).then(() => '', (error: unknown) => (error as Error).message)));
        const refusals = answers.filter((answer) => answer !== '');
        return {
          refused: refusals.length,
          segment: /^The provided starting key is invalid: Invalid ExclusiveStartKey\. Please use ExclusiveStartKey with correct Segment\. TotalSegments: 2 Segment: [01]$/.test(refusals[0] ?? ''),
        };
      },
    }),
  ],
};
