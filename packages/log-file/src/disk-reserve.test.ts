// The reserve: made when there is room, given back below the low-water mark, made again; and never in the way of a start.
import {describe, expect, test} from '@jest/globals';
import {nullMetrics, toGroupId} from '@murmuration/base';
import type {LogPort} from '@murmuration/base';
import {ManualTime, RecordingEvents} from '@murmuration/base/testing';
import {DISK_RESERVE_NAME, freeDiskReserve} from './disk-reserve.js';
import {openFileLog} from './open-file-log.js';
import {FaultyFileSystem} from './testing/faulty-file-system.js';

const RESERVE_BYTES = 3 * 1024 * 1024;
const FREE_BYTES_MIN = 10_000_000;

function open(fileSystem: FaultyFileSystem, events = new RecordingEvents(), clock = new ManualTime()): Promise<LogPort> {
  return openFileLog(
    {directory: 'memory', segmentSizeBytes: 32 * 1024, segmentCountSpare: 1, freeBytesMin: FREE_BYTES_MIN, reserveBytes: RESERVE_BYTES},
    {clock, events, metrics: nullMetrics, fileSystem, drawLogId: () => new Uint8Array(16).fill(9)},
  );
}
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
}
async function look(log: LogPort): Promise<boolean> {
  await new Promise((resolve) => log.append([{group: toGroupId(16), descriptor: Uint8Array.of(1)}], resolve));
  log.hasRoom();
  await settle();
  return log.hasRoom();
}

describe('disk reserve', () => {
  test('is written out in full, and kept by the next opening', async () => {
    const fileSystem = new FaultyFileSystem();
    const events = new RecordingEvents();
    const log = await open(fileSystem, events);
    await settle();
    expect(fileSystem.bytes(DISK_RESERVE_NAME)).toHaveLength(RESERVE_BYTES);
    await log.close();
    const again = await open(fileSystem, events);
    await settle();
    expect(events.named('log/reserve-made')).toHaveLength(1);
    await again.close();
  });
  test('is given back below the low-water mark; new work waits until it is made again', async () => {
    const fileSystem = new FaultyFileSystem();
    const events = new RecordingEvents();
    const time = new ManualTime();
    const low = await open(fileSystem, events, time);
    await settle();
    fileSystem.free = FREE_BYTES_MIN - 1;
    time.advance(300);
    expect(await look(low)).toBe(false);
    expect(events.named('log/reserve-released')).toHaveLength(1);
    expect(fileSystem.list()).not.toContain(DISK_RESERVE_NAME);
    // What it gave back is not for new data.
    fileSystem.free += RESERVE_BYTES;
    expect(await look(low)).toBe(false);
    expect(low.hasRoom('reclaiming')).toBe(true);
    fileSystem.free += 1;
    expect(await look(low)).toBe(true);
    expect(fileSystem.bytes(DISK_RESERVE_NAME)).toHaveLength(RESERVE_BYTES);
    await low.close();
  });
  test('no room while it is made is no failure', async () => {
    const fileSystem = new FaultyFileSystem();
    fileSystem.free = FREE_BYTES_MIN;
    const first = await open(fileSystem);
    await settle();
    fileSystem.free = 2 ** 40;
    fileSystem.fail('write', 'ENOSPC');
    first.hasRoom();
    await settle();
    fileSystem.heal('write');
    expect(fileSystem.list()).not.toContain(DISK_RESERVE_NAME);
    expect(await look(first)).toBe(true);
    await first.close();
  });
  test('can be given back before the log is opened', async () => {
    const fileSystem = new FaultyFileSystem();
    expect(freeDiskReserve(fileSystem)).toBe(false);
    const log = await open(fileSystem);
    await settle();
    await log.close();
    expect(freeDiskReserve(fileSystem)).toBe(true);
    expect(fileSystem.list()).not.toContain(DISK_RESERVE_NAME);
  });
});
