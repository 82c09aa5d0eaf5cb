import type {NodeTuning} from '@murmuration/server';
import type {Chance} from '../world/chance.js';
import {FAULT_KINDS} from '../world/faults.js';
import type {FaultKind} from '../world/faults.js';
import type {SimDiskOptions} from '../world/sim-disk.js';
import {drawThrottling} from './throttle-phase.js';
import type {ThrottleSettings} from './throttle-phase.js';
import type {TransactionSettings} from './transaction-settings.js';
import type {WorkloadMix, WorkloadOptions} from './workload.js';

/** What a run of a cluster is made of. Drawn from its seed first of all; a shrunk run changes it. */
export interface ClusterSettings {
  readonly nodeCount: number;
  readonly azCount: number;
  readonly replicationFactor: number;
  readonly controlNodeCount: number;
  /** The control plane has processes of its own, one to an AZ, beside the `nodeCount` nodes. */
  readonly hasOwnControlNodes: boolean;
  readonly tickMs: number;
  readonly electionTicks: number;
  readonly tuning: NodeTuning;
  readonly groupLogBytesMax: number;
  readonly segmentSizeBytes: number;
  readonly disk: SimDiskOptions;
  readonly storeCallMs: number;
  /** True rates of the nodes' clocks lie within so much of 1, in parts per million. */
  readonly clockErrorPpm: number;
  readonly timerLatenessNsMax: number;
  readonly interAzDelayMs: number;
  readonly tableCount: number;
  readonly teamCount: number;
  readonly clientsPerTeam: number;
  readonly thinkMs: number;
  readonly clientTimeoutMs: number;
  readonly clientResetPermille: number;
  /** Calls between nodes whose stream breaks, of a thousand: those to the control plane, and all others. */
  readonly controlResetPermille: number;
  readonly callResetPermille: number;
  /** Of a thousand users: those who only ask for what is refused, and see the item as it is in the refusal. */
  readonly guardPermille: number;
  readonly workload: WorkloadOptions;
  /** Users who work in transactions, and items whose time comes. */
  readonly transactions?: TransactionSettings;
  /** Limits of throughput that are low enough to be met; undefined where nothing is refused. */
  readonly throttling?: ThrottleSettings | undefined;
  readonly safetyMs: number;
  /** Operators order something this often while faults happen; 0 for never. */
  readonly operatorPeriodMs: number;
  readonly faults: FaultSettings;
}

/** Kinds of fault that may happen in a run, and how often one begins. */
export interface FaultSettings {
  readonly kinds: readonly FaultKind[];
  readonly everyMs: number;
  readonly durationMs: number;
}

/** Kinds that this profile carries out; what rots is for the log's own tests. */
export const CLUSTER_FAULT_KINDS: readonly FaultKind[] = FAULT_KINDS.filter((kind) => kind !== 'bit-rot');

const KIBIBYTE = 1024;

export interface ClusterScale {
  /** Virtual length of the phase with faults. */
  readonly safetyMsMin: number;
  readonly safetyMsMax: number;
}
/** A run of the gate costs about two seconds of a core. */
export const GATE_SCALE: ClusterScale = {safetyMsMin: 30_000, safetyMsMax: 45_000};

/** Draws a run. Each kind of fault is left out in half of all runs, so that some faults meet without the others. */
export function drawClusterSettings(chance: Chance, scale: ClusterScale = GATE_SCALE): ClusterSettings {
  const shape = chance.fork('shape');
  const azCount = shape.pick([3, 3, 3, 3, 3, 3, 2, 1]);
  const replicationFactor = azCount;
  const nodeCount = Math.max(azCount, shape.pick([3, 3, 4, 4, 5, 6, 6, 9]));
  const limits = chance.fork('limits');
  const isTiny = limits.isHeads();
  const load = chance.fork('load');
  const faultChance = chance.fork('fault-kinds');
  const isCalm = faultChance.below(20) === 0;
  const electionTicks = limits.pick([5, 10, 10]);
  const disk = chance.fork('disk');
  const streams = chance.fork('streams');
  const memory = chance.fork('memory').pick(['ample', 'ample', 'short', 'cold'] as const);
  const isShort = memory === 'short';
  const isCold = memory === 'cold';
  const tuning = withSleep(chance.fork('sleep'), drawTuning(limits, isTiny));
  return {
    nodeCount, azCount, replicationFactor, controlNodeCount: azCount === 1 ? 1 : Math.min(nodeCount, shape.pick([3, 3, 3, 5])) | 1,
    hasOwnControlNodes: azCount !== 2 && shape.permille(250),
    tickMs: 100, electionTicks,
    tuning: withLag(chance.fork('index-lag'), withHeat(chance.fork('heat'), isShort ? withShortMemory(tuning) : tuning)),
    groupLogBytesMax: isTiny ? limits.pick([1, 4, 16]) * KIBIBYTE : 256 * KIBIBYTE,
    // A message of entries must fit a segment: a setting that breaks this is refused at the start of a node.
    segmentSizeBytes: isTiny ? limits.pick([32, 64, 256]) * KIBIBYTE : 256 * KIBIBYTE,
    disk: {capacityBytes: 64 * KIBIBYTE * KIBIBYTE, writeMs: 0.02, syncMs: disk.pick([0.2, 1, 5])},
    storeCallMs: isShort || isCold ? disk.pick([0.5, 5]) : disk.pick([0, 0.05, 0.5, 5]),
    clockErrorPpm: limits.pick([0, 200, 450]),
    timerLatenessNsMax: limits.pick([0, 1_000_000, 5_000_000]),
    interAzDelayMs: shape.pick([0.3, 1, 5]),
    tableCount: load.pick([1, 2, 2]),
    teamCount: load.between(2, 4), clientsPerTeam: load.between(2, 5), thinkMs: load.pick([15, 30, 60]), clientTimeoutMs: load.pick([1_000, 3_000, 8_000]),
    clientResetPermille: load.pick([0, 0, 2, 20]),
    controlResetPermille: streams.pick([0, 0, 50, 300]), callResetPermille: streams.pick([0, 0, 2, 20]), guardPermille: chance.fork('guards').pick([0, 0, 300]),
    workload: {
      mix: isCold ? withManyEventualReads(drawMix(load)) : drawMix(load), liveItemCount: load.between(2, 6), operationsPerItemMax: drawItemLife(load, chance.fork('items'), isCold), unknownsPerItemMax: 8,
      paddingBytesMax: isShort ? 4_000 : load.pick([0, 500, 4_000]),
    },
    throttling: drawThrottling(chance.fork('throttling')),
    safetyMs: faultChance.between(scale.safetyMsMin, scale.safetyMsMax),
    operatorPeriodMs: shape.pick([0, 1_500, 4_000]),
    faults: {
      kinds: isCalm ? [] : CLUSTER_FAULT_KINDS.filter(() => faultChance.isHeads()),
      everyMs: faultChance.pick([1_000, 2_500, 6_000]), durationMs: faultChance.pick([300, 1_500, 4_000]),
    },
  };
}

