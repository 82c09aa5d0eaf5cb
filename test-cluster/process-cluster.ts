import {spawn, spawnSync} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {request} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DynamoDBClient} from '@aws-sdk/client-dynamodb';
import type {StatusDocument, StatusNode, StatusPartition} from '@murmuration/server';
import {httpGet} from './http-get.js';
import {until} from './until.js';

export const MURMUR = join(__dirname, '..', 'packages', 'cli', 'bin', 'murmur.mjs');
const KEEP = process.env['MURMUR_TEST_KEEP'] === '1';
const LOG_LINES_SHOWN = 15;
const STOP_TIMEOUT_MS = 20_000;
/** A loaded machine starts three processes slowly; the command itself says when it is ready. */
const START_TIMEOUT_S = 45;

export interface ProcessClusterOptions {
  readonly nodeCount?: number;
  /** Where the data lies; a new temporary directory when not given. Removed at the end. */
  readonly directory?: string;
  /** Settings of every process as environment, for example `{MURMUR_GROUP_LOG_BYTES_MAX: '65536'}`. */
  readonly environment?: Readonly<Record<string, string>>;
}
/** What `murmur up` remembers of its ports. */
interface Layout {
  readonly adminPort: number;
  readonly nodes: readonly {readonly id: string; readonly apiPort: number; readonly adminPort: number}[];
}
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Process groups that still run, for when the test process ends before its tests do. */
const runningGroups = new Set<number>();
process.on('exit', () => {
  for (const group of runningGroups) killGroup(group);
});

/** A new directory below the system's temporary one. */
export function newDirectory(purpose: string): string {
  return mkdtempSync(join(tmpdir(), `murmur-${purpose}-`));
}
export function removeDirectory(directory: string): void {
  if (!KEEP) rmSync(directory, {recursive: true, force: true, maxRetries: 3});
}

/** Runs `murmur ARGS` to its end. */
export function runMurmur(args: readonly string[], environment: Readonly<Record<string, string>> = {}, timeoutMs = 60_000): Promise<Ended> {
  return run(process.execPath, [MURMUR, ...args], environment, timeoutMs);
}
/** Runs a command to its end; one that takes too long is killed. */
export function run(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}, timeoutMs = 60_000): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {env: {...process.env, ...environment}, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL'});
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({code, signal, stdout, stderr}));
  });
}

/**
 * `test` where a command works, `test.skip` with the reason told where it does not: a test that did nothing is reported
 * as skipped, never as passed.
 */
export function testWhere(command: string, args: readonly string[], reason: string): typeof test {
  const {status, error} = spawnSync(command, args, {stdio: 'ignore', timeout: 20_000});
  if (error === undefined && status === 0) return test;
  console.warn(`skipped: ${reason}`);
  return test.skip as typeof test;
}

/** Shell commands that fail where no image can be mounted. */
export const MOUNT_AN_IMAGE = 'd=$(mktemp -d) && truncate -s 16M $d/i && mkfs.ext4 -q -F $d/i && mkdir $d/m && mount -o loop $d/i $d/m && umount $d/m; r=$?; rm -rf $d; exit $r';

/** The cluster that `murmur up` runs, and the levers that its tests pull. */
export class ProcessCluster {
  readonly directory: string;
  readonly #options: ProcessClusterOptions;
  readonly #clients: DynamoDBClient[] = [];
  #supervisor: ChildProcess | undefined;
  #said = '';
  #endpoint = '';

  constructor(options: ProcessClusterOptions = {}) {
    this.directory = options.directory ?? newDirectory('cluster');
    this.#options = options;
  }

  static async start(options: ProcessClusterOptions = {}): Promise<ProcessCluster> {
    const cluster = new ProcessCluster(options);
    try {
      await cluster.start();
      return cluster;
    } catch (cause) {
      const explained = cluster.explain(cause);
      await cluster.stop();
      throw explained;
    }
  }

