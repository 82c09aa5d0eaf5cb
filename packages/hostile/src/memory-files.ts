import type {FileSystem, SystemFile} from '@murmuration/log-file';

const FREE_BYTES = 2 ** 40;

/** What a name stands for; open files keep it when the name changes. */
interface Inode {
  bytes: Uint8Array;
}

/** A directory in memory: a log is opened on damaged copies of it thousands of times. */
export class MemoryFiles implements FileSystem {
  readonly #inodes: Map<string, Inode>;

  /** @param files copied */
  constructor(files: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.#inodes = new Map([...files].map(([name, bytes]) => [name, {bytes: bytes.slice()}]));
  }

  /** @returns copies */
  contents(): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.#inodes].map(([name, {bytes}]) => [name, bytes.slice()]));
  }

  makeDirectory(): void {
    // It is there.
  }
  list(): readonly string[] {
    return [...this.#inodes.keys()];
  }
  open(name: string, mode: 'create' | 'existing'): SystemFile {
    const inode: Inode = (mode === 'existing' ? this.#inodes.get(name) : undefined) ?? {bytes: new Uint8Array(0)};
    this.#inodes.set(name, inode);
    const resize = (sizeBytes: number): void => {
      const resized = new Uint8Array(sizeBytes);
      resized.set(inode.bytes.subarray(0, sizeBytes));
      inode.bytes = resized;
    };
    return {
      write: (bytes, lengthBytes, from, offsetBytes, done) => {
        if (offsetBytes + lengthBytes > inode.bytes.length) resize(offsetBytes + lengthBytes);
        inode.bytes.set(bytes.subarray(from, from + lengthBytes), offsetBytes);
        setImmediate(() => done(undefined, lengthBytes));
      },
      datasync: (done) => setImmediate(() => done(undefined)),
      readSync: (into, offsetBytes) => {
        const part = inode.bytes.subarray(offsetBytes, offsetBytes + into.length);
        into.set(part);
        return part.length;
      },
      truncateSync: resize,
      datasyncSync: () => undefined,
      sizeBytes: () => inode.bytes.length,
      close: () => undefined,
    };
  }
  rename(from: string, to: string): void {
    const inode = this.#inodes.get(from);
    if (inode === undefined) throw new Error(`there is no ${from}`);
    this.#inodes.set(to, inode);
    this.#inodes.delete(from);
  }
  remove(name: string): void {
    this.#inodes.delete(name);
  }
  syncDirectory(done: (error: Error | undefined) => void): void {
    setImmediate(() => done(undefined));
  }
  syncDirectorySync(): void {
    // Nothing is kept anyway.
  }
  freeBytes(done: (error: Error | undefined, freeBytes: number) => void): void {
    setImmediate(() => done(undefined, FREE_BYTES));
  }
}
