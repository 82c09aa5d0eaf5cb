import {BURST_SECONDS_DEFAULT, GivenShare, PARTITION_WRITE_HALF_UNITS_MAX, ShareBucket, evenShare, throttlingReason, unitsToMilliRate} from '@murmuration/capacity';
import type {MilliRate, ShareLevels, ThrottlingCause} from '@murmuration/capacity';
import type {IndexWriteReport, PartitionShare} from '@murmuration/control-client';
import type {CapacitySettings, TableDescriptor} from '@murmuration/model';
import type {PartitionFailure, PartitionResponse} from '@murmuration/partition';

/** What a write costs each global index. */
export type IndexCosts = NonNullable<Extract<PartitionResponse, {readonly kind: 'written'}>['globalIndexes']>;

interface IndexBudget {
  readonly bucket: ShareBucket;
  readonly given: GivenShare;
  readonly resource: string;
  evenRate: MilliRate;
  cause: ThrottlingCause;
  /** Asked of it since the load was closed last, refused writes included, and in the time before. */
  askedHalfUnits: number;
  askedBeforeHalfUnits: number;
}

const NO_LEVELS: ShareLevels = {allocatedHalfUnits: 0, burstHalfUnits: 0, debtHalfUnits: 0};
const NO_COSTS: IndexCosts = [];

/** What settings say that it goes by. */
type IndexWriteSettings = Pick<CapacitySettings, 'burstSeconds' | 'sharing' | 'tableWriteUnitsMax'>;

/**
 * What the leader of a table's partition may write to the global indexes of the table: a share of each one's write
 * throughput, with its burst. The share is even, or by need as that of the table is.
 */
export class IndexWriteBudgets {
  readonly #byIndex = new Map<number, IndexBudget>();
  /** The buckets begin empty: the leader before may have spent what was there. */
  #isNew: boolean;
  #burstSeconds = 0;
  constructor(isNew: boolean) {
    this.#isNew = isNew;
  }

