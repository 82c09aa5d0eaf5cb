// Goal: histories survive the file, a torn end and several recorders; broken ones are refused.
import {callsOf, decodeHistory, encodeRecord, historyHeader, mergeHistories, ProcessIds} from './history.js';
import type {HistoryRecord} from './history.js';
import {CheckerError} from './errors.js';
import {checkLinearizable} from './linearizability.js';
import {answered, brought, HistoryBuilder, keyNamed, lost, n, written} from './testing/history-builder.js';

const key = keyNamed('x');
const records = new HistoryBuilder()
  .call(0, 1, {kind: 'put', key, item: {v: n(1), __proto__x: {S: 'y'}}}, written, 1)
  .call(2, 3, {kind: 'get', key, isStrong: true}, brought(undefined), 1)
  .call(2, 4, {kind: 'transact-get', keys: [key, keyNamed('y')]}, answered({kind: 'images', items: [undefined, {...key}]}), 2)
  .call(5, 6, {kind: 'list-append', parts: [{kind: 'append', key, value: 1}, {kind: 'check', key: keyNamed('y'), expected: []}]}, answered({kind: 'lists', lists: [undefined, undefined]}), 1)
  .call(7, 9, {kind: 'put', key, item: {v: n(2)}}, lost, 1)
  .records();
const file = historyHeader() + records.map(encodeRecord).join('');
const failureOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error instanceof CheckerError ? error.failure : error;
  }
  return undefined;
};
const refusalOf = (work: () => unknown): unknown => (failureOf(work) as {code?: unknown} | undefined)?.code;

describe('the file', () => {
  test('gives back what was written, missing images included', () => {
    expect(decodeHistory(file)).toEqual(records);
    expect(callsOf(decodeHistory(file))).toEqual(callsOf(records));
  });
  test('may end anywhere: the torn last line is left out', () => {
    for (let length = historyHeader().length; length <= file.length; length += 1) {
      const lines = file.slice(0, length).split('\n').length - 2;
      expect(decodeHistory(file.slice(0, length))).toEqual(records.slice(0, lines));
    }
    expect(decodeHistory('')).toEqual([]);
    expect(decodeHistory('{"kind":"his')).toEqual([]);
  });
  test('is refused when a whole line is broken', () => {
    expect(failureOf(() => decodeHistory(`${historyHeader()}{"kind":\n`))).toMatchObject({code: 'BadRecord', line: 2});
    expect(refusalOf(() => decodeHistory(`${historyHeader()}{"kind":"invoke","process":1,"atMs":0,"node":"a1","operation":{"kind":"dance"}}\n`))).toBe('BadRecord');
    expect(refusalOf(() => decodeHistory(`${historyHeader()}{"kind":"complete","process":1,"atMs":"0","outcome":{"kind":"ok"}}\n`))).toBe('BadRecord');
    expect(refusalOf(() => decodeHistory(encodeRecord(records[0] as HistoryRecord)))).toBe('BadRecord');
  });
  test('of another version is refused', () => {
    expect(failureOf(() => decodeHistory('{"kind":"history","version":2}\n'))).toEqual({code: 'UnsupportedVersion', version: 2});
  });
});

describe('pairing', () => {
  const invoke = (process: number, atMs: number): HistoryRecord => ({kind: 'invoke', process, atMs, operation: {kind: 'get', key, isStrong: true}, node: 'a1'});
  const complete = (process: number, atMs: number): HistoryRecord => ({kind: 'complete', process, atMs, outcome: written});
  test('leaves a call without an end open', () => {
    expect(callsOf([invoke(1, 0)])).toMatchObject([{completedAt: Infinity, outcome: {kind: 'unknown'}}]);
  });
  test('gives an unknown call an open end, whenever the client gave up', () => {
    expect(callsOf([invoke(1, 0), {kind: 'complete', process: 1, atMs: 5, outcome: lost}])).toMatchObject([{completedAt: Infinity, completedMs: Infinity}]);
  });
  test.each<[string, readonly HistoryRecord[]]>([
    ['two calls of one process at once', [invoke(1, 0), invoke(1, 1)]],
    ['an end without a call', [complete(1, 0)]],
    ['a process that goes on after an unknown outcome', [invoke(1, 0), {kind: 'complete', process: 1, atMs: 1, outcome: lost}, invoke(1, 2)]],
    ['time that goes back', [invoke(1, 5), complete(1, 4)]],
  ])('refuses %s', (_, history) => {
    expect(refusalOf(() => callsOf(history))).toBe('BrokenHistory');
  });
});

describe('several recorders', () => {
  test('are merged by time, each in its own order', () => {
    const left: readonly HistoryRecord[] = [{kind: 'invoke', process: 0, atMs: 1, operation: {kind: 'get', key, isStrong: true}, node: 'a'}, {kind: 'complete', process: 0, atMs: 5, outcome: written}];
    const right: readonly HistoryRecord[] = [{kind: 'invoke', process: 1, atMs: 5, operation: {kind: 'get', key, isStrong: true}, node: 'b'}, {kind: 'complete', process: 1, atMs: 6, outcome: written}];
    // At the same time the invoke goes first, so the calls overlap.
    expect(mergeHistories([left, right]).map((record) => `${record.kind} ${record.process}`)).toEqual(['invoke 0', 'invoke 1', 'complete 0', 'complete 1']);
  });
  test('at equal times two calls may be put in either order', () => {
    const one = new HistoryBuilder().call(0, 5, {kind: 'put', key, item: {v: n(1)}}, written, 0).records();
    const two = new HistoryBuilder().call(5, 6, {kind: 'get', key, isStrong: true}, brought(undefined), 1).records();
    expect(checkLinearizable(mergeHistories([one, two])).kind).toBe('ok');
  });
  test('never share a logical process', () => {
    const clients = [0, 1, 2].map((client) => new ProcessIds(client, 3));
    const ids = clients.flatMap((ids) => [ids.current, ids.renew(), ids.renew(), ids.renew()]);
    expect(new Set(ids).size).toBe(12);
    expect(refusalOf(() => new ProcessIds(3, 3))).toBe('BrokenHistory');
  });
});
