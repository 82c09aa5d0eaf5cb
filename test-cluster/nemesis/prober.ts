import {storedKeyText} from '../partition-of-key.js';
import type {Endpoints} from './endpoints.js';
import {nowMs} from './monotonic-time.js';

/** A partition as it stood when the load began: later splits are measured with the range they came from. */
export interface ProbedRange {
  readonly id: number;
  readonly from: string;
  readonly until: string;
}
export interface ProbeTimes {
  readonly id: number;
  /** When a write was acknowledged, and a strong read answered, in milliseconds of the monotonic clock. */
  readonly writesMs: number[];
  readonly readsMs: number[];
}

const PERIOD_MS = 40;
/** Calls of one kind that wait for an answer in one partition; above it a probe is left out. */
const UNDER_WAY_MAX = 60;
const KEY_TRIES_MAX = 10_000;

/**
 * Writes and reads each partition at a fixed beat, answers or not: from the times of success follows how long a partition
 * stood still. Every write is an item of its own, so what was acknowledged can be looked for at the end.
 */
export class Prober {
  readonly times: readonly ProbeTimes[];
  readonly acknowledged: string[] = [];
  #unknownCount = 0;
  #sentCount = 0;
  readonly #endpoints: Endpoints;
  readonly #table: string;
  readonly #tableId: number;
  readonly #ranges: readonly ProbedRange[];
  readonly #padding: string;
  readonly #newestKey = new Map<number, string>();
  readonly #underWay = new Map<string, number>();
  #number = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {readonly table: string; readonly tableId: number; readonly ranges: readonly ProbedRange[]; readonly paddingBytes: number}, endpoints: Endpoints) {
    this.#endpoints = endpoints;
    this.#table = options.table;
    this.#tableId = options.tableId;
    this.#ranges = options.ranges;
    this.#padding = 'x'.repeat(options.paddingBytes);
    this.times = options.ranges.map(({id}) => ({id, writesMs: [], readsMs: []}));
  }
  get unknownCount(): number {
    return this.#unknownCount;
  }
  get sentCount(): number {
    return this.#sentCount;
  }

  start(): void {
    this.#timer = setInterval(() => {
      for (const times of this.times) {
        void this.#write(times);
        void this.#read(times);
      }
    }, PERIOD_MS);
  }
  stop(): void {
    clearInterval(this.#timer);
  }
  get underWayCount(): number {
    return [...this.#underWay.values()].reduce((sum, count) => sum + count, 0);
  }

  async #write(times: ProbeTimes): Promise<void> {
    await this.#bounded(`w${times.id}`, async () => {
      const key = this.#newKey(times.id);
      if (key === undefined) return;
      this.#sentCount += 1;
      const answer = await this.#endpoints.send(this.#endpoints.draw(), 'PutItem', {TableName: this.#table, Item: {pk: {S: key}, padding: {S: this.#padding}}});
      if ('status' in answer && answer.status === 200) {
        times.writesMs.push(nowMs());
        this.acknowledged.push(key);
        this.#newestKey.set(times.id, key);
      } else this.#unknownCount += 1;
    });
  }
  async #read(times: ProbeTimes): Promise<void> {
    const key = this.#newestKey.get(times.id);
    if (key === undefined) return;
    await this.#bounded(`r${times.id}`, async () => {
      const answer = await this.#endpoints.send(this.#endpoints.draw(), 'GetItem', {TableName: this.#table, Key: {pk: {S: key}}, ConsistentRead: true, ProjectionExpression: 'pk'});
      if ('status' in answer && answer.status === 200) times.readsMs.push(nowMs());
    });
  }
  async #bounded(name: string, work: () => Promise<void>): Promise<void> {
    const count = this.#underWay.get(name) ?? 0;
    if (count >= UNDER_WAY_MAX) return;
    this.#underWay.set(name, count + 1);
    await work();
    this.#underWay.set(name, (this.#underWay.get(name) ?? 1) - 1);
  }
  /** The next key that was never used and falls into a range. */
  #newKey(id: number): string | undefined {
    const range = this.#ranges.find((candidate) => candidate.id === id);
    if (range === undefined) return undefined;
    for (let i = 0; i < KEY_TRIES_MAX; i += 1) {
      const key = `probe-${(this.#number += 1)}`;
      const stored = storedKeyText(this.#tableId, key);
      if (range.from <= stored && stored < range.until) return key;
    }
    return undefined;
  }
}
