/** Milliseconds of the machine's monotonic clock: the same clock for all processes on it. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
