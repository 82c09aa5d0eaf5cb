import {parseArgs} from 'node:util';
import {startCluster} from '@murmuration/test';
import {ALL_CASES} from './cases/all-cases.js';
import {runFlipCampaign} from './flip-campaign.js';
import {recordCampaigns} from './record.js';
import type {HostileEntry} from './record.js';
import {runRequestCampaign} from './request-campaign.js';
import type {CampaignResult} from './request-campaign.js';
import {Target} from './target.js';

const HELP = `Sends hostile requests to a cluster, by hand-written cases and then by generators, or damages every format and reads it.

  npm run hostile -- [--requests 200000] [--seed N] [--endpoint URL] [--path P] [--record]
  npm run hostile -- --formats [--flips 10000] [--seed N] [--record]

Without --endpoint a cluster is started inside this process. --path replays one failure, as its report gives it.
--record enters the outcome in docs/reliability/hostile.json and writes its page anew.
The tables Hostile and Hostile-Key are made at the endpoint when they are missing.
`;

async function main(): Promise<number> {
  const {values} = parseArgs({
    options: {
      requests: {type: 'string', default: '200000'}, flips: {type: 'string', default: '10000'}, seed: {type: 'string', default: ''}, endpoint: {type: 'string', default: ''},
      path: {type: 'string'}, formats: {type: 'boolean', default: false}, record: {type: 'boolean', default: false}, help: {type: 'boolean', default: false},
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const seed = values.seed === '' ? Date.now() % 2 ** 31 : Number(values.seed);
  const count = Number(values.formats ? values.flips : values.requests);
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(count) || count < 1) {
    process.stderr.write(`hostile: --seed, --requests and --flips must be whole numbers\n${HELP}`);
    return 2;
  }
  process.stderr.write(`seed ${seed}\n`);
  const outcomes = await run();
  // A replay of one failure is no campaign.
  if (values.record && values.path === undefined) recordCampaigns(outcomes.map(({what, passedCount, failedCount}) => ({what, seed, passedCount, failedCount})));
  return outcomes.some(({failedCount}) => failedCount > 0) ? 1 : 0;

  async function run(): Promise<readonly Outcome[]> {
    if (values.formats) return [told('damage to formats', await runFlipCampaign(count, seed))];
    if (values.endpoint !== '') return fire(new Target(values.endpoint, false), count, seed, values.path);
    const cluster = await startCluster();
    try {
      return await fire(new Target(cluster.endpoint, true), count, seed, values.path);
    } finally {
      await cluster.stop();
    }
  }
}

interface Outcome extends CampaignResult {
  readonly what: HostileEntry['what'];
}

async function fire(target: Target, requestCount: number, seed: number, path: string | undefined): Promise<readonly Outcome[]> {
  try {
    await target.prepare();
    const outcomes: Outcome[] = [];
    if (path === undefined) {
      const faults: string[] = [];
      for (const hostile of ALL_CASES) {
        const fault = await target.run(hostile);
        if (fault !== undefined) faults.push(`${hostile.row}, ${hostile.name}: ${fault}`);
      }
      outcomes.push(told('hand-written requests', {passedCount: ALL_CASES.length - faults.length, failedCount: faults.length, seed, report: faults.join('\n')}));
    }
    outcomes.push(told('generated requests', await runRequestCampaign(target, requestCount, seed, path)));
    return outcomes;
  } finally {
    target.close();
  }
}

function told(what: HostileEntry['what'], result: CampaignResult): Outcome {
  if (result.report !== '') process.stdout.write(`${result.report}\n`);
  process.stdout.write(`${what}: ${result.passedCount} passed, ${result.failedCount} failed (seed ${result.seed})\n`);
  return {...result, what};
}

process.exitCode = await main();
