import {closeSync, openSync, readSync, writeFileSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {run, works} from './command.js';

const FIELD_COUNT = 7;
const FIELDS = {failCount: 0, failErrno: 1, delayUs: 2, wallAheadNs: 3, wallPpm: 4, monotonicPpm: 5, touchedCount: 6} as const;
export type ShimField = keyof typeof FIELDS;
export const EIO = 5;
/** Every sync from now on. */
export const ALL_SYNCS = -1;

/** The numbers by which the library in `shim/fault-shim.c`, loaded into one process, bends its syncs and clocks. */
export class ShimControl {
  readonly path: string;
  readonly #file: number;

  constructor(path: string) {
    this.path = path;
    writeFileSync(path, Buffer.alloc(FIELD_COUNT * 8));
    this.#file = openSync(path, 'r+');
  }
  set(field: ShimField, value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(Math.round(value)));
    writeSync(this.#file, bytes, 0, 8, FIELDS[field] * 8);
  }
  get(field: ShimField): number {
    const bytes = Buffer.alloc(8);
    readSync(this.#file, bytes, 0, 8, FIELDS[field] * 8);
    return Number(bytes.readBigInt64LE());
  }
  /** Everything as without the library. Time that a drifting clock gained is kept: clocks are not set back. */
  clear(): void {
    for (const field of ['failCount', 'delayUs', 'wallAheadNs', 'wallPpm', 'monotonicPpm'] as const) this.set(field, 0);
  }
  close(): void {
    closeSync(this.#file);
  }
}

/** Compiles the library. @returns its path, or the reason why it cannot be had */
export async function buildShim(source: string, folder: string): Promise<{readonly path: string} | {readonly reason: string}> {
  if (process.platform !== 'linux') return {reason: 'the library is for Linux'};
  if (!works('gcc', ['--version'])) return {reason: 'needs gcc to compile the library that bends syncs and clocks'};
  const path = join(folder, 'fault-shim.so');
  const {code, stderr} = await run('gcc', ['-O2', '-shared', '-fPIC', '-o', path, source, '-ldl', '-lpthread']);
  return code === 0 ? {path} : {reason: `gcc failed: ${stderr.trim().split('\n')[0] ?? ''}`};
}
