/**
 * What every NetworkPort of this package must do, whatever carries its frames. A `World` starts networks, introduces
 * them, and hurts what is between them; the suite never sees how. Time is real: the waits below end on events, and
 * the few deadlines that must pass are tens of milliseconds.
 */
import type {CallResult, MetricRegistry, NodeId, Random} from '@murmuration/base';
import {nullMetrics, SERVICE_CONTROL, SERVICE_PARTITION, SERVICE_SNAPSHOT, SeededRandom, toNodeId, utf8Decode, utf8Encode} from '@murmuration/base';
import {RecordingEvents} from '@murmuration/base/testing';
import {performance} from 'node:perf_hooks';
import type {FabricPorts, NetworkOptions} from './fabric-context.js';
import type {FabricNetwork} from './fabric-network.js';

export interface World {
  start(options: NetworkOptions, ports: FabricPorts): Promise<FabricNetwork>;
  /** Lets `from` dial `to`, by a way that this world can hurt. */
  introduce(from: FabricNetwork, to: FabricNetwork): void;
  /** Breaks every connection between the two, once. */
  breakConnections(a: FabricNetwork, b: FabricNetwork): void;
  /** The next bytes from one to the other that hold `marker` arrive with one bit changed. */
  corruptNext(from: FabricNetwork, to: FabricNetwork, marker: Uint8Array): void;
  close(): Promise<void>;
}

export const A = toNodeId('a1');
export const B = toNodeId('b1');
const MIB = 1024 * 1024;

export const realTime = {
  clock: {monotonicMs: (): number => performance.now(), wallMs: (): number => performance.timeOrigin + performance.now()},
  timers: {
    after: (delayMs: number, callback: () => void) => {
      const timer = setTimeout(callback, delayMs);
      return {cancel: (): void => clearTimeout(timer)};
    },
    every: (periodMs: number, callback: () => void) => {
      const timer = setInterval(callback, periodMs);
      return {cancel: (): void => clearInterval(timer)};
    },
    nextTurn: (callback: () => void): void => {
      setImmediate(callback);
    },
  },
};

/** Resolves once the condition holds, looking each turn; jest's own limit ends it otherwise. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

export function ask(network: FabricNetwork, to: NodeId, payload: Uint8Array, timeoutMs = 10_000): Promise<CallResult> {
  return new Promise((resolve) => network.call(to, SERVICE_PARTITION, payload, timeoutMs, resolve));
}

/** Counts messages given to streams: the fabric adds to its counter once a message. */
class MessageCounter {
  readonly counts = new Map<string, number>();
  readonly registry: MetricRegistry = {
    ...nullMetrics,
    counterFamily: (options) => ({
      with: (labels) => ({
        add: () => {
          const key = `${options.name}/${labels['purpose'] ?? ''}`;
          this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
        },
      }),
    }),
  };
  sent(purpose: string): number {
    return this.counts.get(`fabric_sent_bytes_total/${purpose}`) ?? 0;
  }
}

export interface Started {
  readonly network: FabricNetwork;
  readonly events: RecordingEvents;
  readonly messages: MessageCounter;
}

