/// <reference path="./rocksdb-native.d.ts" />
import {constants, existsSync} from 'node:fs';
import {access, mkdir, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import type {EventSink, MetricRegistry, ScanRange, StoreFailure, StoreIterator, StorePort, StoreSnapshot, WriteBatch} from '@murmuration/base';
import {StoreError} from '@murmuration/base';
import type {NativeSession} from 'rocksdb-native';
import RocksDB from 'rocksdb-native';
import type {StoreEvent} from './events.js';
import {toStoreFailure} from './native-failure.js';
import {toPlainBytes} from './plain-bytes.js';
import type {IteratorParent} from './rocksdb-iterator.js';
import {RocksDbIterator} from './rocksdb-iterator.js';
import {WriteQueue} from './write-queue.js';

export interface RocksDbStoreOptions {
  /** Belongs to this store alone; made when absent. */
  readonly directory: string;
  /** Bytes collected in memory before RocksDB writes a table file on its own. Default 64 MiB. */
  readonly writeBufferSizeBytes?: number;
  /** Threads of RocksDB for flushes and compactions. Default 2. */
  readonly backgroundJobCount?: number;
  /** Table files held open at once. Default 4,096; -1 for all. */
  readonly openFileCountMax?: number;
  /** Bytes of writes that may wait behind the one in progress; above it the store fails. Default 256 MiB. */
  readonly waitingSizeBytesMax?: number;
}
export interface RocksDbStorePorts {
  readonly events: EventSink;
  readonly metrics: MetricRegistry;
}

/**
 * Opens the RocksDB in a directory, or makes one there.
 * @throws StoreError `Corrupt` when its files do not fit together, `Unusable` when another holds it or it cannot be written
 */
export async function openRocksDbStore(options: RocksDbStoreOptions, ports: RocksDbStorePorts): Promise<StorePort> {
  const {directory} = options;
  try {
    // RocksDB tries for ever to make a directory where none can be made, so it is made here.
    await mkdir(directory, {recursive: true});
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    await refuseHeadless(directory);
    const db = new RocksDB(directory, {
      createIfMissing: true,
      maxBackgroundJobs: options.backgroundJobCount ?? 2,
      maxOpenFiles: options.openFileCountMax ?? 4_096,
      writeBufferSize: options.writeBufferSizeBytes ?? 64 * 1024 * 1024,
      // RocksDB's own log is never synced, so after a power cut any page of it may be missing: what is before the
      // first gap is kept. Flushed table files do not depend on it, and the Raft log replays the rest.
      walRecoveryMode: RocksDB.constants.walRecoveryMode.POINT_IN_TIME,
    });
    await db.ready();
    const store = new RocksDbStore(db, options, ports);
    await store.announce();
    return store;
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    const failure = toStoreFailure(cause, directory);
    emitFailed(ports.events, directory, failure);
    throw new StoreError(failure, {cause});
  }
}

/** RocksDB starts anew, without a word, in a directory of table files whose CURRENT is gone. */
async function refuseHeadless(directory: string): Promise<void> {
  if (existsSync(join(directory, 'CURRENT'))) return;
  const orphan = (await readdir(directory)).find((name) => /^MANIFEST-|\.sst$|^\d+\.log$/.test(name));
  if (orphan !== undefined) throw new Error(`corrupt: file CURRENT is missing beside ${orphan}`);
}

class RocksDbStore implements StorePort, IteratorParent {
  readonly #db: RocksDB;
  readonly #directory: string;
  readonly #events: EventSink;
  readonly #writes: WriteQueue;
  readonly #iterators = new Set<RocksDbIterator>();
  readonly #snapshots = new Set<RocksDbSnapshot>();
  #failure: StoreFailure | undefined;
  #closing: Promise<void> | undefined;
  /** Size at the last look; the scrape is synchronous and the look is not. */
  #lastSizeBytes = 0;

  constructor(db: RocksDB, options: RocksDbStoreOptions, ports: RocksDbStorePorts) {
    this.#db = db;
    this.#directory = options.directory;
    this.#events = ports.events;
    this.#writes = new WriteQueue(db, options.waitingSizeBytesMax ?? 256 * 1024 * 1024, (cause) => this.fail(cause));
    const size = ports.metrics
      .gaugeFamily({name: 'storage_bytes', help: 'Bytes on disk by kind of storage.', labels: ['kind']})
      .with({kind: 'table'});
    ports.metrics.onCollect(() => {
      size.set(this.#lastSizeBytes);
      if (this.#failure === undefined) this.#measure().catch(() => undefined);
    });
  }

  async announce(): Promise<void> {
    const sizeBytes = await this.#measure();
    this.#emit({event: 'store/opened', level: 'info', directory: this.#directory, sizeBytes});
  }

  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    this.check();
    return readMany(this.#db, keys, this);
  }

  iterate(range: ScanRange): StoreIterator {
    this.check();
    // The native iterator is opened on another thread some time later; the snapshot pins the state now.
    const iterator = new RocksDbIterator(this.#db.snapshot(), true, range, this);
    this.#iterators.add(iterator);
    return iterator;
  }

  async write(batch: WriteBatch): Promise<void> {
    this.check();
    if (batch.isEmpty) return;
    return this.#writes.push(batch);
  }

  snapshot(): StoreSnapshot {
    this.check();
    const snapshot = new RocksDbSnapshot(this.#db.snapshot(), this, this.#iterators, (closed) => this.#snapshots.delete(closed));
    this.#snapshots.add(snapshot);
    return snapshot;
  }

  async flush(): Promise<void> {
    this.check();
    try {
      await this.#db.flush();
    } catch (cause) {
      throw this.fail(cause);
    }
    if (!this.#events.isEnabled('debug') || this.#failure !== undefined) return;
    this.#emit({event: 'store/flushed', level: 'debug', directory: this.#directory, sizeBytes: await this.#measure()});
  }

  async sizeBytes(): Promise<number> {
    this.check();
    return this.#measure();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  check(): void {
    if (this.#failure !== undefined) throw new StoreError(this.#failure);
  }

  fail(cause: unknown): Error {
    // A call cut short by our own close is no failure of the disk.
    if (this.#failure?.code === 'Closed') return new StoreError(this.#failure, {cause});
    const failure = toStoreFailure(cause, this.#directory);
    if (this.#failure === undefined) {
      this.#failure = failure;
      emitFailed(this.#events, this.#directory, failure);
    }
    return new StoreError(failure, {cause});
  }

  forget(iterator: RocksDbIterator): void {
    this.#iterators.delete(iterator);
  }

  async #close(): Promise<void> {
    this.#failure = {code: 'Closed'};
    await this.#writes.drained();
    await Promise.all([...this.#iterators].map((iterator) => iterator.close()));
    await Promise.all([...this.#snapshots].map((snapshot) => snapshot.close()));
    // Waits for reads and flushes in progress.
    await this.#db.close();
    this.#emit({event: 'store/closed', level: 'info', directory: this.#directory});
  }

  async #measure(): Promise<number> {
    const [tables, memory] = await Promise.all([
      this.#db.getProperty('rocksdb.total-sst-files-size'),
      this.#db.getProperty('rocksdb.cur-size-all-mem-tables'),
    ]);
    this.#lastSizeBytes = Number(tables) + Number(memory);
    return this.#lastSizeBytes;
  }

  #emit(event: StoreEvent): void {
    this.#events.emit(event);
  }
}

class RocksDbSnapshot implements StoreSnapshot {
  readonly #session: NativeSession;
  readonly #parent: IteratorParent;
  readonly #iterators: Set<RocksDbIterator>;
  readonly #onClose: (snapshot: RocksDbSnapshot) => void;
  #closing: Promise<void> | undefined;
  constructor(session: NativeSession, parent: IteratorParent, iterators: Set<RocksDbIterator>, onClose: (snapshot: RocksDbSnapshot) => void) {
    this.#session = session;
    this.#parent = parent;
    this.#iterators = iterators;
    this.#onClose = onClose;
  }
  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    this.#check();
    return readMany(this.#session, keys, this.#parent);
  }
  iterate(range: ScanRange): StoreIterator {
    this.#check();
    const iterator = new RocksDbIterator(this.#session, false, range, this.#parent);
    this.#iterators.add(iterator);
    return iterator;
  }
  close(): Promise<void> {
    this.#closing ??= this.#session.close().then(() => this.#onClose(this));
    return this.#closing;
  }
  #check(): void {
    this.#parent.check();
    if (this.#closing !== undefined) throw new StoreError({code: 'Closed'});
  }
}

async function readMany(session: NativeSession, keys: readonly Uint8Array[], parent: IteratorParent): Promise<readonly (Uint8Array | undefined)[]> {
  if (keys.length === 0) return [];
  const batch = session.read({capacity: Math.max(8, keys.length), autoDestroy: true});
  const reads = keys.map((key) => batch.get(key));
  batch.tryFlush();
  try {
    const values = await Promise.all(reads);
    return values.map((value) => (value === null ? undefined : toPlainBytes(value)));
  } catch (cause) {
    throw parent.fail(cause);
  }
}

function emitFailed(events: EventSink, directory: string, failure: StoreFailure): void {
  const reason = 'reason' in failure ? failure.reason : failure.code;
  const event: StoreEvent = {event: 'store/failed', level: 'error', directory, code: failure.code, reason};
  events.emit(event);
}
