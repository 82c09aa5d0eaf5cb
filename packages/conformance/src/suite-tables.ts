import type {Body, Step} from './conformance-case.js';
import {gives, has, put, until, untilGone} from './conformance-case.js';
import {Matcher} from './json.js';

/** Tables that all areas share; a case keeps to keys that bear its own name. */
export const HASH = 'Conformance.Hash';
export const RANGE = 'Conformance.Range';
export const NUMBERS = 'Conformance.Numbers';
export const BYTES = 'Conformance.Bytes';
/** Has a local and a global index. */
export const INDEXED = 'Conformance.Indexed';
/** Read from its beginning to its end: what writes here is one case. */
export const SCANNED = 'Conformance.Scanned';
/** Has local indexes `all`, `keys` and `some`, of every kind of projection, by `a`, `k` and `i`. */
export const VIEWS = 'Conformance.Views';
/** Names a table that is never there. */
export const MISSING = 'Conformance.Missing';

export interface KeyPart {
  readonly name: string;
  readonly type: 'S' | 'N' | 'B';
}

export function tableBody(TableName: string, ...keys: readonly KeyPart[]): Body {
  return {
    TableName, BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: keys.map(({name, type}) => ({AttributeName: name, AttributeType: type})),
    KeySchema: keys.map(({name}, i) => ({AttributeName: name, KeyType: i === 0 ? 'HASH' : 'RANGE'})),
  };
}

const pk = (type: KeyPart['type']): KeyPart => ({name: 'pk', type});
const sk = (type: KeyPart['type']): KeyPart => ({name: 'sk', type});

const TABLES: readonly Body[] = [
  tableBody(HASH, pk('S')),
  tableBody(RANGE, pk('S'), sk('S')),
  tableBody(NUMBERS, pk('N'), sk('N')),
  tableBody(BYTES, pk('B'), sk('B')),
  tableBody(SCANNED, pk('S'), sk('N')),
  {
    ...tableBody(VIEWS, pk('S'), sk('S')),
    AttributeDefinitions: ['pk', 'sk', 'a', 'k', 'i'].map((AttributeName) => ({AttributeName, AttributeType: AttributeName === 'k' ? 'N' : 'S'})),
    LocalSecondaryIndexes: ([['all', 'a', {ProjectionType: 'ALL'}], ['keys', 'k', {ProjectionType: 'KEYS_ONLY'}], ['some', 'i', {ProjectionType: 'INCLUDE', NonKeyAttributes: ['x']}]] as const).map(([IndexName, range, Projection]) => ({
      IndexName, KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, {AttributeName: range, KeyType: 'RANGE'}], Projection,
    })),
  },
  {
    ...tableBody(INDEXED, pk('S'), sk('S')),
    AttributeDefinitions: [
      {AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: 'sk', AttributeType: 'S'},
      {AttributeName: 'lk', AttributeType: 'S'}, {AttributeName: 'gk', AttributeType: 'N'},
    ],
    LocalSecondaryIndexes: [{
      IndexName: 'local', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, {AttributeName: 'lk', KeyType: 'RANGE'}], Projection: {ProjectionType: 'ALL'},
    }],
    GlobalSecondaryIndexes: [{
      IndexName: 'global', KeySchema: [{AttributeName: 'gk', KeyType: 'HASH'}], Projection: {ProjectionType: 'INCLUDE', NonKeyAttributes: ['a']},
    }],
  },
];

const names = TABLES.map(({TableName}) => String(TableName));
const isActive = new Matcher('an active table', (value) => (value as {TableStatus?: unknown} | undefined)?.TableStatus === 'ACTIVE');

function gone(TableName: string): readonly Step[] {
  // An answer of either kind will do: the table of an earlier run is deleted, or there is none.
  return [
    {kind: 'until', operation: 'DeleteTable', body: {TableName}, expected: {kind: 'fails', type: 'ResourceNotFoundException', message: undefined}},
    untilGone('DescribeTable', {TableName}),
  ];
}

/**
 * A test as programs have them: a table of its own, then some requests.
 * @param isFirstDropped whether the table of the test before has to be dropped one by one
 */
export function freshTableSteps(isFirstDropped: boolean): readonly Step[] {
  const TableName = 'Conformance.Fresh';
  const item = (sk: string) => ({pk: {S: 'a'}, sk: {S: sk}});
  return [
    ...(isFirstDropped ? gone(TableName) : []),
    {kind: 'call', operation: 'CreateTable', body: tableBody(TableName, pk('S'), sk('S')), expected: {kind: 'has', members: {}}},
    until('DescribeTable', {TableName}, {Table: isActive}),
    ...['1', '2', '3'].map((name) => put({TableName, Item: item(name)})),
    gives('GetItem', {TableName, Key: item('2'), ConsistentRead: true}, {Item: item('2')}),
    has('Query', {TableName, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': {S: 'a'}}, ConsistentRead: true}, {Count: 3}),
  ];
}

/** Drops what an earlier run left; resolves when nothing of it is there any more. */
export const REMOVE_TABLES: readonly Step[] = names.flatMap(gone);
export const SETUP_STEPS: readonly Step[] = [
  ...REMOVE_TABLES,
  ...TABLES.map((body): Step => ({kind: 'call', operation: 'CreateTable', body, expected: {kind: 'has', members: {}}})),
  ...names.map((TableName) => until('DescribeTable', {TableName}, {Table: isActive})),
];
