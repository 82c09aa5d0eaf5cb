import {BURST_SECONDS_DEFAULT, PARTITION_WRITE_HALF_UNITS_MAX, ShareBucket, evenShare, unitsToMilliRate} from '@murmuration/capacity';
import type {ShareLevels} from '@murmuration/capacity';
import type {TableDescriptor} from '@murmuration/model';
import type {PartitionFailure, PartitionResponse} from '@murmuration/partition';

/** What a write costs each global index. */
export type IndexCosts = NonNullable<Extract<PartitionResponse, {readonly kind: 'written'}>['globalIndexes']>;

interface IndexBudget {
  readonly bucket: ShareBucket;
  resource: string;
  isMaximum: boolean;
}

const NO_LEVELS: ShareLevels = {allocatedHalfUnits: 0, burstHalfUnits: 0, debtHalfUnits: 0};
const NO_COSTS: IndexCosts = [];

/** What the leader of a table's partition may write to the global indexes of the table: an even share of each one's write throughput, with its burst. */
export class IndexWriteBudgets {
  readonly #byIndex = new Map<number, IndexBudget>();
  /** The buckets begin empty: the leader before may have spent what was there. */
  #isNew: boolean;
  constructor(isNew: boolean) {
    this.#isNew = isNew;
  }

  /** @param place of the partition among `count` of its table */
  follow(table: TableDescriptor, place: number, count: number, burstSeconds: number, nowMs: number): void {
    const isProvisioned = table.billingMode === 'PROVISIONED';
    const living = new Set<number>();
    for (const {indexId, name, status} of table.globalIndexes ?? []) {
      const definition = table.extra.globalSecondaryIndexes?.find(({IndexName}) => IndexName === name);
      const units = isProvisioned ? definition?.ProvisionedThroughput?.WriteCapacityUnits : maximumOf(definition?.OnDemandThroughput?.MaxWriteRequestUnits);
      // While it is being filled an index is told of everything, and pays for nothing that clients write.
      if (units === undefined || status !== 'ACTIVE') continue;
      living.add(indexId);
      const rate = Math.min(evenShare(unitsToMilliRate(units), place, count), PARTITION_WRITE_HALF_UNITS_MAX * 1_000 * count);
      const seconds = isProvisioned ? Math.min(burstSeconds, BURST_SECONDS_DEFAULT) : 0;
      const known = this.#byIndex.get(indexId);
      const resource = `${table.name}/index/${name}`;
      if (known === undefined) this.#byIndex.set(indexId, {bucket: new ShareBucket(rate, seconds, nowMs, this.#isNew ? undefined : NO_LEVELS), resource, isMaximum: !isProvisioned});
      else {
        known.bucket.setRate(rate, nowMs, seconds);
        known.isMaximum = !isProvisioned;
      }
    }
    for (const indexId of this.#byIndex.keys()) if (!living.has(indexId)) this.#byIndex.delete(indexId);
    // An index that comes later begins with a full second, as a new table does.
    this.#isNew = true;
  }
  /** Whether all of them hold what a write costs them; takes nothing. @returns the refusal of the first that does not */
  refusal(costs: IndexCosts | undefined, nowMs: number): PartitionFailure | undefined {
    for (const {indexId, halfUnits} of costs ?? NO_COSTS) {
      const budget = this.#byIndex.get(indexId);
      if (budget === undefined || budget.bucket.holds(halfUnits, nowMs)) continue;
      const passesInMs = budget.bucket.firstPossibleAtMs(halfUnits, nowMs) - nowMs;
      return {
        code: 'Throttled', reason: budget.isMaximum ? 'IndexWriteMaxOnDemandThroughputExceeded' : 'IndexWriteProvisionedThroughputExceeded', resource: budget.resource, isOnDemand: budget.isMaximum,
        detail: {
          bucket: 'share', tokensThenHalfUnits: budget.bucket.availableHalfUnits(nowMs), tokensAskedHalfUnits: halfUnits,
          passesInMs: Number.isFinite(passesInMs) ? Math.max(0, Math.ceil(passesInMs)) : undefined,
        },
      };
    }
    return undefined;
  }
  /** Takes it, after `refusal` had none. */
  take(costs: IndexCosts | undefined): void {
    for (const {indexId, halfUnits} of costs ?? NO_COSTS) this.#byIndex.get(indexId)?.bucket.take(halfUnits);
  }
}

/** -1 takes a maximum away. */
function maximumOf(units: number | undefined): number | undefined {
  return units === undefined || units < 0 ? undefined : units;
}
