import type {Area, Body, ConformanceCase} from '../conformance-case.js';
import {gives, invalid, proves} from '../conformance-case.js';
import type {Json} from '../json.js';
import {HASH, INDEXED, NUMBERS, RANGE, VIEWS} from '../suite-tables.js';

const INVALID = 'The provided starting key is invalid';
const MISMATCH = 'The provided key element does not match the schema';
const OUTSIDE = 'The provided starting key is outside query boundaries based on provided conditions';
const PREDICATE = 'The provided starting key does not match the range key predicate';
const ONE_ROW = 'The query can return at most one row and cannot be restarted';
const P = 'One or more parameter values were invalid: ';
const S = (text: string): Json => ({S: text});
type Key = Readonly<Record<string, Json>>;

const long = (count: number): Json => S('k'.repeat(count));
const emptyKey = (name: string): string => `${P}The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`;
const HASH_SIZE = `${P}Size of hashkey has exceeded the maximum size limit of2048 bytes`;
const RANGE_SIZE = `${P}Aggregated size of all range keys has exceeded the size limit of 1024 bytes`;

/** A query behind a key, with a test of the sort key or without. */
function query(name: string, ExclusiveStartKey: Key, message: string, more: Body = {}): ConformanceCase {
  return proves('7 Start key', `query: ${name}`, invalid('Query', {
    TableName: RANGE, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': S('a')}, ...more, ExclusiveStartKey,
  }, message));
}
function scan(name: string, ExclusiveStartKey: Key, message: string, more: Body = {}): ConformanceCase {
  return proves('7 Start key', `scan: ${name}`, invalid('Scan', {TableName: RANGE, ...more, ExclusiveStartKey}, message));
}
const sorted = (test: string, ...values: readonly string[]): Body => ({
  KeyConditionExpression: `pk = :p AND ${test}`, ExpressionAttributeValues: Object.fromEntries([[':p', S('a')], ...values.map((value, i) => [`:${'bc'.charAt(i)}`, S(value)])]) as Json,
});
const view: Body = {TableName: VIEWS, IndexName: 'all'};
const key = (pk: string, sk: string): Key => ({pk: S(pk), sk: S(sk)});
const entry = (pk: string, sk: string, a: string): Key => ({...key(pk, sk), a: S(a)});

/** Faults of values, and whether the beginning stands before them. */
const FAULTS: readonly (readonly [string, Json, string])[] = [
  ['no type', {}, `${INVALID}: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes`],
  ['two types', {S: 'a', N: '1'}, `${INVALID}: Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes`],
  ['NULL that is false', {NULL: false}, `${INVALID}: ${P}Null attribute value types must have the value of true`],
  ['an empty set of strings', {SS: []}, `${INVALID}: ${P}An string set  may not be empty`],
  ['an empty set of binaries', {BS: []}, `${INVALID}: ${P}Binary sets should not be empty`],
  ['an empty set of numbers', {NS: []}, `${P}An number set  may not be empty`],
  ['a string twice in a set', {SS: ['a', 'a']}, `${P}Input collection [a, a] contains duplicates.`],
  ['a number twice in a set', {NS: ['1', '1']}, 'Input collection contains duplicates'],
  ['no number', {N: 'b'}, 'The parameter cannot be converted to a numeric value: b'],
  ['a number too large', {N: '1e126'}, 'Number overflow. Attempting to store a number with magnitude larger than supported range'],
  ['a number too small', {N: '1e-131'}, 'Number underflow. Attempting to store a number with magnitude smaller than supported range'],
  ['39 digits', {N: '1'.repeat(39)}, 'Attempting to store more than 38 significant digits in a Number'],
];

