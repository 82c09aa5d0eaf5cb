import type {Clock} from '@murmuration/base';

/** A clock whose wall time can be moved ahead. Monotonic time, on which leases and elections rest, is left alone. */
export class ShiftableClock implements Clock {
  readonly #real: Clock;
  #shiftMs = 0;
  constructor(real: Clock) {
    this.#real = real;
  }
  monotonicMs(): number {
    return this.#real.monotonicMs();
  }
  wallMs(): number {
    return this.#real.wallMs() + this.#shiftMs;
  }
  advance(byMs: number): void {
    this.#shiftMs += byMs;
  }
}

const UNIT_MS: Readonly<Record<string, number>> = {ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000};

/** @param text a number with a unit, for example `24h`, `90s`, `500ms`  @returns milliseconds, undefined for anything else */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  const unitMs = UNIT_MS[match?.[2] ?? ''];
  return unitMs === undefined ? undefined : Number(match?.[1]) * unitMs;
}
