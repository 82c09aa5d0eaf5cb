import {once} from 'node:events';
import type {Server} from 'node:http';
import {isDeepStrictEqual} from 'node:util';
import {afterAll, beforeAll, expect, test} from '@jest/globals';
import type {DynamoDBClient} from '@aws-sdk/client-dynamodb';
import {createServer} from 'dynamodb-admin';
import {clientOf, createTable} from './client-tables.js';

const TABLE = 'Clients.Admin';
const JSON_TYPE = {'content-type': 'application/json'};

const WAIT_TIME_MS = 10_000;
const POLL_PERIOD_MS = 20;

/** Waits until what is read is what is expected: these pages read without `ConsistentRead`, so they may show what was a moment ago. */
async function eventually(read: () => Promise<unknown>, expected: unknown): Promise<void> {
  const untilMs = performance.now() + WAIT_TIME_MS;
  for (;;) {
    const value = await read();
    if (isDeepStrictEqual(value, expected)) return;
    if (performance.now() > untilMs) {
      expect(value).toEqual(expected);
      return;
    }
    await new Promise((resolve) => void setTimeout(resolve, POLL_PERIOD_MS));
  }
}

/** What dynamodb-admin does for the person at its pages: list tables, show one, add, edit, find and delete items. */
export function describeDynamodbAdmin(endpoint: () => string): void {
  let client: DynamoDBClient;
  let server: Server;
  let url = '';
  beforeAll(async () => {
    client = clientOf(endpoint());
    await createTable(client, TABLE, {hash: 'pk', range: 'sk', rangeType: 'N'});
    server = createServer({dynamoEndpoint: endpoint()}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the pages listen at no port');
    url = `http://127.0.0.1:${address.port}`;
  }, 60_000);
  afterAll(async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  // Every answer is read to its end: one that is left unread holds its connection.
  const ask = async (method: string, path: string, body?: unknown): Promise<{readonly status: number; readonly text: string}> => {
    const answer = await fetch(url + path, {method, headers: {...JSON_TYPE, connection: 'close'}, signal: AbortSignal.timeout(WAIT_TIME_MS), ...(body === undefined ? {} : {body: JSON.stringify(body)})});
    return {status: answer.status, text: await answer.text()};
  };
  const put = (path: string, item: unknown): Promise<{readonly status: number; readonly text: string}> => ask('PUT', path, item);
  const found = async (parameters: Readonly<Record<string, string>> = {}): Promise<unknown> => {
    const answer = await ask('GET', `/tables/${TABLE}/items?${new URLSearchParams(parameters).toString()}`);
    expect(answer.status).toBe(200);
    return (JSON.parse(answer.text) as {Items: {name: string}[]}).Items.map(({name}) => name);
  };

  test('its pages show the tables and one table', async () => {
    for (const [path, text] of [['/', TABLE], [`/tables/${TABLE}`, TABLE], [`/tables/${TABLE}/meta`, 'ACTIVE'], [`/tables/${TABLE}/add-item`, 'pk'], [`/tables/${TABLE}/ttl`, TABLE]] as const) {
      const page = await ask('GET', path);
      expect([path, page.status]).toEqual([path, 200]);
      expect(page.text).toContain(text);
    }
    const tables = JSON.parse((await ask('GET', '/api/tables')).text) as {TableName: string}[];
    expect(tables.map(({TableName}) => TableName)).toContain(TABLE);
  });

  test('items are added, shown, edited, found and deleted', async () => {
    // What these answer is a read of what they put, and may be too old; it is read again below.
    await put(`/tables/${TABLE}/add-item`, {pk: 'a', sk: 1, name: 'one'});
    await put(`/tables/${TABLE}/add-item`, {pk: 'a', sk: 2, name: 'two', nested: {list: [1, 'x', null, true]}});
    await eventually(found, ['one', 'two']);
    await eventually(async () => (await ask('GET', `/tables/${TABLE}/items/a,1`)).text.includes('one'), true);
    expect((await put(`/tables/${TABLE}/items/a,1`, {pk: 'a', sk: 1, name: 'uno'})).status).toBe(200);
    await eventually(found, ['uno', 'two']);
    const query = {operationType: 'query', filters: JSON.stringify({pk: {type: 'S', operator: '=', value: 'a'}, sk: {type: 'N', operator: '>=', value: '2'}})};
    await eventually(() => found(query), ['two']);
    await eventually(() => found({filters: JSON.stringify({name: {type: 'S', operator: 'begins_with', value: 'un'}})}), ['uno']);
    expect((await ask('DELETE', `/tables/${TABLE}/items/a,1`)).status).toBe(204);
    await eventually(found, ['two']);
    await eventually(async () => (await ask('GET', `/tables/${TABLE}/items/a,1`)).status, 404);
  });

  test('a table with a local index is made, emptied and dropped', async () => {
    const made = await ask('POST', '/create-table', {
      TableDefinition: {TableName: 'Clients.Made', HashAttributeName: 'id', HashAttributeType: 'S', RangeAttributeName: 'at', RangeAttributeType: 'N', ReadCapacityUnits: 3, WriteCapacityUnits: 3},
      SecondaryIndexes: [{IndexType: 'local', IndexName: 'by-name', HashAttributeName: 'id', HashAttributeType: 'S', RangeAttributeName: 'name', RangeAttributeType: 'S'}],
    });
    expect(made.status).toBe(204);
    await put(`/tables/${TABLE}/add-item`, {pk: 'emptied', sk: 1, name: 'three'});
    // Emptying begins with a scan that may be too old as well: it is asked for until nothing is left.
    await eventually(async () => {
      expect((await ask('DELETE', `/tables/${TABLE}/all`)).status).toBe(200);
      return found();
    }, []);
    await eventually(async () => {
      const tables = JSON.parse((await ask('GET', '/api/tables')).text) as {TableName: string; TableStatus: string; LocalSecondaryIndexes?: unknown[]}[];
      return tables.filter(({TableName}) => TableName === 'Clients.Made').map(({TableStatus, LocalSecondaryIndexes}) => [TableStatus, LocalSecondaryIndexes?.length]);
    }, [['ACTIVE', 1]]);
    expect((await ask('DELETE', '/tables/Clients.Made')).status).toBe(204);
  });
}
