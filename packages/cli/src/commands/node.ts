import {EXIT_OK} from '../exit-codes.js';
import {askSupervisor} from '../local/supervisor-protocol.js';
import type {NodeAction} from '../local/supervisor-protocol.js';
import type {Terminal} from '../terminal.js';
import type {OutputFormat} from './status.js';

const DONE: Readonly<Record<NodeAction, string>> = {stop: 'stopped', kill: 'killed', restart: 'started'};

/** Stops, kills or restarts one process of the cluster that `murmur up` runs on this machine. */
export async function actOnNode(action: NodeAction, node: string, directory: string, format: OutputFormat, terminal: Terminal): Promise<number> {
  const nodes = await askSupervisor(directory, 'POST', `/nodes/${encodeURIComponent(node)}/${action}`);
  const own = nodes.find((candidate) => candidate.id === node);
  if (format === 'json') terminal.out(`${JSON.stringify({apiVersion: 'murmuration/v1', node: own}, null, 2)}\n`);
  else terminal.out(`node ${node} ${DONE[action]}${typeof own?.pid === 'number' ? ` (pid ${own.pid})` : ''}\n`);
  return EXIT_OK;
}
