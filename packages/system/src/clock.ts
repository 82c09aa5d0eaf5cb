import {performance} from 'node:perf_hooks';
import type {Clock} from '@murmuration/base';

/** The clocks of this machine. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};
