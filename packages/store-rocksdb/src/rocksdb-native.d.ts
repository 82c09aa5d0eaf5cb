/** The part of rocksdb-native 3.18.1 that is used here; the package carries no types of its own. */
declare module 'rocksdb-native' {
  interface NativeReadBatch {
    get(key: Uint8Array): Promise<Uint8Array | null>;
    tryFlush(): void;
  }
  interface NativeWriteBatch {
    tryPut(key: Uint8Array, value: Uint8Array): void;
    tryDelete(key: Uint8Array): void;
    tryDeleteRange(start: Uint8Array, end: Uint8Array): void;
    flush(): Promise<void>;
  }
  /** A streamx Readable: `read` answers null when nothing is buffered now. */
  interface NativeIterator {
    read(): {readonly key: Uint8Array; readonly value: Uint8Array} | null;
    destroy(): void;
    on(event: 'readable' | 'end' | 'close', listener: () => void): void;
    on(event: 'error', listener: (error: unknown) => void): void;
  }
  interface NativeSession {
    read(options: {capacity: number; autoDestroy: boolean}): NativeReadBatch;
    iterator(range: {gte: Uint8Array; lt: Uint8Array}, options: {reverse: boolean; capacity: number}): NativeIterator;
    close(): Promise<void>;
  }
  export default class RocksDB implements NativeSession {
    constructor(path: string, options: {
      createIfMissing: boolean;
      maxBackgroundJobs: number;
      maxOpenFiles: number;
      writeBufferSize: number;
      walRecoveryMode: number;
    });
    static readonly constants: {readonly walRecoveryMode: {readonly POINT_IN_TIME: number}};
    ready(): Promise<void>;
    read(options: {capacity: number; autoDestroy: boolean}): NativeReadBatch;
    write(options: {capacity: number; autoDestroy: boolean}): NativeWriteBatch;
    iterator(range: {gte: Uint8Array; lt: Uint8Array}, options: {reverse: boolean; capacity: number}): NativeIterator;
    snapshot(): NativeSession;
    flush(): Promise<void>;
    getProperty(name: string): Promise<string>;
    close(): Promise<void>;
  }
}
