import {rmSync, statfsSync} from 'node:fs';
import {join} from 'node:path';
import {run, sleep} from '../command.js';
import {whyNoLoopVolumes} from '../volumes.js';
import {drawLeader} from './fault.js';
import type {Fault} from './fault.js';

/** Below this many free bytes the disk counts as full. */
const FULL_BYTES = 256 * 1024;

export const diskFullFaults: readonly Fault[] = [
  {
    name: 'disk-full', family: 'disk', needs: ['images'], pairs: false, probe: whyNoLoopVolumes,
    inject: async (context) => {
      const node = await drawLeader(context);
      const {root} = node.volume;
      const ballast = join(root, 'ballast');
      const freeBytes = (): number => {
        const {bavail, bsize} = statfsSync(root);
        return bavail * bsize;
      };
      const untilMs = performance.now() + context.holdMs;
      let leastFreeBytes = freeBytes();
      let fileCount = 0;
      try {
        // What the process frees meanwhile is taken as well.
        while (performance.now() < untilMs) {
          const free = freeBytes();
          if (free > FULL_BYTES) await run('fallocate', ['-l', String(free), `${ballast}-${(fileCount += 1)}`]);
          leastFreeBytes = Math.min(leastFreeBytes, freeBytes());
          await sleep(100);
        }
      } finally {
        for (let i = 1; i <= fileCount; i += 1) rmSync(`${ballast}-${i}`, {force: true});
      }
      // A process that ended is a finding of its own; the load goes on with it started again.
      if (!node.isRunning) await context.cluster.start(node);
      return {tookEffect: leastFreeBytes <= FULL_BYTES, detail: `${node.id} for ${context.holdMs} ms, ${leastFreeBytes} bytes free at the least`};
    },
  },
];
