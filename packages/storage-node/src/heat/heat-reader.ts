import {BASE_INDEX_ID, DecodeError, SERVICE_HEAT, fromHex, toHex} from '@murmuration/base';
import type {Clock, NetworkPort, NodeId} from '@murmuration/base';
import type {ClusterMapSource, HeatAdviceReport} from '@murmuration/control-client';
import {attributeValueToJson, decodeKeyValue, parseStoredKey} from '@murmuration/model';
import type {TableDescriptor} from '@murmuration/model';
import type {ClusterMap, PartitionEntry} from '@murmuration/placement';
import {HEAT_CELLS_MAX, HEAT_KEYS_MAX, decodeHeatAnswer, encodeHeatQuestion} from './heat-protocol.js';
import type {HeatAnswer, HeatQuestion, ToldPartition} from './heat-protocol.js';
import type {KeyCause, KeyScope} from './heat-sketches.js';

const ANSWER_MS = 2_000;
const CELL_MS_MIN = 1_000;
/** As far back as is kept. */
export const HEAT_MS_MAX = 24 * 60 * 60 * 1000;

/** Heat of one table: stable, members are added and never changed. Units are capacity units. */
export interface TableHeat {
  readonly table: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly cellMs: number;
  /** Nodes that did not answer, or not everything: what they know is missing. */
  readonly missingNodes: readonly string[];
  readonly partitions: readonly PartitionHeatDocument[];
}
export interface PartitionHeatDocument {
  readonly id: number;
  /** Null for the table itself. */
  readonly index: string | null;
  readonly from: string;
  readonly until: string;
  readonly leader: string | null;
  /** Of about the last three seconds, at the leader. */
  readonly loadPercent: number;
  /** The same over all replicas. */
  readonly readUnitsPerSecond: number;
  readonly writeUnitsPerSecond: number;
  readonly throttlesPerSecond: number;
  /** Since when load has been so high that a cut is considered. */
  readonly hotSinceMs: number | null;
  /** Where it should be cut, or why that would not help; null while it is not hot. */
  readonly advice: HeatAdviceReport | null;
  /** By time, over all replicas; times without load are left out. */
  readonly cells: readonly {readonly fromMs: number; readonly readUnits: number; readonly writeUnits: number; readonly throttles: number}[];
  /** Load of this minute at the leader in equal parts of the partition's tokens. */
  readonly bins: readonly number[];
}
/** The most used, or most often refused, keys of a table. */
export interface TableKeys {
  readonly table: string;
  readonly cause: KeyCause;
  readonly scope: KeyScope;
  readonly missingNodes: readonly string[];
  readonly keys: readonly HotKeyDocument[];
}
export interface HotKeyDocument {
  /** DynamoDB JSON; null when the key cannot be read. */
  readonly key: Readonly<Record<string, unknown>> | null;
  readonly index: string | null;
  /** Where most of it fell: a collection may lie in several. */
  readonly partition: number;
  /** Accessed: read units and three times the write units, from samples, never below what was sampled. Throttled: requests. */
  readonly count: number;
  /** The count may be too high by so much. */
  readonly countError: number;
  /** Of what its table, or index, did in that time. */
  readonly percent: number;
  /** What the count is of, in milliseconds: 60 to 120 seconds, or since there is something to count. */
  readonly overMs: number;
}

interface Gathered {
  readonly answers: ReadonlyMap<NodeId, HeatAnswer>;
  readonly missingNodes: readonly string[];
}

/** Asks all processes that hold partitions about the heat of a table, and puts together what they say. */
export class HeatReader {
  readonly #network: NetworkPort;
  readonly #clock: Clock;
  readonly #source: ClusterMapSource;
  constructor(ports: {readonly network: NetworkPort; readonly clock: Clock}, source: ClusterMapSource) {
    this.#network = ports.network;
    this.#clock = ports.clock;
    this.#source = source;
  }

