import {readFileSync} from 'node:fs';

/** Linux reports process times in ticks of a hundredth of a second, whatever the kernel's own tick is (proc(5), USER_HZ). */
const MICROS_PER_TICK = 10_000;

/** User and system CPU time of a process so far, all its threads together, in microseconds; undefined where /proc is not to be had. */
export function cpuMicros(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The second field is the command in parentheses and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MICROS_PER_TICK;
}

/** Resident memory in bytes. */
export function residentBytes(pid: number): number | undefined {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
    return pages * 4096;
  } catch {
    return undefined;
  }
}
