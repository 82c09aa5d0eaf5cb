/**
 * A moment as ISO 8601 in UTC with milliseconds and without a zone, as stream labels are: `2026-01-31T09:05:07.004`.
 * @param wallMs since 1970, whole, years 1970 to 9999
 */
export function isoTimeText(wallMs: number): string {
  const days = Math.floor(wallMs / DAY_MS);
  const inDayMs = wallMs - days * DAY_MS;
  const {year, month, day} = dateOfDay(days);
  const pad = (value: number, width: number): string => String(value).padStart(width, '0');
  const hour = Math.floor(inDayMs / 3_600_000);
  const minute = Math.floor(inDayMs / 60_000) % 60;
  const second = Math.floor(inDayMs / 1000) % 60;
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}.${pad(inDayMs % 1000, 3)}`;
}

const DAY_MS = 86_400_000;
const DAYS_PER_400_YEARS = 146_097;
/** From 1 March of the year 0, where a year's leap day is its last, to 1 January 1970. */
const DAYS_TO_1970 = 719_468;

/** Proleptic Gregorian calendar; years counted from March, so that only the last month varies in length. */
function dateOfDay(sinceEpochDays: number): {readonly year: number; readonly month: number; readonly day: number} {
  const days = sinceEpochDays + DAYS_TO_1970;
  const cycle = Math.floor(days / DAYS_PER_400_YEARS);
  const inCycle = days - cycle * DAYS_PER_400_YEARS;
  const yearInCycle = Math.floor((inCycle - Math.floor(inCycle / 1460) + Math.floor(inCycle / 36_524) - Math.floor(inCycle / 146_096)) / 365);
  const inYear = inCycle - (365 * yearInCycle + Math.floor(yearInCycle / 4) - Math.floor(yearInCycle / 100));
  const monthFromMarch = Math.floor((5 * inYear + 2) / 153);
  const day = inYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {year: yearInCycle + cycle * 400 + (month <= 2 ? 1 : 0), month, day};
}
