/** The in-process transport keeps the contract, and what only it can show on a clock of its own: faults and waits. */
import type {CallResult} from '@murmuration/base';
import {nullMetrics, SERVICE_PARTITION, SeededRandom} from '@murmuration/base';
import {ManualTime, RecordingEvents} from '@murmuration/base/testing';
import type {FabricLimits} from './config.js';
import type {FabricNetwork} from './fabric-network.js';
import {createLocalNetwork} from './local-fabric.js';
import type {World} from './network.contract.js';
import {A, B, describeNetwork} from './network.contract.js';

function localWorld(): World {
  const fabric = createLocalNetwork();
  return {
    start: (options, ports) => Promise.resolve(fabric.createNetwork(options, ports)),
    introduce: (from, to) => from.setPeer({node: to.self, address: to.address}),
    breakConnections: (a, b) => fabric.breakConnections(a.self, b.self),
    corruptNext: (from, to, marker) => {
      let isDone = false;
      fabric.setFilter(from.self, to.self, (message) => {
        const at = Buffer.from(message).indexOf(marker);
        if (isDone || at < 0) return message;
        isDone = true;
        const changed = Uint8Array.from(message);
        changed[at] = (changed[at] as number) ^ 1;
        return changed;
      });
    },
    close: () => Promise.resolve(),
  };
}

describeNetwork('NetworkPort inside one process', localWorld);

