import {spawn} from 'node:child_process';
import {request} from 'node:http';
import type {IncomingHttpHeaders} from 'node:http';
import {createServer} from 'node:net';
import type {AddressInfo} from 'node:net';
import {BenchError} from '../errors.js';
import type {RunningPeer} from './peer.js';

const START_MS_MAX = 60_000;
const STOP_MS_MAX = 10_000;
const ASK_EVERY_MS = 20;

export interface ChildServerOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly endpoint: URL;
  /** Says whether an answer means that requests are served. */
  readonly isReady: (endpoint: URL) => Promise<boolean>;
}

/** Starts a server as a child and waits until it answers. @throws BenchError with the end of what it printed */
export async function startChildServer(options: ChildServerOptions): Promise<RunningPeer> {
  const startedMs = performance.now();
  const child = spawn(options.command, [...options.args], {stdio: ['ignore', 'pipe', 'pipe']});
  let printed = '';
  const note = (text: string): void => {
    printed = (printed + text).slice(-2_000);
  };
  child.stdout.setEncoding('utf8').on('data', note);
  child.stderr.setEncoding('utf8').on('data', note);
  child.on('error', (error) => note(error.message));
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await ended;
    clearTimeout(force);
  };
  while (!(await options.isReady(options.endpoint).catch(() => false))) {
    if (child.exitCode !== null || child.pid === undefined || performance.now() - startedMs > START_MS_MAX) {
      await stop();
      throw new BenchError({code: 'PeerFailed', peer: options.command, reason: printed.trim().split('\n').at(-1) ?? 'it printed nothing'});
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  return {endpoint: options.endpoint, pids: [child.pid ?? 0], startMs: performance.now() - startedMs, stop};
}

/** A port that nobody listened on a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const {port} = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** One small POST. @returns status and body */
export function post(endpoint: URL, path: string, headers: IncomingHttpHeaders, body: string): Promise<{readonly status: number; readonly body: string}> {
  return new Promise((resolve, reject) => {
    const outgoing = request({host: endpoint.hostname, port: endpoint.port, path, method: 'POST', headers: {...headers, 'content-length': Buffer.byteLength(body)}, agent: false}, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (part: string) => (text += part)).on('end', () => resolve({status: reply.statusCode ?? 0, body: text}));
    });
    outgoing.setTimeout(START_MS_MAX, () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', reject).end(body);
  });
}
