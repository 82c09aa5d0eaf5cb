import {spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {closeSync, existsSync, mkdirSync, openSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {SeededRandom} from '@murmuration/base';
import type {StatusDocument, StatusPartition} from '@murmuration/server';
import {httpGet} from '../http-get.js';
import {until} from '../until.js';
import {sleep} from './command.js';
import {findFreePorts} from './free-ports.js';
import {Links} from './links.js';
import {ShimControl} from './shim-control.js';
import {LoopVolume, PlainVolume} from './volumes.js';
import type {Volume} from './volumes.js';

export interface ClusterOptions {
  /** Repository whose `murmur` command is run. */
  readonly repository: string;
  /** Working copy of another build, for who goes to it and comes back. */
  readonly otherBuild: string | undefined;
  readonly directory: string;
  readonly nodeCount: number;
  readonly seed: number;
  /** Data on images of this size, one for each process; plain directories when undefined. */
  readonly imageSizeBytes: number | undefined;
  /** Library that bends syncs and clocks; undefined where it is not wanted or cannot be had. */
  readonly shimPath: string | undefined;
  /** Settings of every process, for example `{MURMUR_TICK_MS: '50'}`. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How a process ended that nobody had told to. */
export interface UnexpectedEnd {
  readonly node: string;
  readonly atMs: number;
  readonly how: string;
  readonly lastLine: string;
}

const AZS = ['a', 'b', 'c'] as const;
const CONTROL_NODE_COUNT = 3;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const CLUSTER_ID = 'nemesis';
/** Entries that a replica may lack, by what heartbeats told last, and still count as following. */
const LAG_ENTRIES_MAX = 1_000;

/** Processes that still run, for when this one ends before it has stopped them. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** One `murmur serve` process, its volume and its levers. */
export class ClusterNode {
  readonly id: string;
  readonly az: string;
  readonly hasControlRole: boolean;
  readonly apiPort: number;
  readonly adminPort: number;
  readonly fabricPort: number;
  readonly shim: ShimControl | undefined;
  volume: Volume;
  /** While set, an end of the process is the aim of a fault, not a finding. */
  mayEnd = false;
  child: ChildProcess | undefined;
  /** How the last process ended: exit code or signal. */
  lastEnd = '';
  startCount = 0;
  /** Working copy whose command it runs; the cluster's own when undefined. */
  build: string | undefined;

  constructor(id: string, az: string, hasControlRole: boolean, ports: readonly number[], volume: Volume, shim: ShimControl | undefined) {
    this.id = id;
    this.az = az;
    this.hasControlRole = hasControlRole;
    [this.apiPort, this.adminPort, this.fabricPort] = [ports[0] ?? 0, ports[1] ?? 0, ports[2] ?? 0];
    this.volume = volume;
    this.shim = shim;
  }
  get pid(): number {
    return this.child?.pid ?? 0;
  }
  get isRunning(): boolean {
    return this.child !== undefined;
  }
  get endpoint(): string {
    return `http://127.0.0.1:${this.apiPort}`;
  }
}

/** Processes of the real command on this machine, every two of them joined by links that can be cut. */
export class NemesisCluster {
  readonly options: ClusterOptions;
  readonly nodes: readonly ClusterNode[];
  readonly links: Links;
  readonly unexpectedEnds: UnexpectedEnd[] = [];

  private constructor(options: ClusterOptions, nodes: readonly ClusterNode[], links: Links) {
    this.options = options;
    this.nodes = nodes;
    this.links = links;
  }

  static async create(options: ClusterOptions): Promise<NemesisCluster> {
    const ports = await findFreePorts(options.nodeCount * 3);
    const nodes: ClusterNode[] = [];
    for (let i = 0; i < options.nodeCount; i += 1) {
      const az = AZS[i % AZS.length] ?? 'a';
      const id = `${az}${Math.floor(i / AZS.length) + 1}`;
      const folder = join(options.directory, id);
      mkdirSync(folder, {recursive: true});
      const volume = options.imageSizeBytes === undefined ? new PlainVolume(folder) : await LoopVolume.create(folder, options.imageSizeBytes);
      const shim = options.shimPath === undefined ? undefined : new ShimControl(join(options.directory, `${id}.shim`));
      nodes.push(new ClusterNode(id, az, i < CONTROL_NODE_COUNT, ports.slice(i * 3, i * 3 + 3), volume, shim));
    }
    const links = new Links(nodes, new SeededRandom(options.seed).fork('links'));
    await links.listen();
    return new NemesisCluster(options, nodes, links);
  }

  node(id: string): ClusterNode {
    const found = this.nodes.find((node) => node.id === id);
    if (found === undefined) throw new Error(`there is no node ${id}`);
    return found;
  }
  get ids(): readonly string[] {
    return this.nodes.map((node) => node.id);
  }

  /** Starts every process that does not run and waits until all are ready. */
  async startAll(timeoutMs = START_TIMEOUT_MS): Promise<void> {
    for (const node of this.nodes) if (!node.isRunning) this.spawn(node);
    for (const node of this.nodes) await this.untilReady(node, timeoutMs);
  }
  async start(node: ClusterNode, timeoutMs = START_TIMEOUT_MS): Promise<void> {
    if (!node.isRunning) this.spawn(node);
    await this.untilReady(node, timeoutMs);
  }
  async untilReady(node: ClusterNode, timeoutMs = START_TIMEOUT_MS): Promise<void> {
    await until(`${node.id} is ready`, async () => {
      if (!node.isRunning) throw new Error(`it ended (${node.lastEnd}): ${this.lastLine(node)}`);
      return (await httpGet(`http://127.0.0.1:${node.adminPort}/health/ready`, 2_000)).status === 200;
    }, timeoutMs);
  }

  /** Starts a process and does not wait. */
  spawn(node: ClusterNode): void {
    const {directory} = this.options;
    const repository = node.build ?? this.options.repository;
    const errors = openSync(join(directory, `${node.id}.err`), 'a');
    const child = spawn(process.execPath, ['--disable-proto=delete', join(repository, 'packages', 'cli', 'bin', 'murmur.mjs'), 'serve', ...this.#flags(node)], {
      cwd: directory,
      env: {
        ...process.env, ...this.options.environment, MURMUR_FABRIC_VIA: this.links.via(node.id),
        ...(node.shim === undefined || this.options.shimPath === undefined ? {} : {LD_PRELOAD: this.options.shimPath, MURMUR_SHIM_CONTROL: node.shim.path}),
      },
      stdio: ['ignore', 'ignore', errors],
    });
    closeSync(errors);
    running.add(child);
    node.child = child;
    node.startCount += 1;
    child.once('exit', (code, signal) => {
      running.delete(child);
      if (node.child === child) node.child = undefined;
      node.lastEnd = signal ?? `exit code ${String(code)}`;
      if (!node.mayEnd) this.unexpectedEnds.push({node: node.id, atMs: performance.now(), how: node.lastEnd, lastLine: this.lastLine(node)});
    });
  }

  /** Ends a process at once, or in order. @returns once it is gone */
  async end(node: ClusterNode, signal: 'SIGKILL' | 'SIGTERM', timeoutMs = STOP_TIMEOUT_MS): Promise<void> {
    const child = node.child;
    if (child === undefined) return;
    node.mayEnd = true;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    await ended;
    clearTimeout(timer);
    node.mayEnd = false;
  }
  /** Waits for a process to end by itself. */
  async untilEnded(node: ClusterNode, timeoutMs: number): Promise<boolean> {
    const untilMs = performance.now() + timeoutMs;
    while (node.isRunning && performance.now() < untilMs) await sleep(20);
    return !node.isRunning;
  }
  signal(node: ClusterNode, signal: 'SIGSTOP' | 'SIGCONT'): void {
    node.child?.kill(signal);
  }
  /** `T` while a process stands still by a signal. */
  stateOf(node: ClusterNode): string {
    try {
      const text = readFileSync(`/proc/${node.pid}/stat`, 'utf8');
      return text.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3);
    } catch {
      return '';
    }
  }

  /** The last line a process wrote to its standard error. */
  lastLine(node: ClusterNode): string {
    const path = join(this.options.directory, `${node.id}.err`);
    return existsSync(path) ? (readFileSync(path, 'utf8').trimEnd().split('\n').at(-1) ?? '') : '';
  }

  /** The cluster as some process sees it. */
  async status(timeoutMs = 2_000): Promise<StatusDocument> {
    let reason = 'nobody runs';
    for (const node of this.nodes) {
      if (!node.isRunning) continue;
      try {
        const {status, body} = await httpGet(`http://127.0.0.1:${node.adminPort}/admin/v1/status`, timeoutMs);
        if (status === 200) return JSON.parse(body) as StatusDocument;
        reason = `${node.id} answered ${status}: ${body.trim().slice(0, 200)}`;
      } catch (cause) {
        reason = cause instanceof Error ? cause.message : String(cause);
      }
    }
    throw new Error(`no status: ${reason}`);
  }

  /** Why the cluster is not at rest: somebody is missing, leads nothing, or lags. Undefined when it is. */
  async whyNotConverged(): Promise<string | undefined> {
    const status = await this.status();
    const missing = status.nodes.filter((node) => node.state !== 'up').map((node) => node.id);
    if (missing.length > 0 || status.nodes.length < this.nodes.length) return `not up: ${missing.join(', ') || 'unregistered processes'}`;
    for (const partition of status.partitions) {
      if (partition.leader === null) return `partition ${partition.id} has no leader`;
      const first = partition.replicas[0]?.appliedIndex;
      for (const replica of partition.replicas) {
        if (replica.state === 'unknown') return `partition ${partition.id}: replica on ${replica.node} was not heard`;
        if (replica.appliedIndex !== first) return `partition ${partition.id}: replica on ${replica.node} applied ${String(replica.appliedIndex)}, another ${String(first)}`;
      }
    }
    return undefined;
  }
  async untilConverged(timeoutMs: number): Promise<void> {
    await until('the cluster is at rest', async () => {
      const reason = await this.whyNotConverged();
      if (reason !== undefined) throw new Error(reason);
      return true;
    }, timeoutMs, 200);
  }

  /** Waits until every process is up and every replica follows closely, while the load goes on: no fault before is still felt. */
  async untilHealthy(timeoutMs: number): Promise<void> {
    await until('every replica follows closely', async () => {
      const status = await this.status();
      if (status.nodes.length < this.nodes.length || status.nodes.some((node) => node.state !== 'up')) throw new Error('a process is not up');
      for (const partition of status.partitions) {
        if (partition.leader === null) throw new Error(`partition ${partition.id} has no leader`);
        const applied = partition.replicas.map((replica) => (replica.state === 'unknown' ? null : replica.appliedIndex));
        const indexes = applied.flatMap((index) => (index === null ? [] : [index]));
        if (indexes.length < applied.length || Math.max(...indexes) - Math.min(...indexes) > LAG_ENTRIES_MAX) throw new Error(`partition ${partition.id} has a replica behind`);
      }
      return true;
    }, timeoutMs, 200);
  }

  /** Samples of one process's `/metrics`: value by series, labels included in its name as printed. */
  async metrics(node: ClusterNode, timeoutMs = 2_000): Promise<ReadonlyMap<string, number>> {
    const {status, body} = await httpGet(`http://127.0.0.1:${node.adminPort}/metrics`, timeoutMs);
    if (status !== 200) throw new Error(`metrics of ${node.id} answered ${status}`);
    const values = new Map<string, number>();
    for (const line of body.split('\n')) {
      if (line === '' || line.startsWith('#')) continue;
      const at = line.lastIndexOf(' ');
      values.set(line.slice(0, at), Number(line.slice(at + 1)));
    }
    return values;
  }
  /** The sum of one metric over all series of one process; 0 when it does not answer. */
  async metricSum(node: ClusterNode, name: string): Promise<number> {
    let sum = 0;
    const metrics = await this.metrics(node).catch(() => new Map<string, number>());
    for (const [series, value] of metrics) if (series === name || series.startsWith(`${name}{`)) sum += value;
    return sum;
  }

  /** Stops every process in order. @returns nodes that did not end with 0 */
  async stopAll(): Promise<readonly string[]> {
    const wrong: string[] = [];
    for (const node of this.nodes) {
      if (!node.isRunning) continue;
      node.child?.kill('SIGCONT');
      await this.end(node, 'SIGTERM');
      if (node.lastEnd !== 'exit code 0') wrong.push(`${node.id}: ${node.lastEnd} ${this.lastLine(node)}`);
    }
    return wrong;
  }
  /** Ends whatever is left and frees volumes and ports. */
  async close(): Promise<void> {
    for (const node of this.nodes) await this.end(node, 'SIGKILL');
    for (const node of this.nodes) {
      node.shim?.close();
      await node.volume.close();
    }
    await this.links.close();
  }

  #flags(node: ClusterNode): readonly string[] {
    const peers = this.nodes.filter((other) => other.hasControlRole).map((other) => `${other.id}=127.0.0.1:${other.fabricPort}`);
    return [
      '--node-id', node.id, '--az', node.az, '--roles', node.hasControlRole ? 'router,storage,control' : 'router,storage',
      '--cluster-id', CLUSTER_ID, '--control-peers', peers.join(','), '--data-directory', node.volume.dataDirectory,
      '--log-file', join(this.options.directory, `${node.id}.log`),
      '--api-port', String(node.apiPort), '--admin-port', String(node.adminPort), '--fabric-port', String(node.fabricPort),
    ];
  }
}

/** Nodes that lead partitions of a table, the one with most first. */
export function leadersOf(partitions: readonly StatusPartition[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const {leader} of partitions) if (leader !== null) counts.set(leader, (counts.get(leader) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([id]) => id);
}
