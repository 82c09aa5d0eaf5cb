import {assert} from '@murmuration/base';
import {
  AutoScaling, ON_DEMAND_READ_UNITS_START, ON_DEMAND_WRITE_UNITS_START, OnDemandPeaks, PartitionAdmission, SCALING_DEFAULTS, TABLE_UNITS_QUOTA, TokenBucket, adaptiveShares, evenShare,
  levelsOfNewLeader, nextBudgetState, readHalfUnits, throttlingReason, toMilliRate, unitsToMilliRate,
} from '@murmuration/capacity';
import type {AccessShare, CapacityResource, MilliRate, PartitionLevels, PartitionShares, ThrottlingReason} from '@murmuration/capacity';
import type {WorkloadBilling} from '../workloads/workload-spec.js';
import {GlobalSharing} from './global-sharing.js';
import {IndexOutbox} from './index-outbox.js';
import {FIRST_BORDER, LAST_BORDER, TOKEN_UNTIL, isBelow} from './key-space.js';
import type {KeyBorder} from './key-space.js';
import type {VirtualNode, VirtualNodes} from './virtual-nodes.js';
import {VirtualPartition} from './virtual-partition.js';
import {ceilingsOf} from './virtual-settings.js';
import type {VirtualSettings} from './virtual-settings.js';

/** What is left of an earlier load with each second, as the control plane keeps it. */
const KEPT_RATIO = 0.8;
const NOTHING_LEFT: PartitionLevels = {
  read: {allocatedHalfUnits: 0, burstHalfUnits: 0, debtHalfUnits: 0}, write: {allocatedHalfUnits: 0, burstHalfUnits: 0, debtHalfUnits: 0},
};
/** A new table has a full second and no burst: nothing was left unused yet. The share cuts it to its size. */
const NEW_TABLE: PartitionLevels = {
  read: {allocatedHalfUnits: 1_000_000, burstHalfUnits: 0, debtHalfUnits: 0}, write: {allocatedHalfUnits: 1_000_000, burstHalfUnits: 0, debtHalfUnits: 0},
};

export interface ResourceDefinition {
  readonly kind: CapacityResource;
  /** Of the index; null for the table. */
  readonly index: string | null;
  readonly billing: WorkloadBilling;
  /** No item collection is cut: local indexes, and keys of global ones. */
  readonly keepsCollections: boolean;
  /** 0: by the throughput. */
  readonly partitionCount: number;
  readonly outboxCount: number;
}

interface Peaks {
  readonly read: OnDemandPeaks;
  readonly write: OnDemandPeaks;
}
interface Units {
  readonly readUnits: number;
  readonly writeUnits: number;
}

/**
 * A table or a global index with its partitions: who has which keys, and what may pass. What decides is packages/capacity;
 * here it is asked in the order in which leaders, routers and the control plane ask it.
 */
export class VirtualResource {
  readonly kind: CapacityResource;
  readonly index: string | null;
  readonly keepsCollections: boolean;
  readonly ceilings: {readonly readHalfUnits: number; readonly writeHalfUnits: number};
  /** In the order of their keys. */
  readonly partitions: VirtualPartition[] = [];
  /** All there ever were. */
  readonly everyPartition: VirtualPartition[] = [];
  readonly #settings: VirtualSettings;
  readonly #nodes: VirtualNodes;
  readonly #nodeBuckets: NodeBuckets;
  readonly #outboxCount: number;
  #billing: WorkloadBilling;
  #peaks: Peaks | undefined;
  #global: {readonly read: GlobalSharing; readonly write: GlobalSharing} | undefined;
  readonly #scaling: {readonly read: AutoScaling; readonly write: AutoScaling} | undefined;
  /** Half units since the minute began. */
  #minuteReadHalfUnits = 0;
  #minuteWriteHalfUnits = 0;

