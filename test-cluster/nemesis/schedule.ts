import {SeededRandom} from '@murmuration/base';
import type {Random} from '@murmuration/base';
import type {Fault} from './faults/fault.js';

/** One step of a run: one fault, or two of different families at the same time. */
export interface Step {
  readonly number: number;
  readonly faults: readonly Fault[];
  readonly holdMs: number;
  /** Quiet afterwards. */
  readonly restMs: number;
  readonly random: Random;
}

const HOLD_MS_MIN = 100;
const REST_MS_MIN = 300;
const REST_MS_SPAN = 1_200;
/** Of the steps after the first round, how many are pairs. */
const PAIR_PERCENT = 35;

/**
 * The steps of a run, without end: first every kind alone, in drawn order, then kinds and pairs by chance. The same seed and
 * kinds give the same steps, whatever each takes.
 */
export function* scheduleOf(faults: readonly Fault[], seed: number, holdMsMax: number): Generator<Step, never> {
  const root = new SeededRandom(seed).fork('schedule');
  const waiting = shuffled(faults, root.fork('order'));
  for (let number = 0; ; number += 1) {
    const random = root.fork(`step-${number}`);
    const first = waiting.shift();
    const chosen = first === undefined ? drawFaults(faults, random) : [first];
    yield {
      number, faults: chosen, holdMs: drawHold(random, holdMsMax), restMs: REST_MS_MIN + random.below(REST_MS_SPAN), random: random.fork('injection'),
    };
  }
}

function drawFaults(faults: readonly Fault[], random: Random): readonly Fault[] {
  const one = faults[random.below(faults.length)] as Fault;
  const partners = faults.filter((fault) => fault.pairs && fault.family !== one.family && goesWith(one, fault) && goesWith(fault, one));
  if (!one.pairs || partners.length === 0 || random.below(100) >= PAIR_PERCENT) return [one];
  return [one, partners[random.below(partners.length)] as Fault];
}

function goesWith({pairsOnlyWith}: Fault, {family}: Fault): boolean {
  return pairsOnlyWith?.includes(family) !== false;
}

/** Short ones are as frequent as long ones: drawn evenly over the logarithm. */
function drawHold(random: Random, holdMsMax: number): number {
  const span = Math.log(Math.max(holdMsMax, HOLD_MS_MIN + 1) / HOLD_MS_MIN);
  return Math.round(HOLD_MS_MIN * Math.exp((random.below(1_000_001) / 1_000_000) * span));
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const out = [...list];
  for (let i = out.length - 1; i > 0; i -= 1) {
    const j = random.below(i + 1);
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}
