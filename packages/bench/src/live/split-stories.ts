import type {PartitionSeries} from '../run-record.js';

/** The parts of `GET /admin/v1/splits` that are read here. */
export interface SeenSplit {
  readonly job: number;
  readonly partition: number;
  readonly child: number | null;
  readonly cause: string;
  readonly state: string;
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
  readonly phasesMs: Readonly<Partial<Record<string, number>>>;
  readonly heldCount: number | null;
}
/** The parts of a partition in `GET /admin/v1/heat` that are read here. */
export interface SeenHeat {
  readonly id: number;
  readonly advice: {readonly kind: string; readonly reason?: string} | null;
}

const SPLITS_TOLD_MAX = 20;
/** After a cut, the seconds in which the halves' load is compared: after the one in which the new map is seen. */
const [BALANCE_FROM, BALANCE_SECONDS] = [2, 10];

/** How splits for heat went and why others were not made, as the admin API tells it look by look. */
export class SplitStories {
  readonly #splits = new Map<number, SeenSplit>();
  readonly #looksByReason = new Map<string, number>();
  learnSplits(splits: readonly SeenSplit[]): void {
    for (const split of splits) if (split.cause === 'heat') this.#splits.set(split.job, split);
  }
  /** Once a second. */
  learnHeat(partitions: readonly SeenHeat[]): void {
    for (const {advice} of partitions) {
      if (advice?.kind === 'none' && advice.reason !== undefined) this.#looksByReason.set(advice.reason, (this.#looksByReason.get(advice.reason) ?? 0) + 1);
    }
  }
  /**
   * The names are those of a virtual run. A cut is advised by the leader and ordered by the control plane at once, so the order stands for
   * the advice; `belowRatio` is the part of the load that the lower half served in the seconds after.
   * @param startWallMs wall time of the run's second 0
   */
  measures(startWallMs: number, series: readonly PartitionSeries[]): Readonly<Record<string, number>> {
    const done = [...this.#splits.values()].filter(({state}) => state === 'done').sort((a, b) => a.updatedAtMs - b.updatedAtMs);
    const measures: Record<string, number> = {splits: done.length};
    for (const [reason, count] of this.#looksByReason) measures[`noSplit.${reason}`] = count;
    done.slice(0, SPLITS_TOLD_MAX).forEach((split, i) => {
      const secondOf = (wallMs: number): number => Math.round(wallMs - startWallMs) / 1000;
      const doneAtSecond = secondOf(split.updatedAtMs);
      measures[`split${i + 1}.hotSinceSecond`] = secondOf(split.startedAtMs - (split.phasesMs['detect'] ?? 0));
      measures[`split${i + 1}.advisedAtSecond`] = secondOf(split.startedAtMs);
      measures[`split${i + 1}.doneAtSecond`] = doneAtSecond;
      measures[`split${i + 1}.pausedMs`] = split.phasesMs['pause'] ?? 0;
      measures[`split${i + 1}.heldRequests`] = split.heldCount ?? 0;
      const from = Math.floor(doneAtSecond) + BALANCE_FROM;
      const below = loadOf(series, split.partition, from);
      const above = split.child === null ? 0 : loadOf(series, split.child, from);
      if (below + above > 0) measures[`split${i + 1}.belowRatio`] = Math.round((below / (below + above)) * 10_000) / 10_000;
    });
    return measures;
  }
}

/** Units of a partition in the seconds from `from`. */
function loadOf(series: readonly PartitionSeries[], id: number, from: number): number {
  const one = series.find(({partition}) => partition === String(id));
  if (one === undefined) return 0;
  const sum = (units: readonly number[]): number => units.slice(Math.max(0, from - one.firstSecond), Math.max(0, from + BALANCE_SECONDS - one.firstSecond)).reduce((total, each) => total + each, 0);
  return sum(one.readUnits) + sum(one.writeUnits);
}
