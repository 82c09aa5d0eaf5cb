export type {BenchFailure} from './errors.js';
export {BenchError} from './errors.js';

// Workloads.
export type {
  ItemSize, KeyChoice, LoadPhase, OperationKind, ReadConsistency, TableChange, UnitsPerSecond, WeightedOperation, WorkloadAutoScaling, WorkloadBilling,
  WorkloadGlobalIndex, WorkloadLocalIndex, WorkloadOperation, WorkloadProjection, WorkloadSpec, WorkloadStream, WorkloadTable,
} from './workloads/workload-spec.js';
export {WORKLOAD_FORMAT, durationSeconds, indexKeyText, partitionKeyText, ramp, sortKeyText, steady} from './workloads/workload-spec.js';
export type {Arrival} from './workloads/arrivals.js';
export {ArrivalCursor, arrivals} from './workloads/arrivals.js';
export {itemSizeBytes} from './workloads/item-size.js';
export type {Trace, TraceOperation} from './workloads/trace.js';
export {TRACE_OPERATIONS, TRACE_ROWS_MAX, parseTrace} from './workloads/trace.js';

// Records of runs.
export type {
  BucketSeries, LatencyNumbers, NodeSeries, PartitionSeries, RunEnvironment, RunEvent, RunEventKind, RunRecord, RunSummary, SecondRecord, StreamSummary, Verdict,
} from './run-record.js';
export {RUN_RECORD_FORMAT, runRecordJson} from './run-record.js';
export {LatencyHistogram} from './latency-histogram.js';
export type {RunDetails, RunIdentity} from './run-recorder.js';
export {RunRecorder} from './run-recorder.js';

// Presets and files.
export type {PresetOptions} from './workloads/presets.js';
export {PRESET_DEFAULTS, PRESET_LIST, presetWorkload} from './workloads/presets.js';
export {checkWorkload, readWorkload} from './workloads/read-workload.js';

// Against an endpoint.
export type {LiveObserver, LiveOptions} from './live/live-run.js';
export {LIVE_DEFAULTS, runLive} from './live/live-run.js';
export type {ExistingTable} from './live/table-setup.js';
export type {Credentials} from './live/sign-request.js';

// What is made of records.
export {REPORT_RUNS_MAX, renderReport} from './report/html-report.js';
export type {Assertion} from './report/assertions.js';
export {ASSERTION_NAMES, judge, parseAssertions} from './report/assertions.js';
export type {Comparison} from './report/compare.js';
export {compareRuns, renderComparison} from './report/compare.js';
export {recordCsv} from './report/record-csv.js';
export {readRecord} from './report/read-record.js';
export {secondLine, summaryText, verdictText} from './report/summary-text.js';

// In virtual time.
export type {VirtualRunOptions} from './virtual/run-virtual.js';
export {runVirtual} from './virtual/run-virtual.js';
export type {SharingMode, VirtualFault, VirtualSettings} from './virtual/virtual-settings.js';
export {VIRTUAL_DEFAULTS, withSettings} from './virtual/virtual-settings.js';

// The twelve experiments.
export type {Experiment, ExperimentScene} from './experiments/experiment.js';
export type {ExperimentOptions, ExperimentResult, LiveRun} from './experiments/run-experiment.js';
export {EXPERIMENTS, experimentOf, runExperiment, runExperimentLive} from './experiments/run-experiment.js';

// What a trace would have cost.
export type {PlanOptions, PlanReport, PlanResult} from './planner/plan.js';
export {PLAN_DEFAULTS, planTrace} from './planner/plan.js';
export type {PriceList} from './planner/price-list.js';
export {readPriceList} from './planner/price-list.js';
