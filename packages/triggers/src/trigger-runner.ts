import {STREAM_RETENTION_MS, parseShardId} from '@murmuration/model';
import {hlcToWallMs} from '@murmuration/partition';
import type {ApiCaller, Json} from './api.js';
import {TriggerError, isApiError} from './errors.js';
import type {TriggerEvent} from './events.js';
import {parseFilters} from './filter-pattern.js';
import type {TriggerMetrics} from './metrics.js';
import type {TriggerPorts, TriggerTuning} from './ports.js';
import {workShard} from './shard-worker.js';
import type {TriggerDefinition} from './trigger-definition.js';
import type {Checkpoint, RunnerLease, TriggerStore} from './trigger-store.js';

interface Shard {
  readonly ShardId: string;
  readonly ParentShardId?: string;
}

/**
 * One trigger while this process has its lease: a worker for each shard whose parent is done. What it did is in checkpoints, so
 * whoever comes after it goes on behind them.
 */
export class TriggerRunner {
  readonly definition: TriggerDefinition;
  readonly #ports: TriggerPorts;
  readonly #tuning: TriggerTuning;
  readonly #api: ApiCaller;
  readonly #store: TriggerStore;
  readonly #metrics: TriggerMetrics;
  readonly #working = new Set<string>();
  #checkpoints = new Map<string, Checkpoint>();
  #wakers = new Set<() => void>();
  #isStopped = false;
  lease: RunnerLease;

  constructor(definition: TriggerDefinition, lease: RunnerLease, tuning: TriggerTuning, ports: TriggerPorts, api: ApiCaller, store: TriggerStore, metrics: TriggerMetrics) {
    this.definition = definition;
    this.lease = lease;
    this.#tuning = tuning;
    this.#ports = ports;
    this.#api = api;
    this.#store = store;
    this.#metrics = metrics;
  }

  /** Runs until it is stopped. Never throws. */
  async run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        this.#checkpoints = new Map([...await this.#store.checkpoints(this.definition), ...[...this.#checkpoints].filter(([shard]) => this.#working.has(shard))]);
        for (;;) {
          await this.#beginShards();
          await this.#pause(this.#tuning.shardSyncMs);
        }
      } catch (error) {
        if (this.#isStopped) return;
        this.#failed(error);
        await this.#pause(this.#tuning.shardSyncMs).catch(() => undefined);
      }
    }
  }
  /** Batches that were begun are not told of as dealt with. */
  stop(): void {
    this.#isStopped = true;
    for (const wake of [...this.#wakers]) wake();
  }

  async #beginShards(): Promise<void> {
    const shards = await this.#shards();
    const known = new Set(shards.map(({ShardId}) => ShardId));
    for (const {ShardId, ParentShardId} of shards) {
      if (this.#working.has(ShardId) || this.#checkpoints.get(ShardId)?.isDone === true) continue;
      if (ParentShardId !== undefined && known.has(ParentShardId) && !this.#isDone(ParentShardId, shards)) continue;
      if (this.#isPast(ShardId, shards)) continue;
      this.#begin(ShardId);
    }
    for (const shard of [...this.#checkpoints.keys()]) {
      if (known.has(shard) || this.#working.has(shard)) continue;
      this.#checkpoints.delete(shard);
      await this.#store.forgetShard(this.definition, shard);
    }
  }
  #isDone(shard: string, shards: readonly Shard[]): boolean {
    return this.#checkpoints.get(shard)?.isDone === true || this.#isPast(shard, shards);
  }
  /** A shard that had a child before the trigger was made holds nothing that a trigger from the end on wants. */
  #isPast(shard: string, shards: readonly Shard[]): boolean {
    if (this.definition.startingPosition !== 'LATEST' || this.#checkpoints.has(shard)) return false;
    return shards.some(({ShardId, ParentShardId}) => {
      const child = ParentShardId === shard ? parseShardId(ShardId) : undefined;
      return child !== undefined && hlcToWallMs(child.createdHlc) < Math.floor(this.definition.createdAtMs / 1000) * 1000;
    });
  }
  #begin(shard: string): void {
    this.#working.add(shard);
    const {definition} = this;
    const {clock, random, events, functions} = this.#ports;
    workShard({
      definition, shard, functions, clock, random, events, metrics: this.#metrics, tuning: this.#tuning, retentionMs: STREAM_RETENTION_MS,
      api: this.#api, store: this.#store, filter: parseFilters(definition.filters), epoch: this.lease.epoch,
      pause: (ms) => this.#pause(ms),
      check: () => this.#check(),
    }, this.#checkpoints.get(shard)).then(
      () => {
        this.#working.delete(shard);
        this.#checkpoints.set(shard, {after: undefined, isDone: true});
        // Its children need not wait for the next look.
        for (const wake of [...this.#wakers]) wake();
      },
      (error: unknown) => void this.#workerFailed(shard, error),
    );
  }
  async #workerFailed(shard: string, error: unknown): Promise<void> {
    if (!this.#isStopped) {
      this.#failed(error);
      try {
        await this.#pause(this.#tuning.shardSyncMs);
        const checkpoint = (await this.#store.checkpoints(this.definition)).get(shard);
        if (checkpoint !== undefined) this.#checkpoints.set(shard, checkpoint);
      } catch {
        // Begun again from an older checkpoint, then: some records come twice.
      }
    }
    this.#working.delete(shard);
  }

  async #shards(): Promise<readonly Shard[]> {
    const shards: Shard[] = [];
    for (let last: string | undefined; ;) {
      let description: Json;
      try {
        description = (await this.#api.streams('DescribeStream', {StreamArn: this.definition.streamArn, ...(last === undefined ? {} : {ExclusiveStartShardId: last})}))['StreamDescription'] as Json;
      } catch (error) {
        // The stream is gone, with its table or a day after it was switched off: there is nothing to run on.
        if (isApiError(error, 'ResourceNotFoundException')) return [];
        throw error;
      }
      shards.push(...(description['Shards'] as readonly Shard[]));
      last = description['LastEvaluatedShardId'] as string | undefined;
      if (last === undefined) return shards;
    }
  }

  #check(): void {
    if (this.#isStopped) throw new TriggerError({code: 'Stopped'});
  }
  async #pause(ms: number): Promise<void> {
    this.#check();
    await new Promise<void>((resolve) => {
      const done = (): void => {
        timer.cancel();
        this.#wakers.delete(done);
        resolve();
      };
      const timer = this.#ports.timers.after(ms, done);
      this.#wakers.add(done);
    });
    this.#check();
  }
  #failed(error: unknown): void {
    const event: TriggerEvent = {event: 'trigger/failed', level: 'warn', trigger: this.definition.name, reason: error instanceof Error ? error.message : 'unknown error'};
    this.#ports.events.emit(event);
  }
}
