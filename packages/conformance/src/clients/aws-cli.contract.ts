import {execFile, spawnSync} from 'node:child_process';
import {describe, expect, test} from '@jest/globals';

const TABLE = 'Clients.Cli';
const SCALED = 'Clients.CliScaled';
const TIME_MS = 120_000;
const ENVIRONMENT = {AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any', AWS_PAGER: '', AWS_DEFAULT_REGION: 'eu-west-1'};

/** What the commands of its manual do: a table from its making to its end, items one by one and in batches, queries and tags. */
export function describeAwsCli(endpoint: () => string): void {
  const isThere = spawnSync('aws', ['--version'], {stdio: 'ignore'}).status === 0;
  if (!isThere) console.warn('skipped: the AWS CLI (aws) is not installed');
  const run = (service: string, args: readonly string[]): Promise<Record<string, unknown>> => new Promise((resolve, reject) => {
    // The cluster may live in this very process, so nothing here may wait without letting it run.
    execFile('aws', [service, ...args, '--endpoint-url', endpoint(), '--output', 'json'], {env: {...process.env, ...ENVIRONMENT}}, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>));
      else reject(new Error(stderr.trim()));
    });
  });
  const aws = (...args: readonly string[]): Promise<Record<string, unknown>> => run('dynamodb', args);
  describe('its commands', () => {
    (isThere ? test : test.skip)('make, fill, read, tag and drop a table', async () => {
      const made = await aws('create-table', '--table-name', TABLE, '--billing-mode', 'PAY_PER_REQUEST', '--key-schema', 'AttributeName=pk,KeyType=HASH', 'AttributeName=sk,KeyType=RANGE',
        '--attribute-definitions', 'AttributeName=pk,AttributeType=S', 'AttributeName=sk,AttributeType=N', '--tags', 'Key=team,Value=birds');
      expect(made).toMatchObject({TableDescription: {TableStatus: 'CREATING'}});
      await aws('wait', 'table-exists', '--table-name', TABLE);
      await aws('put-item', '--table-name', TABLE, '--item', '{"pk":{"S":"a"},"sk":{"N":"1"},"t":{"S":"text"}}');
      await aws('batch-write-item', '--request-items', JSON.stringify({[TABLE]: ['2', '3'].map((N) => ({PutRequest: {Item: {pk: {S: 'a'}, sk: {N}}}}))}));
      expect(await aws('get-item', '--table-name', TABLE, '--key', '{"pk":{"S":"a"},"sk":{"N":"1"}}', '--consistent-read')).toEqual({Item: {pk: {S: 'a'}, sk: {N: '1'}, t: {S: 'text'}}});
      expect(await aws('update-item', '--table-name', TABLE, '--key', '{"pk":{"S":"a"},"sk":{"N":"2"}}', '--update-expression', 'ADD n :n', '--expression-attribute-values', '{":n":{"N":"5"}}', '--return-values', 'ALL_NEW'))
        .toEqual({Attributes: {pk: {S: 'a'}, sk: {N: '2'}, n: {N: '5'}}});
      const query = ['query', '--table-name', TABLE, '--consistent-read', '--key-condition-expression', 'pk = :p', '--expression-attribute-values', '{":p":{"S":"a"}}'];
      // Its own paging goes on behind each page of one.
      expect(await aws(...query, '--page-size', '1', '--projection-expression', 'sk')).toMatchObject({Count: 3, Items: [{sk: {N: '1'}}, {sk: {N: '2'}}, {sk: {N: '3'}}]});
      expect(await aws('scan', '--table-name', TABLE, '--consistent-read', '--filter-expression', 'n = :n', '--expression-attribute-values', '{":n":{"N":"5"}}')).toMatchObject({Count: 1, ScannedCount: 3});
      await expect(aws('put-item', '--table-name', TABLE, '--item', '{"pk":{"S":"a"},"sk":{"N":"1"}}', '--condition-expression', 'attribute_not_exists(pk)')).rejects.toThrow('ConditionalCheckFailedException');
      await expect(aws('get-item', '--table-name', 'Clients.None', '--key', '{"pk":{"S":"a"}}')).rejects.toThrow('Requested resource not found');
      const {Table} = await aws('describe-table', '--table-name', TABLE) as {readonly Table: {readonly TableArn: string}};
      expect(await aws('list-tags-of-resource', '--resource-arn', Table.TableArn)).toEqual({Tags: [{Key: 'team', Value: 'birds'}]});
      expect(await aws('list-tables')).toMatchObject({TableNames: expect.arrayContaining([TABLE])});
      await aws('delete-table', '--table-name', TABLE);
      await aws('wait', 'table-not-exists', '--table-name', TABLE);
    }, TIME_MS);

    (isThere ? test : test.skip)('scale a table', async () => {
      const scaling = (...args: readonly string[]): Promise<Record<string, unknown>> => run('application-autoscaling', args);
      const target = ['--service-namespace', 'dynamodb', '--resource-id', `table/${SCALED}`, '--scalable-dimension', 'dynamodb:table:ReadCapacityUnits'];
      await aws('create-table', '--table-name', SCALED, '--key-schema', 'AttributeName=pk,KeyType=HASH', '--attribute-definitions', 'AttributeName=pk,AttributeType=S', '--provisioned-throughput', 'ReadCapacityUnits=5,WriteCapacityUnits=5');
      await scaling('register-scalable-target', ...target, '--min-capacity', '5', '--max-capacity', '50');
      const policy = {TargetValue: 70, PredefinedMetricSpecification: {PredefinedMetricType: 'DynamoDBReadCapacityUtilization'}};
      const put = await scaling('put-scaling-policy', ...target, '--policy-name', 'track', '--policy-type', 'TargetTrackingScaling', '--target-tracking-scaling-policy-configuration', JSON.stringify(policy));
      expect(put).toMatchObject({Alarms: []});
      expect(await scaling('describe-scalable-targets', '--service-namespace', 'dynamodb', '--resource-ids', `table/${SCALED}`)).toMatchObject({ScalableTargets: [{MinCapacity: 5, MaxCapacity: 50}]});
      expect(await scaling('describe-scaling-policies', '--service-namespace', 'dynamodb', '--resource-id', `table/${SCALED}`)).toMatchObject({ScalingPolicies: [{PolicyARN: put['PolicyARN'], TargetTrackingScalingPolicyConfiguration: policy}]});
      expect(await scaling('describe-scaling-activities', '--service-namespace', 'dynamodb', '--resource-id', `table/${SCALED}`)).toEqual({ScalingActivities: []});
      await scaling('delete-scaling-policy', ...target, '--policy-name', 'track');
      await scaling('deregister-scalable-target', ...target);
      await expect(scaling('deregister-scalable-target', ...target)).rejects.toThrow('ObjectNotFoundException');
      await aws('wait', 'table-exists', '--table-name', SCALED);
      await aws('delete-table', '--table-name', SCALED);
    }, TIME_MS);
  });
}
