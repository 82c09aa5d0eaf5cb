// Goal: one cluster serves all tests of a file, and each begins with no table. Method: the runner's own hooks.
import {CreateTableCommand, DynamoDBClient, ListTablesCommand} from '@aws-sdk/client-dynamodb';
import {useCluster} from './use-cluster.js';

const cluster = useCluster({beforeAll, beforeEach, afterAll});

describe('useCluster', () => {
  for (const turn of ['first', 'second']) {
    test(`the ${turn} test finds no table`, async () => {
      const client = new DynamoDBClient({endpoint: cluster().endpoint, region: 'eu-west-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any'}});
      expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([]);
      await client.send(new CreateTableCommand({
        TableName: 'same', BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}],
        AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}],
      }));
      client.destroy();
    });
  }
});
