// What the log does when the disk misbehaves: torn tails, rotten bits, stale bytes in used files, errors, no room.
import {describe, expect, test} from '@jest/globals';
import {LogError, SeededRandom, equalBytes, nullMetrics, toGroupId, toLogIndex, toTerm} from '@murmuration/base';
import type {GroupId, LogEntry, LogGroupState, LogPort, LogWrite} from '@murmuration/base';
import {ManualTime, RecordingEvents} from '@murmuration/base/testing';
import {SEGMENT_HEADER_BYTES} from './format.js';
import {openFileLog} from './open-file-log.js';
import type {FileLogOptions} from './options.js';
import {FaultyFileSystem} from './testing/faulty-file-system.js';

const A = toGroupId(16);
const B = toGroupId(17);
const DESCRIPTOR = Uint8Array.of(1, 2, 3);
/** `MURMUR_CUT_BYTES=65536 npx jest packages/log-file/src/faults` tries every length of the last 64 KiB. */
const CUT_BYTES = Number(process.env['MURMUR_CUT_BYTES'] ?? 4_096);
/** Files just large enough: each length opens a copy of all of them. */
const CUT_OPTIONS = {segmentSizeBytes: CUT_BYTES + 16 * 1_024, segmentCountSpare: 0};
const FIRST_SEGMENT = 'log-0000000000000001.segment';
const SECOND_SEGMENT = 'log-0000000000000002.segment';

async function open(fileSystem: FaultyFileSystem, options: Partial<FileLogOptions> = {}, events = new RecordingEvents()): Promise<LogPort> {
  const all = {directory: 'memory', segmentSizeBytes: 32 * 1024, segmentCountSpare: 1, freeBytesMin: 0, entryCacheBytesMax: 0, ...options};
  return openFileLog(all, {clock: new ManualTime(), events, metrics: nullMetrics, fileSystem, drawLogId: () => new Uint8Array(16).fill(9)});
}
function append(log: LogPort, writes: readonly LogWrite[]): Promise<LogError | undefined> {
  return new Promise((resolve) => log.append(writes, resolve));
}
function entry(index: number, sizeBytes = 20, term = 1): LogEntry {
  return {index: toLogIndex(index), term: toTerm(term), kind: 0, data: new Uint8Array(sizeBytes).fill(index)};
}
function lastIndex(log: LogPort, group: GroupId = A): number {
  return log.group(group)?.lastIndex ?? -1;
}
function readAll(log: LogPort, group: GroupId = A): readonly LogEntry[] {
  const bounds = log.group(group) as LogGroupState;
  return log.entries(group, bounds.firstIndex, toLogIndex(bounds.lastIndex + 1), 2 ** 40);
}
/** A log with `count` entries, each in a batch of its own, left without closing. @returns where each batch began */
async function written(fileSystem: FaultyFileSystem, count: number, sizeBytes = 20, options: Partial<FileLogOptions> = {}): Promise<number[]> {
  const log = await open(fileSystem, options);
  const starts: number[] = [];
  let at = SEGMENT_HEADER_BYTES;
  for (let i = 1; i <= count; i += 1) {
    const before = log.counts().bytes;
    expect(await append(log, [i === 1 ? {group: A, descriptor: DESCRIPTOR, entries: [entry(i, sizeBytes)]} : {group: A, entries: [entry(i, sizeBytes)]}])).toBeUndefined();
    starts.push(at);
    at += log.counts().bytes - before;
  }
  starts.push(at);
  return starts;
}
async function failureOf(opening: Promise<LogPort>): Promise<LogError['failure'] | undefined> {
  try {
    await (await opening).close();
    return undefined;
  } catch (error) {
    if (error instanceof LogError) return error.failure;
    throw error;
  }
}

