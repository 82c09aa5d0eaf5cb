// Messages about a request stay small however large the request is, and integers behind the gate can be counted with.
import {ModelError} from '../errors.js';
import {parseBatchGetItem} from './batch-get-item.js';
import {parseListTables} from './list-tables.js';
import {parseScan} from './scan.js';

function failureOf(parse: () => unknown): {code: string; message: string} {
  try {
    parse();
  } catch (error) {
    if (error instanceof ModelError) return {code: error.failure.code, message: error.failure.message ?? ''};
    throw error;
  }
  throw new Error('nothing was refused');
}

test('of a million failures ten are shown, and no more are made', () => {
  const {message} = failureOf(() => parseBatchGetItem({RequestItems: {Music: {Keys: Array<null>(1_000_000).fill(null)}}}));
  expect(message).toMatch(/^10 validation errors detected: /);
  expect(message.length).toBeLessThan(10_000);
});

test('a long value is shown by its beginning', () => {
  const {message} = failureOf(() => parseScan({TableName: '%'.repeat(1_000_000)}));
  expect(message.length).toBeLessThan(20_000);
  expect(message).toContain(`Value '${'%'.repeat(4096)}...' at 'tableName'`);
});

test('a value of usual length is shown whole', () => {
  expect(failureOf(() => parseScan({TableName: '%'.repeat(1000)})).message).toContain(`Value '${'%'.repeat(1000)}' at 'tableName'`);
});

test.each([1e400, -1e400, 1e308, 2 ** 53, 2 ** 31, -(2 ** 31)])('%p is no Integer', (limit) => {
  expect(failureOf(() => parseScan({TableName: 'Music', Limit: limit}))).toMatchObject({code: 'SerializationException', message: expect.stringMatching(/_VALUE cannot be converted to Integer$/)});
  expect(failureOf(() => parseListTables({Limit: limit})).code).toBe('SerializationException');
});

test('the greatest Integer is one', () => {
  expect(parseScan({TableName: 'Music', Limit: 2 ** 31 - 1}).limit).toBe(2 ** 31 - 1);
});
