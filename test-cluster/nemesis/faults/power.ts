import {until} from '../../until.js';
import {sleep} from '../command.js';
import type {ClusterNode} from '../cluster.js';
import {LoopVolume, whyNoLoopVolumes} from '../volumes.js';
import {drawNode} from './fault.js';
import type {Effect, Fault, FaultContext} from './fault.js';

/**
 * The power of some machines goes out at one instant: what their file systems had not given to the device is lost. The
 * processes stand still while the images are copied, then they are killed, and start on the copies.
 */
export async function cutPower({cluster, holdMs}: Pick<FaultContext, 'cluster' | 'holdMs'>, nodes: readonly ClusterNode[]): Promise<Effect> {
  const starts = nodes.map((node) => node.startCount);
  for (const node of nodes) cluster.signal(node, 'SIGSTOP');
  await until('the processes stand still', () => nodes.every((node) => !node.isRunning || cluster.stateOf(node) === 'T'), 5_000, 5);
  for (const node of nodes) if (node.volume instanceof LoopVolume) await node.volume.capture();
  await Promise.all(nodes.map((node) => cluster.end(node, 'SIGKILL')));
  for (const node of nodes) if (node.volume instanceof LoopVolume) await node.volume.restoreCaptured();
  await sleep(Math.min(holdMs, 500));
  for (const node of nodes) if (!node.isRunning) cluster.spawn(node);
  for (const node of nodes) await cluster.untilReady(node);
  return {tookEffect: nodes.every((node, i) => node.volume instanceof LoopVolume && node.startCount > (starts[i] ?? 0)), detail: nodes.map((node) => node.id).join(', ')};
}

export const powerFaults: readonly Fault[] = [
  {name: 'power-all', family: 'power', needs: ['images'], pairs: false, probe: whyNoLoopVolumes, inject: (context) => cutPower(context, context.cluster.nodes)},
  {name: 'power-one', family: 'power', needs: ['images'], pairs: false, probe: whyNoLoopVolumes, inject: (context) => cutPower(context, [drawNode(context)])},
];
