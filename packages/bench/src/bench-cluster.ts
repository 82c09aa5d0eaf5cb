import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {request} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

/** A cluster under measurement. */
export interface BenchCluster {
  readonly endpoint: URL;
  readonly adminUrl: string;
  /** Processes whose CPU time counts. */
  readonly pids: readonly number[];
  /** Where its data and its supervisor's socket are. */
  readonly directory: string;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;

/**
 * Starts `murmur up` on free ports in a directory of its own, removed at the end.
 * @param environment settings of all processes, as `{MURMUR_NODE_READ_UNITS_MAX: '50'}`
 */
export async function startBenchCluster(environment: Readonly<Record<string, string>> = {}): Promise<BenchCluster> {
  const directory = mkdtempSync(join(tmpdir(), 'murmur-bench-'));
  const entry = fileURLToPath(new URL('../../cli/bin/murmur.mjs', import.meta.url));
  const child = spawn(process.execPath, [entry, 'up', '--port', '0', '--admin-port', '0', '--data', directory, '--log-level', 'warn'], {env: {...process.env, ...environment}, stdio: ['ignore', 'pipe', 'pipe']});
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(directory, {recursive: true, force: true});
  };
  const untilMs = performance.now() + READY_TIMEOUT_MS;
  while (!out.includes('\n') || !/admin\s+http/.test(err)) {
    if (child.exitCode !== null || performance.now() > untilMs) {
      await stop();
      throw new Error(`the cluster did not start: ${err.trim().split('\n').at(-1) ?? ''}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const endpoint = new URL(/ready (\S+)/.exec(out)?.[1] ?? '');
  const adminUrl = /admin\s+(\S+)/.exec(err)?.[1] ?? '';
  return {endpoint, adminUrl, pids: await pidsOf(adminUrl), directory, stop};
}

export async function pidsOf(adminUrl: string): Promise<readonly number[]> {
  const {nodes} = JSON.parse(await fetchText(`${adminUrl}/admin/v1/status`)) as {nodes: readonly {pid: number}[]};
  return nodes.map((node) => node.pid);
}

/** One DynamoDB call, for setting up. @throws Error unless the answer is 200 */
export async function callDynamoDb(endpoint: URL, operation: string, body: unknown): Promise<unknown> {
  return JSON.parse(await fetchText(endpoint.href, {
    'x-amz-target': `DynamoDB_20120810.${operation}`, 'content-type': 'application/x-amz-json-1.0',
  }, JSON.stringify(body)));
}

function fetchText(url: string, headers?: Record<string, string>, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {method: body === undefined ? 'GET' : 'POST', agent: false, ...(headers === undefined ? {} : {headers})}, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`${response.statusCode ?? 0}: ${text.slice(0, 300)}`))));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
