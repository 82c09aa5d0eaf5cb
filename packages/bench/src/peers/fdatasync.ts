import {closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const RECORD_BYTES = 512;
const FILE_BYTES = 1024 * 1024;

/** Median time of this machine's own write and fdatasync of a small record within a file that does not grow, in microseconds. */
export function fdatasyncMicros(count = 400): number {
  const directory = mkdtempSync(join(tmpdir(), 'murmur-sync-'));
  const file = openSync(join(directory, 'log'), 'w');
  try {
    writeSync(file, Buffer.alloc(FILE_BYTES), 0, FILE_BYTES, 0);
    fdatasyncSync(file);
    const record = Buffer.alloc(RECORD_BYTES, 1);
    const micros: number[] = [];
    for (let i = 0; i < count; i += 1) {
      const startedMs = performance.now();
      writeSync(file, record, 0, RECORD_BYTES, (i * RECORD_BYTES) % FILE_BYTES);
      fdatasyncSync(file);
      micros.push((performance.now() - startedMs) * 1000);
    }
    return Math.round(micros.sort((a, b) => a - b)[Math.floor(count / 2)] ?? 0);
  } finally {
    closeSync(file);
    rmSync(directory, {recursive: true, force: true});
  }
}
