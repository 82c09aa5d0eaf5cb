import {BASE_INDEX_ID, NO_REPLICA, assert} from '@murmuration/base';
import type {GroupId, IndexId, ReplicaId} from '@murmuration/base';
import {
  BURST_SECONDS_DEFAULT, GivenShare, NO_BUDGET, ON_DEMAND_READ_UNITS_START, ON_DEMAND_WRITE_UNITS_START, OnDemandPeaks,
  PartitionAdmission, evenShare, failedConditionHalfUnits, itemWriteHalfUnits, levelsOfNewLeader, nextBudgetState, pageHalfUnits, readHalfUnits, unitsToMilliRate,
} from '@murmuration/capacity';
import type {AccessShare, AdmissionDecision, BudgetState, PartitionLimits, PartitionShares, ThrottleRecord, TokenBucket} from '@murmuration/capacity';
import type {PartitionShare, ThroughputReport} from '@murmuration/control-client';
import type {CapacitySettings, TableDescriptor, Throughput} from '@murmuration/model';
import type {Consistency, PartitionFailure, PartitionMachine, PartitionResponse} from '@murmuration/partition';
import type {ClusterMap} from '@murmuration/placement';
import {IndexWriteBudgets} from './admission-index-writes.js';
import type {IndexCosts} from './admission-index-writes.js';
import type {PartitionIdentity} from './owner-data.js';
import {emit} from './partition-context.js';
import type {NodeContext} from './partition-context.js';

/** Which tables have their throughput enforced: none, those with provisioned throughput, or all. */
export type ThrottlingMode = 'off' | 'provisioned' | 'on';
const THROTTLING_MODES: readonly ThrottlingMode[] = ['off', 'provisioned', 'on'];
/** The gate from a setting's text. */
export function toThrottlingMode(text: string): ThrottlingMode {
  const mode = THROTTLING_MODES.find((candidate) => candidate === text);
  assert(mode !== undefined, 'unknown mode of throttling', {text});
  return mode;
}

/** How often the limit of an on-demand table is looked at again. */
const PEAKS_LOOK_MS = 1_000;

/** How often the time since the last given share is looked at. */
const SHARES_LOOK_MS = 100;
/** What was asked for is counted over so long. */
const LOAD_MS = 1_000;
/** Burst is kept this part of a second's ceiling above what was told, as it is looked at twenty times a second. */
const BUDGET_MARGIN_RATIO = 0.1;

const NO_SHARES: PartitionShares = {read: undefined, write: undefined};

/** Buckets of the process behind all partitions it leads: burst asks for their tokens too. Undefined without a limit. */
export interface NodeThroughput {
  readonly nodeRead: TokenBucket | undefined;
  readonly nodeWrite: TokenBucket | undefined;
}

/** The limits of a partition as the newest map has them. */
interface Limits {
  readonly shares: PartitionShares;
  readonly isOnDemand: boolean;
  /** As a throttle names it. */
  readonly resource: string;
}

/**
 * Throughput of one partition, enforced by its leader: an even share of the table's rate with its burst, and the
 * partition's ceilings. Followers only know whether the table is enforced: then they leave eventual reads to the leader,
 * as long as there is one, so that they are counted.
 *
 * Nothing waits here: what is too much is refused, with the bucket and the instant at which it would have passed.
 */
