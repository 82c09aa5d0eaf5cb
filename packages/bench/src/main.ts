import {mkdirSync, writeFileSync} from 'node:fs';
import {cpus} from 'node:os';
import {dirname} from 'node:path';
import {parseArgs} from 'node:util';
import {callDynamoDb, startBenchCluster} from './bench-cluster.js';
import type {BenchCluster} from './bench-cluster.js';
import {startEchoServer} from './echo-server.js';
import {gitCommit} from './git-commit.js';
import {runLoad} from './http-load.js';
import type {LoadResult} from './http-load.js';
import {cpuMicros, residentBytes} from './process-cpu.js';
import {echoRequests, getRequests, putRequests} from './requests.js';
import {runMain} from './run-main.js';
import {spreadOf} from './spread.js';
import type {Spread} from './spread.js';

const HELP = `Measures a three-AZ cluster that it starts itself: GetItem and PutItem of 256 B at 1, 16 and 64 connections.

  npm run bench -- [--repeats 3] [--seconds 3] [--connections 1,16,64] [--out FILE.json]
`;
const TABLE = 'Bench';

interface Sample extends LoadResult {
  readonly workload: string;
  readonly connections: number;
  /** User and system time of all server processes, divided by requests. */
  readonly cpuMicrosPerRequest: number | undefined;
}

interface Row {
  readonly workload: string;
  readonly connections: number;
  readonly requestsPerSecond: Spread;
  readonly p50Micros: Spread;
  readonly p99Micros: Spread;
  readonly cpuMicrosPerRequest: Spread | undefined;
  readonly errors: number;
}

async function main(): Promise<number> {
  const {values} = parseArgs({
    options: {
      repeats: {type: 'string', default: '3'}, seconds: {type: 'string', default: '3'}, connections: {type: 'string', default: '1,16,64'},
      out: {type: 'string', default: ''}, help: {type: 'boolean', default: false},
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const repeats = Number(values.repeats);
  const durationMs = Number(values.seconds) * 1000;
  const connectionCounts = values.connections.split(',').map(Number);
  if (![repeats, durationMs, ...connectionCounts].every((value) => Number.isFinite(value) && value > 0)) {
    process.stderr.write(`bench: --repeats, --seconds and --connections must be positive numbers\n${HELP}`);
    return 2;
  }
  process.stderr.write('starting a cluster\n');
  const cluster = await startBenchCluster();
  try {
    await prepare(cluster);
    const samples: Sample[] = [];
    // Interleaved: what else the machine does in a minute touches every workload alike.
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      for (const connections of connectionCounts) {
        for (const workload of ['PutItem', 'GetItem eventual', 'GetItem strong', 'node:http echo']) {
          const sample = await measure(workload, connections, durationMs, cluster);
          samples.push(sample);
          process.stderr.write(
            `${repeat + 1}/${repeats} ${workload} at ${connections}: ${Math.round(sample.requestsPerSecond)}/s, p50 ${sample.latencyMicros.p50} µs, p99 ${sample.latencyMicros.p99} µs, CPU ${sample.cpuMicrosPerRequest?.toFixed(0) ?? '–'} µs\n`,
          );
        }
      }
    }
    const rows = summarize(samples);
    const document = {
      format: 1, command: `npm run bench -- --repeats ${repeats} --seconds ${values.seconds} --connections ${values.connections}`,
      commit: gitCommit(), date: new Date().toISOString().slice(0, 10),
      machine: {cores: cpus().length, processor: cpus()[0]?.model ?? 'unknown', node: process.version, note: 'load generator and all server processes on the same cores'},
      shape: 'three processes, one for each AZ, every write acknowledged after two synced logs; items of 256 B over 2,000 keys',
      residentBytes: cluster.pids.map((pid) => residentBytes(pid)),
      rows,
    };
    if (values.out !== '') {
      mkdirSync(dirname(values.out), {recursive: true});
      writeFileSync(values.out, `${JSON.stringify(document, null, 2)}\n`);
    }
    process.stdout.write(renderRows(rows));
    return samples.some((sample) => sample.errors > 0) ? 1 : 0;
  } finally {
    await cluster.stop();
  }
}

async function prepare(cluster: BenchCluster): Promise<void> {
  await callDynamoDb(cluster.endpoint, 'CreateTable', {
    TableName: TABLE, BillingMode: 'PAY_PER_REQUEST', AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}], KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}],
  });
  for (;;) {
    const {Table} = (await callDynamoDb(cluster.endpoint, 'DescribeTable', {TableName: TABLE})) as {Table: {TableStatus: string}};
    if (Table.TableStatus === 'ACTIVE') break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const {hostname, port, host} = cluster.endpoint;
  await runLoad(
    {host: hostname, port: Number(port), connections: 16, warmUpMs: 100, durationMs: 2_000, nextRequest: putRequests(TABLE, host)},
    {onMeasureStart: () => undefined, onMeasureEnd: () => undefined},
  );
}

