/** Deadlines of waiting calls, with one timer for all. */
import type {CallResult} from '@murmuration/base';
import {ManualTime} from '@murmuration/base/testing';
import type {PendingCall} from './pending-calls.js';
import {PendingCalls} from './pending-calls.js';

function setup() {
  const time = new ManualTime();
  const pending = new PendingCalls({clock: time, timers: time}, 10);
  const results: {id: number; atMs: number; result: string}[] = [];
  const add = (id: number, timeoutMs: number, wasSent = true): PendingCall => {
    const done = (result: CallResult): void => {
      results.push({id, atMs: time.monotonicMs(), result: result.ok ? 'ok' : result.failure.code});
    };
    const call = {id, service: 1, payload: new Uint8Array(0), sizeBytes: 1, deadlineMs: time.monotonicMs() + timeoutMs, done, wasSent, isSettled: false};
    pending.add(call);
    return call;
  };
  const answer = (id: number): void => pending.settle(id, {ok: true, payload: new Uint8Array(0)});
  return {time, pending, results, add, answer};
}

test('a call that was sent ends Unknown at its deadline, one that was not ends NotSent', () => {
  const {time, results, add} = setup();
  add(1, 100);
  add(2, 50, false);
  time.advance(1_000);
  expect(results).toEqual([{id: 2, atMs: 50, result: 'NotSent'}, {id: 1, atMs: 100, result: 'Unknown'}]);
});

test('an earlier deadline that comes later is kept too', () => {
  const {time, results, add} = setup();
  add(1, 10_000);
  time.advance(5);
  add(2, 20);
  time.advance(20);
  expect(results).toEqual([{id: 2, atMs: 25, result: 'Unknown'}]);
});

test('an answered call is settled once, whatever comes after', () => {
  const {time, results, add, answer} = setup();
  add(1, 50);
  answer(1);
  answer(1);
  answer(77);
  time.advance(1_000);
  expect(results).toEqual([{id: 1, atMs: 0, result: 'ok'}]);
});

test('many calls wait with one timer, and none is left when all are answered and the last wake passed', () => {
  const {time, pending, add, answer} = setup();
  for (let id = 1; id <= 1_000; id += 1) add(id, 100 + id);
  expect(time.pendingCount).toBe(1);
  for (let id = 1; id <= 1_000; id += 1) answer(id);
  expect(pending.count).toBe(0);
  time.advance(200);
  expect(time.pendingCount).toBe(0);
});

test('a call whose deadline passed before it left is not wanted and is NotSent', () => {
  const {time, pending, results, add} = setup();
  const call = add(1, 3, false);
  expect(pending.isWanted(call)).toBe(true);
  time.advance(4);
  expect(pending.isWanted(call)).toBe(false);
  expect(results).toEqual([{id: 1, atMs: 4, result: 'NotSent'}]);
  time.advance(100);
  expect(results).toHaveLength(1);
});
