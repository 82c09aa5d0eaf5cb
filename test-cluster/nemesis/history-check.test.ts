import type {HistoryRecord, Outcome} from '@murmuration/checkers';
import {judgeHistory} from './history-check.js';

const KEY = {pk: {S: 'k'}};
function history(...parts: readonly HistoryRecord[]): readonly HistoryRecord[] {
  return parts.map((part, i) => ({...part, atMs: i}));
}
function put(process: number, value: string, outcome: Outcome): readonly HistoryRecord[] {
  return [
    {kind: 'invoke', process, atMs: 0, node: 'a1', operation: {kind: 'put', key: KEY, item: {v: {S: value}}}},
    {kind: 'complete', process, atMs: 0, outcome},
  ];
}
function read(process: number, value: string | undefined, isStrong: boolean): readonly HistoryRecord[] {
  return [
    {kind: 'invoke', process, atMs: 0, node: 'a1', operation: {kind: 'get', key: KEY, isStrong}},
    {kind: 'complete', process, atMs: 0, outcome: {kind: 'ok', answer: {kind: 'image', item: value === undefined ? undefined : {...KEY, v: {S: value}}}}},
  ];
}
const WRITTEN: Outcome = {kind: 'ok', answer: {kind: 'written'}};

test('an old value passes an eventual read and not a strong one', () => {
  const old = [...put(1, 'x', WRITTEN), ...put(1, 'y', WRITTEN)];
  expect(judgeHistory(history(...old, ...read(2, 'x', false)))).toMatchObject({wrongEventualReads: [], eventualReadCount: 1, linearizable: {kind: 'ok'}});
  expect(judgeHistory(history(...old, ...read(2, 'x', true))).linearizable.kind).toBe('violation');
});

test('a value that was never in the item does not pass an eventual read', () => {
  expect(judgeHistory(history(...read(2, 'ghost', false))).wrongEventualReads).toHaveLength(1);
  expect(judgeHistory(history(...put(1, 'x', {kind: 'no-effect', error: '400'}), ...read(2, 'x', false))).wrongEventualReads).toHaveLength(1);
  expect(judgeHistory(history(...read(2, 'x', false), ...put(1, 'x', WRITTEN))).wrongEventualReads).toHaveLength(1);
});

test('a value of a write without an answer passes', () => {
  expect(judgeHistory(history(...put(1, 'x', {kind: 'unknown', error: 'timeout'}), ...read(2, 'x', false), ...read(3, 'x', true)))).toMatchObject({wrongEventualReads: [], linearizable: {kind: 'ok'}});
});
