import {BASE_INDEX_ID, compareBytes} from '@murmuration/base';
import type {GroupId, IndexId, TableId} from '@murmuration/base';
import {PARTITION_READ_HALF_UNITS_MAX, PARTITION_WRITE_HALF_UNITS_MAX, adaptiveShares, evenShare, unitsToMilliRate} from '@murmuration/capacity';
import type {MilliRate} from '@murmuration/capacity';
import type {GroupReport, PartitionShare} from '@murmuration/control-client';
import type {TableDescriptor, Throughput} from '@murmuration/model';
import type {PartitionEntry} from '@murmuration/placement';

/** A leader that was not heard for so long may soon go back to an even share: the times of `GivenShare` are made for it. */
const SILENT_MS = 1_500;
/** What is left of an earlier load with each report, so that one quiet second does not take a boost away. */
const KEPT_RATIO = 0.8;
const PRUNE_MS = 60_000;

interface Heard {
  atMs: number;
  readonly read: AccessState;
  readonly write: AccessState;
  /** Write throughput of global indexes that writes of the table use here. */
  readonly indexWrites: Map<number, AccessState>;
}
/** Which of them. */
type StateOf = (heard: Heard) => AccessState | undefined;
const READ: StateOf = ({read}) => read;
const WRITE: StateOf = ({write}) => write;
interface AccessState {
  /** Half units a second. */
  asked: number;
  /** The larger of what it was given last and what it says it has. */
  heldRate: MilliRate;
}

/** The catalog, as far as it is needed here. */
export interface TableSource {
  table(table: TableId): TableDescriptor | undefined;
  partition(group: GroupId): PartitionEntry | undefined;
  partitionsOfTable(table: TableId): readonly PartitionEntry[];
}

/**
 * Adaptive sharing of provisioned tables and global indexes: leaders tell with their heartbeats what they were asked for, and are told what
 * they may use. Soft state of the leading control replica; without it leaders go back to even shares.
 *
 * A share grows only by what the others have given up: as long as a leader has not told that it has its smaller share,
 * the larger one counts, and one that is silent counts with its even share. So the shares in use never exceed the rate.
 */
export class TableShares {
  readonly #heard = new Map<GroupId, Heard>();
  #pruneAtMs = 0;

