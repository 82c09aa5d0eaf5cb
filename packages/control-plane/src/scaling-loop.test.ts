// Goal: policies of auto scaling move throughput by what was consumed, within its limits, and what came of it is kept.
// Method: the loop on a catalog of its own over a stepped clock; consumption by hand.
import {ManualTime} from '@murmuration/base/testing';
import {WriteBatch, nullMetrics, toAzId, toGroupId, toIndexId, toNodeId, toTableId} from '@murmuration/base';
import type {EventRecord} from '@murmuration/base';
import {parsePutScalingPolicy, parseRegisterScalableTarget} from '@murmuration/model';
import type {ScalingActivity, ScalingOrder} from '@murmuration/model';
import {MemoryStore} from '@murmuration/store-memory';
import {Catalog} from './catalog.js';
import type {CatalogResult} from './catalog.js';
import {decodeCatalogCommand, encodeCatalogCommand} from './catalog-commands.js';
import type {CatalogCommand} from './catalog-commands.js';
import {readCatalog, writeCatalogChange} from './catalog-rows.js';
import {createControlPlaneMetrics} from './metrics.js';
import {planTable} from './plan-table.js';
import {ScalingLoop} from './scaling-loop.js';

const TARGET = {ServiceNamespace: 'dynamodb', ResourceId: 'table/Music', ScalableDimension: 'dynamodb:table:WriteCapacityUnits'};
const KEY = 'table/Music|dynamodb:table:WriteCapacityUnits';
const MINUTE_SECONDS = 60;

class World {
  readonly time = new ManualTime();
  readonly events: EventRecord[] = [];
  readonly store = new MemoryStore();
  catalog = new Catalog();
  loop: ScalingLoop;
  writeUnits = 0;
  readUnits = 0;
  #id = 0;
  constructor(units = 10) {
    for (const id of ['a1', 'b1', 'c1']) {
      this.apply({kind: 'register-node', node: {
        node: toNodeId(id), az: toAzId(id.charAt(0)), roles: ['storage'], fabricAddress: 'x:1', apiAddress: '', adminAddress: '', pid: 7, incarnation: 1, diskId: 'one', state: 'up', duty: 'serving',
      }});
    }
    this.createTable(units);
    this.loop = this.newLoop();
  }
  createTable(units: number): void {
    const {nextTableId, nextGroupId} = this.catalog.counters();
    const table = {
      name: 'Music', keySchema: {hash: {name: 'pk', type: 'S' as const}, range: undefined}, attributeDefinitions: [], billingMode: 'PROVISIONED' as const,
      provisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: units}, extra: {},
    };
    const partitions = planTable({replicationFactor: 3}, table, toTableId(nextTableId), toIndexId(0), [...this.catalog.nodes()], []);
    if ('code' in partitions) throw new Error(partitions.code);
    this.apply({kind: 'create-table', table, tableUuid: 'u', createdAtMs: 0, expectedTableId: toTableId(nextTableId), expectedFirstGroup: toGroupId(nextGroupId), partitions});
    this.apply({kind: 'set-table-active', table: toTableId(nextTableId)});
  }
  newLoop(): ScalingLoop {
    return new ScalingLoop({
      clock: this.time, catalog: this.catalog, metrics: createControlPlaneMetrics(nullMetrics), emit: (event) => this.events.push(event), newId: () => this.#newId(),
      liveness: {consumption: () => ({readHalfUnits: (this.readUnits * 2) / [...this.catalog.partitions()].length, writeHalfUnits: (this.writeUnits * 2) / [...this.catalog.partitions()].length})},
      submit: (command, done) => done(this.apply(command)),
    });
  }
  apply(command: CatalogCommand): CatalogResult {
    const {result, change} = this.catalog.apply(decodeCatalogCommand(encodeCatalogCommand(command)));
    if (change !== undefined) {
      const batch = new WriteBatch();
      writeCatalogChange(this.catalog, change, batch);
      void this.store.write(batch);
    }
    return result;
  }
  order(order: ScalingOrder): CatalogResult {
    return this.apply({kind: 'change-scaling', order, id: this.#newId(), nowMs: this.time.wallMs()});
  }
  track(more: Record<string, unknown> = {}, bounds = {MinCapacity: 5, MaxCapacity: 100}): void {
    expect(this.order(parseRegisterScalableTarget({...TARGET, ...bounds})).kind).toBe('ok');
    expect(this.order(parsePutScalingPolicy({
      ...TARGET, PolicyName: 'p', PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {TargetValue: 70, PredefinedMetricSpecification: {PredefinedMetricType: 'DynamoDBWriteCapacityUtilization'}, ...more},
    })).kind).toBe('ok');
  }
  /** The leader of the control plane is another one: it has the rows of the catalog and nothing else. */
  async replaceLeader(): Promise<void> {
    const catalog = new Catalog();
    await readCatalog(this.store, catalog);
    this.catalog = catalog;
    this.loop = this.newLoop();
  }
  minutes(count: number, writeUnits: number): void {
    this.writeUnits = writeUnits;
    for (let i = 0; i < count * MINUTE_SECONDS; i += 1) {
      this.time.advance(1_000);
      const table = this.catalog.tableByName('Music');
      if (table?.status === 'UPDATING') this.apply({kind: 'set-table-active', table: table.tableId});
      this.loop.tick();
    }
  }
  get units(): number {
    return this.catalog.tableByName('Music')?.provisionedThroughput.WriteCapacityUnits ?? 0;
  }
  get activities(): readonly ScalingActivity[] {
    return this.catalog.scaling.get(KEY)?.activities ?? [];
  }
  #newId(): string {
    this.#id += 1;
    return `id-${this.#id}`;
  }
}

