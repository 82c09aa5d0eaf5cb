/** The longest time without an entry within a span, given all entries in order. What lies before and behind the span belongs to others. */
export function longestGapMs(timesMs: readonly number[], fromMs: number, untilMs: number): number {
  let low = 0;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timesMs[middle] as number) < fromMs) low = middle + 1;
    else high = middle;
  }
  let before = fromMs;
  let longest = 0;
  for (let i = low; i < timesMs.length && (timesMs[i] as number) < untilMs; i += 1) {
    longest = Math.max(longest, (timesMs[i] as number) - before);
    before = timesMs[i] as number;
  }
  return Math.max(longest, untilMs - before);
}

export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0);
  return {count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1)};
}