async function measure(workload: string, connections: number, durationMs: number, cluster: BenchCluster): Promise<Sample> {
  const isEcho = workload === 'node:http echo';
  const echo = isEcho ? await startEchoServer(0) : undefined;
  const {hostname, port, host} = echo?.url ?? cluster.endpoint;
  const nextRequest = isEcho ? echoRequests(host) : workload === 'PutItem' ? putRequests(TABLE, host) : getRequests(TABLE, host, workload === 'GetItem strong');
  const pids = echo === undefined ? cluster.pids : [];
  const total = (): number | undefined => {
    let sum = 0;
    for (const pid of pids) {
      const micros = cpuMicros(pid);
      if (micros === undefined) return undefined;
      sum += micros;
    }
    return pids.length === 0 ? undefined : sum;
  };
  let before: number | undefined;
  let after: number | undefined;
  const result = await runLoad(
    {host: hostname, port: Number(port), connections, warmUpMs: 500, durationMs, nextRequest},
    {onMeasureStart: () => (before = total()), onMeasureEnd: () => (after = total())},
  );
  echo?.close();
  const cpuMicrosPerRequest = before === undefined || after === undefined || result.requests === 0 ? undefined : (after - before) / result.requests;
  return {...result, workload, connections, cpuMicrosPerRequest};
}

function summarize(samples: readonly Sample[]): readonly Row[] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const name = `${sample.workload} ${sample.connections}`;
    groups.set(name, [...(groups.get(name) ?? []), sample]);
  }
  return [...groups.values()].map((group) => {
    const cpu = group.flatMap((sample) => (sample.cpuMicrosPerRequest === undefined ? [] : [sample.cpuMicrosPerRequest]));
    const [first] = group as [Sample];
    return {
      workload: first.workload,
      connections: first.connections,
      requestsPerSecond: spreadOf(group.map((sample) => sample.requestsPerSecond)),
      p50Micros: spreadOf(group.map((sample) => sample.latencyMicros.p50)),
      p99Micros: spreadOf(group.map((sample) => sample.latencyMicros.p99)),
      cpuMicrosPerRequest: cpu.length === 0 ? undefined : spreadOf(cpu),
      errors: group.reduce((sum, sample) => sum + sample.errors, 0),
    };
  });
}

function renderRows(rows: readonly Row[]): string {
  const lines = ['workload              conn    req/s   p50 µs   p99 µs   CPU µs/request (all processes)'];
  for (const row of rows) {
    lines.push(
      `${row.workload.padEnd(20)} ${String(row.connections).padStart(5)} ${String(Math.round(row.requestsPerSecond.median)).padStart(8)} ${String(row.p50Micros.median).padStart(8)} ${String(row.p99Micros.median).padStart(8)}   ${row.cpuMicrosPerRequest === undefined ? '–' : String(Math.round(row.cpuMicrosPerRequest.median))}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

await runMain('bench', main);
