// Goal: the experiments come out as expected, and fail when what they test is switched off. Method: the cheap ones at a tenth of the ceilings, in virtual time.
import {BenchError} from '../errors.js';
import type {RunRecord, Verdict} from '../run-record.js';
import {EXPERIMENTS, experimentOf, runExperiment, runExperimentLive} from './run-experiment.js';
import type {ExperimentResult} from './run-experiment.js';
import {runVirtual} from '../virtual/run-virtual.js';
import {VIRTUAL_DEFAULTS} from '../virtual/virtual-settings.js';
import type {VirtualSettings} from '../virtual/virtual-settings.js';

function run(name: string, set: readonly string[] = [], scale = 0.1, seed = 1): ExperimentResult {
  const experiment = experimentOf(name);
  if (experiment === undefined) throw new Error(`no experiment ${name}`);
  return runExperiment(experiment, {seed, scale, set});
}
const failed = (result: ExperimentResult): readonly Verdict[] => result.verdicts.filter(({isPassed}) => !isPassed);

/** The others are run by `npm run experiments`, whose results are committed. */
const CHEAP = ['hot-key-writes', 'sharing', 'burst-drain', 'split-time-line', 'scan-pollution'];
const SLOW_MS = 60_000;

describe('experiments', () => {
  test('have twelve numbers, names of their own and words for what is expected', () => {
    expect(EXPERIMENTS.map(({number}) => number)).toEqual(Array.from({length: 12}, (_none, i) => i + 1));
    expect(new Set(EXPERIMENTS.map(({name}) => name)).size).toBe(12);
    for (const {expectation, title} of EXPERIMENTS) expect([expectation.length > 60, title.length > 0]).toEqual([true, true]);
    expect([experimentOf('4')?.name, experimentOf('sharing')?.number, experimentOf('13')]).toEqual(['sharing', 4, undefined]);
  });
  test.each(CHEAP)('%s passes at a tenth of the ceilings', (name) => {
    expect(failed(run(name))).toEqual([]);
  }, SLOW_MS);
});

describe('switches', () => {
  test('without burst the same experiment expects none, and none comes', () => {
    expect(failed(run('burst-drain', ['burst=off']))).toEqual([]);
  });
  test('without splits for heat a hot partition stays at its ceiling', () => {
    expect(failed(run('split-time-line', ['splitForHeat=off'])).map(({name}) => name)).toEqual(expect.arrayContaining(['1500/s: cuts', '1500/s: throttled at the end']));
  }, SLOW_MS);
  test('static sharing throttles where adaptive does not', () => {
    expect(failed(run('sharing', ['sharing=static'])).map(({name}) => name)).toContain('adaptive: throttled');
  });
  test('another ceiling moves the plateau', () => {
    expect(failed(run('hot-key-writes', ['partitionWriteUnitsMax=500'])).map(({name}) => name)).toContain('updates, 2,000 offered');
  }, SLOW_MS);
});

describe('against an endpoint', () => {
  test('the cases are run one after the other and judged by what is seen from outside', async () => {
    const names: string[] = [];
    const live = async (workload: Parameters<typeof runVirtual>[0], _command: string, settings: Partial<VirtualSettings>): Promise<RunRecord> => {
      names.push(workload.name);
      return runVirtual(workload, {settings: {...VIRTUAL_DEFAULTS, ceilingScale: 0.05, ...settings}});
    };
    const experiment = experimentOf('hot-key-writes');
    if (experiment === undefined) throw new Error('hot-key-writes is gone');
    const result = await runExperimentLive(experiment, {seed: 3, scale: 0.05, set: []}, live);
    expect(names).toEqual(['hot-key-writes']);
    expect([result.verdicts.length, failed(result)]).toEqual([4, []]);
  });
  test('one that is virtual only is refused', async () => {
    const zipf = experimentOf('zipf');
    if (zipf === undefined) throw new Error('zipf is gone');
    await expect(runExperimentLive(zipf, {seed: 1, scale: 1, set: []}, async () => Promise.reject(new Error('asked')))).rejects.toThrow(BenchError);
  });
});
