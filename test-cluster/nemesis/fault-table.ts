import type {HistoryRecord} from '@murmuration/checkers';
import {longestGapMs, spreadOf} from './gaps.js';
import type {Spread} from './gaps.js';
import type {Injection} from './injection.js';
import type {ProbeTimes} from './prober.js';

/** What one kind of fault did to those who used the service. */
export interface FaultRow {
  readonly name: string;
  readonly injections: number;
  readonly tookEffect: number;
  /** Longest time without an acknowledged write, by partition and injection. */
  readonly writeGapMs: Spread;
  readonly readGapMs: Spread;
  readonly leaderChanges: number;
  readonly errors: Readonly<Record<string, number>>;
  /** Calls of the load that were answered, a second. */
  readonly goodput: number;
}

export function faultTable(injections: readonly Injection[], probes: readonly ProbeTimes[], history: readonly HistoryRecord[]): readonly FaultRow[] {
  const completes = history.flatMap((record) => (record.kind === 'complete' ? [record] : []));
  const names = [...new Set(injections.map((injection) => injection.name))];
  return names.map((name) => {
    const own = injections.filter((injection) => injection.name === name);
    const gaps = (pick: (times: ProbeTimes) => readonly number[]): Spread =>
      spreadOf(own.flatMap((injection) => probesOf(injection, probes).map((times) => longestGapMs(pick(times), injection.struckMs, injection.untilMs))));
    const errors = new Map<string, number>();
    let answered = 0;
    for (const {struckMs, untilMs} of own) {
      for (const {atMs, outcome} of completes) {
        if (atMs < struckMs || atMs >= untilMs) continue;
        if (outcome.kind === 'unknown' || outcome.kind === 'no-effect') errors.set(outcome.error, (errors.get(outcome.error) ?? 0) + 1);
        else answered += 1;
      }
    }
    const seconds = own.reduce((sum, {struckMs, untilMs}) => sum + (untilMs - struckMs), 0) / 1_000;
    return {
      name, injections: own.length, tookEffect: own.filter((injection) => injection.effects.every((effect) => effect.tookEffect)).length,
      writeGapMs: gaps((times) => times.writesMs), readGapMs: gaps((times) => times.readsMs), leaderChanges: own.reduce((sum, injection) => sum + injection.leaderChanges, 0),
      errors: Object.fromEntries([...errors].sort((a, b) => b[1] - a[1])), goodput: Math.round(answered / Math.max(seconds, 0.001)),
    };
  });
}

/** What was probed for the injection alone, where it asked for that: others of the table would hide whom it met. */
function probesOf({number}: Injection, probes: readonly ProbeTimes[]): readonly ProbeTimes[] {
  const own = probes.filter((times) => times.injection === number);
  return own.length > 0 ? own : probes.filter((times) => times.injection === undefined);
}
