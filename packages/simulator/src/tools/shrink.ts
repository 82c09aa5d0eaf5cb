import type {Fault} from '../world/faults.js';
import type {SeedResult} from '../seed-result.js';
import type {RunSeed} from './profiles.js';

export interface ShrinkOptions {
  readonly seed: number;
  readonly run: RunSeed;
  /** Runs at most. */
  readonly runCountMax: number;
  readonly onProgress: (text: string) => void;
}
export interface Shrunk {
  readonly faults: readonly Fault[];
  readonly result: SeedResult;
  readonly runCount: number;
}

/**
 * The fewest faults with which a seed still breaks the same rule: parts of the schedule are left out as long as it does
 * (Zeller and Hildebrandt 2002, delta debugging), then what is left is made shorter. Everything else of the run stays, as
 * chance is forked by label.
 */
export async function shrink(first: SeedResult, options: ShrinkOptions): Promise<Shrunk> {
  const {seed, run} = options;
  const rule = first.failure?.rule;
  let result = first;
  let faults = first.faults;
  let runCount = 0;
  const stillFails = async (candidate: readonly Fault[]): Promise<boolean> => {
    if (runCount >= options.runCountMax) return false;
    runCount += 1;
    const tried = await run({seed, faults: candidate});
    if (tried.failure?.rule !== rule) return false;
    // What hit nothing needs no place in the schedule.
    faults = tried.faults.length <= candidate.length ? tried.faults : candidate;
    result = tried;
    options.onProgress(`${faults.length} faults still break ${String(rule)}`);
    return true;
  };
  if (await stillFails([])) return {faults: [], result, runCount};
  for (let parts = 2; faults.length > 1 && parts <= faults.length && runCount < options.runCountMax;) {
    const size = Math.ceil(faults.length / parts);
    let isSmaller = false;
    for (let from = 0; from < faults.length; from += size) {
      if (await stillFails([...faults.slice(0, from), ...faults.slice(from + size)])) {
        isSmaller = true;
        break;
      }
    }
    if (isSmaller) parts = Math.max(2, parts - 1);
    else if (size === 1) break;
    else parts = Math.min(faults.length, 2 * parts);
  }
  for (let i = 0; i < faults.length; i += 1) {
    const fault = faults[i] as Fault;
    const shorter = faults.map((each) => (each === fault ? {...each, durationMs: Math.max(1, Math.floor(each.durationMs / 4))} : each));
    if (fault.durationMs > 4) await stillFails(shorter);
  }
  return {faults, result, runCount};
}
