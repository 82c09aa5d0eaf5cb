import {mkdirSync, writeFileSync} from 'node:fs';
import {cpus} from 'node:os';
import {dirname} from 'node:path';
import {parseArgs} from 'node:util';
import {SeededRandom} from '@murmuration/base';
import {gitCommit} from './git-commit.js';
import {LocalCluster} from './live/local-cluster.js';
import {callPeer, measurePeer} from './peers/measure-peer.js';
import {KEY_COUNT, KEY_VALUE_TABLE, PEER_WORKLOADS, keyValueItem} from './peers/peer-requests.js';
import type {PeerWorkload} from './peers/peer-requests.js';
import {runMain} from './run-main.js';
import {spreadOf} from './spread.js';
import type {Spread} from './spread.js';

const HELP = `What admission control costs: CPU of all server processes a request with throttling on against off, on one cluster and one table, in turn within one
run. Ceilings are so high that nothing is refused.

  npm run bench:admission -- [--rounds 5] [--out FILE.json]
`;
/** Eventual reads are not among those judged: with throttling on leaders answer them, so that they are counted; without it the nearest replica does. */
const JUDGED = ['GetItem strong', 'PutItem'];
const WORKLOADS = [...JUDGED, 'GetItem eventual'];
const CONNECTIONS = 64;
const SAMPLE = {warmUpMs: 300, durationMs: 1_200};
const SETTLE = {warmUpMs: 900, durationMs: 100};
const WARM_UP = {warmUpMs: 2_000, durationMs: 100};
const OVERHEAD_PERCENT_MAX = 3;
/** Each state comes first as often as the other. */
const TURNS = ['on', 'off', 'off', 'on'] as const;
const [UNITS, CEILING_UNITS] = [40_000, 1_000_000];
const [BATCH_ITEMS, BATCHES_AT_ONCE] = [25, 8];
/** A partition's share of its table ends at DynamoDB's ceilings, whatever is set: with so many none comes near. */
const PARTITION_COUNT = 12;

interface Row {
  readonly workload: string;
  readonly offMicros: Spread;
  readonly onMicros: Spread;
  /** Median, least and most of the rounds' ratios. */
  readonly overheadPercent: Spread;
  readonly isJudged: boolean;
}

async function main(): Promise<number> {
  const {values} = parseArgs({options: {rounds: {type: 'string', default: '5'}, out: {type: 'string', default: ''}, help: {type: 'boolean', default: false}}});
  const rounds = Number(values.rounds);
  if (values.help || !Number.isInteger(rounds) || rounds < 1) {
    (values.help ? process.stdout : process.stderr).write(HELP);
    return values.help ? 0 : 2;
  }
  const cluster = await LocalCluster.start();
  try {
    await cluster.set({throttling: 'off', partitionReadUnitsMax: CEILING_UNITS, partitionWriteUnitsMax: CEILING_UNITS, splitForHeat: 'off', sharing: 'static', initialPartitions: PARTITION_COUNT});
    await fill(new URL(cluster.endpoint));
    const {rows, errorCount} = await measure(cluster, rounds);
    const isPassed = errorCount === 0 && rows.every(({isJudged, overheadPercent}) => !isJudged || overheadPercent.median < OVERHEAD_PERCENT_MAX);
    const document = {
      command: `npm run bench:admission -- --rounds ${rounds}`, date: new Date().toISOString().slice(0, 10), commit: gitCommit(), node: process.version, processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length,
      connections: CONNECTIONS, rounds, samplesPerRound: TURNS.length, secondsPerSample: SAMPLE.durationMs / 1000, errorCount, isPassed, rows,
    };
    const text = `${JSON.stringify(document, null, 1)}\n`;
    process.stdout.write(text);
    if (values.out !== '') {
      mkdirSync(dirname(values.out), {recursive: true});
      writeFileSync(values.out, text);
    }
    return isPassed ? 0 : 1;
  } finally {
    await cluster.stop();
  }
}

async function measure(cluster: LocalCluster, rounds: number): Promise<{readonly rows: readonly Row[]; readonly errorCount: number}> {
  const workloads = WORKLOADS.map((name) => PEER_WORKLOADS.find((workload) => workload.name === name)).filter((workload) => workload !== undefined);
  const peer = {endpoint: new URL(cluster.endpoint), pids: cluster.pids, startMs: 0, stop: async () => Promise.resolve()};
  const sample = (workload: PeerWorkload, times: typeof SAMPLE, seed: number): ReturnType<typeof measurePeer> => measurePeer(peer, 'dynamodb', workload, CONNECTIONS, times, new SeededRandom(seed));
  for (const state of ['off', 'on'] as const) {
    await cluster.set({throttling: state});
    for (const workload of workloads) await sample(workload, WARM_UP, 1);
  }
  const samples = new Map<string, {readonly on: number[]; readonly off: number[]}[]>(workloads.map(({name}) => [name, []]));
  let errorCount = 0;
  for (let round = 1; round <= rounds; round += 1) {
    for (const each of samples.values()) each.push({on: [], off: []});
    for (const state of TURNS) {
      await cluster.set({throttling: state});
      // What begins anew with a change of settings, buckets for one, is not what a request costs.
      const [first] = workloads;
      if (first !== undefined) await sample(first, SETTLE, round);
      for (const workload of workloads) {
        const {cpuMicrosPerRequest, errors} = await sample(workload, SAMPLE, round);
        if (cpuMicrosPerRequest === undefined) throw new Error('this system does not tell CPU times (they are read from /proc)');
        errorCount += errors;
        samples.get(workload.name)?.at(-1)?.[state].push(cpuMicrosPerRequest);
      }
    }
  }
  const rows = [...samples].map(([workload, ofRounds]): Row => ({
    workload, offMicros: spreadOf(ofRounds.flatMap(({off}) => off)), onMicros: spreadOf(ofRounds.flatMap(({on}) => on)),
    overheadPercent: spreadOf(ofRounds.map(({on, off}) => (meanOf(on) / meanOf(off) - 1) * 100)), isJudged: JUDGED.includes(workload),
  }));
  return {rows, errorCount};
}
function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A provisioned table, so that shares, buckets and burst take part. */
async function fill(endpoint: URL): Promise<void> {
  await callPeer(endpoint, 'CreateTable', {
    TableName: KEY_VALUE_TABLE, BillingMode: 'PROVISIONED', ProvisionedThroughput: {ReadCapacityUnits: UNITS, WriteCapacityUnits: UNITS},
    AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}], KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}],
  });
  for (;;) {
    const {Table} = (await callPeer(endpoint, 'DescribeTable', {TableName: KEY_VALUE_TABLE})) as {Table: {TableStatus: string}};
    if (Table.TableStatus === 'ACTIVE') break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let from = next; from < KEY_COUNT; from = next) {
      next += BATCH_ITEMS;
      await callPeer(endpoint, 'BatchWriteItem', {RequestItems: {[KEY_VALUE_TABLE]: Array.from({length: BATCH_ITEMS}, (_none, i) => ({PutRequest: {Item: keyValueItem(from + i, 256)}}))}});
    }
  };
  await Promise.all(Array.from({length: BATCHES_AT_ONCE}, lane));
}

await runMain('bench:admission', main);
