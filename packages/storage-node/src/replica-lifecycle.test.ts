// Goal: what happens to replicas while their process ends is no error. Method: as in storage-node.test.ts.
import {toGroupId, toNodeId, toReplicaId} from '@murmuration/base';
import {TestCluster} from './testing/node-cluster.js';

const GROUP = toGroupId(16);

test('a replica that is to be made while the process ends is not made, and that is no error', async () => {
  const cluster = await TestCluster.start(1);
  const process = await cluster.addProcess('a2');
  const stopped = process.host.stop();
  const {replicas} = cluster.entry(GROUP);
  cluster.publish({[GROUP]: {membership: 2, replicas: [...replicas, {replica: toReplicaId(100), node: toNodeId('a2'), role: 'learner'}], nextReplica: toReplicaId(101)}});
  await cluster.until(() => process.events.named('partition/creation-failed').length > 0);
  await cluster.settle(stopped);
  expect(process.events.named('partition/creation-failed')[0]).toMatchObject({level: 'warn', group: GROUP, reason: 'Stopped'});
});
