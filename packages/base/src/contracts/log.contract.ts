import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {AssertionError} from '../assert.js';
import {toGroupId, toLogIndex, toTerm} from '../ids.js';
import type {GroupId} from '../ids.js';
import type {LogEntry, LogGroupState, LogPort, LogWrite} from '../log-port.js';
import {LogError} from '../log-port.js';

/** One place where logs can be opened again and again, as a directory is. */
export interface LogHarness {
  /** Opens the place. The log opened before must be closed, or crashed. */
  open(): Promise<LogPort>;
  /** Stops the log without any orderly end, as a power cut does, and opens the place again. */
  crash(log: LogPort): Promise<LogPort>;
  /** Frees the place. Every log was closed before. */
  dispose(): Promise<void>;
}

const A = toGroupId(16);
const B = toGroupId(17);
const C = toGroupId(2 ** 40 + 5);
const DESCRIPTOR = Uint8Array.of(1, 2, 3);
const ALL_BYTES = 2 ** 40;

/** The suite that every Log port must pass. `makeHarness` gives a fresh, empty place for each test. */
export function describeLogContract(name: string, makeHarness: () => Promise<LogHarness>): void {
  describe(`log contract: ${name}`, () => {
    let harness: LogHarness;
    let log: LogPort;
    beforeEach(async () => {
      harness = await makeHarness();
      log = await harness.open();
    });
    afterEach(async () => {
      await log.close();
      await harness.dispose();
    });
    const reopen = async (): Promise<void> => {
      await log.close();
      log = await harness.open();
    };
    const crash = async (): Promise<void> => {
      log = await harness.crash(log);
    };
    /** Checks before and after opening again: memory and files must tell the same. */
    const checkTwice = async (check: () => void): Promise<void> => {
      check();
      await reopen();
      check();
    };

    describe('state', () => {
      test('a new log has no groups', () => {
        expect(log.groups()).toEqual([]);
        expect(log.group(A)).toBeUndefined();
        expect(log.term(A, toLogIndex(0))).toBeUndefined();
        expect(log.groupBytes(A)).toBe(0);
      });
      test('a descriptor alone makes a group, empty before index 1', async () => {
        await append(log, [{group: A, descriptor: DESCRIPTOR}]);
        await checkTwice(() => {
          expect(log.group(A)).toEqual(state({group: A}));
          expect(log.term(A, toLogIndex(0))).toBe(0);
          expect(log.term(A, toLogIndex(1))).toBeUndefined();
        });
      });
      test('the first write of a group must carry its descriptor', () => {
        expect(() => log.append([{group: A, entries: entries(1, 1, 1)}], ignore)).toThrow(AssertionError);
        expect(log.group(A)).toBeUndefined();
      });
      test('hard state and descriptor: the latest wins', async () => {
        await append(log, [{group: A, descriptor: DESCRIPTOR, hardState: hardState(1, 2, 0)}]);
        await append(log, [{group: A, hardState: hardState(2 ** 40, 2 ** 41, 7)}]);
        await append(log, [{group: A, descriptor: Uint8Array.of(9)}]);
        await checkTwice(() => {
          expect(log.group(A)).toEqual(state({group: A, descriptor: Uint8Array.of(9), hardState: hardState(2 ** 40, 2 ** 41, 7)}));
        });
      });
      test('a descriptor is copied: the caller may use its bytes again', async () => {
        const bytes = Uint8Array.of(5, 5);
        await append(log, [{group: A, descriptor: bytes}]);
        bytes.fill(0);
        await checkTwice(() => {
          expect(log.group(A)?.descriptor).toEqual(Uint8Array.of(5, 5));
        });
      });
      test('groups come in ascending order whatever the order they were made in', async () => {
        await append(log, [{group: C, descriptor: DESCRIPTOR}, {group: A, descriptor: DESCRIPTOR}, {group: B, descriptor: DESCRIPTOR}]);
        await checkTwice(() => {
          expect(log.groups().map((one) => one.group)).toEqual([A, B, C]);
        });
      });
    });

    describe('entries', () => {
      test('what was appended is read back, before it is durable and after opening again', async () => {
        const made: LogEntry[] = [entry(1, 1, 'x'), {...entry(2, 1, ''), kind: 1}, {...entry(3, 4, 'long '.repeat(5_00)), kind: 2}];
        const durable = append(log, [{group: A, descriptor: DESCRIPTOR, entries: made, hardState: hardState(4, 1, 2)}]);
        expect(readAll(log, A)).toEqual(made);
        await durable;
        await checkTwice(() => {
          expect(log.group(A)).toEqual(state({group: A, lastIndex: 3, hardState: hardState(4, 1, 2)}));
          expect(readAll(log, A)).toEqual(made);
          expect([0, 1, 2, 3, 4].map((index) => log.term(A, toLogIndex(index)))).toEqual([0, 1, 1, 4, undefined]);
          expect(log.groupBytes(A)).toBe(1 + 0 + 2_500);
        });
      });
      test('many groups appended in one turn share one sync', async () => {
        await append(log, Array.from({length: 50}, (_, i) => ({group: toGroupId(100 + i), descriptor: DESCRIPTOR})));
        const before = log.counts();
        await Promise.all(Array.from({length: 50}, (_, i) => append(log, [{group: toGroupId(100 + i), entries: entries(1, 5, 1)}])));
        const after = log.counts();
        expect(after.syncs - before.syncs).toBe(1);
        expect(after.appends - before.appends).toBe(50);
        expect(after.bytes).toBeGreaterThan(before.bytes);
        await checkTwice(() => {
          expect(log.groups().map((one) => one.lastIndex)).toEqual(Array.from({length: 50}, () => 5));
        });
      });
      test('entries at an index already held replace it and all after it', async () => {
        await append(log, [{group: A, descriptor: DESCRIPTOR, entries: entries(1, 10, 1)}]);
        await append(log, [{group: A, entries: entries(4, 2, 2)}]);
        await checkTwice(() => {
          expect(log.group(A)).toEqual(state({group: A, lastIndex: 5}));
          expect(readAll(log, A)).toEqual([...entries(1, 3, 1), ...entries(4, 2, 2)]);
        });
        await append(log, [{group: A, entries: entries(1, 1, 3)}]);
        await checkTwice(() => {
          expect(readAll(log, A)).toEqual(entries(1, 1, 3));
          expect(log.groupBytes(A)).toBe(entry(1, 3).data.length);
        });
      });
      test('a hole is refused at once, and nothing of the append is taken', async () => {
        await append(log, [{group: A, descriptor: DESCRIPTOR, entries: entries(1, 2, 1)}]);
        const writes: LogWrite[] = [{group: B, descriptor: DESCRIPTOR}, {group: A, entries: entries(4, 1, 1)}];
        expect(() => log.append(writes, ignore)).toThrow(AssertionError);
        expect(() => log.append([{group: A, entries: [entry(3, 1), entry(5, 1)]}], ignore)).toThrow(AssertionError);
        await checkTwice(() => {
          expect(log.group(B)).toBeUndefined();
          expect(log.group(A)?.lastIndex).toBe(2);
        });
      });
      test('a group may be named twice in one append', async () => {
        await append(log, [{group: A, descriptor: DESCRIPTOR, entries: entries(1, 2, 1)}, {group: A, entries: entries(3, 1, 2)}]);
        await checkTwice(() => {
          expect(log.group(A)?.lastIndex).toBe(3);
        });
      });
      test('a read stops before its size is exceeded, but gives at least one entry', async () => {
        const made = Array.from({length: 5}, (_, i) => entry(i + 1, 1, 'x'.repeat(100)));
        await append(log, [{group: A, descriptor: DESCRIPTOR, entries: made}]);
        await checkTwice(() => {
          expect(readAll(log, A, 0)).toEqual(made.slice(0, 1));
          expect(readAll(log, A, 199)).toEqual(made.slice(0, 1));
          expect(readAll(log, A, 200)).toEqual(made.slice(0, 2));
          expect(readAll(log, A, 10_000)).toEqual(made);
          expect(log.entries(A, toLogIndex(3), toLogIndex(3), 100)).toEqual([]);
          expect(log.entries(A, toLogIndex(2), toLogIndex(4), 1_000)).toEqual(made.slice(1, 3));
        });
      });
      test('a read outside the log is refused', async () => {
        await append(log, [{group: A, descriptor: DESCRIPTOR, entries: entries(1, 4, 1)}]);
        log.truncatePrefix(A, toLogIndex(2));
        expect(() => log.entries(A, toLogIndex(2), toLogIndex(4), 100)).toThrow(AssertionError);
        expect(() => log.entries(A, toLogIndex(3), toLogIndex(6), 100)).toThrow(AssertionError);
        expect(() => log.entries(B, toLogIndex(1), toLogIndex(1), 100)).toThrow(AssertionError);
      });
    });

    describe('forgetting', () => {
      test('a forgotten prefix keeps the term before it', async () => {
        await append(log, [{group: A, descriptor: DESCRIPTOR, entries: [...entries(1, 3, 1), ...entries(4, 3, 2)]}]);
        log.truncatePrefix(A, toLogIndex(4));
        await checkTwice(() => {
          expect(log.group(A)).toEqual(state({group: A, firstIndex: 5, lastIndex: 6, termBeforeFirst: 2}));
          expect([3, 4, 5].map((index) => log.term(A, toLogIndex(index)))).toEqual([undefined, 2, 2]);
          expect(readAll(log, A)).toEqual(entries(5, 2, 2));
        });
      });
      test('forgetting everything leaves the next index where it was', async () => {
        await append(log, [{group: A, descriptor: DESCRIPTOR, entries: entries(1, 3, 7)}]);
        log.truncatePrefix(A, toLogIndex(3));
        log.truncatePrefix(A, toLogIndex(2));
        await checkTwice(() => {
          expect(log.group(A)).toEqual(state({group: A, firstIndex: 4, lastIndex: 3, termBeforeFirst: 7}));
          expect(log.groupBytes(A)).toBe(0);
        });
        expect(() => log.truncatePrefix(A, toLogIndex(4))).toThrow(AssertionError);
        expect(() => log.append([{group: A, entries: entries(3, 1, 8)}], ignore)).toThrow(AssertionError);
        await append(log, [{group: A, entries: entries(4, 1, 8)}]);
        await checkTwice(() => {
          expect(readAll(log, A)).toEqual(entries(4, 1, 8));
        });
      });
      test('a snapshot drops every entry and sets the next index, forward and back', async () => {
        await append(log, [{group: A, descriptor: DESCRIPTOR, entries: entries(1, 5, 1)}]);
        await append(log, [{group: A, snapshot: {index: toLogIndex(100), term: toTerm(9)}, entries: entries(101, 2, 9), hardState: hardState(9, 0, 100)}]);
        await checkTwice(() => {
          expect(log.group(A)).toEqual(state({group: A, firstIndex: 101, lastIndex: 102, termBeforeFirst: 9, hardState: hardState(9, 0, 100)}));
          expect(readAll(log, A)).toEqual(entries(101, 2, 9));
        });
        await append(log, [{group: A, snapshot: {index: toLogIndex(3), term: toTerm(1)}}]);
        await checkTwice(() => {
          expect(log.group(A)).toEqual(state({group: A, firstIndex: 4, lastIndex: 3, termBeforeFirst: 1, hardState: hardState(9, 0, 100)}));
        });
      });
      test('a removed group is gone and stays gone', async () => {
        await append(log, [{group: A, descriptor: DESCRIPTOR, entries: entries(1, 5, 1)}, {group: B, descriptor: DESCRIPTOR, entries: entries(1, 1, 1)}]);
        log.removeGroup(A);
        log.removeGroup(A);
        log.removeGroup(C);
        log.truncatePrefix(A, toLogIndex(3));
        expect(log.group(A)).toBeUndefined();
        expect(() => log.append([{group: A, hardState: hardState(2, 0, 0)}], ignore)).toThrow(AssertionError);
        await append(log, [{group: B, entries: entries(2, 1, 1)}]);
        await crash();
        await checkTwice(() => {
          expect(log.groups().map((one) => one.group)).toEqual([B]);
        });
      });
      test('a group made again after its removal begins anew', async () => {
        await append(log, [{group: A, descriptor: DESCRIPTOR, entries: entries(1, 5, 1), hardState: hardState(5, 5, 5)}]);
        log.removeGroup(A);
        await append(log, [{group: A, descriptor: Uint8Array.of(7), entries: entries(1, 2, 8)}]);
        await checkTwice(() => {
          expect(log.group(A)).toEqual(state({group: A, descriptor: Uint8Array.of(7), lastIndex: 2}));
          expect(readAll(log, A)).toEqual(entries(1, 2, 8));
        });
      });
    });

    describe('durability', () => {
      test('callbacks come in call order, once each, and never during the call', async () => {
        const order: number[] = [];
        const all: Promise<void>[] = [];
        const first = append(log, [{group: A, descriptor: DESCRIPTOR}]);
        for (let i = 1; i <= 20; i += 1) {
          all.push(new Promise((resolve) => {
            log.append([{group: A, entries: entries(i, 1, 1)}], (error) => {
              expect(error).toBeUndefined();
              order.push(i);
              resolve();
            });
          }));
          if (i % 7 === 0) await first;
        }
        await Promise.all(all);
        expect(order).toEqual(Array.from({length: 20}, (_, i) => i + 1));
      });
      test('an append with nothing in it is answered in its turn', async () => {
        const order: string[] = [];
        const one = append(log, [{group: A, descriptor: DESCRIPTOR}]).then(() => order.push('one'));
        const two = append(log, []).then(() => order.push('two'));
        await Promise.all([one, two]);
        expect(order).toEqual(['one', 'two']);
        await append(log, []);
      });
      test('what was acknowledged survives a crash', async () => {
        await append(log, [{group: A, descriptor: DESCRIPTOR, entries: entries(1, 3, 1), hardState: hardState(1, 1, 1)}]);
        await append(log, [{group: A, entries: entries(3, 3, 2), hardState: hardState(2, 3, 2)}, {group: B, descriptor: DESCRIPTOR}]);
        await crash();
        await checkTwice(() => {
          expect(log.groups()).toEqual([state({group: A, lastIndex: 5, hardState: hardState(2, 3, 2)}), state({group: B})]);
          expect(readAll(log, A)).toEqual([...entries(1, 2, 1), ...entries(3, 3, 2)]);
        });
      });
      test('a crash before the sync keeps each append whole or not at all, and none before an earlier one', async () => {
        await append(log, [{group: A, descriptor: DESCRIPTOR, hardState: hardState(1, 0, 0)}]);
        log.append([{group: A, entries: entries(1, 3, 2), hardState: hardState(2, 0, 3)}], ignore);
        log.append([{group: A, entries: entries(4, 3, 3), hardState: hardState(3, 0, 6)}], ignore);
        await crash();
        const found = log.group(A) as LogGroupState;
        expect([0, 3, 6]).toContain(found.lastIndex);
        expect(found.hardState?.commit).toBe(found.lastIndex);
        expect(readAll(log, A).length).toBe(found.lastIndex);
      });
      test('closing waits for what is queued; afterwards appends are refused', async () => {
        let isDone = false;
        log.append([{group: A, descriptor: DESCRIPTOR, entries: entries(1, 2, 1)}], (error) => {
          isDone = error === undefined;
        });
        const closed = log;
        await closed.close();
        expect(isDone).toBe(true);
        const refusal = await new Promise<LogError | undefined>((resolve) => {
          closed.append([{group: A, entries: entries(3, 1, 1)}], resolve);
        });
        expect(refusal).toBeInstanceOf(LogError);
        expect(refusal?.failure.code).toBe('Closed');
        log = await harness.open();
        expect(readAll(log, A)).toEqual(entries(1, 2, 1));
      });
    });
  });
}

