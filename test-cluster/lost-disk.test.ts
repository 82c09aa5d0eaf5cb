// Goal: a process whose disk is lost, or whose disk is an older copy, never comes back as the replicas it was: it sets
// what it finds aside, joins again under a new disk name, and the cluster serves everything all the while.
// Method: a storage directory is copied while its process is down, the process runs on, and later finds the old copy, or nothing.
import {cpSync, existsSync, readFileSync, readdirSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {LedgerWriter, findLost} from './ledger.js';
import {ProcessCluster, newDirectory, removeDirectory} from './process-cluster.js';
import {until} from './until.js';
import {WireClient, createWireTable} from './wire-client.js';

const TABLE = 'ledger';

let cluster: ProcessCluster;
beforeAll(async () => {
  cluster = await ProcessCluster.start({environment: {MURMUR_HEAL_AFTER_MS: '3000'}});
}, 60_000);
afterAll(() => cluster.stop(), 30_000);

test('an older and an empty disk are refused, set aside and replaced; nothing acknowledged is lost', ProcessCluster.explained(() => cluster, async () => {
  const wire = new WireClient(cluster.endpoint, 2);
  await createWireTable(wire, TABLE);
  wire.close();
  await until('every partition has a leader', async () => (await cluster.partitionsOf(TABLE)).every((partition) => partition.leader !== null));
  const victim = cluster.nodeIds[2] ?? '';
  const others = cluster.nodeIds.filter((id) => id !== victim);
  const ledger = new LedgerWriter({table: TABLE, endpoints: others.map((id) => cluster.nodeEndpoint(id)), clientCount: 8});
  ledger.start();
  await until('writes flow', () => ledger.acknowledged.size > 200);

  const data = dataDirectory(cluster.directory, victim);
  const copy = newDirectory('old-disk');
  const stop = async (): Promise<void> => {
    const {code, stderr} = await cluster.murmur('node', 'stop', victim, '--data', cluster.directory);
    if (code !== 0) throw new Error(stderr);
  };
  try {
    await stop();
    cpSync(data, copy, {recursive: true});
    await cluster.restart(victim);
    const before = ledger.acknowledged.size;
    await until('more is written', () => ledger.acknowledged.size > before + 200);
    await stop();
    rmSync(data, {recursive: true});
    renameSync(copy, data);
    await cluster.restart(victim);
    await until('the old copy is set aside', () => readdirSync(data).some((name) => name.startsWith('set-aside-')));
    await until('the node is back', async () => (await cluster.node(victim)).state === 'up');

    await stop();
    const votesBefore = votesTold(victim);
    rmSync(data, {recursive: true});
    await cluster.restart(victim);
    await until('the empty disk is set aside, too', () => existsSync(data) && readdirSync(data).some((name) => name.startsWith('set-aside-')));
    await until('the node is back', async () => (await cluster.node(victim)).state === 'up');
    await until('its replica of the control group votes under a new id', () => votesTold(victim) > votesBefore, 60_000);
    await until('its partitions were rebuilt under new ids', async () => {
      const partitions = await cluster.partitionsOf(TABLE);
      return partitions.every(({replicas}) => replicas.length === 3 && replicas.every(({role, state, node, id}) => role === 'voter' && state !== 'unknown' && (node !== victim || id > 3)));
    }, 60_000);
    const again = ledger.acknowledged.size;
    await until('writes go on', () => ledger.acknowledged.size > again + 200);
  } finally {
    await ledger.stop();
    removeDirectory(copy);
  }
  for (const id of cluster.nodeIds) expect(await findLost(cluster.nodeEndpoint(id), TABLE, ledger.acknowledged)).toEqual([]);
}), 240_000);

/** How often the process told that it votes in the control group under a new id; it may be stopped before it does. */
function votesTold(node: string): number {
  return readFileSync(join(cluster.directory, `${node}.log`), 'utf8').split('"control-join/voting"').length - 1;
}

function dataDirectory(directory: string, node: string): string {
  const found = [join(directory, node), join(directory, 'nodes', node)].find((path) => existsSync(join(path, 'identity')));
  if (found === undefined) throw new Error(`no data directory of ${node} in ${directory}: ${readdirSync(directory).join(', ')}`);
  return found;
}