  /** @param place of the partition among `count` of its table */
  follow(table: TableDescriptor, place: number, count: number, settings: IndexWriteSettings, nowMs: number): void {
    const isProvisioned = table.billingMode === 'PROVISIONED';
    this.#burstSeconds = isProvisioned ? Math.min(settings.burstSeconds, BURST_SECONDS_DEFAULT) : 0;
    const living = new Set<number>();
    for (const {indexId, name, status} of table.globalIndexes ?? []) {
      const definition = table.extra.globalSecondaryIndexes?.find(({IndexName}) => IndexName === name);
      const limit = isProvisioned ? provisionedLimit(definition?.ProvisionedThroughput?.WriteCapacityUnits) : onDemandLimit(maximumOf(definition?.OnDemandThroughput?.MaxWriteRequestUnits), settings.tableWriteUnitsMax);
      // While it is being filled an index is told of everything, and pays for nothing that clients write.
      if (limit === undefined || status !== 'ACTIVE') continue;
      living.add(indexId);
      const evenRate = Math.min(evenShare(unitsToMilliRate(limit.units), place, count), PARTITION_WRITE_HALF_UNITS_MAX * 1_000 * count);
      const known = this.#byIndex.get(indexId);
      if (known === undefined) {
        const given = new GivenShare();
        given.begin(this.#isNew || count === 1 || !isProvisioned || settings.sharing === 'static', nowMs);
        const {rate, gainRate} = given.at(evenRate, nowMs);
        const bucket = new ShareBucket(rate, this.#burstSeconds, nowMs, this.#isNew ? undefined : NO_LEVELS, gainRate);
        this.#byIndex.set(indexId, {bucket, given, resource: `${table.name}/index/${name}`, evenRate, cause: limit.cause, askedHalfUnits: 0, askedBeforeHalfUnits: 0});
        continue;
      }
      known.evenRate = evenRate;
      known.cause = limit.cause;
      if (!isProvisioned || settings.sharing === 'static') known.given.begin(true, nowMs);
      this.#apply(known, nowMs);
    }
    for (const indexId of this.#byIndex.keys()) if (!living.has(indexId)) this.#byIndex.delete(indexId);
    // An index that comes later begins with a full second, as a new table does.
    this.#isNew = true;
  }
  /** Shares as they are with the time that has passed since the last word. */
  tick(nowMs: number): void {
    for (const budget of this.#byIndex.values()) this.#apply(budget, nowMs);
  }
  /** What the control plane gives of indexes with provisioned throughput, for some seconds. */
  take(shares: NonNullable<PartitionShare['indexWrites']>, nowMs: number): void {
    for (const {indexId, rate} of shares) {
      const budget = this.#byIndex.get(indexId);
      if (budget?.cause !== 'ProvisionedThroughputExceeded') continue;
      budget.given.give(rate, nowMs);
      this.#apply(budget, nowMs);
    }
  }
  /** The time is over that loads are counted over. */
  closeLoad(): void {
    for (const budget of this.#byIndex.values()) {
      budget.askedBeforeHalfUnits = budget.askedHalfUnits;
      budget.askedHalfUnits = 0;
    }
  }
  /** What was asked before the load was closed last, and what is held now: of indexes whose throughput is shared by need. */
  report(): readonly IndexWriteReport[] {
    return [...this.#byIndex].filter(([, {cause}]) => cause === 'ProvisionedThroughputExceeded')
      .map(([indexId, {askedBeforeHalfUnits, bucket}]) => ({indexId, askedHalfUnits: askedBeforeHalfUnits, rate: bucket.gainRate}));
  }
  /** Whether all of them hold what a write costs them; takes nothing. @returns the refusal of the first that does not */
  refusal(costs: IndexCosts | undefined, nowMs: number): PartitionFailure | undefined {
    let failure: PartitionFailure | undefined;
    for (const {indexId, halfUnits} of costs ?? NO_COSTS) {
      const budget = this.#byIndex.get(indexId);
      if (budget === undefined) continue;
      budget.askedHalfUnits += halfUnits;
      if (failure !== undefined || budget.bucket.holds(halfUnits, nowMs)) continue;
      const passesInMs = budget.bucket.firstPossibleAtMs(halfUnits, nowMs) - nowMs;
      failure = {
        code: 'Throttled', reason: throttlingReason('Index', 'Write', budget.cause), resource: budget.resource, isOnDemand: budget.cause !== 'ProvisionedThroughputExceeded',
        detail: {
          bucket: 'share', tokensThenHalfUnits: budget.bucket.availableHalfUnits(nowMs), tokensAskedHalfUnits: halfUnits,
          passesInMs: Number.isFinite(passesInMs) ? Math.max(0, Math.ceil(passesInMs)) : undefined,
        },
      };
    }
    return failure;
  }
  /** Takes it, after `refusal` had none. */
  spend(costs: IndexCosts | undefined): void {
    for (const {indexId, halfUnits} of costs ?? NO_COSTS) this.#byIndex.get(indexId)?.bucket.take(halfUnits);
  }

  #apply({bucket, given, evenRate}: IndexBudget, nowMs: number): void {
    const {rate, gainRate} = given.at(evenRate, nowMs);
    bucket.setRate(rate, nowMs, this.#burstSeconds, gainRate);
  }
}

interface IndexLimit {
  readonly units: number;
  readonly cause: ThrottlingCause;
}
function provisionedLimit(units: number | undefined): IndexLimit | undefined {
  return units === undefined ? undefined : {units, cause: 'ProvisionedThroughputExceeded'};
}
/** The lower of its maximum and the quota of an index. */
function onDemandLimit(maximumUnits: number | undefined, quotaUnits: number): IndexLimit {
  return maximumUnits !== undefined && maximumUnits <= quotaUnits ? {units: maximumUnits, cause: 'MaxOnDemandThroughputExceeded'} : {units: quotaUnits, cause: 'AccountLimitExceeded'};
}
/** -1 takes a maximum away. */
function maximumOf(units: number | undefined): number | undefined {
  return units === undefined || units < 0 ? undefined : units;
}
