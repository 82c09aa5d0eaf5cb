import {afterAll, beforeAll, expect, test} from '@jest/globals';
import type {DynamoDBClient} from '@aws-sdk/client-dynamodb';
import {Entity, Service} from 'electrodb';
import {clientOf, createTable} from './client-tables.js';

const TABLE = 'Clients.Electro';

/** What electrodb documents: entities, a collection, conditions, pages, batches. Its indexes here are the table and a local one. */
export function describeElectrodb(endpoint: () => string): void {
  let client: DynamoDBClient;
  beforeAll(async () => {
    client = clientOf(endpoint());
    await createTable(client, TABLE, {hash: 'pk', range: 'sk', localIndex: 'ls1sk'});
  }, 60_000);
  afterAll(() => client.destroy());

  const makeTask = () => new Entity({
    model: {entity: 'task', version: '1', service: 'work'},
    attributes: {
      project: {type: 'string', required: true}, task: {type: 'string', required: true}, employee: {type: 'string', required: true},
      points: {type: 'number', default: 1}, tags: {type: 'set', items: 'string'}, status: {type: ['open', 'closed'] as const, default: 'open'},
      comments: {type: 'list', items: {type: 'map', properties: {by: {type: 'string'}, text: {type: 'string'}}}},
    },
    indexes: {
      byProject: {collection: 'board', pk: {field: 'pk', composite: ['project']}, sk: {field: 'sk', composite: ['task']}},
      byStatus: {index: 'ls1sk', pk: {field: 'pk', composite: ['project']}, sk: {field: 'ls1sk', composite: ['status', 'employee']}},
    },
  }, {client, table: TABLE});
  const makeMember = () => new Entity({
    model: {entity: 'member', version: '1', service: 'work'},
    attributes: {project: {type: 'string', required: true}, employee: {type: 'string', required: true}, role: {type: 'string'}},
    indexes: {byProject: {collection: 'board', pk: {field: 'pk', composite: ['project']}, sk: {field: 'sk', composite: ['employee']}}},
  }, {client, table: TABLE});

  test('an entity is created once, read, patched, upserted and removed', async () => {
    const task = makeTask();
    const created = await task.create({project: 'one', task: 't1', employee: 'ann', tags: ['a']}).go();
    expect(created.data).toMatchObject({project: 'one', task: 't1', points: 1, status: 'open', tags: ['a']});
    await expect(task.create({project: 'one', task: 't1', employee: 'bob'}).go()).rejects.toThrow('The conditional request failed');
    const patched = await task.patch({project: 'one', task: 't1'}).add({points: 4, tags: ['b']}).append({comments: [{by: 'ann', text: 'done'}]})
      .where(({employee}, {eq}) => eq(employee, 'ann')).go({response: 'all_new'});
    expect(patched.data).toMatchObject({points: 5, tags: ['a', 'b'], comments: [{by: 'ann', text: 'done'}]});
    await expect(task.patch({project: 'one', task: 'none'}).set({points: 1}).go()).rejects.toThrow('The conditional request failed');
    await task.upsert({project: 'one', task: 't2', employee: 'cid'}).go();
    expect((await task.get({project: 'one', task: 't2'}).go({consistent: true})).data).toMatchObject({employee: 'cid'});
    await task.remove({project: 'one', task: 't2'}).go();
    expect((await task.get({project: 'one', task: 't2'}).go({consistent: true})).data).toBeNull();
  });

  test('queries take sort keys, filters, the local index, pages and an order', async () => {
    const task = makeTask();
    const tasks = Array.from({length: 30}, (_, i) => ({
      project: 'many', task: `t${String(i).padStart(2, '0')}`, employee: `e${i % 3}`, points: i, status: i % 2 === 0 ? 'open' as const : 'closed' as const,
    }));
    expect((await task.put(tasks).go()).unprocessed).toEqual([]);
    const between = await task.query.byProject({project: 'many'}).between({task: 't05'}, {task: 't08'}).go({consistent: true});
    expect(between.data.map(({points}) => points)).toEqual([5, 6, 7, 8]);
    const filtered = await task.query.byProject({project: 'many'}).where(({points}, {gte}) => gte(points, 27)).go({consistent: true, pages: 'all'});
    expect(filtered.data.map(({points}) => points)).toEqual([27, 28, 29]);
    const closed = await task.query.byStatus({project: 'many', status: 'closed', employee: 'e1'}).go({consistent: true, pages: 'all'});
    expect(closed.data.map(({points}) => points).sort()).toEqual([1, 13, 19, 25, 7]);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: {data: {task: string}[]; cursor: string | null} = await task.query.byProject({project: 'many'}).go({consistent: true, limit: 8, cursor, order: 'desc'});
      seen.push(...page.data.map((found) => found.task));
      cursor = page.cursor;
    } while (cursor !== null);
    expect(seen).toEqual(tasks.map((one) => one.task).reverse());
    const got = await task.get([{project: 'many', task: 't00'}, {project: 'many', task: 'none'}]).go({consistent: true});
    expect([got.data.map((found) => found.task), got.unprocessed]).toEqual([['t00'], []]);
    expect((await task.scan.where(({project}, {eq}) => eq(project, 'many')).go({consistent: true, pages: 'all'})).data).toHaveLength(30);
    await task.delete(tasks.map(({project, task: name}) => ({project, task: name}))).go();
    expect((await task.query.byProject({project: 'many'}).go({consistent: true})).data).toEqual([]);
  });

  test('a collection gives entities of two kinds by one query', async () => {
    const service = new Service({task: makeTask(), member: makeMember()});
    await service.entities.task.put({project: 'two', task: 't', employee: 'ann'}).go();
    await service.entities.member.put({project: 'two', employee: 'ann', role: 'lead'}).go();
    const {data} = await service.collections.board({project: 'two'}).go({consistent: true});
    expect([data.task.map(({task}) => task), data.member.map(({role}) => role)]).toEqual([['t'], ['lead']]);
  });
}
