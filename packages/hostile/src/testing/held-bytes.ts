import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

const MIB = 1024 * 1024;
/** What may stay of a flood, and how long after it. */
const KEPT_BYTES_MAX = 64 * MIB;
const RETURN_MS_MAX = 10_000;
const LOOK_AGAIN_MS = 100;

/** Bytes that this process holds on to, garbage not counted. */
export function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  const {heapUsed, external} = process.memoryUsage();
  return heapUsed + external;
}

/** @returns how much more than before is held when the time for giving it back is over; 0 when it came back */
export async function keptBytes(before: number): Promise<number> {
  const until = performance.now() + RETURN_MS_MAX;
  for (;;) {
    const kept = heldBytes() - before;
    if (kept <= KEPT_BYTES_MAX) return 0;
    if (performance.now() > until) return kept;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
