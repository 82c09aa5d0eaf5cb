import {toTableId} from '@murmuration/base';
import {AdmissionControl, unitsToMilliRate} from '@murmuration/capacity';
import type {MilliRate} from '@murmuration/capacity';
import {ACCOUNT_TOKENS} from '@murmuration/control-client';
import type {ControlRequest, TokenLeaseOfTable} from '@murmuration/control-client';
import {CAPACITY_SETTING_DEFAULTS, capacitySettingsOf} from '@murmuration/model';
import type {CapacitySettingsRecord, TableDescriptor} from '@murmuration/model';
import type {TableId} from '@murmuration/base';

/** A lease is good for so long; routers ask again well before it ends. */
export const TOKEN_LEASE_MS = 3_000;
const TABLE_ID_MAX = 0xffff_ffff;
/** A router that nobody answers goes on with its share for so long. */
export const TOKEN_FALLBACK_MS_MAX = 60_000;

/** The catalog, as far as it is needed here. */
export interface TokenSource {
  readonly settings: CapacitySettingsRecord;
  table(table: TableId): TableDescriptor | undefined;
}

/** Units a second that are leased, and for how long unused ones are kept. */
interface LeasedRates {
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly burstSeconds: number;
  /** Nobody can have leased anything before. */
  readonly isNew: boolean;
}
interface Buckets {
  readonly read: AdmissionControl;
  readonly write: AdmissionControl;
  readUnits: number;
  writeUnits: number;
  burstSeconds: number;
}

/**
 * The tokens of tables with provisioned throughput that routers hold, and those of all on-demand tables together: soft state of the leading control replica. After a
 * change of leader nothing is handed out for the length of a lease, in which routers say what share they have.
 */
export class TokenService {
  readonly #burstSeconds: number;
  readonly #tables = new Map<number, Buckets>();
  #leadsSinceWallMs = 0;
  constructor(burstSeconds: number) {
    this.#burstSeconds = burstSeconds;
  }

  /** This replica leads from now on, and knows nothing of what was handed out. */
  reset(wallMs: number): void {
    this.#tables.clear();
    this.#leadsSinceWallMs = wallMs;
  }
  /** @returns leases of what has tokens among the asked: a table as long as it is provisioned, all others together as long as a limit is set */
  lease({router, asks}: Extract<ControlRequest, {readonly kind: 'lease-tokens'}>, source: TokenSource, nowMs: number, wallMs: number): readonly TokenLeaseOfTable[] {
    const leases: TokenLeaseOfTable[] = [];
    for (const ask of asks) {
      const rates = ask.table === ACCOUNT_TOKENS ? accountRates(source.settings) : this.#ratesOf(ask.table, source, wallMs);
      if (rates === undefined) {
        this.#tables.delete(ask.table);
        continue;
      }
      const buckets = this.#bucketsOf(ask.table, rates, nowMs);
      const lease = buckets[ask.access].ask({...ask, router}, nowMs);
      if (lease !== undefined) leases.push({table: ask.table, access: ask.access, ...lease, isQuiet: buckets[ask.access].isQuiet(nowMs)});
    }
    this.#forget(source);
    return leases;
  }

  #ratesOf(table: number, source: TokenSource, wallMs: number): LeasedRates | undefined {
    const described = table > TABLE_ID_MAX ? undefined : source.table(toTableId(table));
    if (described?.billingMode !== 'PROVISIONED') return undefined;
    const {createdAtMs, provisionedThroughput: {ReadCapacityUnits: readUnits, WriteCapacityUnits: writeUnits}} = described;
    const {burstSeconds} = capacitySettingsOf(source.settings, table, {...CAPACITY_SETTING_DEFAULTS, burstSeconds: this.#burstSeconds});
    // Of a table that was made under this leader nobody else can have handed out anything.
    return {readUnits, writeUnits, burstSeconds, isNew: createdAtMs > this.#leadsSinceWallMs && wallMs >= createdAtMs};
  }
  #bucketsOf(key: number, {readUnits, writeUnits, burstSeconds, isNew}: LeasedRates, nowMs: number): Buckets {
    const known = this.#tables.get(key);
    if (known !== undefined) {
      if (known.readUnits === readUnits && known.writeUnits === writeUnits && known.burstSeconds === burstSeconds) return known;
      known.read.setRate(unitsToMilliRate(readUnits), sizeOf(readUnits, burstSeconds), nowMs);
      known.write.setRate(unitsToMilliRate(writeUnits), sizeOf(writeUnits, burstSeconds), nowMs);
      Object.assign(known, {readUnits, writeUnits, burstSeconds});
      return known;
    }
    const make = (units: number): AdmissionControl => newControl(unitsToMilliRate(units), sizeOf(units, burstSeconds), isNew, nowMs);
    const buckets = {read: make(readUnits), write: make(writeUnits), readUnits, writeUnits, burstSeconds};
    this.#tables.set(key, buckets);
    return buckets;
  }
  #forget(source: TokenSource): void {
    for (const table of this.#tables.keys()) if (table !== ACCOUNT_TOKENS && source.table(toTableId(table)) === undefined) this.#tables.delete(table);
  }
}

/** Of all on-demand tables together: what is not used is not kept. @returns undefined without a limit */
function accountRates({cluster}: CapacitySettingsRecord): LeasedRates | undefined {
  const {accountOnDemandReadUnitsMax: readUnits, accountOnDemandWriteUnitsMax: writeUnits} = {...CAPACITY_SETTING_DEFAULTS, ...cluster};
  return readUnits === 0 && writeUnits === 0 ? undefined : {readUnits, writeUnits, burstSeconds: 0, isNew: false};
}
function newControl(rate: MilliRate, sizeHalfUnits: number, isNew: boolean, nowMs: number): AdmissionControl {
  const levelHalfUnits = isNew ? Math.floor(rate / 1_000) : 0;
  return new AdmissionControl({rate, sizeHalfUnits, levelHalfUnits, leaseMs: TOKEN_LEASE_MS, fallbackMsMax: TOKEN_FALLBACK_MS_MAX, quietMs: isNew ? 0 : TOKEN_LEASE_MS}, nowMs);
}
/** Burst, and the second that is being used. */
function sizeOf(units: number, burstSeconds: number): number {
  return units * 2 * (burstSeconds + 1);
}
