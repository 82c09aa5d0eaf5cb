// Goal: whatever the load, the mode of sharing and the faults, a virtual table gives no more than its tokens and no partition
// more than its ceiling. Method: random workloads against the sums that buckets allow.
import fc from 'fast-check';
import type {RunRecord} from '../run-record.js';
import type {KeyChoice, WorkloadSpec} from '../workloads/workload-spec.js';
import {runVirtual} from './run-virtual.js';
import {VIRTUAL_DEFAULTS} from './virtual-settings.js';
import type {SharingMode, VirtualFault, VirtualSettings} from './virtual-settings.js';

const SECONDS = 50;
/** Units of the largest item here: a request may take so much more than a small share holds. */
const ITEM_UNITS_MAX = 4;
const SCALE = 0.02;

const keyChoice: fc.Arbitrary<KeyChoice> = fc.oneof(
  fc.record({kind: fc.constant('uniform' as const), keyCount: fc.integer({min: 1, max: 1000}), firstKey: fc.constant(0)}),
  fc.record({kind: fc.constant('zipf' as const), keyCount: fc.integer({min: 2, max: 1000}), theta: fc.constantFrom(0.5, 0.99, 1.2), firstKey: fc.constant(0)}),
  fc.record({kind: fc.constant('hot-collection' as const), hotShare: fc.constantFrom(0.5, 1), sortKeyCount: fc.constant(1000), firstSortKey: fc.constant(0), keyCount: fc.constant(50), firstKey: fc.constant(0)}),
  fc.record({kind: fc.constant('monotonic' as const), collectionCount: fc.integer({min: 1, max: 4}), firstKey: fc.constant(0)}),
);
const faults: fc.Arbitrary<readonly VirtualFault[]> = fc.constantFrom<readonly VirtualFault[]>(
  [], [{kind: 'az-loss', atSeconds: 20, az: 1}, {kind: 'az-return', atSeconds: 40, az: 1}], [{kind: 'leader-move', atSeconds: 10, of: 'hottest'}, {kind: 'leader-move', atSeconds: 30, of: 'hottest'}],
  [{kind: 'az-loss', atSeconds: 15, az: 0}, {kind: 'az-loss', atSeconds: 20, az: 2}, {kind: 'az-return', atSeconds: 45, az: 0}],
);
const scene = fc.record({
  seed: fc.integer({min: 1, max: 1_000_000}), keys: keyChoice, faults, writeUnits: fc.integer({min: 1, max: 100}), readUnits: fc.integer({min: 1, max: 200}), rate: fc.integer({min: 1, max: 300}),
  sizeBytes: fc.integer({min: 64, max: ITEM_UNITS_MAX * 1024}), sharing: fc.constantFrom<SharingMode>('static', 'adaptive', 'global'), burstSeconds: fc.constantFrom(0, 10, 300),
  partitions: fc.integer({min: 0, max: 6}), idle: fc.integer({min: 0, max: 20}), splitSustainSeconds: fc.constantFrom(5, 120),
});

function run(drawn: typeof scene extends fc.Arbitrary<infer Scene> ? Scene : never): RunRecord {
  const spec: WorkloadSpec = {
    format: 1, name: 'random', title: 'Random', seed: drawn.seed, warmUpSeconds: 0, changes: [],
    table: {
      name: 'T', hasSortKey: true, localIndexes: [], globalIndexes: [], partitionCount: drawn.partitions, billing: {mode: 'provisioned', readUnits: drawn.readUnits, writeUnits: drawn.writeUnits},
    },
    streams: [{
      name: 'all', startSecond: drawn.idle, phases: [{seconds: SECONDS - drawn.idle, fromRequestsPerSecond: drawn.rate, toRequestsPerSecond: drawn.rate}], spacing: 'poisson', keys: drawn.keys,
      operations: [{kind: 'put', weight: 1}, {kind: 'get', consistency: 'eventual', weight: 1}, {kind: 'get', consistency: 'strong', weight: 1}], itemSize: {kind: 'constant', sizeBytes: drawn.sizeBytes},
    }],
  };
  const settings: VirtualSettings = {
    ...VIRTUAL_DEFAULTS, ceilingScale: SCALE, sharing: drawn.sharing, burstSeconds: drawn.burstSeconds, faults: drawn.faults, splitSustainSeconds: drawn.splitSustainSeconds, splitCoolDownSeconds: 2,
  };
  return runVirtual(spec, {settings});
}

describe('tokens of a virtual table', () => {
  test('no more passes than its rate brings and one second holds, in any mode, with splits and lost leaders', () => {
    fc.assert(fc.property(scene, (drawn) => {
      const record = run(drawn);
      const slackUnits = record.partitions.length * 2 * ITEM_UNITS_MAX;
      expect(record.summary.writeUnits).toBeLessThanOrEqual(drawn.writeUnits * (SECONDS + 1) + slackUnits);
      expect(record.summary.readUnits).toBeLessThanOrEqual(drawn.readUnits * (SECONDS + 1) + slackUnits);
    }), {numRuns: 25});
  }, 60_000);

  test('no partition serves more in a second than its ceiling; keys belong to one partition at a time', () => {
    fc.assert(fc.property(scene, (drawn) => {
      const record = run(drawn);
      for (const {readUnits, writeUnits, readUnitsMax, writeUnitsMax} of record.partitions) {
        // A cut or a new leader begins a window of its own: a second may then hold two.
        const windows = record.events.length > 0 ? 2 : 1;
        for (const units of readUnits) expect(units).toBeLessThanOrEqual(readUnitsMax * windows);
        for (const units of writeUnits) expect(units).toBeLessThanOrEqual(writeUnitsMax * windows);
      }
      const served = record.partitions.reduce((sum, {writeUnits}) => sum + writeUnits.reduce((total, units) => total + units, 0), 0);
      expect(served).toBeCloseTo(record.summary.writeUnits, 6);
    }), {numRuns: 15});
  }, 60_000);
});
