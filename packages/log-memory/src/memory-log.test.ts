import {describe, expect, test} from '@jest/globals';
import {toGroupId, toLogIndex, toTerm} from '@murmuration/base';
import type {LogEntry, LogError} from '@murmuration/base';
import {describeLogContract} from '@murmuration/base/contracts';
import {ManualTime} from '@murmuration/base/testing';
import {createMemoryLog} from './memory-log.js';
import type {MemoryLog} from './memory-log.js';

describeLogContract('log-memory', async () => {
  let latest: MemoryLog | undefined;
  return {
    open: async () => (latest = latest === undefined ? createMemoryLog() : latest.reopen()),
    crash: async (log) => {
      expect(log).toBe(latest);
      return (latest = (latest as MemoryLog).crash());
    },
    dispose: async () => undefined,
  };
});

const A = toGroupId(16);
const DESCRIPTOR = Uint8Array.of(1);
function entry(index: number): LogEntry {
  return {index: toLogIndex(index), term: toTerm(1), kind: 0, data: Uint8Array.of(index)};
}

describe('memory log under manual time', () => {
  test('a sync takes the time it was given', () => {
    const time = new ManualTime();
    const log = createMemoryLog({syncDelayMs: 5}, {timers: time});
    const answers: (LogError | undefined)[] = [];
    log.append([{group: A, descriptor: DESCRIPTOR}], (error) => answers.push(error));
    time.advance(4);
    expect(answers).toEqual([]);
    time.advance(1);
    expect(answers).toEqual([undefined]);
  });
  test('held syncs answer nothing, and a crash then keeps only what was durable before', () => {
    const time = new ManualTime();
    const log = createMemoryLog({}, {timers: time});
    const answers: string[] = [];
    log.append([{group: A, descriptor: DESCRIPTOR, entries: [entry(1)]}], () => answers.push('first'));
    time.advance(0);
    log.holdSyncs();
    log.append([{group: A, entries: [entry(2)]}], () => answers.push('second'));
    time.advance(100);
    expect(answers).toEqual(['first']);
    expect(log.group(A)?.lastIndex).toBe(2);
    expect(log.crash(1).group(A)?.lastIndex).toBe(2);
    expect(log.crash(0).group(A)?.lastIndex).toBe(1);
    expect(log.crash(1).group(A)?.lastIndex).toBe(2);
    log.releaseSyncs();
    time.advance(100);
    expect(answers).toEqual(['first']);
  });
  test('released one by one, syncs come with what collected meanwhile', () => {
    const time = new ManualTime();
    const log = createMemoryLog({}, {timers: time});
    const answers: number[] = [];
    log.holdSyncs();
    log.append([{group: A, descriptor: DESCRIPTOR}], () => answers.push(0));
    time.advance(0);
    for (let i = 1; i <= 3; i += 1) log.append([{group: A, entries: [entry(i)]}], () => answers.push(i));
    log.releaseOneSync();
    time.advance(0);
    expect(answers).toEqual([0]);
    log.releaseOneSync();
    time.advance(0);
    expect(answers).toEqual([0, 1, 2, 3]);
    expect(log.counts().syncs).toBe(2);
  });
  test('poisoned, it answers every later append with the error and keeps nothing more', () => {
    const time = new ManualTime();
    const log = createMemoryLog({}, {timers: time});
    const codes: (string | undefined)[] = [];
    log.append([{group: A, descriptor: DESCRIPTOR}], (error) => codes.push(error?.failure.code));
    time.advance(0);
    log.append([{group: A, entries: [entry(1)]}], (error) => codes.push(error?.failure.code));
    log.poison('a test');
    log.append([{group: A, entries: [entry(2)]}], (error) => codes.push(error?.failure.code));
    time.advance(0);
    expect(codes).toEqual([undefined, 'Poisoned', 'Poisoned']);
    expect(log.crash().group(A)?.lastIndex).toBe(0);
  });
  test('a refused append leaves no trace, and what builds on it is refused likewise', () => {
    const time = new ManualTime();
    const log = createMemoryLog({}, {timers: time});
    const codes: (string | undefined)[] = [];
    const note = (error: LogError | undefined): void => {
      codes.push(error?.failure.code);
    };
    log.append([{group: A, descriptor: DESCRIPTOR}], note);
    log.refuseNext({code: 'DiskFull', freeBytes: 0});
    log.append([{group: A, entries: [entry(1)]}], note);
    log.append([{group: A, entries: [entry(2)]}], note);
    log.append([{group: A, entries: [entry(1)]}], note);
    time.advance(0);
    expect(codes).toEqual([undefined, 'DiskFull', 'DiskFull', undefined]);
    expect(log.group(A)?.lastIndex).toBe(1);
  });
  test('the queue is bounded', () => {
    const time = new ManualTime();
    const log = createMemoryLog({queueBytesMax: 100}, {timers: time});
    const codes: (string | undefined)[] = [];
    log.append([{group: A, descriptor: DESCRIPTOR}], (error) => codes.push(error?.failure.code));
    log.append([{group: A, entries: [entry(1)]}], (error) => codes.push(error?.failure.code));
    time.advance(0);
    expect(codes).toEqual([undefined, 'Overloaded']);
  });
});
