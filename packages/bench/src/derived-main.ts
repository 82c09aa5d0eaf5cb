import {SeededRandom} from '@murmuration/base';
import {mkdirSync, writeFileSync} from 'node:fs';
import {cpus} from 'node:os';
import {dirname} from 'node:path';
import {parseArgs} from 'node:util';
import {startBenchCluster} from './bench-cluster.js';
import {gitCommit} from './git-commit.js';
import {runLoad} from './http-load.js';
import {callPeer} from './peers/measure-peer.js';
import {runMain} from './run-main.js';
import {spreadOf} from './spread.js';
import type {Spread} from './spread.js';
import {cpuMicros} from './process-cpu.js';
import {frame, inTurn} from './requests.js';

const HELP = `What derived data and transactions cost on a three-AZ cluster, beside the plain write in the same run.

  npm run bench:derived -- [--rounds 5] [--seconds 3] [--out FILE.json] [--note TEXT]
`;
const TABLES = ['Plain', 'Derived', 'TransactA', 'TransactB', 'TransactC', 'TransactD'] as const;
const KEY_COUNT = 2_000;
/** Where index entries move, each key comes with several values of the indexed attributes, one after the other. */
const PREPARED_COUNT = 4 * KEY_COUNT;
const WARM_UP_MS = 2_000;
const CONNECTIONS = 64;

interface Load {
  readonly name: string;
  readonly connections: number;
  readonly requests: () => Buffer;
}

async function main(): Promise<number> {
  const {values} = parseArgs({options: {rounds: {type: 'string', default: '5'}, seconds: {type: 'string', default: '3'}, out: {type: 'string', default: ''}, note: {type: 'string', default: 'load generator and all server processes on the same cores'}, help: {type: 'boolean', default: false}}});
  const rounds = Number(values.rounds);
  const durationMs = Number(values.seconds) * 1000;
  if (values.help || !(rounds >= 1 && durationMs > 0)) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  const cluster = await startBenchCluster();
  const cpu = new Map<string, number[]>();
  const p50 = new Map<string, number[]>();
  let errorCount = 0;
  try {
    await createTables(cluster.endpoint);
    const loads = loadsOf(cluster.endpoint.host);
    const run = async (load: Load, warmUpMs: number, forMs: number): Promise<{cpuMicros: number; p50Micros: number}> => {
      const total = (): number => cluster.pids.reduce((sum, pid) => sum + (cpuMicros(pid) ?? 0), 0);
      let before = 0;
      let after = 0;
      const {hostname, port} = cluster.endpoint;
      const result = await runLoad(
        {host: hostname, port: Number(port), connections: load.connections, warmUpMs, durationMs: forMs, nextRequest: load.requests},
        {onMeasureStart: () => (before = total()), onMeasureEnd: () => (after = total())},
      );
      errorCount += result.errors;
      return {cpuMicros: (after - before) / Math.max(1, result.requests), p50Micros: result.latencyMicros.p50};
    };
    for (const load of loads) await run(load, WARM_UP_MS, 100);
    for (let round = 1; round <= rounds; round += 1) {
      for (const load of loads) {
        const sample = await run(load, 500, durationMs);
        cpu.set(load.name, [...(cpu.get(load.name) ?? []), sample.cpuMicros]);
        p50.set(load.name, [...(p50.get(load.name) ?? []), sample.p50Micros]);
        process.stderr.write(`${round}/${rounds} ${load.name}: CPU ${Math.round(sample.cpuMicros)} µs, p50 ${sample.p50Micros} µs\n`);
      }
    }
  } finally {
    await cluster.stop();
  }
  const rows = [...cpu.keys()].map((name) => ({name, cpuMicrosPerRequest: spreadOf(cpu.get(name) ?? []), p50Micros: spreadOf(p50.get(name) ?? [])}));
  const of = (kind: 'cpuMicrosPerRequest' | 'p50Micros', name: string): number => (rows.find((row) => row.name === name)?.[kind] as Spread).median;
  const cpuRatio = (kind: string): number => of('cpuMicrosPerRequest', `${kind} derived, ${CONNECTIONS}`) / of('cpuMicrosPerRequest', `${kind} plain, ${CONNECTIONS}`);
  const ratios = {
    'CPU of an insert with a stream and two indexes to a plain insert': cpuRatio('insert'),
    'CPU of an overwrite with a stream and two indexes, index keys kept, to a plain overwrite': cpuRatio('overwrite'),
    'CPU of a put with a stream and two indexes, both index keys moved, to a plain put': cpuRatio('put'),
    'p50 of a transaction over four partitions to a put, 1 connection': of('p50Micros', 'transaction over four partitions, 1') / of('p50Micros', 'put plain, 1'),
    'p50 of a transaction inside one partition to a put, 1 connection': of('p50Micros', 'transaction inside one partition, 1') / of('p50Micros', 'put plain, 1'),
  };
  const document = {
    format: 1, command: `npm run bench:derived -- --rounds ${rounds} --seconds ${values.seconds}`, commit: gitCommit(), date: new Date().toISOString().slice(0, 10),
    machine: {cores: cpus().length, processor: cpus()[0]?.model ?? 'unknown', node: process.version, note: values.note},
    method: 'items of 256 B; inserts have keys of their own, overwrites and puts go round 2,000 keys: an overwrite changes an attribute that no index has as a key, a put the keys of both index entries; the derived table has a stream of both images and two indexes of everything; loads take turns in each round; CPU is that of all three processes',
    ratios: Object.fromEntries(Object.entries(ratios).map(([name, ratio]) => [name, Math.round(ratio * 100) / 100])), rows,
  };
  process.stdout.write(`${JSON.stringify(document.ratios, null, 1)}\n`);
  if (values.out !== '') {
    mkdirSync(dirname(values.out), {recursive: true});
    writeFileSync(values.out, `${JSON.stringify(document, null, 1)}\n`);
  }
  if (errorCount > 0) process.stderr.write(`bench:derived: ${errorCount} requests failed\n`);
  return errorCount > 0 ? 1 : 0;
}