  /** @param overMs how far back, at most a day @param done called once; undefined when there is no such table */
  readHeat(tableName: string, overMs: number, done: (heat: TableHeat | undefined) => void): void {
    const map = this.#source.current();
    const table = map.tableByName(tableName);
    if (table === undefined) {
      done(undefined);
      return;
    }
    const untilMs = Math.floor(this.#clock.wallMs());
    const cellMs = cellWidthMs(overMs);
    const fromMs = Math.max(0, Math.floor((untilMs - Math.min(overMs, HEAT_MS_MAX)) / cellMs) * cellMs);
    this.#gather(map, table, {tableId: table.tableId, fromMs, cellMs}, ({answers, missingNodes}) => {
      const partitions = entriesOf(map, table).map((entry) => partitionDocument(entry, table, answers));
      done({table: table.name, fromMs, untilMs, cellMs, missingNodes, partitions});
    });
  }

  /** @param done called once; undefined when there is no such table */
  readKeys(tableName: string, wanted: {readonly cause: KeyCause; readonly scope: KeyScope; readonly countMax: number}, done: (keys: TableKeys | undefined) => void): void {
    const map = this.#source.current();
    const table = map.tableByName(tableName);
    if (table === undefined) {
      done(undefined);
      return;
    }
    const countMax = Math.max(1, Math.min(HEAT_KEYS_MAX, wanted.countMax));
    const nowMs = Math.floor(this.#clock.wallMs());
    const question: HeatQuestion = {tableId: table.tableId, fromMs: nowMs, cellMs: HEAT_MS_MAX, keys: {...wanted, countMax}};
    this.#gather(map, table, question, ({answers, missingNodes}) => {
      const keys = keyDocuments(map, table, answers, wanted, nowMs).slice(0, countMax);
      done({table: table.name, cause: wanted.cause, scope: wanted.scope, missingNodes, keys});
    });
  }

  #gather(map: ClusterMap, table: TableDescriptor, question: HeatQuestion, done: (gathered: Gathered) => void): void {
    const nodes = [...new Set(entriesOf(map, table).flatMap((entry) => entry.replicas.map(({node}) => node)))].sort();
    const answers = new Map<NodeId, HeatAnswer>();
    const missingNodes: string[] = [];
    let openCount = nodes.length;
    if (openCount === 0) done({answers, missingNodes});
    const payload = encodeHeatQuestion(question);
    for (const node of nodes) {
      this.#network.call(node, SERVICE_HEAT, payload, ANSWER_MS, (result) => {
        const answer = result.ok ? readAnswer(result.payload) : undefined;
        if (answer !== undefined) answers.set(node, answer);
        if (answer === undefined || answer.isCut) missingNodes.push(node);
        openCount -= 1;
        if (openCount === 0) done({answers, missingNodes: missingNodes.sort()});
      });
    }
  }
}

/** As narrow as the bound on cells allows, in whole seconds, tens of seconds or minutes, as they are kept. */
export function cellWidthMs(overMs: number): number {
  const least = Math.max(CELL_MS_MIN, Math.min(overMs, HEAT_MS_MAX) / (HEAT_CELLS_MAX - 1));
  const step = overMs < 119_000 ? 1_000 : overMs < 1_790_000 ? 10_000 : 60_000;
  return Math.ceil(least / step) * step;
}

