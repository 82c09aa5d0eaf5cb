import type {Chance} from './chance.js';
import type {Fault, FaultAction} from './faults.js';
import type {LinkProfile} from './link.js';
import type {SimMachine} from './sim-machine.js';
import type {SimNetwork} from './sim-network.js';
import type {Death} from './sim-process.js';

/** A cluster as the faults of machines, links and disks see it. */
export interface FaultTarget {
  readonly network: SimNetwork;
  machines(): readonly SimMachine[];
  /** Machines that lead something, in a fixed order. */
  leaders(): readonly SimMachine[];
  /** Starts a process on a machine that has none. */
  restart(machine: SimMachine): void;
  /** Whether what is stored on this machine may be damaged now: an intact copy of everything must stay in a quorum. */
  mayDamage(machine: SimMachine): boolean;
  /** The disk is gone, and an empty one in its place. The machine is down. */
  replaceDisk(machine: SimMachine): void;
  /** Names of files that may rot, oldest first. */
  rottableFiles(machine: SimMachine): readonly string[];
  /** Clock errors the cluster claims to bear: rates stay within 1 ± this. */
  readonly clockRateErrorMax: number;
  /** Faults of the cluster's own kind: storms of operations, lost services. Undefined when it has none of that kind. */
  readonly operate: FaultAction;
}

/** Carries out every kind of fault on machines; the kinds above machines go to `target.operate`. */
export function machineFaults(target: FaultTarget): FaultAction {
  return (fault, chance) => {
    switch (fault.kind) {
      case 'kill-one':
        return kill(target, chance.sample(up(target), 1), 'kill', chance);
      case 'kill-leader':
        return kill(target, chance.sample(target.leaders(), 1), chance.isHeads() ? 'kill' : 'power', chance);
      case 'kill-all':
        return kill(target, up(target), 'kill', chance);
      case 'power-all':
        return kill(target, up(target), 'power', chance);
      case 'torn-tail':
        return chance.isHeads() ? kill(target, chance.sample(up(target), 1), 'power', chance) : killThenCut(target, fault, chance);
      case 'pause-one':
        return pause(chance.sample(up(target), 1));
      case 'pause-leader':
        return pause(chance.sample(target.leaders(), 1));
      case 'cut-az':
        return cutAz(target, chance);
      case 'cut-node':
        return cutGroup(target, someone(target, chance), chance.isHeads());
      case 'cut-asymmetric':
        return cutLinks(target, directed(target, someone(target, chance), chance.isHeads()), false);
      case 'cut-non-transitive': {
        const [a, b] = chance.sample(target.machines(), 2);
        return a === undefined || b === undefined ? undefined : cutLinks(target, [[a, b], [b, a]], chance.isHeads());
      }
      case 'cut-majorities-ring':
        return cutLinks(target, ring(target.machines()), false);
      case 'flapping-link':
        return breakOften(target, fault, chance);
      case 'slow-link':
      case 'lossy-link':
        return worsen(target, fault, chance);
      case 'clog':
        return clog(target, chance);
      case 'cpu-starvation': {
        const [machine] = chance.sample(up(target), 1);
        const process = machine?.process;
        if (process === undefined) return undefined;
        process.setEventCost(chance.between(1, 20) / 4);
        return () => process.setEventCost(0);
      }
      case 'clock-jump': {
        const [machine] = chance.sample(target.machines(), 1);
        machine?.jumpWall(chance.between(-3_600_000, 3_600_000));
        return machine === undefined ? undefined : () => undefined;
      }
      case 'clock-rate': {
        const [machine] = chance.sample(target.machines(), 1);
        if (machine === undefined || target.clockRateErrorMax === 0) return undefined;
        machine.setClockRate(1 + (target.clockRateErrorMax * (chance.below(2001) - 1000)) / 1000);
        return () => machine.setClockRate(1);
      }
      case 'slow-disk':
      case 'failed-sync':
      case 'disk-full':
      case 'bit-rot':
      case 'lost-disk':
        return diskFault(target, fault, chance);
      default:
        return target.operate(fault, chance);
    }
  };
}

function up(target: FaultTarget): readonly SimMachine[] {
  return target.machines().filter((machine) => machine.isUp);
}

/** Half of the time a leader, whose loss is what hurts. */
function someone(target: FaultTarget, chance: Chance): readonly SimMachine[] {
  const leaders = target.leaders();
  return chance.sample(leaders.length > 0 && chance.isHeads() ? leaders : target.machines(), 1);
}

function kill(target: FaultTarget, victims: readonly SimMachine[], death: Death, chance: Chance): (() => void) | undefined {
  if (victims.length === 0) return undefined;
  for (const machine of victims) {
    // In the middle of what it does, or between two events.
    if (chance.isHeads()) machine.process?.dieAfterCalls(chance.between(1, 30), death);
    else machine.kill(death);
  }
  return () => {
    for (const machine of victims) {
      // It may have done so little that the count was not reached.
      if (machine.isUp && machine.process?.isDoomed === true) machine.kill(death);
      target.restart(machine);
    }
  };
}

