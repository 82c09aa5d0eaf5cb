import {assert} from '@murmuration/base';
import type {Random} from '@murmuration/base';
import type {FileSystem, SystemFile} from '../file-system.js';

const SECTOR_BYTES = 512;

/** A file as the program sees it and as the platter holds it. */
class Inode {
  current = new Uint8Array(0);
  sizeBytes = 0;
  durable = new Uint8Array(0);
  durableSizeBytes = 0;
  readonly dirtySectors = new Set<number>();

  write(bytes: Uint8Array, offsetBytes: number): void {
    this.resize(Math.max(this.sizeBytes, offsetBytes + bytes.length));
    this.current.set(bytes, offsetBytes);
    const until = offsetBytes + bytes.length;
    for (let sector = Math.floor(offsetBytes / SECTOR_BYTES); sector * SECTOR_BYTES < until; sector += 1) this.dirtySectors.add(sector);
  }
  resize(sizeBytes: number): void {
    if (sizeBytes < this.sizeBytes) this.current.fill(0, sizeBytes, this.sizeBytes);
    if (sizeBytes > this.current.length) {
      const grown = new Uint8Array(Math.max(sizeBytes, this.current.length * 2));
      grown.set(this.current);
      this.current = grown;
    }
    this.sizeBytes = sizeBytes;
  }
  sync(): void {
    if (this.durable.length < this.sizeBytes) {
      const grown = new Uint8Array(this.current.length);
      grown.set(this.durable);
      this.durable = grown;
    }
    for (const sector of this.dirtySectors) this.#copySector(sector, this.durable);
    this.dirtySectors.clear();
    if (this.sizeBytes < this.durableSizeBytes) this.durable.fill(0, this.sizeBytes);
    this.durableSizeBytes = this.sizeBytes;
  }
  /** What a power cut leaves: each sector not yet synced is there or not, by itself. */
  afterCrash(random: Random): Inode {
    const inode = new Inode();
    inode.resize(random.below(2) === 0 ? this.durableSizeBytes : this.sizeBytes);
    const known = Math.min(inode.sizeBytes, this.durableSizeBytes);
    inode.current.set(this.durable.subarray(0, known));
    // 0: none, 1: all, 2: each by the toss of a coin.
    const fate = random.below(3);
    for (const sector of this.dirtySectors) {
      const isKept = fate === 1 || (fate === 2 && random.below(2) === 0);
      if (isKept && sector * SECTOR_BYTES < inode.sizeBytes) this.#copySector(sector, inode.current);
    }
    inode.current.fill(0, inode.sizeBytes);
    inode.durable = inode.current.slice();
    inode.durableSizeBytes = inode.sizeBytes;
    return inode;
  }
  #copySector(sector: number, into: Uint8Array): void {
    const from = sector * SECTOR_BYTES;
    into.set(this.current.subarray(from, Math.min(from + SECTOR_BYTES, this.current.length, into.length)), from);
  }
}

type NameChange =
  | {readonly kind: 'link'; readonly name: string; readonly inode: Inode}
  | {readonly kind: 'rename'; readonly name: string; readonly from: string; readonly inode: Inode}
  | {readonly kind: 'unlink'; readonly name: string};
export type FaultPoint = 'write' | 'datasync' | 'sync-directory' | 'open' | 'rename';

export class SystemError extends Error {
  override readonly name = 'SystemError';
  readonly code: string;
  constructor(code: string) {
    super(`${code}: injected`);
    this.code = code;
  }
}

/**
 * A file system in memory that forgets, at a crash, what was not synced: sectors one by one, names in order. It fails
 * where it is told to. Answers come in microtasks, or when `runOne` is called if it is stepped.
 */
export class FaultyFileSystem implements FileSystem {
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #nameChanges: NameChange[] = [];
  readonly #faults = new Map<FaultPoint, string>();
  readonly #isStepped: boolean;
  readonly #answers: (() => void)[] = [];
  #isGone = false;
  free = 2 ** 40;
  shortWriteNext = false;
  syncCount = 0;
  writeCount = 0;

