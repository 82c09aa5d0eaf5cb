import {assert, toHex, utf8Decode} from '@murmuration/base';
import type {EventRecord} from '@murmuration/base';
import {clusterMapContentFromJson, tilingFault} from '@murmuration/placement';
import type {ClusterMapContent, PartitionEntry} from '@murmuration/placement';
import {compareBytes} from '@murmuration/base';
import type {Death, SimProcess} from '../world/sim-process.js';
import {SimulationError} from '../world/world.js';
import type {World} from '../world/world.js';
import {ReplicaBook} from './replica-book.js';
import type {NodeWatcher, SimNode} from './sim-node.js';

/** Errors that a node tells of when the simulator broke something of it. Anything else of level error is a fault of the code. */
const EXPECTED_ERRORS: ReadonlySet<string> = new Set([
  'log/poisoned', 'raft-host/log-poisoned', 'raft-host/store-failed', 'raft-host/group-unusable', 'log/damaged', 'log/move-failed',
]);
/** Latest events kept for the report of a failure. */
const EVENTS_KEPT_MAX = 200;

/**
 * Sees every event and every map of every node as it happens, and judges what can be judged at once: one leader per term
 * and group, maps that tile, equal maps at equal versions, no error that nobody injected.
 */
export class ClusterWatch implements NodeWatcher {
  readonly #world: World;
  readonly #leaders = new Map<string, number>();
  readonly #leaderNodes = new Map<number, string>();
  readonly #maps = new Map<number, {readonly text: string; readonly holder: string}>();
  readonly #mapVersions = new Map<string, number>();
  readonly #fatals: string[] = [];
  readonly #latest: string[] = [];
  #newest: ClusterMapContent | undefined;
  #newestByEvent = '';
  #onDeathOf: (node: SimNode, process: SimProcess, death: Death) => void = () => undefined;
  #onFatalOf: (node: SimNode, error: Error) => void = () => undefined;
  /** Disks are broken on purpose in this run: that nodes give themselves up is no news then. */
  expectsStorageFailures = false;
  /** Nodes whose disk was taken away or put back: refused when they start. */
  readonly damaged = new Set<string>();

  readonly replicaBook = new ReplicaBook();
  readonly #waiters = new Set<(node: SimNode, record: EventRecord) => void>();