async function createTables(endpoint: URL): Promise<void> {
  const string = (name: string): unknown => ({AttributeName: name, AttributeType: 'S'});
  const index = (name: string): unknown => ({IndexName: `by-${name}`, KeySchema: [{AttributeName: name, KeyType: 'HASH'}], Projection: {ProjectionType: 'ALL'}});
  for (const name of TABLES) {
    const isDerived = name === 'Derived';
    await callPeer(endpoint, 'CreateTable', {
      TableName: name, BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, {AttributeName: 'sk', KeyType: 'RANGE'}],
      AttributeDefinitions: [string('pk'), string('sk'), ...(isDerived ? [string('one'), string('two')] : [])],
      ...(isDerived ? {GlobalSecondaryIndexes: [index('one'), index('two')], StreamSpecification: {StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES'}} : {}),
    });
  }
  for (const name of TABLES) {
    while (((await callPeer(endpoint, 'DescribeTable', {TableName: name})) as {Table: {TableStatus: string}}).Table.TableStatus !== 'ACTIVE') await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function loadsOf(host: string): readonly Load[] {
  const random = new SeededRandom(1);
  const padding = 'x'.repeat(180);
  const item = (pk: string, sk: string): unknown => ({pk: {S: pk}, sk: {S: sk}, one: {S: `one#${random.below(1_000)}`}, two: {S: `two#${random.below(1_000)}`}, data: {S: padding}});
  const prepare = (make: (i: number) => {readonly operation: string; readonly body: unknown}): (() => Buffer) =>
    inTurn(Array.from({length: PREPARED_COUNT}, (_, i) => {
      const {operation, body} = make(i);
      return frame(operation, JSON.stringify(body), host);
    }));
  const kept = (table: string): (() => Buffer) => prepare((i) => {
    const at = i % KEY_COUNT;
    return {operation: 'PutItem', body: {TableName: table, Item: {pk: {S: `kept#${at}`}, sk: {S: 'profile'}, one: {S: `one#${at % 1_000}`}, two: {S: `two#${at % 997}`}, data: {S: `${padding}${random.below(1_000)}`}}}};
  });
  const insert = (table: string): (() => Buffer) => {
    let count = 0;
    return () => {
      count += 1;
      return frame('PutItem', JSON.stringify({TableName: table, Item: item(`new#${count}`, 'profile')}), host);
    };
  };
  const put = (table: string): (() => Buffer) => prepare((i) => ({operation: 'PutItem', body: {TableName: table, Item: item(`user#${i % KEY_COUNT}`, 'profile')}}));
  const across = prepare((i) => ({
    operation: 'TransactWriteItems', body: {TransactItems: ['TransactA', 'TransactB', 'TransactC', 'TransactD'].map((table) => ({Put: {TableName: table, Item: item(`user#${i % KEY_COUNT}`, 'profile')}}))},
  }));
  const inside = prepare((i) => ({
    operation: 'TransactWriteItems', body: {TransactItems: ['1', '2', '3', '4'].map((sk) => ({Put: {TableName: 'Plain', Item: item(`user#${i % KEY_COUNT}`, sk)}}))},
  }));
  return [
    {name: 'insert plain, 64', connections: CONNECTIONS, requests: insert('Plain')}, {name: 'insert derived, 64', connections: CONNECTIONS, requests: insert('Derived')},
    {name: 'overwrite plain, 64', connections: CONNECTIONS, requests: kept('Plain')}, {name: 'overwrite derived, 64', connections: CONNECTIONS, requests: kept('Derived')},
    {name: 'put plain, 64', connections: CONNECTIONS, requests: put('Plain')}, {name: 'put derived, 64', connections: CONNECTIONS, requests: put('Derived')},
    {name: 'put plain, 1', connections: 1, requests: put('Plain')}, {name: 'transaction over four partitions, 1', connections: 1, requests: across},
    {name: 'transaction inside one partition, 1', connections: 1, requests: inside},
  ];
}

await runMain('bench:derived', main);
