// The contract on real files, with segments so small that every test crosses their borders, and what only files have.
import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from '@jest/globals';
import {nullEvents, nullMetrics} from '@murmuration/base';
import type {LogPort} from '@murmuration/base';
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
