// Goal: what programs test against the cluster inside their process is what the real processes answer, case by case.
// Method: the whole conformance suite against `startCluster()`, then against three processes with RocksDB; equal results, and the time
// of both is told. No time is asserted: it is that of the machine.
import {ALL_AREAS, SETUP_STEPS, Suite} from '@murmuration/conformance';
import type {CaseResult} from '@murmuration/conformance';
import {startCluster} from '@murmuration/test';
import {ProcessCluster} from './process-cluster.js';

const RUN_TIME_MS = 900_000;

interface Run {
  readonly startMs: number;
  readonly casesMs: number;
  readonly results: readonly CaseResult[];
}
interface Served {
  readonly endpoint: string;
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
    for (const area of ALL_AREAS) results.push(...await suite.runArea(area));
    return {startMs: preparedMs - beganMs, casesMs: performance.now() - preparedMs, results};
  } catch (cause) {
    throw cluster instanceof ProcessCluster ? cluster.explain(cause) : cause;
  } finally {
    suite.close();
    await cluster.stop();
  }
}

function told(what: string, {startMs, casesMs, results}: Run): string {
  return `${what}: start and tables ${(startMs / 1_000).toFixed(1)} s, ${results.length} cases ${(casesMs / 1_000).toFixed(1)} s, ${(casesMs / results.length).toFixed(1)} ms a case`;
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
