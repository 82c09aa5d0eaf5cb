import {readFileSync} from 'node:fs';

/** Tells one life of a process id from the next one of the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start of the process in clock ticks since boot; undefined where there is no /proc. */
  readonly startTicks: string | undefined;
  /** Which boot of the machine; undefined where there is no /proc. */
  readonly bootId: string | undefined;
}

export function ownIdentity(): ProcessIdentity {
  return {pid: process.pid, startTicks: startTicksOf(process.pid), bootId: readBootId()};
}

/** Whether the very process that wrote the identity still runs. In doubt it does: a lock must not be broken on a guess. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.bootId !== undefined && identity.bootId !== readBootId()) return false;
  if (!exists(identity.pid)) return false;
  if (identity.startTicks === undefined) return true;
  const startTicks = startTicksOf(identity.pid);
  return startTicks === undefined ? exists(identity.pid) : startTicks === identity.startTicks;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // Another user's process may not be signalled, but it is there.
    return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'EPERM';
  }
}

/** Field 22 of /proc/<pid>/stat; undefined for a process that ended and waits to be collected. @see proc(5) */
function startTicksOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The second field is the name in parentheses and may hold spaces and parentheses itself.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function readBootId(): string | undefined {
  return read('/proc/sys/kernel/random/boot_id')?.trim();
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
