// The contract on real files, with segments so small that every test crosses their borders, and what only files have.
import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from '@jest/globals';
import {LOG_RECORD_OVERHEAD_BYTES, nullEvents, nullMetrics, toGroupId, toLogIndex, toTerm} from '@murmuration/base';
import type {LogEntry, LogPort, LogWrite} from '@murmuration/base';
import {describeLogContract} from '@murmuration/base/contracts';
import {ManualTime} from '@murmuration/base/testing';
import {openFileLog} from './open-file-log.js';

const ports = {clock: new ManualTime(), events: nullEvents, metrics: nullMetrics};
const small = {segmentSizeBytes: 64 * 1024, segmentCountSpare: 1, freeBytesMin: 0, entryCacheBytesMax: 1024};

describeLogContract('log-file on the machine’s file system', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'murmuration-log-'));
  const abandoned: LogPort[] = [];
  return {
    open: () => openFileLog({directory, ...small}, ports),
    // The abandoned log still owns its files, as a process does that has not noticed yet; its queue is drained at the
    // end. A crash that loses unsynced bytes is staged in the fault suite.
    crash: async (log) => {
      await new Promise<void>((resolve) => {
        log.append([], () => resolve());
      });
      abandoned.push(log);
      return openFileLog({directory, ...small}, ports);
    },
    dispose: async () => {
      await rm(directory, {recursive: true, force: true});
    },
  };
});

describe('log-file on the machine’s file system', () => {
  test('takes a write of the size it names, whatever its parts, and refuses a larger one without harm', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'murmuration-log-'));
    const log = await openFileLog({directory, ...small}, ports);
    const append = (write: Omit<LogWrite, 'group'>): Promise<string> => new Promise((resolve) => {
      log.append([{group: toGroupId(16), ...write}], (error) => resolve(error?.failure.code ?? 'taken'));
    });
    const entries = (index: number, count: number, sizeBytes: number): LogEntry[] =>
      Array.from({length: count}, (_, i) => ({index: toLogIndex(index + i), term: toTerm(1), kind: 0, data: new Uint8Array(sizeBytes)}));
    const hardState = {term: toTerm(1), vote: 1, commit: toLogIndex(1)};
    expect(await append({descriptor: Uint8Array.of(1)})).toBe('taken');
    expect(await append({hardState, entries: entries(1, 1, log.writeSizeBytesMax - 2 * LOG_RECORD_OVERHEAD_BYTES)})).toBe('taken');
    const count = Math.floor((log.writeSizeBytesMax - LOG_RECORD_OVERHEAD_BYTES) / (LOG_RECORD_OVERHEAD_BYTES + 10));
    expect(await append({hardState, entries: entries(2, count, 10)})).toBe('taken');
    expect(await append({hardState, entries: entries(2 + count, 1, 64 * 1024)})).toBe('Unusable');
    expect(await append({entries: entries(2 + count, 1, 10)})).toBe('taken');
    await log.close();
    const again = await openFileLog({directory, ...small}, ports);
    expect(again.group(toGroupId(16))?.lastIndex).toBe(2 + count);
    await again.close();
    await rm(directory, {recursive: true});
  });
  test('a new log makes its directory, one segment and its spares', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'murmuration-log-'));
    const directory = join(parent, 'a', 'log');
    const log = await openFileLog({directory, ...small}, ports);
    await log.close();
    const names = (await readdir(directory)).filter((name) => name.startsWith('log-'));
    expect(names).toEqual(['log-0000000000000001.segment']);
    await rm(parent, {recursive: true});
  });
});
