import type {PartitionSeries, RunEvent} from '../run-record.js';
import {PartitionUnits} from './partition-units.js';
import {Redundancy} from './redundancy.js';
import type {SeenReplica} from './redundancy.js';
import {SplitStories} from './split-stories.js';
import type {SeenHeat, SeenSplit} from './split-stories.js';

/** The parts of `GET /admin/v1/status` that are read here. */
interface StatusPart {
  readonly nodes: readonly {readonly id: string; readonly state: string}[];
  readonly tables: readonly {readonly name: string; readonly id: number}[];
  readonly partitions: readonly {readonly id: number; readonly table: string; readonly index: string | null; readonly from: string; readonly until: string; readonly leader: string | null; readonly replicas: readonly SeenReplica[]}[];
  readonly jobs: readonly {readonly id: number; readonly kind: string; readonly partition: number; readonly cause: string; readonly toNode: string | null; readonly child: number | null}[];
}

const PERIOD_MS = 1_000;
const EVENTS_MAX = 10_000;

/**
 * Looks at a Murmuration cluster once a second while a load runs, through its admin API, and tells what changed: splits,
 * moves, leaders, nodes. An endpoint without that API has no events and no heat; the load does not wait for either.
 */
export class ClusterWatch {
  readonly #adminUrl: string;
  readonly #table: string;
  readonly #events: RunEvent[] = [];
  readonly units = new PartitionUnits();
  readonly #stories = new SplitStories();
  readonly #redundancy = new Redundancy();
  #startWallMs = 0;
  #before: StatusPart | undefined;
  #timer: NodeJS.Timeout | undefined;
  #startMs = 0;
  #looking: Promise<void> | undefined;
  readonly #settings: Record<string, string | number | boolean> = {};
  constructor(adminUrl: string, table: string) {
    this.#adminUrl = adminUrl;
    this.#table = table;
  }
  /** Looks once before the load begins, so that its first requests find the map. */
  async prepare(): Promise<void> {
    this.#startMs = performance.now();
    await Promise.all([this.#look(), this.#readSettings()]);
  }
  /** What the cluster was set to, by name; empty where it does not tell. */
  get settings(): Readonly<Record<string, string | number | boolean>> {
    return this.#settings;
  }
  async #readSettings(): Promise<void> {
    const answer = await getJson<{readonly settings?: readonly {readonly name: string; readonly value: string | number}[]}>(new URL('/admin/v1/settings', this.#adminUrl));
    for (const {name, value} of answer?.settings ?? []) this.#settings[`cluster.${name}`] = value;
    const [reads, writes] = [this.#settings['cluster.partitionReadUnitsMax'], this.#settings['cluster.partitionWriteUnitsMax']];
    if (typeof reads === 'number' && typeof writes === 'number') this.units.learnCeilings(reads, writes);
  }
  /** The run begins now. */
  start(): void {
    this.#startMs = performance.now();
    this.#startWallMs = Date.now();
    this.#timer = setInterval(() => void this.#look(), PERIOD_MS);
  }
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await this.#look();
  }
  get events(): readonly RunEvent[] {
    return this.#events;
  }
  get partitions(): readonly PartitionSeries[] {
    return this.units.series();
  }
  /** Numbers of the run, by the names they have in virtual time; empty where nobody answered. Times of leaders are of their wall clocks. */
  measures(): Readonly<Record<string, number>> {
    if (this.#before === undefined) return {};
    const allReplicatedAtMs = this.#redundancy.wholeAgainAtMs;
    return {
      ...this.#stories.measures(this.#startWallMs, this.partitions), partitionsAtEnd: this.#before.partitions.filter(({table, index}) => table === this.#table && index === null).length,
      unavailableSecondsMax: Math.round(this.units.gapMsMax) / 1000, ...(allReplicatedAtMs === undefined ? {} : {allReplicatedAtSecond: Math.round(allReplicatedAtMs) / 1000}),
    };
  }
  /** One at a time: a cluster that is slow to answer is not asked more often for it. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }
  async #lookOnce(): Promise<void> {
    const ask = `table=${encodeURIComponent(this.#table)}`;
    const [now, splits, heat] = await Promise.all([
      getJson<StatusPart>(new URL('/admin/v1/status', this.#adminUrl)), getJson<{readonly splits?: readonly SeenSplit[]}>(new URL(`/admin/v1/splits?${ask}`, this.#adminUrl)),
      getJson<{readonly partitions?: readonly SeenHeat[]}>(new URL(`/admin/v1/heat?seconds=1&${ask}`, this.#adminUrl)),
    ]);
    this.#stories.learnHeat(heat?.partitions ?? []);
    this.#stories.learnSplits(splits?.splits ?? []);
    if (now !== undefined) {
      if (this.#before !== undefined) {
        for (const event of changesBetween(this.#before, now, this.#table, performance.now() - this.#startMs)) if (this.#events.length < EVENTS_MAX) this.#events.push(event);
      }
      this.#before = now;
      const tableId = now.tables.find((one) => one.name === this.#table)?.id;
      const own = now.partitions.filter((partition) => partition.table === this.#table && partition.index === null);
      this.#redundancy.look(own, performance.now() - this.#startMs);
      if (tableId !== undefined) this.units.learn(tableId, own, Math.max(0, Math.floor((performance.now() - this.#startMs) / 1000)));
    }
  }
}

/** What is different between two looks. Exported for tests. */
export function changesBetween(before: StatusPart, now: StatusPart, table: string, atMs: number): readonly RunEvent[] {
  const out: RunEvent[] = [];
  const at = Math.max(0, Math.round(atMs));
  const stateOf = new Map(before.nodes.map((node) => [node.id, node.state]));
  for (const node of now.nodes) {
    const was = stateOf.get(node.id);
    if (was === node.state || was === undefined) continue;
    if (node.state === 'up') out.push({atMs: at, kind: 'node-up', partition: null, node: node.id, cause: 'seen', text: `${node.id} is up again`});
    else if (node.state === 'down') out.push({atMs: at, kind: 'node-down', partition: null, node: node.id, cause: 'lost', text: `${node.id} is down`});
  }
  const own = now.partitions.filter((partition) => partition.table === table);
  const known = new Map(before.partitions.map((partition) => [partition.id, partition]));
  const isOwn = new Set(own.map((partition) => partition.id));
  const jobsBefore = new Set(before.jobs.map((job) => job.id));
  for (const job of now.jobs) {
    if (jobsBefore.has(job.id) || !(isOwn.has(job.partition) || (job.child !== null && isOwn.has(job.child)))) continue;
    if (job.kind === 'move' || job.kind === 'heal') {
      out.push({atMs: at, kind: 'move', partition: String(job.partition), node: job.toNode, cause: job.cause, text: `a replica of partition ${job.partition} goes to ${job.toNode ?? 'another node'}`});
    }
  }
  for (const partition of own) {
    const was = known.get(partition.id);
    if (was === undefined) {
      const job = now.jobs.find((one) => one.kind === 'split' && one.child === partition.id);
      if (known.size > 0 && before.partitions.some((one) => one.table === table)) {
        out.push({atMs: at, kind: 'split', partition: String(job?.partition ?? partition.id), node: partition.leader, cause: job?.cause ?? 'unknown', text: `partition ${partition.id} was cut off${job === undefined ? '' : ` partition ${job.partition}`}`});
      }
    } else if (was.leader !== partition.leader && partition.leader !== null) {
      out.push({atMs: at, kind: 'leader-change', partition: String(partition.id), node: partition.leader, cause: was.leader === null ? 'elected' : 'moved', text: `partition ${partition.id}: ${was.leader ?? 'nobody'} → ${partition.leader}`});
    }
  }
  return out;
}

/** @returns undefined when there is no answer that is JSON */
export async function getJson<Document>(url: URL): Promise<Document | undefined> {
  try {
    const response = await fetch(url, {signal: AbortSignal.timeout(2_000)});
    return response.ok ? ((await response.json()) as Document) : undefined;
  } catch {
    // A cluster that loses a node, or another service: the run goes on without this look.
    return undefined;
  }
}
