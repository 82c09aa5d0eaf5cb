// Goal: the kernel is deterministic, keeps time and promises in order, and lets no real time in.
import {describe, expect, test} from '@jest/globals';
import {SERVICE_PARTITION, toNodeId} from '@murmuration/base';
import type {CallResult, NetworkPort} from '@murmuration/base';
import {SimMachine} from './sim-machine.js';
import {SimNetwork} from './sim-network.js';
import {World} from './world.js';

const A = toNodeId('a1');
const B = toNodeId('b1');

/** Two nodes that post and call each other for a while. */
async function chatter(seed: number, settle?: 'real-turns'): Promise<{hash: string; heard: number}> {
  const world = new World(settle === undefined ? {seed} : {seed, settle});
  const network = new SimNetwork(world);
  let heard = 0;
  for (const [self, other] of [[A, B], [B, A]] as const) {
    const machine = new SimMachine(world, network, {node: self, az: self, timerLatenessNsMax: 1_000_000, clockRate: self === A ? 1.05 : 0.95});
    machine.start((process) => {
      const port = network.open(process);
      port.setPeer({node: other, address: other});
      port.onPost((_from, payload) => {
        heard += payload[0] as number;
      });
      port.onCall(SERVICE_PARTITION, (_from, payload, _deadlineMs, reply) => {
        Promise.resolve().then(() => machine.store.open(process).getMany([payload])).then(() => reply(payload), () => undefined);
      });
      process.timers.every(20, () => {
        port.post(other, Uint8Array.of(process.chance.below(200)));
        port.call(other, SERVICE_PARTITION, Uint8Array.of(1), 100, (result) => {
          if (result.ok) heard += 1;
        });
      });
    });
  }
  await world.run(2_000);
  return {hash: world.trace.hash, heard};
}

describe('the world', () => {
  test('the same seed does the same, another seed something else', async () => {
    const first = await chatter(1);
    expect(first.heard).toBeGreaterThan(1_000);
    expect(await chatter(1)).toEqual(first);
    expect((await chatter(2)).hash).not.toBe(first.hash);
  });

  test('settling by real turns of the event loop gives the same trace', async () => {
    expect(await chatter(3, 'real-turns')).toEqual(await chatter(3));
  });

  test('events run by time, then in the order they were added, and promises settle between them', async () => {
    const world = new World({seed: 1});
    const seen: string[] = [];
    world.afterMs(2, () => seen.push('late'));
    world.afterMs(1, () => {
      seen.push('first');
      Promise.resolve().then(() => Promise.resolve()).then(() => seen.push('promised')).catch(() => undefined);
    });
    world.afterMs(1, () => seen.push('second'));
    await world.run(10);
    expect(seen).toEqual(['first', 'promised', 'second', 'late']);
    expect(world.nowMs).toBe(10);
  });

  test('real time and chance are forbidden while it runs, and back afterwards', async () => {
    for (const reach of [() => Date.now(), () => Math.random(), () => setTimeout(() => undefined, 0), () => performance.now()]) {
      const world = new World({seed: 1});
      world.afterMs(1, () => void reach());
      await expect(world.run(5)).rejects.toThrow('while a seed ran');
    }
    expect(Date.now()).toBeGreaterThan(0);
  });

  test('a dead process neither runs nor is heard', async () => {
    const world = new World({seed: 1});
    const network = new SimNetwork(world);
    const machine = new SimMachine(world, network, {node: A, az: 'a'});
    let turns = 0;
    const process = machine.start((life) => {
      life.timers.every(10, () => {
        turns += 1;
      });
    });
    await world.run(95);
    expect(turns).toBe(9);
    process.dieAfterCalls(2, 'power');
    await world.run(1_000);
    expect(process.isDead).toBe(true);
    expect(turns).toBe(11);
    expect(machine.process).toBeUndefined();
  });

  test('a paused process does later, in order, what it could not do', async () => {
    const world = new World({seed: 1});
    const machine = new SimMachine(world, new SimNetwork(world), {node: A, az: 'a'});
    const seen: number[] = [];
    const process = machine.start(() => undefined);
    for (const at of [10, 20, 30]) world.afterMs(at, () => process.dispatch(() => seen.push(at, world.nowMs)));
    world.afterMs(15, () => process.pause());
    world.afterMs(100, () => process.resume());
    await world.run(200);
    expect(seen).toEqual([10, 10, 20, 100, 30, 100]);
  });
});

describe('the network', () => {
  async function pair(): Promise<{world: World; network: SimNetwork; a: NetworkPort; b: NetworkPort; machines: readonly SimMachine[]}> {
    const world = new World({seed: 1});
    const network = new SimNetwork(world);
    const ports: NetworkPort[] = [];
    const machines = [A, B].map((node) => new SimMachine(world, network, {node, az: node}));
    for (const machine of machines) {
      machine.start((process) => {
        const port = network.open(process);
        port.setPeer({node: process.node === A ? B : A, address: ''});
        ports.push(port);
      });
    }
    await world.run(500);
    return {world, network, a: ports[0] as NetworkPort, b: ports[1] as NetworkPort, machines};
  }
  test('peers connect; a silent cut in one direction is noticed after a while, and heals', async () => {
    const {world, network, a, b} = await pair();
    expect(a.isConnected(B) && b.isConnected(A)).toBe(true);
    network.cut(A, B);
    await world.run(2_000);
    expect(a.isConnected(B)).toBe(true);
    await world.run(4_000);
    expect(a.isConnected(B) || b.isConnected(A)).toBe(false);
    network.heal(A, B);
    await world.run(5_000);
    expect(a.isConnected(B) && b.isConnected(A)).toBe(true);
  });
  test('a call is answered once: with the answer, Unknown when its connection broke, NotSent without one', async () => {
    const {world, network, a, b, machines} = await pair();
    const results: CallResult[] = [];
    let hold: (() => void) | undefined;
    b.onCall(SERVICE_PARTITION, (_from, payload, _deadlineMs, reply) => {
      if (payload[0] === 1) reply(payload);
      else hold = () => reply(payload);
    });
    const done = (result: CallResult): void => void results.push(result);
    a.call(B, SERVICE_PARTITION, Uint8Array.of(1), 1_000, done);
    await world.run(600);
    a.call(B, SERVICE_PARTITION, Uint8Array.of(2), 10_000, done);
    await world.run(700);
    expect(hold).toBeDefined();
    machines[1]?.kill('kill');
    await world.run(800);
    a.call(B, SERVICE_PARTITION, Uint8Array.of(1), 1_000, done);
    expect(network.portOf(B)).toBeUndefined();
    await world.run(5_000);
    expect(results.map((result) => (result.ok ? 'ok' : result.failure.code))).toEqual(['ok', 'Unknown', 'NotSent']);
  });
  test('what a clogged direction held arrives after it, in order', async () => {
    const {world, network, a, b} = await pair();
    const heard: number[] = [];
    b.onPost((_from, payload) => heard.push(payload[0] as number));
    network.clog(A, B);
    for (let i = 0; i < 5; i += 1) a.post(B, Uint8Array.of(i));
    await world.run(1_000);
    expect(heard).toEqual([]);
    network.unclog(A, B);
    await world.run(1_100);
    expect(heard).toEqual([0, 1, 2, 3, 4]);
  });
});
