import {StoreError, compareBytes} from '@murmuration/base';
import type {StorePort, Timers} from '@murmuration/base';
import type {KnownValue} from '@murmuration/partition';
import {keepable} from './row-cache.js';
import type {RowCache} from './row-cache.js';

/** @param value committed, undefined when the store could not be read @param isCorrupt because what it holds is damaged */
export type RowCallback = (value: KnownValue | undefined, isCorrupt: boolean) => void;

interface Load {
  readonly text: string;
  readonly key: Uint8Array;
  readonly callbacks: RowCallback[];
  /** Applied while the store was being read: newer than whatever the read brings. */
  applied: KnownValue | undefined;
  /** The state was replaced meanwhile: what the read brings is of the old one. */
  isVoid: boolean;
}

/** Rows that are kept in view while others are being read: the newest committed value that is known of each, undefined when nothing is. */
export type RowWatch = Map<string, KnownValue | undefined>;

/**
 * Reads rows from the store: all keys that were asked for in one turn of the event loop, of all partitions, in one
 * batched call. Keys asked for twice are read once.
 */
export class RowLoader {
  readonly #store: StorePort;
  readonly #timers: Timers;
  readonly #cache: RowCache;
  readonly #batchRowsMax: number;
  readonly #onError: (error: unknown) => void;
  readonly #loads = new Map<string, Load>();
  readonly #watches = new Set<RowWatch>();
  #waiting: Load[] = [];
  constructor(store: StorePort, timers: Timers, cache: RowCache, batchRowsMax: number, onError: (error: unknown) => void) {
    this.#store = store;
    this.#timers = timers;
    this.#cache = cache;
    this.#batchRowsMax = batchRowsMax;
    this.#onError = onError;
  }
  get loadingCount(): number {
    return this.#loads.size;
  }
  get watchCount(): number {
    return this.#watches.size;
  }
  /** @param done called later, never synchronously, in the order of the calls for one key */
  load(text: string, key: Uint8Array, done: RowCallback): void {
    const load = this.#loads.get(text);
    if (load !== undefined) {
      load.callbacks.push(done);
      return;
    }
    const started: Load = {text, key, callbacks: [done], applied: undefined, isVoid: false};
    this.#loads.set(text, started);
    this.#enqueue(started);
  }
  /**
   * What is known of rows stays known until `unwatch`, and follows what is applied: the cache may let go of any of them meanwhile.
   * It says nothing of a state that was replaced as a whole; whoever watches must notice that himself.
   */
  watch(texts: readonly string[]): RowWatch {
    const watch: RowWatch = new Map(texts.map((text) => [text, undefined]));
    this.#watches.add(watch);
    return watch;
  }
  unwatch(watch: RowWatch): void {
    this.#watches.delete(watch);
  }
  /** A committed change of a row: a read that is under way must not bring the older value back. */
  applied(text: string, value: KnownValue): void {
    for (const watch of this.#watches) if (watch.has(text)) watch.set(text, value);
    const load = this.#loads.get(text);
    if (load !== undefined) load.applied = value;
  }
  /** The rows of [from, until) were replaced as a whole: reads of them under way start again. */
  invalidate(from: Uint8Array, until: Uint8Array): void {
    for (const load of this.#loads.values()) {
      if (compareBytes(load.key, from) < 0 || compareBytes(load.key, until) >= 0) continue;
      load.applied = undefined;
      load.isVoid = true;
    }
  }

  #enqueue(load: Load): void {
    this.#waiting.push(load);
    if (this.#waiting.length === 1) this.#timers.nextTurn(() => this.#readWaiting());
  }
  #readWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < waiting.length; at += this.#batchRowsMax) this.#read(waiting.slice(at, at + this.#batchRowsMax));
  }
  #read(loads: readonly Load[]): void {
    for (const load of loads) load.isVoid = false;
    this.#store.getMany(loads.map((load) => load.key)).then(
      (values) => {
        for (let i = 0; i < loads.length; i += 1) this.#arrived(loads[i] as Load, values[i]);
      },
      (error: unknown) => {
        this.#onError(error);
        const isCorrupt = error instanceof StoreError && error.failure.code === 'Corrupt';
        if (isCorrupt && loads.length > 1) {
          // One damaged row must not be held against the others.
          for (const load of loads) this.#read([load]);
          return;
        }
        for (const load of loads) this.#finish(load, undefined, isCorrupt);
      },
    );
  }
  #arrived(load: Load, bytes: Uint8Array | undefined): void {
    if (load.applied === undefined && load.isVoid) {
      this.#enqueue(load);
      return;
    }
    const value = load.applied ?? keepable(bytes);
    this.#cache.set(load.text, value);
    this.#finish(load, value, false);
  }
  #finish(load: Load, value: KnownValue | undefined, isCorrupt: boolean): void {
    this.#loads.delete(load.text);
    for (const callback of load.callbacks) callback(value, isCorrupt);
  }
}
