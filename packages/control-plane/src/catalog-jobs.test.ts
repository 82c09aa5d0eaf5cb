import {WriteBatch, toAzId, toGroupId, toHex, toNodeId, toTableId} from '@murmuration/base';
import type {GroupReport} from '@murmuration/control-client';
import {tokenBorder} from '@murmuration/placement';
import type {ClusterView, NodeEntry, PartitionEntry} from '@murmuration/placement';
import {MemoryStore} from '@murmuration/store-memory';
import {Catalog} from './catalog.js';
import type {CatalogCommand} from './catalog-commands.js';
import {readCatalog, writeCatalogChange} from './catalog-rows.js';
import {startMove, startSplit} from './job-steps.js';
import {planAction} from './operator-actions.js';
import {planTable} from './plan-table.js';

/** Jobs, fates of nodes and orders in the catalog alone: compare-and-set, refusals, and what the store gives back. */
const node = (id: string, change: Partial<NodeEntry> = {}): NodeEntry => ({
  node: toNodeId(id), az: toAzId(id.charAt(0)), roles: ['storage'], fabricAddress: 'x:1', apiAddress: '', adminAddress: '', pid: 7, incarnation: 1, diskId: 'one', state: 'up', duty: 'serving', ...change,
});

class Bench {
  readonly catalog = new Catalog();
  readonly store = new MemoryStore();
  readonly batches: WriteBatch[] = [];
  controlNodes: readonly PartitionEntry['replicas'][number]['node'][] = [];

  constructor(nodes: readonly NodeEntry[] = ['a1', 'b1', 'c1', 'a2'].map((id) => node(id))) {
    for (const entry of nodes.slice(0, 3)) this.run({kind: 'register-node', node: entry});
    const specification = {
      name: 'T', keySchema: {hash: {name: 'pk', type: 'S' as const}, range: undefined}, attributeDefinitions: [], billingMode: 'PROVISIONED' as const,
      provisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}, extra: {},
    };
    const plan = planTable({replicationFactor: 3}, specification, toTableId(1), 0 as PartitionEntry['index'], [...this.catalog.nodes()], []);
    if ('code' in plan) throw new Error(plan.code);
    this.run({kind: 'create-table', table: specification, tableUuid: 'u', createdAtMs: 0, expectedTableId: toTableId(1), expectedFirstGroup: toGroupId(16), partitions: plan});
    this.run({kind: 'set-table-active', table: toTableId(1)});
    for (const entry of nodes.slice(3)) this.run({kind: 'register-node', node: entry});
  }

  get entry(): PartitionEntry {
    const entry = this.catalog.partition(toGroupId(16));
    if (entry === undefined) throw new Error('no partition');
    return entry;
  }
  run(command: CatalogCommand): ReturnType<Catalog['apply']>['result'] {
    const {result, change} = this.catalog.apply(command);
    const batch = new WriteBatch();
    if (change !== undefined) writeCatalogChange(this.catalog, change, batch);
    this.batches.push(batch);
    return result;
  }
  view(): ClusterView {
    return {nodes: this.catalog.nodesById(), partitions: [...this.catalog.partitions()], isLost: (id) => this.catalog.node(id)?.state !== 'up', busy: new Map([...this.catalog.runningJobs()].map((job) => [job.group, job.from]))};
  }
  plan(action: Parameters<typeof planAction>[0], epoch = 1): ReturnType<typeof planAction> {
    const leader = {replica: this.entry.preferredLeader, sizeBytes: 10, epoch} as GroupReport;
    return planAction(action, {catalog: this.catalog, view: this.view(), leaderOf: () => leader, controlNodes: new Set(this.controlNodes), replicationFactor: 3, nowMs: 1});
  }
  holder(az: string): PartitionEntry['replicas'][number] {
    const found = this.entry.replicas.find((placement) => placement.node.startsWith(az));
    if (found === undefined) throw new Error('no replica');
    return found;
  }
  startMove(): ReturnType<Catalog['apply']>['result'] {
    return this.run(startMove(this.entry, {from: this.holder('a').replica, toNode: toNodeId('a2'), cause: 'operator'}, this.catalog.counters().nextJob, 1));
  }
}