test('two minutes over the target raise the throughput to what the use needs, and the other access stays', () => {
  const world = new World();
  world.track();
  world.minutes(1, 9);
  expect(world.units).toBe(10);
  world.minutes(1, 14);
  expect(world.catalog.tableByName('Music')?.provisionedThroughput).toEqual({ReadCapacityUnits: 1, WriteCapacityUnits: 20});
  expect(world.activities).toEqual([expect.objectContaining({units: 20, direction: 'out', failure: undefined, cause: expect.stringContaining('14.0 of 10 write capacity units') as unknown})]);
  expect(world.events).toEqual([expect.objectContaining({event: 'control-plane/throughput-scaled', level: 'info', fromUnits: 10, units: 20, direction: 'out', failure: ''})]);
});

test('fifteen minutes well under it lower the throughput, never below the least', () => {
  const world = new World(80);
  world.track();
  world.minutes(14, 1);
  expect(world.units).toBe(80);
  world.minutes(1, 1);
  expect(world.units).toBe(5);
});

test('what is not used at all stays, and what lies outside its bounds is brought back', () => {
  const world = new World(80);
  world.track();
  world.minutes(30, 0);
  expect(world.units).toBe(80);
  world.order(parseRegisterScalableTarget({...TARGET, MaxCapacity: 40}));
  world.minutes(1, 0);
  expect(world.units).toBe(40);
});

test('the decreases of a day have their limit: a refused one is kept as failed and made later', () => {
  const world = new World(80);
  world.track({}, {MinCapacity: 1, MaxCapacity: 100});
  for (const use of [30, 15, 7, 3]) world.minutes(15, use);
  expect(world.activities.map(({failure}) => failure)).toEqual([undefined, undefined, undefined, undefined]);
  const {units} = world;
  world.minutes(15, 0.5);
  expect(world.units).toBe(units);
  expect(world.activities[0]).toMatchObject({direction: 'in', failure: expect.stringMatching(/decreases are limited within a given UTC day/) as unknown});
  expect(world.events.at(-1)).toMatchObject({level: 'warn', failure: expect.stringContaining('decreases') as unknown});
  world.minutes(60, 0.5);
  expect(world.units).toBe(1);
});

