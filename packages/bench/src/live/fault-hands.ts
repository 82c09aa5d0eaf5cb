import type {RunEvent, RunEventKind} from '../run-record.js';
import type {VirtualFault} from '../virtual/virtual-settings.js';
import type {LiveFaults} from './live-run.js';

/** What can be done to a cluster. */
export interface FaultLevers {
  /** Names in order. */
  readonly azs: readonly string[];
  nodesIn(az: string): readonly {readonly id: string}[];
  kill(id: string): Promise<void>;
  restart(id: string): Promise<void>;
  /** Undefined while a node has no process that is known. */
  pidOf(id: string): Promise<number | undefined>;
  hottest(table: string): Promise<{readonly partition: number; readonly leader: string; readonly others: readonly string[]} | undefined>;
  transferLeader(partition: number, to: string): Promise<void>;
}

/** A node that is slowed by a factor f runs for one slice and stands still for f - 1. */
const SLICE_MS = 5;

/**
 * The faults of an experiment on real processes: those of an AZ are ended by SIGKILL and started again on their data, a slow node is one
 * whose process is stopped most of the time, the leader of the hottest partition is moved by an operator's order.
 */
export class FaultHands implements LiveFaults {
  readonly #cluster: FaultLevers;
  readonly #table: string;
  readonly #faults: readonly VirtualFault[];
  readonly #events: RunEvent[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  /** One fault after the other: a process can be started again only when it has ended. */
  #done: Promise<void> = Promise.resolve();
  #slowed: {readonly id: string; readonly pid: number; timer: NodeJS.Timeout} | undefined;
  #startMs = 0;
  constructor(cluster: FaultLevers, table: string, faults: readonly VirtualFault[]) {
    this.#cluster = cluster;
    this.#table = table;
    this.#faults = faults;
  }
  start(): void {
    this.#startMs = performance.now();
    for (const fault of this.#faults) {
      this.#timers.push(setTimeout(() => {
        this.#done = this.#done.then(() => this.#make(fault)).catch((cause: unknown) => {
          this.#tell('fault', null, 'refused', `${fault.kind}: ${cause instanceof Error ? cause.message : String(cause)}`);
        });
      }, fault.atSeconds * 1000));
    }
  }
  async stop(): Promise<readonly RunEvent[]> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#done;
    this.#goOn();
    return this.#events;
  }

  async #make(fault: VirtualFault): Promise<void> {
    switch (fault.kind) {
      case 'az-loss':
      case 'az-return': {
        const az = this.#cluster.azs[fault.az] ?? '';
        await Promise.all(this.#cluster.nodesIn(az).map(async ({id}) => {
          if (fault.kind === 'az-loss') await this.#cluster.kill(id);
          else await this.#cluster.restart(id);
          this.#tell('fault', id, fault.kind, fault.kind === 'az-loss' ? `${id} was killed` : `${id} was started again`);
        }));
        return;
      }
      case 'leader-move': {
        const hottest = await this.#cluster.hottest(this.#table);
        const [to] = hottest?.others ?? [];
        if (hottest === undefined || to === undefined) throw new Error('no partition has a leader and a follower');
        await this.#cluster.transferLeader(hottest.partition, to);
        this.#tell('fault', to, fault.kind, `the leader of partition ${hottest.partition} was moved from ${hottest.leader} to ${to}`);
        return;
      }
      case 'node-slow': {
        this.#goOn();
        if (fault.factor === 1) return;
        const id = typeof fault.node === 'number' ? this.#cluster.azs.flatMap((az) => this.#cluster.nodesIn(az))[fault.node]?.id : (await this.#cluster.hottest(this.#table))?.leader;
        const pid = id === undefined ? undefined : await this.#cluster.pidOf(id);
        if (id === undefined || pid === undefined) throw new Error('no node to slow down');
        this.#slow(id, pid, fault.factor);
      }
    }
  }
  #slow(id: string, pid: number, factor: number): void {
    const slowed = {id, pid, timer: setTimeout(() => undefined, 0)};
    const stand = (): void => {
      process.kill(pid, 'SIGSTOP');
      slowed.timer = setTimeout(run, SLICE_MS * (factor - 1));
    };
    const run = (): void => {
      process.kill(pid, 'SIGCONT');
      slowed.timer = setTimeout(stand, SLICE_MS);
    };
    this.#slowed = slowed;
    stand();
    this.#tell('fault', id, 'node-slow', `${id} stands still ${factor - 1} of ${factor} parts of the time`);
  }
  #goOn(): void {
    if (this.#slowed === undefined) return;
    const {id, pid, timer} = this.#slowed;
    clearTimeout(timer);
    process.kill(pid, 'SIGCONT');
    this.#slowed = undefined;
    this.#tell('fault', id, 'node-slow', `${id} is as fast as before`);
  }
  #tell(kind: RunEventKind, node: string | null, cause: string, text: string): void {
    this.#events.push({atMs: Math.round(performance.now() - this.#startMs), kind, partition: null, node, cause, text});
  }
}
