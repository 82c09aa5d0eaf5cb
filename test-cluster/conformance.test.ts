// Goal: what programs test against the cluster inside their process is what the real processes answer, case by case.
// Method: the whole conformance suite against `startCluster()`, then against three processes with RocksDB; equal results, and the time
// of both is told. No time is asserted: it is that of the machine.
import {ALL_AREAS, SETUP_STEPS, Suite, freshTableSteps} from '@murmuration/conformance';
import type {CaseResult} from '@murmuration/conformance';
import {startCluster} from '@murmuration/test';
import {ProcessCluster} from './process-cluster.js';

const RUN_TIME_MS = 900_000;
const FRESH_TABLE_TESTS = 20;

interface Run {
  readonly startMs: number;
  readonly casesMs: number;
  /** Of each case, and of each of some tests that begin with a table of their own. */
  readonly caseMs: readonly number[];
  readonly freshMs: readonly number[];
  readonly results: readonly CaseResult[];
}
interface Served {
  readonly endpoint: string;
  /** Only a cluster inside a test drops its tables at once. */
  reset?(): Promise<void>;
  stop(): Promise<void>;
}

async function runAgainst(start: () => Promise<Served>): Promise<Run> {
  const beganMs = performance.now();
  const cluster = await start();
  const suite = new Suite({endpoint: cluster.endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any', sessionToken: undefined}});
  try {
    await suite.prepare(SETUP_STEPS);
    const preparedMs = performance.now();
    const results: CaseResult[] = [];
    const caseMs: number[] = [];
    for (const area of ALL_AREAS) {
      for (const one of area.cases) {
        const caseBeganMs = performance.now();
        results.push(...await suite.runArea({...area, cases: [one]}));
        caseMs.push(performance.now() - caseBeganMs);
      }
    }
    const casesMs = performance.now() - preparedMs;
    const freshMs: number[] = [];
    for (let i = 0; i < FRESH_TABLE_TESTS; i += 1) {
      const testBeganMs = performance.now();
      await cluster.reset?.();
      await suite.prepare(freshTableSteps(cluster.reset === undefined));
      freshMs.push(performance.now() - testBeganMs);
    }
    return {startMs: preparedMs - beganMs, casesMs, caseMs, freshMs, results};
  } catch (cause) {
    throw cluster instanceof ProcessCluster ? cluster.explain(cause) : cause;
  } finally {
    suite.close();
    await cluster.stop();
  }
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

function told(what: string, {startMs, casesMs, caseMs, freshMs, results}: Run): string {
  return `${what}: start and tables ${(startMs / 1_000).toFixed(1)} s, ${results.length} cases ${(casesMs / 1_000).toFixed(1)} s, median ${median(caseMs).toFixed(2)} ms a case, `
    + `${median(freshMs).toFixed(1)} ms a test with a table of its own`;
}

let inProcess: Run;
let processes: Run;
beforeAll(async () => {
  // One after the other: two clusters at once would tell the time of neither.
  inProcess = await runAgainst(startCluster);
  processes = await runAgainst(() => ProcessCluster.start());
  process.stderr.write(`conformance\n  ${told('inside the process', inProcess)}\n  ${told('three processes', processes)}\n`);
}, RUN_TIME_MS);

test.each(ALL_AREAS.map(({title, name}) => [title, name] as const))('%s: the processes answer as the cluster inside a test does', (_title, name) => {
  const ofArea = (run: Run): unknown => run.results.filter(({area}) => area === name).map((result) => ({case: result.name, passedCount: result.passedCount, faults: result.faults}));
  expect(ofArea(processes)).toEqual(ofArea(inProcess));
});

test('every case holds against the processes', () => {
  expect(processes.results.filter(({faults}) => faults.length > 0).map(({area, name, rule, faults}) => `${area}: ${name} (${rule}): ${faults.join('; ')}`)).toEqual([]);
});
