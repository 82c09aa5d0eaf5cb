import {NO_REPLICA} from '@murmuration/base';
import type {Clock, EventRecord, EventSink, Gauge, GroupId, MetricRegistry} from '@murmuration/base';
import type {GroupStatus} from '@murmuration/raft-host';

export type CatchUpEvent = EventRecord &
  (
    /** Every replica found at the start has come level with its leader once. */
    | {readonly event: 'catch-up/level'; readonly level: 'info'; readonly groupCount: number; readonly tookMs: number}
    /** The process counts as ready without these: they have had their time. */
    | {readonly event: 'catch-up/given-up'; readonly level: 'warn'; readonly groups: readonly GroupId[]; readonly tookMs: number}
  );

/** What it asks of the replicas: a RaftHost is one. */
export interface CaughtUpReplicas {
  statuses(): readonly GroupStatus[];
  status(group: GroupId): GroupStatus | undefined;
  staleness(group: GroupId): number;
}

/** A group that nobody leads for so long after the start may be one without a majority: this process changes nothing about that. */
const LEADERLESS_MS_MAX = 30_000;
/** A leader is there, and a copy is on its way: large ones take their time. */
const LAGGING_MS_MAX = 600_000;
/** Names of groups in one event. */
const TOLD_MAX = 20;

/**
 * Whether the replicas that a process found at its start are of use again. Until then the next process must not be ended:
 * what these lack, a majority lacks, and writes would wait for the copy. Decided once for each group.
 */
export class CatchUp {
  readonly #replicas: CaughtUpReplicas;
  readonly #clock: Clock;
  readonly #events: EventSink;
  readonly #lagging: Gauge;
  readonly #waiting = new Set<GroupId>();
  #startedMs = 0;
  #groupCount = 0;
  #isOver = true;

  constructor(replicas: CaughtUpReplicas, ports: {readonly clock: Clock; readonly events: EventSink; readonly metrics: MetricRegistry}) {
    this.#replicas = replicas;
    this.#clock = ports.clock;
    this.#events = ports.events;
    this.#lagging = ports.metrics.gauge({name: 'catch_up_lagging_replicas', help: 'Replicas found at the start that have not been level with their leader yet.'});
    ports.metrics.onCollect(() => {
      this.#look();
      this.#lagging.set(this.#waiting.size);
    });
  }

  /** To be called when the replicas of the log are there, and before any other is made. */
  begin(): void {
    for (const {group} of this.#replicas.statuses()) this.#waiting.add(group);
    this.#groupCount = this.#waiting.size;
    this.#startedMs = this.#clock.monotonicMs();
    this.#isOver = this.#groupCount === 0;
  }
  isOver(): boolean {
    this.#look();
    return this.#isOver;
  }

  #look(): void {
    if (this.#isOver) return;
    const tookMs = this.#clock.monotonicMs() - this.#startedMs;
    const givenUp: GroupId[] = [];
    for (const group of this.#waiting) {
      const status = this.#replicas.status(group);
      // Removed meanwhile: it is nobody's replica any more.
      const isLevel = status === undefined || (status.isLog ? status.leader !== NO_REPLICA : this.#replicas.staleness(group) < Number.POSITIVE_INFINITY);
      const isHopeless = !isLevel && tookMs >= (status.leader === NO_REPLICA ? LEADERLESS_MS_MAX : LAGGING_MS_MAX);
      if (!isLevel && !isHopeless) continue;
      this.#waiting.delete(group);
      if (isHopeless) givenUp.push(group);
    }
    if (givenUp.length > 0) this.#emit({event: 'catch-up/given-up', level: 'warn', groups: givenUp.slice(0, TOLD_MAX), tookMs});
    if (this.#waiting.size > 0) return;
    this.#isOver = true;
    this.#emit({event: 'catch-up/level', level: 'info', groupCount: this.#groupCount, tookMs});
  }
  #emit(event: CatchUpEvent): void {
    this.#events.emit(event);
  }
}
