/** Suites that every implementation of a port runs. They use jest's globals, so only tests may import this door. */
export type {StoreHarness} from './contracts/store.contract.js';
export {describeStoreContract} from './contracts/store.contract.js';
export {describeStoreModel} from './contracts/store-model.contract.js';
export type {LogHarness} from './contracts/log.contract.js';
export {describeLogContract} from './contracts/log.contract.js';