describe('torn tail', () => {
  test(`cut anywhere in its last ${CUT_BYTES / 1024} KiB, the file gives back every batch before the cut, takes more, and keeps it over a power cut`, async () => {
    const original = new FaultyFileSystem();
    const starts = await written(original, CUT_BYTES / 1_024 + 2, 700, CUT_OPTIONS);
    const end = starts.at(-1) as number;
    const ends = starts.slice(1);
    for (let sizeBytes = end; sizeBytes >= end - CUT_BYTES; sizeBytes -= 1) {
      const fileSystem = original.copy();
      fileSystem.truncate(FIRST_SEGMENT, sizeBytes);
      const log = await open(fileSystem, CUT_OPTIONS);
      // The padding of a batch carries nothing, so a cut in it loses nothing.
      const whole = ends.filter((_, i) => (starts[i] as number) + 64 + (i === 0 ? 43 : 0) + 740 <= sizeBytes).length;
      const isSame = readAll(log).every((one, i) => one.index === i + 1 && equalBytes(one.data, entry(i + 1, 700).data));
      if (lastIndex(log) !== whole || !isSame) expect({sizeBytes, lastIndex: lastIndex(log), isSame}).toEqual({sizeBytes, lastIndex: whole, isSame: true});
      if (sizeBytes % 16 !== 0) {
        await log.close();
        continue;
      }
      expect(await append(log, [{group: A, entries: [entry(whole + 1, 700, 2)]}])).toBeUndefined();
      const again = await open(fileSystem.crash(new SeededRandom(sizeBytes)), CUT_OPTIONS);
      expect(lastIndex(again)).toBe(whole + 1);
      expect(await append(again, [{group: A, entries: [entry(whole + 2, 700, 2)]}])).toBeUndefined();
      await again.close();
    }
  }, 30_000 + CUT_BYTES * 20);
  test('each bit of the last batch flipped: the batch is cut off, the ones before stay, and the log goes on', async () => {
    const original = new FaultyFileSystem();
    const starts = await written(original, 3);
    const [from, until] = [starts[2] as number, (starts[2] as number) + 64 + 60];
    for (let bit = from * 8; bit < until * 8; bit += 1) {
      const fileSystem = original.copy();
      fileSystem.corrupt(FIRST_SEGMENT, (bytes) => flip(bytes, bit));
      const events = new RecordingEvents();
      const log = await open(fileSystem, {}, events);
      expect({bit, lastIndex: lastIndex(log)}).toEqual({bit, lastIndex: 2});
      expect(events.named('log/tail-cut')).toHaveLength(1);
      expect(fileSystem.bytes(FIRST_SEGMENT)).toHaveLength(from);
      await log.close();
    }
  });
  test('the cut is on disk before anything is appended, and nothing is appended behind garbage', async () => {
    const fileSystem = new FaultyFileSystem();
    const starts = await written(fileSystem, 3);
    fileSystem.corrupt(FIRST_SEGMENT, (bytes) => bytes.fill(0xee, starts[2]));
    const log = await open(fileSystem);
    expect(await append(log, [{group: A, entries: [entry(3)]}])).toBeUndefined();
    expect(fileSystem.bytes(FIRST_SEGMENT)).toHaveLength(starts[2] as number);
    await log.close();
    const again = await open(fileSystem);
    expect(readAll(again)).toEqual([entry(1), entry(2), entry(3)]);
    await again.close();
  });
  test('an orderly end leaves nothing to cut', async () => {
    const fileSystem = new FaultyFileSystem();
    const first = await open(fileSystem);
    await append(first, [{group: A, descriptor: DESCRIPTOR, entries: [entry(1)]}]);
    await first.close();
    const events = new RecordingEvents();
    const log = await open(fileSystem, {}, events);
    expect(events.named('log/tail-cut')).toEqual([]);
    expect(events.named('log/recovered')).toEqual([expect.objectContaining({groupCount: 1, segmentCount: 1, batchCount: 2, recordCount: 2})]);
    await log.close();
  });
});

