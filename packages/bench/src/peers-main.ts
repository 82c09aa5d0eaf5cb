import {SeededRandom} from '@murmuration/base';
import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {cpus, totalmem} from 'node:os';
import {dirname} from 'node:path';
import {parseArgs} from 'node:util';
import {gitCommit} from './git-commit.js';
import {fdatasyncMicros} from './peers/fdatasync.js';
import {downloadPeers, findPeers} from './peers/find-peers.js';
import {fillPeer, measurePeer} from './peers/measure-peer.js';
import type {Peer} from './peers/peer.js';
import {PEER_WORKLOADS} from './peers/peer-requests.js';
import type {PeerWorkload} from './peers/peer-requests.js';
import {peerRows, renderPeerRows} from './peers/peers-result.js';
import type {PeersResult, TakenSample} from './peers/peers-result.js';
import {runMain} from './run-main.js';
import {spreadOf} from './spread.js';

const HELP = `Measures Murmuration beside what else answers DynamoDB's protocol, in one run: the same client, items, seed and machine.

  npm run bench:peers -- [--repeats 5] [--seconds 2] [--warm-up-seconds 1] [--connections 64] [--latency-connections 1,16,256]
                         [--peers NAME,NAME] [--workloads NAME,NAME] [--seed 1] [--out FILE.json] [--download]

Peers that are not found are told and left out. --download fetches them (npm, Maven Central, crates.io) to MURMUR_PEERS,
by default ~/.cache/murmuration/peers. Peers take turns in each repetition; each starts empty, is filled, and warmed up.
`;
/** Measured at all numbers of connections; the others only at the one of --connections. */
const AT_ALL_CONNECTIONS: readonly string[] = ['GetItem eventual', 'GetItem strong', 'PutItem'];
/** Compilers of peers want to see code many times before they make it fast: so long each of these runs before anything counts. */
const FIRST_WARM_UP_MS = 5_000;

interface Plan {
  readonly repeats: number;
  readonly durationMs: number;
  readonly warmUpMs: number;
  readonly connections: number;
  readonly latencyConnections: readonly number[];
  readonly seed: number;
}