export const START_KEYS: Area = {
  name: 'start-keys',
  title: 'Start keys of Query and Scan',
  cases: [
    ...FAULTS.flatMap(([name, value, message]) => [query(`a start key with ${name}`, {pk: S('a'), sk: value}, message), scan(`a start key with ${name}`, {pk: S('a'), sk: value}, message)]),
    // Names that do not fit.
    query('an empty start key', {}, INVALID),
    query('a start key of the partition key alone', {pk: S('a')}, INVALID),
    query('a start key of the sort key alone', {sk: S('a')}, INVALID),
    query('a start key with one attribute too many', {...key('a', 'b'), c: S('c')}, INVALID),
    query('a start key of other names', {x: S('a'), y: S('b')}, INVALID),
    scan('an empty start key', {}, `${INVALID}: ${MISMATCH}`),
    scan('a start key of the partition key alone', {pk: S('a')}, `${INVALID}: ${MISMATCH}`),
    scan('a start key with one attribute too many', {...key('a', 'b'), c: S('c')}, `${INVALID}: ${MISMATCH}`),
    scan('a start key of other names', {x: S('a'), y: S('b')}, `${INVALID}: ${MISMATCH}`),
    // Values that do not fit.
    query('a start key whose partition key has another type', {pk: {N: '1'}, sk: S('b')}, MISMATCH),
    query('a start key whose sort key has another type', {pk: S('a'), sk: {B: 'YQ=='}}, MISMATCH),
    query('a start key with an empty partition key', key('', 'b'), emptyKey('pk')),
    query('a start key with an empty sort key', key('a', ''), emptyKey('sk')),
    query('a start key whose partition key is too long', {pk: long(2049), sk: S('b')}, HASH_SIZE),
    query('a start key whose sort key is too long', {pk: S('a'), sk: long(1025)}, RANGE_SIZE),
    scan('a start key whose partition key has another type', {pk: {N: '1'}, sk: S('b')}, `${INVALID}: ${MISMATCH}`),
    scan('a start key with an empty partition key', key('', 'b'), `${INVALID}: ${emptyKey('pk')}`),
    scan('a start key whose partition key is too long', {pk: long(2049), sk: S('b')}, `${INVALID}: ${HASH_SIZE}`),
    scan('a start key whose sort key is too long', {pk: S('a'), sk: long(1025)}, `${INVALID}: ${RANGE_SIZE}`),
    // Places that do not fit.
    query('a start key of another partition key', key('b', 'b'), OUTSIDE),
    query('a start key that the test of the sort key excludes', key('a', 'b'), PREDICATE, sorted('sk > :b', 'c')),
    query('a start key that BETWEEN excludes', key('a', 'z'), PREDICATE, sorted('sk BETWEEN :b AND :c', 'b', 'd')),
    query('a start key that begins_with excludes', key('a', 'xb'), PREDICATE, sorted('begins_with(sk, :b)', 'b')),
    query('a start key that equality excludes', key('a', 'b'), PREDICATE, sorted('sk = :b', 'c')),
    query('a start key that the test excludes, of another partition key', key('b', 'b'), PREDICATE, sorted('sk > :b', 'c')),
    query('a start key that the test admits, of another partition key', key('b', 'd'), ONE_ROW, sorted('sk > :b', 'c')),
    query('a start key that equality admits', key('a', 'c'), ONE_ROW, sorted('sk = :b', 'c')),
    query('a start key of a table without sort key', {pk: S('a')}, ONE_ROW, {TableName: HASH}),
    query('a start key before the key condition', {}, INVALID, {KeyConditionExpression: 'sk = :p'}),
    proves('3 Page', 'query: the number of a start key is compared by value', gives('Query', {
      TableName: NUMBERS, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': {N: '10'}}, ExclusiveStartKey: {pk: {N: '1.0e1'}, sk: {N: '5'}},
    }, {Items: [], Count: 0, ScannedCount: 0})),
    // Of a local index.
    query('a start key of the table\'s keys for a local index', key('a', 'b'), INVALID, view),
    query('a start key of a local index with one attribute too many', {...entry('a', 'b', 'c'), x: S('x')}, INVALID, view),
    query('a start key of a local index with another name', {...key('a', 'b'), x: S('x')}, INVALID, view),
    query('a start key of a local index whose index key has another type', {...key('a', 'b'), a: {N: '1'}}, MISMATCH, view),
    query('a start key of a local index whose sort key has another type', {...entry('a', 'b', 'c'), sk: {N: '1'}}, `${INVALID}: ${MISMATCH}`, view),
    query('a start key of a local index of another partition key', entry('b', 'b', 'c'), OUTSIDE, view),
    query('a start key of a local index that the test excludes', entry('a', 'b', 'b'), PREDICATE, {...view, ...sorted('a > :b', 'c')}),
    proves('3 Page', 'query: entries of one index key can be gone on with', gives('Query', {...view, ...sorted('a = :b', 'c'), ExclusiveStartKey: entry('a', 'b', 'c')}, {Items: [], Count: 0, ScannedCount: 0})),
    // Of a global index.
    ...([
      ['of the table\'s keys', key('a', 'b'), INVALID], ['of the index\'s key alone', {gk: {N: '1'}}, INVALID], ['with one attribute too many', {...key('a', 'b'), gk: {N: '1'}, x: S('x')}, INVALID],
      ['with another name', {...key('a', 'b'), x: S('x')}, INVALID], ['whose index key has another type', {...key('a', 'b'), gk: S('1')}, MISMATCH],
      ['whose sort key has another type', {pk: S('a'), sk: {N: '1'}, gk: {N: '1'}}, `${INVALID}: ${MISMATCH}`], ['with an empty sort key', {...key('a', ''), gk: {N: '1'}}, `${INVALID}: ${emptyKey('sk')}`],
    ] as const).flatMap(([name, startKey, message]) => [
      query(`a start key ${name} for a global index`, startKey as Key, message, {TableName: INDEXED, IndexName: 'global', KeyConditionExpression: 'gk = :p', ExpressionAttributeValues: {':p': {N: '1'}}}),
      scan(`a start key ${name} for a global index`, startKey as Key, message, {TableName: INDEXED, IndexName: 'global'}),
    ]),
    query('a start key of a global index of another partition key', {...key('a', 'b'), gk: {N: '2'}}, OUTSIDE, {TableName: INDEXED, IndexName: 'global', KeyConditionExpression: 'gk = :p', ExpressionAttributeValues: {':p': {N: '1'}}}),
    scan('a start key of the table\'s keys for a local index', key('a', 'b'), INVALID, view),
    scan('a start key of a local index whose index key has another type', {...key('a', 'b'), a: {N: '1'}}, MISMATCH, view),
    scan('a start key of a local index whose sort key has another type', {...entry('a', 'b', 'c'), sk: {N: '1'}}, `${INVALID}: ${MISMATCH}`, view),
  ],
};
