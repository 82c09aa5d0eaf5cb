import {initialPartitionCount} from '@murmuration/placement';
import {FaultHands} from '../live/fault-hands.js';
import {LIVE_DEFAULTS, runLive} from '../live/live-run.js';
import {LocalCluster} from '../live/local-cluster.js';
import type {RunRecord} from '../run-record.js';
import {VIRTUAL_DEFAULTS} from '../virtual/virtual-settings.js';
import type {VirtualSettings} from '../virtual/virtual-settings.js';
import type {WorkloadSpec, WorkloadTable} from '../workloads/workload-spec.js';
import type {Experiment} from './experiment.js';
import {runExperimentLive} from './run-experiment.js';
import type {ExperimentOptions, ExperimentResult} from './run-experiment.js';

/** Load has to be much for so long before a cut, by experiment: steps are short. */
const SUSTAIN_SECONDS: Readonly<Partial<Record<string, number>>> = {'hot-key-reads': 4, 'hot-key-writes': 4, 'split-time-line': 10};

/** What comes while leaders are missing must all be under way, or the generator would count its own bound as a failure. */
const [IN_FLIGHT_MAX, CONNECTIONS_MAX] = [10_000, 256];

export interface LocalRunOptions extends ExperimentOptions {
  readonly command: string;
  readonly onPhase: (text: string) => void;
}

/**
 * Runs an experiment on a cluster of real processes that is made for it: with its ceilings, and with the faults that its cases name.
 * @throws BenchError when the cluster does not start or does not take its settings
 */
export async function runExperimentLocally(experiment: Experiment, options: LocalRunOptions): Promise<ExperimentResult> {
  const shared = await LocalCluster.start();
  try {
    let before: Promise<unknown> = Promise.resolve();
    return await runExperimentLive(experiment, options, async (workload, command, settings) => {
      const environment = environmentOf(settings);
      if (environment === undefined) {
        // Settings are of the whole cluster: cases side by side set the same, one after the other.
        const cluster = before.then(() => prepare(shared, workload, experiment.name, options.scale));
        before = cluster;
        await cluster;
        return run(shared, workload, command, settings, options);
      }
      const own = await LocalCluster.start(environment);
      try {
        await prepare(own, workload, experiment.name, options.scale);
        return await run(own, workload, command, settings, options);
      } finally {
        await own.stop();
      }
    }, options.command);
  } finally {
    await shared.stop();
  }
}

/** What processes have to be started with; undefined when it is nothing. */
function environmentOf({nodeReadUnitsMax, nodeWriteUnitsMax}: Partial<VirtualSettings>): Readonly<Record<string, string>> | undefined {
  if (nodeReadUnitsMax === undefined && nodeWriteUnitsMax === undefined) return undefined;
  return {MURMUR_NODE_READ_UNITS_MAX: String(nodeReadUnitsMax ?? 0), MURMUR_NODE_WRITE_UNITS_MAX: String(nodeWriteUnitsMax ?? 0)};
}
async function prepare(cluster: LocalCluster, {table}: WorkloadSpec, experiment: string, scale: number): Promise<void> {
  await cluster.set({
    throttling: 'provisioned', partitionReadUnitsMax: Math.round(VIRTUAL_DEFAULTS.partitionReadUnitsMax * scale), partitionWriteUnitsMax: Math.round(VIRTUAL_DEFAULTS.partitionWriteUnitsMax * scale),
    splitSustainSeconds: SUSTAIN_SECONDS[experiment] ?? VIRTUAL_DEFAULTS.splitSustainSeconds, initialPartitions: partitionCountOf(table, scale),
  });
}
/** As many partitions as the unscaled table would have. Exported for tests. */
export function partitionCountOf({partitionCount, billing}: WorkloadTable, scale: number): number {
  if (partitionCount > 0) return partitionCount;
  if (billing.mode === 'on-demand') return 0;
  return initialPartitionCount({billingMode: 'PROVISIONED', rcu: Math.round(billing.readUnits / scale), wcu: Math.round(billing.writeUnits / scale)});
}
function run(cluster: LocalCluster, workload: WorkloadSpec, command: string, {faults = []}: Partial<VirtualSettings>, {scale, onPhase}: LocalRunOptions): Promise<RunRecord> {
  const losesAz = faults.some(({kind}) => kind === 'az-loss');
  // The load goes in where nobody is ended.
  const [, away = ''] = cluster.azs;
  return runLive(workload, {
    ...LIVE_DEFAULTS, inFlightMax: IN_FLIGHT_MAX, connectionsMax: CONNECTIONS_MAX, endpoint: losesAz ? cluster.endpointIn(away) : cluster.endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any', sessionToken: undefined},
    adminUrl: cluster.adminUrl, existingTable: 'replace', keepsTable: false, command, settings: {ceilingScale: scale},
    ...(faults.length === 0 ? {} : {faults: new FaultHands(cluster, workload.table.name, faults)}),
  }, {onPhase: (text) => onPhase(`${workload.name}: ${text}`)});
}
