import type {GroupId, NodeId, ReplicaId} from '@murmuration/base';
import {SeededRandom, nullMetrics, toGroupId, toNodeId, toReplicaId, utf8Encode} from '@murmuration/base';
import {ManualTime, RecordingEvents} from '@murmuration/base/testing';
import type {MemoryLog, MemoryLogOptions} from '@murmuration/log-memory';
import {createMemoryLog} from '@murmuration/log-memory';
import type {ConfState} from '@murmuration/raft';
import {MemoryStore} from '@murmuration/store-memory';
import {RaftHost} from '../host.js';
import type {RaftHostOptions} from '../options.js';
import type {GroupDescriptor, GroupMember, ProposeResult, ReadResult} from '../types.js';
import {TestMachine} from './test-machine.js';
import type {TestNetwork} from './test-network.js';
import {TestFabric} from './test-network.js';

export const GROUP = toGroupId(16);

export interface TestNode {
  readonly id: NodeId;
  readonly replica: ReplicaId;
  host: RaftHost;
  log: MemoryLog;
  store: MemoryStore;
  network: TestNetwork;
  readonly events: RecordingEvents;
  readonly fatal: Error[];
  readonly machines: Map<GroupId, TestMachine>;
  isUp: boolean;
}

/** Hosts on memory logs and stores, moved by hand-driven time. Replica k of every group lives on node k. */
export class HostCluster {
  readonly time = new ManualTime();
  readonly fabric = new TestFabric(this.time);
  readonly nodes: TestNode[] = [];
  readonly #options: Partial<RaftHostOptions>;
  readonly #logOptions: MemoryLogOptions;
  readonly #random = new SeededRandom(7);

  constructor(options: Partial<RaftHostOptions> = {}, logOptions: MemoryLogOptions = {}) {
    this.#options = options;
    this.#logOptions = logOptions;
  }
  async addNode(): Promise<TestNode> {
    const number = this.nodes.length + 1;
    const node: TestNode = {
      id: toNodeId(`n${number}`), replica: toReplicaId(number), events: new RecordingEvents(), fatal: [], machines: new Map(), isUp: false,
      log: createMemoryLog(this.#logOptions, {timers: this.time}), store: new MemoryStore({isCrashable: true}),
      network: undefined as unknown as TestNetwork, host: undefined as unknown as RaftHost,
    };
    this.nodes.push(node);
    await this.#boot(node);
    return node;
  }
  async start(nodeCount: number): Promise<void> {
    for (let i = 0; i < nodeCount; i += 1) await this.addNode();
  }
  node(number: number): TestNode {
    return this.nodes[number - 1] as TestNode;
  }
  descriptor(group: GroupId, replica: ReplicaId, replicaCount: number, isJoining = false): GroupDescriptor {
    const ids = this.nodes.slice(0, replicaCount).map((node) => node.replica);
    const initialConfState: ConfState = {voters: isJoining ? [] : ids, learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false};
    return {group, replica, initialConfState, members: this.members(this.nodes.length), ownerData: Uint8Array.of(1, 2, 3)};
  }
  members(count: number): readonly GroupMember[] {
    return this.nodes.slice(0, count).map((node) => ({replica: node.replica, node: node.id}));
  }
  /** Makes the group on the first nodes; the first one campaigns. */
  async createGroup(group: GroupId = GROUP, replicaCount = this.nodes.length): Promise<void> {
    for (let i = 0; i < replicaCount; i += 1) {
      const node = this.nodes[i] as TestNode;
      let isCreated = false;
      node.host.createGroup(this.descriptor(group, node.replica, replicaCount), {campaignFirst: i === 0}, (result) => {
        isCreated = result.ok;
      });
      await this.until(() => isCreated, 200);
    }
  }
  /** Loses what was not durable, of the log and (to a random point) of the store. */
  crash(node: TestNode, storeKeepCount = 0): void {
    node.isUp = false;
    node.network.kill();
    this.fabric.remove(node.id);
    node.log = node.log.crash();
    node.store = node.store.crash(Math.min(storeKeepCount, node.store.unflushedCount));
  }
  async restart(node: TestNode): Promise<void> {
    await this.#boot(node);
  }
  machine(node: TestNode, group: GroupId = GROUP): TestMachine {
    return node.machines.get(group) as TestMachine;
  }
  leader(group: GroupId = GROUP): TestNode | undefined {
    return this.nodes.find((node) => node.isUp && node.host.status(group)?.isLeader === true);
  }
  async elected(group: GroupId = GROUP): Promise<TestNode> {
    await this.until(() => {
      const leader = this.leader(group);
      return leader !== undefined && leader.machines.get(group)?.leaderships.at(-1)?.isLeader === true;
    }, 10_000);
    return this.leader(group) as TestNode;
  }
  propose(node: TestNode, text: string, group: GroupId = GROUP): {result: ProposeResult | undefined} {
    const slot: {result: ProposeResult | undefined} = {result: undefined};
    node.host.propose(group, utf8Encode(text), (result) => {
      slot.result = result;
    });
    return slot;
  }
  read(node: TestNode, group: GroupId = GROUP): {result: ReadResult | undefined} {
    const slot: {result: ReadResult | undefined} = {result: undefined};
    node.host.readIndex(group, (result) => {
      slot.result = result;
    });
    return slot;
  }
  async write(node: TestNode, text: string, group: GroupId = GROUP): Promise<ProposeResult> {
    const slot = this.propose(node, text, group);
    await this.until(() => slot.result !== undefined, 5_000);
    return slot.result as ProposeResult;
  }
  /** Time goes on in small steps, and promises settle between them. */
  async advance(byMs: number): Promise<void> {
    for (let passedMs = 0; passedMs < byMs; passedMs += 5) {
      this.time.advance(5);
      for (let i = 0; i < 12; i += 1) await Promise.resolve();
    }
  }
  async until(condition: () => boolean, withinMs: number): Promise<void> {
    for (let passedMs = 0; !condition(); passedMs += 5) {
      if (passedMs > withinMs) throw new Error(`not within ${withinMs} ms: ${condition.toString()}`);
      await this.advance(5);
    }
  }

  async #boot(node: TestNode): Promise<void> {
    node.machines.clear();
    const network = this.fabric.create(node.id);
    node.network = network;
    node.host = new RaftHost({...this.#options, node: node.id, onFatal: (error) => {
      // A crash takes the store from under the dead host, which is no failure of the living one.
      if (node.network === network && node.isUp) node.fatal.push(error);
    }}, {
      clock: this.time, timers: this.time, random: this.#random.fork(`${node.id}-${this.time.monotonicMs()}`),
      log: node.log, store: node.store, network: node.network, events: node.events, metrics: nullMetrics,
    });
    let isStarted = false;
    const started = node.host.start((descriptor) => {
      const machine = new TestMachine(descriptor.group, node.store);
      node.machines.set(descriptor.group, machine);
      return machine;
    }).then(() => {
      isStarted = true;
    });
    for (let i = 0; i < 2_000 && !isStarted; i += 1) await this.advance(1);
    await started;
    node.isUp = true;
  }
}