function readAnswer(payload: Uint8Array): HeatAnswer | undefined {
  try {
    return decodeHeatAnswer(payload);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function entriesOf(map: ClusterMap, {tableId}: TableDescriptor): readonly PartitionEntry[] {
  return [...map.partitions()].filter(({table}) => table === tableId).sort((a, b) => a.index - b.index || (toHex(a.from) < toHex(b.from) ? -1 : 1));
}
function indexNameOf(table: TableDescriptor, entry: PartitionEntry): string | null {
  return table.globalIndexes?.find(({indexId}) => indexId === entry.index)?.name ?? null;
}

function partitionDocument(entry: PartitionEntry, table: TableDescriptor, answers: ReadonlyMap<NodeId, HeatAnswer>): PartitionHeatDocument {
  const told = [...answers].flatMap(([node, {partitions}]) => partitions.filter(({group}) => group === entry.group).map((partition) => ({node, partition})));
  const leader = told.find(({partition}) => partition.isLeader);
  const sum = (pick: (partition: ToldPartition) => number): number => told.reduce((total, {partition}) => total + pick(partition), 0);
  const cells = new Map<number, {fromMs: number; readUnits: number; writeUnits: number; throttles: number}>();
  for (const {partition} of told) {
    for (const [fromMs, readHalfUnits, writeHalfUnits, throttles] of partition.cells) {
      const cell = cells.get(fromMs) ?? {fromMs, readUnits: 0, writeUnits: 0, throttles: 0};
      cells.set(fromMs, {fromMs, readUnits: cell.readUnits + readHalfUnits / 2, writeUnits: cell.writeUnits + writeHalfUnits / 2, throttles: cell.throttles + throttles});
    }
  }
  return {
    id: entry.group, index: indexNameOf(table, entry), from: toHex(entry.from), until: toHex(entry.until), leader: leader?.node ?? null,
    loadPercent: Math.round((leader?.partition.loadPermille ?? 0) / 10), readUnitsPerSecond: sum(({readHalfUnits}) => readHalfUnits) / 2,
    writeUnitsPerSecond: sum(({writeHalfUnits}) => writeHalfUnits) / 2, throttlesPerSecond: sum(({throttleCount}) => throttleCount),
    hotSinceMs: leader?.partition.hotSinceMs ?? null, advice: leader?.partition.advice ?? null,
    cells: [...cells.values()].sort((a, b) => a.fromMs - b.fromMs), bins: leader?.partition.bins ?? [],
  };
}

function keyDocuments(map: ClusterMap, table: TableDescriptor, answers: ReadonlyMap<NodeId, HeatAnswer>, {cause, scope}: {readonly cause: KeyCause; readonly scope: KeyScope}, nowMs: number): readonly HotKeyDocument[] {
  // Replicas of one partition count what each of them was asked; halves of a collection what each of them has.
  const perUnit = cause === 'accessed' ? 2 : 1;
  const entries = new Map(entriesOf(map, table).map((entry) => [entry.group as number, entry]));
  const sums = new Map<string, {entry: PartitionEntry; hex: string; most: number; count: number; countError: number; overMs: number}>();
  const totals = new Map<number, number>();
  for (const {partitions} of answers.values()) {
    for (const {group, keys, keyTotal} of partitions) {
      const entry = entries.get(group);
      if (entry === undefined) continue;
      totals.set(entry.index, (totals.get(entry.index) ?? 0) + (keyTotal?.count ?? 0));
      for (const {hex, count, countError} of keys) {
        const sum = sums.get(hex) ?? {entry, hex, most: 0, count: 0, countError: 0, overMs: 0};
        const isMost = count > sum.most;
        sums.set(hex, {
          entry: isMost ? entry : sum.entry, hex, most: isMost ? count : sum.most, count: sum.count + count, countError: sum.countError + countError,
          overMs: Math.max(sum.overMs, nowMs - (keyTotal?.fromMs ?? nowMs)),
        });
      }
    }
  }
  return [...sums.values()].map(({entry, hex, count, countError, overMs}): HotKeyDocument => ({
    key: readKey(table, entry, hex, scope), index: indexNameOf(table, entry), partition: entry.group, count: count / perUnit, countError: countError / perUnit,
    percent: Math.round((1000 * count) / Math.max(1, totals.get(entry.index) ?? 0)) / 10, overMs,
  })).sort((a, b) => b.count - a.count || a.partition - b.partition || (JSON.stringify(a.key) < JSON.stringify(b.key) ? -1 : 1));
}

/** The attributes of a stored key by the names that the table or index gives them. */
function readKey(table: TableDescriptor, entry: PartitionEntry, hex: string, scope: KeyScope): Readonly<Record<string, unknown>> | null {
  try {
    const {parts} = parseStoredKey(fromHex(hex));
    const names = namesOf(table, entry);
    const shown = parts.slice(0, scope === 'collection' ? 1 : names.length);
    return Object.fromEntries(shown.map((part, i) => [names[i] ?? '', attributeValueToJson(decodeKeyValue(part))]));
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}
function namesOf({keySchema, extra, globalIndexes}: TableDescriptor, {index}: PartitionEntry): readonly string[] {
  if (index === BASE_INDEX_ID) return [keySchema.hash.name, ...(keySchema.range === undefined ? [] : [keySchema.range.name])];
  const name = globalIndexes?.find(({indexId}) => indexId === index)?.name;
  return extra.globalSecondaryIndexes?.find(({IndexName}) => IndexName === name)?.KeySchema.map(({AttributeName}) => AttributeName) ?? [];
}