export class LeaderAdmission {
  readonly #node: NodeContext;
  readonly #group: GroupId;
  readonly #replica: ReplicaId;
  readonly #identity: PartitionIdentity;
  readonly #machine: PartitionMachine;
  #isLeader = false;
  #map: ClusterMap | undefined;
  #limits: Limits | undefined;
  #budget: PartitionAdmission | undefined;
  /** Of an on-demand table, in units of the whole table; kept only while this replica leads. */
  #peaks: {readonly read: OnDemandPeaks; readonly write: OnDemandPeaks} | undefined;
  #partitionCount = 1;
  #place = 0;
  #settings: CapacitySettings;
  #indexWrites: IndexWriteBudgets | undefined;
  /** In the partition's log. */
  #told: BudgetState = NO_BUDGET;
  #isTelling = false;
  /** Nothing was counted for a while in this leadership: what was told before is not known to be left. */
  #wasOff = false;
  #nextLookMs = 0;
  readonly #given = {read: new GivenShare(), write: new GivenShare()};
  #nextShareLookMs = 0;
  #load = {readHalfUnits: 0, writeHalfUnits: 0, overMs: 0};
  #loadFromMs = 0;

  constructor(node: NodeContext, group: GroupId, replica: ReplicaId, identity: PartitionIdentity, machine: PartitionMachine) {
    this.#node = node;
    this.#group = group;
    this.#replica = replica;
    this.#identity = identity;
    this.#machine = machine;
    this.#settings = node.capacityDefaults;
  }
  /** The newest throttles here, oldest first. */
  get throttles(): readonly ThrottleRecord[] {
    return this.#budget?.log.records() ?? [];
  }

