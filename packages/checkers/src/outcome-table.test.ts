// Goal: nothing but validation, throttling, refused conditions and conflicts proves that a write did not happen.
import {errorMeaning, exceptionName, transportMeaning} from './outcome-table.js';

test.each([
  'ValidationException', 'SerializationException', 'ResourceNotFoundException', 'ProvisionedThroughputExceededException', 'ThrottlingException',
  'RequestLimitExceeded', 'TransactionConflictException', 'TransactionCanceledException', 'AccessDeniedException', 'IdempotentParameterMismatchException',
  'ItemCollectionSizeLimitExceededException',
])('a 400 %s proves no effect', (type) => {
  expect(errorMeaning(400, `com.amazonaws.dynamodb.v20120810#${type}`)).toBe('no-effect');
});
test('a refused condition is a meaning of its own', () => {
  expect(errorMeaning(400, 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException')).toBe('refused-condition');
});
test.each([
  [500, 'InternalServerError'], [503, 'ServiceUnavailable'], [500, 'ValidationException'], [503, ''], [502, ''], [504, ''],
  [400, 'TransactionInProgressException'], [400, 'ReplicatedWriteConflictException'], [400, 'SomethingNew'], [400, ''], [400, '__proto__'], [301, ''], [200, ''], [0, ''],
])('status %i with "%s" leaves the outcome unknown', (status, type) => {
  expect(errorMeaning(status, type)).toBe('unknown');
});
test('what the listener refuses unread proves no effect', () => {
  expect(errorMeaning(404, '')).toBe('no-effect');
  expect(errorMeaning(413, '')).toBe('no-effect');
});
test.each(['timeout', 'reset', 'closed', 'bad-answer'] as const)('a call that ended by %s is unknown', (failure) => {
  expect(transportMeaning(failure)).toBe('unknown');
});
test('a request of which no byte left has no effect', () => {
  expect(transportMeaning('not-sent')).toBe('no-effect');
});
test('the name of an exception is what stands behind its namespace', () => {
  expect(exceptionName('com.amazon.coral.validate#ValidationException')).toBe('ValidationException');
  expect(exceptionName('ValidationException')).toBe('ValidationException');
  expect(exceptionName(undefined)).toBe('');
});