describe('jobs in the catalog', () => {
  test('a step for an older version of its job, or of its partition, changes nothing', () => {
    const bench = new Bench();
    const {entry} = bench;
    bench.startMove();
    const job = bench.catalog.job(1);
    expect(job).toMatchObject({kind: 'move', step: 'catch-up', state: 'running', version: 1});
    const step: CatalogCommand = {
      kind: 'step-job', job: 1, expectedVersion: 1, state: 'running', step: 'promote', to: job?.to, failure: undefined, isSplitDropped: false, nowMs: 2,
      change: {group: entry.group, expectedEpoch: 1, expectedMembership: 1, replicas: entry.replicas, nextReplica: entry.nextReplica, preferredLeader: entry.preferredLeader},
    };
    expect(bench.run(step)).toEqual({kind: 'stale-plan'});
    expect(bench.run({...step, change: undefined})).toMatchObject({kind: 'ok', job: {step: 'promote', version: 2}});
    expect(bench.run({...step, change: undefined})).toEqual({kind: 'stale-plan'});
  });

  test('a partition has one job at a time, and two plans for one number make one job', () => {
    const bench = new Bench();
    expect(bench.startMove().kind).toBe('ok');
    expect(bench.startMove()).toEqual({kind: 'stale-plan'});
    expect(bench.run(startSplit(bench.entry, toGroupId(17), undefined, 'operator', 2, 1))).toEqual({kind: 'stale-plan'});
    expect([...bench.catalog.runningJobs()]).toHaveLength(1);
  });

  test('a change that would break a partition is refused, whoever planned it', () => {
    const bench = new Bench();
    const {entry} = bench;
    const start = startMove(entry, {from: bench.holder('a').replica, toNode: toNodeId('a2'), cause: 'x'}, 1, 1);
    const broken = (change: Partial<NonNullable<typeof start.change>>): CatalogCommand => ({...start, change: {...(start.change as NonNullable<typeof start.change>), ...change}});
    const [first] = entry.replicas as [PartitionEntry['replicas'][number]];
    expect(bench.run(broken({replicas: []}))).toMatchObject({kind: 'refused'});
    expect(bench.run(broken({replicas: [...entry.replicas, {...first, replica: entry.nextReplica}]}))).toMatchObject({kind: 'refused'});
    expect(bench.run(broken({nextReplica: first.replica}))).toMatchObject({kind: 'refused'});
    expect(bench.catalog.partition(entry.group)).toEqual(entry);
  });

  test('a deleted table takes its jobs with it', () => {
    const bench = new Bench();
    bench.startMove();
    bench.run({kind: 'delete-table', name: 'T'});
    bench.run({kind: 'finish-delete-table', table: toTableId(1), nowMs: 9});
    expect(bench.catalog.job(1)).toMatchObject({state: 'cancelled', failure: 'the table was deleted'});
    expect([...bench.catalog.runningJobs()]).toEqual([]);
  });

  test('a split shows both halves in one version, and an old report of it changes nothing', () => {
    const bench = new Bench();
    bench.run(startSplit(bench.entry, toGroupId(17), undefined, 'operator', 1, 1));
    expect(bench.entry.split).toEqual({child: 17, at: undefined});
    const {version} = bench.catalog;
    const atHex = toHex(tokenBorder(bench.entry.table, bench.entry.index, 0x8000_0000));
    const finish: CatalogCommand = {kind: 'finish-split', group: toGroupId(16), expectedEpoch: 1, child: toGroupId(17), atHex, nowMs: 2};
    expect(bench.run(finish)).toMatchObject({kind: 'ok', job: {state: 'done'}});
    expect(bench.catalog.version).toBe(version + 1);
    expect(bench.catalog.partition(toGroupId(17))).toMatchObject({epoch: 2, membership: 1, nextReplica: bench.entry.nextReplica});
    expect(bench.run(finish)).toEqual({kind: 'stale-plan'});
  });

  test('finished jobs are kept to a bound, the newest ones', () => {
    const bench = new Bench();
    for (let i = 1; i <= 300; i += 1) {
      bench.run(startSplit(bench.entry, toGroupId(bench.catalog.counters().nextGroupId), undefined, 'operator', i, i));
      bench.run({kind: 'step-job', job: i, expectedVersion: 1, state: 'failed', step: 'ask', to: undefined, failure: 'no', change: undefined, isSplitDropped: true, nowMs: i});
    }
    expect(bench.catalog.jobs()).toHaveLength(256);
    expect(bench.catalog.jobs()[0]?.job).toBe(300);
    expect(bench.entry.split).toBeUndefined();
  });

  test('jobs, fates and what is being evened out come back from the store', async () => {
    const bench = new Bench();
    bench.startMove();
    bench.run({kind: 'set-node-state', node: toNodeId('b1'), incarnation: 1, state: 'down'});
    bench.run({kind: 'remove-node', node: toNodeId('b1')});
    bench.run({kind: 'replace-node', node: toNodeId('a1'), by: toNodeId('a2')});
    for (const batch of bench.batches) await bench.store.write(batch);
    const again = new Catalog();
    await readCatalog(bench.store, again);
    expect(again.counters()).toEqual(bench.catalog.counters());
    expect(again.jobs()).toEqual(bench.catalog.jobs());
    expect(again.fate(toNodeId('b1'))).toEqual({kind: 'removed'});
    expect(again.fate(toNodeId('a1'))).toEqual({kind: 'replaced', by: 'a2'});
    expect(again.isBalancing).toBe(true);
    await bench.store.close();
  });
});

