import type {JobEntry} from '@murmuration/control-client';

export const SPLIT_PHASES = ['detect', 'order', 'choose', 'count', 'pause', 'publish'] as const;
export type SplitPhase = (typeof SPLIT_PHASES)[number];

/**
 * How long each phase of a split took, in milliseconds: load was high until a cut was advised; the order was on its way to
 * the leader; a place was looked for; rows were counted; writes were held back; the map did not show both halves yet.
 * Where a phase lies between clocks of two nodes it may be off by what these differ, and is never below 0.
 */
export function splitPhases({startedAtMs, updatedAtMs, timeline}: Pick<JobEntry, 'startedAtMs' | 'updatedAtMs' | 'timeline'>): Partial<Readonly<Record<SplitPhase, number>>> {
  if (timeline === undefined) return {};
  const {hotSinceMs, advisedAtMs, askedAtMs, choseMs, countedMs, pausedMs, cutAtMs} = timeline;
  const since = (fromMs: number, untilMs: number): number => Math.max(0, untilMs - fromMs);
  return {
    ...(hotSinceMs === undefined || advisedAtMs === undefined ? {} : {detect: since(hotSinceMs, advisedAtMs)}),
    order: since(startedAtMs, askedAtMs), choose: choseMs, count: countedMs, pause: pausedMs, publish: since(cutAtMs, updatedAtMs),
  };
}
