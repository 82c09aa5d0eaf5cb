import {assert} from '@murmuration/base';
import {Chance} from './chance.js';

/** The kinds of faults that the campaign counts: one row and one column of its table each. */
export const FAULT_KINDS = [
  'kill-one', 'kill-leader', 'kill-all', 'power-all', 'pause-one', 'pause-leader', 'cut-az', 'cut-node', 'cut-asymmetric', 'cut-non-transitive',
  'cut-majorities-ring', 'flapping-link', 'slow-link', 'lossy-link', 'clog', 'slow-disk', 'failed-sync', 'disk-full', 'torn-tail', 'bit-rot', 'lost-disk',
  'clock-jump', 'clock-rate', 'cpu-starvation', 'memory-pressure', 'split-move-storm', 'membership-change', 'control-plane-gone',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/**
 * One fault of a schedule. All it needs is in it, so that a schedule can be cut down fault by fault: who is hit and how
 * is drawn from `draw` when it happens.
 */
export interface Fault {
  /** Counted from the moment at which the profile's schedule begins. */
  readonly atMs: number;
  readonly kind: FaultKind;
  /** After so long the fault is taken back: the process starts again, the link heals. */
  readonly durationMs: number;
  readonly draw: number;
}

export interface FaultDrawOptions {
  readonly kinds: readonly FaultKind[];
  readonly fromMs: number;
  readonly untilMs: number;
  /** Mean time between two faults. */
  readonly everyMs: number;
  /** Typical duration; drawn up to four times as long, now and then very short. */
  readonly durationMs: number;
}

/** A schedule in order of time. */
export function drawFaults(chance: Chance, options: FaultDrawOptions): readonly Fault[] {
  const faults: Fault[] = [];
  if (options.kinds.length === 0) return faults;
  let atMs = options.fromMs;
  for (;;) {
    atMs += 1 + chance.below(Math.max(1, 2 * options.everyMs));
    if (atMs >= options.untilMs) return faults;
    const durationMs = chance.permille(200) ? chance.between(1, 20) : Math.max(1, Math.floor((options.durationMs * (128 + chance.below(4096))) / 1024));
    faults.push({atMs, kind: chance.pick(options.kinds), durationMs, draw: chance.uint32()});
  }
}

/** What can hit a cluster, carried out by the profile that owns it. @returns how to take the fault back, undefined when it found nothing to hit */
export type FaultAction = (fault: Fault, chance: Chance) => (() => void) | undefined;

/** Just what the runner of a schedule needs of the world. */
export interface FaultWorld {
  readonly nowMs: number;
  afterMs(delayMs: number, callback: () => void): {cancel(): void};
  readonly probes: {hit(name: string): void};
  readonly trace: {note(kind: string, ...words: readonly (string | number)[]): void};
}

/** Carries a schedule out, and takes back what lasts when it is stopped. */
export class FaultRunner {
  readonly #world: FaultWorld;
  readonly #action: FaultAction;
  readonly #undos = new Set<() => void>();
  readonly #applied: Fault[] = [];
  #isStopped = false;
  /** @param originMs true time from which the schedule's times count */
  constructor(world: FaultWorld, faults: readonly Fault[], action: FaultAction, originMs = 0) {
    this.#world = world;
    this.#action = action;
    for (const fault of faults) {
      const atMs = originMs + fault.atMs;
      assert(atMs >= world.nowMs, 'a fault of the past', {atMs});
      world.afterMs(atMs - world.nowMs, () => this.#apply(fault));
    }
  }
  /** Faults that hit something. */
  get applied(): readonly Fault[] {
    return this.#applied;
  }
  /** No more faults; what still lasts is taken back now. */
  stop(): void {
    this.#isStopped = true;
    for (const undo of [...this.#undos]) undo();
  }

  #apply(fault: Fault): void {
    if (this.#isStopped) return;
    const undo = this.#action(fault, new Chance(fault.draw));
    if (undo === undefined) return;
    this.#applied.push(fault);
    this.#world.probes.hit(`fault/${fault.kind}`);
    this.#world.trace.note('fault', fault.kind, fault.durationMs);
    let isUndone = false;
    const once = (): void => {
      if (isUndone) return;
      isUndone = true;
      this.#undos.delete(once);
      undo();
    };
    this.#undos.add(once);
    this.#world.afterMs(fault.durationMs, once);
  }
}
