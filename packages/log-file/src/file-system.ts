import * as fs from 'node:fs';
import {join} from 'node:path';

/** One open file. Callbacks never run synchronously. */
export interface SystemFile {
  /** May write less than asked for; `writtenBytes` tells. */
  write(bytes: Uint8Array, lengthBytes: number, from: number, offsetBytes: number, done: (error: Error | undefined, writtenBytes: number) => void): void;
  datasync(done: (error: Error | undefined) => void): void;
  /** For opening and reading back only. @returns bytes read, fewer than asked for at the end of the file */
  readSync(into: Uint8Array, offsetBytes: number): number;
  truncateSync(sizeBytes: number): void;
  datasyncSync(): void;
  sizeBytes(): number;
  close(): void;
}

/**
 * What the log needs of a file system: the seam at which tests inject short writes, errors and power cuts.
 * Names are relative to the one directory the log lives in.
 */
export interface FileSystem {
  makeDirectory(): void;
  list(): readonly string[];
  /** Opens for reading and writing. 'create' refuses an existing name. */
  open(name: string, mode: 'create' | 'existing'): SystemFile;
  rename(from: string, to: string): void;
  remove(name: string): void;
  /** Makes creations, renames and removals durable. */
  syncDirectory(done: (error: Error | undefined) => void): void;
  syncDirectorySync(): void;
  freeBytes(done: (error: Error | undefined, freeBytes: number) => void): void;
}

/** The FileSystem port on a directory of the machine. */
export function nodeFileSystem(directory: string): FileSystem {
  return {
    makeDirectory: () => {
      fs.mkdirSync(directory, {recursive: true});
    },
    list: () => fs.readdirSync(directory),
    open: (name, mode) => openNodeFile(join(directory, name), mode),
    rename: (from, to) => {
      fs.renameSync(join(directory, from), join(directory, to));
    },
    remove: (name) => {
      fs.rmSync(join(directory, name));
    },
    syncDirectory: (done) => {
      fs.open(directory, 'r', (openError, handle) => {
        if (openError !== null) return done(openError);
        fs.fsync(handle, (syncError) => {
          fs.close(handle, () => {
            done(syncError ?? undefined);
          });
        });
      });
    },
    syncDirectorySync: () => {
      const handle = fs.openSync(directory, 'r');
      try {
        fs.fsyncSync(handle);
      } finally {
        fs.closeSync(handle);
      }
    },
    freeBytes: (done) => {
      fs.statfs(directory, (error, stats) => {
        if (error !== null) done(error, 0);
        else done(undefined, stats.bavail * stats.bsize);
      });
    },
  };
}

function openNodeFile(path: string, mode: 'create' | 'existing'): SystemFile {
  const handle = fs.openSync(path, mode === 'create' ? 'wx+' : 'r+');
  return {
    write: (bytes, lengthBytes, from, offsetBytes, done) => {
      fs.write(handle, bytes, from, lengthBytes, offsetBytes, (error, writtenBytes) => {
        done(error ?? undefined, writtenBytes);
      });
    },
    datasync: (done) => {
      fs.fdatasync(handle, (error) => {
        done(error ?? undefined);
      });
    },
    readSync: (into, offsetBytes) => {
      let at = 0;
      while (at < into.length) {
        const count = fs.readSync(handle, into, at, into.length - at, offsetBytes + at);
        if (count === 0) break;
        at += count;
      }
      return at;
    },
    truncateSync: (sizeBytes) => {
      fs.ftruncateSync(handle, sizeBytes);
    },
    datasyncSync: () => {
      // The size of the file is part of what must survive, and fdatasync covers it.
      fs.fdatasyncSync(handle);
    },
    sizeBytes: () => fs.fstatSync(handle).size,
    close: () => {
      fs.closeSync(handle);
    },
  };
}

/** Writes all of `bytes[from, from + lengthBytes)`, going on after short writes. A write of nothing is a failure. */
export function writeFully(
  file: SystemFile, bytes: Uint8Array, from: number, lengthBytes: number, offsetBytes: number, done: (error: Error | undefined) => void,
): void {
  file.write(bytes, lengthBytes, from, offsetBytes, (error, writtenBytes) => {
    if (error !== undefined) return done(error);
    if (writtenBytes === lengthBytes) return done(undefined);
    if (writtenBytes <= 0) return done(new Error('the file system wrote nothing and gave no reason'));
    writeFully(file, bytes, from + writtenBytes, lengthBytes - writtenBytes, offsetBytes + writtenBytes, done);
  });
}
