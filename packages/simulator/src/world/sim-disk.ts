import type {FileSystem, SystemFile} from '@murmuration/log-file';
import type {Chance} from './chance.js';
import {Inode, SECTOR_BYTES} from './inode.js';
import type {UnsyncedFate} from './inode.js';
import type {Death, SimProcess} from './sim-process.js';
import type {World} from './world.js';

/** What a call to the disk can be told to fail at. */
export type DiskCall = 'write' | 'sync' | 'open' | 'rename' | 'sync-directory';

/** An error as the operating system gives it. */
export class SystemError extends Error {
  override readonly name = 'SystemError';
  readonly code: string;
  constructor(code: string) {
    super(`${code}: injected`);
    this.code = code;
  }
}

export interface SimDiskOptions {
  readonly capacityBytes: number;
  /** Typical time of a write, which goes to the cache. */
  readonly writeMs: number;
  /** Typical time of a sync; its tail is a hundred times as long. */
  readonly syncMs: number;
  /** No call takes longer, however slow the disk is; only a hanging one does. Half a minute if nothing is said. */
  readonly callMsMax?: number;
}

const PREFIX_BYTES = 8;
const CALL_MS_MAX = 30_000;

export const CALM_DISK: SimDiskOptions = {capacityBytes: 1024 * 1024 * 1024, writeMs: 0.02, syncMs: 0.5};

type NameChange =
  | {readonly kind: 'link'; readonly name: string; readonly inode: Inode}
  | {readonly kind: 'rename'; readonly from: string; readonly name: string; readonly inode: Inode}
  | {readonly kind: 'unlink'; readonly name: string};

/**
 * One node's disk, which outlives its processes: files in two layers, and names that need a sync of their own. Faults
 * are switched on and off while it is used.
 */
export class SimDisk {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #options: SimDiskOptions;
  #names = new Map<string, Inode>();
  #platterNames = new Map<string, Inode>();
  #nameChanges: NameChange[] = [];
  readonly #failures = new Map<DiskCall, {readonly code: string; left: number}>();
  #capacityBytes: number;
  #slowness = 1;
  #onLargeWrite: (() => void) | undefined;
  /** The next power cut leaves some sectors of what is on its way. */
  #isTorn = false;
  #isHanging = false;
  #held: (() => void)[] = [];
  #liesLeft = 0;
  /** Whether a sync ever claimed more than it did: what was acknowledged may then be lost with the power. */
  hasLied = false;
  syncCount = 0;

