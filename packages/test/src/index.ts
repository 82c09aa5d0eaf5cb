export {startCluster} from './start-cluster.js';
export type {TestCluster, TestClusterOptions} from './start-cluster.js';
export {TestClusterError} from './errors.js';
export type {TestClusterFailure} from './errors.js';
