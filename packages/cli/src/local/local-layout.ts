import {mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createServer} from 'node:net';
import type {Server} from 'node:net';
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
  /** Highest number given to a node of each AZ that was added later; such names are not given again. */
  readonly lastNumbers?: Readonly<Record<string, number>>;
}

export interface LayoutRequest {
  readonly directory: string;
  /** Undefined takes what the directory holds, or three. */
  readonly nodeCount: number | undefined;
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
  const nodeCount = request.nodeCount ?? known?.nodes.length ?? CONTROL_NODE_COUNT;
  if (known !== undefined && known.nodes.length > nodeCount) {
    throw new CommandError(
      EXIT_FAILED,
      `${request.directory} holds a cluster of ${known.nodes.length} nodes; start it with --nodes ${known.nodes.length}, or use another --data directory`,
    );
  }
  const hasFreePorts = request.port === 0;
  const isPortNeeded = hasFreePorts && known === undefined;
  const isAdminPortNeeded = request.adminPort === 0 && known === undefined;
  const newNodeCount = nodeCount - (known?.nodes.length ?? 0);
  const free = [...(await findFreePorts((isPortNeeded ? 1 : 0) + (isAdminPortNeeded ? 1 : 0) + (hasFreePorts ? 3 * newNodeCount : 0)))];
  const takeFree = (): number => free.shift() ?? 0;
  const port = request.port === 0 ? (known?.port ?? takeFree()) : request.port;
  const adminPort = request.adminPort === 0 ? (known?.adminPort ?? takeFree()) : request.adminPort;
  const nodes: LocalNode[] = [...(known?.nodes ?? [])];
  const usedPorts = new Set(nodes.flatMap((node) => [node.apiPort, node.adminPort, node.fabricPort]));
  for (let i = nodes.length; i < nodeCount; i += 1) {
    const az = AZ_NAMES[i % AZ_NAMES.length] ?? 'a';
    let base = port + 10 * (i + 1);
    while ([base, base + 1, base + 2].some((taken) => usedPorts.has(taken))) base += 10;
    for (const taken of [base, base + 1, base + 2]) usedPorts.add(taken);
    nodes.push({
      id: `${az}${nextNumber(az, nodes, known?.lastNumbers)}`,
      az,
      hasControlRole: i < CONTROL_NODE_COUNT,
      apiPort: hasFreePorts ? takeFree() : base,
      adminPort: hasFreePorts ? takeFree() : base + 1,
      fabricPort: hasFreePorts ? takeFree() : base + 2,
    });
  }
  const lastNumbers = known?.lastNumbers === undefined ? {} : {lastNumbers: known.lastNumbers};
  const layout: LocalLayout = {format: 1, clusterId: known?.clusterId ?? clusterId, port, adminPort, nodes, ...lastNumbers};
  writeLayout(request.directory, layout);
  return layout;
}

/**
 * The layout with one more node, written before it is returned.
 * @param az undefined takes the AZ with the fewest nodes
 */
export async function growLayout(directory: string, layout: LocalLayout, az: string | undefined): Promise<{readonly layout: LocalLayout; readonly node: LocalNode}> {
  const countIn = (name: string): number => layout.nodes.filter((node) => node.az === name).length;
  const chosen = az ?? [...AZ_NAMES].sort((a, b) => countIn(a) - countIn(b) || (a < b ? -1 : 1))[0] ?? 'a';
  const number = nextNumber(chosen, layout.nodes, layout.lastNumbers);
  const [apiPort = 0, adminPort = 0, fabricPort = 0] = await findFreePorts(3);
  const node: LocalNode = {id: `${chosen}${number}`, az: chosen, hasControlRole: false, apiPort, adminPort, fabricPort};
  const grown: LocalLayout = {...layout, nodes: [...layout.nodes, node], lastNumbers: {...layout.lastNumbers, [chosen]: number}};
  writeLayout(directory, grown);
  return {layout: grown, node};
}

/** Names are not given again: the cluster refuses one that was removed. */
function nextNumber(az: string, nodes: readonly LocalNode[], lastNumbers: LocalLayout['lastNumbers']): number {
  const numbers = nodes.filter((node) => node.az === az).map((node) => Number(node.id.slice(az.length)));
  return Math.max(0, lastNumbers?.[az] ?? 0, ...numbers.filter((number) => Number.isSafeInteger(number))) + 1;
}

/** The layout without a node that was removed from the cluster, written before it is returned. Its data stays where it is. */
export function shrinkLayout(directory: string, layout: LocalLayout, id: string): LocalLayout {
  const gone = layout.nodes.find((node) => node.id === id);
  const lastNumbers = gone === undefined ? (layout.lastNumbers ?? {}) : {...layout.lastNumbers, [gone.az]: nextNumber(gone.az, layout.nodes, layout.lastNumbers) - 1};
  const shrunk: LocalLayout = {...layout, nodes: layout.nodes.filter((node) => node.id !== id), lastNumbers};
  writeLayout(directory, shrunk);
  return shrunk;
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

/**
 * Ports for `--port 0`: below the range from which systems take the ports of outgoing connections, so that none of those
 * takes one between this look and the start of its process.
 */
const FREE_PORT_FROM = 10_240;
const FREE_PORT_UNTIL = 32_000;
/** Clusters that start at the same time look in different places. */
const FREE_PORT_STRIDE = 64;

/** @returns `count` different ports that nobody listens on now */
async function findFreePorts(count: number): Promise<readonly number[]> {
  const held: Server[] = [];
  const ports: number[] = [];
  const span = FREE_PORT_UNTIL - FREE_PORT_FROM;
  const start = (process.pid * FREE_PORT_STRIDE) % span;
  for (let i = 0; i < span && ports.length < count; i += 1) {
    const port = FREE_PORT_FROM + ((start + i) % span);
    const server = await tryListen(port);
    if (server === undefined) continue;
    held.push(server);
    ports.push(port);
  }
  for (const server of held) await new Promise<void>((resolve) => server.close(() => resolve()));
  if (ports.length < count) throw new CommandError(EXIT_FAILED, `no ${count} free ports between ${FREE_PORT_FROM} and ${FREE_PORT_UNTIL}`);
  return ports;
}

function tryListen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function isMissing(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ENOENT';
}
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