async function main(): Promise<number> {
  const {values} = parseArgs({
    options: {
      repeats: {type: 'string', default: '5'}, seconds: {type: 'string', default: '2'}, 'warm-up-seconds': {type: 'string', default: '1'}, connections: {type: 'string', default: '64'},
      'latency-connections': {type: 'string', default: '1,16,256'}, peers: {type: 'string', default: ''}, workloads: {type: 'string', default: ''}, seed: {type: 'string', default: '1'},
      out: {type: 'string', default: ''}, download: {type: 'boolean', default: false}, help: {type: 'boolean', default: false},
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const plan: Plan = {
    repeats: Number(values.repeats), durationMs: Number(values.seconds) * 1000, warmUpMs: Number(values['warm-up-seconds']) * 1000, connections: Number(values.connections),
    latencyConnections: values['latency-connections'].split(',').filter((text) => text !== '').map(Number), seed: Number(values.seed),
  };
  const numbers = [plan.repeats, plan.durationMs, plan.warmUpMs, plan.connections, plan.seed, ...plan.latencyConnections];
  if (!numbers.every((value) => Number.isFinite(value) && value > 0)) return usage('--repeats, --seconds, --warm-up-seconds, --connections, --latency-connections and --seed must be positive numbers');
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  if (values.download) downloadPeers(say);
  const {found, missing} = findPeers();
  for (const {name, reason} of missing) say(`left out: ${name}: ${reason}`);
  const wanted = namesOf(values.peers);
  const unknown = wanted.filter((name) => ![...found, ...missing].some((peer) => peer.name === name));
  if (unknown.length > 0) return usage(`no such peer: ${unknown.join(', ')}; there are ${[...found, ...missing].map(({name}) => name).join(', ')}`);
  const peers = found.filter(({name}) => wanted.length === 0 || wanted.includes(name));
  const wantedWorkloads = namesOf(values.workloads);
  const workloads = PEER_WORKLOADS.filter(({name}) => wantedWorkloads.length === 0 || wantedWorkloads.includes(name));
  if (workloads.length < wantedWorkloads.length) return usage(`workloads are ${PEER_WORKLOADS.map(({name}) => name).join(', ')}`);

  const samples: TakenSample[] = [];
  const starts = new Map<string, {startMs: number[]; idleBytes: number}>();
  const syncs: number[] = [];
  for (let repeat = 1; repeat <= plan.repeats; repeat += 1) {
    syncs.push(fdatasyncMicros());
    for (const peer of peers) {
      say(`${repeat}/${plan.repeats} ${peer.name}`);
      await measureOne(peer, workloads, plan, samples, starts, say);
    }
  }
  const rows = peerRows(samples);
  process.stdout.write(renderPeerRows(rows));
  const result: PeersResult = {
    format: 1, command: `npm run bench:peers -- ${process.argv.slice(2).filter((word, i, words) => word !== '--out' && words[i - 1] !== '--out').join(' ')}`.trim(),
    commit: gitCommit(), date: new Date().toISOString().slice(0, 10),
    machine: {cores: cpus().length, processor: cpus()[0]?.model ?? 'unknown', memoryGibibytes: Math.round(totalmem() / 1_073_741_824), node: process.version, java: versionLine('java', '-version'), etcd: versionLine('etcd', '--version')},
    method: `Peers take turns in ${plan.repeats} repetitions; each starts empty and is filled with 20,000 items of 256 B and 200 collections of 25; ${plan.durationMs / 1000} s a sample after ${plan.warmUpMs / 1000} s of the same load; closed loop; the generator and all servers share the cores.`,
    peers: peers.map(({name, version, shape}) => ({name, version, shape, startMs: spreadOf(starts.get(name)?.startMs ?? []), idleMebibytes: Math.round((starts.get(name)?.idleBytes ?? 0) / 1_048_576)})),
    missing, fdatasyncMicros: spreadOf(syncs), rows,
  };
  if (values.out !== '') {
    mkdirSync(dirname(values.out), {recursive: true});
    writeFileSync(values.out, `${JSON.stringify(result, null, 1)}\n`);
    say(`written to ${values.out}`);
  }
  const failed = rows.filter(({errors}) => errors > 0);
  for (const {peer, workload, errors} of failed) say(`${peer}: ${workload} had ${errors} errors; its figures count for nothing`);
  return failed.length > 0 ? 1 : 0;
}

async function measureOne(peer: Peer, workloads: readonly PeerWorkload[], plan: Plan, samples: TakenSample[], starts: Map<string, {startMs: number[]; idleBytes: number}>, say: (line: string) => void): Promise<void> {
  const running = await peer.start();
  try {
    const start = starts.get(peer.name) ?? {startMs: [], idleBytes: 0};
    start.startMs.push(running.startMs);
    starts.set(peer.name, start);
    await fillPeer(running, peer.protocol);
    const understood = workloads.filter(({name, protocols}) => protocols.includes(peer.protocol) && peer.lacks?.includes(name) !== true);
    for (const workload of understood.filter(({name}) => name === 'PutItem' || name === 'GetItem strong')) {
      await measurePeer(running, peer.protocol, workload, plan.connections, {warmUpMs: FIRST_WARM_UP_MS - 100, durationMs: 100}, new SeededRandom(plan.seed));
    }
    for (const workload of understood) {
      const counts = [plan.connections, ...(AT_ALL_CONNECTIONS.includes(workload.name) ? plan.latencyConnections : [])];
      for (const connections of counts) {
        const sample = await measurePeer(running, peer.protocol, workload, connections, plan, new SeededRandom(plan.seed));
        samples.push({...sample, peer: peer.name, workload: workload.name, connections, itemsPerRequest: workload.itemsPerRequest});
        say(`  ${workload.name} at ${connections}: ${Math.round(sample.requestsPerSecond)}/s, p50 ${Math.round(sample.p50Micros)} µs, CPU ${sample.cpuMicrosPerRequest?.toFixed(0) ?? '–'} µs${sample.errors > 0 ? `, ${sample.errors} ERRORS` : ''}`);
      }
    }
  } finally {
    await running.stop();
  }
}

function namesOf(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim()).filter((name) => name !== '');
}
function usage(reason: string): number {
  process.stderr.write(`bench:peers: ${reason}\n${HELP}`);
  return 2;
}
/** The first line that a program says of its version, or that it is not there. */
function versionLine(command: string, flag: string): string {
  try {
    return execFileSync('sh', ['-c', `${command} ${flag} 2>&1 | head -n 1`], {encoding: 'utf8'}).trim();
  } catch {
    return 'none';
  }
}

await runMain('bench:peers', main);
