import {toTableId} from '@murmuration/base';
import {AdmissionControl, unitsToMilliRate} from '@murmuration/capacity';
import type {MilliRate} from '@murmuration/capacity';
import type {ControlRequest, TokenLeaseOfTable} from '@murmuration/control-client';
import {CAPACITY_SETTING_DEFAULTS, capacitySettingsOf} from '@murmuration/model';
import type {CapacitySettingsRecord, TableDescriptor} from '@murmuration/model';
import type {TableId} from '@murmuration/base';

/** A lease is good for so long; routers ask again well before it ends. */
export const TOKEN_LEASE_MS = 3_000;
/** A router that nobody answers goes on with its share for so long. */
export const TOKEN_FALLBACK_MS_MAX = 60_000;

/** The catalog, as far as it is needed here. */
export interface TokenSource {
  readonly settings: CapacitySettingsRecord;
  table(table: TableId): TableDescriptor | undefined;
}

interface Buckets {
  readonly read: AdmissionControl;
  readonly write: AdmissionControl;
  readUnits: number;
  writeUnits: number;
  burstSeconds: number;
}

/**
 * The tokens of tables with provisioned throughput that routers hold: soft state of the leading control replica. After a
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
  /** @returns leases of the tables among the asked ones that have tokens; a table that is asked for has them as long as it is provisioned */
  lease({router, asks}: Extract<ControlRequest, {readonly kind: 'lease-tokens'}>, source: TokenSource, nowMs: number, wallMs: number): readonly TokenLeaseOfTable[] {
    const leases: TokenLeaseOfTable[] = [];
    for (const ask of asks) {
      const table = source.table(toTableId(ask.table));
      if (table?.billingMode !== 'PROVISIONED') {
        this.#tables.delete(ask.table);
        continue;
      }
      const {burstSeconds} = capacitySettingsOf(source.settings, ask.table, {...CAPACITY_SETTING_DEFAULTS, burstSeconds: this.#burstSeconds});
      const buckets = this.#bucketsOf(table, burstSeconds, nowMs, wallMs);
      const lease = buckets[ask.access].ask({...ask, router}, nowMs);
      if (lease !== undefined) leases.push({table: ask.table, access: ask.access, ...lease, isQuiet: buckets[ask.access].isQuiet(nowMs)});
    }
    this.#forget(source);
    return leases;
  }

  #bucketsOf({tableId, provisionedThroughput, createdAtMs}: TableDescriptor, burstSeconds: number, nowMs: number, wallMs: number): Buckets {
    const {ReadCapacityUnits: readUnits, WriteCapacityUnits: writeUnits} = provisionedThroughput;
    const known = this.#tables.get(tableId);
    if (known !== undefined) {
      if (known.readUnits === readUnits && known.writeUnits === writeUnits && known.burstSeconds === burstSeconds) return known;
      known.read.setRate(unitsToMilliRate(readUnits), sizeOf(readUnits, burstSeconds), nowMs);
      known.write.setRate(unitsToMilliRate(writeUnits), sizeOf(writeUnits, burstSeconds), nowMs);
      Object.assign(known, {readUnits, writeUnits, burstSeconds});
      return known;
    }
    // Of a table that was made under this leader nobody else can have handed out anything.
    const isNew = createdAtMs > this.#leadsSinceWallMs && wallMs >= createdAtMs;
    const make = (units: number): AdmissionControl => newControl(unitsToMilliRate(units), sizeOf(units, burstSeconds), isNew, nowMs);
    const buckets = {read: make(readUnits), write: make(writeUnits), readUnits, writeUnits, burstSeconds};
    this.#tables.set(tableId, buckets);
    return buckets;
  }
  #forget(source: TokenSource): void {
    for (const table of this.#tables.keys()) if (source.table(toTableId(table)) === undefined) this.#tables.delete(table);
  }
}

function newControl(rate: MilliRate, sizeHalfUnits: number, isNew: boolean, nowMs: number): AdmissionControl {
  const levelHalfUnits = isNew ? Math.floor(rate / 1_000) : 0;
  return new AdmissionControl({rate, sizeHalfUnits, levelHalfUnits, leaseMs: TOKEN_LEASE_MS, fallbackMsMax: TOKEN_FALLBACK_MS_MAX, quietMs: isNew ? 0 : TOKEN_LEASE_MS}, nowMs);
}
/** Burst, and the second that is being used. */
function sizeOf(units: number, burstSeconds: number): number {
  return units * 2 * (burstSeconds + 1);
}
