// Goal: replicas on a lost or an older disk never take part again, whatever majority of the control processes is there,
// and a process with the right disk always gets through once a majority is.
// Method: gates and keepers on a network and files in memory, time moved by hand; disks are wiped and put back between lives.
import {describe, expect, test} from '@jest/globals';
import {SeededRandom, nullMetrics, toNodeId} from '@murmuration/base';
import type {CallHandler, CallResult, NetworkPort, NodeId} from '@murmuration/base';
import {ManualTime, RecordingEvents} from '@murmuration/base/testing';
import {encodeIdentity, letIn, nextIdentity} from '../identity-file.js';
import {GateKeeper} from './gate-keeper.js';
import {createStartGateMetrics} from './metrics.js';
import {StartGate} from './start-gate.js';
import type {GateVerdict} from './start-gate.js';

/** What one machine's disk holds. */
interface Disk {
  diskId: string;
  /** Content of the identity file. */
  identity: Uint8Array | undefined;
  memory: Uint8Array | undefined;
}

class World {
  readonly time = new ManualTime();
  readonly events = new RecordingEvents();
  readonly random = new SeededRandom(3);
  readonly controls = ['a', 'b', 'c'].map(toNodeId);
  readonly disks = new Map<NodeId, Disk>();
  readonly #handlers = new Map<NodeId, CallHandler>();
  readonly down = new Set<NodeId>();
  #diskCount = 0;
  #lifeCount = 0;

  wipe(node: NodeId): void {
    this.#diskCount += 1;
    this.disks.set(node, {diskId: `disk-${this.#diskCount}`, identity: undefined, memory: undefined});
  }
  copy(node: NodeId): Disk {
    return {...(this.disks.get(node) as Disk)};
  }
  stop(node: NodeId): void {
    this.#handlers.delete(node);
  }
  /** One life, from a start until `stop`. @returns what the gate said so far */
  start(node: NodeId, replacing?: number): {verdict: GateVerdict | undefined; gate: StartGate} {
    if (!this.disks.has(node)) this.wipe(node);
    const disk = this.disks.get(node) as Disk;
    this.#lifeCount += 1;
    const identity = nextIdentity(
      disk.identity, {clusterId: 'c', node, directory: '/d'}, {diskId: () => disk.diskId, life: () => this.#lifeCount}, replacing === undefined ? undefined : {incarnation: replacing},
    );
    disk.identity = encodeIdentity(identity);
    const network = this.#network(node);
    const ports = {network, timers: this.time, random: this.random, events: this.events, metrics: createStartGateMetrics(nullMetrics)};
    if (this.controls.includes(node)) {
      const memory = {
        load: async () => disk.memory,
        save: async (bytes: Uint8Array) => {
          disk.memory = bytes;
        },
      };
      void new GateKeeper(this.controls, {...ports, memory}).open();
    }
    const gate = new StartGate(this.controls.map((peer) => ({node: peer, address: ''})), ports);
    const slot: {verdict: GateVerdict | undefined; gate: StartGate} = {verdict: undefined, gate};
    void gate.pass({diskId: identity.diskId, ...identity.claim}, replacing !== undefined).then((verdict) => {
      slot.verdict = verdict;
      if (verdict.kind === 'accepted') disk.identity = encodeIdentity(letIn(identity));
    });
    return slot;
  }
  async advance(byMs: number): Promise<void> {
    for (let passedMs = 0; passedMs < byMs; passedMs += 10) {
      this.time.advance(10);
      for (let i = 0; i < 10; i += 1) await Promise.resolve();
    }
  }
  /** Starts and waits until the gate has spoken. */
  async started(node: NodeId, replacing?: number): Promise<GateVerdict['kind'] | 'waiting'> {
    const slot = this.start(node, replacing);
    await this.advance(1_000);
    return slot.verdict?.kind ?? 'waiting';
  }
  async born(): Promise<void> {
    const slots = this.controls.map((node) => this.start(node));
    await this.advance(1_000);
    expect(slots.map((slot) => slot.verdict?.kind)).toEqual(['accepted', 'accepted', 'accepted']);
  }

  #network(self: NodeId): NetworkPort {
    const network: Partial<NetworkPort> = {
      self,
      setPeer: () => undefined,
      onCall: (_service, handler) => this.#handlers.set(self, handler),
      call: (to, _service, payload, _timeoutMs, done) => {
        const fail = (): void => done({ok: false, failure: {code: 'NotSent', reason: 'not connected'}});
        this.time.nextTurn(() => {
          const handler = this.#handlers.get(to);
          if (handler === undefined || this.down.has(to) || this.down.has(self)) return fail();
          const answer = (result: CallResult): void => this.time.nextTurn(() => done(result));
          handler(self, payload, Number.POSITIVE_INFINITY, (bytes) => answer({ok: true, payload: bytes}), (reason) => answer({ok: false, failure: {code: 'Refused', reason}}));
        });
      },
    };
    return network as NetworkPort;
  }
}

const [A, B, C] = ['a', 'b', 'c'].map(toNodeId) as [NodeId, NodeId, NodeId];
const X = toNodeId('x');