describe('nodes in the catalog', () => {
  test('a node with another disk keeps its name, and every replica it had is on its way out', () => {
    const bench = new Bench();
    expect(bench.run({kind: 'register-node', node: node('a1', {diskId: 'two'})}).kind).toBe('ok');
    expect(bench.holder('a').role).toBe('leaving');
    expect(bench.entry.membership).toBe(2);
    expect(bench.entry.replicas.find((placement) => placement.replica === bench.entry.preferredLeader)?.role).toBe('voter');
  });
  test('a removed name does not come back', () => {
    const bench = new Bench();
    bench.run({kind: 'remove-node', node: toNodeId('a2')});
    expect(bench.run({kind: 'register-node', node: node('a2', {incarnation: 2})})).toMatchObject({kind: 'refused', failure: {reason: expect.stringContaining('was removed from this cluster') as unknown}});
  });
  test('a restart does not end a drain', () => {
    const bench = new Bench();
    bench.run({kind: 'set-node-duty', node: toNodeId('a1'), duty: 'draining'});
    bench.run({kind: 'register-node', node: node('a1', {incarnation: 2})});
    expect(bench.catalog.node(toNodeId('a1'))).toMatchObject({duty: 'draining', incarnation: 2});
  });
  test('evening out begins when a node joins a cluster that holds something, not at its birth', () => {
    expect(new Bench([node('a1'), node('b1'), node('c1')]).catalog.isBalancing).toBe(false);
    expect(new Bench().catalog.isBalancing).toBe(true);
  });
});