  constructor(isStepped = false) {
    this.#isStepped = isStepped;
  }
  /** The next call at `point` fails with the code, and so do those after it until `heal`. */
  fail(point: FaultPoint, code: string): void {
    this.#faults.set(point, code);
  }
  heal(point: FaultPoint): void {
    this.#faults.delete(point);
  }
  get answerCount(): number {
    return this.#answers.length;
  }
  /** Lets the oldest operation end. */
  runOne(): void {
    this.#answers.shift()?.();
  }
  bytes(name: string): Uint8Array {
    const inode = this.#inode(name);
    return inode.current.subarray(0, inode.sizeBytes);
  }
  /** Changes a file behind the log's back, durably. */
  corrupt(name: string, change: (bytes: Uint8Array) => void): void {
    const inode = this.#inode(name);
    change(inode.current.subarray(0, inode.sizeBytes));
    inode.durable = inode.current.slice();
  }
  /** Cuts a file behind the log's back, durably. */
  truncate(name: string, sizeBytes: number): void {
    const inode = this.#inode(name);
    inode.resize(sizeBytes);
    inode.sync();
  }
  /** An independent copy of everything as it is now, all of it durable. */
  copy(): FaultyFileSystem {
    const copy = new FaultyFileSystem(this.#isStepped);
    for (const [name, inode] of this.#names) {
      const twin = new Inode();
      twin.current = inode.current.slice();
      twin.sizeBytes = inode.sizeBytes;
      twin.durable = twin.current.slice();
      twin.durableSizeBytes = twin.sizeBytes;
      copy.#names.set(name, twin);
    }
    copy.#durableNames = new Map(copy.#names);
    return copy;
  }
  /** Cuts the power. This file system answers no more; the one returned is what the next start finds. */
  crash(random: Random): FaultyFileSystem {
    this.#isGone = true;
    const next = new FaultyFileSystem(this.#isStepped);
    next.free = this.free;
    const names = new Map(this.#durableNames);
    for (const change of this.#nameChanges.slice(0, random.below(this.#nameChanges.length + 1))) applyNameChange(names, change);
    const twins = new Map<Inode, Inode>();
    for (const [name, inode] of names) {
      const twin = twins.get(inode) ?? inode.afterCrash(random);
      twins.set(inode, twin);
      next.#names.set(name, twin);
    }
    next.#durableNames = new Map(next.#names);
    return next;
  }

  makeDirectory(): void {
    // There is only one, and it is there.
  }
  list(): readonly string[] {
    return [...this.#names.keys()].sort();
  }
  open(name: string, mode: 'create' | 'existing'): SystemFile {
    this.#check('open');
    if (mode === 'create') {
      assert(!this.#names.has(name), 'the name exists', {name});
      this.#change({kind: 'link', name, inode: new Inode()});
    }
    return this.#handle(this.#inode(name));
  }
  rename(from: string, to: string): void {
    this.#check('rename');
    const inode = this.#inode(from);
    this.#change({kind: 'rename', name: to, from, inode});
  }
  remove(name: string): void {
    this.#change({kind: 'unlink', name});
  }
  syncDirectory(done: (error: Error | undefined) => void): void {
    this.#answer(() => {
      const error = this.#fault('sync-directory');
      if (error === undefined) this.syncDirectorySync();
      done(error);
    });
  }
  syncDirectorySync(): void {
    this.#durableNames = new Map(this.#names);
    this.#nameChanges = [];
  }
  freeBytes(done: (error: Error | undefined, freeBytes: number) => void): void {
    this.#answer(() => {
      done(undefined, this.free);
    });
  }

  #handle(inode: Inode): SystemFile {
    let isOpen = true;
    return {
      write: (bytes, lengthBytes, from, offsetBytes, done) => {
        assert(isOpen, 'write to a closed file');
        const error = this.#fault('write');
        const isShort = this.shortWriteNext && lengthBytes > 1;
        this.shortWriteNext = false;
        const count = error !== undefined ? 0 : isShort ? Math.floor(lengthBytes / 2) : lengthBytes;
        // The bytes are in the page cache from now on; whether a crash keeps them is another question.
        inode.write(bytes.slice(from, from + count), offsetBytes);
        this.writeCount += 1;
        this.#answer(() => {
          done(error, count);
        });
      },
      datasync: (done) => {
        assert(isOpen, 'sync of a closed file');
        this.#answer(() => {
          const error = this.#fault('datasync');
          if (error === undefined) {
            inode.sync();
            this.syncCount += 1;
          }
          done(error);
        });
      },
      readSync: (into, offsetBytes) => {
        const count = Math.max(0, Math.min(into.length, inode.sizeBytes - offsetBytes));
        into.set(inode.current.subarray(offsetBytes, offsetBytes + count));
        return count;
      },
      truncateSync: (sizeBytes) => {
        inode.resize(sizeBytes);
      },
      datasyncSync: () => {
        this.#check('datasync');
        inode.sync();
      },
      sizeBytes: () => inode.sizeBytes,
      close: () => {
        assert(isOpen, 'file closed twice');
        isOpen = false;
      },
    };
  }
  #inode(name: string): Inode {
    const inode = this.#names.get(name);
    if (inode === undefined) throw new SystemError('ENOENT');
    return inode;
  }
  #change(change: NameChange): void {
    applyNameChange(this.#names, change);
    this.#nameChanges.push(change);
  }
  #fault(point: FaultPoint): Error | undefined {
    const code = this.#faults.get(point);
    return code === undefined ? undefined : new SystemError(code);
  }
  #check(point: FaultPoint): void {
    const error = this.#fault(point);
    if (error !== undefined) throw error;
  }
  #answer(run: () => void): void {
    const guarded = (): void => {
      if (!this.#isGone) run();
    };
    if (this.#isStepped) this.#answers.push(guarded);
    else queueMicrotask(guarded);
  }
}

function applyNameChange(names: Map<string, Inode>, change: NameChange): void {
  if (change.kind === 'unlink') names.delete(change.name);
  else names.set(change.name, change.inode);
  if (change.kind === 'rename') names.delete(change.from);
}