describe('start gate', () => {
  test('a new cluster is born when all control processes are there, and not before', async () => {
    const world = new World();
    const [a, b] = [world.start(A), world.start(B)];
    await world.advance(6_000);
    expect([a.verdict, b.verdict]).toEqual([undefined, undefined]);
    expect(world.events.named('start-gate/waiting')).toContainEqual(expect.objectContaining({acceptedCount: 0, neededCount: 2, waitingFor: ['a', 'b', 'c']}));
    const c = world.start(C);
    await world.advance(500);
    expect([a.verdict, b.verdict, c.verdict]).toEqual([{kind: 'accepted'}, {kind: 'accepted'}, {kind: 'accepted'}]);
  });
  test('restarts pass with a majority of the control processes, and wait without one', async () => {
    const world = new World();
    await world.born();
    expect(await world.started(X)).toBe('accepted');
    world.down.add(C);
    expect(await world.started(X)).toBe('accepted');
    world.down.add(B);
    const waiting = world.start(X);
    await world.advance(20_000);
    expect(waiting.verdict).toBeUndefined();
    world.down.delete(B);
    await world.advance(1_000);
    expect(waiting.verdict).toEqual({kind: 'accepted'});
  });
  test('all control processes may be killed and started at once', async () => {
    const world = new World();
    await world.born();
    for (const node of world.controls) world.stop(node);
    const slots = world.controls.map((node) => world.start(node));
    await world.advance(500);
    expect(slots.map((slot) => slot.verdict?.kind)).toEqual(['accepted', 'accepted', 'accepted']);
  });
  test.each([[[A, B]], [[A, C]], [[B, C]], [[A, B, C]]])('a lost disk is refused by %j, and comes back under a new name only', async (present) => {
    const world = new World();
    await world.born();
    expect(await world.started(X)).toBe('accepted');
    await world.advance(5_000);
    for (const node of world.controls) if (!present.includes(node)) world.down.add(node);
    world.wipe(X);
    expect(await world.started(X)).toBe('refused');
    expect(world.events.named('start-gate/disk-refused')).toHaveLength(1);
    // The disk is given up: a start that says so passes, and from then on the new one is the right one.
    world.wipe(X);
    expect(await world.started(X, 1)).toBe('accepted');
    expect(await world.started(X)).toBe('accepted');
  });
  test('an older copy of the disk is refused, though another start would have the same number', async () => {
    const world = new World();
    await world.born();
    await world.started(X);
    const old = world.copy(X);
    expect(await world.started(X)).toBe('accepted');
    world.disks.set(X, old);
    expect(await world.started(X)).toBe('refused');
  });
  test('an older copy of the disk is refused however often it was started while nobody could answer', async () => {
    const world = new World();
    await world.born();
    await world.started(X);
    const old = world.copy(X);
    expect(await world.started(X)).toBe('accepted');
    world.disks.set(X, old);
    for (const node of world.controls) world.down.add(node);
    for (let i = 0; i < 5; i += 1) {
      const {gate} = world.start(X);
      await world.advance(200);
      gate.stop();
    }
    world.down.clear();
    expect(await world.started(X)).toBe('refused');
  });
  test('the right disk passes after starts that nobody, or only few, heard of, and after one that ended before it could note that it was let in', async () => {
    const world = new World();
    await world.born();
    await world.started(X);
    for (const away of [[A, B, C], [B, C], [A, C]]) {
      for (const node of away) world.down.add(node);
      const {gate} = world.start(X);
      await world.advance(200);
      gate.stop();
      world.down.clear();
    }
    const before = world.copy(X);
    expect(await world.started(X)).toBe('accepted');
    world.disks.set(X, before);
    expect(await world.started(X)).toBe('accepted');
    expect(await world.started(X)).toBe('accepted');
  });
  test('the claim of a majority is known to every other majority, even if the one that shares it lost its disk meanwhile', async () => {
    const world = new World();
    await world.born();
    world.down.add(C);
    expect(await world.started(X)).toBe('accepted');
    const old = world.copy(X);
    expect(await world.started(X)).toBe('accepted');
    // Of A and B, who know, B loses its disk; C, who does not know, is back, A is gone.
    world.stop(B);
    world.wipe(B);
    world.down.add(A);
    world.down.delete(C);
    const b = world.start(B);
    world.disks.set(X, old);
    const x = world.start(X);
    await world.advance(10_000);
    // B cannot recall what A knows, so it answers nobody.
    expect([b.verdict?.kind === 'accepted', x.verdict?.kind === 'accepted']).toEqual([false, false]);
    world.down.delete(A);
    await world.advance(2_000);
    expect([b.verdict?.kind, x.verdict?.kind]).toEqual(['refused', 'refused']);
  });
  test('a control process whose disk is lost is refused, and serves the gate again once it recalled the others', async () => {
    const world = new World();
    await world.born();
    world.stop(C);
    world.wipe(C);
    expect(await world.started(C)).toBe('refused');
    world.stop(C);
    world.wipe(C);
    expect(await world.started(C, 1)).toBe('accepted');
    world.down.add(A);
    expect(await world.started(X)).toBe('accepted');
  });
  test('a lone control process is its own majority', async () => {
    const world = new World();
    world.controls.splice(1);
    expect(await world.started(A)).toBe('accepted');
    world.stop(A);
    expect(await world.started(A)).toBe('accepted');
  });
});
