// Goal: the service answers as DynamoDB does. Method: every case over real sockets at a whole cluster in this process.
import {startCluster} from '@murmuration/test';
import type {TestCluster} from '@murmuration/test';
import {ALL_AREAS} from './all-areas.js';
import {Suite} from './run-area.js';
import {SETUP_STEPS} from './suite-tables.js';

const AREA_TIME_MS = 240_000;

let cluster: TestCluster;
let suite: Suite;
beforeAll(async () => {
  cluster = await startCluster();
  suite = new Suite({endpoint: cluster.endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any', sessionToken: undefined}});
  await suite.prepare(SETUP_STEPS);
}, AREA_TIME_MS);
afterAll(async () => {
  suite.close();
  await cluster.stop();
});

test('cases of one area have different names', () => {
  for (const {cases} of ALL_AREAS) expect(new Set(cases.map(({name}) => name)).size).toBe(cases.length);
});

test.each(ALL_AREAS.map((area) => [area.title, area] as const))('%s', async (_title, area) => {
  const results = await suite.runArea(area);
  expect(results.filter(({faults}) => faults.length > 0).map(({name, rule, faults}) => `${name} (${rule}): ${faults.join('; ')}`)).toEqual([]);
}, AREA_TIME_MS);
