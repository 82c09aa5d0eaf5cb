import {existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs';
import {run, sleep, works} from '../command.js';
import type {ClusterNode} from '../cluster.js';
import {Hogs} from '../hogs.js';
import {NOTHING, drawLeader} from './fault.js';
import type {Effect, Fault, FaultContext} from './fault.js';

const CGROUP = '/sys/fs/cgroup/memory';
const MEBIBYTE = 1024 * 1024;
/** What a process may still take: the least and the span above it. */
const SPARE_MEBIBYTES_MIN = 4;
const SPARE_MEBIBYTES_SPAN = 28;
/** A shorter shortage is seldom felt. */
const HOLD_MS_MIN = 1_500;
const POLL_MS = 50;
/** Large requests that want more than is left, so that the shortage is felt while it lasts. */
const HOG_COUNT = 10;

function whyNoLimit(): string | undefined {
  if (!existsSync(`${CGROUP}/memory.limit_in_bytes`)) return 'needs the memory controller of cgroups (version 1)';
  const probe = `${CGROUP}/murmur-nemesis-probe-${process.pid}`;
  try {
    mkdirSync(probe);
    rmdirSync(probe);
    return undefined;
  } catch {
    return 'needs root to make a cgroup';
  }
}

/** A process without memory may end in any way; what it promised must hold all the same. It is started again. */
async function starve(context: FaultContext, node: ClusterNode, spare: number, shortage: {begin(): Promise<void> | void; end(): Promise<void> | void; isFelt(): boolean}): Promise<Effect> {
  const {cluster} = context;
  const {startCount} = node;
  const holdMs = Math.max(HOLD_MS_MIN, context.holdMs);
  node.mayEnd = true;
  let isFelt = false;
  let hogs: Hogs | undefined;
  try {
    await shortage.begin();
    hogs = new Hogs(node.apiPort, HOG_COUNT);
    const untilMs = performance.now() + holdMs;
    while (node.isRunning && node.startCount === startCount && performance.now() < untilMs) {
      isFelt = shortage.isFelt() || isFelt;
      await sleep(POLL_MS);
    }
    isFelt = shortage.isFelt() || isFelt;
  } finally {
    hogs?.close();
    await shortage.end();
    node.mayEnd = false;
  }
  const hasEnded = !node.isRunning;
  if (hasEnded) await cluster.start(node);
  return {tookEffect: hasEnded || isFelt, detail: `${node.id}: ${spare} MiB more at most for ${holdMs} ms; it ${hasEnded ? `ended with ${node.lastEnd}` : 'went on'}`};
}

export const memoryFaults: readonly Fault[] = [
  {
    // Only what is taken from now on counts against the limit; then the kernel writes back, waits, and at last kills.
    name: 'starve-memory', family: 'starve', needs: NOTHING, pairs: false, probe: whyNoLimit,
    inject: async (context) => {
      const node = await drawLeader(context);
      const {pid} = node;
      const spare = SPARE_MEBIBYTES_MIN + context.random.below(SPARE_MEBIBYTES_SPAN);
      const group = `${CGROUP}/murmur-nemesis-${process.pid}-${node.id}`;
      return starve(context, node, spare, {
        begin: () => {
          mkdirSync(group);
          writeFileSync(`${group}/memory.limit_in_bytes`, String(spare * MEBIBYTE));
          writeFileSync(`${group}/cgroup.procs`, String(pid));
        },
        isFelt: () => Number(readFileSync(`${group}/memory.failcnt`, 'utf8')) > 0,
        end: async () => {
          if (node.pid === pid) writeFileSync(`${CGROUP}/cgroup.procs`, String(pid));
          await removeGroup(group);
        },
      });
    },
  },
  {
    // Not memory but places for it are refused: an allocation fails, and the process has to end by itself.
    name: 'starve-addresses', family: 'starve', needs: NOTHING, pairs: false,
    probe: () => (works('prlimit', ['--version']) ? undefined : 'needs prlimit'),
    inject: async (context) => {
      const node = await drawLeader(context);
      const {pid} = node;
      const spare = SPARE_MEBIBYTES_MIN + context.random.below(SPARE_MEBIBYTES_SPAN);
      const atStart = addressBytes(pid);
      return starve(context, node, spare, {
        begin: async () => void (await run('prlimit', ['--pid', String(pid), `--as=${atStart + spare * MEBIBYTE}:`])),
        isFelt: () => addressBytes(pid) > atStart + (spare * MEBIBYTE) / 2,
        end: async () => {
          if (node.pid === pid) await run('prlimit', ['--pid', String(pid), '--as=unlimited:']);
        },
      });
    },
  },
];

/** Addresses in use; 0 for a process that is gone. */
function addressBytes(pid: number): number {
  try {
    return Number(/^VmSize:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** A process that was just killed holds its group for a moment. */
async function removeGroup(group: string): Promise<void> {
  for (let i = 0; ; i += 1) {
    try {
      rmdirSync(group);
      return;
    } catch (cause) {
      if (i >= 40) throw cause;
      await sleep(POLL_MS);
    }
  }
}
