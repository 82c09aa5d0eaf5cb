import {assert} from '@murmuration/base';
import type {TimerHandle} from '@murmuration/base';
import {ApiCaller} from './api.js';
import {TriggerError, badDefinition, isApiError} from './errors.js';
import type {TriggerEvent} from './events.js';
import {createTriggerMetrics} from './metrics.js';
import type {TriggerMetrics} from './metrics.js';
import {TRIGGER_DEFAULTS} from './ports.js';
import type {TriggerPorts, TriggerTuning} from './ports.js';
import {parseTriggerSettings} from './trigger-definition.js';
import type {TriggerDefinition} from './trigger-definition.js';
import {TriggerRunner} from './trigger-runner.js';
import {TRIGGER_TABLE, TriggerStore} from './trigger-store.js';
import type {KeptTrigger, RunnerLease} from './trigger-store.js';

/** How long the table of triggers may take to be there. */
const TABLE_TIMEOUT_MS = 20_000;
const TABLE_POLL_MS = 50;

export interface TriggerView extends TriggerDefinition {
  /** The process that runs it; '' while nobody does. */
  readonly runner: string;
}

/** A lease of another process, and since when it has not moved by the clock of this one. */
interface SeenLease {
  readonly lease: RunnerLease;
  readonly sinceMs: number;
}

/**
 * The triggers of a cluster, as one process sees them: makes and removes definitions, and runs those whose lease it holds. Each
 * trigger has one runner at most that can write checkpoints; when its process dies, another takes over after `leaseMs`.
 */
export class TriggerService {
  readonly #owner: string;
  readonly #tuning: TriggerTuning;
  readonly #ports: TriggerPorts;
  readonly #api: ApiCaller;
  readonly #store: TriggerStore;
  readonly #metrics: TriggerMetrics;
  readonly #runners = new Map<string, {readonly runner: TriggerRunner; heldUntilMs: number}>();
  readonly #seen = new Map<string, SeenLease>();
  #timer: TimerHandle | undefined;
  #isLooking = false;
  #isStopped = true;

