// Goal: what leaders say of their heat becomes splits and handovers, each once, and how a split went is kept with its job.
// Method: the runner on a catalog of its own, whose commands are applied at once; reports by hand.
import {ManualTime} from '@murmuration/base/testing';
import {nullMetrics, toAzId, toGroupId, toHex, toLogIndex, toNodeId, toTableId, toTerm} from '@murmuration/base';
import type {EventRecord, GroupId} from '@murmuration/base';
import type {GroupReport, HeatReport} from '@murmuration/control-client';
import {tokenBorder} from '@murmuration/placement';
import type {NodeEntry, PartitionEntry} from '@murmuration/placement';
import {Catalog} from './catalog.js';
import type {CatalogCommand} from './catalog-commands.js';
import {JOB_DEFAULTS, JobRunner} from './job-runner.js';
import type {JobOptions} from './job-runner.js';
import {Liveness} from './liveness.js';
import {createControlPlaneMetrics} from './metrics.js';
import {planTable} from './plan-table.js';

const PARENT = toGroupId(16);
const node = (id: string): NodeEntry => ({
  node: toNodeId(id), az: toAzId(id.charAt(0)), roles: ['storage'], fabricAddress: 'x:1', apiAddress: '', adminAddress: '', pid: 7, incarnation: 1, diskId: 'one', state: 'up', duty: 'serving',
});

class World {
  readonly time = new ManualTime();
  readonly catalog = new Catalog();
  readonly liveness = new Liveness({suspectAfterMs: 60_000, downAfterMs: 120_000});
  readonly events: EventRecord[] = [];
  readonly commands: CatalogCommand[] = [];
  readonly runner: JobRunner;
  /** @param writeUnits of the table: a partition for each thousand */
  constructor(options: Partial<JobOptions> = {}, writeUnits = 1) {
    for (const id of ['a1', 'b1', 'c1']) this.catalog.apply({kind: 'register-node', node: node(id)});
    const table = {
      name: 'T', keySchema: {hash: {name: 'pk', type: 'S' as const}, range: undefined}, attributeDefinitions: [], billingMode: 'PROVISIONED' as const,
      provisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: writeUnits}, extra: {},
    };
    const partitions = planTable({replicationFactor: 3}, table, toTableId(1), 0 as PartitionEntry['index'], [...this.catalog.nodes()], []);
    if ('code' in partitions) throw new Error(partitions.code);
    this.catalog.apply({kind: 'create-table', table, tableUuid: 'u', createdAtMs: 0, expectedTableId: toTableId(1), expectedFirstGroup: PARENT, partitions});
    this.catalog.apply({kind: 'set-table-active', table: toTableId(1)});
    this.runner = new JobRunner({replicationFactor: 3, ...JOB_DEFAULTS, planMs: 100, heatBalanceMs: 1_000, ...options}, {
      clock: this.time, catalog: this.catalog, liveness: this.liveness, metrics: createControlPlaneMetrics(nullMetrics), emit: (event) => this.events.push(event),
      submit: (command, done) => {
        this.commands.push(command);
        done(this.catalog.apply(command).result);
      },
    });
    this.runner.reset();
  }
  entry(group: GroupId): PartitionEntry {
    const entry = this.catalog.partition(group);
    if (entry === undefined) throw new Error(`no partition ${group}`);
    return entry;
  }
  nodeOfLeader(group: GroupId): string {
    const {replicas, preferredLeader} = this.entry(group);
    return replicas.find(({replica}) => replica === preferredLeader)?.node ?? '';
  }
  tell(group: GroupId, heat: HeatReport | undefined, more: Partial<GroupReport> = {}): void {
    const entry = this.entry(group);
    const report: GroupReport = {
      group, replica: entry.preferredLeader, term: toTerm(1), isLeader: true, leader: entry.preferredLeader, applied: toLogIndex(9), itemCount: 9, sizeBytes: 9, epoch: entry.epoch,
      membership: entry.membership, voters: entry.replicas.map(({replica}) => replica), learners: [], isJoint: false, progress: [], lastSplit: undefined, splitRefusal: undefined,
      ...(heat === undefined ? {} : {heat}), ...more,
    };
    this.liveness.heartbeat(toNodeId(this.nodeOfLeader(group)), 1, [report], this.time.monotonicMs());
    this.runner.onReports([report]);
  }
  tick(): void {
    this.time.advance(200);
    this.runner.tick();
  }
  named(kind: CatalogCommand['kind']): readonly CatalogCommand[] {
    return this.commands.filter((command) => command.kind === kind);
  }
}
const atHex = toHex(tokenBorder(toTableId(1), 0 as PartitionEntry['index'], 0x8000_0000));
const heat = (loadPermille: number, advice?: HeatReport['advice']): HeatReport => ({readHalfUnits: loadPermille * 6, writeHalfUnits: 0, throttleCount: 0, loadPermille, ...(advice === undefined ? {} : {advice})});
const cut = {kind: 'split', atHex, belowPermille: 500, hotSinceMs: 1, advisedAtMs: 2} as const;

