import {sleep} from '../command.js';
import type {CutManner} from '../links.js';
import {NOTHING, always, draw, drawLeader, drawNode} from './fault.js';
import type {Effect, Fault, FaultContext} from './fault.js';

const FLAP_MS_MIN = 50;
const FLAP_MS_SPAN = 400;

/** Cuts, waits, heals: by breaking the connections, or by letting arrive late what waited. */
async function held(context: FaultContext, what: string, strike: () => void | Promise<void>): Promise<Effect> {
  const {cluster, random, holdMs} = context;
  const before = cluster.links.touched();
  await strike();
  await sleep(holdMs);
  const isReset = random.below(2) === 0;
  cluster.links.heal(isReset);
  const after = cluster.links.touched();
  const tookEffect = after.bytesHeld > before.bytesHeld || after.resetCount > before.resetCount;
  return {tookEffect, detail: `${what} for ${holdMs} ms, ${isReset ? 'connections broken at its end' : 'late bytes delivered'}`};
}
function drawManner(context: FaultContext): CutManner {
  return draw(context.random, ['hole', 'refuse'] as const);
}

export const cutFaults: readonly Fault[] = [
  {
    name: 'cut-node', family: 'cut', needs: NOTHING, pairs: true, probe: always,
    inject: (context) => {
      const node = drawNode(context).id;
      const manner = drawManner(context);
      return held(context, `${node} from all (${manner})`, () => context.cluster.links.cutApart([node], context.cluster.ids.filter((id) => id !== node), manner));
    },
  },
  {
    name: 'cut-leader', family: 'cut', needs: NOTHING, pairs: true, probe: always,
    inject: async (context) => {
      const node = (await drawLeader(context)).id;
      const manner = drawManner(context);
      return held(context, `leader ${node} from all (${manner})`, () => context.cluster.links.cutApart([node], context.cluster.ids.filter((id) => id !== node), manner));
    },
  },
  {
    name: 'cut-az', family: 'cut', needs: NOTHING, pairs: true, probe: always,
    inject: (context) => {
      const {az} = drawNode(context);
      const inside = context.cluster.nodes.filter((node) => node.az === az).map((node) => node.id);
      const manner = drawManner(context);
      return held(context, `AZ ${az} (${manner})`, () => context.cluster.links.cutApart(inside, context.cluster.ids.filter((id) => !inside.includes(id)), manner));
    },
  },
  {
    name: 'cut-one-way', family: 'cut', needs: NOTHING, pairs: true, probe: always,
    inject: async (context) => {
      const node = (await drawLeader(context)).id;
      const isDeaf = context.random.below(2) === 0;
      return held(context, isDeaf ? `${node} hears nobody` : `nobody hears ${node}`, () => {
        for (const other of context.cluster.ids) {
          if (other === node) continue;
          if (isDeaf) context.cluster.links.cutOneWay(other, node);
          else context.cluster.links.cutOneWay(node, other);
        }
      });
    },
  },
  {
    name: 'cut-non-transitive', family: 'cut', needs: NOTHING, pairs: true, probe: always,
    inject: (context) => {
      const a = drawNode(context).id;
      const b = draw(context.random, context.cluster.ids.filter((id) => id !== a));
      const manner = drawManner(context);
      return held(context, `${a} from ${b} only (${manner})`, () => context.cluster.links.cut(a, b, manner));
    },
  },
  {
    name: 'cut-majorities-ring', family: 'cut', needs: NOTHING, pairs: true,
    probe: ({nodeCount}) => (nodeCount >= 5 ? undefined : 'needs five processes or more (--nodes 5)'),
    inject: (context) => {
      const {ids, links} = context.cluster;
      const reach = Math.floor(ids.length / 4) + 1;
      const distance = (i: number, j: number): number => Math.min((i - j + ids.length) % ids.length, (j - i + ids.length) % ids.length);
      return held(context, `each process sees only its ${reach} neighbours on either side`, () => {
        for (const [i, a] of ids.entries()) for (const [j, b] of ids.entries()) if (i < j && distance(i, j) > reach) links.cut(a, b, 'hole');
      });
    },
  },
  {
    name: 'cut-flapping', family: 'cut', needs: NOTHING, pairs: true, probe: always,
    inject: (context) => {
      const node = drawNode(context).id;
      const others = context.cluster.ids.filter((id) => id !== node);
      return held({...context, holdMs: 0}, `${node} in and out for ${context.holdMs} ms`, async () => {
        const untilMs = performance.now() + context.holdMs;
        while (performance.now() < untilMs) {
          context.cluster.links.cutApart([node], others, drawManner(context));
          await sleep(FLAP_MS_MIN + context.random.below(FLAP_MS_SPAN));
          context.cluster.links.heal(false);
          await sleep(FLAP_MS_MIN + context.random.below(FLAP_MS_SPAN));
        }
      });
    },
  },
];
