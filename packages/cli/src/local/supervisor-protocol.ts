import {request} from 'node:http';
import {tmpdir} from 'node:os';
import {createHash} from 'node:crypto';
import {join, resolve} from 'node:path';
import {CommandError, EXIT_FAILED, EXIT_NOT_FOUND, EXIT_UNAVAILABLE} from '../exit-codes.js';

export type NodeAction = 'stop' | 'kill' | 'restart';

export interface SupervisedNode {
  readonly id: string;
  readonly az: string;
  readonly state: string;
  readonly pid: number | null;
}

/** Longest path of a Unix socket that every system takes. */
const SOCKET_PATH_LENGTH_MAX = 100;

/** Where the supervisor of a data directory listens for `murmur node …`. */
export function supervisorSocketPath(directory: string): string {
  const path = join(resolve(directory), 'supervisor.sock');
  if (path.length <= SOCKET_PATH_LENGTH_MAX) return path;
  return join(tmpdir(), `murmur-${createHash('sha256').update(path).digest('hex').slice(0, 16)}.sock`);
}

/** @returns the supervised nodes after the action @throws CommandError */
export async function askSupervisor(directory: string, method: 'GET' | 'POST', path: string): Promise<readonly SupervisedNode[]> {
  return (await askSupervisorFully(directory, method, path)).nodes;
}

/** @returns the name of the process that was added @throws CommandError */
export async function askForNode(directory: string, az: string | undefined): Promise<string> {
  const {added} = await askSupervisorFully(directory, 'POST', az === undefined ? '/nodes/add' : `/nodes/add?az=${encodeURIComponent(az)}`);
  if (added === undefined) throw new CommandError(EXIT_FAILED, 'the supervisor did not tell the name of the new node');
  return added;
}

async function askSupervisorFully(directory: string, method: 'GET' | 'POST', path: string): Promise<{readonly nodes: readonly SupervisedNode[]; readonly added: string | undefined}> {
  const {status, body} = await call(supervisorSocketPath(directory), method, path).catch((cause: unknown) => {
    throw new CommandError(EXIT_UNAVAILABLE, `no local cluster runs on ${directory}; start one with: murmur up --data ${directory}`, {cause});
  });
  const answer = JSON.parse(body) as {nodes?: readonly SupervisedNode[]; added?: string; error?: string};
  if (status === 404) throw new CommandError(EXIT_NOT_FOUND, answer.error ?? 'not found');
  if (status !== 200 || answer.nodes === undefined) throw new CommandError(EXIT_FAILED, answer.error ?? `the supervisor answered ${status}`);
  return {nodes: answer.nodes, added: answer.added};
}

/** Whether a supervisor answers for this directory. */
export async function isSupervised(directory: string): Promise<boolean> {
  try {
    await call(supervisorSocketPath(directory), 'GET', '/nodes');
    return true;
  } catch {
    return false;
  }
}

function call(socketPath: string, method: string, path: string): Promise<{status: number; body: string}> {
  return new Promise((resolve_, reject) => {
    const outgoing = request({socketPath, method, path, timeout: 60_000}, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () => resolve_({status: response.statusCode ?? 0, body}));
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer')));
    outgoing.end();
  });
}
