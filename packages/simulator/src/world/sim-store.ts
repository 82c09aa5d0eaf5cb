import type {ScanRange, StoreIterator, StorePort, StoreRow, StoreSnapshot, WriteBatch} from '@murmuration/base';
import {StoreError} from '@murmuration/base';
import {MemoryStore} from '@murmuration/store-memory';
import type {Chance} from './chance.js';
import type {Death, SimProcess} from './sim-process.js';
import type {World} from './world.js';
import {NS_PER_MS} from './world.js';

export interface SimStoreOptions {
  /** Typical time of a call; its tail is a hundred times as long. 0 answers in the same event. */
  readonly callMs: number;
}

/** No call takes longer than this, however slow the store is. */
const CALL_MS_MAX = 1_000;

/**
 * One node's store, which outlives its processes. Writes are unsynced: whatever way a process ends, some prefix of what
 * was not flushed is kept and the rest is gone.
 */
export class SimStore {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #options: SimStoreOptions;
  #store = new MemoryStore({isCrashable: true});
  #failuresLeft = 0;
  #lastWriteNs = 0;
  #slowness = 1;

  constructor(world: World, chance: Chance, options: SimStoreOptions = {callMs: 0.05}) {
    this.#world = world;
    this.#chance = chance;
    this.#options = options;
  }
  /** The store behind all delays, for invariants. */
  get memory(): MemoryStore {
    return this.#store;
  }
  open(process: SimProcess): StorePort {
    const store = this.#store;
    const late: Late = (run, isWrite) => this.#late(process, run, isWrite === true);
    return {
      getMany: (keys) => this.#read(late, () => store.getMany(keys)),
      iterate: (range) => lateIterator(store.iterate(range), late),
      write: (batch: WriteBatch) => late(() => this.#write(store, batch), true),
      snapshot: () => lateSnapshot(store.snapshot(), late),
      flush: () => late(() => store.flush(), true),
      sizeBytes: () => store.sizeBytes(),
      close: () => late(() => store.flush(), true),
    };
  }
  died(_death: Death): void {
    this.#store = this.#store.crash(this.#chance);
  }
  wipe(): void {
    this.#store = new MemoryStore({isCrashable: true});
  }
  /** Everything written so far is durable at once: for what the world itself counts on. */
  flushNow(): void {
    // The memory store takes its image before it returns the promise.
    this.#store.flush().catch(() => undefined);
  }
  /** All calls take `factor` times as long. */
  setSlowness(factor: number): void {
    this.#slowness = factor;
  }
  /** The next write fails, and with it the store of the process that made it. */
  failNextWrite(): void {
    this.#failuresLeft = 1;
  }

  #write(store: MemoryStore, batch: WriteBatch): Promise<void> {
    if (this.#failuresLeft > 0) {
      this.#failuresLeft -= 1;
      this.#world.probes.hit('store/write-failed');
      return Promise.reject(new StoreError({code: 'Unusable', reason: 'injected'}));
    }
    return store.write(batch);
  }
  /** A read shows the rows as they are at its beginning or at its end: a store promises no more than a moment in between. */
  #read(late: Late, run: () => Promise<readonly (Uint8Array | undefined)[]>): Promise<readonly (Uint8Array | undefined)[]> {
    if (this.#options.callMs === 0 || this.#chance.isHeads()) return late(run);
    const early = run();
    return late(() => early);
  }
  /** A call takes its time, and one of a dead process never ends. */
  #late<T>(process: SimProcess, run: () => Promise<T>, isWrite: boolean): Promise<T> {
    if (!process.touch()) return new Promise(() => undefined);
    const nowNs = this.#world.nowNs;
    let atNs = nowNs + Math.floor(this.#options.callMs === 0 ? 0 : Math.min(CALL_MS_MAX, this.#chance.heavyTail(this.#options.callMs) * this.#slowness) * NS_PER_MS);
    // Writes take effect in call order; reads go their own way.
    if (isWrite) this.#lastWriteNs = atNs = Math.max(atNs, this.#lastWriteNs);
    return new Promise((resolve, reject) => {
      this.#world.afterNs(atNs - nowNs, () => process.dispatch(() => {
        run().then(resolve, reject);
      }));
    });
  }
}

type Late = <T>(run: () => Promise<T>, isWrite?: boolean) => Promise<T>;

function lateIterator(iterator: StoreIterator, late: Late): StoreIterator {
  return {
    next: (rowCountMax): Promise<readonly StoreRow[]> => late(() => iterator.next(rowCountMax)),
    close: () => iterator.close(),
  };
}

function lateSnapshot(snapshot: StoreSnapshot, late: Late): StoreSnapshot {
  return {
    getMany: (keys) => late(() => snapshot.getMany(keys)),
    iterate: (range: ScanRange) => lateIterator(snapshot.iterate(range), late),
    close: () => snapshot.close(),
  };
}
