import {assert} from '@murmuration/base';
import {startCluster} from './start-cluster.js';
import type {TestCluster, TestClusterOptions} from './start-cluster.js';

/** The hooks of a test runner: those of jest and of vitest fit. */
export interface TestHooks {
  readonly beforeAll: (run: () => Promise<void>) => unknown;
  readonly beforeEach: (run: () => Promise<void>) => unknown;
  readonly afterAll: (run: () => Promise<void>) => unknown;
}

/**
 * One cluster for all tests of a file, with no table at the start of each.
 * @returns gives the cluster, from the first test on
 */
export function useCluster(hooks: TestHooks, options: TestClusterOptions = {}): () => TestCluster {
  let cluster: TestCluster | undefined;
  hooks.beforeAll(async () => {
    cluster = await startCluster(options);
  });
  hooks.beforeEach(async () => {
    await cluster?.reset();
  });
  hooks.afterAll(async () => {
    await cluster?.stop();
  });
  return () => {
    assert(cluster !== undefined, 'the cluster is there from the first test on');
    return cluster;
  };
}
