// Goal: what programs use to reach the service does its documented work here. Method: each client as its manual shows it, over real
// sockets at a whole cluster in this process; test-cluster/clients.test.ts holds the same against the real processes.
import {startCluster} from '@murmuration/test';
import type {TestCluster} from '@murmuration/test';
import {CLIENTS} from '../contracts.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

describe.each(CLIENTS)('$name', ({describeClient}) => describeClient(() => cluster.endpoint));
