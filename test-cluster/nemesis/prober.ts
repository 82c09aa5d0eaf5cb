import {storedKeyText} from '../partition-of-key.js';
import type {Endpoints} from './endpoints.js';
import {nowMs} from './monotonic-time.js';

/** Stored keys that are probed: a partition as it stood when the load began, or what one injection wants looked at. */
export interface ProbedRange {
  readonly id: number;
  readonly from: string;
  readonly until: string;
  /** Probed for this injection alone, while it lasts; from the beginning to the end when not given. */
  readonly injection?: number;
}
export interface ProbeTimes {
  readonly id: number;
  readonly injection?: number;
  /** When a write was acknowledged, and a strong read answered, in milliseconds of the monotonic clock. */
  readonly writesMs: number[];
  readonly readsMs: number[];
}

const PERIOD_MS = 40;
/** Calls of one kind that wait for an answer in one range; above it a probe is left out. */
const UNDER_WAY_MAX = 60;
const KEY_TRIES_MAX = 10_000;

/** One range and what came of its probes. */
interface Probed {
  readonly range: ProbedRange;
  readonly times: ProbeTimes;
  newestKey: string | undefined;
  /** Writes, and reads, that wait for an answer. */
  writesUnderWay: number;
  readsUnderWay: number;
}

/**
 * Writes and reads each range at a fixed beat, answers or not: from the times of success follows how long a partition
 * stood still. Every write is an item of its own, so what was acknowledged can be looked for at the end.
 */
export class Prober {
  readonly times: ProbeTimes[] = [];
  readonly acknowledged: string[] = [];
  #unknownCount = 0;
  #sentCount = 0;
  readonly #endpoints: Endpoints;
  readonly #table: string;
  readonly #tableId: number;
  readonly #padding: string;
  #probed: readonly Probed[] = [];
  #underWayCount = 0;
  #number = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {readonly table: string; readonly tableId: number; readonly ranges: readonly ProbedRange[]; readonly paddingBytes: number}, endpoints: Endpoints) {
    this.#endpoints = endpoints;
    this.#table = options.table;
    this.#tableId = options.tableId;
    this.#padding = 'x'.repeat(options.paddingBytes);
    this.add(options.ranges);
  }
  get unknownCount(): number {
    return this.#unknownCount;
  }
  get sentCount(): number {
    return this.#sentCount;
  }
  get underWayCount(): number {
    return this.#underWayCount;
  }

  start(): void {
    this.#timer = setInterval(() => {
      for (const probed of this.#probed) {
        void this.#write(probed);
        void this.#read(probed);
      }
    }, PERIOD_MS);
  }
  stop(): void {
    clearInterval(this.#timer);
  }
  /** Further ranges from now on. */
  add(ranges: readonly ProbedRange[]): void {
    const added = ranges.map((range): Probed => ({
      range, times: {id: range.id, ...(range.injection === undefined ? {} : {injection: range.injection}), writesMs: [], readsMs: []},
      newestKey: undefined, writesUnderWay: 0, readsUnderWay: 0,
    }));
    this.times.push(...added.map(({times}) => times));
    this.#probed = [...this.#probed, ...added];
  }
  /** Whether every range of an injection was written and read. */
  isWarm(injection: number): boolean {
    return this.#probed.every(({range, times}) => range.injection !== injection || (times.writesMs.length > 0 && times.readsMs.length > 0));
  }
  /** Ranges of injections are left alone again. */
  dropExtra(): void {
    this.#probed = this.#probed.filter(({range}) => range.injection === undefined);
  }

  async #write(probed: Probed): Promise<void> {
    if (probed.writesUnderWay >= UNDER_WAY_MAX) return;
    const key = this.#newKey(probed.range);
    if (key === undefined) return;
    this.#sentCount += 1;
    probed.writesUnderWay += 1;
    this.#underWayCount += 1;
    const answer = await this.#endpoints.send(this.#endpoints.draw(), 'PutItem', {TableName: this.#table, Item: {pk: {S: key}, padding: {S: this.#padding}}});
    probed.writesUnderWay -= 1;
    this.#underWayCount -= 1;
    if ('status' in answer && answer.status === 200) {
      probed.times.writesMs.push(nowMs());
      this.acknowledged.push(key);
      probed.newestKey = key;
    } else this.#unknownCount += 1;
  }
  async #read(probed: Probed): Promise<void> {
    const key = probed.newestKey;
    if (key === undefined || probed.readsUnderWay >= UNDER_WAY_MAX) return;
    probed.readsUnderWay += 1;
    this.#underWayCount += 1;
    const answer = await this.#endpoints.send(this.#endpoints.draw(), 'GetItem', {TableName: this.#table, Key: {pk: {S: key}}, ConsistentRead: true, ProjectionExpression: 'pk'});
    probed.readsUnderWay -= 1;
    this.#underWayCount -= 1;
    if ('status' in answer && answer.status === 200) probed.times.readsMs.push(nowMs());
  }
  /** The next key that was never used and falls into a range. */
  #newKey({from, until}: ProbedRange): string | undefined {
    for (let i = 0; i < KEY_TRIES_MAX; i += 1) {
      const key = `probe-${(this.#number += 1)}`;
      const stored = storedKeyText(this.#tableId, key);
      if (from <= stored && stored < until) return key;
    }
    return undefined;
  }
}
