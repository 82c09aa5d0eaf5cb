import {join} from 'node:path';
import {run, sleep} from '../command.js';
import {NOTHING, always, draw} from './fault.js';
import type {Effect, Fault, FaultContext, Surroundings} from './fault.js';

const COMMAND_TIMEOUT_MS = 30_000;

function murmur(repository: string, args: readonly string[]): ReturnType<typeof run> {
  return run(process.execPath, [join(repository, 'packages', 'cli', 'bin', 'murmur.mjs'), ...args], COMMAND_TIMEOUT_MS);
}
/** Whether this build of the command knows `murmur partition VERB`. */
async function whyNoVerb({repository}: Surroundings, verb: string): Promise<string | undefined> {
  const {stdout, stderr} = await murmur(repository, ['partition', '--help']);
  return `${stdout}${stderr}`.includes(`  ${verb} [options]`) ? undefined : `this build has no \`murmur partition ${verb}\``;
}

/** Asks for one thing again and again for the time of the fault. */
async function repeat(context: FaultContext, what: string, argsOf: () => Promise<readonly string[] | undefined>): Promise<Effect> {
  const {cluster} = context;
  const untilMs = performance.now() + context.holdMs;
  let doneCount = 0;
  let last = '';
  do {
    const args = await argsOf();
    const admin = cluster.nodes.find((node) => node.isRunning);
    if (args !== undefined && admin !== undefined) {
      const {code, stderr, stdout} = await murmur(cluster.options.repository, ['partition', ...args, '--yes', '--admin', `http://127.0.0.1:${admin.adminPort}`]);
      if (code === 0) doneCount += 1;
      else last = (stderr || stdout).trim().split('\n').at(-1) ?? '';
    }
    await sleep(200);
  } while (performance.now() < untilMs);
  return {tookEffect: doneCount > 0, detail: `${doneCount} of ${what} asked for and taken${last === '' ? '' : `; the last refusal: ${last}`}`};
}

export const operateFaults: readonly Fault[] = [
  {
    name: 'rolling-restart', family: 'operate', needs: NOTHING, pairs: false, probe: always,
    inject: async ({cluster}) => {
      const wrong: string[] = [];
      for (const node of cluster.nodes) {
        await cluster.end(node, 'SIGTERM');
        if (node.lastEnd !== 'exit code 0') wrong.push(`${node.id}: ${node.lastEnd}`);
        await cluster.start(node);
      }
      return {tookEffect: true, detail: 'each process in turn', ...(wrong.length === 0 ? {} : {violation: `an orderly stop ended with ${wrong.join('; ')}`})};
    },
  },
  {
    name: 'transfer', family: 'operate', needs: NOTHING, pairs: true, probe: (surroundings) => whyNoVerb(surroundings, 'transfer'),
    inject: (context) => repeat(context, 'transfers', async () => {
      const partitions = await context.partitions();
      if (partitions.length === 0) return undefined;
      const partition = draw(context.random, partitions);
      const others = partition.replicas.filter((replica) => replica.node !== partition.leader);
      return others.length === 0 ? undefined : ['transfer', String(partition.id), '--to', draw(context.random, others).node];
    }),
  },
  {
    name: 'split', family: 'operate', needs: NOTHING, pairs: true, probe: (surroundings) => whyNoVerb(surroundings, 'split'),
    inject: (context) => repeat({...context, holdMs: 0}, 'splits', async () => {
      const partitions = await context.partitions();
      return partitions.length === 0 ? undefined : ['split', String(draw(context.random, partitions).id)];
    }),
  },
  {
    name: 'move', family: 'operate', needs: NOTHING, pairs: true,
    probe: (surroundings) => (surroundings.nodeCount > 3 ? whyNoVerb(surroundings, 'move') : 'needs more processes than replicas (--nodes 6)'),
    inject: (context) => repeat({...context, holdMs: 0}, 'moves', async () => {
      const partitions = await context.partitions();
      if (partitions.length === 0) return undefined;
      const partition = draw(context.random, partitions);
      const from = draw(context.random, partition.replicas);
      const free = context.cluster.nodes.filter((node) => node.az === from.az && !partition.replicas.some((replica) => replica.node === node.id));
      return free.length === 0 ? undefined : ['move', String(partition.id), '--from', from.node, '--to', draw(context.random, free).id];
    }),
  },
];