  /** Takes over what the map says of the table. Cheap when nothing has changed. */
  follow(map: ClusterMap): void {
    if (map === this.#map && this.#limits === undefined) return;
    const nowMs = this.#node.clock.monotonicMs();
    if (this.#budget !== undefined && nowMs >= this.#loadFromMs + LOAD_MS) this.#closeLoad(this.#budget, nowMs);
    if (this.#budget !== undefined && this.#limits !== undefined && nowMs >= this.#nextShareLookMs) {
      this.#nextShareLookMs = nowMs + SHARES_LOOK_MS;
      this.#budget.setShares(this.#shares(this.#limits, nowMs), nowMs);
      this.#indexWrites?.tick(nowMs);
    }
    if (map === this.#map && (this.#peaks === undefined || nowMs < this.#nextLookMs)) return;
    this.#map = map;
    this.#nextLookMs = nowMs + PEAKS_LOOK_MS;
    const settings = map.settingsOf(this.#identity.table, this.#node.capacityDefaults);
    const areOthers = settings !== this.#settings;
    this.#settings = settings;
    const table = map.tableById(this.#identity.table);
    const isOnDemand = table?.billingMode !== 'PROVISIONED';
    const throughput = table === undefined ? undefined : throughputOf(table, this.#identity.index);
    if (table === undefined || throughput === undefined || settings.throttling === 'off' || (isOnDemand && settings.throttling !== 'on')) {
      this.#limits = undefined;
      this.#budget = undefined;
      this.#peaks = undefined;
      this.#indexWrites = undefined;
      this.#wasOff = true;
      return;
    }
    const wasOnDemand = this.#limits?.isOnDemand ?? isOnDemand;
    this.#limits = {shares: this.#sharesOf(throughput, map, nowMs), isOnDemand, resource: throughput.resource};
    if (wasOnDemand !== isOnDemand) this.#budget = undefined;
    if (this.#budget === undefined) this.#begin();
    else if (areOthers) this.#budget.configure(this.#partitionLimits(isOnDemand), this.#shares(this.#limits, nowMs), nowMs);
    else this.#budget.setShares(this.#shares(this.#limits, nowMs), nowMs);
    if (this.#budget === undefined || this.#identity.index !== BASE_INDEX_ID) this.#indexWrites = undefined;
    else {
      this.#indexWrites ??= new IndexWriteBudgets(this.#isNew);
      this.#indexWrites.follow(table, this.#place, this.#partitionCount, settings, nowMs);
    }
  }
  /** What the control plane gives this partition of its table's provisioned throughput, for some seconds. */
  takeShare(share: PartitionShare): void {
    if (this.#budget === undefined || this.#limits === undefined || !this.#isSharedByNeed(this.#limits)) return;
    const nowMs = this.#node.clock.monotonicMs();
    this.#given.read.give(share.readRate, nowMs);
    this.#given.write.give(share.writeRate, nowMs);
    this.#budget.setShares(this.#shares(this.#limits, nowMs), nowMs);
    this.#indexWrites?.take(share.indexWrites ?? [], nowMs);
  }
  /** What the control plane is told of a partition whose table is shared by need. */
  report(): {readonly throughput?: ThroughputReport} {
    if (this.#budget === undefined || this.#limits === undefined || !this.#isSharedByNeed(this.#limits)) return {};
    const nowMs = this.#node.clock.monotonicMs();
    const shares = this.#shares(this.#limits, nowMs);
    // What is told is what holds from now on: others are given the rest.
    this.#budget.setShares(shares, nowMs);
    this.#indexWrites?.tick(nowMs);
    const {readHalfUnits, writeHalfUnits, overMs} = this.#load;
    const indexWrites = this.#indexWrites?.report() ?? [];
    const rateOf = (share: AccessShare | undefined): number => share?.gainRate ?? share?.rate ?? 0;
    return {throughput: {
      readAskedHalfUnits: readHalfUnits, writeAskedHalfUnits: writeHalfUnits, overMs, readRate: rateOf(shares.read), writeRate: rateOf(shares.write), ...(indexWrites.length === 0 ? {} : {indexWrites}),
    }};
  }
  /** A new leader has no burst and starts with an empty second: the one before may have spent both. Only a partition without any write is new. */
  leadership(isLeader: boolean): void {
    if (isLeader === this.#isLeader) return;
    this.#isLeader = isLeader;
    this.#budget = undefined;
    this.#peaks = undefined;
    this.#map = undefined;
    this.#indexWrites = undefined;
    this.#isTelling = false;
    if (isLeader && this.#limits !== undefined) this.#begin();
  }
  /** What is in the log of what a leader left; undefined when nothing ever was. */
  told(state: BudgetState | undefined): void {
    this.#told = state ?? NO_BUDGET;
  }
  /**
   * What has to be told before burst comes down to what was told last; undefined when there is nothing. Ends with `tellingEnded`.
   * Burst of on-demand tables is no promise, and is not told.
   */
  beginTelling(): BudgetState | undefined {
    const budget = this.#budget;
    if (budget === undefined || this.#isTelling || this.#limits === undefined || this.#limits.isOnDemand) return undefined;
    const {readHalfUnits, writeHalfUnits} = budget.burstSizes;
    const {partitionReadUnitsMax, partitionWriteUnitsMax} = this.#settings;
    const next = nextBudgetState(this.#told, budget.levels(this.#node.clock.monotonicMs()), {
      readSizeHalfUnits: readHalfUnits, writeSizeHalfUnits: writeHalfUnits,
      readMarginHalfUnits: Math.ceil(partitionReadUnitsMax * 2 * BUDGET_MARGIN_RATIO), writeMarginHalfUnits: Math.ceil(partitionWriteUnitsMax * 2 * BUDGET_MARGIN_RATIO),
    });
    this.#isTelling = next !== undefined;
    return next;
  }
  tellingEnded(): void {
    this.#isTelling = false;
  }

  /** Whether an eventual read is to be answered by the leader, since only it counts. */
  sendsToLeader(): boolean {
    if (this.#limits === undefined || this.#isLeader) return false;
    const leader = this.#node.host.leaderOf(this.#group);
    return leader !== NO_REPLICA && leader !== this.#replica;
  }
  /** Asked by the machine for each write of a client when its cost is known and nothing is entered yet. */
  readonly judged = (response: PartitionResponse): PartitionFailure | undefined => {
    const budget = this.#budget;
    if (budget === undefined) return undefined;
    const halfUnits = writeCost(response);
    if (halfUnits === 0) return undefined;
    const nowMs = this.#node.clock.monotonicMs();
    const costs = response.kind === 'written' ? response.globalIndexes : undefined;
    const refusal = this.#indexWrites?.refusal(costs, nowMs);
    if (refusal !== undefined) return this.#refuseIndexWrite(refusal);
    const decision = budget.admitWrite(halfUnits, nowMs);
    if (decision.kind === 'throttled') return this.#refuse(decision);
    this.#indexWrites?.spend(costs);
    this.#peaks?.write.used(halfUnits * this.#partitionCount, nowMs);
    return undefined;
  };
  /** What a transaction costs here, known and not entered yet. @param indexCosts by global index, each index once */
  admit(direction: 'read' | 'write', halfUnits: number, indexCosts?: IndexCosts): PartitionFailure | undefined {
    const budget = this.#budget;
    if (budget === undefined || halfUnits === 0) return undefined;
    const nowMs = this.#node.clock.monotonicMs();
    const refusal = this.#indexWrites?.refusal(indexCosts, nowMs);
    if (refusal !== undefined) return this.#refuseIndexWrite(refusal);
    const decision = direction === 'read' ? budget.admitRead(halfUnits, nowMs) : budget.admitWrite(halfUnits, nowMs);
    if (decision.kind === 'throttled') return this.#refuse(decision);
    this.#indexWrites?.spend(indexCosts);
    this.#peaks?.[direction].used(halfUnits * this.#partitionCount, nowMs);
    return undefined;
  }
  /** Whether entries of an index may be written now that the writes of the table paid for: only the ceiling of the partition holds them up. */
  admitIndexWrite(halfUnits: number): boolean {
    return this.#budget?.admitPaidWrite(halfUnits, this.#node.clock.monotonicMs()) ?? true;
  }
  /** Before a page is read, whose cost is known at its end only. */
  beginPage(consistency: Consistency): PartitionFailure | undefined {
    const decision = this.#budget?.canBeginPage(readHalfUnits(0, consistency === 'strong'), this.#node.clock.monotonicMs());
    return decision?.kind === 'throttled' ? this.#refuse(decision) : undefined;
  }
  /** Counts an answer that was read. @returns it, or the refusal in its place */
  admitted(response: PartitionResponse, consistency: Consistency): PartitionResponse {
    const budget = this.#budget;
    if (budget === undefined) return response;
    const isStrong = consistency === 'strong';
    const nowMs = this.#node.clock.monotonicMs();
    let halfUnits = 0;
    if (response.kind === 'got') {
      for (const sizeBytes of response.sizesBytes) halfUnits += readHalfUnits(sizeBytes, isStrong);
      const decision = budget.admitRead(halfUnits, nowMs);
      if (decision.kind === 'throttled') return {kind: 'failed', failure: this.#refuse(decision)};
    } else if (response.kind === 'ranged') {
      halfUnits = pageHalfUnits([response.scannedSizeBytes], response.fetchedBlockCount ?? 0, consistency);
      budget.chargePage(halfUnits, nowMs);
    }
    this.#peaks?.read.used(halfUnits * this.#partitionCount, nowMs);
    return response;
  }

  #begin(): void {
    if (!this.#isLeader || this.#limits === undefined) return;
    const nowMs = this.#node.clock.monotonicMs();
    const {isOnDemand} = this.#limits;
    this.#load = {readHalfUnits: 0, writeHalfUnits: 0, overMs: 0};
    this.#loadFromMs = nowMs;
    const isAlone = this.#isNew || this.#partitionCount === 1 || !this.#isSharedByNeed(this.#limits);
    for (const given of [this.#given.read, this.#given.write]) given.begin(isAlone, nowMs);
    const levels = this.#isNew ? undefined : levelsOfNewLeader(this.#wasOff ? NO_BUDGET : this.#told);
    this.#wasOff = false;
    const resource = this.#identity.index === BASE_INDEX_ID ? 'Table' : 'Index';
    this.#budget = new PartitionAdmission({resource, ...this.#partitionLimits(isOnDemand), ...this.#node.throughput}, this.#shares(this.#limits, nowMs), nowMs, levels);
  }
  /** Only a partition without any write is new: another leader may have spent what was there. */
  get #isNew(): boolean {
    return this.#machine.record.sequence === 0;
  }
  #partitionLimits(isOnDemand: boolean): PartitionLimits {
    const {burstSeconds, partitionReadUnitsMax, partitionWriteUnitsMax} = this.#settings;
    // Burst is unused provisioned capacity: there is none on demand.
    return {burstSeconds: isOnDemand ? 0 : burstSeconds, readCeilingHalfUnits: partitionReadUnitsMax * 2, writeCeilingHalfUnits: partitionWriteUnitsMax * 2};
  }
  #closeLoad(budget: PartitionAdmission, nowMs: number): void {
    this.#load = {...budget.drainLoad(), overMs: Math.floor(nowMs - this.#loadFromMs)};
    this.#indexWrites?.closeLoad();
    this.#loadFromMs = nowMs;
  }
  /** Provisioned throughput, unless it is divided evenly; routers share that of the table themselves, and leave its indexes to leaders. */
  #isSharedByNeed({isOnDemand}: Limits): boolean {
    return !isOnDemand && this.#settings.sharing !== 'static';
  }
  /** The even share, unless the control plane has given another one. */
  #shares({shares, isOnDemand}: Limits, nowMs: number): PartitionShares {
    // Routers hold the tokens of the table: only the ceilings are looked after here.
    if (this.#settings.sharing === 'global' && !isOnDemand && this.#identity.index === BASE_INDEX_ID) return NO_SHARES;
    if (isOnDemand || this.#settings.sharing === 'static' || shares.read === undefined || shares.write === undefined) return shares;
    const {read, write} = this.#given;
    return {read: {...shares.read, ...read.at(shares.read.rate, nowMs)}, write: {...shares.write, ...write.at(shares.write.rate, nowMs)}};
  }
  #sharesOf({provisioned, onDemand, warm}: ResourceThroughput, map: ClusterMap, nowMs: number): PartitionShares {
    const partitions = map.partitionsOf(this.#identity.table, this.#identity.index);
    const place = partitions.findIndex(({group}) => group === this.#group);
    // A half that the map does not show yet lives on half a share.
    const [index, count] = place < 0 ? [0, Math.max(1, partitions.length) * 2] : [place, partitions.length];
    this.#partitionCount = count;
    this.#place = index;
    if (provisioned !== undefined) {
      const cause = 'ProvisionedThroughputExceeded';
      return {
        read: {rate: evenShare(unitsToMilliRate(provisioned.ReadCapacityUnits), index, count), cause},
        write: {rate: evenShare(unitsToMilliRate(provisioned.WriteCapacityUnits), index, count), cause},
      };
    }
    const read = {startUnits: ON_DEMAND_READ_UNITS_START, warmUnits: warm?.ReadUnitsPerSecond, maximumUnits: onDemand?.MaxReadRequestUnits, quotaUnits: this.#settings.tableReadUnitsMax};
    const write = {startUnits: ON_DEMAND_WRITE_UNITS_START, warmUnits: warm?.WriteUnitsPerSecond, maximumUnits: onDemand?.MaxWriteRequestUnits, quotaUnits: this.#settings.tableWriteUnitsMax};
    this.#peaks ??= {read: new OnDemandPeaks(read, nowMs), write: new OnDemandPeaks(write, nowMs)};
    this.#peaks.read.configure(read);
    this.#peaks.write.configure(write);
    const [readLimit, writeLimit] = [this.#peaks.read.limit(nowMs), this.#peaks.write.limit(nowMs)];
    return {
      read: {rate: evenShare(unitsToMilliRate(readLimit.unitsPerSecond), index, count), cause: readLimit.cause},
      write: {rate: evenShare(unitsToMilliRate(writeLimit.unitsPerSecond), index, count), cause: writeLimit.cause},
    };
  }
  #refuse({record}: Extract<AdmissionDecision, {readonly kind: 'throttled'}>): PartitionFailure {
    const {events, metrics} = this.#node;
    metrics.throttled(record.reason, record.bucket);
    if (events.isEnabled('debug')) {
      const {reason, bucket, tokensThenHalfUnits, tokensAskedHalfUnits, atMs, firstPossibleAtMs} = record;
      emit(events, {event: 'partition/throttled', level: 'debug', group: this.#group, reason, bucket, tokensThenHalfUnits, tokensAskedHalfUnits, passesInMs: firstPossibleAtMs - atMs});
    }
    const {resource = '', isOnDemand = false} = this.#limits ?? {};
    const {bucket, tokensThenHalfUnits, tokensAskedHalfUnits} = record;
    const passesInMs = record.firstPossibleAtMs - record.atMs;
    const detail = {bucket, tokensThenHalfUnits, tokensAskedHalfUnits, passesInMs: Number.isFinite(passesInMs) ? Math.max(0, Math.ceil(passesInMs)) : undefined};
    return {code: 'Throttled', reason: record.reason, resource, isOnDemand, detail};
  }
  #refuseIndexWrite(failure: PartitionFailure): PartitionFailure {
    const {events, metrics} = this.#node;
    if (failure.code !== 'Throttled' || failure.detail === undefined) return failure;
    const {reason, detail} = failure;
    metrics.throttled(reason, detail.bucket);
    if (events.isEnabled('debug')) emit(events, {event: 'partition/throttled', level: 'debug', group: this.#group, reason, ...detail, passesInMs: detail.passesInMs ?? Number.POSITIVE_INFINITY});
    return failure;
  }
}

/** Throughput of a table or of one of its global indexes; without `provisioned` it is on demand. */
interface ResourceThroughput {
  readonly resource: string;
  readonly provisioned: Throughput | undefined;
  readonly onDemand: TableDescriptor['extra']['onDemandThroughput'];
  readonly warm: TableDescriptor['extra']['warmThroughput'];
}

/** @returns undefined for an index whose throughput the map does not tell */
function throughputOf({name, billingMode, provisionedThroughput, globalIndexes, extra}: TableDescriptor, index: IndexId): ResourceThroughput | undefined {
  const isProvisioned = billingMode === 'PROVISIONED';
  if (index === BASE_INDEX_ID) {
    return {resource: name, provisioned: isProvisioned ? provisionedThroughput : undefined, onDemand: extra.onDemandThroughput, warm: extra.warmThroughput};
  }
  const indexName = globalIndexes?.find(({indexId}) => indexId === index)?.name;
  const definition = extra.globalSecondaryIndexes?.find(({IndexName}) => IndexName === indexName);
  if (definition === undefined || (isProvisioned && definition.ProvisionedThroughput === undefined)) return undefined;
  return {
    resource: `${name}/index/${definition.IndexName}`, provisioned: isProvisioned ? definition.ProvisionedThroughput : undefined,
    onDemand: definition.OnDemandThroughput, warm: definition.WarmThroughput,
  };
}

/** What a judged write costs; 0 for one that was refused as a mistake. */
export function writeCost(response: PartitionResponse): number {
  if (response.kind === 'failed') return response.failure.code === 'ConditionFailed' ? failedConditionHalfUnits(response.failure.itemSizeBytes) : 0;
  if (response.kind !== 'written') return 0;
  let halfUnits = itemWriteHalfUnits(response.oldSizeBytes, response.newSizeBytes);
  for (const cost of response.derived?.indexHalfUnits ?? []) halfUnits += cost;
  return halfUnits;
}

/** Whether a number of seconds may be the burst's. */
export function isBurstSeconds(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= BURST_SECONDS_DEFAULT;
}