/** A process ends in the middle of its writing, another goes on from what the kernel kept, and then the power goes. */
function killThenCut(target: FaultTarget, fault: Fault, chance: Chance): (() => void) | undefined {
  const [machine] = chance.sample(up(target), 1);
  const process = machine?.process;
  if (machine === undefined || process === undefined) return undefined;
  process.dieAfterCalls(chance.between(1, 30), 'kill');
  let isOver = false;
  target.network.later(fault.durationMs / 3, () => {
    if (!isOver) target.restart(machine);
  });
  target.network.later((fault.durationMs * 2) / 3, () => {
    if (!isOver) machine.kill('power');
  });
  return () => {
    isOver = true;
    target.restart(machine);
  };
}

function pause(victims: readonly SimMachine[]): (() => void) | undefined {
  const processes = victims.map((machine) => machine.process).filter((process) => process !== undefined);
  if (processes.length === 0) return undefined;
  for (const process of processes) process.pause();
  return () => {
    for (const process of processes) process.resume();
  };
}

/** How often a fault that waits for something looks. */
const POLL_MS = 2;

type Pair = readonly [SimMachine, SimMachine];

function cutLinks(target: FaultTarget, pairs: readonly Pair[], isReset: boolean): (() => void) | undefined {
  if (pairs.length === 0) return undefined;
  for (const [from, to] of pairs) target.network.cut(from.node, to.node, isReset);
  return () => {
    for (const [from, to] of pairs) if (target.network.link(from.node, to.node).isCut) target.network.heal(from.node, to.node);
  };
}

/** An AZ is cut off, or the machines fall into two parts some other way: a leader may be in the smaller one, and not alone. */
function cutAz(target: FaultTarget, chance: Chance): (() => void) | undefined {
  const machines = target.machines();
  if (machines.length > 2 && chance.isHeads()) {
    const first = someone(target, chance);
    const others = machines.filter((machine) => !first.includes(machine));
    return cutGroup(target, [...first, ...chance.sample(others, chance.below(Math.floor(machines.length / 2)))], chance.isHeads());
  }
  const [az] = chance.sample([...new Set(machines.map((machine) => machine.az))].sort(), 1);
  return cutGroup(target, machines.filter((machine) => machine.az === az), chance.isHeads());
}

function cutGroup(target: FaultTarget, inside: readonly SimMachine[], isReset: boolean): (() => void) | undefined {
  const outside = target.machines().filter((machine) => !inside.includes(machine));
  return cutLinks(target, inside.flatMap((a) => outside.flatMap((b): Pair[] => [[a, b], [b, a]])), isReset);
}

/** Everything to, or everything from, some machines. */
function directed(target: FaultTarget, inside: readonly SimMachine[], isOutgoing: boolean): readonly Pair[] {
  const outside = target.machines().filter((machine) => !inside.includes(machine));
  return inside.flatMap((a) => outside.map((b): Pair => (isOutgoing ? [a, b] : [b, a])));
}

/** Each machine sees only its nearest neighbours: every one a majority, no two the same. */
function ring(machines: readonly SimMachine[]): readonly Pair[] {
  const reach = Math.floor(machines.length / 4) + 1;
  const pairs: Pair[] = [];
  for (let i = 0; i < machines.length; i += 1) {
    for (let k = 0; k < machines.length; k += 1) {
      const distance = Math.min((i - k + machines.length) % machines.length, (k - i + machines.length) % machines.length);
      if (distance > reach) pairs.push([machines[i] as SimMachine, machines[k] as SimMachine]);
    }
  }
  return pairs;
}

function breakOften(target: FaultTarget, fault: Fault, chance: Chance): (() => void) | undefined {
  const [a, b] = chance.sample(target.machines(), 2);
  if (a === undefined || b === undefined) return undefined;
  let undo: (() => void) | undefined;
  let isOver = false;
  const periodMs = chance.between(5, 400);
  const flap = (): void => {
    if (isOver) return;
    if (undo === undefined) undo = cutLinks(target, [[a, b], [b, a]], true);
    else {
      undo();
      undo = undefined;
    }
    target.network.later(periodMs, flap);
  };
  flap();
  void fault;
  return () => {
    isOver = true;
    undo?.();
  };
}

function worsen(target: FaultTarget, fault: Fault, chance: Chance): (() => void) | undefined {
  const [victim] = chance.sample(target.machines(), 1);
  if (victim === undefined) return undefined;
  const pairs = [...directed(target, [victim], true), ...directed(target, [victim], false)];
  const isOrdered = chance.isHeads();
  for (const [from, to] of pairs) {
    const {profile} = target.network.link(from.node, to.node);
    const worse: LinkProfile = fault.kind === 'slow-link'
      ? {...profile, delayMs: profile.delayMs + chance.between(5, 400), bytesPerMs: chance.isHeads() ? 0 : chance.between(5, 200)}
      : {
          ...profile, isOrdered: profile.isOrdered && isOrdered, jitterMs: profile.jitterMs + chance.between(1, 30),
          dropPermille: chance.below(300), duplicatePermille: chance.below(200), replayPermille: chance.below(500),
        };
    target.network.setProfile(from.node, to.node, worse);
  }
  return () => {
    for (const [from, to] of pairs) target.network.setProfile(from.node, to.node, undefined);
  };
}

