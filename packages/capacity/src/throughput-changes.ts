const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Decreases in the first hour of a UTC day that has any, and in a whole day. */
const FIRST_HOUR_COUNT_MAX = 4;
const DAY_COUNT_MAX = 27;
/** Switches to on-demand in any 24 hours. */
const SWITCH_COUNT_MAX = 4;

/** Decreases of one table or index. Kept with the table; JSON-serialisable. Wall clock, since the rule is about UTC days. */
export interface DecreaseHistory {
  /** Midnight UTC that the rest is about. */
  readonly dayStartMs: number;
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}
export const NO_DECREASES: DecreaseHistory = {dayStartMs: 0, count: 0, firstAtMs: 0, lastAtMs: 0};

/** `NumberOfDecreasesToday` of the wire. */
export function decreasesToday(history: DecreaseHistory, wallMs: number): number {
  return dayStartOf(wallMs) === history.dayStartMs ? history.count : 0;
}

/**
 * Up to 4 decreases in the hour that begins with the first one of a UTC day; after it one whenever an hour went by
 * without one; at most 27 a day.
 */
export function mayDecrease(history: DecreaseHistory, wallMs: number): boolean {
  const count = decreasesToday(history, wallMs);
  if (count === 0) return true;
  if (count >= DAY_COUNT_MAX) return false;
  if (wallMs < history.firstAtMs + HOUR_MS) return count < FIRST_HOUR_COUNT_MAX;
  return wallMs >= history.lastAtMs + HOUR_MS;
}

/** Precondition: mayDecrease. */
export function decreased(history: DecreaseHistory, wallMs: number): DecreaseHistory {
  const count = decreasesToday(history, wallMs);
  return {dayStartMs: dayStartOf(wallMs), count: count + 1, firstAtMs: count === 0 ? wallMs : history.firstAtMs, lastAtMs: wallMs};
}

export interface ThroughputChange {
  readonly history: DecreaseHistory;
  readonly from: {readonly read: number; readonly write: number};
  readonly to: {readonly read: number; readonly write: number};
}

/**
 * Decides about all changes of one request together, those of the table and of its indexes: one decrease that is not
 * allowed refuses them all. Lowering reads and writes at once counts once.
 * @returns the histories after it, by position; undefined when it is refused
 */
export function judgeThroughputChanges(changes: readonly ThroughputChange[], wallMs: number): readonly DecreaseHistory[] | undefined {
  const histories: DecreaseHistory[] = [];
  for (const {history, from, to} of changes) {
    const isDecrease = to.read < from.read || to.write < from.write;
    if (isDecrease && !mayDecrease(history, wallMs)) return undefined;
    histories.push(isDecrease ? decreased(history, wallMs) : history);
  }
  return histories;
}

/**
 * Switches to on-demand: at most 4 in any 24 hours.
 * @param switchesAtMs of those before, ascending
 * @returns the list after it, without what is older than a day; undefined when it is refused
 */
export function judgeSwitchToOnDemand(switchesAtMs: readonly number[], wallMs: number): readonly number[] | undefined {
  const recent = switchesAtMs.filter((atMs) => atMs > wallMs - DAY_MS);
  return recent.length >= SWITCH_COUNT_MAX ? undefined : [...recent, wallMs];
}

function dayStartOf(wallMs: number): number {
  return Math.floor(wallMs / DAY_MS) * DAY_MS;
}