function ignore(): void {
  // Some tests end before the answer comes, or expect none.
}
/** Appends and waits until it is durable. */
function append(log: LogPort, writes: readonly LogWrite[]): Promise<void> {
  return new Promise((resolve, reject) => {
    log.append(writes, (error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}
function readAll(log: LogPort, group: GroupId, sizeBytesMax = ALL_BYTES): readonly LogEntry[] {
  const bounds = log.group(group) as LogGroupState;
  return log.entries(group, bounds.firstIndex, toLogIndex(bounds.lastIndex + 1), sizeBytesMax);
}
function entry(index: number, term: number, text = `entry ${index} of term ${term}`): LogEntry {
  return {index: toLogIndex(index), term: toTerm(term), kind: 0, data: new TextEncoder().encode(text)};
}
function entries(first: number, count: number, term: number): readonly LogEntry[] {
  return Array.from({length: count}, (_, i) => entry(first + i, term));
}
function hardState(term: number, vote: number, commit: number): NonNullable<LogGroupState['hardState']> {
  return {term: toTerm(term), vote, commit: toLogIndex(commit)};
}
function state(
  given: {group: GroupId; descriptor?: Uint8Array; hardState?: LogGroupState['hardState']; firstIndex?: number; lastIndex?: number; termBeforeFirst?: number},
): LogGroupState {
  return {
    group: given.group,
    descriptor: given.descriptor ?? DESCRIPTOR,
    hardState: given.hardState,
    firstIndex: toLogIndex(given.firstIndex ?? 1),
    lastIndex: toLogIndex(given.lastIndex ?? 0),
    termBeforeFirst: toTerm(given.termBeforeFirst ?? 0),
  };
}