  constructor(definition: ResourceDefinition, settings: VirtualSettings, nodes: VirtualNodes, nodeBuckets: NodeBuckets) {
    this.kind = definition.kind;
    this.index = definition.index;
    this.keepsCollections = definition.keepsCollections;
    this.#outboxCount = definition.outboxCount;
    this.#settings = settings;
    this.#nodes = nodes;
    this.#nodeBuckets = nodeBuckets;
    this.#billing = definition.billing;
    this.ceilings = ceilingsOf(settings);
    this.#startBilling(0);
    this.#scaling = this.#makeScaling(definition.billing);
    const count = definition.partitionCount > 0 ? definition.partitionCount : this.partitionsNeeded(0);
    for (let i = 0; i < count; i += 1) {
      const from = i === 0 ? FIRST_BORDER : tokenBorder(Math.floor((TOKEN_UNTIL / count) * i));
      const until = i === count - 1 ? LAST_BORDER : tokenBorder(Math.floor((TOKEN_UNTIL / count) * (i + 1)));
      this.partitions.push(this.#make(from, until, settings.partitionSizeBytes, 0, NEW_TABLE, i, count));
    }
  }
  get isProvisioned(): boolean {
    return this.#billing.mode === 'provisioned';
  }
  /** What it may use a second now. */
  units(nowMs: number): Units {
    if (this.#billing.mode === 'provisioned') return this.#billing;
    const peaks = this.#peaks;
    assert(peaks !== undefined, 'an on-demand resource has peaks');
    return {readUnits: peaks.read.limit(nowMs).unitsPerSecond, writeUnits: peaks.write.limit(nowMs).unitsPerSecond};
  }
  partitionsNeeded(nowMs: number): number {
    const read = this.units(nowMs).readUnits * 2 / this.ceilings.readHalfUnits;
    const write = this.units(nowMs).writeUnits * 2 / this.ceilings.writeHalfUnits;
    return Math.max(1, Math.ceil(this.isProvisioned ? read + write : Math.max(read, write)));
  }

  find(token: number, key: number, sort: number): VirtualPartition {
    const {partitions} = this;
    let low = 0;
    let high = partitions.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (isBelow(token, key, sort, (partitions[middle] as VirtualPartition).from)) high = middle - 1;
      else low = middle;
    }
    return partitions[low] as VirtualPartition;
  }
  /** @returns why it may not, or undefined when it is taken */
  read(partition: VirtualPartition, router: number, halfUnits: number, nowMs: number): ThrottlingReason | undefined {
    if (!this.#settings.throttling) return undefined;
    if (this.#global?.read.take(router, halfUnits, nowMs) === false) return throttlingReason(this.kind, 'Read', 'ProvisionedThroughputExceeded');
    const decision = partition.admission.admitRead(halfUnits, nowMs);
    if (decision.kind === 'throttled') return decision.record.reason;
    this.#minuteReadHalfUnits += halfUnits;
    this.#peaks?.read.used(halfUnits, nowMs);
    return undefined;
  }
  write(partition: VirtualPartition, router: number, halfUnits: number, nowMs: number): ThrottlingReason | undefined {
    if (!this.#settings.throttling) return undefined;
    if (this.#global?.write.take(router, halfUnits, nowMs) === false) return throttlingReason(this.kind, 'Write', 'ProvisionedThroughputExceeded');
    const decision = partition.admission.admitWrite(halfUnits, nowMs);
    if (decision.kind === 'throttled') return decision.record.reason;
    this.#minuteWriteHalfUnits += halfUnits;
    this.#peaks?.write.used(halfUnits, nowMs);
    return undefined;
  }
  /** A page is let in when the least it can cost is there, and costs what it costs. */
  page(partition: VirtualPartition, router: number, halfUnits: number, isStrong: boolean, nowMs: number): ThrottlingReason | undefined {
    if (!this.#settings.throttling) return undefined;
    if (this.#global?.read.take(router, halfUnits, nowMs) === false) return throttlingReason(this.kind, 'Read', 'ProvisionedThroughputExceeded');
    const decision = partition.admission.canBeginPage(readHalfUnits(0, isStrong), nowMs);
    if (decision.kind === 'throttled') return decision.record.reason;
    partition.admission.chargePage(halfUnits, nowMs);
    this.#minuteReadHalfUnits += halfUnits;
    this.#peaks?.read.used(halfUnits, nowMs);
    return undefined;
  }

  /** Once a second: loads are told, shares come back, routers ask for tokens. */
  share(nowMs: number): void {
    if (this.#global !== undefined) {
      this.#global.read.refill(nowMs);
      this.#global.write.refill(nowMs);
    }
    for (const partition of this.partitions) {
      const load = partition.admission.drainLoad();
      partition.askedReadHalfUnits = Math.min(this.ceilings.readHalfUnits, Math.max(partition.askedReadHalfUnits * KEPT_RATIO, load.readHalfUnits));
      partition.askedWriteHalfUnits = Math.min(this.ceilings.writeHalfUnits, Math.max(partition.askedWriteHalfUnits * KEPT_RATIO, load.writeHalfUnits));
      this.#tellBudget(partition, nowMs);
    }
    this.#setShares(nowMs);
  }
  /** Tokens of all partitions, and of routers in global mode. */
  tokens(nowMs: number): {readonly readHalfUnits: number; readonly writeHalfUnits: number} {
    if (this.#global !== undefined) return {readHalfUnits: this.#global.read.availableHalfUnits(nowMs), writeHalfUnits: this.#global.write.availableHalfUnits(nowMs)};
    let [read, write] = [0, 0];
    for (const {admission} of this.partitions) {
      const levels = admission.levels(nowMs);
      read += levels.read.allocatedHalfUnits + levels.read.burstHalfUnits;
      write += levels.write.allocatedHalfUnits + levels.write.burstHalfUnits;
    }
    return {readHalfUnits: read, writeHalfUnits: write};
  }
  /** Once a minute. @returns what auto scaling wants from now on */
  scale(nowMs: number): Units | undefined {
    const [readUnits, writeUnits] = [this.#minuteReadHalfUnits / 120, this.#minuteWriteHalfUnits / 120];
    this.#minuteReadHalfUnits = 0;
    this.#minuteWriteHalfUnits = 0;
    if (this.#scaling === undefined || this.#billing.mode !== 'provisioned') return undefined;
    // Without use there is no point.
    const read = readUnits > 0 ? this.#scaling.read.point({consumedUnitsPerSecond: readUnits, provisionedUnits: this.#billing.readUnits, atMs: nowMs}) : undefined;
    const write = writeUnits > 0 ? this.#scaling.write.point({consumedUnitsPerSecond: writeUnits, provisionedUnits: this.#billing.writeUnits, atMs: nowMs}) : undefined;
    if ((read === undefined || read.kind === 'hold') && (write === undefined || write.kind === 'hold')) return undefined;
    return {
      readUnits: read === undefined || read.kind === 'hold' ? this.#billing.readUnits : read.units,
      writeUnits: write === undefined || write.kind === 'hold' ? this.#billing.writeUnits : write.units,
    };
  }
  setThroughput({readUnits, writeUnits}: Units, nowMs: number): void {
    this.setBilling({...this.#billing, mode: 'provisioned', readUnits, writeUnits}, nowMs);
  }
  setBilling(billing: WorkloadBilling, nowMs: number): void {
    const isSwitch = billing.mode !== this.#billing.mode;
    const before = this.units(nowMs);
    this.#billing = billing;
    if (isSwitch) this.#startBilling(nowMs, before);
    else if (billing.mode === 'on-demand') this.#configurePeaks(billing);
    else if (this.#global !== undefined) {
      this.#global.read.setRate(unitsToMilliRate(billing.readUnits), nowMs);
      this.#global.write.setRate(unitsToMilliRate(billing.writeUnits), nowMs);
    }
    this.#setShares(nowMs);
  }

  /** Both halves of a partition that was copied: the lower one keeps its name, its leader and what is left. */
  cut(partition: VirtualPartition, at: KeyBorder, nowMs: number): VirtualPartition {
    const place = this.partitions.indexOf(partition);
    assert(place >= 0, 'a partition that is cut is there');
    const {until} = partition;
    partition.until = at;
    partition.sizeBytes /= 2;
    partition.watch.reset();
    // Half of what it was asked for is expected of either.
    partition.askedReadHalfUnits /= 2;
    partition.askedWriteHalfUnits /= 2;
    const upper = this.#make(at, until, partition.sizeBytes, Math.floor(nowMs / 1000), NOTHING_LEFT, place + 1, this.partitions.length + 1);
    upper.askedReadHalfUnits = partition.askedReadHalfUnits;
    upper.askedWriteHalfUnits = partition.askedWriteHalfUnits;
    this.partitions.splice(place + 1, 0, upper);
    this.#setShares(nowMs);
    return upper;
  }
  /** Another leader takes over with what is sure of the last one's budget. */
  takeOver(partition: VirtualPartition, node: VirtualNode, nowMs: number): void {
    partition.lead(node);
    const shares = this.#shares(nowMs)[this.partitions.indexOf(partition)];
    assert(shares !== undefined, 'a partition that changes its leader is there');
    partition.admission = this.#admission(node, shares, nowMs, levelsOfNewLeader(partition.budget));
    partition.watch.reset();
  }

  #make(from: KeyBorder, until: KeyBorder, sizeBytes: number, firstSecond: number, levels: PartitionLevels, place: number, count: number): VirtualPartition {
    const replicas = this.#nodes.place();
    const number = this.everyPartition.length + 1;
    const outboxes = Array.from({length: this.#outboxCount}, () => new IndexOutbox(this.#settings.outboxRowsMax));
    const nowMs = firstSecond * 1000;
    const admission = this.#admission(replicas[0] as VirtualNode, this.#evenShares(nowMs, place, count), nowMs, levels);
    const partition = new VirtualPartition({
      name: this.index === null ? `p${number}` : `${this.index}/p${number}`, number, from, until, replicas, sizeBytes, firstSecond, outboxes,
    }, admission);
    this.everyPartition.push(partition);
    return partition;
  }
  #admission(node: VirtualNode, shares: PartitionShares, nowMs: number, levels: PartitionLevels): PartitionAdmission {
    const {burstSeconds} = this.#settings;
    return new PartitionAdmission({
      resource: this.kind, burstSeconds: this.isProvisioned ? burstSeconds : 0, readCeilingHalfUnits: this.ceilings.readHalfUnits, writeCeilingHalfUnits: this.ceilings.writeHalfUnits,
      nodeRead: this.#nodeBuckets.readOf(node), nodeWrite: this.#nodeBuckets.writeOf(node), recordsMax: 1,
    }, shares, nowMs, levels);
  }
  /** What is sure to be left is told to those who may lead next. The margin is what passes until the next look. */
  #tellBudget(partition: VirtualPartition, nowMs: number): void {
    const sizes = partition.admission.burstSizes;
    partition.budget = nextBudgetState(partition.budget, partition.admission.levels(nowMs), {
      readSizeHalfUnits: sizes.readHalfUnits, writeSizeHalfUnits: sizes.writeHalfUnits, readMarginHalfUnits: this.ceilings.readHalfUnits, writeMarginHalfUnits: this.ceilings.writeHalfUnits,
    }) ?? partition.budget;
  }
  #setShares(nowMs: number): void {
    const shares = this.#shares(nowMs);
    for (let i = 0; i < shares.length; i += 1) (this.partitions[i] as VirtualPartition).admission.setShares(shares[i] as PartitionShares, nowMs);
  }
  #shares(nowMs: number): readonly PartitionShares[] {
    const count = this.partitions.length;
    if (this.#global !== undefined || this.#settings.sharing === 'static') return this.partitions.map((_partition, i) => this.#evenShares(nowMs, i, count));
    const rates = this.#rates(nowMs);
    const read = adaptiveShares(rates.read.rate, this.partitions.map(({askedReadHalfUnits}, partition) => ({partition, askedHalfUnits: Math.ceil(askedReadHalfUnits)})), 1000);
    const write = adaptiveShares(rates.write.rate, this.partitions.map(({askedWriteHalfUnits}, partition) => ({partition, askedHalfUnits: Math.ceil(askedWriteHalfUnits)})), 1000);
    return read.map((rate, i) => ({read: {rate, cause: rates.read.cause}, write: {rate: write[i] as MilliRate, cause: rates.write.cause}}));
  }
  /** In global mode routers hold the tokens, and partitions know their ceilings only. */
  #evenShares(nowMs: number, place: number, count: number): PartitionShares {
    if (this.#global !== undefined) return {read: undefined, write: undefined};
    const {read, write} = this.#rates(nowMs);
    return {read: {rate: evenShare(read.rate, place, count), cause: read.cause}, write: {rate: evenShare(write.rate, place, count), cause: write.cause}};
  }
  #rates(nowMs: number): {readonly read: AccessShare; readonly write: AccessShare} {
    if (this.#billing.mode === 'provisioned') {
      const cause = 'ProvisionedThroughputExceeded';
      return {read: {rate: unitsToMilliRate(this.#billing.readUnits), cause}, write: {rate: unitsToMilliRate(this.#billing.writeUnits), cause}};
    }
    const peaks = this.#peaks;
    assert(peaks !== undefined, 'an on-demand resource has peaks');
    const [read, write] = [peaks.read.limit(nowMs), peaks.write.limit(nowMs)];
    return {read: {rate: toMilliRate(Math.floor(read.unitsPerSecond * 2)), cause: read.cause}, write: {rate: toMilliRate(Math.floor(write.unitsPerSecond * 2)), cause: write.cause}};
  }
  #startBilling(nowMs: number, before: Units = {readUnits: 0, writeUnits: 0}): void {
    const billing = this.#billing;
    const {ceilingScale, sharing, burstSeconds, nodesPerAz} = this.#settings;
    this.#global = undefined;
    if (billing.mode === 'provisioned') {
      this.#peaks = undefined;
      if (sharing !== 'global') return;
      const routerCount = nodesPerAz * 3;
      this.#global = {
        read: new GlobalSharing(unitsToMilliRate(billing.readUnits), burstSeconds, routerCount, nowMs), write: new GlobalSharing(unitsToMilliRate(billing.writeUnits), burstSeconds, routerCount, nowMs),
      };
      return;
    }
    const quotaUnits = TABLE_UNITS_QUOTA * ceilingScale;
    this.#peaks = {
      read: new OnDemandPeaks({startUnits: ON_DEMAND_READ_UNITS_START * ceilingScale, quotaUnits}, nowMs, before.readUnits),
      write: new OnDemandPeaks({startUnits: ON_DEMAND_WRITE_UNITS_START * ceilingScale, quotaUnits}, nowMs, before.writeUnits),
    };
    this.#configurePeaks(billing);
  }
  #configurePeaks(billing: Extract<WorkloadBilling, {readonly mode: 'on-demand'}>): void {
    const quotaUnits = TABLE_UNITS_QUOTA * this.#settings.ceilingScale;
    this.#peaks?.read.configure({warmUnits: billing.warm?.readUnits, maximumUnits: billing.maximum?.readUnits, quotaUnits});
    this.#peaks?.write.configure({warmUnits: billing.warm?.writeUnits, maximumUnits: billing.maximum?.writeUnits, quotaUnits});
  }
  #makeScaling(billing: WorkloadBilling): {readonly read: AutoScaling; readonly write: AutoScaling} | undefined {
    if (billing.mode !== 'provisioned' || (billing.autoScaling === undefined && !this.#settings.autoScaling)) return undefined;
    const policy = billing.autoScaling;
    if (policy === undefined) return {read: new AutoScaling(SCALING_DEFAULTS), write: new AutoScaling(SCALING_DEFAULTS)};
    const {targetPercent, minimum, maximum} = policy;
    return {
      read: new AutoScaling({...SCALING_DEFAULTS, targetPercent, unitsMin: minimum.readUnits, unitsMax: maximum.readUnits}),
      write: new AutoScaling({...SCALING_DEFAULTS, targetPercent, unitsMin: minimum.writeUnits, unitsMax: maximum.writeUnits}),
    };
  }
}

/** Buckets of the nodes behind burst, where a run has them. */
export class NodeBuckets {
  readonly #read = new Map<VirtualNode, TokenBucket>();
  readonly #write = new Map<VirtualNode, TokenBucket>();
  constructor(nodes: VirtualNodes, {nodeReadUnitsMax, nodeWriteUnitsMax}: VirtualSettings) {
    for (const node of nodes.all) {
      if (nodeReadUnitsMax > 0) this.#read.set(node, bucketOf(nodeReadUnitsMax));
      if (nodeWriteUnitsMax > 0) this.#write.set(node, bucketOf(nodeWriteUnitsMax));
    }
  }
  readOf(node: VirtualNode): TokenBucket | undefined {
    return this.#read.get(node);
  }
  writeOf(node: VirtualNode): TokenBucket | undefined {
    return this.#write.get(node);
  }
}
function bucketOf(units: number): TokenBucket {
  return new TokenBucket({rate: unitsToMilliRate(units), sizeHalfUnits: Math.round(units * 2)}, 0);
}
function tokenBorder(token: number): KeyBorder {
  return {token, key: -1, sort: -1};
}