  reset(): void {
    this.#heard.clear();
  }
  /** Takes the reports of one heartbeat. @returns what the leaders among them may use from now on */
  exchange(reports: readonly GroupReport[], source: TableSource, nowMs: number): readonly PartitionShare[] {
    this.#prune(source, nowMs);
    const told = reports.filter(({isLeader, throughput}) => isLeader && throughput !== undefined);
    for (const report of told) this.#take(report, nowMs);
    const groupsOf = new Map<string, readonly GroupId[]>();
    return told.flatMap(({group, throughput}) => {
      const entry = source.partition(group);
      const table = entry === undefined ? undefined : source.table(entry.table);
      const provisioned = entry === undefined || table === undefined ? undefined : provisionedOf(table, entry.index);
      if (entry === undefined || table === undefined || provisioned === undefined) return [];
      const name = `${table.tableId} ${entry.index}`;
      const groups = groupsOf.get(name) ?? groupsInOrder(source, table.tableId, entry.index);
      groupsOf.set(name, groups);
      const readRate = this.#grant(group, groups, READ, unitsToMilliRate(provisioned.ReadCapacityUnits), nowMs);
      const writeRate = this.#grant(group, groups, WRITE, unitsToMilliRate(provisioned.WriteCapacityUnits), nowMs);
      const indexWrites = entry.index !== BASE_INDEX_ID ? [] : (throughput?.indexWrites ?? []).flatMap(({indexId}) => {
        const index = provisionedOf(table, indexId);
        return index === undefined ? [] : [{indexId, rate: this.#grant(group, groups, (heard) => heard.indexWrites.get(indexId), unitsToMilliRate(index.WriteCapacityUnits), nowMs)}];
      });
      return [{group, readRate, writeRate, ...(indexWrites.length === 0 ? {} : {indexWrites})}];
    });
  }

  /** Now and then forgets partitions that are no more. */
  #prune(source: TableSource, nowMs: number): void {
    if (nowMs < this.#pruneAtMs) return;
    this.#pruneAtMs = nowMs + PRUNE_MS;
    for (const group of this.#heard.keys()) if (source.partition(group) === undefined) this.#heard.delete(group);
  }
  #take({group, throughput}: GroupReport, nowMs: number): void {
    if (throughput === undefined) return;
    const {readAskedHalfUnits, writeAskedHalfUnits, overMs, readRate, writeRate} = throughput;
    const heard = this.#heard.get(group) ?? {atMs: nowMs, read: {asked: 0, heldRate: 0}, write: {asked: 0, heldRate: 0}, indexWrites: new Map<number, AccessState>()};
    heard.atMs = nowMs;
    const perSecond = (halfUnits: number): number => (overMs > 0 ? (halfUnits * 1000) / overMs : 0);
    heard.read.asked = Math.min(PARTITION_READ_HALF_UNITS_MAX, Math.max(heard.read.asked * KEPT_RATIO, perSecond(readAskedHalfUnits)));
    heard.write.asked = Math.min(PARTITION_WRITE_HALF_UNITS_MAX, Math.max(heard.write.asked * KEPT_RATIO, perSecond(writeAskedHalfUnits)));
    // It has what it says, be that the share it was given last or an older one.
    heard.read.heldRate = readRate;
    heard.write.heldRate = writeRate;
    const told = throughput.indexWrites ?? [];
    for (const {indexId, askedHalfUnits, rate} of told) {
      const asked = Math.max((heard.indexWrites.get(indexId)?.asked ?? 0) * KEPT_RATIO, perSecond(askedHalfUnits));
      heard.indexWrites.set(indexId, {asked, heldRate: rate});
    }
    for (const indexId of heard.indexWrites.keys()) if (!told.some((each) => each.indexId === indexId)) heard.indexWrites.delete(indexId);
    this.#heard.set(group, heard);
  }
  #grant(group: GroupId, groups: readonly GroupId[], stateOf: StateOf, rate: MilliRate, nowMs: number): MilliRate {
    const place = groups.indexOf(group);
    const own = this.#stateOf(group, stateOf);
    if (place < 0 || own === undefined) return 0;
    const demands = groups.map((each, partition) => ({partition, askedHalfUnits: Math.ceil(this.#stateOf(each, stateOf)?.asked ?? 0)}));
    const target = adaptiveShares(rate, demands, 1000)[place] ?? 0;
    const others = groups.reduce((sum, each, i) => (each === group ? sum : sum + this.#heldRate(each, stateOf, evenShare(rate, i, groups.length), nowMs)), 0);
    const granted = Math.max(0, Math.min(target, rate - others));
    // Until it says so itself, it may have either.
    own.heldRate = Math.max(own.heldRate, granted);
    return granted;
  }
  #stateOf(group: GroupId, stateOf: StateOf): AccessState | undefined {
    const heard = this.#heard.get(group);
    return heard === undefined ? undefined : stateOf(heard);
  }
  #heldRate(group: GroupId, stateOf: StateOf, evenRate: MilliRate, nowMs: number): MilliRate {
    const heard = this.#heard.get(group);
    const state = heard === undefined ? undefined : stateOf(heard);
    if (heard === undefined || state === undefined) return evenRate;
    return nowMs - heard.atMs > SILENT_MS ? Math.max(evenRate, state.heldRate) : state.heldRate;
  }
}

/** The order in which leaders number even shares. */
function groupsInOrder(source: TableSource, table: TableId, of: IndexId): readonly GroupId[] {
  const entries = source.partitionsOfTable(table).filter(({index}) => index === of);
  return entries.sort((a, b) => compareBytes(a.from, b.from)).map(({group}) => group);
}
/** @returns undefined for what is on demand, and for an index that is not there any more */
function provisionedOf({billingMode, provisionedThroughput, globalIndexes, extra}: TableDescriptor, of: number): Throughput | undefined {
  if (billingMode !== 'PROVISIONED') return undefined;
  if (of === BASE_INDEX_ID) return provisionedThroughput;
  const name = globalIndexes?.find(({indexId}) => indexId === of)?.name;
  return extra.globalSecondaryIndexes?.find(({IndexName}) => IndexName === name)?.ProvisionedThroughput;
}
