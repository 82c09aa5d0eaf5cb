import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {nullEvents, nullMetrics, toGroupId, toLogIndex, toTerm} from '@murmuration/base';
import {openFileLog} from '@murmuration/log-file';
import {systemClock} from '@murmuration/system';
import {batchesOf} from './segment-walk.js';

test('the batches of a segment are found by the page of the format, with the groups whose records they hold', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'murmur-segment-'));
  try {
    const log = await openFileLog({directory, segmentSizeBytes: 1024 * 1024, freeBytesMin: 0}, {clock: systemClock, events: nullEvents, metrics: nullMetrics});
    for (let i = 1; i <= 5; i += 1) {
      const group = toGroupId(i === 3 ? 1 : 16);
      const entry = {index: toLogIndex(i === 3 ? 1 : i < 3 ? i : i - 1), term: toTerm(1), kind: 0 as const, data: new Uint8Array(700)};
      await new Promise<void>((resolve, reject) => log.append([{group, descriptor: Uint8Array.of(1), entries: [entry]}], (error) => (error === undefined ? resolve() : reject(error))));
    }
    await log.close();
    const name = readdirSync(directory).find((file) => file.startsWith('log-')) ?? '';
    const {batches} = batchesOf(join(directory, name));
    const filled = batches.filter((batch) => batch.recordCount > 0);
    expect(filled.map((batch) => [...batch.groups])).toEqual([[16], [16], [1], [16], [16]]);
    expect(filled.every((batch) => batch.recordBytes > 700)).toBe(true);
  } finally {
    rmSync(directory, {recursive: true, force: true});
  }
});
