import type {LogEntry} from '@murmuration/base';

import {markIndex, markTerm} from './marks.js';
import {RaftLog} from './raft-log.js';
import {MemoryRaftStorage} from './testing/memory-raft-storage.js';

const NO_LIMIT = Number.MAX_SAFE_INTEGER;

function entries(from: number, terms: readonly number[], sizeBytes = 10): LogEntry[] {
  return terms.map((term, i) => ({index: markIndex(from + i), term: markTerm(term), kind: 0, data: new Uint8Array(sizeBytes)}));
}
function logOf(stored: readonly number[], unstable: readonly number[] = [], applyingMax = NO_LIMIT): RaftLog {
  const storage = new MemoryRaftStorage(() => 'unavailable');
  storage.append(entries(1, stored));
  const log = new RaftLog(storage, applyingMax);
  log.append(entries(stored.length + 1, unstable));
  return log;
}
function indexes(read: readonly LogEntry[] | string): unknown {
  return typeof read === 'string' ? read : read.map((entry) => Number(entry.index));
}

test('reads across the border between stored and unstable, cut to the limit', () => {
  const log = logOf([1, 1, 1], [2, 2]);
  expect(indexes(log.entries(markIndex(2), NO_LIMIT))).toEqual([2, 3, 4, 5]);
  // Each of these entries takes 18 bytes.
  expect(indexes(log.entries(markIndex(2), 3 * 18))).toEqual([2, 3, 4]);
  expect(indexes(log.entries(markIndex(2), 2 * 18 + 1))).toEqual([2, 3]);
  expect(indexes(log.entries(markIndex(3), 1))).toEqual([3]);
  expect(indexes(log.entries(markIndex(6), NO_LIMIT))).toEqual([]);
  expect(indexes(log.entries(markIndex(0), NO_LIMIT))).toBe('compacted');
});

test('an append that meets the log keeps what agrees and replaces the rest', () => {
  const log = logOf([1, 1], [1, 1]);
  const [, ...tail] = entries(2, [1, 1, 3, 3]);
  expect(log.maybeAppend(markIndex(2), markTerm(1), tail, markIndex(3))).toBe(5);
  expect([log.lastIndex(), log.lastTerm(), log.committed, log.unstable.offset]).toEqual([5, 3, 3, 3]);
});

test('an append that does not meet the log changes nothing', () => {
  const log = logOf([1, 1], []);
  expect(log.maybeAppend(markIndex(2), markTerm(2), entries(3, [2]), markIndex(3))).toBeUndefined();
  expect(log.maybeAppend(markIndex(5), markTerm(1), entries(6, [2]), markIndex(3))).toBeUndefined();
  expect([log.lastIndex(), log.committed]).toEqual([2, 0]);
});

test('an append that would replace a committed entry stops the process', () => {
  const log = logOf([1, 1], []);
  log.commitTo(markIndex(2));
  expect(() => log.maybeAppend(markIndex(1), markTerm(1), entries(2, [2]), markIndex(0))).toThrow('never replaced');
});

test('a commit index beyond the log stops the process', () => {
  expect(() => { logOf([1]).commitTo(markIndex(2)); }).toThrow('beyond the log');
});

test('a leader commits by counting only entries of its own term', () => {
  const log = logOf([1, 1], [2]);
  expect(log.maybeCommit(markIndex(2), markTerm(2))).toBe(false);
  expect(log.maybeCommit(markIndex(3), markTerm(2))).toBe(true);
  expect(log.committed).toBe(3);
});

test('the place where two logs can meet is found by terms', () => {
  const log = logOf([1, 3, 3, 3, 5, 5]);
  expect(log.findConflictByTerm(markIndex(6), markTerm(4))).toEqual({index: 4, term: 3});
  expect(log.findConflictByTerm(markIndex(6), markTerm(2))).toEqual({index: 1, term: 1});
  expect(log.findConflictByTerm(markIndex(6), markTerm(0))).toEqual({index: 0, term: 0});
});

test('a log is up to date by its last term, then by its length', () => {
  const log = logOf([1, 2]);
  expect(log.isUpToDate(markIndex(1), markTerm(3))).toBe(true);
  expect(log.isUpToDate(markIndex(2), markTerm(2))).toBe(true);
  expect(log.isUpToDate(markIndex(1), markTerm(2))).toBe(false);
  expect(log.isUpToDate(markIndex(9), markTerm(1))).toBe(false);
});

test('committed entries are handed out in pages, the next when the one before is applied', () => {
  const log = logOf([1, 1, 1, 1], [], 2 * 18);
  log.commitTo(markIndex(4));
  const page = log.nextCommittedEntries(true);
  expect(indexes(page)).toEqual([1, 2]);
  log.acceptApplying(markIndex(2), 36, true);
  expect(log.hasNextCommittedEntries(true)).toBe(false);
  log.appliedTo(markIndex(1), 18);
  expect(indexes(log.nextCommittedEntries(true))).toEqual([3]);
  log.acceptApplying(markIndex(3), 18, true);
  log.appliedTo(markIndex(3), 36);
  expect(indexes(log.nextCommittedEntries(true))).toEqual([4]);
});

test('with asynchronous writes an entry is applied only when it is durable here', () => {
  const log = logOf([1], [1]);
  log.commitTo(markIndex(2));
  expect(indexes(log.nextCommittedEntries(false))).toEqual([1]);
  expect(indexes(log.nextCommittedEntries(true))).toEqual([1, 2]);
});

test('a scan goes through all pages', () => {
  const log = logOf([1, 1, 1], [1, 1]);
  const seen: number[] = [];
  expect(log.some(2, 6, 1, (entry) => { seen.push(entry.index); return false; })).toBe(false);
  expect(seen).toEqual([2, 3, 4, 5]);
  expect(log.some(1, 6, 1, (entry) => entry.index === 2)).toBe(true);
});
