import {BenchError} from '../errors.js';
import type {RunRecord, Verdict} from '../run-record.js';
import {runVirtual} from '../virtual/run-virtual.js';
import {VIRTUAL_DEFAULTS, withSettings} from '../virtual/virtual-settings.js';
import type {VirtualSettings} from '../virtual/virtual-settings.js';
import {durationSeconds} from '../workloads/workload-spec.js';
import type {WorkloadSpec} from '../workloads/workload-spec.js';
import {hotKeyReads} from './01-hot-key-reads.js';
import {hotKeyWrites} from './02-hot-key-writes.js';
import {zipf} from './03-zipf.js';
import {sharing} from './04-sharing.js';
import {monotonic} from './05-monotonic.js';
import {hotCollection} from './06-hot-collection.js';
import {indexBackPressure} from './07-index-back-pressure.js';
import {burstDrain} from './08-burst-drain.js';
import {onDemandGrowth} from './09-on-demand-growth.js';
import {splitTimeLine} from './10-split-time-line.js';
import {scanPollution} from './11-scan-pollution.js';
import {azLoss} from './12-az-loss.js';
import type {Experiment, ExperimentCase} from './experiment.js';

/** All experiments, by number. */
export const EXPERIMENTS: readonly Experiment[] = [
  hotKeyReads, hotKeyWrites, zipf, sharing, monotonic, hotCollection, indexBackPressure, burstDrain, onDemandGrowth, splitTimeLine, scanPollution, azLoss,
];
/** By name or number. */
export function experimentOf(name: string): Experiment | undefined {
  return EXPERIMENTS.find((experiment) => experiment.name === name || String(experiment.number) === name);
}

export interface ExperimentOptions {
  readonly seed: number;
  /** So much of DynamoDB's ceilings, above 0 and at most 1. */
  readonly scale: number;
  /** Settings by name, as `burst=off`; they go over those of the experiment. */
  readonly set: readonly string[];
}
export interface ExperimentResult {
  readonly experiment: Experiment;
  readonly options: ExperimentOptions;
  readonly records: readonly RunRecord[];
  readonly verdicts: readonly Verdict[];
  readonly isPassed: boolean;
}

/**
 * Runs one experiment in virtual time and judges it.
 * @throws BenchError for a setting that is unknown or out of its bounds
 */
export function runExperiment(experiment: Experiment, options: ExperimentOptions): ExperimentResult {
  const {seed, scale} = options;
  const command = commandOf(experiment, options);
  const records = new Map<string, RunRecord>();
  for (const each of experiment.cases({seed, scale, isLive: false})) {
    records.set(each.name, runVirtual(each.workload, {settings: settingsOf(each, options), command}));
  }
  return judged(experiment, options, records, false);
}

/** What runs a workload against an endpoint. Who has its processes can give it what the case is to be run with, faults included; others run it as it is. */
export type LiveRun = (workload: WorkloadSpec, command: string, settings: Partial<VirtualSettings>) => Promise<RunRecord>;

/** The same against an endpoint. Settings are those the cluster has. @throws BenchError for an experiment that is virtual only */
export async function runExperimentLive(experiment: Experiment, options: ExperimentOptions, run: LiveRun, command = `${commandOf(experiment, options)} --endpoint URL`): Promise<ExperimentResult> {
  if (!experiment.isLive) throw new BenchError({code: 'InvalidWorkload', at: experiment.name, reason: 'runs in virtual time only'});
  const records = new Map<string, RunRecord>();
  const cases = experiment.cases({seed: options.seed, scale: options.scale, isLive: true});
  const runOne = async (each: ExperimentCase): Promise<void> => void records.set(each.name, await run(each.workload, command, each.settings));
  // What is idle first begins first: all ask at the end.
  const longest = Math.max(...cases.map(({workload}) => durationSeconds(workload)));
  if (experiment.isSideBySide === true) await Promise.all(cases.map((each) => pause((longest - durationSeconds(each.workload)) * 1000).then(() => runOne(each))));
  else for (const each of cases) await runOne(each);
  // In the order of the cases, whichever ended first.
  const ordered = new Map(cases.map(({name}) => [name, records.get(name) as RunRecord]));
  return judged(experiment, options, ordered, true);
}

/** Verdicts about runs that were kept, by case. */
export function judged(experiment: Experiment, options: ExperimentOptions, records: ReadonlyMap<string, RunRecord>, isLive: boolean): ExperimentResult {
  const verdicts = experiment.judge({
    seed: options.seed, scale: options.scale, isLive, settings: isLive ? clusterSettings(settingsOf(undefined, options), [...records.values()][0]) : settingsOf(undefined, options),
    record: (name) => {
      const record = records.get(name);
      if (record === undefined) throw new BenchError({code: 'InvalidWorkload', at: experiment.name, reason: `has no case ${name}`});
      return record;
    },
  });
  return {experiment, options, records: [...records.values()], verdicts, isPassed: verdicts.every(({isPassed}) => isPassed)};
}
function settingsOf(each: ExperimentCase | undefined, {scale, set}: ExperimentOptions): VirtualSettings {
  return withSettings({...VIRTUAL_DEFAULTS, ceilingScale: scale, ...each?.settings}, set);
}
function pause(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
/** Settings as the cluster told them, where it did. */
function clusterSettings(settings: VirtualSettings, record: RunRecord | undefined): VirtualSettings {
  const told = Object.entries(record?.settings ?? {}).filter(([name]) => name.startsWith('cluster.'));
  const names = new Set(['burstSeconds', 'splitForHeat', 'splitLoadRatio', 'splitSustainSeconds']);
  return withSettings(settings, told.map(([name, value]) => [name.slice('cluster.'.length), value] as const).filter(([name]) => names.has(name)).map(([name, value]) => `${name}=${String(value)}`));
}
/** What runs it again. */
function commandOf(experiment: Experiment, {seed, scale, set}: ExperimentOptions): string {
  const settings = set.map((pair) => ` --set ${pair}`).join('');
  return `murmur experiment run ${experiment.name} --seed ${seed} --ceiling-scale ${scale}${settings}`;
}
