// Goal: rot before the last synced record harms exactly the groups whose records it hits, for good, and nobody else.
// Method: logs of several groups over several segments, with one bit, or a short run of bytes, changed at random; what
// every other group holds must be as it was, and the harmed ones must stay refused over restarts and recycling.
import {describe, expect, test} from '@jest/globals';
import {LogError, SeededRandom, nullMetrics, toGroupId, toLogIndex, toTerm} from '@murmuration/base';
import type {GroupId, LogPort, LogWrite, Random} from '@murmuration/base';
import {ManualTime, RecordingEvents} from '@murmuration/base/testing';
import {BATCH_HEADER_BYTES, RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES, decodeBatchHeader, decodeRecord, roundUpToSector} from './format.js';
import {openFileLog} from './open-file-log.js';
import {flip} from './salvage.js';
import {FaultyFileSystem} from './testing/faulty-file-system.js';

const FLIP_COUNT = Number(process.env['MURMUR_FLIPS'] ?? 1_000);
const LOG_ID = new Uint8Array(16).fill(9);
const GROUPS = [16, 17, 18, 19, 20].map(toGroupId);

function open(fileSystem: FaultyFileSystem, events = new RecordingEvents()): Promise<LogPort> {
  const options = {directory: 'memory', segmentSizeBytes: 32 * 1024, segmentCountSpare: 1, freeBytesMin: 0, entryCacheBytesMax: 0, rewriteSegmentCountMin: 3};
  return openFileLog(options, {clock: new ManualTime(), events, metrics: nullMetrics, fileSystem, drawLogId: () => LOG_ID});
}
function append(log: LogPort, writes: readonly LogWrite[]): Promise<LogError | undefined> {
  return new Promise((resolve) => log.append(writes, resolve));
}
function write(log: LogPort, group: GroupId, random: Random): LogWrite {
  const index = (log.group(group)?.lastIndex ?? 0) + 1;
  const entries = Array.from({length: 1 + random.below(3)}, (_, i) => ({
    index: toLogIndex(index + i), term: toTerm(1), kind: 0 as const, data: new Uint8Array(random.below(600)).fill(index + i),
  }));
  return {
    group, entries,
    ...(log.group(group) === undefined ? {descriptor: Uint8Array.of(group)} : {}),
    ...(random.below(3) === 0 ? {hardState: {term: toTerm(1), vote: random.below(3), commit: toLogIndex(index - 1)}} : {}),
  };
}
function picture(log: LogPort, group: GroupId): string {
  const state = log.group(group);
  if (state === undefined) return 'none';
  const entries = log.entries(group, state.firstIndex, toLogIndex(state.lastIndex + 1), 2 ** 40);
  return JSON.stringify([state, entries.map((entry) => [entry.index, entry.term, Buffer.from(entry.data).toString('base64')])]);
}

/** A log of five groups over three segments, left in order. @returns what each group holds */
async function made(fileSystem: FaultyFileSystem, random: Random): Promise<ReadonlyMap<GroupId, string>> {
  const log = await open(fileSystem);
  while (log.usage().segmentCount < 3) {
    const count = 1 + random.below(GROUPS.length);
    const first = random.below(GROUPS.length);
    await append(log, Array.from({length: count}, (_, i) => write(log, GROUPS[(first + i) % GROUPS.length] as GroupId, random)));
  }
  const pictures = new Map(GROUPS.map((group) => [group, picture(log, group)]));
  await log.close();
  return pictures;
}

/** Which group's record stands at a byte: undefined for headers of batches and padding. */
function ownerOf(bytes: Uint8Array, offsetBytes: number): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = SEGMENT_HEADER_BYTES; ; ) {
    const batch = decodeBatchHeader(bytes, view, at, LOG_ID);
    if (batch === undefined) return undefined;
    let recordAt = at + BATCH_HEADER_BYTES;
    const until = recordAt + batch.payloadBytes;
    while (recordAt < until) {
      const record = decodeRecord(bytes, view, recordAt, until, undefined);
      if (typeof record === 'string') throw new Error(record);
      if (offsetBytes >= recordAt && offsetBytes < recordAt + record.sizeBytes) return record.group;
      recordAt += record.sizeBytes;
    }
    at = roundUpToSector(until);
    if (offsetBytes < at) return undefined;
  }
}

/** The part of a segment that batches fill. */
function usedBytes(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = SEGMENT_HEADER_BYTES;
  for (;;) {
    const batch = decodeBatchHeader(bytes, view, at, LOG_ID);
    if (batch === undefined) return at;
    at = roundUpToSector(at + BATCH_HEADER_BYTES + batch.payloadBytes);
  }
}

