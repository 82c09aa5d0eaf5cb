import {WireClient} from '../wire-client.js';
import {sleep} from './command.js';

/** Lists lie in two tables, so that transactions reach over partitions. */
export const LIST_TABLES = ['nemesis-lists-0', 'nemesis-lists-1'] as const;
/** Accounts, items that an index shows, and items with a time; with a stream. */
export const DERIVED_TABLE = 'nemesis-derived';
export const INDEX_NAME = 'by-group';
export const INDEX_ATTRIBUTE = 'g';
export const EXPIRY_ATTRIBUTE = 'x';

const TIMEOUT_MS = 30_000;
const POLL_MS = 50;

/** Makes the tables of what is derived from writes, and waits until all of it is there. */
export async function createDerivedTables(endpoint: string): Promise<void> {
  const wire = new WireClient(endpoint, 2);
  const untilMs = performance.now() + TIMEOUT_MS;
  const untilIs = async (what: string, ask: () => Promise<boolean>): Promise<void> => {
    while (!(await ask())) {
      if (performance.now() > untilMs) throw new Error(`not within ${TIMEOUT_MS} ms: ${what}`);
      await sleep(POLL_MS);
    }
  };
  const key = {KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}], BillingMode: 'PAY_PER_REQUEST'};
  const own = {AttributeName: 'pk', AttributeType: 'S'};
  const requests = [
    ...LIST_TABLES.map((TableName) => ({TableName, ...key, AttributeDefinitions: [own]})),
    {
      TableName: DERIVED_TABLE, ...key, AttributeDefinitions: [own, {AttributeName: INDEX_ATTRIBUTE, AttributeType: 'S'}],
      GlobalSecondaryIndexes: [{IndexName: INDEX_NAME, KeySchema: [{AttributeName: INDEX_ATTRIBUTE, KeyType: 'HASH'}], Projection: {ProjectionType: 'ALL'}}],
      StreamSpecification: {StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES'},
    },
  ];
  try {
    for (const request of requests) {
      await untilIs(`${request.TableName} is taken`, async () => {
        const {status, body} = await wire.call('CreateTable', request);
        return status === 200 || String(body['__type']).endsWith('ResourceInUseException');
      });
    }
    for (const {TableName} of requests) {
      await untilIs(`${TableName} is active`, async () => ((await wire.call('DescribeTable', {TableName})).body['Table'] as {readonly TableStatus?: string} | undefined)?.TableStatus === 'ACTIVE');
    }
    await untilIs('items expire', async () => {
      const {status, body} = await wire.call('UpdateTimeToLive', {TableName: DERIVED_TABLE, TimeToLiveSpecification: {AttributeName: EXPIRY_ATTRIBUTE, Enabled: true}});
      return status === 200 || String(body['message'] ?? body['Message']).includes('already enabled');
    });
  } finally {
    wire.close();
  }
}