export function describeNetwork(name: string, createWorld: () => World): void {
  describe(name, () => {
    let world: World;
    let started: Started[];
    beforeEach(() => {
      world = createWorld();
      started = [];
    });
    afterEach(async () => {
      await Promise.all(started.map(({network}) => network.close()));
      await world.close();
    });

    async function start(self: NodeId, options: Partial<NetworkOptions> = {}): Promise<Started> {
      const events = new RecordingEvents();
      const messages = new MessageCounter();
      const random: Random = new SeededRandom(7);
      const network = await world.start(
        {self, clusterId: 'murmuration-test', incarnation: 1, settingsFingerprint: 'f00d', ...options},
        {...realTime, random, events, metrics: messages.registry},
      );
      const one = {network, events, messages};
      started.push(one);
      return one;
    }

    /** Two networks that reach each other; B echoes with a mark in front. */
    async function startPair(optionsA: Partial<NetworkOptions> = {}, optionsB: Partial<NetworkOptions> = {}): Promise<{a: Started; b: Started}> {
      const a = await start(A, optionsA);
      const b = await start(B, optionsB);
      world.introduce(a.network, b.network);
      world.introduce(b.network, a.network);
      await eventually(() => a.network.isConnected(B) && b.network.isConnected(A));
      return {a, b};
    }

    function echo(network: FabricNetwork): void {
      network.onCall(SERVICE_PARTITION, (_from, payload, _deadlineMs, reply) => reply(payload));
    }

    test('a call is answered, and the handler learns who asks and until when', async () => {
      const {a, b} = await startPair();
      const asked: {from: NodeId; leftMs: number}[] = [];
      b.network.onCall(SERVICE_PARTITION, (from, payload, deadlineMs, reply) => {
        asked.push({from, leftMs: deadlineMs - realTime.clock.monotonicMs()});
        reply(utf8Encode(`${utf8Decode(payload)} to you`));
      });
      const result = await ask(a.network, B, utf8Encode('hello'), 5_000);
      expect(result.ok && utf8Decode(result.payload)).toBe('hello to you');
      expect(asked).toHaveLength(1);
      expect(asked[0]?.from).toBe(A);
      expect(asked[0]?.leftMs).toBeGreaterThan(0);
      expect(asked[0]?.leftMs).toBeLessThanOrEqual(5_001);
    });

    test('calls pass in both directions at once', async () => {
      const {a, b} = await startPair();
      echo(a.network);
      echo(b.network);
      const [there, back] = await Promise.all([ask(a.network, B, utf8Encode('x')), ask(b.network, A, utf8Encode('y'))]);
      expect(there.ok && utf8Decode(there.payload)).toBe('x');
      expect(back.ok && utf8Decode(back.payload)).toBe('y');
    });

    test('the result of a call never comes before the call returned', async () => {
      const {a, b} = await startPair();
      echo(b.network);
      echo(a.network);
      for (const to of [A, B, toNodeId('nobody')]) {
        let hasReturned = false;
        const wasLate = new Promise<boolean>((resolve) => a.network.call(to, SERVICE_PARTITION, new Uint8Array(1), 5_000, () => resolve(hasReturned)));
        hasReturned = true;
        await expect(wasLate).resolves.toBe(true);
      }
    });

    test('posts arrive in order, once each', async () => {
      const {a, b} = await startPair();
      const received: number[] = [];
      b.network.onPost((from, payload) => {
        expect(from).toBe(A);
        received.push((payload[0] as number) * 256 + (payload[1] as number));
      });
      const sent: number[] = [];
      for (let i = 0; i < 2_000; i += 1) {
        if (i % 97 === 0) await new Promise((resolve) => setImmediate(resolve));
        expect(a.network.post(B, Uint8Array.of(i >> 8, i & 255))).toBe(true);
        sent.push(i);
      }
      await eventually(() => received.length >= sent.length);
      expect(received).toEqual(sent);
    });

    test('everything given in one turn travels in one message, answers too', async () => {
      const {a, b} = await startPair();
      echo(b.network);
      let postCount = 0;
      b.network.onPost(() => (postCount += 1));
      const before = {requests: a.messages.sent('requests'), raft: a.messages.sent('raft'), answers: b.messages.sent('requests')};
      const results: Promise<CallResult>[] = [];
      for (let i = 0; i < 100; i += 1) {
        results.push(ask(a.network, B, new Uint8Array(100)));
        a.network.post(B, new Uint8Array(100));
      }
      await Promise.all(results);
      await eventually(() => postCount === 100);
      expect(a.messages.sent('requests') - before.requests).toBe(1);
      expect(a.messages.sent('raft') - before.raft).toBe(1);
      expect(b.messages.sent('requests') - before.answers).toBe(1);
    });

    test('a call without an answer by its deadline is Unknown, and the late answer is dropped', async () => {
      const {a, b} = await startPair();
      let answerLate: (() => void) | undefined;
      b.network.onCall(SERVICE_PARTITION, (_from, payload, _deadlineMs, reply) => (answerLate = () => reply(payload)));
      b.network.onCall(SERVICE_CONTROL, (_from, payload, _deadlineMs, reply) => reply(payload));
      const result = await ask(a.network, B, new Uint8Array(1), 30);
      expect(result).toMatchObject({ok: false, failure: {code: 'Unknown'}});
      answerLate?.();
      const next = await new Promise<CallResult>((resolve) => a.network.call(B, SERVICE_CONTROL, new Uint8Array(2), 5_000, resolve));
      expect(next.ok && next.payload.length).toBe(2);
    });

    test('without a connection a call is NotSent and a post is refused', async () => {
      const a = await start(A);
      expect(a.network.isConnected(B)).toBe(false);
      expect(await ask(a.network, B, new Uint8Array(1))).toMatchObject({ok: false, failure: {code: 'NotSent'}});
      expect(a.network.post(B, new Uint8Array(1))).toBe(false);
    });

    test('a connection that breaks makes its open calls Unknown, once each, and comes back', async () => {
      const {a, b} = await startPair();
      const held: (() => void)[] = [];
      b.network.onCall(SERVICE_PARTITION, (_from, payload, _deadlineMs, reply) => held.push(() => reply(payload)));
      const changes: boolean[] = [];
      a.network.onConnection((peer, isConnected) => {
        expect(peer).toBe(B);
        changes.push(isConnected);
      });
      const results: CallResult[] = [];
      for (let i = 0; i < 20; i += 1) a.network.call(B, SERVICE_PARTITION, new Uint8Array(10), 10_000, (result) => results.push(result));
      await eventually(() => held.length === 20);
      world.breakConnections(a.network, b.network);
      await eventually(() => results.length === 20);
      for (const answer of held) answer();
      await eventually(() => changes.includes(false) && changes[changes.length - 1] === true);
      // The news of the first connection may still have been on its way when the handler was set.
      expect(changes.slice(changes.indexOf(false))).toEqual([false, true]);
      expect(results).toHaveLength(20);
      for (const result of results) expect(result).toMatchObject({ok: false, failure: {code: 'Unknown'}});
      expect(a.events.named('fabric/disconnected')).toHaveLength(1);
      expect(a.events.named('fabric/connected')).toHaveLength(2);
      expect(b.network.inflightCallCount).toBe(0);
    });

    test('a handler that refuses, and a service that nobody serves, give Refused', async () => {
      const {a, b} = await startPair();
      b.network.onCall(SERVICE_PARTITION, (_from, _payload, _deadlineMs, _reply, refuse) => refuse('too busy'));
      expect(await ask(a.network, B, new Uint8Array(1))).toEqual({ok: false, failure: {code: 'Refused', reason: 'too busy'}});
      const unserved = await new Promise<CallResult>((resolve) => a.network.call(B, SERVICE_SNAPSHOT, new Uint8Array(1), 5_000, resolve));
      expect(unserved).toMatchObject({ok: false, failure: {code: 'Refused'}});
    });

    test('more calls than may be open at a node are refused', async () => {
      const {a, b} = await startPair({}, {limits: {inflightCallsMax: 10}});
      const held: (() => void)[] = [];
      b.network.onCall(SERVICE_PARTITION, (_from, payload, _deadlineMs, reply) => held.push(() => reply(payload)));
      const results = Array.from({length: 15}, () => ask(a.network, B, new Uint8Array(1)));
      await eventually(() => held.length === 10);
      const refused = await Promise.all(results.slice(10));
      for (const result of refused) expect(result).toMatchObject({ok: false, failure: {code: 'Refused'}});
      for (const answer of held) answer();
      for (const result of await Promise.all(results.slice(0, 10))) expect(result.ok).toBe(true);
    });

    test('a full queue refuses at once, and takes again what it has sent', async () => {
      const {a, b} = await startPair({limits: {queueBytesMax: 100_000}});
      echo(b.network);
      let postCount = 0;
      b.network.onPost(() => (postCount += 1));
      const taken: boolean[] = [];
      const results: Promise<CallResult>[] = [];
      for (let i = 0; i < 20; i += 1) {
        taken.push(a.network.post(B, new Uint8Array(9_000)));
        results.push(ask(a.network, B, new Uint8Array(9_000)));
      }
      expect(taken.filter(Boolean)).toHaveLength(11);
      const settled = await Promise.all(results);
      expect(settled.filter((result) => result.ok)).toHaveLength(11);
      for (const result of settled) if (!result.ok) expect(result.failure).toEqual({code: 'NotSent', reason: 'queue is full'});
      await eventually(() => postCount === 11);
      await eventually(() => a.network.post(B, new Uint8Array(9_000)));
      expect((await ask(a.network, B, new Uint8Array(9_000))).ok).toBe(true);
    });

    test('a payload of 1 MiB passes both ways; one above the message bound is NotSent', async () => {
      const {a, b} = await startPair({limits: {messageBytesMax: 2 * MIB}}, {limits: {messageBytesMax: 2 * MIB}});
      echo(b.network);
      const big = new Uint8Array(MIB);
      for (let i = 0; i < big.length; i += 1) big[i] = (i * 31) & 255;
      const results = await Promise.all(Array.from({length: 8}, () => ask(a.network, B, big)));
      for (const result of results) expect(result.ok && Buffer.compare(result.payload, big)).toBe(0);
      expect(await ask(a.network, B, new Uint8Array(2 * MIB))).toEqual({ok: false, failure: {code: 'NotSent', reason: 'message too large'}});
      expect(a.network.post(B, new Uint8Array(2 * MIB))).toBe(false);
    });

    test('an answer above the message bound leaves the caller with Unknown, not with a lie', async () => {
      const {a, b} = await startPair({}, {limits: {messageBytesMax: 10_000, messageBytesTarget: 10_000}});
      b.network.onCall(SERVICE_PARTITION, (_from, _payload, _deadlineMs, reply) => reply(new Uint8Array(10_000)));
      expect(await ask(a.network, B, new Uint8Array(1))).toEqual({ok: false, failure: {code: 'Unknown', reason: 'answer too large'}});
    });

    test('10,000 calls at once each get their own answer, in whatever order they are answered', async () => {
      const {a, b} = await startPair();
      const held: (() => void)[] = [];
      const random = new SeededRandom(11);
      b.network.onCall(SERVICE_PARTITION, (_from, payload, _deadlineMs, reply) => {
        const answer = utf8Encode(`re ${utf8Decode(payload)}`);
        if (random.below(2) === 0) reply(answer);
        else held.splice(random.below(held.length + 1), 0, () => reply(answer));
        if (held.length > 50) held.pop()?.();
      });
      const results = Array.from({length: 10_000}, (_unused, i) => ask(a.network, B, utf8Encode(`call ${i}`)));
      let answeredCount = 0;
      for (const result of results) void result.then(() => (answeredCount += 1));
      await eventually(() => answeredCount + held.length >= 10_000);
      for (const answer of held) answer();
      const texts = (await Promise.all(results)).map((result) => (result.ok ? utf8Decode(result.payload) : result.failure.code));
      expect(texts).toEqual(Array.from({length: 10_000}, (_unused, i) => `re call ${i}`));
    });

    test('a caller that floods faster than its answers are read loses no call', async () => {
      const {a, b} = await startPair({}, {limits: {answerBytesMax: 300_000}});
      b.network.onCall(SERVICE_PARTITION, (_from, _payload, _deadlineMs, reply) => reply(new Uint8Array(100_000)));
      const results: CallResult[] = [];
      for (let round = 0; round < 40; round += 1) {
        a.network.call(B, SERVICE_PARTITION, new Uint8Array(1_000), 10_000, (result) => results.push(result));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await eventually(() => results.length === 40);
      for (const result of results) expect(result.ok).toBe(true);
    });

    test('a node calls and posts to itself without leaving the process', async () => {
      const a = await start(A);
      echo(a.network);
      const posts: Uint8Array[] = [];
      a.network.onPost((from, payload) => {
        expect(from).toBe(A);
        posts.push(payload);
      });
      expect(a.network.isConnected(A)).toBe(true);
      expect(a.network.post(A, Uint8Array.of(7))).toBe(true);
      expect(posts).toHaveLength(0);
      const result = await ask(a.network, A, Uint8Array.of(1, 2));
      expect(result.ok && [...result.payload]).toEqual([1, 2]);
      expect(posts.map((post) => [...post])).toEqual([[7]]);
    });

    test('a peer that restarts is found again', async () => {
      const {a, b} = await startPair();
      await b.network.close();
      await eventually(() => !a.network.isConnected(B));
      expect(await ask(a.network, B, new Uint8Array(1))).toMatchObject({ok: false, failure: {code: 'NotSent'}});
      const again = await start(B, {incarnation: 2});
      echo(again.network);
      world.introduce(a.network, again.network);
      await eventually(() => a.network.isConnected(B));
      expect((await ask(a.network, B, new Uint8Array(1))).ok).toBe(true);
      const connected = a.events.named('fabric/connected');
      expect(connected[connected.length - 1]).toMatchObject({node: B, incarnation: 2});
    });

    test('closing settles what is open and ends both ways', async () => {
      const {a, b} = await startPair();
      b.network.onCall(SERVICE_PARTITION, () => undefined);
      const open = ask(a.network, B, new Uint8Array(1));
      await eventually(() => b.network.inflightCallCount === 1);
      await a.network.close();
      expect(await open).toMatchObject({ok: false, failure: {code: 'Unknown'}});
      expect(await ask(a.network, B, new Uint8Array(1))).toMatchObject({ok: false, failure: {code: 'NotSent'}});
      expect(a.network.isConnected(B)).toBe(false);
      await eventually(() => !b.network.isConnected(A));
    });

    test('what was posted right before closing still arrives', async () => {
      const {a, b} = await startPair();
      let postCount = 0;
      b.network.onPost(() => (postCount += 1));
      for (let i = 0; i < 10; i += 1) a.network.post(B, new Uint8Array(1_000));
      await a.network.close();
      await eventually(() => postCount === 10);
    });

    test('a removed peer is not reached any more', async () => {
      const {a} = await startPair();
      a.network.removePeer(B);
      expect(a.network.isConnected(B)).toBe(false);
      expect(await ask(a.network, B, new Uint8Array(1))).toMatchObject({ok: false, failure: {code: 'NotSent'}});
    });

    test.each([
      ['another cluster', {clusterId: 'other'}, 'cluster-id'],
      ['other cluster settings', {settingsFingerprint: 'beef'}, 'settings'],
    ] as const)('a peer with %s is refused by both, with an event', async (_title, options, reason) => {
      const a = await start(A);
      const b = await start(B, options);
      world.introduce(b.network, a.network);
      world.introduce(a.network, b.network);
      await eventually(() => a.events.named('fabric/peer-refused').length > 0 && b.events.named('fabric/peer-refused').length > 0);
      expect(a.events.named('fabric/peer-refused')[0]).toMatchObject({reason});
      expect(a.network.isConnected(B)).toBe(false);
      expect(b.network.isConnected(A)).toBe(false);
    });

    test('a peer with our own name is refused', async () => {
      const a = await start(A);
      const other = await start(A, {incarnation: 2});
      a.network.setPeer({node: B, address: other.network.address});
      await eventually(() => a.events.named('fabric/peer-refused').length > 0);
      expect(a.events.named('fabric/peer-refused')[0]).toMatchObject({direction: 'outgoing', node: B, reason: 'self'});
      expect(a.network.isConnected(B)).toBe(false);
    });

    test('an address at which another node answers is refused', async () => {
      const a = await start(A);
      const b = await start(B);
      a.network.setPeer({node: toNodeId('c1'), address: b.network.address});
      await eventually(() => a.events.named('fabric/peer-refused').length > 0);
      expect(a.events.named('fabric/peer-refused')[0]).toMatchObject({node: 'c1', reason: 'wrong-node'});
      expect(a.network.isConnected(toNodeId('c1'))).toBe(false);
    });

    test('a peer that the owner does not admit is refused', async () => {
      const a = await start(A, {isPeerAdmitted: (node) => node !== B});
      const b = await start(B);
      world.introduce(b.network, a.network);
      await eventually(() => b.events.named('fabric/peer-refused').length > 0);
      expect(b.events.named('fabric/peer-refused')[0]).toMatchObject({direction: 'outgoing', node: A, reason: 'unknown-peer'});
      expect(a.events.named('fabric/peer-refused')[0]).toMatchObject({direction: 'incoming', node: B, reason: 'unknown-peer'});
      expect(b.network.isConnected(A)).toBe(false);
    });

    test('a changed bit closes the stream with an event; its calls are Unknown, the next ones work', async () => {
      const {a, b} = await startPair();
      echo(b.network);
      const marker = utf8Encode('MARKER-MARKER-MARKER-MARKER-MARKER');
      world.corruptNext(a.network, b.network, marker);
      expect(await ask(a.network, B, marker)).toMatchObject({ok: false, failure: {code: 'Unknown'}});
      expect(b.events.named('fabric/frame-corrupt')[0]).toMatchObject({direction: 'incoming', node: A, purpose: 'requests'});
      await eventually(() => a.network.isConnected(B));
      const again = await ask(a.network, B, marker);
      expect(again.ok && utf8Decode(again.payload)).toBe('MARKER-MARKER-MARKER-MARKER-MARKER');
    });
  });
}
