// Goal: a process with the control role is replaced by another one, alive or dead, and the control plane bears the loss of any process again.
import {afterEach, expect, test} from '@jest/globals';
import {startCluster} from './start-cluster.js';
import type {TestCluster} from './start-cluster.js';

const TIMEOUT_MS = 60_000;
let cluster: TestCluster | undefined;

afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

async function until(running: TestCluster, isDone: (nodes: readonly string[]) => boolean): Promise<void> {
  const untilMs = Date.now() + 30_000;
  for (;;) {
    const nodes = await running.status().then((status) => status.nodes.map((node) => node.id), () => undefined);
    if (nodes !== undefined && isDone(nodes)) return;
    if (Date.now() > untilMs) throw new Error(`not in time: ${JSON.stringify(nodes)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test.each(['alive', 'dead'])('a control process that is %s is replaced', async (condition) => {
  const running = await startCluster({nodeCount: 3, serveFlags: ['--hibernate-after-ms', '300']});
  cluster = running;
  const successor = await running.addNode('b', 'b1');
  expect(successor).toBe('b2');
  await expect(running.act({kind: 'replace-node', node: 'b1', by: 'c1'}, true)).rejects.toThrow(/of its own/);
  const dryRun = await running.act({kind: 'replace-node', node: 'b1', by: 'b2'}, true);
  expect(dryRun.steps.join('; ')).toContain('b2 copies the catalog');
  if (condition === 'dead') await running.kill('b1');
  await running.act({kind: 'replace-node', node: 'b1', by: 'b2'});
  await until(running, (nodes) => !nodes.includes('b1'));
  if (condition === 'alive') await running.kill('b1');
  // The new majority is b2 and one of the old ones, whichever dies: it may be the leader.
  await running.kill('a1');
  await until(running, () => true);
  await running.restart('a1');
  await running.kill('c1');
  await until(running, (nodes) => nodes.includes('b2'));
  const drained = await running.act({kind: 'undrain-node', node: 'a1'}, true);
  expect(drained.steps).toEqual(['node a1 serves already']);
}, TIMEOUT_MS);
