import {utf8Encode} from '@murmuration/base';
import type {ReplicaId} from '@murmuration/base';

import {markIndex, markTerm} from './marks.js';
import {makeMessage} from './message.js';
import {PENDING_READS_MAX, ReadOnlyQueue} from './read-only.js';
import type {Message} from './types.js';

const SELF = 1 as ReplicaId;
function request(name: string): Message {
  return makeMessage({type: 'ReadIndex', to: SELF, context: utf8Encode(name)}, SELF, markTerm(0));
}

test('one confirmation releases every read up to it, oldest first', () => {
  const queue = new ReadOnlyQueue();
  for (const [i, name] of ['a', 'b', 'c'].entries()) queue.add(markIndex(i + 1), request(name), SELF);
  expect(queue.acknowledge(2 as ReplicaId, utf8Encode('b'))).toEqual(new Map([[1, true], [2, true]]));
  expect(queue.advance(utf8Encode('b')).map((read) => Number(read.index))).toEqual([1, 2]);
  expect(queue.advance(utf8Encode('a'))).toEqual([]);
  expect(queue.lastContext()).toEqual(utf8Encode('c'));
  queue.advance(utf8Encode('c'));
  expect(queue.lastContext()).toBeUndefined();
});

test('a repeated request keeps its first index', () => {
  const queue = new ReadOnlyQueue();
  queue.add(markIndex(1), request('a'), SELF);
  queue.add(markIndex(9), request('a'), SELF);
  expect(queue.advance(utf8Encode('a')).map((read) => Number(read.index))).toEqual([1]);
});

test('an answer to no waiting read is nothing', () => {
  expect(new ReadOnlyQueue().acknowledge(SELF, utf8Encode('x'))).toBeUndefined();
});

test('refuses a read when it is full', () => {
  const queue = new ReadOnlyQueue();
  for (let i = 0; i < PENDING_READS_MAX; i += 1) expect(queue.add(markIndex(1), request(`r${i}`), SELF)).toBe(true);
  expect(queue.add(markIndex(1), request('one more'), SELF)).toBe(false);
  queue.clear();
  expect(queue.add(markIndex(1), request('one more'), SELF)).toBe(true);
});
