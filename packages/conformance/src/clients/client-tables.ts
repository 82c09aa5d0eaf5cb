import {CreateTableCommand, DynamoDBClient, waitUntilTableExists} from '@aws-sdk/client-dynamodb';

export interface ClientTable {
  readonly hash: string;
  readonly range?: string;
  readonly rangeType?: 'S' | 'N';
  /** A local index of the same name as its sort key, a text. */
  readonly localIndex?: string;
}

/** A client as a program makes one for a service that is not Amazon's. */
export function clientOf(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any'}});
}

/** Makes a table as programs do, with the SDK's own waiter. */
export async function createTable(client: DynamoDBClient, TableName: string, {hash, range, rangeType, localIndex}: ClientTable): Promise<void> {
  await client.send(new CreateTableCommand({
    TableName, BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      {AttributeName: hash, AttributeType: 'S'},
      ...(range === undefined ? [] : [{AttributeName: range, AttributeType: rangeType ?? 'S'} as const]),
      ...(localIndex === undefined ? [] : [{AttributeName: localIndex, AttributeType: 'S'} as const]),
    ],
    KeySchema: [{AttributeName: hash, KeyType: 'HASH'}, ...(range === undefined ? [] : [{AttributeName: range, KeyType: 'RANGE'} as const])],
    ...(localIndex === undefined ? {} : {LocalSecondaryIndexes: [{
      IndexName: localIndex, Projection: {ProjectionType: 'ALL'},
      KeySchema: [{AttributeName: hash, KeyType: 'HASH'}, {AttributeName: localIndex, KeyType: 'RANGE'}],
    }]}),
  }));
  await waitUntilTableExists({client, maxWaitTime: 60, minDelay: 1, maxDelay: 1}, {TableName});
}
