// Goal: whatever one place of a request becomes, the answer is one that input may get, and the next client is served.
// Method: 5,000 generated inputs by a fixed seed and then those once found, at a whole cluster in this process. The
// campaign of the same generators is `npm run hostile`.
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {startCluster} from '@murmuration/test';
import type {TestCluster} from '@murmuration/test';
import {PeerHolder, faultOfInput, inputFromText, runRequestCampaign} from './request-campaign.js';
import {Target} from './target.js';

const CORPUS = join(__dirname, '..', 'corpus');
let cluster: TestCluster;
let target: Target;
beforeAll(async () => {
  cluster = await startCluster();
  target = new Target(cluster.endpoint, true);
  await target.prepare();
}, 60_000);
afterAll(async () => {
  target.close();
  await cluster.stop();
});

test('5,000 generated requests', async () => {
  const result = await runRequestCampaign(target, 5_000, 20_261_120);
  expect(result.report).toBe('');
  expect(result).toMatchObject({passedCount: 5_000, failedCount: 0});
}, 300_000);

test.each(readdirSync(CORPUS).filter((name) => name.endsWith('.json')))('corpus: %s', async (name) => {
  const peers = new PeerHolder(target.endpoint);
  try {
    expect(await faultOfInput(target, peers, inputFromText(readFileSync(join(CORPUS, name), 'utf8')))).toBeUndefined();
  } finally {
    peers.close();
  }
});