  /** @param owner name of this life of the process */
  constructor(owner: string, ports: TriggerPorts, tuning: Partial<TriggerTuning> = {}) {
    this.#owner = owner;
    this.#ports = ports;
    this.#tuning = {...TRIGGER_DEFAULTS, ...tuning};
    assert(this.#tuning.leaseMs > 2 * this.#tuning.leaseRenewMs, 'a lease lives longer than two renewals');
    this.#api = new ApiCaller(ports.api, ports.clock);
    this.#store = new TriggerStore(this.#api);
    this.#metrics = createTriggerMetrics(ports.metrics);
  }

  start(): void {
    assert(this.#isStopped, 'triggers are started once');
    this.#isStopped = false;
    this.#timer = this.#ports.timers.every(this.#tuning.leaseRenewMs, () => void this.#look());
  }
  /** Others take over at once. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    const runners = [...this.#runners.values()];
    this.#runners.clear();
    for (const {runner} of runners) runner.stop();
    await Promise.allSettled(runners.map(({runner}) => this.#store.release(runner.definition.name, runner.lease)));
  }

  /** @throws TriggerError `BadDefinition`, `TriggerExists`, `Api` */
  async create(value: unknown): Promise<TriggerDefinition> {
    const settings = parseTriggerSettings(value);
    for (const target of settings.onFailure === undefined ? [settings.target] : [settings.target, settings.onFailure]) {
      const reason = this.#ports.functions.refusalOf(target);
      if (reason !== undefined) throw badDefinition(reason);
    }
    const {Table} = await this.#api.table('DescribeTable', {TableName: settings.table});
    const {StreamSpecification, LatestStreamArn} = Table as {readonly StreamSpecification?: unknown; readonly LatestStreamArn?: string};
    if (StreamSpecification === undefined || LatestStreamArn === undefined) throw badDefinition(`${settings.table} has no stream`);
    const definition = {...settings, streamArn: LatestStreamArn, createdAtMs: Math.floor(this.#ports.clock.wallMs())};
    await this.#ensureTable();
    await this.#store.put(definition);
    void this.#look();
    return definition;
  }
  /** @throws TriggerError `NoTrigger`, `Api` */
  async remove(name: string): Promise<void> {
    if (!this.#ports.hasTable(TRIGGER_TABLE)) throw new TriggerError({code: 'NoTrigger', name});
    await this.#store.remove(name);
    this.#giveUp(name, 'it was removed');
  }
  /** By name. @throws TriggerError `Api` */
  async list(): Promise<readonly TriggerView[]> {
    if (!this.#ports.hasTable(TRIGGER_TABLE)) return [];
    return (await this.#store.list()).map(({definition, lease}) => ({...definition, runner: lease?.owner ?? ''})).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #ensureTable(): Promise<void> {
    const {clock, timers} = this.#ports;
    if (!this.#ports.hasTable(TRIGGER_TABLE)) await this.#store.createTable();
    const untilMs = clock.monotonicMs() + TABLE_TIMEOUT_MS;
    while (!(await this.#store.isReady())) {
      if (clock.monotonicMs() > untilMs) throw new TriggerError({code: 'Api', type: 'Timeout', reason: 'the table of triggers did not become active'});
      await new Promise<void>((resolve) => timers.after(TABLE_POLL_MS, resolve));
    }
  }

  /** One round: renews what is held, takes what nobody holds, lets go of what is gone. */
  async #look(): Promise<void> {
    if (this.#isStopped || this.#isLooking) return;
    this.#dropOverdue();
    if (!this.#ports.hasTable(TRIGGER_TABLE)) {
      for (const name of [...this.#runners.keys()]) this.#giveUp(name, 'the table of triggers is gone');
      return;
    }
    this.#isLooking = true;
    try {
      const kept = await this.#store.list();
      const wanted = new Map(kept.filter(({definition}) => definition.enabled).map((trigger) => [trigger.definition.name, trigger]));
      for (const [name, {runner}] of [...this.#runners]) {
        const {definition} = wanted.get(name) ?? {};
        if (definition === undefined) this.#giveUp(name, 'it was removed');
        else if (definition.createdAtMs !== runner.definition.createdAtMs) this.#giveUp(name, 'it was made anew');
      }
      for (const trigger of wanted.values()) await this.#hold(trigger);
    } catch (error) {
      if (!isApiError(error, 'ResourceNotFoundException')) this.#failed('', error);
    } finally {
      this.#isLooking = false;
      this.#metrics.running.set(this.#runners.size);
    }
  }
  async #hold(trigger: KeptTrigger): Promise<void> {
    const {name} = trigger.definition;
    try {
      const held = this.#runners.get(name);
      if (held !== undefined) await this.#renew(name, held);
      else await this.#takeOver(trigger);
    } catch (error) {
      this.#failed(name, error);
    }
  }
  async #renew(name: string, held: {readonly runner: TriggerRunner; heldUntilMs: number}): Promise<void> {
    const {runner} = held;
    const askedMs = this.#ports.clock.monotonicMs();
    const next = {...runner.lease, beat: runner.lease.beat + 1};
    if (!(await this.#store.renew(name, next))) {
      this.#giveUp(name, 'another process has taken over');
      return;
    }
    runner.lease = next;
    held.heldUntilMs = askedMs + this.#tuning.leaseMs;
  }
  async #takeOver({definition, lease}: KeptTrigger): Promise<void> {
    const {name} = definition;
    if (!this.#isFree(name, lease) || definition.target.kind === 'module' && this.#ports.functions.refusalOf(definition.target) !== undefined) return;
    const askedMs = this.#ports.clock.monotonicMs();
    const taken = await this.#store.take(name, lease, this.#owner);
    if (taken === undefined || this.#isStopped) return;
    this.#seen.delete(name);
    const runner = new TriggerRunner(definition, taken, this.#tuning, this.#ports, this.#api, this.#store, this.#metrics);
    this.#runners.set(name, {runner, heldUntilMs: askedMs + this.#tuning.leaseMs});
    this.#emit({event: 'trigger/running', level: 'info', trigger: name, epoch: taken.epoch});
    void runner.run();
  }
  /** Whether nobody has it, or its holder was not heard of for the time of a lease, by the clock of this process. */
  #isFree(name: string, lease: RunnerLease | undefined): boolean {
    if (lease === undefined || lease.owner === '') return true;
    const nowMs = this.#ports.clock.monotonicMs();
    const seen = this.#seen.get(name);
    if (seen === undefined || seen.lease.epoch !== lease.epoch || seen.lease.beat !== lease.beat || seen.lease.owner !== lease.owner) {
      this.#seen.set(name, {lease, sinceMs: nowMs});
      return false;
    }
    return nowMs - seen.sinceMs >= this.#tuning.leaseMs;
  }
  /** A lease that could not be renewed in time is somebody else's by now. */
  #dropOverdue(): void {
    const nowMs = this.#ports.clock.monotonicMs();
    for (const [name, {heldUntilMs}] of [...this.#runners]) if (nowMs >= heldUntilMs) this.#giveUp(name, 'its lease could not be renewed in time');
  }
  #giveUp(name: string, reason: string): void {
    const held = this.#runners.get(name);
    if (held === undefined) return;
    this.#runners.delete(name);
    held.runner.stop();
    this.#emit({event: 'trigger/given-up', level: 'info', trigger: name, reason});
  }
  #failed(trigger: string, error: unknown): void {
    this.#emit({event: 'trigger/failed', level: 'warn', trigger, reason: error instanceof Error ? error.message : 'unknown error'});
  }
  #emit(event: TriggerEvent): void {
    this.#ports.events.emit(event);
  }
}
