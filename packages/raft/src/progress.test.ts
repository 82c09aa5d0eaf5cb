import type {ReplicaId} from '@murmuration/base';

import {Inflights} from './inflights.js';
import {markIndex} from './marks.js';
import {Progress} from './progress.js';

function progress(match: number, next: number, messagesMax = 8): Progress {
  return new Progress(2 as ReplicaId, markIndex(match), markIndex(next), false, new Inflights(messagesMax, 0));
}

test('a probe is one message, and an acknowledgement lets the next one go', () => {
  const peer = progress(1, 5);
  peer.sentEntries(2, 20);
  expect([peer.isPaused, peer.next]).toEqual([true, 5]);
  expect(peer.acknowledge(markIndex(6))).toBe(true);
  expect([peer.isPaused, peer.match, peer.next]).toEqual([false, 6, 7]);
});

test('an old acknowledgement changes nothing', () => {
  const peer = progress(5, 9);
  expect(peer.acknowledge(markIndex(5))).toBe(false);
  expect([peer.match, peer.next]).toEqual([5, 9]);
});

test('a stream pauses when the window is full', () => {
  const peer = progress(3, 4, 2);
  peer.becomeReplicate();
  peer.sentEntries(1, 10);
  expect(peer.isPaused).toBe(false);
  peer.sentEntries(3, 10);
  expect([peer.isPaused, peer.next, peer.inflights.count]).toEqual([true, 8, 2]);
});

test('a refused stream goes back to what is known, unless the refusal is old', () => {
  const peer = progress(3, 4);
  peer.becomeReplicate();
  peer.sentEntries(4, 10);
  expect(peer.reject(markIndex(3), markIndex(9))).toBe(false);
  expect(peer.reject(markIndex(6), markIndex(5))).toBe(true);
  expect(peer.next).toBe(4);
});

test('a refused probe goes back to the hint, never to or below what is known', () => {
  const peer = progress(2, 10);
  expect(peer.reject(markIndex(8), markIndex(4))).toBe(false);
  expect(peer.reject(markIndex(9), markIndex(5))).toBe(true);
  expect(peer.next).toBe(6);
  expect(peer.reject(markIndex(5), markIndex(0))).toBe(true);
  expect(peer.next).toBe(3);
});

test('a delivered snapshot moves the probe behind it, a failed one does not', () => {
  const sent = progress(1, 2);
  sent.becomeSnapshot(markIndex(20));
  expect([sent.isPaused, sent.pendingSnapshot, sent.next]).toEqual([true, 20, 21]);
  sent.becomeProbe();
  expect(sent.next).toBe(21);
  const failed = progress(1, 2);
  failed.becomeSnapshot(markIndex(20));
  failed.pendingSnapshot = markIndex(0);
  failed.becomeProbe();
  expect(failed.next).toBe(2);
});

test('a commit index is worth telling until one that covers all that was sent has been told', () => {
  const peer = progress(3, 4);
  peer.becomeReplicate();
  peer.sentEntries(2, 10);
  expect(peer.canBumpCommit(markIndex(4))).toBe(true);
  peer.sentCommit(markIndex(4));
  expect(peer.canBumpCommit(markIndex(4))).toBe(false);
  expect(peer.canBumpCommit(markIndex(5))).toBe(true);
  peer.sentCommit(markIndex(5));
  expect(peer.canBumpCommit(markIndex(9))).toBe(false);
});
