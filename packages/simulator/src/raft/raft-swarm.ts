import type {RaftHostTuning} from '@murmuration/raft-host';
import type {Chance} from '../world/chance.js';
import {drawFaults} from '../world/faults.js';
import type {Fault, FaultKind} from '../world/faults.js';
import type {LinkProfile} from '../world/link.js';
import type {SimDiskOptions} from '../world/sim-disk.js';

/** Kinds that mean something to a group of replicas without a service around it. */
export const RAFT_FAULT_KINDS: readonly FaultKind[] = [
  'kill-one', 'kill-leader', 'kill-all', 'power-all', 'pause-one', 'pause-leader', 'cut-az', 'cut-node', 'cut-asymmetric', 'cut-non-transitive',
  'cut-majorities-ring', 'flapping-link', 'slow-link', 'lossy-link', 'clog', 'slow-disk', 'failed-sync', 'disk-full', 'torn-tail', 'bit-rot', 'lost-disk',
  'clock-jump', 'clock-rate', 'cpu-starvation', 'membership-change',
];

/** What takes a leader away without ending its belief that it leads. */
const STORM_FAULT_KINDS: readonly FaultKind[] = ['cut-az', 'cut-node', 'cut-asymmetric', 'cut-majorities-ring', 'cut-non-transitive', 'pause-leader', 'kill-leader', 'power-all', 'clog', 'slow-disk', 'membership-change'];

/** Everything a run of the raft profile draws before it begins. */
export interface RaftSwarm {
  readonly nodeCount: number;
  readonly voterCount: number;
  readonly azCount: number;
  /** E of this run. */
  readonly electionMs: number;
  readonly tuning: Partial<RaftHostTuning>;
  readonly clockRateErrorMax: number;
  readonly timerLatenessNsMax: number;
  readonly link: LinkProfile;
  /** Added between AZs. */
  readonly azDelayMs: number;
  readonly detectMs: number;
  readonly redialMs: number;
  readonly disk: SimDiskOptions;
  /** All disks are so many times as slow while faults happen: writes that are long under way get overtaken by other leaders' writes. */
  readonly diskSlowness: number;
  readonly storeCallMs: number;
  readonly logSegmentSpares: number;
  readonly logBatchBytesMax: number;
  readonly logCacheBytesMax: number;
  readonly logRewriteSegmentCountMin: number;
  readonly clientCount: number;
  readonly keyCount: number;
  /** Commands a client sends at once, without waiting for the answers. */
  readonly burstCountMax: number;
  readonly clientPauseMs: number;
  readonly readPermille: number;
  readonly conditionalPermille: number;
  readonly transferPermille: number;
  readonly paddingBytesMax: number;
  /** The safety phase. */
  readonly safetyMs: number;
  readonly faultKinds: readonly FaultKind[];
}