describe('corruption', () => {
  test('each bit of a batch that another follows flipped: its group is unusable, and a batch without damaged records harms nobody', async () => {
    const original = new FaultyFileSystem();
    const starts = await written(original, 3);
    const [from, until] = [starts[1] as number, (starts[1] as number) + 64 + 60];
    for (let bit = from * 8; bit < until * 8; bit += 1) {
      const fileSystem = original.copy();
      fileSystem.corrupt(FIRST_SEGMENT, (bytes) => flip(bytes, bit));
      const events = new RecordingEvents();
      const log = await open(fileSystem, {}, events);
      const isInHeader = bit < (from + 64) * 8;
      expect({bit, groups: log.groups().map((one) => one.group), unusable: log.unusable().map((one) => one.group)}).toEqual(
        isInHeader ? {bit, groups: [A], unusable: []} : {bit, groups: [], unusable: [A]},
      );
      expect(events.named('log/damaged')).toEqual([expect.objectContaining({file: FIRST_SEGMENT, offsetBytes: from, groups: isInHeader ? [] : [A]})]);
      await log.close();
    }
  });
  test('after an orderly end the last batch, too, is known to have been durable', async () => {
    const fileSystem = new FaultyFileSystem();
    const log = await open(fileSystem);
    await append(log, [{group: A, descriptor: DESCRIPTOR, entries: [entry(1)]}]);
    await log.close();
    fileSystem.corrupt(FIRST_SEGMENT, (bytes) => flip(bytes, (SEGMENT_HEADER_BYTES + 70) * 8));
    const again = await open(fileSystem);
    expect(again.unusable()).toEqual([{group: A, reason: expect.stringContaining(FIRST_SEGMENT)}]);
    await again.close();
  });
  test('a damaged segment header is put together again; the end of a segment that another follows must be there', async () => {
    const original = new FaultyFileSystem();
    await written(original, 50, 1_000);
    expect(original.list()).toContain(SECOND_SEGMENT);
    for (const name of [FIRST_SEGMENT, SECOND_SEGMENT]) {
      for (const damage of [(bytes: Uint8Array): void => flip(bytes, 40 * 8), (bytes: Uint8Array): unknown => bytes.fill(0xaa, 0, 512)]) {
        const header = original.copy();
        header.corrupt(name, damage);
        const log = await open(header);
        expect([lastIndex(log), log.unusable()]).toEqual([50, []]);
        await log.close();
      }
    }
    const lastBatchOfFirst = original.copy();
    lastBatchOfFirst.truncate(FIRST_SEGMENT, 20_000);
    expect(await failureOf(open(lastBatchOfFirst))).toEqual(expect.objectContaining({code: 'Corrupt', file: FIRST_SEGMENT}));
    const missing = original.copy();
    missing.remove(FIRST_SEGMENT);
    const afterFirst = await open(missing);
    // Its descriptor stood in the file that is gone.
    expect(afterFirst.unusable().map((one) => one.group)).toEqual([A]);
    await afterFirst.close();
  });
  test('a segment of another log is refused', async () => {
    const one = new FaultyFileSystem();
    await written(one, 50, 1_000);
    const other = new FaultyFileSystem();
    const log = await openFileLog(
      {directory: 'memory', segmentSizeBytes: 32 * 1024, freeBytesMin: 0},
      {clock: new ManualTime(), events: new RecordingEvents(), metrics: nullMetrics, fileSystem: other, drawLogId: () => new Uint8Array(16).fill(1)},
    );
    await log.close();
    one.corrupt(FIRST_SEGMENT, (bytes) => bytes.set(other.bytes(FIRST_SEGMENT)));
    expect(await failureOf(open(one))).toEqual(expect.objectContaining({code: 'Corrupt'}));
  });
  test('an entry that rots after it was written is refused when it is read', async () => {
    const fileSystem = new FaultyFileSystem();
    const log = await open(fileSystem);
    await append(log, [{group: A, descriptor: DESCRIPTOR, entries: [entry(1), entry(2)]}]);
    fileSystem.corrupt(FIRST_SEGMENT, (bytes) => flip(bytes, (SEGMENT_HEADER_BYTES + 64 + 60 + 45) * 8));
    expect(log.entries(A, toLogIndex(1), toLogIndex(2), 100)).toEqual([entry(1)]);
    expect(() => readAll(log)).toThrow(LogError);
    await log.close();
  });
});

