import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import {run, sleep, works} from '../command.js';
import {NOTHING, always, drawLeader, drawNode} from './fault.js';
import type {Fault} from './fault.js';

const CGROUP = '/sys/fs/cgroup/cpu';
const PERIOD_US = 100_000;
/** Handles that a starved process may still open. */
const SPARE_HANDLE_COUNT = 3;

function whyNoQuota(): string | undefined {
  if (!existsSync(`${CGROUP}/cpu.cfs_quota_us`) && !existsSync(`${CGROUP}/cgroup.procs`)) return 'needs the cpu controller of cgroups (version 1)';
  const probe = `${CGROUP}/murmur-nemesis-probe-${process.pid}`;
  try {
    mkdirSync(probe);
    const has = existsSync(`${probe}/cpu.cfs_quota_us`);
    rmdirSync(probe);
    return has ? undefined : 'the cpu controller of cgroups has no quota here';
  } catch {
    return 'needs root to make a cgroup';
  }
}

export const starveFaults: readonly Fault[] = [
  {
    name: 'starve-quota', family: 'starve', needs: NOTHING, pairs: true, probe: whyNoQuota,
    inject: async (context) => {
      const node = await drawLeader(context);
      const percent = 5 + context.random.below(20);
      const group = `${CGROUP}/murmur-nemesis-${process.pid}-${node.id}`;
      if (!existsSync(group)) mkdirSync(group);
      writeFileSync(`${group}/cpu.cfs_period_us`, String(PERIOD_US));
      writeFileSync(`${group}/cpu.cfs_quota_us`, String((PERIOD_US * percent) / 100));
      const {pid} = node;
      let throttledCount = 0;
      try {
        writeFileSync(`${group}/cgroup.procs`, String(pid));
        await sleep(context.holdMs);
        throttledCount = Number(/nr_throttled (\d+)/.exec(readFileSync(`${group}/cpu.stat`, 'utf8'))?.[1] ?? 0);
      } finally {
        if (node.pid === pid) writeFileSync(`${CGROUP}/cgroup.procs`, String(pid));
        await sleep(50);
        rmdirSync(group);
      }
      return {tookEffect: throttledCount > 0, detail: `${node.id}: ${percent} % of a processor for ${context.holdMs} ms, throttled ${throttledCount} times`};
    },
  },
  {
    name: 'starve-neighbours', family: 'starve', needs: NOTHING, pairs: true, probe: always,
    inject: async (context) => {
      const count = 2 * availableParallelism();
      const neighbours = Array.from({length: count}, () => spawn(process.execPath, ['-e', 'for(;;);'], {stdio: 'ignore'}));
      await sleep(context.holdMs);
      const isBusy = neighbours.every((neighbour) => neighbour.exitCode === null && neighbour.signalCode === null);
      for (const neighbour of neighbours) neighbour.kill('SIGKILL');
      return {tookEffect: isBusy, detail: `${count} busy processes beside the cluster for ${context.holdMs} ms`};
    },
  },
  {
    name: 'starve-handles', family: 'starve', needs: NOTHING, pairs: false,
    probe: () => (works('prlimit', ['--version']) ? undefined : 'needs prlimit'),
    inject: async (context) => {
      const node = drawNode(context);
      const {pid} = node;
      const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
      const [, soft, hard] = /^Max open files\s+(\d+)\s+(\d+)/m.exec(limits) ?? [];
      const openCount = readdirSync(`/proc/${pid}/fd`).length;
      // A process that cannot open the files it must write may end; it must not lose anything by that.
      node.mayEnd = true;
      await run('prlimit', ['--pid', String(pid), `--nofile=${openCount + SPARE_HANDLE_COUNT}:${hard ?? '1048576'}`]);
      const tookEffect = node.pid === pid && readFileSync(`/proc/${pid}/limits`, 'utf8') !== limits;
      await sleep(context.holdMs);
      if (node.pid === pid) await run('prlimit', ['--pid', String(pid), `--nofile=${soft ?? '1024'}:${hard ?? '1048576'}`]);
      node.mayEnd = false;
      const hasEnded = !node.isRunning;
      if (hasEnded) await context.cluster.start(node);
      return {tookEffect, detail: `${node.id}: ${openCount} handles and ${SPARE_HANDLE_COUNT} more for ${context.holdMs} ms${hasEnded ? `; it ended with ${node.lastEnd}` : ''}`};
    },
  },
];