/** Each kind of fault is off in half of the runs; limits are tiny now and then, as default limits never reach the rare code. */
export function drawRaftSwarm(chance: Chance): RaftSwarm {
  const nodeCount = chance.pick([1, 2, 3, 3, 3, 4, 4, 5, 5, 6, 7]);
  const voterCount = Math.max(1, nodeCount - (nodeCount > 2 && chance.isHeads() ? 1 : 0));
  const tickMs = chance.pick([10, 20, 40]);
  const electionTicks = chance.between(4, 10);
  const electionMs = tickMs * electionTicks;
  const clockRateErrorPpmMax = chance.pick([0, 500, 500, 20_000]);
  // Leaders that come and go amid bursts of writes, entry by entry: that is where logs differ.
  const isStorm = chance.permille(350);
  const isTiny = isStorm || chance.isHeads();
  const messageSizeBytesMax = isStorm ? chance.pick([1, 60]) : chance.pick([1, 60, 300]);
  const tuning: Partial<RaftHostTuning> = {
    tickMs, electionTicks,
    heartbeatTicks: chance.pick([1, 1, 2]),
    clockRateErrorPpmMax,
    leaseMarginMs: chance.pick([1, tickMs / 2, tickMs]),
    applyIntervalMs: chance.between(1, 20),
    logAppendsInFlightMax: chance.between(1, 3),
    truncationIntervalMs: chance.between(1, 4) * tickMs * 2,
    snapshotCallTimeoutMs: electionMs,
    snapshotIdleMsMax: 4 * electionMs,
    snapshotRateBytesPerSecond: chance.permille(200) ? 20_000 : 0,
    snapshotTriesMax: chance.between(1, 6),
    stopTransferMsMax: electionMs,
    logSizeBytesMax: chance.pick([100, 400, 2_000, 20_000]),
    // What collects for one group while the disk is busy becomes one write, and that must fit a segment.
    messageSizeBytesMax: 2_000, inflightBytesMax: 4_000, uncommittedSizeBytesMax: 6_000, groupProposalBytesMax: 4_000,
    ...(isTiny ? {
      messageSizeBytesMax,
      committedSizeBytesMax: chance.pick([1, 60, 300]),
      inflightMessagesMax: chance.between(1, 4),
      inflightBytesMax: messageSizeBytesMax + chance.pick([0, 200, 1_000]),
      uncommittedSizeBytesMax: chance.pick([100, 1_000, 6_000]),
      envelopeBytesMax: chance.pick([100, 1_000]),
      applyBatchBytesMax: chance.pick([50, 500]),
      applyBacklogBytesMax: chance.pick([500, 5_000]),
      groupProposalsMax: chance.between(2, 20),
      snapshotChunkBytes: chance.between(60, 400),
      snapshotSendsMax: 1,
    } : {}),
  };
  // Large commands one by one, and machines that lose their power in the middle of writing one.
  const isTearing = !isStorm && chance.fork('tearing').permille(180);
  const drawn: RaftSwarm = {
    nodeCount, voterCount, azCount: chance.between(1, 3), electionMs, tuning,
    clockRateErrorMax: clockRateErrorPpmMax / 1_000_000,
    timerLatenessNsMax: chance.pick([0, 200_000, 3_000_000]),
    link: {
      delayMs: chance.pick([0.1, 0.5, 2]), jitterMs: chance.pick([0, 0.1, 0.5]), dropPermille: chance.pick([0, 0, 0, 10, 50]),
      duplicatePermille: chance.pick([0, 0, 20]), replayPermille: chance.pick([0, 0, 20]), isOrdered: chance.permille(700), bytesPerMs: 0, queueBytesMax: chance.pick([2_000, 1_000_000]),
    },
    azDelayMs: chance.pick([0, 0.5, 3]),
    detectMs: electionMs * chance.pick([0.5, 1, 3]),
    redialMs: chance.pick([1, 10, 50]),
    disk: {capacityBytes: 4 * 1024 * 1024, writeMs: 0.02, syncMs: chance.pick([0.1, 0.5, 2]), callMsMax: 6 * electionMs},
    diskSlowness: isStorm ? chance.pick([1, 1, 10, 40, 100]) : chance.pick([1, 1, 1, 10]),
    storeCallMs: chance.pick([0.01, 0.1, 1]),
    logSegmentSpares: chance.below(2),
    logBatchBytesMax: chance.pick([1_024, 8_192, 65_536]),
    logCacheBytesMax: chance.pick([0, 2_000, 1_000_000]),
    logRewriteSegmentCountMin: chance.between(2, 4),
    clientCount: chance.between(1, isStorm ? 5 : 7),
    keyCount: chance.between(1, 4),
    burstCountMax: isStorm ? chance.pick([4, 12]) : chance.pick([1, 1, 4, 12]),
    // Users of a storm must last as long as it does: calls of a run are counted.
    clientPauseMs: (isStorm ? chance.pick([1, 5, 20]) : chance.pick([0.5, 1, 2])) * (tickMs / 10),
    readPermille: isStorm ? 100 : chance.pick([100, 400, 700]),
    conditionalPermille: chance.pick([0, 200]),
    transferPermille: chance.pick([0, 0, 300]),
    // Above a sector, so that a power cut can tear what is being written.
    paddingBytesMax: chance.pick([0, 20, 200, 900]),
    safetyMs: electionMs * chance.between(8, 24),
    faultKinds: isStorm ? chance.sample(STORM_FAULT_KINDS, chance.between(1, 4)) : RAFT_FAULT_KINDS.filter(() => chance.isHeads()),
  };
  if (!isStorm && !isTearing && chance.fork('handover').permille(120)) return withHandovers(chance, drawn);
  return isTearing ? withSleep(chance, {...drawn, faultKinds: ['torn-tail', ...drawn.faultKinds.slice(0, 1)], paddingBytesMax: 2_000, burstCountMax: 1}) : withSleep(chance, drawn);
}

