// Goal: what programs use to reach the service does its documented work against the real processes.
// Method: the same tests that run against a cluster inside a test's process, at three processes with RocksDB. The SDK itself is held by sdk-basics.
import {CLIENTS} from '@murmuration/conformance/contracts';
import {ProcessCluster} from './process-cluster.js';

let cluster: ProcessCluster;
beforeAll(async () => {
  cluster = await ProcessCluster.start();
}, 60_000);
afterAll(() => cluster.stop(), 30_000);

describe.each(CLIENTS)('$name', ({describeClient}) => describeClient(() => cluster.endpoint));