test('a new leader goes on with the policies that are stored, and keeps a cooldown of before', async () => {
  const world = new World();
  world.track({ScaleOutCooldown: 600});
  world.minutes(2, 14);
  expect(world.units).toBe(20);
  await world.replaceLeader();
  world.minutes(7, 40);
  expect(world.units).toBe(20);
  world.minutes(3, 40);
  expect(world.units).toBe(58);
});

test('reads and writes that need more in the same minute both get it', () => {
  const world = new World();
  world.track();
  const reads = {...TARGET, ScalableDimension: 'dynamodb:table:ReadCapacityUnits'};
  world.order(parseRegisterScalableTarget({...reads, MinCapacity: 1, MaxCapacity: 100}));
  world.order(parsePutScalingPolicy({
    ...reads, PolicyName: 'r', PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {TargetValue: 50, PredefinedMetricSpecification: {PredefinedMetricType: 'DynamoDBReadCapacityUtilization'}},
  }));
  world.readUnits = 20;
  world.minutes(3, 14);
  expect(world.catalog.tableByName('Music')?.provisionedThroughput).toEqual({ReadCapacityUnits: 40, WriteCapacityUnits: 20});
});

test('a suspended direction and a table on demand are left alone', () => {
  const world = new World();
  world.track();
  world.order(parseRegisterScalableTarget({...TARGET, SuspendedState: {DynamicScalingOutSuspended: true}}));
  world.minutes(4, 14);
  expect(world.units).toBe(10);
  world.order(parseRegisterScalableTarget({...TARGET, SuspendedState: {DynamicScalingOutSuspended: false}}));
  world.apply({kind: 'update-table', name: 'Music', change: {billingMode: 'PAY_PER_REQUEST', provisionedThroughput: {ReadCapacityUnits: 0, WriteCapacityUnits: 0}}, nowMs: world.time.wallMs()});
  world.minutes(4, 14);
  expect(world.units).toBe(0);
  expect(world.activities).toEqual([]);
});

test('a target outlives its table, and scales the next one of that name', () => {
  const world = new World();
  world.track();
  const tableId = world.catalog.tableByName('Music')?.tableId ?? 0;
  world.apply({kind: 'delete-table', name: 'Music'});
  world.apply({kind: 'finish-delete-table', table: toTableId(tableId)});
  world.minutes(2, 14);
  expect(world.activities).toEqual([]);
  world.createTable(8);
  world.minutes(2, 14);
  expect(world.units).toBe(20);
});

test('an action that was decided for another throughput or policy changes nothing', () => {
  const world = new World();
  world.track();
  const policyId = world.catalog.scaling.get(KEY)?.policy?.policyId ?? '';
  const command = {
    kind: 'scale-throughput', resourceId: 'table/Music', dimension: 'dynamodb:table:WriteCapacityUnits', policyId, fromUnits: 10, units: 30, direction: 'out', cause: 'c', id: 'x', nowMs: 1,
  } as const;
  expect(world.apply({...command, fromUnits: 11})).toEqual({kind: 'stale-plan'});
  expect(world.apply({...command, policyId: 'other'})).toEqual({kind: 'stale-plan'});
  expect(world.units).toBe(10);
  expect(world.apply(command).kind).toBe('ok');
  expect(world.apply(command)).toEqual({kind: 'stale-plan'});
});

test('a target of what is not there is refused, and one that is not registered too', () => {
  const world = new World();
  expect(world.order(parseRegisterScalableTarget({...TARGET, ResourceId: 'table/Gone', MinCapacity: 1, MaxCapacity: 2}))).toEqual({kind: 'refused', failure: {code: 'BadRequest', reason: 'DynamoDB table does not exist: table/Gone'}});
  expect(world.order({kind: 'deregister', resourceId: 'table/Music', dimension: 'dynamodb:table:WriteCapacityUnits'})).toMatchObject({kind: 'refused', failure: {code: 'NotFound'}});
});
