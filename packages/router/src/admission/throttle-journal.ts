import type {ThrottleDetail} from '@murmuration/partition';
import type {ThrottlingReason} from '@murmuration/capacity';

/** The why of one throttle, as `murmur explain throttle` tells it. */
export interface ThrottledRequest {
  readonly requestId: string;
  /** Wall clock. */
  readonly atMs: number;
  readonly operation: string;
  readonly table: string;
  /** Undefined for the table itself. */
  readonly index: string | undefined;
  /** Of the partition that was asked. */
  readonly group: number;
  /** Token of the key, 8 hexadecimal digits: where in the table, without telling the key. '' where many were asked for. */
  readonly keyHash: string;
  readonly reason: ThrottlingReason;
  readonly isOnDemand: boolean;
  /** Absent when the one who refused did not say more: an index is too far behind. */
  readonly detail: ThrottleDetail | undefined;
}

export interface ThrottleFilter {
  readonly requestId?: string | undefined;
  readonly table?: string | undefined;
  readonly index?: string | undefined;
  readonly operation?: string | undefined;
  readonly reason?: string | undefined;
  readonly limit: number;
}

/** The newest throttles that this router told of. A bounded ring: older ones fall out and stay counted. */
export class ThrottleJournal {
  readonly #countMax: number;
  readonly #ring: ThrottledRequest[] = [];
  #next = 0;
  #totalCount = 0;
  constructor(countMax: number) {
    this.#countMax = countMax;
  }
  /** Since the start, those that fell out included. */
  get totalCount(): number {
    return this.#totalCount;
  }
  add(throttled: ThrottledRequest): void {
    this.#ring[this.#next] = throttled;
    this.#next = (this.#next + 1) % this.#countMax;
    this.#totalCount += 1;
  }
  /** Newest first. A batch may have several with one request id. */
  list({requestId, table, index, operation, reason, limit}: ThrottleFilter): readonly ThrottledRequest[] {
    const found: ThrottledRequest[] = [];
    for (let i = 1; i <= this.#ring.length && found.length < limit; i += 1) {
      const each = this.#ring[(this.#next - i + this.#countMax) % this.#countMax];
      if (each === undefined) continue;
      const fits = (requestId === undefined || each.requestId === requestId) && (table === undefined || each.table === table) && (index === undefined || each.index === index);
      if (fits && (operation === undefined || each.operation === operation) && (reason === undefined || each.reason === reason)) found.push(each);
    }
    return found;
  }
}
