export {startCluster} from './start-cluster.js';
export type {OrderAnswer, TestCluster, TestClusterOptions} from './start-cluster.js';
export {useCluster} from './use-cluster.js';
export type {TestHooks} from './use-cluster.js';
export {TestClusterError} from './errors.js';
export type {TestClusterFailure} from './errors.js';
