import type {Clock, TimerHandle, Timers} from '@murmuration/base';
import type {SimProcess} from './sim-process.js';
import type {World} from './world.js';
import {NS_PER_MS} from './world.js';

/** Wall time of true time 0: some day in 2023. */
/** True wall time at the beginning of the world. */
export const WALL_EPOCH_MS = 1_700_000_000_000;
/** Tells apart rounding from a clock that slowed down while a timer waited. */
const ROUNDING_MS = 1e-6;

/**
 * One node's clocks. The monotonic one runs at a rate of its own and never goes back; the wall clock has an offset as
 * well, and jumps. Only the world knows true time.
 */
export class NodeClock implements Clock {
  readonly #world: World;
  #anchorNs: number;
  #anchorMs: number;
  #rate = 1;
  #wallOffsetMs: number;
  constructor(world: World, startMs: number, wallOffsetMs: number) {
    this.#world = world;
    this.#anchorNs = world.nowNs;
    this.#anchorMs = startMs;
    this.#wallOffsetMs = wallOffsetMs;
  }
  monotonicMs(): number {
    return this.#anchorMs + ((this.#world.nowNs - this.#anchorNs) / NS_PER_MS) * this.#rate;
  }
  wallMs(): number {
    return Math.floor(WALL_EPOCH_MS + this.#wallOffsetMs + this.monotonicMs());
  }
  get rate(): number {
    return this.#rate;
  }
  /** Runs at `rate` times true time from now on. */
  setRate(rate: number): void {
    this.#anchorMs = this.monotonicMs();
    this.#anchorNs = this.#world.nowNs;
    this.#rate = rate;
  }
  /** The wall clock is set anew; the monotonic one does not care. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }
  /** True time until this clock shows `localMs`, rounded up; 0 when it does already. */
  trueNsUntil(localMs: number): number {
    return Math.max(0, Math.ceil(((localMs - this.monotonicMs()) / this.#rate) * NS_PER_MS));
  }
  /** The true time at which this clock showed, or will show, `localMs`, if its rate stays. */
  trueMsOf(localMs: number): number {
    return this.#world.nowMs + (localMs - this.monotonicMs()) / this.#rate;
  }
}

/** Turns of a process's event loop follow each other no closer than this. */
const TURN_NS = 1_000;

/** The timers of one process: late by a drawn bit, never early on its own clock, silent when it is dead. */
export class NodeTimers implements Timers {
  readonly #world: World;
  readonly #process: SimProcess;
  readonly #clock: NodeClock;
  readonly #latenessNsMax: number;
  constructor(world: World, process: SimProcess, clock: NodeClock, latenessNsMax: number) {
    this.#world = world;
    this.#process = process;
    this.#clock = clock;
    this.#latenessNsMax = latenessNsMax;
  }
  after(delayMs: number, callback: () => void): TimerHandle {
    const state = {isCancelled: false, handle: undefined as TimerHandle | undefined};
    this.#wait(this.#clock.monotonicMs() + Math.max(0, delayMs), state, callback);
    return cancelOf(state);
  }
  every(periodMs: number, callback: () => void): TimerHandle {
    const state = {isCancelled: false, handle: undefined as TimerHandle | undefined};
    const again = (): void => {
      this.#wait(this.#clock.monotonicMs() + Math.max(0.001, periodMs), state, () => {
        again();
        callback();
      });
    };
    again();
    return cancelOf(state);
  }
  nextTurn(callback: () => void): void {
    if (!this.#process.touch()) return;
    this.#world.afterNs(TURN_NS, () => this.#process.dispatch(callback));
  }

  #wait(dueMs: number, state: {isCancelled: boolean; handle: TimerHandle | undefined}, callback: () => void): void {
    if (!this.#process.touch()) return;
    const lateNs = this.#latenessNsMax === 0 ? 0 : this.#process.chance.below(this.#latenessNsMax);
    state.handle = this.#world.afterNs(this.#clock.trueNsUntil(dueMs) + lateNs, () => this.#process.dispatch(() => {
      if (state.isCancelled) return;
      if (this.#clock.monotonicMs() + ROUNDING_MS < dueMs) this.#wait(dueMs, state, callback);
      else callback();
    }));
  }
}

function cancelOf(state: {isCancelled: boolean; handle: TimerHandle | undefined}): TimerHandle {
  return {
    cancel: () => {
      state.isCancelled = true;
      state.handle?.cancel();
    },
  };
}
