// Goal: partitions that are cut for heat, in the middle of faults and other jobs, lose nothing and answer nothing wrong.
// Method: whole runs in which a few writes a second, for some seconds, are much; cuts come where the leaders say.
import {describe, expect, test} from '@jest/globals';
import {withHeatSplits} from './cluster-settings.js';
import {runClusterSeed} from './run-cluster-seed.js';

describe('splits for heat', () => {
  test.each([3])('seed %i keeps its promises while hot partitions are cut', async (seed) => {
    const report = await runClusterSeed({seed, changeSettings: (drawn) => ({...drawn, throttling: undefined, tuning: withHeatSplits(drawn.tuning, 0.01, 2)})});
    expect(report.failure).toBeUndefined();
    expect(report.probes['partition/hot']).toBeGreaterThan(0);
    expect(report.probes['job/split/heat']).toBeGreaterThan(0);
  }, 240_000);
});
