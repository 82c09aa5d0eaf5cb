import {sleep} from '../command.js';
import {EIO} from '../shim-control.js';
import {always, drawLeader} from './fault.js';
import type {Fault} from './fault.js';

/** By then a process whose sync failed must have ended. */
const END_TIMEOUT_MS = 15_000;
const EXIT_STORAGE_FAILED = 'exit code 74';

export const syncFaults: readonly Fault[] = [
  {
    name: 'sync-fails', family: 'sync', needs: ['shim'], pairs: false, probe: always,
    inject: async (context) => {
      const {cluster, random} = context;
      const node = await drawLeader(context);
      const {shim} = node;
      if (shim === undefined) return {tookEffect: false, detail: 'no library'};
      node.mayEnd = true;
      const before = shim.get('touchedCount');
      shim.set('failErrno', EIO);
      // One failure, then success again: exactly what must not be believed.
      shim.set('failCount', 1 + random.below(2));
      const hasEnded = await cluster.untilEnded(node, END_TIMEOUT_MS);
      const isTouched = shim.get('touchedCount') > before;
      const how = node.lastEnd;
      shim.clear();
      await sleep(Math.min(context.holdMs, 1_000));
      if (!hasEnded) await cluster.end(node, 'SIGKILL');
      node.mayEnd = false;
      await cluster.start(node);
      return {
        tookEffect: isTouched, detail: `${node.id}: ${hasEnded ? how : 'went on'}`,
        ...(isTouched && (!hasEnded || how !== EXIT_STORAGE_FAILED) ? {violation: `${node.id} met a failed sync and ${hasEnded ? `ended with ${how}` : `went on for ${END_TIMEOUT_MS} ms`}`} : {}),
      };
    },
  },
  {
    name: 'sync-slow', family: 'sync', needs: ['shim'], pairs: true, probe: always,
    inject: async (context) => {
      const {random, holdMs} = context;
      const node = await drawLeader(context);
      const {shim} = node;
      if (shim === undefined) return {tookEffect: false, detail: 'no library'};
      const before = shim.get('touchedCount');
      const delayMs = 20 + random.below(Math.max(100, Math.min(3_000, holdMs)));
      shim.set('delayUs', delayMs * 1_000);
      await sleep(holdMs);
      shim.set('delayUs', 0);
      return {tookEffect: shim.get('touchedCount') > before, detail: `${node.id}: ${delayMs} ms each, for ${holdMs} ms`};
    },
  },
];
