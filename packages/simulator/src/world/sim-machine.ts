import type {EventRecord, NodeId} from '@murmuration/base';
import {assert} from '@murmuration/base';
import type {Chance} from './chance.js';
import {CALM_DISK, SimDisk} from './sim-disk.js';
import type {SimDiskOptions} from './sim-disk.js';
import type {SimNetwork} from './sim-network.js';
import {SimProcess} from './sim-process.js';
import type {Death} from './sim-process.js';
import {SimStore} from './sim-store.js';
import type {SimStoreOptions} from './sim-store.js';
import type {World} from './world.js';

export interface SimMachineOptions {
  readonly node: NodeId;
  readonly az: string;
  /** 1 runs with true time. */
  readonly clockRate?: number;
  readonly wallOffsetMs?: number;
  /** See `SimProcessOptions`. */
  readonly hasSoundWall?: boolean;
  /** Timers fire up to this late. */
  readonly timerLatenessNsMax?: number;
  readonly disk?: SimDiskOptions;
  readonly store?: SimStoreOptions;
  /** Every typed event of the node's processes. */
  readonly onEvent?: (machine: SimMachine, record: EventRecord) => void;
  /** A process of this machine ended; disk and store are as the next one will find them. */
  readonly onDeath?: (machine: SimMachine, process: SimProcess, death: Death) => void;
}

/** Reasons without names and numbers, of which there are a few: each is a probe of its own. */
const PLAIN_WORDS = /^[A-Za-z][A-Za-z' -]{0,60}$/;

/** A node that outlives its processes: its place, its clock's habits, its disk and its store. */
export class SimMachine {
  readonly node: NodeId;
  readonly az: string;
  readonly disk: SimDisk;
  readonly store: SimStore;
  readonly chance: Chance;
  readonly #world: World;
  readonly #network: SimNetwork;
  readonly #options: SimMachineOptions;
  #process: SimProcess | undefined;
  #life = 0;
  #clockRate: number;
  #wallOffsetMs: number;

  constructor(world: World, network: SimNetwork, options: SimMachineOptions) {
    this.#world = world;
    this.#network = network;
    this.#options = options;
    this.node = options.node;
    this.az = options.az;
    this.chance = world.chance.fork(`machine:${options.node}`);
    this.disk = new SimDisk(world, this.chance.fork('disk'), options.disk ?? CALM_DISK);
    this.store = new SimStore(world, this.chance.fork('store'), options.store);
    this.#clockRate = options.clockRate ?? 1;
    this.#wallOffsetMs = options.wallOffsetMs ?? 0;
  }
  /** The process that runs now. */
  get process(): SimProcess | undefined {
    return this.#process;
  }
  get isUp(): boolean {
    return this.#process?.isDead === false;
  }
  /** Starts a process; `main` runs in an event of its own. A machine has one process at a time. */
  start(main: (process: SimProcess) => void): SimProcess {
    assert(this.#process === undefined, 'a machine has one process at a time', {node: this.node});
    this.#life += 1;
    const process = new SimProcess(this.#world, {
      node: this.node, life: this.#life, chance: this.chance.fork(`life:${this.#life}`), clockRate: this.#clockRate, wallOffsetMs: this.#wallOffsetMs, hasSoundWall: this.#options.hasSoundWall === true,
      timerLatenessNsMax: this.#options.timerLatenessNsMax ?? 0,
      onEvent: (record) => this.#onEvent(record),
      onDeath: (death) => this.#onDeath(process, death),
    });
    this.#process = process;
    this.#world.trace.note('machine/started', this.node, this.#life);
    this.#world.afterNs(0, () => process.dispatch(() => main(process)));
    return process;
  }
  /** Ends the process now, if one runs. */
  kill(death: Death): void {
    this.#process?.die(death);
  }
  /** For this process and those that follow. */
  setClockRate(rate: number): void {
    this.#clockRate = rate;
    this.#process?.clock.setRate(rate);
  }
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
    this.#process?.clock.jumpWall(byMs);
  }

  #onEvent(record: EventRecord): void {
    this.#world.probes.hit(record.event);
    const reason = record['reason'];
    if (typeof reason === 'string' && PLAIN_WORDS.test(reason)) this.#world.probes.hit(`${record.event}/${reason}`);
    this.#world.trace.note(record.event, this.node, typeof reason === 'string' ? reason : '');
    this.#options.onEvent?.(this, record);
  }
  #onDeath(process: SimProcess, death: Death): void {
    if (this.#process !== process) return;
    this.#process = undefined;
    this.#world.probes.hit(`process/${death}`);
    if (process.isDoomed) this.#world.probes.hit(`process/${death}-in-the-middle`);
    if (process.isPaused) this.#world.probes.hit(`process/${death}-while-paused`);
    this.#network.died(process, death);
    // After a sync that lied, only a power cut shows what the platter knows; nobody should go on without one.
    this.disk.died(this.disk.hasLied ? 'power' : death);
    this.disk.hasLied = false;
    this.store.died(death);
    this.#options.onDeath?.(this, process, death);
  }
}
