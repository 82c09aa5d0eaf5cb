import {BatchWriteItemCommand, CreateTableCommand, DynamoDBClient, ResourceInUseException, waitUntilTableExists} from '@aws-sdk/client-dynamodb';
import type {WriteRequest} from '@aws-sdk/client-dynamodb';
import {cityToItem} from './cities.js';
import type {City} from './cities.js';

export interface SampleOptions {
  readonly endpoint: string;
  readonly table: string;
  /** BatchWriteItem calls under way at once. */
  readonly concurrency: number;
}

/** Most items of one BatchWriteItem. */
const BATCH_ITEMS_MAX = 25;
/** Tries of what a call left unprocessed, with a growing pause. */
const UNPROCESSED_TRIES_MAX = 10;
const PAUSE_MS = 50;

/**
 * Makes the table where it is missing and writes all rows. Writing the same rows again changes nothing.
 * @param onProgress told how many rows are written
 * @returns whether the table was new
 * @throws what the SDK throws, and Error when a batch stays unprocessed
 */
export async function loadSample(options: SampleOptions, cities: readonly City[], onProgress: (done: number) => void): Promise<boolean> {
  const client = new DynamoDBClient({
    endpoint: options.endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any'}, maxAttempts: 5,
  });
  try {
    const isNew = await createTable(client, options.table);
    await waitUntilTableExists({client, maxWaitTime: 30, minDelay: 1, maxDelay: 1}, {TableName: options.table});
    let next = 0;
    let done = 0;
    const worker = async (): Promise<void> => {
      while (next < cities.length) {
        const batch = cities.slice(next, next + BATCH_ITEMS_MAX);
        next += batch.length;
        await writeBatch(client, options.table, batch.map((city) => ({PutRequest: {Item: cityToItem(city)}})));
        done += batch.length;
        onProgress(done);
      }
    };
    await Promise.all(Array.from({length: options.concurrency}, worker));
    return isNew;
  } finally {
    client.destroy();
  }
}

async function createTable(client: DynamoDBClient, table: string): Promise<boolean> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{AttributeName: 'country', AttributeType: 'S'}, {AttributeName: 'city', AttributeType: 'S'}],
        KeySchema: [{AttributeName: 'country', KeyType: 'HASH'}, {AttributeName: 'city', KeyType: 'RANGE'}],
      }),
    );
    return true;
  } catch (cause) {
    if (cause instanceof ResourceInUseException) return false;
    throw cause;
  }
}

async function writeBatch(client: DynamoDBClient, table: string, requests: readonly WriteRequest[]): Promise<void> {
  let rest = [...requests];
  for (let attempt = 0; attempt < UNPROCESSED_TRIES_MAX; attempt += 1) {
    const {UnprocessedItems} = await client.send(new BatchWriteItemCommand({RequestItems: {[table]: rest}}));
    rest = UnprocessedItems?.[table] ?? [];
    if (rest.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** attempt));
  }
  throw new Error(`${rest.length} rows stayed unprocessed after ${UNPROCESSED_TRIES_MAX} tries; is the cluster overloaded?`);
}