  constructor(world: World) {
    this.#world = world;
  }
  /** Calls back once, at the next event of one of these names that a living node tells. @returns gives the waiting up */
  onNext(events: readonly string[], callback: (node: SimNode, record: EventRecord) => void): () => void {
    const waiter = (node: SimNode, record: EventRecord): void => {
      if (!events.includes(record.event)) return;
      this.#waiters.delete(waiter);
      callback(node, record);
    };
    this.#waiters.add(waiter);
    return () => this.#waiters.delete(waiter);
  }
  /** The newest map any node holds. */
  get newestMap(): ClusterMapContent | undefined {
    return this.#newest;
  }
  get latestEvents(): readonly string[] {
    return this.#latest;
  }
  get fatals(): readonly string[] {
    return this.#fatals;
  }
  /** Places where leadership was taken in this run. */
  get leadershipCount(): number {
    return this.#leaders.size;
  }
  /** Whether a node took a leadership that nobody else has taken since. */
  leads(node: string): boolean {
    for (const leader of this.#leaderNodes.values()) if (leader === node) return true;
    return false;
  }
  onNodeFatal(listener: (node: SimNode, error: Error) => void): void {
    this.#onFatalOf = listener;
  }
  onNodeDeath(listener: (node: SimNode, process: SimProcess, death: Death) => void): void {
    this.#onDeathOf = listener;
  }

  onEvent(node: SimNode, record: EventRecord): void {
    if (record.level !== 'debug') this.#remember(node, record);
    if (record.event === 'raft-host/became-leader') this.#oneLeader(node, record);
    if (record.event === 'control-plane/job-done') this.#world.probes.hit(`job/${String(record['kind'])}/${String(record['cause'])}`);
    this.replicaBook.onEvent(node.id, record);
    if (node.isUp) for (const waiter of [...this.#waiters]) waiter(node, record);
    const isExpected = EXPECTED_ERRORS.has(record.event) || (record.event === 'start-gate/disk-refused' && this.damaged.has(node.id));
    if (record.level === 'error' && !isExpected && node.isUp) {
      throw new SimulationError('no-unhandled-error', `${node.id} tells of ${record.event}: ${textOf(record)}`, {cause: record['error']});
    }
  }
  onMap(node: SimNode, bytes: Uint8Array): void {
    const content = clusterMapContentFromJson(JSON.parse(utf8Decode(bytes)));
    const before = this.#mapVersions.get(node.id) ?? -1;
    if (content.version < before) throw new SimulationError('map-goes-forward', `${node.id} went from map ${before} to ${content.version}`);
    this.#mapVersions.set(node.id, content.version);
    this.#world.trace.note('node/map', node.id, content.version);
    this.#tiles(content);
    const text = canonical(content);
    const known = this.#maps.get(content.version);
    if (known === undefined) this.#maps.set(content.version, {text, holder: `${node.id} since ${this.#now()}`});
    else if (known.text !== text) throw new SimulationError('maps-agree', `${node.id} holds another map of version ${content.version} than ${known.holder}: ${firstDifference(known.text, text)}`);
    if (this.#newest === undefined || content.version > this.#newest.version) this.#newest = content;
  }
  onFatal(node: SimNode, error: Error): void {
    this.#fatals.push(`${node.id}: ${error.message}`);
    this.#world.probes.hit('cluster/gave-up');
    this.#latest.push(`${this.#now()} ${node.id} gives up: ${error.message}${error.cause instanceof Error ? ` (${error.cause.message})` : ''}`);
    this.#world.trace.note('node/fatal', node.id, error.message);
    this.#onFatalOf(node, error);
    if (!this.expectsStorageFailures) throw new SimulationError('no-unhandled-error', `${node.id} gave itself up: ${error.message}`, {cause: error});
  }
  onRefused(node: SimNode, reason: string): void {
    throw new SimulationError('no-node-refused', `${node.id} was refused: ${reason}`);
  }
  onDeath(node: SimNode, process: SimProcess, death: Death): void {
    this.#latest.push(`${this.#now()} ${node.id} dies (${death})`);
    this.#mapVersions.delete(node.id);
    this.#onDeathOf(node, process, death);
  }

  #oneLeader(node: SimNode, record: EventRecord): void {
    const {group, term, replica} = record as unknown as {readonly group: number; readonly term: number; readonly replica: number};
    const key = `${group}/${term}`;
    const other = this.#leaders.get(key);
    if (other !== undefined && other !== replica) {
      throw new SimulationError('one-leader', `replicas ${other} and ${replica} (${node.id}) of group ${group} lead in term ${term}`);
    }
    this.#leaders.set(key, replica);
    this.#leaderNodes.set(group, node.id);
  }
  #tiles(content: ClusterMapContent): void {
    const spaces = new Map<string, PartitionEntry[]>();
    const groups = new Set<number>();
    for (const entry of content.partitions) {
      assert(!groups.has(entry.group), 'a group is named once', {group: entry.group});
      groups.add(entry.group);
      const space = `${entry.table}/${entry.index}`;
      spaces.set(space, [...(spaces.get(space) ?? []), entry]);
      if (entry.replicas.length === 0) throw new SimulationError('map-never-empty', `partition ${entry.group} has no replica`);
    }
    for (const [space, entries] of spaces) {
      const fault = tilingFault([...entries].sort((a, b) => compareBytes(a.from, b.from)));
      if (fault !== undefined) throw new SimulationError('ranges-tile', `table ${space}: ${fault}`);
    }
    for (const table of content.tables) {
      if (table.status === 'ACTIVE' && !spaces.has(`${table.tableId}/0`)) throw new SimulationError('map-never-empty', `table ${table.name} has no partition`);
    }
  }
  #remember(node: SimNode, record: EventRecord): void {
    const text = `${node.id} ${record.event} ${textOf(record)}`;
    if (text === this.#newestByEvent) return;
    this.#newestByEvent = text;
    this.#latest.push(`${this.#now()} ${text}`);
    if (this.#latest.length > 2 * EVENTS_KEPT_MAX) this.#latest.splice(0, EVENTS_KEPT_MAX);
  }
  #now(): string {
    return `${this.#world.nowMs.toFixed(1).padStart(9)} ms`;
  }
}

function textOf(record: EventRecord): string {
  const {event: _event, level: _level, error: _error, ...fields} = record;
  return JSON.stringify(fields);
}

/** A text that is the same for the same map, however it was put together. */
function canonical(content: ClusterMapContent): string {
  const byId = <T>(list: readonly T[], id: (each: T) => number | string): readonly T[] => [...list].sort((a, b) => (id(a) < id(b) ? -1 : 1));
  return JSON.stringify({
    tables: byId(content.tables, (table) => table.tableId), partitions: byId(content.partitions, (entry) => entry.group),
    nodes: byId(content.nodes, (node) => node.node),
  }, (_name, value: unknown) => (value instanceof Uint8Array ? toHex(value) : sortedMembers(value)));
}
function sortedMembers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
function firstDifference(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return `"${a.slice(Math.max(0, at - 60), at + 60)}" and "${b.slice(Math.max(0, at - 60), at + 60)}"`;
}