function carriedOut(world: World): GroupId {
  world.tell(PARENT, heat(900, cut));
  world.tick();
  const {split} = world.entry(PARENT);
  if (split === undefined) throw new Error('no split is asked for');
  const {child} = split;
  const timeline = {child, askedAtMs: 3, choseMs: 0, countedMs: 5, pausedMs: 1, cutAtMs: 10, heldCount: 4, movedOnCount: 2, hotSinceMs: 1, advisedAtMs: 2};
  world.tell(PARENT, heat(900), {epoch: 2, lastSplit: {child, atHex, childItemCount: 4, childSizeBytes: 4}, splitTimeline: timeline});
  return child;
}

describe('heat at the control plane', () => {
  test('a split is asked for once, at the place that was advised, and tells at its end how it went', () => {
    const world = new World();
    const child = carriedOut(world);
    expect(world.named('start-job')).toHaveLength(1);
    expect(world.commands[0]).toMatchObject({job: 'split', cause: 'heat', split: {atHex}});
    expect(world.catalog.jobs()[0]).toMatchObject({state: 'done', cause: 'heat', child, timeline: {countedMs: 5, heldCount: 4}});
    expect(toHex(world.entry(child).from)).toBe(atHex);
    // The old advice is for a range that is no more.
    world.tell(PARENT, heat(900, cut), {epoch: 1});
    world.tick();
    expect(world.named('start-job')).toHaveLength(1);
  });
  test('the upper half is led by a cooler node, and stays with it', () => {
    const world = new World();
    const before = world.nodeOfLeader(PARENT);
    const child = carriedOut(world);
    expect(world.nodeOfLeader(PARENT)).toBe(before);
    expect(world.nodeOfLeader(child)).not.toBe(before);
    expect(world.events).toContainEqual(expect.objectContaining({event: 'control-plane/heat-balanced', group: child, from: before}));
    const led = world.nodeOfLeader(child);
    for (let i = 0; i < 20; i += 1) world.tick();
    expect(world.nodeOfLeader(child)).toBe(led);
  });
  test('leaderships leave a hot node one at a time and not too often; switched off they stay', () => {
    for (const heatBalance of ['on', 'off'] as const) {
      // Two partitions for each node to lead: by number all is even.
      const world = new World({heatBalance}, 6_000);
      const hotNode = world.nodeOfLeader(PARENT);
      const tellAll = (): void => {
        for (const {group} of [...world.catalog.partitions()]) world.tell(group, heat(world.nodeOfLeader(group) === hotNode ? 700 : 10));
      };
      const balanced = (): number => world.events.filter(({event}) => event === 'control-plane/heat-balanced').length;
      tellAll();
      for (let i = 0; i < 4; i += 1) world.tick();
      expect(balanced()).toBe(0);
      for (let i = 0; i < 4; i += 1) world.tick();
      expect(balanced()).toBe(heatBalance === 'on' ? 1 : 0);
      for (let i = 0; i < 4; i += 1) world.tick();
      expect(balanced()).toBe(heatBalance === 'on' ? 1 : 0);
      expect(world.events.filter(({event}) => event === 'control-plane/heat-balanced').every((event) => event['from'] === hotNode)).toBe(true);
    }
  });
  test('what a leader refused is not asked for again at once', () => {
    const world = new World();
    world.tell(PARENT, heat(900, cut));
    world.tick();
    const child = world.entry(PARENT).split?.child ?? toGroupId(1);
    world.tell(PARENT, heat(900, cut), {splitRefusal: {child, reason: 'too few items'}});
    expect(world.catalog.jobs()[0]).toMatchObject({state: 'failed', failure: 'too few items'});
    for (let i = 0; i < 100; i += 1) world.tick();
    expect(world.named('start-job')).toHaveLength(1);
    world.tell(PARENT, heat(900, cut));
    for (let i = 0; i < 60; i += 1) world.tick();
    expect(world.named('start-job')).toHaveLength(2);
  });
});
