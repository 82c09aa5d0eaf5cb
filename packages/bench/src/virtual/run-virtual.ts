import type {RunRecord} from '../run-record.js';
import {RunRecorder} from '../run-recorder.js';
import {ArrivalCursor} from '../workloads/arrivals.js';
import type {Trace} from '../workloads/trace.js';
import {durationSeconds} from '../workloads/workload-spec.js';
import type {WorkloadSpec} from '../workloads/workload-spec.js';
import {partitionSeries} from './series.js';
import {VIRTUAL_DEFAULTS, settingsRecord} from './virtual-settings.js';
import type {VirtualSettings} from './virtual-settings.js';
import {VirtualWorld} from './virtual-world.js';

const NOTE = 'Virtual time: decisions about capacity are those of the cluster; times of service, network and disk are stated costs, not measurements.';

export interface VirtualRunOptions {
  readonly settings?: VirtualSettings;
  /** Instead of the workload's own. */
  readonly seed?: number;
  readonly command?: string;
  readonly traces?: ReadonlyMap<string, Trace>;
}

/**
 * Runs a workload against a cluster in virtual time. Equal arguments give equal records, to the byte of their JSON.
 * @throws BenchError `InvalidWorkload` for a replay without its trace
 */
export function runVirtual(workload: WorkloadSpec, options: VirtualRunOptions = {}): RunRecord {
  const {settings = VIRTUAL_DEFAULTS, seed = workload.seed, command = '', traces} = options;
  const spec = seed === workload.seed ? workload : {...workload, seed};
  const recorder = new RunRecorder(spec);
  const world = new VirtualWorld(spec, settings, recorder);
  world.run(new ArrivalCursor(spec, traces), durationSeconds(spec) * 1000);
  return recorder.finish({command, environment: {kind: 'virtual', note: NOTE}, settings: settingsRecord(settings)}, {
    events: world.events, partitions: [world.table, ...world.indexes].flatMap(partitionSeries), buckets: world.tokens.all(), nodes: world.nodes.series(), measures: world.measures(),
  });
}
