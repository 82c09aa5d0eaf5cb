import {sleep} from '../command.js';
import {always, draw, drawLeader, drawNode} from './fault.js';
import type {Fault} from './fault.js';

const SECOND_NS = 1e9;
/** The greatest error of rate that leases are built for. */
const MONOTONIC_PPM_MAX = 500;

export const clockFaults: readonly Fault[] = [
  {
    name: 'clock-jump', family: 'clock', needs: ['shim'], pairs: true, probe: always,
    inject: async (context) => {
      const node = drawNode(context);
      const {shim} = node;
      if (shim === undefined) return {tookEffect: false, detail: 'no library'};
      const seconds = draw(context.random, [-86_400, -3_600, -60, -1, 1, 60, 3_600, 86_400]);
      const before = shim.get('touchedCount');
      shim.set('wallAheadNs', seconds * SECOND_NS);
      await sleep(context.holdMs);
      shim.set('wallAheadNs', 0);
      return {tookEffect: shim.get('touchedCount') > before, detail: `wall clock of ${node.id} ${seconds > 0 ? '+' : ''}${seconds} s for ${context.holdMs} ms`};
    },
  },
  {
    name: 'clock-rate', family: 'clock', needs: ['shim'], pairs: true, probe: always,
    inject: async (context) => {
      const node = await drawLeader(context);
      const {shim} = node;
      if (shim === undefined) return {tookEffect: false, detail: 'no library'};
      const ppm = draw(context.random, [-MONOTONIC_PPM_MAX, MONOTONIC_PPM_MAX]);
      const before = shim.get('touchedCount');
      shim.set('monotonicPpm', ppm);
      shim.set('wallPpm', ppm * 100);
      await sleep(context.holdMs);
      shim.set('monotonicPpm', 0);
      shim.set('wallPpm', 0);
      return {tookEffect: shim.get('touchedCount') > before, detail: `clocks of ${node.id}: monotonic ${ppm} ppm, wall ${ppm * 100} ppm, for ${context.holdMs} ms`};
    },
  },
];
