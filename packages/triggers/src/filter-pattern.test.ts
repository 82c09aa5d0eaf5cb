// Filter patterns: each operator fits what it names and nothing else; what is no pattern is refused.
import {parseFilters} from './filter-pattern.js';

const RECORD = {
  eventName: 'MODIFY', userIdentity: {type: 'Service', principalId: 'dynamodb.amazonaws.com'},
  dynamodb: {ApproximateCreationDateTime: 100, Keys: {pk: {S: 'User#1'}}, NewImage: {n: {N: '5'}, tags: {SS: ['a', 'b']}, on: {BOOL: true}, none: {NULL: true}}},
};
const fits = (...patterns: unknown[]): boolean => parseFilters(patterns.map((pattern) => JSON.stringify(pattern)))(RECORD);

test.each<[string, unknown, boolean]>([
  ['an exact text', {eventName: ['INSERT', 'MODIFY']}, true],
  ['another text', {eventName: ['INSERT']}, false],
  ['a typed leaf', {dynamodb: {NewImage: {n: {N: ['5']}}}}, true],
  ['a number that is a text in the record', {dynamodb: {NewImage: {n: {N: [5]}}}}, false],
  ['a boolean', {dynamodb: {NewImage: {on: {BOOL: [true]}}}}, true],
  ['one element of a list', {dynamodb: {NewImage: {tags: {SS: ['b']}}}}, true],
  ['prefix', {dynamodb: {Keys: {pk: {S: [{prefix: 'User#'}]}}}}, true],
  ['suffix', {dynamodb: {Keys: {pk: {S: [{suffix: '#2'}]}}}}, false],
  ['equals-ignore-case', {dynamodb: {Keys: {pk: {S: [{'equals-ignore-case': 'uSER#1'}]}}}}, true],
  ['anything-but', {eventName: [{'anything-but': ['REMOVE']}]}, true],
  ['anything-but of what is there', {eventName: [{'anything-but': 'MODIFY'}]}, false],
  ['anything-but a prefix', {dynamodb: {Keys: {pk: {S: [{'anything-but': {prefix: 'User'}}]}}}}, false],
  ['anything-but of what is not there', {missing: ['x', {'anything-but': ['y']}]}, false],
  ['exists', {dynamodb: {NewImage: {n: {N: [{exists: true}]}}}}, true],
  ['exists not', {dynamodb: {OldImage: {n: {N: [{exists: false}]}}}}, true],
  ['numeric on a real number', {dynamodb: {ApproximateCreationDateTime: [{numeric: ['>', 99, '<=', 100]}]}}, true],
  ['numeric on a number of an item', {dynamodb: {NewImage: {n: {N: [{numeric: ['=', 5]}]}}}}, false],
  ['all members of one pattern', {eventName: ['MODIFY'], dynamodb: {Keys: {pk: {S: ['other']}}}}, false],
  ['$or', {$or: [{eventName: ['INSERT']}, {dynamodb: {NewImage: {n: {N: ['5']}}}}]}, true],
  ['what time to live removed', {userIdentity: {type: ['Service'], principalId: ['dynamodb.amazonaws.com']}}, true],
  ['a member that every object has', {constructor: [{exists: true}]}, false],
])('%s', (_name, pattern, expected) => {
  expect(fits(pattern)).toBe(expected);
});

test('a record passes that fits one of several patterns, and any record when there is none', () => {
  expect(fits({eventName: ['INSERT']}, {eventName: ['MODIFY']})).toBe(true);
  expect(fits()).toBe(true);
});

test.each([
  'nonsense', '[]', '{}', '{"a":"b"}', '{"a":[]}', '{"a":[["b"]]}', '{"a":[{"like":"b"}]}', '{"a":[{"prefix":1}]}', '{"a":[{"numeric":["~",1]}]}', '{"a":[{"numeric":["<"]}]}',
  '{"a":[{"exists":"yes"}]}', '{"$or":[{"a":["b"]}]}', `{"a":["${'x'.repeat(5000)}"]}`, '{"a":'.repeat(60) + '["x"]' + '}'.repeat(60),
])('%.40s is no pattern', (pattern) => {
  expect(() => parseFilters([pattern])).toThrow();
});
test('there are at most ten', () => {
  expect(() => parseFilters(Array.from({length: 11}, () => '{"a":["b"]}'))).toThrow('at most 10');
});
