import type {Item} from '@murmuration/model';

/** Items that are over for longer are left alone: their attribute was hardly meant as a time. */
const PAST_SECONDS_MAX = 5 * 365 * 24 * 60 * 60;
/** Above, milliseconds are no exact numbers any more; nothing is over then. */
const SECOND_MAX = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

/** The second after which an item is over, as its attribute names it, with its fraction; undefined when it never is. */
function timeOf(item: Item | undefined, attribute: string): number | undefined {
  const value = item?.get(attribute);
  if (value?.kind !== 'N') return undefined;
  const second = Number(value.value);
  return second >= 0 && second <= SECOND_MAX ? second : undefined;
}

/** The whole second under which an item that will be over is listed. */
export function expirySecondOf(item: Item | undefined, attribute: string): number | undefined {
  const second = timeOf(item, attribute);
  return second === undefined ? undefined : Math.ceil(second);
}

/** Whether an item may be removed now. */
export function isExpired(item: Item | undefined, attribute: string, wallMs: number): boolean {
  const second = timeOf(item, attribute);
  return second !== undefined && second * 1000 < wallMs && second >= wallMs / 1000 - PAST_SECONDS_MAX;
}

/** Seconds [from, until) under which something may be listed that is over now. */
export function expiredSeconds(wallMs: number): {readonly from: number; readonly until: number} {
  return {from: Math.max(0, Math.floor(wallMs / 1000) - PAST_SECONDS_MAX), until: Math.max(0, Math.floor(wallMs / 1000) + 1)};
}
