import {mkdirSync, writeFileSync} from 'node:fs';
import {Session} from 'node:inspector/promises';
import {cpus} from 'node:os';
import {dirname} from 'node:path';
import {parseArgs} from 'node:util';
import {Worker} from 'node:worker_threads';
import {startCluster} from '@murmuration/test';
import {callDynamoDb} from './bench-cluster.js';
import type {ProfiledLoad} from './profile-load.js';
import {packageOf, selfAllocations, selfTimes} from './profile-summary.js';
import type {FunctionShare} from './profile-summary.js';

const HELP = `Profiles GetItem and PutItem with plain parameters at a cluster inside this process: where time goes, what is allocated, and
which regular expressions run.

  npm run profile -- [--seconds 4] [--out FILE.txt]
`;
const TABLE = 'Bench';
const CONNECTIONS = 16;
const WARM_UP_MS = 3_000;
const CPU_INTERVAL_MICROS = 100;
const HEAP_INTERVAL_BYTES = 4_096;
const SHOWN_MAX = 30;

/** Every regular expression that runs goes through this one method once it is not the engine's own any more. */
function watchExpressions(): {start(): void; stop(): ReadonlyMap<string, number>} {
  const own = RegExp.prototype.exec;
  let counts = new Map<string, number>();
  return {
    start() {
      counts = new Map();
      RegExp.prototype.exec = function (text: string) {
        RegExp.prototype.exec = own;
        const caller = new Error('caller').stack?.split('\n').slice(2).find((line) => !line.includes('RegExp.'))?.trim() ?? '';
        const where = `/${this.source}/ ${caller.replace(/\(?(?:file:\/\/)?\/.*\/(?:packages|@murmuration)\//, '(')}`;
        counts.set(where, (counts.get(where) ?? 0) + 1);
        RegExp.prototype.exec = watched;
        return own.call(this, text);
      };
      const watched = RegExp.prototype.exec;
    },
    stop() {
      RegExp.prototype.exec = own;
      return counts;
    },
  };
}

function table(shares: readonly FunctionShare[], unit: (amount: number) => string): string {
  return shares.slice(0, SHOWN_MAX).map(({name, place, amount}) => `  ${unit(amount).padStart(9)}  ${name.padEnd(34)} ${place}`).join('\n');
}
function byPackage(shares: readonly FunctionShare[], unit: (amount: number) => string): string {
  const sums = new Map<string, number>();
  for (const {place, amount} of shares) sums.set(packageOf(place), (sums.get(packageOf(place)) ?? 0) + amount);
  return [...sums].sort((a, b) => b[1] - a[1]).map(([name, amount]) => `  ${unit(amount).padStart(9)}  ${name}`).join('\n');
}

async function main(): Promise<number> {
  const {values} = parseArgs({options: {seconds: {type: 'string', default: '4'}, out: {type: 'string', default: ''}, help: {type: 'boolean', default: false}}});
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const durationMs = Number(values.seconds) * 1000;
  if (!(durationMs > 0)) {
    process.stderr.write(`profile: --seconds must be a positive number\n${HELP}`);
    return 2;
  }
  await using cluster = await startCluster();
  const endpoint = new URL(cluster.endpoints[0] ?? cluster.endpoint);
  await callDynamoDb(endpoint, 'CreateTable', {
    TableName: TABLE, BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}],
  });
  while (((await callDynamoDb(endpoint, 'DescribeTable', {TableName: TABLE})) as {Table: {TableStatus: string}}).Table.TableStatus !== 'ACTIVE');
  const worker = new Worker(new URL('./profile-load.js', import.meta.url), {workerData: {hostname: endpoint.hostname, port: Number(endpoint.port), table: TABLE, connections: CONNECTIONS}});
  const load = (operation: ProfiledLoad['operation'], forMs: number): Promise<number> => new Promise((resolve, reject) => {
    worker.once('message', ({count, errors}: {count: number; errors: number}) => {
      if (errors === 0) resolve(count);
      else reject(new Error(`${errors} of ${count} requests failed`));
    });
    worker.postMessage({operation, durationMs: forMs} satisfies ProfiledLoad);
  });
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', {interval: CPU_INTERVAL_MICROS});
  const expressions = watchExpressions();
  const parts: string[] = [
    `GetItem (strong) and PutItem of 256 B, plain parameters, ${CONNECTIONS} connections, at one node of a three-AZ cluster inside this process.`,
    `node ${process.version}, ${cpus()[0]?.model.trim() ?? 'unknown CPU'}. Made by: npm run profile -- --seconds ${values.seconds}`,
  ];
  for (const operation of ['PutItem', 'GetItem'] as const) {
    await load(operation, WARM_UP_MS);
    expressions.start();
    const watched = await load(operation, durationMs / 4);
    const found = expressions.stop();
    await session.post('Profiler.start');
    const timed = await load(operation, durationMs);
    const times = selfTimes((await session.post('Profiler.stop')).profile);
    await session.post('HeapProfiler.startSampling', {samplingInterval: HEAP_INTERVAL_BYTES, includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true});
    const measured = await load(operation, durationMs);
    const allocations = selfAllocations((await session.post('HeapProfiler.stopSampling')).profile);
    const micros = (amount: number): string => `${(amount / timed).toFixed(2)} us`;
    const bytes = (amount: number): string => `${Math.round(amount / measured)} B`;
    parts.push(
      `\n${operation}: regular expressions in ${watched} requests\n${[...found].map(([where, count]) => `  ${(count / watched).toFixed(3)} a request  ${where}`).join('\n') || '  none'}`,
      `\n${operation}: self time a request, by package (${timed} requests)\n${byPackage(times, micros)}`,
      `\n${operation}: self time a request, the first ${SHOWN_MAX} functions\n${table(times, micros)}`,
      `\n${operation}: allocated a request, by package (${measured} requests)\n${byPackage(allocations, bytes)}`,
      `\n${operation}: allocated a request, the first ${SHOWN_MAX} functions\n${table(allocations, bytes)}`,
    );
  }
  session.disconnect();
  await worker.terminate();
  const text = `${parts.join('\n')}\n`;
  process.stdout.write(text);
  if (values.out !== '') {
    mkdirSync(dirname(values.out), {recursive: true});
    writeFileSync(values.out, text);
  }
  return 0;
}

process.exitCode = await main();