describe('reuse of segments', () => {
  test('files are used again, the log stays small, and stale records never come back', async () => {
    const fileSystem = new FaultyFileSystem();
    const events = new RecordingEvents();
    const log = await open(fileSystem, {}, events);
    await append(log, [{group: A, descriptor: DESCRIPTOR}]);
    for (let i = 1; i <= 400; i += 1) {
      await append(log, [{group: A, entries: [entry(i, 500)]}]);
      if (i > 5) log.truncatePrefix(A, toLogIndex(i - 5));
      if (i % 25 !== 0) continue;
      // What a power cut here would leave: the tail of a file used before is full of old batches, all with good checksums.
      const found = await open(fileSystem.copy());
      expect(lastIndex(found)).toBe(i);
      expect(readAll(found).slice(-5)).toEqual(Array.from({length: 5}, (_, k) => entry(i - 4 + k, 500)));
      await found.close();
    }
    expect(events.named('log/segment-recycled').filter((one) => one['reused'] === true).length).toBeGreaterThan(5);
    expect(events.named('log/segment-created').length).toBeLessThanOrEqual(5);
    expect(log.usage().segmentCount).toBeLessThanOrEqual(4);
    await log.close();
  });
  test('a segment pinned by little is copied forward and freed', async () => {
    const fileSystem = new FaultyFileSystem();
    const log = await open(fileSystem, {rewriteBytesMax: 2_000});
    await append(log, [
      {group: B, descriptor: Uint8Array.of(8), hardState: {term: toTerm(3), vote: 1, commit: toLogIndex(9)}, snapshot: {index: toLogIndex(9), term: toTerm(2)}, entries: [10, 11, 12].map((i) => entry(i, 1_500))},
      {group: A, descriptor: DESCRIPTOR},
    ]);
    const before = log.group(B);
    for (let i = 1; i <= 400; i += 1) {
      await append(log, [{group: A, entries: [entry(i, 500)]}]);
      log.truncatePrefix(A, toLogIndex(i));
    }
    expect(fileSystem.list()).not.toContain(FIRST_SEGMENT);
    expect(log.usage().segmentCount).toBeLessThanOrEqual(5);
    expect(log.group(B)).toEqual(before);
    expect(readAll(log, B)).toEqual([10, 11, 12].map((i) => entry(i, 1_500)));
    await log.close();
    const again = await open(fileSystem);
    expect(again.group(B)).toEqual(before);
    expect(readAll(again, B)).toEqual([10, 11, 12].map((i) => entry(i, 1_500)));
    expect(again.group(A)).toEqual(expect.objectContaining({firstIndex: 401, lastIndex: 400}));
    await again.close();
  });
  test('removing a group frees its segments without another append', async () => {
    const fileSystem = new FaultyFileSystem();
    const log = await open(fileSystem);
    await append(log, [{group: A, descriptor: DESCRIPTOR}, {group: B, descriptor: DESCRIPTOR}]);
    for (let i = 1; i <= 150; i += 1) await append(log, [{group: A, entries: [entry(i, 1_000)]}]);
    expect(log.usage().segmentCount).toBeGreaterThan(4);
    log.removeGroup(A);
    await append(log, []);
    for (let i = 1; i <= 40; i += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(log.usage().segmentCount).toBeLessThan(4);
    expect(log.groups().map((one) => one.group)).toEqual([B]);
    await log.close();
  });
});

describe('failing disk', () => {
  test.each(['write', 'datasync'] as const)('the first failing %s poisons the log: nothing is retried, nothing later is acknowledged', async (point) => {
    const fileSystem = new FaultyFileSystem();
    const events = new RecordingEvents();
    const log = await open(fileSystem, {}, events);
    await append(log, [{group: A, descriptor: DESCRIPTOR, entries: [entry(1)]}]);
    fileSystem.fail(point, 'EIO');
    const answers = Promise.all([append(log, [{group: A, entries: [entry(2)]}]), append(log, [{group: A, entries: [entry(3)]}])]);
    expect((await answers).map((error) => error?.failure.code)).toEqual(['Poisoned', 'Poisoned']);
    fileSystem.heal(point);
    const {syncCount, writeCount} = fileSystem;
    expect((await append(log, [{group: A, entries: [entry(4)]}]))?.failure).toEqual({code: 'Poisoned', reason: expect.stringContaining('EIO')});
    expect([fileSystem.syncCount, fileSystem.writeCount]).toEqual([syncCount, writeCount]);
    expect(events.named('log/poisoned')).toHaveLength(1);
    expect(log.entries(A, toLogIndex(1), toLogIndex(2), 100)).toEqual([entry(1)]);
    await log.close();
  });
  test('appends that wait behind the failing one get the error, in order', async () => {
    const fileSystem = new FaultyFileSystem(true);
    const opening = open(fileSystem);
    const log = await drive(fileSystem, opening);
    await drive(fileSystem, append(log, [{group: A, descriptor: DESCRIPTOR}]));
    const order: string[] = [];
    const all = [1, 2, 3].map(async (i) => {
      const one = append(log, [{group: A, entries: [entry(i)]}]);
      if (i === 1) fileSystem.fail('datasync', 'EIO');
      order.push(`${i} ${(await one)?.failure.code}`);
    });
    await drive(fileSystem, Promise.all(all));
    expect(order).toEqual(['1 Poisoned', '2 Poisoned', '3 Poisoned']);
  });
  test('a short write goes on where it stopped', async () => {
    const fileSystem = new FaultyFileSystem();
    const log = await open(fileSystem);
    await append(log, [{group: A, descriptor: DESCRIPTOR}]);
    fileSystem.shortWriteNext = true;
    expect(await append(log, [{group: A, entries: [entry(1, 5_000)]}])).toBeUndefined();
    await log.close();
    const again = await open(fileSystem);
    expect(readAll(again)).toEqual([entry(1, 5_000)]);
    await again.close();
  });
  test('a failure while making a file poisons the log', async () => {
    const fileSystem = new FaultyFileSystem();
    const log = await open(fileSystem, {segmentCountSpare: 0});
    await append(log, [{group: A, descriptor: DESCRIPTOR}]);
    fileSystem.fail('open', 'EIO');
    let refusal: LogError | undefined;
    for (let i = 1; i <= 100 && refusal === undefined; i += 1) refusal = await append(log, [{group: A, entries: [entry(i, 1_000)]}]);
    await log.close();
    expect(refusal?.failure.code).toBe('Poisoned');
  });
  test.each(['open', 'write', 'datasync', 'sync-directory'] as const)('a failure at %s while the first file is made ends the opening instead of holding it up', async (point) => {
    const fileSystem = new FaultyFileSystem();
    fileSystem.fail(point, 'EIO');
    await expect(open(fileSystem)).rejects.toThrow('EIO');
  });
});

describe('a process killed between write and sync', () => {
  test('what the next opening finds in the kernel’s cache is durable before anyone counts on it', async () => {
    const fileSystem = new FaultyFileSystem(true);
    const opened = async (on: FaultyFileSystem): Promise<LogPort> => {
      const opening = open(on);
      let isOver = false;
      opening.finally(() => (isOver = true)).catch(() => undefined);
      while (!isOver) {
        on.runOne();
        await new Promise((resolve) => setImmediate(resolve));
      }
      return opening;
    };
    const log = await opened(fileSystem);
    const writeCount = fileSystem.writeCount;
    log.append([{group: A, descriptor: DESCRIPTOR, entries: [entry(1)]}], () => undefined);
    // The batch is written, and its sync never comes: the process is gone, the machine is not.
    while (fileSystem.writeCount === writeCount || fileSystem.answerCount > 1) {
      fileSystem.runOne();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const found = lastIndex(await opened(fileSystem));
    expect(found).toBe(1);
    // Now the power goes as well. Whatever the opening showed must survive.
    for (let seed = 1; seed <= 20; seed += 1) {
      expect(lastIndex(await opened(fileSystem.crash(new SeededRandom(seed))))).toBe(found);
    }
  });
});

describe('full disk', () => {
  test('below the low-water mark there is no room for new work, but entries are still taken', async () => {
    const fileSystem = new FaultyFileSystem();
    fileSystem.free = 90_000;
    const events = new RecordingEvents();
    const log = await open(fileSystem, {freeBytesMin: 100_000}, events);
    expect(log.hasRoom()).toBe(false);
    expect(await append(log, [{group: A, descriptor: DESCRIPTOR, entries: [entry(1)]}])).toBeUndefined();
    expect(log.hasRoom()).toBe(false);
    fileSystem.free = 100_000;
    log.hasRoom();
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.hasRoom()).toBe(true);
    expect(events.named('log/disk-low')).toHaveLength(1);
    expect(events.named('log/disk-recovered')).toHaveLength(1);
    await log.close();
  });
  test('what others write to the disk is noticed without a byte of our own', async () => {
    const fileSystem = new FaultyFileSystem();
    const time = new ManualTime();
    const log = await openFileLog(
      {directory: 'memory', segmentSizeBytes: 32 * 1024, segmentCountSpare: 1, freeBytesMin: 100_000},
      {clock: time, events: new RecordingEvents(), metrics: nullMetrics, fileSystem, drawLogId: () => new Uint8Array(16).fill(9)},
    );
    expect(log.hasRoom()).toBe(true);
    fileSystem.free = 50_000;
    time.advance(300);
    log.hasRoom();
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.hasRoom()).toBe(false);
    await log.close();
  });
  test('deletes are let through below the low-water mark, until the lower one', async () => {
    const fileSystem = new FaultyFileSystem();
    const time = new ManualTime();
    const log = await openFileLog(
      {directory: 'memory', segmentSizeBytes: 16 * 1024, segmentCountSpare: 1, freeBytesMin: 100_000},
      {clock: time, events: new RecordingEvents(), metrics: nullMetrics, fileSystem, drawLogId: () => new Uint8Array(16).fill(9)},
    );
    const seen: unknown[] = [];
    for (const free of [200_000, 90_000, 40_000, 70_000, 100_000]) {
      fileSystem.free = free;
      time.advance(300);
      log.hasRoom();
      await new Promise((resolve) => setImmediate(resolve));
      seen.push([free, log.hasRoom(), log.hasRoom('reclaiming')]);
    }
    expect(seen).toEqual([[200_000, true, true], [90_000, false, true], [40_000, false, false], [70_000, false, true], [100_000, true, true]]);
    await log.close();
  });
  test('without room for files, entries are refused before the last one is full, the rest is taken, and room is noticed', async () => {
    const fileSystem = new FaultyFileSystem();
    const events = new RecordingEvents();
    const log = await open(fileSystem, {freeBytesMin: 100_000}, events);
    await append(log, [{group: A, descriptor: DESCRIPTOR}]);
    fileSystem.free = 40_000;
    let refusal: LogError | undefined;
    let taken = 0;
    for (let i = 1; i <= 100 && refusal === undefined; i += 1) {
      refusal = await append(log, [{group: A, entries: [entry(i, 1_000)]}]);
      if (refusal === undefined) taken = i;
    }
    expect(refusal?.failure).toEqual({code: 'DiskFull', freeBytes: 40_000});
    expect(lastIndex(log)).toBe(taken);
    // What builds on the refused entry is refused in the same way, it is no fault of the caller.
    expect((await append(log, [{group: A, entries: [entry(taken + 2)]}]))?.failure.code).toBe('DiskFull');
    expect(await append(log, [{group: A, hardState: {term: toTerm(2), vote: 0, commit: toLogIndex(1)}}])).toBeUndefined();
    fileSystem.free = 10_000_000;
    log.hasRoom();
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.hasRoom()).toBe(true);
    expect(await append(log, [{group: A, entries: [entry(taken + 1)]}])).toBeUndefined();
    expect(events.named('log/disk-low')).toHaveLength(1);
    expect(events.named('log/disk-recovered')).toHaveLength(1);
    await log.close();
    const again = await open(fileSystem);
    expect(lastIndex(again)).toBe(taken + 1);
    await again.close();
  });
  test('a log that is there opens with no room at all', async () => {
    const fileSystem = new FaultyFileSystem();
    await written(fileSystem, 3);
    fileSystem.free = 0;
    const log = await open(fileSystem, {freeBytesMin: 1_000});
    expect(lastIndex(log)).toBe(3);
    await log.close();
  });
  test('accepted appends wait for room and are done when there is some', async () => {
    const fileSystem = new FaultyFileSystem();
    const log = await open(fileSystem, {segmentCountSpare: 0, retryDelayMs: 1});
    await append(log, [{group: A, descriptor: DESCRIPTOR}]);
    // All of these are taken in one turn, before anybody looks at the disk.
    let answered = 0;
    const all = Array.from({length: 60}, async (_, i) => {
      const error = await append(log, [{group: A, entries: [entry(i + 1, 1_000)]}]);
      answered += 1;
      return error;
    });
    fileSystem.free = 0;
    for (let i = 0; i < 50; i += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBeLessThan(60);
    fileSystem.free = 10_000_000;
    expect((await Promise.all(all)).every((error) => error === undefined)).toBe(true);
    await log.close();
  });
  test('closing does not wait for room that may never come', async () => {
    const fileSystem = new FaultyFileSystem();
    const log = await open(fileSystem, {segmentCountSpare: 0});
    await append(log, [{group: A, descriptor: DESCRIPTOR}]);
    const all = Promise.all(Array.from({length: 60}, (_, i) => append(log, [{group: A, entries: [entry(i + 1, 1_000)]}])));
    fileSystem.free = 0;
    for (let i = 0; i < 50; i += 1) await new Promise((resolve) => setImmediate(resolve));
    await log.close();
    expect((await all).at(-1)?.failure.code).toBe('DiskFull');
  });
});

