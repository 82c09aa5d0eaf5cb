import {WORKLOAD_FORMAT, ramp, steady} from './workload-spec.js';
import type {WorkloadBilling, WorkloadSpec, WorkloadStream, WorkloadTable} from './workload-spec.js';

/** What a preset can be told. */
export interface PresetOptions {
  readonly seed: number;
  /** Length of the load; phases are cut to it in proportion. */
  readonly seconds: number;
  /** All rates times this: for smaller and larger machines. */
  readonly rateScale: number;
}
export const PRESET_DEFAULTS: PresetOptions = {seed: 1, seconds: 60, rateScale: 1};

interface Preset {
  readonly name: string;
  readonly title: string;
  readonly make: (options: PresetOptions) => Pick<WorkloadSpec, 'table' | 'streams'>;
}

const ON_DEMAND: WorkloadBilling = {mode: 'on-demand'};
function table(overrides: Partial<WorkloadTable>): WorkloadTable {
  return {name: 'Bench', hasSortKey: false, localIndexes: [], globalIndexes: [], billing: ON_DEMAND, partitionCount: 0, ...overrides};
}
function stream(overrides: Partial<WorkloadStream> & Pick<WorkloadStream, 'name' | 'phases' | 'keys' | 'operations'>): WorkloadStream {
  return {startSecond: 0, spacing: 'poisson', itemSize: {kind: 'constant', sizeBytes: 512}, ...overrides};
}

/**
 * Loads of a minute that a cluster on one machine can be asked for: each shows one thing. The full experiments, at DynamoDB's
 * own ceilings, run in virtual time.
 */
