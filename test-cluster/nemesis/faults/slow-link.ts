import {sleep} from '../command.js';
import {FREE_FLOW, HOLE} from '../proxy.js';
import {NOTHING, always, draw, drawNode} from './fault.js';
import type {Effect, Fault, FaultContext} from './fault.js';

const CUT_COUNT_MAX = 20;
const CUT_AFTER_BYTES_MAX = 200_000;

async function measured({cluster}: FaultContext, detail: string, strike: () => Promise<void>): Promise<Effect> {
  const before = cluster.links.touched();
  await strike();
  cluster.links.heal(false);
  const after = cluster.links.touched();
  return {tookEffect: after.bytesHeld > before.bytesHeld || after.resetCount > before.resetCount, detail};
}

export const linkFaults: readonly Fault[] = [
  {
    name: 'slow-link', family: 'slow', needs: NOTHING, pairs: true, probe: always,
    inject: (context) => {
      const {random, cluster, holdMs} = context;
      const flow = {...FREE_FLOW, delayMs: 5 + random.below(300), jitterMs: random.below(200)};
      const node = drawNode(context).id;
      return measured(context, `${node}: ${flow.delayMs} ms and up to ${flow.jitterMs} more, for ${holdMs} ms`, async () => {
        for (const other of cluster.ids) if (other !== node) cluster.links.slow(node, other, flow);
        await sleep(holdMs);
      });
    },
  },
  {
    name: 'thin-link', family: 'slow', needs: NOTHING, pairs: true, probe: always,
    inject: (context) => {
      const {random, cluster, holdMs} = context;
      const flow = {...FREE_FLOW, bytesPerSecond: draw(random, [2_000, 20_000, 100_000])};
      const node = drawNode(context).id;
      return measured(context, `${node}: ${flow.bytesPerSecond} bytes a second, for ${holdMs} ms`, async () => {
        for (const other of cluster.ids) if (other !== node) cluster.links.slow(node, other, flow);
        await sleep(holdMs);
      });
    },
  },
  {
    name: 'broken-link', family: 'slow', needs: NOTHING, pairs: true, probe: always,
    inject: (context) => {
      const {random, cluster, holdMs} = context;
      return measured(context, `connections broken in the middle of a frame, again and again for ${holdMs} ms`, async () => {
        const untilMs = performance.now() + holdMs;
        for (let i = 0; i < CUT_COUNT_MAX && performance.now() < untilMs; i += 1) {
          const from = draw(random, cluster.ids);
          const to = draw(random, cluster.ids.filter((id) => id !== from));
          cluster.links.link(from, to).cutAfter(1 + random.below(CUT_AFTER_BYTES_MAX));
          await sleep(holdMs / CUT_COUNT_MAX);
        }
      });
    },
  },
  {
    name: 'clog', family: 'slow', needs: NOTHING, pairs: true, probe: always,
    inject: (context) => {
      const {random, cluster, holdMs} = context;
      // Links stop one by one and go on in another order: old messages of one peer meet new ones of another.
      const pairs = cluster.ids.flatMap((from) => cluster.ids.filter((to) => to !== from).map((to) => ({from, to})));
      const clogged = Array.from({length: Math.min(4, pairs.length)}, () => draw(random, pairs));
      const stepMs = holdMs / (2 * clogged.length);
      return measured(context, `${clogged.map(({from, to}) => `${from}>${to}`).join(', ')} within ${holdMs} ms`, async () => {
        for (const {from, to} of clogged) {
          cluster.links.link(from, to).setFlow('there', HOLE);
          await sleep(stepMs);
        }
        for (const {from, to} of [...clogged].reverse()) {
          cluster.links.link(from, to).setFlow('there', FREE_FLOW);
          await sleep(stepMs);
        }
      });
    },
  },
];
