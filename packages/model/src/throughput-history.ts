import {decreasesToday} from '@murmuration/capacity';
import type {DecreaseHistory} from '@murmuration/capacity';

/** What was done so far to the provisioned throughput of a table or of one index. JSON-serialisable. */
export interface ThroughputPast {
  readonly decreases?: DecreaseHistory;
  /** Wall time of the newest increase. */
  readonly increasedAtMs?: number;
}

/** What of a table's past decides which changes of its throughput are allowed, and is described. Parts are absent until there is something. */
export interface ThroughputHistory {
  readonly table?: ThroughputPast;
  /** By name; of the indexes that the table has. */
  readonly indexes?: Readonly<Record<string, ThroughputPast>>;
  /** Wall times of switches to on-demand within a day before the newest, ascending. */
  readonly switchesAtMs?: readonly number[];
  /** When the table became on-demand, the last time; its creation counts once it was left. */
  readonly onDemandSinceMs?: number;
}

/** Of an index, which may be called like a member that every object has. */
export function throughputPastOf(history: ThroughputHistory | undefined, index: string): ThroughputPast | undefined {
  const indexes = history?.indexes;
  return indexes !== undefined && Object.hasOwn(indexes, index) ? indexes[index] : undefined;
}

/**
 * The members of a ProvisionedThroughputDescription that tell of the past.
 * @param wallMs now: decreases are those of this day, UTC
 */
export function describeThroughputPast(past: ThroughputPast | undefined, wallMs: number): Record<string, number> {
  const {decreases, increasedAtMs} = past ?? {};
  return {
    NumberOfDecreasesToday: decreases === undefined ? 0 : decreasesToday(decreases, wallMs),
    ...(increasedAtMs === undefined ? {} : {LastIncreaseDateTime: increasedAtMs / 1000}),
    ...(decreases === undefined ? {} : {LastDecreaseDateTime: decreases.lastAtMs / 1000}),
  };
}