describe('faults and waits, by hand-moved time', () => {
  function setup(limits: Partial<FabricLimits> = {}) {
    const time = new ManualTime();
    const fabric = createLocalNetwork();
    const events = new RecordingEvents();
    const ports = {clock: time, timers: time, random: new SeededRandom(3), events, metrics: nullMetrics};
    const create = (self: typeof A, more = {}): FabricNetwork =>
      fabric.createNetwork({self, clusterId: 'c', incarnation: 1, settingsFingerprint: 's', limits, ...more}, ports);
    return {time, fabric, events, create};
  }

  function setupPair(limits: Partial<FabricLimits> = {}) {
    const one = setup(limits);
    const a = one.create(A);
    const b = one.create(B);
    a.setPeer({node: B, address: B});
    one.time.advance(1);
    expect(a.isConnected(B)).toBe(true);
    return {...one, a, b};
  }

  test('a link that was cut stays away until it is healed, then comes back within the greatest wait', () => {
    const {time, fabric, a} = setupPair();
    fabric.cut(A, B);
    expect(a.isConnected(B)).toBe(false);
    time.advance(60_000);
    expect(a.isConnected(B)).toBe(false);
    fabric.heal(A, B);
    time.advance(1_001);
    expect(a.isConnected(B)).toBe(true);
  });

  test('the wait between attempts grows from 50 ms to 1 s and is never outside', () => {
    const {time, fabric, events} = setupPair();
    fabric.cut(A, B);
    time.advance(30_000);
    const waits = events.named('fabric/dial-failed').map((record) => record['retryInMs'] as number);
    expect(waits.length).toBeGreaterThan(10);
    expect(waits[0]).toBe(50);
    for (const waitMs of waits) {
      expect(waitMs).toBeGreaterThanOrEqual(50);
      expect(waitMs).toBeLessThanOrEqual(1_001);
    }
    expect(Math.max(...waits.slice(-5))).toBeGreaterThan(500);
    expect(new Set(waits.slice(-5)).size).toBeGreaterThan(1);
  });

  test('a broken connection is dialled again after 50 ms', () => {
    const {time, fabric, a} = setupPair();
    fabric.breakConnections(A, B);
    time.advance(49);
    expect(a.isConnected(B)).toBe(false);
    time.advance(2);
    expect(a.isConnected(B)).toBe(true);
  });

  test('a refused peer is asked again slowly', () => {
    const {time, events, create} = setup();
    const a = create(A);
    create(B, {clusterId: 'other'});
    a.setPeer({node: B, address: B});
    time.advance(20_000);
    const outgoing = events.named('fabric/peer-refused').filter((record) => record['direction'] === 'outgoing');
    expect(outgoing.length).toBeGreaterThanOrEqual(4);
    expect(outgoing.length).toBeLessThanOrEqual(9);
  });

  test('a peer that falls silent without closing is given up after the unanswered pings', () => {
    const {time, fabric, events, a} = setupPair();
    fabric.setFilter(B, A, () => undefined);
    time.advance(3_500);
    expect(a.isConnected(B)).toBe(true);
    time.advance(1_000);
    expect(a.isConnected(B)).toBe(false);
    expect(events.named('fabric/disconnected')[0]).toMatchObject({node: B, reason: 'pings unanswered'});
  });

  test('an idle connection lives for ever', () => {
    const {time, events, a} = setupPair();
    time.advance(600_000);
    expect(a.isConnected(B)).toBe(true);
    expect(events.named('fabric/connected')).toHaveLength(1);
    expect(events.named('fabric/disconnected')).toHaveLength(0);
  });

  test('a handshake that is never answered is given up and tried again', () => {
    const {time, fabric, events, create} = setup();
    const a = create(A);
    create(B);
    fabric.setFilter(B, A, () => undefined);
    a.setPeer({node: B, address: B});
    time.advance(2_001);
    expect(events.named('fabric/dial-failed')[0]).toMatchObject({reason: 'handshake timed out'});
    fabric.heal(A, B);
    time.advance(200);
    expect(a.isConnected(B)).toBe(true);
  });

  test('a delayed answer is in time until the deadline and Unknown after it', () => {
    const {time, fabric, a, b} = setupPair();
    b.onCall(SERVICE_PARTITION, (_from, payload, _deadlineMs, reply) => reply(payload));
    fabric.setDelay(B, A, 100);
    const results: CallResult[] = [];
    a.call(B, SERVICE_PARTITION, new Uint8Array(1), 101, (result) => results.push(result));
    a.call(B, SERVICE_PARTITION, new Uint8Array(1), 99, (result) => results.push(result));
    time.advance(98);
    expect(results).toHaveLength(0);
    time.advance(10);
    expect(results.map((result) => (result.ok ? 'ok' : result.failure.code))).toEqual(['Unknown', 'ok']);
  });

  test('a call whose connection breaks before it left is NotSent', () => {
    const {time, fabric, a} = setupPair();
    const results: CallResult[] = [];
    a.call(B, SERVICE_PARTITION, new Uint8Array(1), 5_000, (result) => results.push(result));
    fabric.breakConnections(A, B);
    expect(results).toHaveLength(0);
    time.advance(0);
    expect(results).toMatchObject([{ok: false, failure: {code: 'NotSent'}}]);
  });

  test('a sender that the receiver does not let write keeps its calls back, and they expire as NotSent', () => {
    const {time, fabric, a, b} = setupPair({messageBytesTarget: 1_000_000});
    b.onCall(SERVICE_PARTITION, (_from, payload, _deadlineMs, reply) => reply(payload));
    fabric.setDelay(A, B, 1_000);
    const results: CallResult[] = [];
    for (let i = 0; i < 8; i += 1) a.call(B, SERVICE_PARTITION, new Uint8Array(900_000), 500, (result) => results.push(result));
    time.advance(600);
    const codes = results.map((result) => (result.ok ? 'ok' : result.failure.code));
    expect(codes.filter((code) => code === 'Unknown')).toHaveLength(5);
    expect(codes.filter((code) => code === 'NotSent')).toHaveLength(3);
  });

  test('of two processes with one name the later incarnation stays, the earlier is refused', () => {
    const {time, events, create} = setup();
    const a = create(A);
    const early = create(B, {incarnation: 1});
    early.setPeer({node: A, address: A});
    time.advance(1);
    expect(early.isConnected(A)).toBe(true);
    const late = create(B, {incarnation: 2});
    late.setPeer({node: A, address: A});
    time.advance(10);
    expect(late.isConnected(A)).toBe(true);
    expect(early.isConnected(A)).toBe(false);
    time.advance(30_000);
    expect(late.isConnected(A)).toBe(true);
    expect(early.isConnected(A)).toBe(false);
    expect(events.named('fabric/peer-refused').every((record) => record['reason'] === 'stale-incarnation')).toBe(true);
    expect(a.isConnected(A)).toBe(true);
  });

  test('a node that crashes sends nothing more, and its successor is found at once', () => {
    const {time, fabric, create, a, b} = setupPair();
    b.setPeer({node: A, address: A});
    time.advance(1);
    let postCount = 0;
    a.onPost(() => (postCount += 1));
    expect(b.post(A, new Uint8Array(1))).toBe(true);
    void fabric.crash(B);
    expect(a.isConnected(B)).toBe(false);
    create(B, {incarnation: 2});
    time.advance(51);
    expect(postCount).toBe(0);
    expect(a.isConnected(B)).toBe(true);
    expect(b.isConnected(A)).toBe(false);
  });

  test('posts overtake nothing when the delay of a link changes', () => {
    const {time, fabric, a, b} = setupPair();
    const received: number[] = [];
    b.onPost((_from, payload) => received.push(payload[0] as number));
    fabric.setDelay(A, B, 100);
    a.post(B, Uint8Array.of(1));
    time.advance(1);
    fabric.setDelay(A, B, 0);
    a.post(B, Uint8Array.of(2));
    time.advance(50);
    expect(received).toEqual([]);
    time.advance(60);
    expect(received).toEqual([1, 2]);
  });

  test('after closing no timer is left', async () => {
    const {time, a, b} = setupPair();
    a.call(B, SERVICE_PARTITION, new Uint8Array(1), 5_000, () => undefined);
    time.advance(10);
    const closed = Promise.all([a.close(), b.close()]);
    // Each step of closing waits for a turn, and turns pass only by hand here.
    for (let i = 0; i < 10; i += 1) {
      await Promise.resolve();
      time.advance(0);
    }
    await closed;
    expect(time.pendingCount).toBe(0);
  });
});
