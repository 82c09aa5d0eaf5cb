import {until} from '../../until.js';
import {sleep} from '../command.js';
import type {ClusterNode} from '../cluster.js';
import {NOTHING, always, drawLeader, drawNode} from './fault.js';
import type {Effect, Fault, FaultContext} from './fault.js';

/** The process stands still while the kernel goes on accepting connections for it. */
async function pause({cluster, holdMs}: FaultContext, node: ClusterNode): Promise<Effect> {
  cluster.signal(node, 'SIGSTOP');
  const isStill = await until('the process stands still', () => cluster.stateOf(node) === 'T', 2_000, 5).catch(() => false);
  await sleep(holdMs);
  cluster.signal(node, 'SIGCONT');
  return {tookEffect: isStill, detail: `${node.id} for ${holdMs} ms`};
}

export const pauseFaults: readonly Fault[] = [
  {name: 'pause-one', family: 'pause', needs: NOTHING, pairs: true, probe: always, inject: (context) => pause(context, drawNode(context))},
  {name: 'pause-leader', family: 'pause', needs: NOTHING, pairs: true, probe: always, inject: async (context) => pause(context, await drawLeader(context))},
];
