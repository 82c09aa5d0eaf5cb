import {writeFully} from './file-system.js';
import type {SystemFile} from './file-system.js';

const ZEROS = new Uint8Array(1024 * 1024);
/** Zeros written between two syncs: a large one would hold up the log's own syncs behind it. */
const ZEROS_PER_SYNC_BYTES = 8 * 1024 * 1024;

/**
 * Writes zeros over the whole file and syncs them. Zeros, not a hole: only written blocks are surely taken.
 * @param isOver asked before each piece; once true, the rest is left out and `done` is told of no error
 */
export function fillWithZeros(file: SystemFile, sizeBytes: number, isOver: () => boolean, done: (error: Error | undefined) => void, fromBytes = 0): void {
  if (isOver()) return done(undefined);
  if (fromBytes === sizeBytes) return file.datasync(done);
  const lengthBytes = Math.min(ZEROS.length, sizeBytes - fromBytes);
  writeFully(file, ZEROS, 0, lengthBytes, fromBytes, (error) => {
    if (error !== undefined) return done(error);
    const atBytes = fromBytes + lengthBytes;
    if (atBytes % ZEROS_PER_SYNC_BYTES !== 0) return fillWithZeros(file, sizeBytes, isOver, done, atBytes);
    file.datasync((syncError) => {
      if (syncError !== undefined) done(syncError);
      else fillWithZeros(file, sizeBytes, isOver, done, atBytes);
    });
  });
}