describe('rot in the middle of the log', () => {
  test(`${FLIP_COUNT} single bits: the group whose record it is is refused or unharmed, all others hold what they held`, async () => {
    const counts = {refused: 0, unharmed: 0, inNobody: 0};
    for (let seed = 1; seed * 50 <= FLIP_COUNT; seed += 1) {
      const random = new SeededRandom(seed);
      const original = new FaultyFileSystem();
      const pictures = await made(original, random);
      const names = original.list().filter((name) => name.startsWith('log-'));
      for (let i = 0; i < 50; i += 1) {
        const name = names[random.below(names.length)] as string;
        const offsetBytes = random.below(usedBytes(original.bytes(name)));
        const owner = ownerOf(original.bytes(name), offsetBytes);
        const fileSystem = original.copy();
        fileSystem.corrupt(name, (bytes) => flip(bytes, offsetBytes * 8 + random.below(8)));
        const log = await open(fileSystem);
        const unusable = log.unusable().map((one) => one.group);
        for (const group of GROUPS) {
          if (unusable.includes(group)) expect({seed, i, group, owner}).toEqual({seed, i, group, owner: group});
          else if (picture(log, group) !== pictures.get(group)) expect({seed, i, name, offsetBytes, group, owner, isWhole: false}).toEqual({isWhole: true});
        }
        if (owner === undefined) counts.inNobody += 1;
        else if (unusable.length > 0) counts.refused += 1;
        else counts.unharmed += 1;
        await log.close();
      }
    }
    // The runs must reach what they are for: an older hard state or a spot in a batch's header harms nobody.
    expect(counts.refused).toBeGreaterThan(FLIP_COUNT / 3);
    expect(counts.inNobody).toBeGreaterThan(0);
  }, 60_000 + FLIP_COUNT * 50);

  test('a run of bytes over several records: every group it touches is refused, or the log is not opened', async () => {
    let openedCount = 0;
    for (let seed = 1; seed <= 150; seed += 1) {
      const random = new SeededRandom(1_000 + seed);
      const original = new FaultyFileSystem();
      const pictures = await made(original, random);
      const name = original.list()[0] as string;
      const fileSystem = original.copy();
      const from = SEGMENT_HEADER_BYTES + random.below(usedBytes(original.bytes(name)) - SEGMENT_HEADER_BYTES);
      const lengthBytes = 1 + random.below(random.below(3) === 0 ? 3_000 : 40);
      fileSystem.corrupt(name, (bytes) => {
        for (let at = from; at < Math.min(bytes.length, from + lengthBytes); at += 1) bytes[at] = random.below(256);
      });
      let log: LogPort;
      try {
        log = await open(fileSystem);
      } catch (error) {
        expect(error).toBeInstanceOf(LogError);
        expect((error as LogError).failure.code).toBe('Corrupt');
        continue;
      }
      openedCount += 1;
      const unusable = log.unusable().map((one) => one.group);
      for (const group of GROUPS) {
        if (!unusable.includes(group)) expect({seed, group, is: picture(log, group)}).toEqual({seed, group, is: pictures.get(group)});
      }
      await log.close();
    }
    expect(openedCount).toBeGreaterThan(20);
  }, 60_000);

  test('a refused group stays refused after the damaged file is long gone, until it is removed; a new replica then begins anew', async () => {
    const fileSystem = new FaultyFileSystem();
    const [A, B] = [GROUPS[0] as GroupId, GROUPS[1] as GroupId];
    const first = await open(fileSystem);
    await append(first, [{group: A, descriptor: Uint8Array.of(1), hardState: {term: toTerm(3), vote: 2, commit: toLogIndex(0)}}]);
    await append(first, [{group: B, descriptor: Uint8Array.of(2)}]);
    await first.close();
    const name = fileSystem.list().find((one) => one.startsWith('log-')) as string;
    // The vote, byte 0 of the hard state's data.
    fileSystem.corrupt(name, (bytes) => flip(bytes, (SEGMENT_HEADER_BYTES + BATCH_HEADER_BYTES + RECORD_HEADER_BYTES) * 8));
    const second = await open(fileSystem);
    expect([second.unusable().map((one) => one.group), second.groups().map((one) => one.group)]).toEqual([[A], [B]]);
    expect(() => second.append([{group: A, descriptor: Uint8Array.of(3)}], () => undefined)).toThrow('takes no writes');
    for (let index = 1; index <= 400; index += 1) {
      await append(second, [{group: B, entries: [{index: toLogIndex(index), term: toTerm(1), kind: 0, data: new Uint8Array(500)}]}]);
      second.truncatePrefix(B, toLogIndex(index));
    }
    expect(fileSystem.list()).not.toContain(name);
    const third = await open(fileSystem.crash(new SeededRandom(1)));
    expect(third.unusable().map((one) => one.group)).toEqual([A]);
    await third.close();
    const afterwards = fileSystem.copy();
    const fourth = await open(afterwards);
    fourth.removeGroup(A);
    expect(await append(fourth, [{group: A, descriptor: Uint8Array.of(4)}])).toBeUndefined();
    const fifth = await open(afterwards.crash(new SeededRandom(2)));
    expect([fifth.unusable(), fifth.group(A)?.descriptor]).toEqual([[], Uint8Array.of(4)]);
    await fifth.close();
  });
});
