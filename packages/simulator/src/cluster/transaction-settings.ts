import type {Chance} from '../world/chance.js';
import type {FaultKind} from '../world/faults.js';
import type {ClusterSettings} from './cluster-settings.js';

/** What users do in transactions, beside whatever else happens in a run. */
export interface TransactionSettings {
  readonly clientCount: number;
  readonly thinkMs: number;
  /** Lists in use at the same time. */
  readonly liveListCount: number;
  /** A list is left alone after so many appends. */
  readonly listLengthMax: number;
  readonly bankCount: number;
  readonly accountCount: number;
  /** Items in use whose time may come; 0 for none. */
  readonly expiringCount: number;
  readonly hasStream: boolean;
  readonly hasIndexes: boolean;
  /** A leader asks what became of a transaction after this. */
  readonly patienceMs: number;
}

/** Kinds that meet transactions in their middle. Wall clocks are not set here: a token lives by them, and within minutes they must be right. */
export const TRANSACTION_FAULT_KINDS: readonly FaultKind[] = [
  'kill-one', 'kill-leader', 'kill-all', 'power-all', 'pause-one', 'pause-leader', 'cut-az', 'cut-node', 'cut-asymmetric', 'slow-link', 'clog', 'split-move-storm', 'membership-change',
];
const KIND_COUNT_MAX = 4;
const TRIM_MS = 2_000;

/** Nothing else but transactions, and many of them: what a run costs goes to them. */
export function drawDenseTransactions(chance: Chance): TransactionSettings {
  return {
    clientCount: chance.between(16, 28), thinkMs: chance.pick([1, 4]), liveListCount: chance.pick([8, 24, 60]), listLengthMax: chance.between(10, 40), bankCount: chance.between(1, 3),
    accountCount: chance.between(3, 6), expiringCount: chance.pick([0, 4, 8]), hasStream: chance.permille(300), hasIndexes: chance.permille(250), patienceMs: chance.pick([300, 1_000, 2_000]),
  };
}

/** The draw of a cluster with transactions put into it. */
export function withTransactions(drawn: ClusterSettings, transactions: TransactionSettings): ClusterSettings {
  const {storageNode} = drawn.tuning;
  return {
    ...drawn, transactions, tuning: {...drawn.tuning, storageNode: {...storageNode, transactionPatienceMs: transactions.patienceMs, decisionTrimMs: TRIM_MS, timeToLiveScanMs: 200}},
    faults: {...drawn.faults, kinds: drawn.faults.kinds.filter((kind) => kind !== 'clock-jump')},
  };
}

/** Of a thousand runs of the cluster profile with room for it, those in which a few users work in transactions. */
const FEW_PERMILLE = 250;

/** A few users of lists and banks beside all others, in part of the runs of a cluster: whatever happens there happens to transactions too. */
export function withFewTransactions(drawn: ClusterSettings, chance: Chance): ClusterSettings {
  // A list that has grown does not fit what some runs allow one proposal.
  if (drawn.tuning.raftHost?.groupProposalBytesMax !== undefined || !chance.permille(FEW_PERMILLE)) return drawn;
  return withTransactions(drawn, {
    clientCount: chance.between(2, 3), thinkMs: chance.pick([40, 80]), liveListCount: chance.pick([4, 10]), listLengthMax: 12, bankCount: 1,
    accountCount: 3, expiringCount: 0, hasStream: chance.permille(300), hasIndexes: chance.permille(300), patienceMs: chance.pick([300, 1_000, 2_000]),
  });
}

/** A run of the profile of transactions: a cluster as it is drawn for any other run, with fewer kinds of fault in less time. */
export function denseTransactions(drawn: ClusterSettings, chance: Chance): ClusterSettings {
  const settings = withTransactions(drawn, drawDenseTransactions(chance.fork('workload')));
  const faultChance = chance.fork('faults');
  return {
    ...settings, nodeCount: Math.min(drawn.nodeCount, 4), tableCount: 0, teamCount: 0, throttling: undefined, guardPermille: 0, interAzDelayMs: Math.min(drawn.interAzDelayMs, 1),
    // Waiting is what a user does most: fast disks leave more of a run to transactions.
    storeCallMs: Math.min(drawn.storeCallMs, 0.05), disk: {...drawn.disk, syncMs: faultChance.pick([0.2, 0.2, 0.2, 1])},
    safetyMs: faultChance.between(8_000, 14_000), operatorPeriodMs: faultChance.pick([0, 2_000]),
    tuning: {...settings.tuning, raftHost: withoutTightProposals(settings)},
    faults: {kinds: faultChance.sample(TRANSACTION_FAULT_KINDS, faultChance.between(1, KIND_COUNT_MAX)), everyMs: faultChance.pick([700, 1_500]), durationMs: faultChance.pick([100, 600, 1_500])},
  };
}
/** A list that has grown does not fit what some runs allow one proposal. */
function withoutTightProposals({tuning}: ClusterSettings): NonNullable<ClusterSettings['tuning']['raftHost']> {
  const {groupProposalBytesMax: _tight, ...rest} = tuning.raftHost ?? {};
  return rest;
}