function clog(target: FaultTarget, chance: Chance): (() => void) | undefined {
  const machines = target.machines();
  const pairs = machines.flatMap((a) => machines.map((b): Pair => [a, b])).filter(([a, b]) => a !== b);
  const clogged = chance.sample(pairs, chance.between(1, Math.max(1, Math.floor(pairs.length / 2))));
  if (clogged.length === 0) return undefined;
  for (const [from, to] of clogged) target.network.clog(from.node, to.node);
  return () => {
    // Released in another order than they were clogged.
    for (const [from, to] of chance.sample(clogged, clogged.length)) target.network.unclog(from.node, to.node);
  };
}

function diskFault(target: FaultTarget, fault: Fault, chance: Chance): (() => void) | undefined {
  const [machine] = chance.sample(up(target), 1);
  if (machine === undefined) return undefined;
  const {disk} = machine;
  switch (fault.kind) {
    case 'slow-disk':
      return slowDisk(target, machine, chance);
    case 'failed-sync': {
      const way = chance.below(4);
      if (way === 0) disk.lieAfterNextSync();
      else if (way === 1) disk.failNext('sync', 'EIO');
      else if (way === 2) disk.failNext('write', 'EIO');
      else disk.failNext('sync-directory', 'EIO');
      // Whoever notices ends its process; someone has to start it again.
      return () => target.restart(machine);
    }
    case 'disk-full':
      disk.setCapacity(Math.max(0, disk.capacityBytes - disk.freeBytes) + chance.below(20_000));
      return () => disk.setCapacity(Number.MAX_SAFE_INTEGER);
    case 'bit-rot':
    case 'lost-disk':
      if (!target.mayDamage(machine)) return undefined;
      machine.kill('power');
      target.network.later(1, () => {
        if (fault.kind === 'lost-disk') target.replaceDisk(machine);
        else rot(target, machine, chance);
      });
      return () => target.restart(machine);
    default:
      return undefined;
  }
}

/** The log's disk, the store, or both; now and then of a leader that is cut off meanwhile, and is back before its disk is. */
function slowDisk(target: FaultTarget, machine: SimMachine, chance: Chance): () => void {
  const [leader] = chance.sample(target.leaders(), 1);
  const isBehind = leader !== undefined && chance.isHeads();
  const {disk, store} = isBehind ? leader : machine;
  const undo = isBehind ? cutUntilReplaced(target, leader, chance) : undefined;
  const way = chance.below(10);
  // Writes that last longer than it takes to elect another leader.
  if (isBehind) disk.setSlowness(chance.between(100, 3_000));
  else if (way < 3) disk.hang();
  else if (way < 8) disk.setSlowness(chance.between(2, 500));
  if (way > 5) store.setSlowness(chance.between(2, 200));
  return () => {
    undo?.();
    disk.release();
    disk.setSlowness(1);
    store.setSlowness(1);
  };
}

/**
 * Cut off until another leads: then what it wrote for itself alone is overwritten while it is still being written. Others
 * reach it before the new leader does, so it learns of the new term first, and what takes the place of its entries later.
 */
function cutUntilReplaced(target: FaultTarget, leader: SimMachine, chance: Chance): () => void {
  const isReset = chance.isHeads();
  const cuts = target.machines().filter((other) => other !== leader).map((other) => ({other, undo: cutLinks(target, [[leader, other], [other, leader]], isReset)}));
  const pauseMs = chance.between(1, 500);
  let left = chance.sample(cuts, cuts.length);
  const healOne = (): void => {
    const next = left.find(({other}) => !target.leaders().includes(other)) ?? left[0];
    left = left.filter((cut) => cut !== next);
    next?.undo?.();
    if (left.length > 0) target.network.later(pauseMs, healOne);
  };
  const look = (): void => {
    if (left.length === 0) return;
    if (target.leaders().some((other) => other !== leader)) healOne();
    else target.network.later(POLL_MS, look);
  };
  look();
  return () => {
    const rest = left;
    left = [];
    for (const {undo} of rest) undo?.();
  };
}

function rot(target: FaultTarget, machine: SimMachine, chance: Chance): void {
  const files = target.rottableFiles(machine);
  if (files.length === 0) return;
  const name = chance.pick(files);
  // At the end of the newest file, damage cannot be told from a write that the crash cut short.
  const usedBytes = machine.disk.usedBytes(name);
  const sizeBytes = name === files.at(-1) ? Math.floor(usedBytes / 4) : usedBytes;
  if (sizeBytes === 0) return;
  if (chance.isHeads()) machine.disk.rot(name, chance.below(sizeBytes), chance.below(8));
  else machine.disk.breakSector(name, chance.below(sizeBytes));
}