  get endpoint(): string {
    return this.#endpoint;
  }
  get adminUrl(): string {
    return `http://127.0.0.1:${this.#layout().adminPort}`;
  }
  get nodeIds(): readonly string[] {
    return this.#layout().nodes.map((node) => node.id);
  }

  /** Starts every process on what the directory holds. @returns once the command says `ready` */
  start(): Promise<void> {
    const args = [
      MURMUR, 'up', '--nodes', String(this.#options.nodeCount ?? 3), '--port', '0', '--admin-port', '0', '--data', this.directory, '--timeout', String(START_TIMEOUT_S),
    ];
    // A group of its own: it can be ended as a whole, whatever state its processes are in.
    const child = spawn(process.execPath, args, {env: {...process.env, ...this.#options.environment}, stdio: ['ignore', 'pipe', 'pipe'], detached: true});
    this.#supervisor = child;
    this.#said = '';
    if (child.pid !== undefined) runningGroups.add(child.pid);
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    return new Promise((resolve, reject) => {
      let out = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text;
        const ready = /^ready (\S+)$/m.exec(out);
        if (ready === null) return;
        this.#endpoint = ready[1] ?? '';
        resolve();
      });
      child.once('exit', (code, signal) => {
        reject(new Error(`murmur up ended (${signal ?? String(code)}): ${this.#said.trim()}`));
      });
    });
  }

  async stop(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.destroy();
    await this.endSupervisor('SIGTERM');
    removeDirectory(this.directory);
  }

  /** Ends all processes: in order with SIGTERM; with SIGKILL at one instant, the supervisor included. */
  async endSupervisor(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#supervisor;
    if (child?.pid === undefined) return;
    this.#supervisor = undefined;
    const group = child.pid;
    const isEnded = child.exitCode !== null || child.signalCode !== null;
    const ended = isEnded ? Promise.resolve() : new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (signal === 'SIGKILL') killGroup(group);
    else {
      child.kill('SIGTERM');
      const timer = setTimeout(() => killGroup(group), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
      killGroup(group);
    }
    await ended;
    await until('the processes are gone', () => !isGroupAlive(group));
    runningGroups.delete(group);
  }

  /** A client of the public endpoint, or of one node's own; closed with the cluster. */
  client(endpoint: string = this.#endpoint, options: {readonly maxAttempts?: number; readonly requestTimeoutMs?: number} = {}): DynamoDBClient {
    const client = new DynamoDBClient({
      endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any'}, maxAttempts: options.maxAttempts ?? 10,
      requestHandler: {requestTimeout: options.requestTimeoutMs ?? 10_000, connectionTimeout: 2_000, throwOnRequestTimeout: true},
    });
    this.#clients.push(client);
    return client;
  }

  async status(): Promise<StatusDocument> {
    const {status, body} = await httpGet(`${this.adminUrl}/admin/v1/status`);
    if (status !== 200) throw new Error(`status answered ${status}: ${body.trim()}`);
    return JSON.parse(body) as StatusDocument;
  }
  async node(id: string): Promise<StatusNode> {
    const found = (await this.status()).nodes.find((node) => node.id === id);
    if (found === undefined) throw new Error(`no node ${id} in the status`);
    return found;
  }
  async partitionsOf(table: string): Promise<readonly StatusPartition[]> {
    return (await this.status()).partitions.filter((partition) => partition.table === table);
  }
  nodeEndpoint(id: string): string {
    const node = this.#layout().nodes.find((candidate) => candidate.id === id);
    return `http://127.0.0.1:${node?.apiPort ?? 0}`;
  }
  /** Sends a signal to one node's process. */
  async signal(id: string, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    process.kill((await this.supervised(id)).pid, signal);
  }
  /** What the supervisor knows of a node; works while the control plane does not. */
  async supervised(id: string): Promise<{readonly state: string; readonly pid: number}> {
    const {nodes} = await this.#askSupervisor('GET', '/nodes') as {nodes: {id: string; state: string; pid: number | null}[]};
    const found = nodes.find((node) => node.id === id);
    if (found === undefined) throw new Error(`no node ${id}`);
    return {state: found.state, pid: found.pid ?? 0};
  }
  /** Like `restart`, without a process for the command: where times are measured, its start would be measured too. */
  async restartQuietly(id: string): Promise<void> {
    await this.#askSupervisor('POST', `/nodes/${id}/restart`);
  }
  murmur(...args: readonly string[]): Promise<Ended> {
    return runMurmur(args, this.#options.environment);
  }
  async restart(id: string): Promise<void> {
    const {code, stderr} = await this.murmur('node', 'restart', id, '--data', this.directory);
    if (code !== 0) throw new Error(`murmur node restart ${id}: ${stderr.trim()}`);
  }

  /** Samples of one node's `/metrics`: the value of each series, labels included in its name as printed. */
  async metrics(id: string, timeoutMs = 5_000): Promise<ReadonlyMap<string, number>> {
    const node = this.#layout().nodes.find((candidate) => candidate.id === id);
    const {status, body} = await httpGet(`http://127.0.0.1:${node?.adminPort ?? 0}/metrics`, timeoutMs);
    if (status !== 200) throw new Error(`metrics of ${id} answered ${status}`);
    const values = new Map<string, number>();
    for (const line of body.split('\n')) {
      if (line === '' || line.startsWith('#')) continue;
      const at = line.lastIndexOf(' ');
      values.set(line.slice(0, at), Number(line.slice(at + 1)));
    }
    return values;
  }

  /** Standard error of `murmur up` since its last start. */
  said(): string {
    return this.#said;
  }

  /** Whether every partition has a leader and all its replicas have applied the same index. */
  async isConverged(): Promise<boolean> {
    const status = await this.status();
    return status.partitions.every((partition) =>
      partition.leader !== null && partition.replicas.every((replica) => replica.state !== 'unknown' && replica.appliedIndex === partition.replicas[0]?.appliedIndex));
  }

  /** The error with what the processes said. */
  explain(cause: unknown): Error {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    const parts = [error.message, `murmur up said: ${this.#said.trim().split('\n').slice(-LOG_LINES_SHOWN).join('\n')}`];
    for (const name of existsSync(this.directory) ? readdirSync(this.directory) : []) {
      if (name.endsWith('.log')) parts.push(`${name}:`, ...readFileSync(join(this.directory, name), 'utf8').trimEnd().split('\n').slice(-LOG_LINES_SHOWN));
    }
    error.message = parts.join('\n');
    return error;
  }

  /** A test body whose failure tells what the processes said. */
  static explained(find: () => ProcessCluster | undefined, body: () => Promise<void>): () => Promise<void> {
    return async () => {
      try {
        await body();
      } catch (cause) {
        throw find()?.explain(cause) ?? cause;
      }
    };
  }

  #askSupervisor(method: 'GET' | 'POST', path: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      request({socketPath: join(this.directory, 'supervisor.sock'), path, method, timeout: STOP_TIMEOUT_MS}, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(body));
          else reject(new Error(`the supervisor answered ${String(response.statusCode)}: ${body.trim()}`));
        });
      }).on('error', reject).end();
    });
  }
  #layout(): Layout {
    return JSON.parse(readFileSync(join(this.directory, 'cluster.json'), 'utf8')) as Layout;
  }
}

/** The sum of all series of one metric. */
export function sumOf(metrics: ReadonlyMap<string, number>, name: string): number {
  let sum = 0;
  for (const [series, value] of metrics) if (series === name || series.startsWith(`${name}{`)) sum += value;
  return sum;
}
/** The greatest of all series of one metric. */
export function maxOf(metrics: ReadonlyMap<string, number>, name: string): number {
  let max = -Infinity;
  for (const [series, value] of metrics) if (series === name || series.startsWith(`${name}{`)) max = Math.max(max, value);
  return max;
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}
function isGroupAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}
