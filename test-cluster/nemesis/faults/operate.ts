import {until} from '../../until.js';
import {sleep} from '../command.js';
import type {ClusterNode, NemesisCluster} from '../cluster.js';
import {nowMs} from '../monotonic-time.js';
import {giveOrder} from '../orders.js';
import {chooseSplit} from '../split-place.js';
import {NOTHING, always, draw} from './fault.js';
import type {Effect, Fault, FaultContext} from './fault.js';

const SPLIT_TIMEOUT_MS = 20_000;
const ORDER_PAUSE_MS = 200;
/** Faults that end no process: an orderly stop must end with 0 under any of them. */
const BESIDE_RESTARTS = ['cut', 'slow', 'clock', 'pause'] as const;

/** Asks for one thing again and again for the time of the fault. */
async function repeat(context: FaultContext, what: string, actionOf: () => Promise<Readonly<Record<string, unknown>> | undefined>): Promise<Effect> {
  const untilMs = performance.now() + context.holdMs;
  let doneCount = 0;
  let last = '';
  do {
    const action = await actionOf();
    const refusal = action === undefined ? 'nothing to do' : await giveOrder(context.cluster, action);
    if (refusal === undefined) doneCount += 1;
    else last = refusal;
    await sleep(ORDER_PAUSE_MS);
  } while (performance.now() < untilMs);
  return {tookEffect: doneCount > 0, detail: `${doneCount} of ${what} asked for and taken${last === '' ? '' : `; the last refusal: ${last}`}`};
}

/** Cuts the widest partition in the middle; both halves are probed from before the order until they are led. */
async function split(context: FaultContext): Promise<Effect> {
  const before = await context.partitions();
  const place = chooseSplit(context.tableId, before);
  if (place === undefined) return {tookEffect: false, detail: before.length === 0 ? 'nobody told of the partitions' : 'every partition is too narrow'};
  await context.probe([{from: place.from, until: place.at}, {from: place.at, until: place.until}]);
  const struckMs = nowMs();
  const refusal = await giveOrder(context.cluster, {kind: 'split-partition', group: place.id, atHex: place.at});
  if (refusal !== undefined) return {tookEffect: false, detail: `partition ${place.id}: ${refusal}`, struckMs};
  const isCut = await until('both halves are led', async () => {
    const now = await context.partitions();
    return now.length > before.length && now.every(({isSplitting, leader}) => !isSplitting && leader !== null);
  }, SPLIT_TIMEOUT_MS, 100).catch(() => false);
  return {tookEffect: isCut, detail: `partition ${place.id} of ${before.length} in its middle`, struckMs};
}

/** Ends each process in order and starts it again, of the given build. @returns those that ended otherwise */
async function restartEach(cluster: NemesisCluster, build: (node: ClusterNode) => string | undefined): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const node of cluster.nodes) {
    await cluster.end(node, 'SIGTERM');
    if (node.lastEnd !== 'exit code 0') wrong.push(`${node.id}: ${node.lastEnd}`);
    node.build = build(node);
    await cluster.start(node);
  }
  return wrong;
}

export const operateFaults: readonly Fault[] = [
  {
    name: 'rolling-restart', family: 'operate', needs: NOTHING, pairs: true, pairsOnlyWith: BESIDE_RESTARTS, probe: always,
    inject: async ({cluster}) => {
      const wrong = await restartEach(cluster, (node) => node.build);
      return {tookEffect: true, detail: 'each process in turn', ...(wrong.length === 0 ? {} : {violation: `an orderly stop ended with ${wrong.join('; ')}`})};
    },
  },
  {
    // Back again at once: every process has then read what the other build wrote, in both directions.
    name: 'upgrade', family: 'operate', needs: NOTHING, pairs: true, pairsOnlyWith: BESIDE_RESTARTS,
    probe: ({otherBuild}) => (otherBuild === undefined ? 'needs another build to go to and come back from (--other-build DIRECTORY)' : undefined),
    inject: async ({cluster, holdMs}) => {
      const {otherBuild} = cluster.options;
      const forth = await restartEach(cluster, () => otherBuild);
      await sleep(holdMs);
      const back = await restartEach(cluster, () => undefined);
      const wrong = [...forth, ...back];
      return {
        tookEffect: otherBuild !== undefined, detail: `each process in turn to the other build, and back after ${holdMs} ms`,
        ...(wrong.length === 0 ? {} : {violation: `an orderly stop ended with ${wrong.join('; ')}`}),
      };
    },
  },
  {
    name: 'transfer', family: 'operate', needs: NOTHING, pairs: true, probe: always,
    inject: (context) => repeat(context, 'transfers', async () => {
      const partitions = await context.partitions();
      if (partitions.length === 0) return undefined;
      const partition = draw(context.random, partitions);
      const others = partition.replicas.filter((replica) => replica.node !== partition.leader);
      return others.length === 0 ? undefined : {kind: 'transfer-leader', group: partition.id, to: draw(context.random, others).node};
    }),
  },
  {name: 'split', family: 'operate', needs: NOTHING, pairs: true, probe: always, inject: split},
  {
    name: 'move', family: 'operate', needs: NOTHING, pairs: true,
    probe: (surroundings) => (surroundings.nodeCount > 3 ? undefined : 'needs more processes than replicas (--nodes 6)'),
    inject: (context) => repeat({...context, holdMs: 0}, 'moves', async () => {
      const partitions = await context.partitions();
      if (partitions.length === 0) return undefined;
      const partition = draw(context.random, partitions);
      const from = draw(context.random, partition.replicas);
      const free = context.cluster.nodes.filter((node) => node.az === from.az && !partition.replicas.some((replica) => replica.node === node.id));
      return free.length === 0 ? undefined : {kind: 'move-replica', group: partition.id, from: from.node, to: draw(context.random, free).id};
    }),
  },
];
