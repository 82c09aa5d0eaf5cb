import type {GroupId, LogIndex, LogPort, NodeId, ReplicaId, StorePort} from '@murmuration/base';
import {LogError, nullMetrics, toGroupId} from '@murmuration/base';
import {openFileLog} from '@murmuration/log-file';
import {RaftHost} from '@murmuration/raft-host';
import type {GroupDescriptor} from '@murmuration/raft-host';
import type {SimMachine} from '../world/sim-machine.js';
import type {SimNetwork} from '../world/sim-network.js';
import type {SimProcess} from '../world/sim-process.js';
import {DurablePage} from './durable-book.js';
import type {DurableBook} from './durable-book.js';
import type {RaftSwarm} from './raft-swarm.js';
import {RegisterMachine} from './register-machine.js';
import type {RegisterObserver} from './register-machine.js';

export const GROUP: GroupId = toGroupId(16);
export const LOG_DIRECTORY = 'log';
const SEGMENT_SIZE_BYTES = 16 * 1024;

/** What runs in one process of the raft profile. */
export interface RaftLife {
  readonly process: SimProcess;
  readonly log: LogPort;
  readonly host: RaftHost;
  readonly store: StorePort;
  machine: RegisterMachine | undefined;
}

export interface RaftNodeOwner {
  readonly swarm: RaftSwarm;
  readonly network: SimNetwork;
  readonly nodes: readonly NodeId[];
  readonly durable: DurableBook;
  /** Something happened that few runs reach. */
  onRare(what: string): void;
  /** A vote for another is about to be written. */
  votes(node: RaftNode, term: number, candidate: number): void;
  observerOf(node: RaftNode): RegisterObserver;
  /** A host runs: groups found in the log take part. */
  started(node: RaftNode, life: RaftLife): void;
  /** What is stored here cannot be used: the machine needs another disk. */
  isUnusable(node: RaftNode, reason: string): void;
}

/** One node: log on the simulated disk, store, host, and the replica it holds. */
export class RaftNode {
  readonly machine: SimMachine;
  /** What this machine's log acknowledged. */
  readonly page: DurablePage;
  readonly #owner: RaftNodeOwner;
  #life: RaftLife | undefined;
  /** Replica that lives here, or that is to live here once the group knows it; 0 for none. */
  replica: ReplicaId;
  /** What was stored here was damaged or replaced: the replica counts as lost until another takes its place. */
  isDamaged = false;
  /** It was damaged, and nobody knows yet whether that matters. */
  isSuspect = false;
  /** When the log was opened, on the process's own clock. */
  openedMs = 0;
  /** The replica was part of a configuration that someone applied. */
  wasMember = false;

  constructor(machine: SimMachine, replica: ReplicaId, owner: RaftNodeOwner) {
    this.machine = machine;
    this.replica = replica;
    this.#owner = owner;
    this.page = new DurablePage(owner.durable, () => this.replica, (what) => owner.onRare(what), (term, candidate) => owner.votes(this, term, candidate));
  }
  get id(): NodeId {
    return this.machine.node;
  }
  /** The running host; undefined while the process is down or starting. */
  get life(): RaftLife | undefined {
    return this.#life?.process.isDead === false ? this.#life : undefined;
  }
  get appliedIndex(): LogIndex | undefined {
    return this.life?.machine?.appliedIndex;
  }
  start(): void {
    if (this.machine.process !== undefined) return;
    this.#life = undefined;
    this.machine.start((process) => {
      this.#boot(process).catch((error: unknown) => {
        if (process.isDead) return;
        if (error instanceof LogError && error.failure.code === 'Corrupt') {
          this.#owner.isUnusable(this, error.message);
          return;
        }
        if (this.isSuspect && isSystemError(error)) {
          this.#owner.isUnusable(this, 'cannot be read');
          return;
        }
        // A disk that is full or fails just now: someone starts the process again later.
        if (error instanceof LogError || isSystemError(error)) process.die('kill');
        else throw error;
      });
    });
  }

  async #boot(process: SimProcess): Promise<void> {
    const {swarm, network, nodes} = this.#owner;
    const {clock, timers, events} = process;
    const opened = await openFileLog({
      directory: LOG_DIRECTORY, segmentSizeBytes: SEGMENT_SIZE_BYTES, segmentCountSpare: swarm.logSegmentSpares, entryCacheBytesMax: swarm.logCacheBytesMax,
      freeBytesMin: 2 * SEGMENT_SIZE_BYTES, batchBytesMax: swarm.logBatchBytesMax, rewriteBytesMax: 1_024, rewriteSegmentCountMin: swarm.logRewriteSegmentCountMin,
      retryDelayMs: swarm.electionMs / 2,
    }, {
      clock, timers, events, metrics: nullMetrics, fileSystem: this.machine.disk.mount(process, LOG_DIRECTORY),
      drawLogId: () => Uint8Array.from({length: 16}, () => process.chance.below(256)),
    });
    if (process.isDead) return;
    this.openedMs = clock.monotonicMs();
    this.page.opened(this.id, opened, GROUP, this.isDamaged);
    const log = this.page.watch(opened, GROUP);
    const port = network.open(process);
    const store = this.machine.store.open(process);
    const observer = this.#owner.observerOf(this);
    const host = new RaftHost({
      ...swarm.tuning, node: this.id,
      onFatal: () => process.die('kill'),
    }, {clock, timers, random: process.chance.fork('host'), log, store, network: port, events, metrics: nullMetrics});
    const life: RaftLife = {process, log, host, store, machine: undefined};
    await host.start(() => {
      life.machine = new RegisterMachine(store, observer);
      return life.machine;
    });
    if (process.isDead) return;
    for (const node of nodes) if (node !== this.id) port.setPeer({node, address: node});
    this.#life = life;
    this.#owner.started(this, life);
  }
  /** Makes the replica of `this.replica` in the running host. */
  createReplica(descriptor: GroupDescriptor, campaignFirst: boolean, done: (isMade: boolean) => void): void {
    const life = this.life;
    if (life === undefined) return;
    life.process.dispatch(() => {
      life.host.createGroup(descriptor, {campaignFirst}, (result) => done(result.ok));
    });
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && error.name === 'SystemError';
}
