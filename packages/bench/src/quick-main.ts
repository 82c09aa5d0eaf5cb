import {SeededRandom} from '@murmuration/base';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {cpus} from 'node:os';
import {dirname} from 'node:path';
import {parseArgs} from 'node:util';
import {startBenchCluster} from './bench-cluster.js';
import {gitCommit} from './git-commit.js';
import {freePort, post, startChildServer} from './peers/child-server.js';
import {fillPeer, measurePeer} from './peers/measure-peer.js';
import type {RunningPeer} from './peers/peer.js';
import {PEER_WORKLOADS} from './peers/peer-requests.js';
import {runMain} from './run-main.js';
import {spreadOf} from './spread.js';

const HELP = `CPU per request of a three-AZ cluster, as a ratio to that of a node:http echo in the same run: a change that makes requests
dearer shows here on any machine. Takes less than two minutes.

  npm run bench:quick -- [--rounds 3] [--record FILE.json]

--record adds the run to a history (default: none is written; the project keeps docs/benchmarks/history.json).
`;
const WORKLOADS = ['GetItem eventual', 'GetItem strong', 'PutItem', 'Query 25', 'BatchWriteItem 25', 'TransactWriteItems 4'];
const CONNECTIONS = 64;
const WARM_UP_MS = 4_000;
const SAMPLE = {warmUpMs: 300, durationMs: 1_500};
const HISTORY_RUNS_MAX = 500;

/** One run in the history. */
interface QuickRun {
  readonly date: string;
  readonly commit: string;
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  /** CPU of the echo a request: the yardstick, in microseconds. */
  readonly echoMicros: number;
  /** CPU of all server processes a request, divided by the echo's. Medians of the rounds. */
  readonly ratios: Readonly<Record<string, number>>;
}

async function main(): Promise<number> {
  const {values} = parseArgs({options: {rounds: {type: 'string', default: '3'}, record: {type: 'string', default: ''}, help: {type: 'boolean', default: false}}});
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    process.stderr.write(`bench:quick: --rounds must be a positive number\n${HELP}`);
    return 2;
  }
  const workloads = PEER_WORKLOADS.filter(({name}) => WORKLOADS.includes(name));
  const echo = await startEcho();
  const cluster: RunningPeer = {...await startBenchCluster(), startMs: 0};
  const micros = new Map<string, number[]>();
  let errorCount = 0;
  const note = (name: string, value: number | undefined): void => {
    if (value !== undefined) micros.set(name, [...(micros.get(name) ?? []), value]);
  };
  try {
    await fillPeer(cluster, 'dynamodb');
    for (const workload of workloads) await measurePeer(cluster, 'dynamodb', workload, CONNECTIONS, {warmUpMs: WARM_UP_MS, durationMs: 100}, new SeededRandom(1));
    for (let round = 1; round <= rounds; round += 1) {
      const [get] = workloads as [typeof workloads[number]];
      note('echo', (await measurePeer(echo, 'dynamodb', get, CONNECTIONS, SAMPLE, new SeededRandom(round))).cpuMicrosPerRequest);
      for (const workload of workloads) {
        const sample = await measurePeer(cluster, 'dynamodb', workload, CONNECTIONS, SAMPLE, new SeededRandom(round));
        errorCount += sample.errors;
        note(workload.name, sample.cpuMicrosPerRequest);
        process.stderr.write(`${round}/${rounds} ${workload.name}: ${Math.round(sample.requestsPerSecond)}/s, CPU ${sample.cpuMicrosPerRequest?.toFixed(0) ?? '–'} µs\n`);
      }
    }
  } finally {
    await cluster.stop();
    await echo.stop();
  }
  const echoMicros = spreadOf(micros.get('echo') ?? []).median;
  if (echoMicros === 0) {
    process.stderr.write('bench:quick: this system does not tell CPU times (it reads /proc)\n');
    return 1;
  }
  const ratios = Object.fromEntries(workloads.map(({name}) => [name, Math.round((100 * spreadOf(micros.get(name) ?? []).median) / echoMicros) / 100]));
  const run: QuickRun = {date: new Date().toISOString().slice(0, 10), commit: gitCommit(), node: process.version, processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length, echoMicros, ratios};
  const before = values.record === '' ? [] : history(values.record);
  const last = before.at(-1)?.ratios ?? {};
  process.stdout.write(`node:http echo  ${echoMicros} µs\n`);
  for (const [name, ratio] of Object.entries(ratios)) {
    const was = last[name];
    process.stdout.write(`${name.padEnd(22)} ${ratio.toFixed(2).padStart(7)} x echo${was === undefined ? '' : `   (was ${was.toFixed(2)})`}\n`);
  }
  if (values.record !== '') {
    mkdirSync(dirname(values.record), {recursive: true});
    writeFileSync(values.record, `${JSON.stringify([...before, run].slice(-HISTORY_RUNS_MAX), null, 1)}\n`);
  }
  if (errorCount > 0) process.stderr.write(`bench:quick: ${errorCount} requests failed; the ratios count for nothing\n`);
  return errorCount > 0 ? 1 : 0;
}

async function startEcho(): Promise<RunningPeer> {
  const port = await freePort();
  return startChildServer({
    command: process.execPath, args: [new URL('echo-main.js', import.meta.url).pathname, String(port)], endpoint: new URL(`http://127.0.0.1:${port}`),
    isReady: async (endpoint) => (await post(endpoint, '/', {}, '{}')).status === 200,
  });
}
function history(path: string): readonly QuickRun[] {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as readonly QuickRun[]) : [];
}

await runMain('bench:quick', main);
