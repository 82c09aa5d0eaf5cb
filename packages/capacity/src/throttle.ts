import {assert} from '@murmuration/base';

export type CapacityResource = 'Table' | 'Index';
export type CapacityAccess = 'Read' | 'Write';
export type ThrottlingCause =
  | 'KeyRangeThroughputExceeded' | 'ProvisionedThroughputExceeded' | 'AccountLimitExceeded' | 'MaxOnDemandThroughputExceeded';
/** The sixteen reasons of the wire. */
export type ThrottlingReason = `${CapacityResource}${CapacityAccess}${ThrottlingCause}`;

/** All of them: for codecs and metrics' labels. */
export const THROTTLING_REASONS: readonly ThrottlingReason[] = [
  'TableReadKeyRangeThroughputExceeded', 'TableReadProvisionedThroughputExceeded', 'TableReadAccountLimitExceeded', 'TableReadMaxOnDemandThroughputExceeded',
  'TableWriteKeyRangeThroughputExceeded', 'TableWriteProvisionedThroughputExceeded', 'TableWriteAccountLimitExceeded', 'TableWriteMaxOnDemandThroughputExceeded',
  'IndexReadKeyRangeThroughputExceeded', 'IndexReadProvisionedThroughputExceeded', 'IndexReadAccountLimitExceeded', 'IndexReadMaxOnDemandThroughputExceeded',
  'IndexWriteKeyRangeThroughputExceeded', 'IndexWriteProvisionedThroughputExceeded', 'IndexWriteAccountLimitExceeded', 'IndexWriteMaxOnDemandThroughputExceeded',
];

export function throttlingReason(resource: CapacityResource, access: CapacityAccess, cause: ThrottlingCause): ThrottlingReason {
  return `${resource}${access}${cause}`;
}

/** Which bucket had too little. `share` is a partition's part of its table; `table` is handed out by admission control. */
export type BucketName = 'ceiling' | 'share' | 'node' | 'table' | 'account';

/** All that "why was I throttled?" needs. */
export interface ThrottleRecord {
  readonly reason: ThrottlingReason;
  readonly bucket: BucketName;
  /** What the bucket could have given. */
  readonly tokensThenHalfUnits: number;
  readonly tokensAskedHalfUnits: number;
  /** On the clock that was passed in. */
  readonly atMs: number;
  /** The first instant at which the same request would have passed if nobody else had come; Infinity when never. */
  readonly firstPossibleAtMs: number;
}

export type AdmissionDecision = {readonly kind: 'ok'} | {readonly kind: 'throttled'; readonly record: ThrottleRecord};
/** The one accepted decision: nothing is allocated for a request that passes. */
export const ADMITTED: AdmissionDecision = {kind: 'ok'};

/** The newest throttles of one partition or router; older ones fall out and stay counted. */
export class ThrottleLog {
  readonly #countMax: number;
  #records: ThrottleRecord[] = [];
  #next = 0;
  #totalCount = 0;
  constructor(countMax = 128) {
    assert(Number.isInteger(countMax) && countMax >= 1, 'a log of throttles keeps at least one', {countMax});
    this.#countMax = countMax;
  }
  /** Since the start, those that fell out included. */
  get totalCount(): number {
    return this.#totalCount;
  }
  add(record: ThrottleRecord): void {
    this.#records[this.#next] = record;
    this.#next = (this.#next + 1) % this.#countMax;
    this.#totalCount += 1;
  }
  /** Oldest first. @returns a fresh array */
  records(): readonly ThrottleRecord[] {
    return this.#records.length < this.#countMax
      ? this.#records.slice() : [...this.#records.slice(this.#next), ...this.#records.slice(0, this.#next)];
  }
}
