export type {RocksDbStoreOptions, RocksDbStorePorts} from './rocksdb-store.js';
export {openRocksDbStore} from './rocksdb-store.js';
export type {StoreEvent} from './events.js';
