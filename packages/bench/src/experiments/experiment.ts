import type {RunRecord, Verdict} from '../run-record.js';
import type {VirtualSettings} from '../virtual/virtual-settings.js';
import type {WorkloadSpec} from '../workloads/workload-spec.js';

/** What an experiment's loads are made for. */
export interface ExperimentScene {
  readonly seed: number;
  /** Ceilings, rates and starts are so much of DynamoDB's. */
  readonly scale: number;
  /** Against an endpoint in real time: steps are short, and what only the inside of a virtual world tells is left out. */
  readonly isLive: boolean;
}

/** One run of an experiment. */
export interface ExperimentCase {
  readonly name: string;
  readonly workload: WorkloadSpec;
  /** What this case switches; what the user switches goes over it. */
  readonly settings: Partial<VirtualSettings>;
}

/** What came out of all cases, for judging. */
export interface ExperimentOutcome extends ExperimentScene {
  /** As they were in force. */
  readonly settings: VirtualSettings;
  /** @throws BenchError for a name the experiment does not have */
  readonly record: (caseName: string) => RunRecord;
}

/** One of the experiments of the bench: a load, what is expected of it, and whether it came. */
export interface Experiment {
  readonly number: number;
  readonly name: string;
  readonly title: string;
  /** What DynamoDB is documented to do, in sentences. */
  readonly expectation: string;
  /** What the run adds to or leaves out of the plan of the experiment. */
  readonly remarks: string;
  /** Can run against an endpoint too. */
  readonly isLive: boolean;
  /** Against an endpoint its cases run at the same time and end together, each with a table of its own: they ask for little. */
  readonly isSideBySide?: boolean;
  readonly cases: (scene: ExperimentScene) => readonly ExperimentCase[];
  readonly judge: (outcome: ExperimentOutcome) => readonly Verdict[];
}
