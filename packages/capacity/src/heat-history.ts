/**
 * What a partition did in the last day, in three tiers: 1 s for 2 minutes, 10 s for 30 minutes, 1 minute for 24 hours.
 * 120 + 180 + 1,440 cells of three 4-byte counters are 20,880 bytes a partition, so 64 MB hold 3,200 partitions.
 */
const TIERS = [
  {cellMs: 1_000, cellCount: 120}, {cellMs: 10_000, cellCount: 180}, {cellMs: 60_000, cellCount: 1_440},
] as const;
const SERIES_COUNT = 3;
/** Memory of one partition's history. */
export const HEAT_HISTORY_BYTES = TIERS.reduce((sum, {cellCount}) => sum + cellCount * SERIES_COUNT * 4, 0);

export interface HeatCell {
  /** Start of the cell on the clock that was passed in. */
  readonly fromMs: number;
  readonly readHalfUnits: number;
  readonly writeHalfUnits: number;
  readonly throttleCount: number;
}

/** Invariant: a day's load takes the same memory as a second's. Cells without load are not told. */
export class HeatHistory {
  readonly #tiers = TIERS.map(({cellMs, cellCount}) => new Tier(cellMs, cellCount));

  add(readHalfUnits: number, writeHalfUnits: number, throttleCount: number, nowMs: number): void {
    for (const tier of this.#tiers) tier.add(readHalfUnits, writeHalfUnits, throttleCount, nowMs);
  }
  /** The finest picture that reaches back to `fromMs`, oldest first. */
  cells(fromMs: number, nowMs: number): readonly HeatCell[] {
    const tier = this.#tiers.find(({spanMs}) => nowMs - fromMs <= spanMs) ?? this.#tiers.at(-1);
    return tier === undefined ? [] : tier.cells(fromMs, nowMs);
  }
}

class Tier {
  readonly #cellMs: number;
  readonly #cellCount: number;
  readonly #counts: Uint32Array;
  /** Number of the newest cell. */
  #newest = -1;
  constructor(cellMs: number, cellCount: number) {
    this.#cellMs = cellMs;
    this.#cellCount = cellCount;
    this.#counts = new Uint32Array(cellCount * SERIES_COUNT);
  }
  /** The newest cell is not over yet, so one less than there are is sure to be whole. */
  get spanMs(): number {
    return this.#cellMs * (this.#cellCount - 1);
  }
  add(readHalfUnits: number, writeHalfUnits: number, throttleCount: number, nowMs: number): void {
    this.#advance(nowMs);
    const at = (this.#newest % this.#cellCount) * SERIES_COUNT;
    this.#counts[at] = (this.#counts[at] as number) + readHalfUnits;
    this.#counts[at + 1] = (this.#counts[at + 1] as number) + writeHalfUnits;
    this.#counts[at + 2] = (this.#counts[at + 2] as number) + throttleCount;
  }
  cells(fromMs: number, nowMs: number): readonly HeatCell[] {
    this.#advance(nowMs);
    const oldest = Math.max(0, this.#newest - this.#cellCount + 1, Math.floor(fromMs / this.#cellMs));
    const cells: HeatCell[] = [];
    for (let cell = oldest; cell <= this.#newest; cell += 1) {
      const at = (cell % this.#cellCount) * SERIES_COUNT;
      const [readHalfUnits = 0, writeHalfUnits = 0, throttleCount = 0] = this.#counts.subarray(at, at + SERIES_COUNT);
      if (readHalfUnits + writeHalfUnits + throttleCount > 0) cells.push({fromMs: cell * this.#cellMs, readHalfUnits, writeHalfUnits, throttleCount});
    }
    return cells;
  }
  #advance(nowMs: number): void {
    const cell = Math.max(0, Math.floor(nowMs / this.#cellMs));
    if (cell <= this.#newest) return;
    for (let empty = Math.max(this.#newest + 1, cell - this.#cellCount + 1); empty <= cell; empty += 1) {
      const at = (empty % this.#cellCount) * SERIES_COUNT;
      this.#counts.fill(0, at, at + SERIES_COUNT);
    }
    this.#newest = cell;
  }
}