/**
 * Leadership is handed over again and again between AZs that are far from each other: an old leader hears of the new one when that
 * one has led for a while. Everything else is quick, or the news would be there before the new leader serves.
 */
function withHandovers(chance: Chance, drawn: RaftSwarm): RaftSwarm {
  const handover = chance.fork('handovers');
  return {
    ...drawn, nodeCount: 3, voterCount: 3, azCount: 2, azDelayMs: drawn.electionMs * handover.pick([0.1, 0.2, 0.3]), transferPermille: 600,
    tuning: {...drawn.tuning, applyIntervalMs: 1, leaseMarginMs: 1}, storeCallMs: 0.01, disk: {...drawn.disk, syncMs: 0.1}, diskSlowness: 1,
    faultKinds: drawn.faultKinds.slice(0, handover.below(3)),
  };
}

/** In part of the runs users leave a group alone for so long that it sleeps, again and again, for as long as a heartbeat or for many elections. */
function withSleep(chance: Chance, drawn: RaftSwarm): RaftSwarm {
  const sleep = chance.fork('sleep');
  if (!sleep.permille(300)) return drawn;
  const {electionMs, tuning} = drawn;
  const tickMs = tuning.tickMs ?? 10;
  if (sleep.permille(350)) return withSeldomWrites(sleep, drawn);
  return {
    ...drawn, tuning: {...tuning, hibernateAfterMs: tickMs * sleep.pick([1, 2, 5]), hibernateMsMax: electionMs * sleep.pick([2, 100])},
    clientPauseMs: sleep.pick([tickMs * 3, electionMs / 2, electionMs * 2]), readPermille: sleep.pick([400, 700]),
  };
}

/**
 * Users read, and a follower that hears nothing of its leader for a while has missed nothing: it stands for election with a log as
 * good as any, before voters that still hear the leader.
 */
function withSeldomWrites(chance: Chance, drawn: RaftSwarm): RaftSwarm {
  return {
    ...drawn, nodeCount: 3, voterCount: 3, tuning: {...drawn.tuning, heartbeatTicks: 2}, clientPauseMs: drawn.electionMs * chance.pick([0.25, 0.5, 1]), readPermille: 970,
    diskSlowness: 1, faultKinds: ['cut-non-transitive', 'cut-asymmetric', ...drawn.faultKinds.slice(0, chance.below(2))],
  };
}

/** The schedule that goes with it; times count from the foundation of the group. */
export function drawRaftFaults(chance: Chance, swarm: RaftSwarm): readonly Fault[] {
  // A third of the runs hits few kinds often: that reaches what many kinds seldom do.
  const kinds = chance.permille(350) ? chance.sample(swarm.faultKinds, 2) : swarm.faultKinds;
  return drawFaults(chance, {
    kinds, fromMs: 0, untilMs: swarm.safetyMs, everyMs: swarm.electionMs * chance.pick([0.5, 1, 2]), durationMs: swarm.electionMs * chance.pick([0.5, 1, 2]),
  });
}