const PRESETS: readonly Preset[] = [
  {
    name: 'uniform', title: 'Even load over many keys: reads and writes at a steady rate',
    make: ({seconds, rateScale}) => ({
      table: table({}),
      streams: [stream({
        name: 'mixed', phases: [steady(seconds, 400 * rateScale)], keys: {kind: 'uniform', keyCount: 10_000, firstKey: 0},
        operations: [{kind: 'get', consistency: 'eventual', weight: 70}, {kind: 'get', consistency: 'strong', weight: 10}, {kind: 'put', weight: 20}],
      })],
    }),
  },
  {
    name: 'zipf', title: 'Zipfian keys (theta 0.99): few keys get most of a read-heavy load',
    make: ({seconds, rateScale}) => ({
      table: table({}),
      streams: [stream({
        name: 'mixed', phases: [steady(seconds, 400 * rateScale)], keys: {kind: 'zipf', keyCount: 1_000_000, theta: 0.99, firstKey: 0},
        operations: [{kind: 'get', consistency: 'eventual', weight: 95}, {kind: 'put', weight: 5}],
      })],
    }),
  },
  {
    name: 'hot-key', title: 'One hot key: a counter is raised ever more often beside an even load (a tenth of DynamoDB\'s ceilings)',
    make: ({seconds, rateScale}) => ({
      table: table({}),
      streams: [
        stream({
          name: 'hot key', phases: [ramp(seconds * 0.75, 10 * rateScale, 180 * rateScale), steady(seconds * 0.25, 40 * rateScale)],
          keys: {kind: 'uniform', keyCount: 1, firstKey: 0}, operations: [{kind: 'update-counter', weight: 1}],
        }),
        stream({
          name: 'neighbours', phases: [steady(seconds, 40 * rateScale)], keys: {kind: 'uniform', keyCount: 5_000, firstKey: 1},
          operations: [{kind: 'get', consistency: 'eventual', weight: 1}, {kind: 'put', weight: 1}],
        }),
      ],
    }),
  },
  {
    name: 'moving-hot-spot', title: 'A hot spot that moves to another key every ten seconds',
    make: ({seconds, rateScale}) => ({
      table: table({}),
      streams: [stream({
        name: 'mixed', phases: [steady(seconds, 400 * rateScale)], keys: {kind: 'moving-hot-spot', hotShare: 0.8, keyCount: 10_000, periodSeconds: 10, firstKey: 0},
        operations: [{kind: 'update-counter', weight: 1}, {kind: 'get', consistency: 'strong', weight: 1}],
      })],
    }),
  },
  {
    name: 'step', title: 'A step: idle, then ten times the provisioned rate, fed by burst as long as it lasts',
    make: ({seconds, rateScale}) => ({
      table: table({billing: {mode: 'provisioned', readUnits: Math.max(1, Math.round(50 * rateScale)), writeUnits: Math.max(1, Math.round(50 * rateScale))}}),
      streams: [stream({
        name: 'reads', phases: [steady(seconds / 2, 5 * rateScale), steady(seconds / 2, 500 * rateScale)], keys: {kind: 'uniform', keyCount: 1_000, firstKey: 0},
        operations: [{kind: 'get', consistency: 'strong', weight: 1}],
      })],
    }),
  },
  {
    name: 'ramp', title: 'A ramp of writes over many keys: where does this machine end?',
    make: ({seconds, rateScale}) => ({
      table: table({}),
      streams: [stream({
        name: 'writes', phases: [ramp(seconds, 0, 2_000 * rateScale)], keys: {kind: 'uniform', keyCount: 100_000, firstKey: 0}, operations: [{kind: 'put', weight: 1}],
      })],
    }),
  },
  {
    name: 'hot-collection', title: 'One item collection takes nine tenths of the writes, at random sort keys',
    make: ({seconds, rateScale}) => ({
      table: table({hasSortKey: true}),
      streams: [stream({
        name: 'writes', phases: [steady(seconds, 400 * rateScale)],
        keys: {kind: 'hot-collection', hotShare: 0.9, sortKeyCount: 100_000, firstSortKey: 0, keyCount: 1_000, firstKey: 0}, operations: [{kind: 'put', weight: 1}],
      })],
    }),
  },
  {
    name: 'time-series', title: 'Rising sort keys in one collection: every write goes to the end',
    make: ({seconds, rateScale}) => ({
      table: table({hasSortKey: true}),
      streams: [stream({
        name: 'writes', phases: [steady(seconds, 400 * rateScale)], keys: {kind: 'monotonic', collectionCount: 1, firstKey: 0}, operations: [{kind: 'put', weight: 1}],
      })],
    }),
  },
  {
    name: 'gsi-skew', title: 'A global index with three keys behind a table with many',
    make: ({seconds, rateScale}) => ({
      table: table({globalIndexes: [{name: 'by-group', projection: 'KEYS_ONLY'}]}),
      streams: [stream({
        name: 'writes', phases: [steady(seconds, 300 * rateScale)], keys: {kind: 'gsi-skew', keyCount: 10_000, indexKeyCount: 3, firstKey: 0}, operations: [{kind: 'put', weight: 1}],
      })],
    }),
  },
  {
    name: 'scan', title: 'Scans of eight segments beside reads by key',
    make: ({seconds, rateScale}) => ({
      table: table({}),
      streams: [
        stream({
          name: 'fill', phases: [steady(seconds * 0.25, 400 * rateScale)], keys: {kind: 'uniform', keyCount: 20_000, firstKey: 0}, operations: [{kind: 'put', weight: 1}],
        }),
        stream({
          name: 'reads', startSecond: seconds * 0.25, phases: [steady(seconds * 0.75, 200 * rateScale)], keys: {kind: 'uniform', keyCount: 20_000, firstKey: 0},
          operations: [{kind: 'get', consistency: 'eventual', weight: 1}],
        }),
        stream({
          name: 'scans', startSecond: seconds * 0.5, phases: [steady(seconds * 0.5, 8 * rateScale)], keys: {kind: 'uniform', keyCount: 1, firstKey: 0},
          operations: [{kind: 'scan', consistency: 'eventual', segmentCount: 8, limit: 0, weight: 1}],
        }),
      ],
    }),
  },
  {
    name: 'transactions', title: 'Transactions over four items each, beside reads',
    make: ({seconds, rateScale}) => ({
      table: table({}),
      streams: [stream({
        name: 'mixed', phases: [steady(seconds, 60 * rateScale)], keys: {kind: 'uniform', keyCount: 5_000, firstKey: 0},
        operations: [{kind: 'transact-write', itemCount: 4, weight: 1}, {kind: 'transact-get', itemCount: 4, weight: 1}, {kind: 'get', consistency: 'strong', weight: 2}],
      })],
    }),
  },
];

/** Names and titles, in the order in which they are shown. */
export const PRESET_LIST: readonly {readonly name: string; readonly title: string}[] = PRESETS.map(({name, title}) => ({name, title}));

/** @returns undefined for a name that is none */
export function presetWorkload(name: string, options: PresetOptions = PRESET_DEFAULTS): WorkloadSpec | undefined {
  const preset = PRESETS.find((candidate) => candidate.name === name);
  if (preset === undefined) return undefined;
  return {format: WORKLOAD_FORMAT, name, title: preset.title, seed: options.seed, warmUpSeconds: 0, ...preset.make(options), changes: []};
}
