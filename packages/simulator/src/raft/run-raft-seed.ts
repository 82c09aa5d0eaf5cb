import {FaultRunner} from '../world/faults.js';
import type {Fault} from '../world/faults.js';
import {machineFaults} from '../world/machine-faults.js';
import type {SeedResult} from '../seed-result.js';
import {SimulationError, World} from '../world/world.js';
import {RaftClients} from './raft-clients.js';
import {RaftCluster} from './raft-cluster.js';
import {GROUP} from './raft-node.js';
import {drawRaftFaults, drawRaftSwarm} from './raft-swarm.js';
import {checkBySearch, checkByWitness} from './register-history.js';
import {tearWrites} from './torn-write.js';

export interface RaftSeedOptions {
  readonly seed: number;
  /** Instead of the schedule that the seed draws. */
  readonly faults?: readonly Fault[];
  readonly traceLineCount?: number;
}

/** In units of E: until a leader serves again, and until everything is whole. */
const SERVING_E = 20;
const CONVERGED_E = 150;
const AUDITS = 12;

/** One run of the raft profile, from its seed alone. Never throws: what went wrong is in the result. */
export async function runRaftSeed(options: RaftSeedOptions): Promise<SeedResult> {
  const {seed} = options;
  const world = new World({seed, traceLineCount: options.traceLineCount ?? 0});
  const swarm = drawRaftSwarm(world.chance.fork('swarm'));
  const faults = options.faults ?? drawRaftFaults(world.chance.fork('faults'), swarm);
  const cluster = new RaftCluster(world, swarm);
  const clients = new RaftClients(world, swarm, cluster.members, cluster.network);
  let applied: readonly Fault[] = [];
  let failure: Error | undefined;
  try {
    await cluster.found();
    // No fault happened so far, so the moment is the same whatever the schedule holds.
    const foundedMs = world.nowMs;
    world.onAfterEvent(() => cluster.invariants.afterEvent());
    const hitMachines = machineFaults(cluster);
    const runner = new FaultRunner(world, faults, (fault, chance) => (fault.kind === 'torn-tail' && chance.permille(700) ? tearWrites(cluster, chance) : hitMachines(fault, chance)), foundedMs);
    applied = runner.applied;
    clients.start();
    cluster.operator.start();
    for (let i = 1; i <= AUDITS; i += 1) {
      await world.run(foundedMs + (swarm.safetyMs * i) / AUDITS);
      cluster.invariants.audit();
    }
    runner.stop();
    cluster.calm();
    clients.stop();
    await converge(world, cluster, clients);
    cluster.invariants.audit();
    checkByWitness(clients.calls, cluster.committed);
    checkBySearch(clients.calls);
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
  }
  const {probes} = world;
  probes.hit('raft-profile/lease-reads', clients.leaseReadCount);
  probes.hit('raft-profile/quorum-reads', clients.readCount);
  probes.hit('raft-profile/leaders', cluster.invariants.leaderCount);
  probes.hit('raft-profile/commands', cluster.committed.commandCount);
  return {
    profile: 'raft', seed, hash: world.trace.hash, virtualMs: world.nowMs, eventCount: world.eventCount,
    operationCount: clients.calls.length, faults: applied, probes: probes.all(),
    failure: failure === undefined ? undefined : {rule: failure instanceof SimulationError ? failure.rule : failure.name, message: failure.message, stack: failure.stack ?? ''},
    trace: world.trace.lines(),
  };
}

/** The faults have ended: a leader must serve soon, and all members must be whole and equal not much later. */
async function converge(world: World, cluster: RaftCluster, clients: RaftClients): Promise<void> {
  const {electionMs} = cluster.swarm;
  const stateOf = (): string => `\n${cluster.describe()}`;
  let isServing = false;
  const tryWrite = (): void => clients.write((isDone) => {
    isServing ||= isDone;
    if (!isServing) world.afterMs(electionMs / 4, tryWrite);
  });
  const fromMs = world.nowMs;
  tryWrite();
  // Restarts take a moment, and so does a lost disk: the patience begins when everyone runs.
  await world.run(fromMs + (SERVING_E + 10) * electionMs + 2_000, () => isServing);
  if (!isServing) throw new SimulationError('no-progress', `no write succeeds ${world.nowMs - fromMs} ms after the faults ended${stateOf()}`);
  await world.run(world.nowMs + CONVERGED_E * electionMs + 2_000, () => cluster.isConverged());
  if (!cluster.isConverged()) throw new SimulationError('no-convergence', `members are not whole ${world.nowMs - fromMs} ms after the faults ended${stateOf()}`);
  let readCount = 0;
  for (let key = 0; key < cluster.swarm.keyCount; key += 1) {
    const tryRead = (): void => clients.read(key, (isDone) => {
      if (isDone) readCount += 1;
      else world.afterMs(electionMs / 4, tryRead);
    });
    tryRead();
  }
  await world.run(world.nowMs + SERVING_E * electionMs, () => readCount === cluster.swarm.keyCount);
  if (readCount < cluster.swarm.keyCount) throw new SimulationError('no-progress', `reads fail after convergence${stateOf()}`);
  for (const node of cluster.members) {
    const leaks = node.life?.host.status(GROUP);
    if (leaks !== undefined && leaks.stored > leaks.applied) throw new SimulationError('order-of-marks', node.id);
  }
}
