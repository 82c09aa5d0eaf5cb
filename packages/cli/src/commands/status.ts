import Table from 'cli-table3';
import type {StatusDocument} from '@murmuration/server';
import {stringify} from 'yaml';
import {fetchStatus} from '../admin-client.js';
import {CommandError, EXIT_OK, EXIT_UNAVAILABLE, EXIT_USAGE} from '../exit-codes.js';
import {printable} from '../terminal.js';
import type {Terminal} from '../terminal.js';

export const OUTPUT_FORMATS = ['table', 'wide', 'json', 'yaml', 'name'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export function toOutputFormat(text: string): OutputFormat {
  const format = OUTPUT_FORMATS.find((candidate) => candidate === text);
  if (format === undefined) throw new CommandError(EXIT_USAGE, `-o must be one of ${OUTPUT_FORMATS.join(', ')}, not "${text}"`);
  return format;
}

/** Prints the cluster; exit code 5 while a partition has no leader. */
export async function status(adminUrl: string, format: OutputFormat, timeoutMs: number, terminal: Terminal): Promise<number> {
  const document = await fetchStatus(adminUrl, timeoutMs);
  terminal.out(renderStatus(document, format));
  const leaderless = document.partitions.filter((partition) => partition.leader === null);
  if (leaderless.length === 0) return EXIT_OK;
  terminal.err(`${leaderless.length} of ${document.partitions.length} partitions have no leader: ${leaderless.slice(0, 5).map((partition) => partition.id).join(', ')}\n`);
  return EXIT_UNAVAILABLE;
}

export function renderStatus(document: StatusDocument, format: OutputFormat): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(document, null, 2)}\n`;
    case 'yaml':
      return stringify(document);
    case 'name':
      return document.nodes.map((node) => `${node.id}\n`).join('');
    case 'table':
    case 'wide':
      return renderTables(document, format === 'wide');
  }
}

function renderTables(document: StatusDocument, isWide: boolean): string {
  const nodes = newTable(['NODE', 'AZ', 'STATE', 'ROLES', 'PID', 'API', 'LEADS', 'REPLICAS', ...(isWide ? ['ADMIN', 'FABRIC'] : [])]);
  // The worst first: what is not up, then by name.
  const sorted = [...document.nodes].sort((a, b) => rankOfState(a.state) - rankOfState(b.state) || (a.id < b.id ? -1 : 1));
  for (const node of sorted) {
    nodes.push([
      node.id, node.az, node.duty === 'draining' ? `${node.state}, draining` : node.state, node.roles.join(','), String(node.pid), node.address,
      String(document.partitions.filter((partition) => partition.leader === node.id).length),
      String(document.partitions.filter((partition) => partition.replicas.some((replica) => replica.node === node.id)).length),
      ...(isWide ? [node.adminAddress, node.fabricAddress] : []),
    ]);
  }
  const tables = newTable(['TABLE', 'STATUS', 'PARTITIONS', 'LEADERLESS', 'ITEMS', 'SIZE (B)']);
  for (const table of document.tables) {
    const own = document.partitions.filter((partition) => partition.table === table.name);
    tables.push([
      printable(table.name), table.status, String(table.partitionCount), String(own.filter((partition) => partition.leader === null).length),
      String(table.itemCount), String(table.sizeBytes),
    ]);
  }
  let text = `cluster ${printable(document.clusterId)}, control plane led by ${document.controlLeader}\n\n${nodes.toString()}\n`;
  if (document.tables.length > 0) text += `\n${tables.toString()}\n`;
  const running = document.jobs.filter((job) => job.state === 'running').length;
  if (running > 0) text += `\n${running} jobs under way (murmur jobs)\n`;
  if (isWide && document.partitions.length > 0) {
    const partitions = newTable(['PARTITION', 'TABLE', 'LEADER', 'TERM', 'REPLICAS', 'ITEMS', 'FROM']);
    for (const partition of document.partitions) {
      partitions.push([
        String(partition.id), printable(partition.table), partition.leader ?? '–', String(partition.term),
        partition.replicas.map((replica) => `${replica.node}:${replica.role === 'voter' ? replica.state : replica.role}`).join(' '), String(partition.itemCount), partition.from,
      ]);
    }
    text += `\n${partitions.toString()}\n`;
  }
  return text;
}

function rankOfState(state: 'up' | 'suspect' | 'down'): number {
  return {down: 0, suspect: 1, up: 2}[state];
}

/** A table without borders, columns two spaces apart. */
export function newTable(head: readonly string[]): Table.Table {
  const none = '';
  return new Table({
    head: [...head],
    style: {head: [], border: [], 'padding-left': 0, 'padding-right': 2},
    chars: {
      top: none, 'top-mid': none, 'top-left': none, 'top-right': none, bottom: none, 'bottom-mid': none, 'bottom-left': none,
      'bottom-right': none, left: none, 'left-mid': none, mid: none, 'mid-mid': none, right: none, 'right-mid': none, middle: none,
    },
  });
}
