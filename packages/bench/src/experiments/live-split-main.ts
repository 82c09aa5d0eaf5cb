import {mkdirSync, writeFileSync} from 'node:fs';
import {cpus} from 'node:os';
import {dirname} from 'node:path';
import {parseArgs} from 'node:util';
import {gitCommit} from '../git-commit.js';
import {CheckedClients} from '../live/checked-clients.js';
import {ClusterWatch} from '../live/cluster-watch.js';
import {DynamoDbConnections} from '../live/dynamodb-connections.js';
import {LocalCluster} from '../live/local-cluster.js';
import {RequestSigner} from '../live/sign-request.js';
import {makeTable} from '../live/table-setup.js';
import {runMain} from '../run-main.js';
import {VIRTUAL_DEFAULTS} from '../virtual/virtual-settings.js';
import {steady} from '../workloads/workload-spec.js';
import {PUT, load, provisionedTable, workload} from './loads.js';

const HELP = `A partition is cut for heat under the load of AWS SDK clients, on a three-AZ cluster of real processes: no acknowledged write may be
lost, every strong operation must fit one order of its item, and no call may fail after the SDK's own retries.

  npm run experiments:live-split -- [--scale 0.1] [--out FILE.json]
`;
const TABLE = 'CheckedSplit';
const EXIT_CHECK_FAILED = 7;
const [CLIENT_COUNT, ITEM_COUNT, SUSTAIN_SECONDS] = [24, 240, 8];
/** Writes a second at full ceilings: hot for one partition, then too much for one and right for two. */
const [HOT_RATE, TWICE_RATE] = [900, 1_500];
const [HOT_SECONDS, TWICE_SECONDS] = [25, 20];
const TABLE_TIMEOUT_MS = 60_000;

async function main(): Promise<number> {
  const {values} = parseArgs({options: {scale: {type: 'string', default: '0.1'}, out: {type: 'string', default: ''}, help: {type: 'boolean', default: false}}});
  const scale = Number(values.scale);
  if (values.help || !(scale > 0 && scale <= 1)) {
    (values.help ? process.stdout : process.stderr).write(HELP);
    return values.help ? 0 : 2;
  }
  const cluster = await LocalCluster.start();
  try {
    await cluster.set({
      throttling: 'provisioned', partitionReadUnitsMax: Math.round(VIRTUAL_DEFAULTS.partitionReadUnitsMax * scale), partitionWriteUnitsMax: Math.round(VIRTUAL_DEFAULTS.partitionWriteUnitsMax * scale),
      splitSustainSeconds: SUSTAIN_SECONDS, initialPartitions: 1,
    });
    const endpoint = new URL(cluster.endpoint);
    const phases = [steady(HOT_SECONDS, HOT_RATE * scale), steady(TWICE_SECONDS, TWICE_RATE * scale)];
    const spec = workload('checked-split', 'A split under the load of checked clients', 1, provisionedTable(3_000 * scale, 2_000 * scale, {name: TABLE, hasSortKey: true}), [load({name: 'writes', keys: {kind: 'uniform', keyCount: 1, firstKey: 0}, operation: PUT, phases})]);
    const connections = new DynamoDbConnections({endpoint, connectionsMax: 1, timeoutMs: 5_000}, new RequestSigner({accessKeyId: 'any', secretAccessKey: 'any', sessionToken: undefined}, 'us-east-1', endpoint.host));
    await makeTable(connections, spec, 'refuse', TABLE_TIMEOUT_MS);
    connections.close();
    const watch = new ClusterWatch(cluster.adminUrl, TABLE);
    await watch.prepare();
    watch.start();
    const result = await new CheckedClients({endpoint: cluster.endpoint, table: TABLE, clientCount: CLIENT_COUNT, itemCount: ITEM_COUNT, phases}).run();
    await watch.stop();
    const measures = watch.measures();
    const failedCount = Object.values(result.failures).reduce((sum, count) => sum + count, 0);
    const isPassed = (measures['splits'] ?? 0) > 0 && result.lostWrites.length === 0 && result.linearizable.kind === 'ok' && failedCount === 0;
    const document = {
      command: `npm run experiments:live-split -- --scale ${scale}`, date: new Date().toISOString().slice(0, 10), commit: gitCommit(), node: process.version, processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length,
      scale, clients: `${CLIENT_COUNT} clients of the AWS SDK with its own retries`, phases: phases.map(({seconds, fromRequestsPerSecond}) => ({seconds, writesPerSecond: fromRequestsPerSecond})), isPassed, failedCount, ...result, measures,
    };
    const text = `${JSON.stringify(document, null, 1)}\n`;
    process.stdout.write(text);
    if (values.out !== '') {
      mkdirSync(dirname(values.out), {recursive: true});
      writeFileSync(values.out, text);
    }
    return isPassed ? 0 : EXIT_CHECK_FAILED;
  } finally {
    await cluster.stop();
  }
}

await runMain('experiments:live-split', main);
