import {mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createServer} from 'node:net';
import {CommandError, EXIT_FAILED} from '../exit-codes.js';

/** One process of a cluster on this machine. */
export interface LocalNode {
  readonly id: string;
  readonly az: string;
  readonly hasControlRole: boolean;
  readonly apiPort: number;
  readonly adminPort: number;
  readonly fabricPort: number;
}

/** What `murmur up` remembers in its data directory, so that a later start finds the same cluster. */
export interface LocalLayout {
  readonly format: 1;
  readonly clusterId: string;
  readonly port: number;
  readonly adminPort: number;
  readonly nodes: readonly LocalNode[];
}

export interface LayoutRequest {
  readonly directory: string;
  readonly nodeCount: number;
  /** 0 takes free ports. */
  readonly port: number;
  readonly adminPort: number;
}

const AZ_NAMES = ['a', 'b', 'c'] as const;
const CONTROL_NODE_COUNT = 3;
const FILE = 'cluster.json';

export function readLayout(directory: string): LocalLayout | undefined {
  let text: string;
  try {
    text = readFileSync(join(directory, FILE), 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new CommandError(EXIT_FAILED, `${join(directory, FILE)} cannot be read: ${reasonOf(cause)}`, {cause});
  }
  try {
    const layout = JSON.parse(text) as LocalLayout;
    if (layout.format === 1 && Array.isArray(layout.nodes) && layout.nodes.length > 0) return layout;
  } catch {
    // Told below: a layout that cannot be understood is never replaced by a new one.
  }
  throw new CommandError(EXIT_FAILED, `${join(directory, FILE)} is damaged or from a newer version; nothing was changed. Restore it, or start with another --data directory`);
}

/** The remembered layout, grown or with other public ports where asked for, or a new one; written before it is returned. */
export async function prepareLayout(request: LayoutRequest, clusterId: string): Promise<LocalLayout> {
  const known = readLayout(request.directory);
  if (known !== undefined && known.nodes.length > request.nodeCount) {
    throw new CommandError(
      EXIT_FAILED,
      `${request.directory} holds a cluster of ${known.nodes.length} nodes; start it with --nodes ${known.nodes.length}, or use another --data directory`,
    );
  }
  const port = request.port === 0 ? (known?.port ?? (await freePort())) : request.port;
  const adminPort = request.adminPort === 0 ? (known?.adminPort ?? (await freePort())) : request.adminPort;
  const hasFreePorts = request.port === 0;
  const nodes: LocalNode[] = [...(known?.nodes ?? [])];
  for (let i = nodes.length; i < request.nodeCount; i += 1) {
    const az = AZ_NAMES[i % AZ_NAMES.length] ?? 'a';
    const base = port + 10 * (i + 1);
    nodes.push({
      id: `${az}${Math.floor(i / AZ_NAMES.length) + 1}`,
      az,
      hasControlRole: i < CONTROL_NODE_COUNT,
      apiPort: hasFreePorts ? await freePort() : base,
      adminPort: hasFreePorts ? await freePort() : base + 1,
      fabricPort: hasFreePorts ? await freePort() : base + 2,
    });
  }
  const layout: LocalLayout = {format: 1, clusterId: known?.clusterId ?? clusterId, port, adminPort, nodes};
  writeLayout(request.directory, layout);
  return layout;
}

function writeLayout(directory: string, layout: LocalLayout): void {
  const path = join(directory, FILE);
  try {
    mkdirSync(directory, {recursive: true});
    writeFileSync(`${path}.new`, `${JSON.stringify(layout, null, 2)}\n`, {flush: true});
    renameSync(`${path}.new`, path);
  } catch (cause) {
    throw new CommandError(EXIT_FAILED, `data directory ${directory} cannot be written: ${reasonOf(cause)}`, {cause});
  }
}

/** A port that nobody listens on now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function isMissing(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ENOENT';
}
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
