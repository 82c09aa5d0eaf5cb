import {parseArgs} from 'node:util';
import {startCluster} from '@murmuration/test';
import {ALL_AREAS} from './all-areas.js';
import {reportText} from './report.js';
import {Suite} from './run-area.js';
import type {CaseResult} from './run-area.js';
import {REMOVE_TABLES, SETUP_STEPS} from './suite-tables.js';

const HELP = `Holds an endpoint against DynamoDB's wire protocol and prints passed and failed by area.

  npm run conformance -- [--endpoint URL] [--region us-east-1] [--area NAME]... [--json]

Without --endpoint a cluster is started inside this process. Credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
AWS_SESSION_TOKEN. Tables whose names begin with "Conformance." are made, dropped and made anew.
`;

async function main(): Promise<number> {
  const {values} = parseArgs({
    options: {
      endpoint: {type: 'string', default: ''}, region: {type: 'string', default: 'us-east-1'}, area: {type: 'string', multiple: true},
      json: {type: 'boolean', default: false}, help: {type: 'boolean', default: false},
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const areas = ALL_AREAS.filter(({name}) => values.area === undefined || values.area.includes(name));
  if (areas.length === 0) {
    process.stderr.write(`conformance: areas are ${ALL_AREAS.map(({name}) => name).join(', ')}\n`);
    return 2;
  }
  const cluster = values.endpoint === '' ? await startCluster() : undefined;
  const {env} = process;
  const suite = new Suite({
    endpoint: cluster?.endpoint ?? values.endpoint, region: values.region,
    credentials: {accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? 'any', secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? 'any', sessionToken: env['AWS_SESSION_TOKEN']},
  });
  try {
    await suite.prepare(SETUP_STEPS);
    const results: CaseResult[] = [];
    for (const area of areas) results.push(...await suite.runArea(area));
    await suite.prepare(REMOVE_TABLES);
    process.stdout.write(values.json ? `${JSON.stringify(results, undefined, 2)}\n` : reportText(results));
    return results.some(({faults}) => faults.length > 0) ? 1 : 0;
  } finally {
    suite.close();
    await cluster?.stop();
  }
}

process.exitCode = await main();
