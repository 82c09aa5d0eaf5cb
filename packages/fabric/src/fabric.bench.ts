/**
 * CPU of one call over gRPC on loopback, both sides in this process: 64 in flight, 220-byte calls, 100-byte answers.
 * Aim: below 6 µs a call for both sides together when calls come in batches of 16.
 * Run: node packages/fabric/dist/fabric.bench.js
 */
import type {NodeId} from '@murmuration/base';
import {nullEvents, nullMetrics, SERVICE_PARTITION, SeededRandom, toNodeId} from '@murmuration/base';
import {performance} from 'node:perf_hooks';
import {cpuUsage, stdout} from 'node:process';
import type {FabricNetwork} from './fabric-network.js';
import {createGrpcNetwork} from './grpc-network.js';

const CALLS_PER_RUN = 200_000;
const RUN_COUNT = 4;

const ports = {
  clock: {monotonicMs: () => performance.now(), wallMs: () => performance.timeOrigin + performance.now()},
  timers: {
    after: (delayMs: number, callback: () => void) => {
      const timer = setTimeout(callback, delayMs);
      return {cancel: () => clearTimeout(timer)};
    },
    every: (periodMs: number, callback: () => void) => {
      const timer = setInterval(callback, periodMs);
      return {cancel: () => clearInterval(timer)};
    },
    nextTurn: (callback: () => void) => void setImmediate(callback),
  },
  random: new SeededRandom(1), events: nullEvents, metrics: nullMetrics,
};

function start(self: NodeId): Promise<FabricNetwork> {
  return createGrpcNetwork({self, clusterId: 'bench', incarnation: 1, settingsFingerprint: '', listenAddress: '127.0.0.1:0'}, ports);
}

/** @returns when `callCount` calls are answered, `inflightCount` at a time, `perTurnCount` started together */
function run(from: FabricNetwork, to: NodeId, callCount: number, inflightCount: number, perTurnCount: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const payload = new Uint8Array(220);
    let startedCount = 0;
    let answeredCount = 0;
    let waitingCount = 0;
    const startOne = (): void => {
      startedCount += 1;
      from.call(to, SERVICE_PARTITION, payload, 10_000, (result) => {
        if (!result.ok) return reject(new Error(result.failure.code));
        answeredCount += 1;
        if (answeredCount === callCount) return resolve();
        waitingCount += 1;
        if (waitingCount < perTurnCount) return;
        for (; waitingCount > 0 && startedCount < callCount; waitingCount -= 1) startOne();
      });
    };
    for (let i = 0; i < inflightCount; i += 1) startOne();
  });
}

const a = await start(toNodeId('a1'));
const b = await start(toNodeId('b1'));
const answer = new Uint8Array(100);
b.onCall(SERVICE_PARTITION, (_from, _payload, _deadlineMs, reply) => reply(answer));
await new Promise<void>((resolve) => {
  a.onConnection(() => resolve());
  a.setPeer({node: b.self, address: b.address});
});
for (const [inflightCount, perTurnCount] of [[1, 1], [64, 16], [64, 64], [256, 64]] as const) {
  const callCount = inflightCount === 1 ? 10_000 : CALLS_PER_RUN;
  const lines: string[] = [];
  for (let i = 0; i < RUN_COUNT; i += 1) {
    const cpu = cpuUsage();
    const startMs = performance.now();
    await run(a, b.self, callCount, inflightCount, perTurnCount);
    const used = cpuUsage(cpu);
    lines.push(`${((used.user + used.system) / callCount).toFixed(2)} µs, ${Math.round(callCount / (performance.now() - startMs))} k/s`);
  }
  stdout.write(`${inflightCount} in flight, ${perTurnCount} a turn: ${lines.join('; ')}\n`);
}
await a.close();
await b.close();
