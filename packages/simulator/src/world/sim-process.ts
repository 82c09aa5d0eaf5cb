import type {EventRecord, EventSink, NodeId} from '@murmuration/base';
import type {Chance} from './chance.js';
import {NodeClock, NodeTimers} from './node-clock.js';
import {ForbiddenCallError} from './traps.js';
import type {World} from './world.js';
import {NS_PER_MS} from './world.js';

/** How a process ends. `kill` leaves what the kernel had in its caches, `power` only what was synced. */
export type Death = 'kill' | 'power';

export interface SimProcessOptions {
  readonly node: NodeId;
  /** 1 for the node's first process. */
  readonly life: number;
  readonly chance: Chance;
  readonly clockRate: number;
  readonly wallOffsetMs: number;
  /** The wall clock is wrong by its offset; else by where the life's monotonic clock began as well. */
  readonly hasSoundWall?: boolean;
  readonly timerLatenessNsMax: number;
  readonly onEvent: (record: EventRecord) => void;
  /** Called once, after the process is dead and nothing of it runs any more. */
  readonly onDeath: (death: Death) => void;
}

/**
 * One life of one node. Everything that happens in it comes through `dispatch`, and everything it does to the world
 * asks `touch` first: once dead it neither runs nor is heard, in the middle of an event as well.
 */
export class SimProcess {
  readonly node: NodeId;
  readonly life: number;
  readonly chance: Chance;
  readonly clock: NodeClock;
  readonly timers: NodeTimers;
  readonly events: EventSink;
  readonly #world: World;
  readonly #options: SimProcessOptions;
  #isDead = false;
  #isPaused = false;
  #busyUntilNs = 0;
  #eventCostNs = 0;
  #isWaking = false;
  #waiting: (() => void)[] = [];
  /** Events that ran here so far: who did not run did not change. */
  runCount = 0;
  #callsToLive = Number.POSITIVE_INFINITY;
  #deathAfterCalls: Death = 'kill';

  constructor(world: World, options: SimProcessOptions) {
    this.#world = world;
    this.#options = options;
    this.node = options.node;
    this.life = options.life;
    this.chance = options.chance;
    // A monotonic clock means nothing to other processes, so each life begins somewhere else.
    const startMs = this.chance.below(1_000_000);
    this.clock = new NodeClock(world, startMs, options.hasSoundWall === true ? options.wallOffsetMs + world.nowMs - startMs : options.wallOffsetMs);
    this.clock.setRate(options.clockRate);
    this.timers = new NodeTimers(world, this, this.clock, options.timerLatenessNsMax);
    this.events = {isEnabled: () => true, emit: (record) => {
      if (!this.#isDead) options.onEvent(record);
    }};
  }
  get isDead(): boolean {
    return this.#isDead;
  }
  get isPaused(): boolean {
    return this.#isPaused;
  }
  /** Runs something in this process: now, when it is free, or never. What it throws ends the run. */
  dispatch(run: () => void): void {
    if (this.#isDead) return;
    if (this.#isPaused || this.#waiting.length > 0 || this.#busyUntilNs > this.#world.nowNs) {
      this.#waiting.push(run);
      this.#wakeLater();
      return;
    }
    this.#run(run);
  }
  /** Asked before each effect on the world. @returns false when the process is dead and the effect must not be */
  touch(): boolean {
    if (this.#isDead) return false;
    this.#callsToLive -= 1;
    if (this.#callsToLive > 0) return true;
    this.die(this.#deathAfterCalls);
    return false;
  }
  /** Whether a death waits for it. */
  get isDoomed(): boolean {
    return this.#callsToLive !== Number.POSITIVE_INFINITY;
  }
  /** Ends the process at its `callCount`-th call to the world from now, wherever in its code that is. */
  dieAfterCalls(callCount: number, death: Death): void {
    this.#callsToLive = callCount;
    this.#deathAfterCalls = death;
  }
  die(death: Death): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#waiting = [];
    this.#world.trace.note('process/dead', this.node, this.life, death);
    // In an event of its own: the call that killed may stand deep in the process's own code.
    this.#world.afterNs(0, () => this.#options.onDeath(death));
  }
  /** Nothing runs until `resume`; its clock goes on. */
  pause(): void {
    this.#isPaused = true;
    this.#world.trace.note('process/paused', this.node);
  }
  resume(): void {
    this.#isPaused = false;
    this.#world.trace.note('process/resumed', this.node);
    this.#wakeLater();
  }
  /** Each event keeps the process busy for that long; 0 is a machine without limits. */
  setEventCost(costMs: number): void {
    this.#eventCostNs = costMs * NS_PER_MS;
  }

  #run(run: () => void): void {
    this.runCount += 1;
    if (this.#eventCostNs > 0) this.#busyUntilNs = this.#world.nowNs + this.#eventCostNs;
    try {
      run();
    } catch (error) {
      // A dead process still computes until it lets go, with answers the world made up for it: what it throws means nothing.
      if (!this.#isDead || error instanceof ForbiddenCallError) throw error;
    }
  }
  #wakeLater(): void {
    if (this.#isWaking || this.#isPaused || this.#waiting.length === 0) return;
    this.#isWaking = true;
    this.#world.afterNs(Math.max(0, this.#busyUntilNs - this.#world.nowNs), () => {
      this.#isWaking = false;
      if (this.#isDead || this.#isPaused) return;
      const run = this.#waiting.shift();
      // One event of the world is one event of the process: what it promised settles before the next.
      try {
        if (run !== undefined) this.#run(run);
      } finally {
        this.#wakeLater();
      }
    });
  }
}