function drawTuning(chance: Chance, isTiny: boolean): NodeTuning {
  // Jobs wait for minutes in a cluster that people run; here everything has to end within the run.
  const jobs = {
    healAfterMs: chance.pick([4_000, 12_000]), splitSizeBytes: chance.pick([4_000, 40_000, 1_000_000]), splitsMax: 2, jobsMax: chance.pick([2, 8]),
    jobsPerNodeMax: chance.pick([1, 4]), planMs: chance.pick([100, 1_000]),
  };
  if (!isTiny) return {raftHost: {messageSizeBytesMax: 64 * KIBIBYTE}, controlPlane: {...jobs, downAfterMs: 3_000}};
  return {
    raftHost: {
      snapshotChunkBytes: chance.pick([100, 1_000, 16_000]), messageSizeBytesMax: chance.pick([1_000, 8_000]), inflightMessagesMax: chance.pick([2, 16, 256]),
      truncationIntervalMs: chance.pick([100, 1_000]), snapshotSendsMax: chance.pick([1, 2]), snapshotReceivesMax: chance.pick([1, 2]), snapshotIdleMsMax: 5_000,
      applyIntervalMs: chance.pick([1, 10, 50]), leaseMarginMs: chance.pick([0, 50, 300]),
    },
    storageNode: {
      rowCacheBytesMax: chance.pick([0, 4_000, 1_000_000]), eventualStalenessMsMax: chance.pick([500, 5_000]), partitionProposalsMax: chance.pick([4, 5_000]),
      loadBatchRowsMax: chance.pick([1, 1_000]),
    },
    controlPlane: {...jobs, downAfterMs: chance.pick([3_000, 6_000]), suspectAfterMs: 2_500},
  };
}

/** Partitions that nobody uses for a moment sleep: in a busy run, where users think, some do now and then. */
function withSleep(sleep: Chance, tuning: NodeTuning): NodeTuning {
  if (!sleep.permille(400)) return tuning;
  return {...tuning, raftHost: {...tuning.raftHost, hibernateAfterMs: sleep.pick([100, 300, 1_000]), hibernateMsMax: sleep.pick([3_000, 600_000])}};
}

/** In a quarter of all runs what is to be told to global indexes waits a while, so that much of it is untold when something happens to a leader. */
function withLag(lag: Chance, tuning: NodeTuning): NodeTuning {
  return lag.permille(250) ? {...tuning, storageNode: {...tuning.storageNode, indexLagMs: lag.pick([30, 300])}} : tuning;
}

/** Items live long or, in some runs, so shortly that many are left with whatever the last of a few writes made of them. */
function drawItemLife(load: Chance, items: Chance, isCold: boolean): number {
  const long = load.between(100, 300);
  return isCold || items.permille(200) ? items.between(5, 30) : long;
}

/**
 * Nothing is kept in memory, so that writes to one row wait for the same read and are judged together, and a proposal of the size of a large
 * item finds no room where the small one behind it does.
 */
function withShortMemory(tuning: NodeTuning): NodeTuning {
  return {...tuning, raftHost: {...tuning.raftHost, groupProposalBytesMax: 3_000}, storageNode: {...tuning.storageNode, rowCacheBytesMax: 0}};
}

/** In a third of all runs a little load that lasts some seconds is much, so that partitions are cut for it while users work. */
function withHeat(chance: Chance, tuning: NodeTuning): NodeTuning {
  return chance.below(3) > 0 ? tuning : withHeatSplits(tuning, chance.pick([0.01, 0.03]), chance.pick([2, 5]));
}
export function withHeatSplits(tuning: NodeTuning, splitLoadRatio: number, splitSustainSeconds: number): NodeTuning {
  return {...tuning, storageNode: {...tuning.storageNode, splitLoadRatio, splitSustainSeconds}, controlPlane: {...tuning.controlPlane, heatBalanceMs: 1_000}};
}

/** New rows are read by replicas near the users while they change, and the store takes its time: that is when an old row could be kept. */
function withManyEventualReads(mix: WorkloadMix): WorkloadMix {
  return {...mix, eventualGet: mix.eventualGet + 6};
}

function drawMix(chance: Chance): WorkloadMix {
  const weight = (): number => chance.pick([0, 1, 2, 4]);
  return {
    put: 1 + weight(), update: 1 + weight(), counter: weight(), compareAndSet: weight(), delete: weight(), strongGet: 2 + weight(), eventualGet: weight(), query: chance.pick([0, 1, 1]),
  };
}