describe('bounds', () => {
  test('an append above the queue’s bound is refused and leaves no trace', async () => {
    const fileSystem = new FaultyFileSystem();
    const log = await open(fileSystem, {queueBytesMax: 3_000});
    await append(log, [{group: A, descriptor: DESCRIPTOR}]);
    const answers = await Promise.all([1, 2, 3].map((i) => append(log, [{group: A, entries: [entry(i, 2_000)]}])));
    expect(answers.map((error) => error?.failure.code)).toEqual([undefined, 'Overloaded', 'Overloaded']);
    expect(lastIndex(log)).toBe(1);
    await log.close();
  });
  test('an append of many large writes is spread over batches and segments, and answered when all of it is durable', async () => {
    const fileSystem = new FaultyFileSystem();
    const log = await open(fileSystem, {batchBytesMax: 4_096});
    const groups = Array.from({length: 20}, (_, i) => toGroupId(100 + i));
    expect(await append(log, groups.map((group) => ({group, descriptor: DESCRIPTOR, entries: [entry(1, 5_000)]})))).toBeUndefined();
    expect(log.counts()).toEqual(expect.objectContaining({appends: 1, syncs: 20}));
    // Not closed: what is found is what was durable at the answer.
    const found = await open(fileSystem.copy());
    expect(found.groups().map((one) => [one.group, one.lastIndex])).toEqual(groups.map((group) => [group, 1]));
    await found.close();
    await log.close();
  });
  test('a write that fits no segment is refused', async () => {
    const log = await open(new FaultyFileSystem());
    expect((await append(log, [{group: A, descriptor: DESCRIPTOR, entries: [entry(1, 40_000)]}]))?.failure.code).toBe('Unusable');
    expect(log.group(A)).toBeUndefined();
    await log.close();
  });
});

function flip(bytes: Uint8Array, bit: number): void {
  const at = bit >>> 3;
  bytes[at] = (bytes[at] as number) ^ (1 << (bit & 7));
}
/** Lets the stepped file system go on until the promise is settled. */
async function drive<Value>(fileSystem: FaultyFileSystem, promise: Promise<Value>): Promise<Value> {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  while (!isSettled) {
    fileSystem.runOne();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return settled;
}
