import {rmSync} from 'node:fs';
import {sleep} from '../command.js';
import {NOTHING, always, drawNode} from './fault.js';
import type {Fault} from './fault.js';

const REJOIN_TIMEOUT_MS = 60_000;

export const lostDiskFaults: readonly Fault[] = [
  {
    // The others must hold everything before a disk may go: two at once would be more than the cluster promises to survive.
    name: 'lost-disk', family: 'lost', needs: NOTHING, pairs: false, probe: always,
    inject: async (context) => {
      const {cluster} = context;
      await cluster.untilHealthy(REJOIN_TIMEOUT_MS);
      const node = drawNode(context);
      await cluster.end(node, 'SIGKILL');
      rmSync(node.volume.dataDirectory, {recursive: true, force: true});
      await sleep(Math.min(context.holdMs, 1_000));
      await cluster.start(node);
      await cluster.untilHealthy(REJOIN_TIMEOUT_MS);
      return {tookEffect: true, detail: `${node.id} came back empty and caught up`};
    },
  },
];
