import {sleep} from '../command.js';
import type {ClusterNode} from '../cluster.js';
import {NOTHING, always, drawLeader, drawNode} from './fault.js';
import type {Effect, Fault, FaultContext} from './fault.js';

async function killAndStart({cluster, holdMs}: FaultContext, nodes: readonly ClusterNode[]): Promise<Effect> {
  const pids = nodes.map((node) => node.pid);
  await Promise.all(nodes.map((node) => cluster.end(node, 'SIGKILL')));
  const ends = nodes.map((node) => node.lastEnd);
  await sleep(holdMs);
  for (const node of nodes) if (!node.isRunning) cluster.spawn(node);
  for (const node of nodes) await cluster.untilReady(node);
  const tookEffect = nodes.every((node, i) => ends[i] === 'SIGKILL' && node.pid !== pids[i]);
  return {tookEffect, detail: `${nodes.map((node) => node.id).join(', ')} away for ${holdMs} ms`};
}

export const killFaults: readonly Fault[] = [
  {name: 'kill-one', family: 'kill', needs: NOTHING, pairs: true, probe: always, inject: (context) => killAndStart(context, [drawNode(context)])},
  {name: 'kill-leader', family: 'kill', needs: NOTHING, pairs: true, probe: always, inject: async (context) => killAndStart(context, [await drawLeader(context)])},
  {
    name: 'kill-az', family: 'kill', needs: NOTHING, pairs: true, probe: always,
    inject: async (context) => {
      const {az} = await drawLeader(context);
      return killAndStart(context, context.cluster.nodes.filter((node) => node.az === az));
    },
  },
  {name: 'kill-all', family: 'kill', needs: NOTHING, pairs: false, probe: always, inject: (context) => killAndStart({...context, holdMs: Math.min(context.holdMs, 1_000)}, context.cluster.nodes)},
];