  constructor(world: World, chance: Chance, options: SimDiskOptions = CALM_DISK) {
    this.#world = world;
    this.#chance = chance;
    this.#options = options;
    this.#capacityBytes = options.capacityBytes;
  }
  /** A directory of this disk as one process sees it. Names are kept apart by the directory's name. */
  mount(process: SimProcess, directory: string): FileSystem {
    const prefix = `${directory}/`;
    const disk = this;
    return {
      makeDirectory: () => undefined,
      list: () => [...disk.#names.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)).sort(),
      open: (name, mode) => disk.#open(process, prefix + name, mode),
      rename: (from, to) => {
        if (!process.touch()) return;
        disk.#throwFailure('rename');
        disk.#change({kind: 'rename', from: prefix + from, name: prefix + to, inode: disk.#find(prefix + from)});
      },
      remove: (name) => {
        if (process.touch()) disk.#change({kind: 'unlink', name: prefix + name});
      },
      syncDirectory: (done) => {
        if (!process.touch()) return;
        const changeCount = disk.#nameChanges.length;
        disk.#answer(process, disk.#options.syncMs, () => {
          const error = disk.#takeFailure('sync-directory');
          if (error === undefined) disk.#syncNames(changeCount);
          return () => done(error);
        });
      },
      syncDirectorySync: () => {
        if (!process.touch()) return;
        disk.#throwFailure('sync-directory');
        disk.#syncNames(disk.#nameChanges.length);
      },
      freeBytes: (done) => {
        if (process.touch()) disk.#answer(process, disk.#options.writeMs, () => () => done(undefined, disk.freeBytes));
      },
    };
  }
  get freeBytes(): number {
    let usedBytes = 0;
    for (const inode of new Set(this.#names.values())) usedBytes += inode.sizeBytes;
    return Math.max(0, this.#capacityBytes - usedBytes);
  }
  /** Sectors under `prefix` that a power cut could lose. */
  dirtyCount(prefix: string): number {
    let count = 0;
    for (const [name, inode] of this.#names) if (name.startsWith(prefix)) count += inode.dirtyCount;
    return count;
  }
  names(): readonly string[] {
    return [...this.#names.keys()];
  }
  sizeBytes(name: string): number {
    return this.#names.get(name)?.sizeBytes ?? 0;
  }

  /** Up to the last byte that is not zero. */
  usedBytes(name: string): number {
    return this.#names.get(name)?.usedBytes ?? 0;
  }

  /** The node's process ended. A kill leaves the kernel's caches; a power cut leaves the platter and some luck. */
  died(death: Death): void {
    if (this.#isHanging) this.#world.probes.hit('disk/died-while-hanging');
    this.#held = [];
    this.#isHanging = false;
    if (death === 'power') this.cutPower(this.#isTorn ? 'some' : this.#chance.pick<UnsyncedFate>(['none', 'some', 'all']));
    this.#isTorn = false;
  }
  cutPower(fate: UnsyncedFate): void {
    this.#world.probes.hit(`disk/power-keeps-${fate}`);
    if (this.#nameChanges.length > 0) this.#world.probes.hit('disk/names-at-risk');
    const keptCount = fate === 'none' ? 0 : fate === 'all' ? this.#nameChanges.length : this.#chance.below(this.#nameChanges.length + 1);
    this.#syncNames(keptCount);
    this.#nameChanges = [];
    this.#names = new Map(this.#platterNames);
    for (const inode of new Set(this.#names.values())) inode.cutPower(this.#chance, fate);
  }
  /** The next `count` calls of the kind fail. */
  failNext(call: DiskCall, code: string, count = 1): void {
    this.#failures.set(call, {code, left: count});
  }
  /** The next sync fails with EIO, and what it should have written is believed clean ever after. */
  lieAfterNextSync(): void {
    this.#liesLeft = 1;
  }
  /** Calls back once, right after a write of more than a sector was handed over and before any of it is synced. @returns gives the waiting up */
  onNextLargeWrite(callback: () => void): () => void {
    this.#onLargeWrite = callback;
    return () => {
      this.#onLargeWrite = undefined;
    };
  }
  setCapacity(capacityBytes: number): void {
    this.#capacityBytes = capacityBytes;
  }
  get capacityBytes(): number {
    return this.#capacityBytes;
  }
  /** All I/O takes `factor` times as long. */
  setSlowness(factor: number): void {
    this.#slowness = factor;
  }
  /** Nothing is answered until `release`. */
  hang(): void {
    this.#isHanging = true;
  }
  release(): void {
    this.#isHanging = false;
    for (const answer of this.#held.splice(0)) answer();
  }
  /** Every fault ends; what is damaged stays damaged. */
  heal(): void {
    this.#failures.clear();
    this.#liesLeft = 0;
    this.#slowness = 1;
    this.#capacityBytes = this.#options.capacityBytes;
    this.release();
  }
  /** Turns one stored bit over. */
  rot(name: string, offsetBytes: number, bit: number): void {
    this.#find(name).rot(offsetBytes, bit);
  }
  breakSector(name: string, offsetBytes: number): void {
    this.#find(name).breakSector(offsetBytes);
  }
  /** Some file has a sector that nobody can read, whether anyone has tried yet or not. */
  get hasUnreadable(): boolean {
    return [...this.#names.values()].some((inode) => inode.hasUnreadable);
  }
  /** A new, empty disk is put in. */
  wipe(): void {
    this.#names = new Map();
    this.#platterNames = new Map();
    this.#nameChanges = [];
  }
  /** A copy of everything as it is, to be put back later by `restore`. */
  image(): ReadonlyMap<string, Inode> {
    return new Map([...this.#names].map(([name, inode]) => [name, inode.copy()]));
  }
  /** An old copy is put in. */
  restore(image: ReadonlyMap<string, Inode>): void {
    this.#names = new Map([...image].map(([name, inode]) => [name, inode.copy()]));
    this.#platterNames = new Map(this.#names);
    this.#nameChanges = [];
  }

  #open(process: SimProcess, name: string, mode: 'create' | 'existing'): SystemFile {
    if (process.touch()) {
      this.#throwFailure('open');
      if (mode === 'create') {
        if (this.#names.has(name)) throw new SystemError('EEXIST');
        this.#change({kind: 'link', name, inode: new Inode()});
      }
    }
    return this.#handle(process, this.#names.get(name) ?? new Inode());
  }
  #handle(process: SimProcess, inode: Inode): SystemFile {
    return {
      write: (bytes, lengthBytes, from, offsetBytes, done) => {
        if (!process.touch()) return;
        const error = this.#takeFailure('write') ?? this.#spaceFailure(inode, offsetBytes + lengthBytes);
        const writtenBytes = error === undefined ? lengthBytes : 0;
        inode.write(bytes.slice(from, from + writtenBytes), offsetBytes);
        const onLargeWrite = this.#onLargeWrite;
        // Zeros that prepare a file for later are nothing to tear.
        if (onLargeWrite !== undefined && writtenBytes > SECTOR_BYTES && bytes.subarray(from, from + PREFIX_BYTES).some((byte) => byte !== 0)) {
          this.#onLargeWrite = undefined;
          this.#isTorn = true;
          this.#world.probes.hit('disk/write-torn');
          this.#world.afterNs(0, onLargeWrite);
        }
        this.#answer(process, this.#options.writeMs, () => () => done(error, writtenBytes));
      },
      datasync: (done) => {
        if (!process.touch()) return;
        const end = inode.beginSync();
        this.#answer(process, this.#options.syncMs, () => {
          const error = this.#syncFailure(inode);
          if (error === undefined) {
            end();
            this.syncCount += 1;
          }
          return () => done(error);
        });
      },
      readSync: (into, offsetBytes) => {
        const count = inode.read(into, offsetBytes);
        if (count === undefined) throw new SystemError('EIO');
        return count;
      },
      truncateSync: (sizeBytes) => {
        if (process.touch()) inode.resize(sizeBytes);
      },
      datasyncSync: () => {
        if (!process.touch()) return;
        const error = this.#syncFailure(inode);
        if (error !== undefined) throw error;
        inode.beginSync()();
      },
      sizeBytes: () => inode.sizeBytes,
      close: () => undefined,
    };
  }
  /** @param finish takes effect on the disk when the time is over, and gives what the process then hears */
  #answer(process: SimProcess, typicalMs: number, finish: () => () => void): void {
    const run = (): void => {
      if (process.isDead) return;
      if (this.#isHanging) this.#held.push(run);
      else process.dispatch(finish());
    };
    this.#world.afterMs(Math.min(this.#options.callMsMax ?? CALL_MS_MAX, this.#chance.heavyTail(typicalMs) * this.#slowness), run);
  }
  #syncFailure(inode: Inode): SystemError | undefined {
    if (this.#liesLeft > 0) {
      this.#liesLeft -= 1;
      this.hasLied = true;
      inode.forgetDirty();
      this.#world.probes.hit('disk/sync-lied');
      return new SystemError('EIO');
    }
    return this.#takeFailure('sync');
  }
  #spaceFailure(inode: Inode, untilBytes: number): SystemError | undefined {
    const growthBytes = Math.max(0, untilBytes - inode.sizeBytes);
    if (growthBytes > 0 && growthBytes > this.freeBytes) this.#world.probes.hit('disk/no-space');
    return growthBytes > 0 && growthBytes > this.freeBytes ? new SystemError('ENOSPC') : undefined;
  }
  #takeFailure(call: DiskCall): SystemError | undefined {
    const failure = this.#failures.get(call);
    if (failure === undefined) return undefined;
    failure.left -= 1;
    if (failure.left <= 0) this.#failures.delete(call);
    this.#world.probes.hit(`disk/${call}-failed`);
    this.#world.trace.note('disk/failed', call, failure.code);
    return new SystemError(failure.code);
  }
  #throwFailure(call: DiskCall): void {
    const error = this.#takeFailure(call);
    if (error !== undefined) throw error;
  }
  #find(name: string): Inode {
    const inode = this.#names.get(name);
    if (inode === undefined) throw new SystemError('ENOENT');
    return inode;
  }
  #change(change: NameChange): void {
    applyChange(this.#names, change);
    this.#nameChanges.push(change);
  }
  #syncNames(count: number): void {
    for (const change of this.#nameChanges.splice(0, count)) applyChange(this.#platterNames, change);
  }
}

function applyChange(names: Map<string, Inode>, change: NameChange): void {
  if (change.kind === 'unlink') {
    names.delete(change.name);
    return;
  }
  if (change.kind === 'rename') names.delete(change.from);
  names.set(change.name, change.inode);
}
