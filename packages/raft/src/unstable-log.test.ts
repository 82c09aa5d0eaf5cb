import {EMPTY_BYTES} from '@murmuration/base';
import type {LogEntry} from '@murmuration/base';

import {markIndex, markTerm} from './marks.js';
import {EMPTY_CONF_STATE} from './tracker.js';
import {UnstableLog} from './unstable-log.js';

function entries(from: number, terms: readonly number[]): LogEntry[] {
  return terms.map((term, i) => ({index: markIndex(from + i), term: markTerm(term), kind: 0, data: EMPTY_BYTES}));
}
function places(log: readonly LogEntry[]): string[] {
  return log.map((entry) => `${entry.term}/${entry.index}`);
}

test('each entry is handed out once', () => {
  const log = new UnstableLog(markIndex(5));
  log.truncateAndAppend(entries(5, [1, 1]));
  expect(places(log.nextEntries())).toEqual(['1/5', '1/6']);
  log.acceptInProgress();
  expect(log.hasNextEntries).toBe(false);
  log.truncateAndAppend(entries(7, [1]));
  expect(places(log.nextEntries())).toEqual(['1/7']);
});

test('what was handed out does not change when the log does', () => {
  const log = new UnstableLog(markIndex(5));
  log.truncateAndAppend(entries(5, [1, 1]));
  const handedOut = log.nextEntries();
  log.truncateAndAppend(entries(7, [1]));
  log.truncateAndAppend(entries(6, [2]));
  expect(places(handedOut)).toEqual(['1/5', '1/6']);
});

test('a truncation hands the replaced entries out again', () => {
  const log = new UnstableLog(markIndex(5));
  log.truncateAndAppend(entries(5, [1, 1, 1]));
  log.acceptInProgress();
  log.truncateAndAppend(entries(6, [2]));
  expect(places(log.nextEntries())).toEqual(['2/6']);
  expect(log.lastIndex()).toBe(6);
});

test('a finished write of entries that were replaced since makes nothing stable', () => {
  const log = new UnstableLog(markIndex(5));
  log.truncateAndAppend(entries(5, [1, 1]));
  log.acceptInProgress();
  log.truncateAndAppend(entries(5, [2, 2]));
  log.stableTo(markIndex(6), markTerm(1));
  expect(log.offset).toBe(5);
  log.stableTo(markIndex(5), markTerm(2));
  expect([log.offset, log.lastIndex()]).toEqual([6, 6]);
});

test('entries below the offset replace everything, as after a truncation of the stored part', () => {
  const log = new UnstableLog(markIndex(5));
  log.truncateAndAppend(entries(5, [1]));
  log.truncateAndAppend(entries(3, [2, 2]));
  expect([log.offset, log.lastIndex()]).toEqual([3, 4]);
  expect(() => { log.truncateAndAppend(entries(9, [2])); }).toThrow('hole');
});

test('a snapshot is the log until it is stable', () => {
  const log = new UnstableLog(markIndex(5));
  log.truncateAndAppend(entries(5, [1]));
  log.restore({meta: {index: markIndex(20), term: markTerm(3), confState: EMPTY_CONF_STATE}, data: EMPTY_BYTES});
  expect([log.firstIndex(), log.lastIndex(), log.term(20), log.term(5)]).toEqual([21, 20, 3, undefined]);
  expect(log.nextSnapshot()).toBeDefined();
  log.acceptInProgress();
  expect(log.nextSnapshot()).toBeUndefined();
  log.stableSnapshotTo(markIndex(19));
  expect(log.snapshot).toBeDefined();
  log.stableSnapshotTo(markIndex(20));
  expect(log.snapshot).toBeUndefined();
});