describe('orders', () => {
  test('a drain that would put two copies into one AZ is refused, and says what is missing', () => {
    const bench = new Bench([node('a1'), node('b1'), node('c1')]);
    expect(bench.plan({kind: 'drain-node', node: toNodeId('a1')})).toMatchObject({code: 'Refused', reason: expect.stringContaining('Add a node in AZ a first') as unknown});
    expect(new Bench().plan({kind: 'drain-node', node: toNodeId('a1')})).toMatchObject({commands: [{kind: 'set-node-duty'}], steps: expect.arrayContaining([expect.stringContaining('to a2')]) as unknown});
  });
  test('a node that holds replicas, or a control replica, is not removed', () => {
    const bench = new Bench();
    expect(bench.plan({kind: 'remove-node', node: toNodeId('a1')})).toMatchObject({code: 'Refused', reason: expect.stringContaining('drain it first') as unknown});
    bench.run({kind: 'register-node', node: node('a1', {roles: ['storage', 'control'], incarnation: 2})});
    expect(bench.plan({kind: 'remove-node', node: toNodeId('a1')})).toMatchObject({code: 'Refused', reason: expect.stringContaining('control-plane replica') as unknown});
    expect(bench.plan({kind: 'remove-node', node: toNodeId('z9')})).toMatchObject({code: 'NotFound'});
  });
  test('a control process is replaced by one that has the role and no control replica of its own, and then only forgotten when it has left the group', () => {
    const bench = new Bench();
    bench.run({kind: 'register-node', node: node('a1', {roles: ['storage', 'control'], incarnation: 2})});
    bench.controlNodes = ['a1', 'b1', 'c1'].map(toNodeId);
    const order = {kind: 'replace-node', node: toNodeId('a1'), by: toNodeId('a2')} as const;
    expect(bench.plan(order)).toMatchObject({code: 'Refused', reason: expect.stringContaining('--control-replaces a1') as unknown});
    bench.run({kind: 'register-node', node: node('a2', {roles: ['storage', 'control'], incarnation: 2})});
    const plan = bench.plan(order);
    if ('code' in plan) throw new Error(JSON.stringify(plan));
    expect(plan.steps.join('; ')).toContain('node a2 copies the catalog');
    for (const command of plan.commands) expect(bench.run(command).kind).toBe('ok');
    expect(bench.catalog.replacedControlNode(toNodeId('a2'))).toBe('a1');
    bench.run({kind: 'register-node', node: node('c1', {roles: ['storage', 'control'], incarnation: 2})});
    expect(bench.plan({...order, node: toNodeId('c1')})).toMatchObject({code: 'Refused', reason: expect.stringContaining('takes the place of a1 already') as unknown});
    expect(bench.plan({...order, by: toNodeId('c1')})).toMatchObject({code: 'Refused', reason: expect.stringContaining('of its own') as unknown});
    // Its place is taken: what was ordered cannot be taken back.
    bench.controlNodes = ['a2', 'b1', 'c1'].map(toNodeId);
    expect(bench.plan({kind: 'undrain-node', node: toNodeId('a1')})).toMatchObject({code: 'Refused'});
    bench.run({kind: 'set-node-state', node: toNodeId('a1'), incarnation: 2, state: 'down'});
    expect(bench.run({kind: 'remove-node', node: toNodeId('a1')})).toMatchObject({kind: 'refused'});
    expect(bench.run({kind: 'remove-node', node: toNodeId('a1'), hasLeftControl: true})).toMatchObject({kind: 'ok'});
    expect(bench.catalog.replacedControlNode(toNodeId('a2'))).toBeUndefined();
  });
  test('a dead node is removed when every partition has its majority without it and a place for the copy', () => {
    const bench = new Bench();
    bench.run({kind: 'set-node-state', node: toNodeId('a1'), incarnation: 1, state: 'down'});
    expect(bench.plan({kind: 'remove-node', node: toNodeId('a1')})).toMatchObject({commands: [{kind: 'remove-node'}]});
    bench.run({kind: 'set-node-state', node: toNodeId('b1'), incarnation: 1, state: 'down'});
    expect(bench.plan({kind: 'remove-node', node: toNodeId('a1')})).toMatchObject({code: 'Refused', reason: expect.stringContaining('no living majority') as unknown});
  });
  test('moves to where a replica is, to an AZ that has one, and from where none is, are refused', () => {
    const bench = new Bench([node('a1'), node('b1'), node('c1'), node('a2'), node('b2')]);
    const move = (from: string, to?: string): unknown => bench.plan({kind: 'move-replica', group: toGroupId(16), from: toNodeId(from), to: to === undefined ? undefined : toNodeId(to)});
    expect(move('a1', 'b1')).toMatchObject({reason: expect.stringContaining('holds a replica of partition 16 already') as unknown});
    expect(move('a1', 'b2')).toMatchObject({reason: expect.stringContaining('AZ b holds a replica') as unknown});
    expect(move('a2')).toMatchObject({reason: expect.stringContaining('holds no replica') as unknown});
    expect(move('a1', 'z9')).toMatchObject({code: 'NotFound'});
    expect(move('a1')).toMatchObject({commands: [{kind: 'start-job', toNode: 'a2'}]});
  });
  test('what has a job under way is left alone', () => {
    const bench = new Bench();
    bench.startMove();
    expect(bench.plan({kind: 'split-partition', group: toGroupId(16), atHex: undefined})).toMatchObject({code: 'Refused', reason: expect.stringContaining('job 1') as unknown});
    expect(bench.plan({kind: 'cancel-job', job: 1})).toMatchObject({commands: [{kind: 'step-job', step: 'cancel'}]});
    expect(bench.plan({kind: 'cancel-job', job: 2})).toMatchObject({code: 'NotFound'});
  });
  test('a split is called off with a new number of membership, and no more once its leader has made it', () => {
    const bench = new Bench();
    bench.run(startSplit(bench.entry, toGroupId(17), undefined, 'operator', 1, 1));
    expect(bench.plan({kind: 'cancel-job', job: 1}, 2)).toMatchObject({code: 'Refused', reason: expect.stringContaining('has cut it') as unknown});
    const plan = bench.plan({kind: 'cancel-job', job: 1});
    if ('code' in plan) throw new Error(plan.code);
    const {membership, replicas} = bench.entry;
    for (const command of plan.commands) expect(bench.run(command)).toMatchObject({kind: 'ok', job: {step: 'cancel', state: 'running'}});
    expect(bench.entry).toMatchObject({split: undefined, membership: membership + 1, replicas});
    expect(bench.plan({kind: 'cancel-job', job: 1})).toMatchObject({code: 'Refused', reason: expect.stringContaining('already') as unknown});
  });
  test('a split that was faster than its cancelling is finished, and the job says so', () => {
    const bench = new Bench();
    bench.run(startSplit(bench.entry, toGroupId(17), undefined, 'operator', 1, 1));
    const plan = bench.plan({kind: 'cancel-job', job: 1});
    if ('code' in plan) throw new Error(plan.code);
    for (const command of plan.commands) bench.run(command);
    const atHex = toHex(tokenBorder(bench.entry.table, bench.entry.index, 0x8000_0000));
    expect(bench.run({kind: 'finish-split', group: toGroupId(16), expectedEpoch: 1, child: toGroupId(17), atHex, nowMs: 2})).toMatchObject({kind: 'ok', job: {state: 'done', failure: undefined}});
  });
  test('a drain that is taken back calls off what it has begun, as far as that goes', () => {
    const bench = new Bench();
    bench.run({kind: 'set-node-duty', node: bench.holder('a').node, duty: 'draining'});
    bench.run(startMove(bench.entry, {from: bench.holder('a').replica, toNode: toNodeId('a2'), cause: 'drain'}, 1, 1));
    const plan = bench.plan({kind: 'undrain-node', node: toNodeId('a1')});
    if ('code' in plan) throw new Error(plan.code);
    for (const command of plan.commands) expect(bench.run(command).kind).toBe('ok');
    expect(bench.catalog.job(1)).toMatchObject({step: 'cancel', state: 'running'});
    expect(bench.plan({kind: 'undrain-node', node: toNodeId('a1')})).toMatchObject({commands: []});
  });
  test('leadership goes to a full voter on a living node only', () => {
    const bench = new Bench();
    const other = bench.entry.replicas.find((placement) => placement.replica !== bench.entry.preferredLeader) as PartitionEntry['replicas'][number];
    expect(bench.plan({kind: 'transfer-leader', group: toGroupId(16), to: other.node})).toMatchObject({commands: [{kind: 'prefer-leaders'}]});
    bench.run({kind: 'set-node-state', node: other.node, incarnation: 1, state: 'down'});
    expect(bench.plan({kind: 'transfer-leader', group: toGroupId(16), to: other.node})).toMatchObject({code: 'Refused'});
    expect(bench.plan({kind: 'transfer-leader', group: toGroupId(16), to: toNodeId('a2')})).toMatchObject({code: 'Refused'});
  });
});
