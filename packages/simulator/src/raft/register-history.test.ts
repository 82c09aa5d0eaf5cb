// Goal: the check with the log as witness refuses what must not be, and takes what may be.
import {describe, expect, test} from '@jest/globals';
import {WriteBatch, toLogIndex, toTerm} from '@murmuration/base';
import type {StorePort} from '@murmuration/base';
import {MemoryStore} from '@murmuration/store-memory';
import {CommittedLog} from './committed-log.js';
import {encodeCommand} from './register-command.js';
import {checkBySearch, checkByWitness} from './register-history.js';
import type {RegisterCall} from './register-history.js';
import {RegisterMachine} from './register-machine.js';

/** A log in which command `n` sets register 0 to `n`, at index `n`. */
function committed(count: number): CommittedLog {
  const log = new CommittedLog();
  const store: StorePort = new MemoryStore();
  const machine = new RegisterMachine(store, {
    applied: (command, answer, stateHash) => log.applied('n1', command, answer, stateHash), loaded: () => undefined, configured: () => undefined, leads: () => undefined,
  });
  for (let id = 1; id <= count; id += 1) {
    machine.apply({index: toLogIndex(id), term: toTerm(1), data: encodeCommand({id, key: 0, value: id, expected: undefined, paddingBytes: 0})}, new WriteBatch());
  }
  return log;
}
function write(id: number, invokedMs: number, completedMs: number, index: number, value: number): RegisterCall {
  return {
    process: id, node: 'n1', key: 0, invokedMs, completedMs, command: {id, key: 0, value: id, expected: undefined, paddingBytes: 0},
    outcome: {kind: 'ok', index, value, isDone: true},
  };
}
function read(invokedMs: number, completedMs: number, index: number, value: number): RegisterCall {
  return {process: 99, node: 'n2', key: 0, invokedMs, completedMs, command: undefined, outcome: {kind: 'ok', index, value, isDone: true}};
}
function judge(calls: readonly RegisterCall[], count: number): string {
  try {
    checkByWitness(calls, committed(count));
    return 'ok';
  } catch (error) {
    return (error as Error & {rule: string}).rule;
  }
}

describe('the check by witness', () => {
  test('takes an order that keeps real time, concurrent calls in any order', () => {
    expect(judge([write(1, 0, 10, 1, 0), write(2, 5, 8, 2, 1), read(9, 12, 2, 2), read(1, 20, 1, 1)], 2)).toBe('ok');
  });
  test('refuses a read that misses a write which had ended', () => {
    const calls = [write(1, 0, 1, 1, 0), write(2, 2, 3, 2, 1), read(4, 5, 1, 1)];
    expect(judge(calls, 2)).toBe('stale-read');
    expect(() => checkBySearch(calls)).toThrow('not-linearizable');
  });
  test('refuses writes whose order in the log is against time', () => {
    expect(judge([write(2, 0, 1, 2, 1), write(1, 2, 3, 1, 0)], 2)).toBe('order-against-time');
  });
  test('refuses values that were not there, lost acknowledgements, and refused commands that were done', () => {
    expect(judge([read(0, 1, 1, 7)], 1)).toBe('wrong-read');
    expect(judge([write(3, 0, 1, 3, 2)], 2)).toBe('acknowledged-write-lost');
    expect(judge([{...write(1, 0, 1, 1, 0), outcome: {kind: 'no-effect'}}], 1)).toBe('refused-yet-done');
  });
  test('a replica that applies something else at an index is found at once', () => {
    const log = committed(2);
    const answer = {isDone: true, before: 1};
    const entry = {index: toLogIndex(2), term: toTerm(2), data: encodeCommand({id: 9, key: 0, value: 9, expected: undefined, paddingBytes: 0})};
    expect(() => log.applied('n2', entry, answer, 0)).toThrow('committed-entry-changed');
    expect(() => log.loaded('n2', toLogIndex(2), 12345)).toThrow('replicas-differ');
  });
});
