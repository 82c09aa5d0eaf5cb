import type {OperatorAction} from '@murmuration/control-client';
import type {ClusterMapContent} from '@murmuration/placement';
import {toGroupId} from '@murmuration/base';
import type {Chance} from '../world/chance.js';
import type {World} from '../world/world.js';
import {ADMIN_HEADERS, apiHeaders} from './api-client.js';
import type {ApiResult} from './api-client.js';
import type {SimCluster} from './sim-cluster.js';

const TIMEOUT_MS = 8_000;
const CHURN_TABLES_MAX = 4;
const ROWS_TO_SPLIT = 6;
const ROWS_BEFORE_SPLIT_MS = 300;
const SPLIT_BEFORE_DELETE_MS = 150;

/**
 * Orders what operators order, in the middle of everything: tables come and go, nodes are drained, partitions are split
 * and moved, leaders sent elsewhere. Whatever is refused is refused; what is taken must end.
 */
export class SimOperator {
  readonly #world: World;
  readonly #cluster: SimCluster;
  readonly #map: () => ClusterMapContent | undefined;
  readonly #chance: Chance;
  /** For taking back what was ordered. */
  readonly #regret: Chance;
  readonly #churn: string[] = [];
  readonly #drained = new Set<string>();
  #tableNext = 0;
  #isStopped = true;
  /** Whether the cluster knows such orders at all: found out by the first answer. */
  #canAct: boolean | undefined;
  readonly counts = new Map<string, number>();

  constructor(world: World, cluster: SimCluster, map: () => ClusterMapContent | undefined) {
    this.#world = world;
    this.#cluster = cluster;
    this.#map = map;
    this.#chance = world.chance.fork('operator');
    this.#regret = world.chance.fork('regret');
  }
  start(periodMs: number): void {
    this.#isStopped = false;
    const again = (): void => {
      this.#world.afterMs(this.#chance.heavyTail(periodMs), () => {
        if (this.#isStopped) return;
        this.orderSomething();
        again();
      });
    };
    if (periodMs > 0) again();
  }
  /** No further orders but those of `takeBack`. */
  stop(): void {
    this.#isStopped = true;
  }
  /**
   * Nodes that were drained go back into service: one of three that lost its disk could not be healed otherwise. To be called
   * again until the map shows it, as an order may be lost.
   * @returns what is missing, undefined when all serve
   */
  takeBack(): string | undefined {
    const drained = this.#map()?.nodes.filter((node) => node.duty === 'draining').map(({node}) => node) ?? [];
    for (const node of drained) this.act({kind: 'undrain-node', node});
    return drained.length === 0 ? undefined : `${drained.join()} is drained`;
  }
  orderSomething(): void {
    const map = this.#map();
    if (map === undefined) return;
    const what = this.#chance.below(10);
    if (what <= 1) this.#createTable();
    else if (what <= 3) this.#deleteTable();
    else if (this.#canAct !== false) this.#orderAction(map);
  }
  splitAll(): void {
    for (const {group} of this.#map()?.partitions ?? []) this.act({kind: 'split-partition', group: toGroupId(group), atHex: undefined});
  }
  /** One order about partitions, leaders or nodes. */
  orderAction(): void {
    const map = this.#map();
    if (map !== undefined && this.#canAct !== false) this.#orderAction(map);
  }

  #orderAction(map: ClusterMapContent): void {
    if (map.partitions.length === 0) return;
    const entry = this.#chance.pick(map.partitions);
    const group = toGroupId(entry.group);
    const holders = entry.replicas.map((placement) => placement.node);
    switch (this.#chance.below(8)) {
      case 0:
      case 1:
        this.act({kind: 'split-partition', group, atHex: undefined});
        // Whichever number the job gets: jobs that are over are refused.
        if (this.#regret.isHeads()) this.#world.afterMs(this.#regret.heavyTail(20), () => this.act({kind: 'cancel-job', job: this.#regret.between(1, 30)}));
        return;
      case 2:
      case 3: {
        const others = this.#cluster.nodes.map((node) => node.id).filter((node) => !holders.includes(node));
        return this.act({kind: 'move-replica', group, from: this.#chance.pick(holders), to: others.length === 0 || this.#chance.isHeads() ? undefined : this.#chance.pick(others)});
      }
      case 4:
      case 5:
        return this.act({kind: 'transfer-leader', group, to: this.#chance.pick(holders)});
      case 6: {
        const node = this.#chance.pick(this.#cluster.nodes).id;
        if (this.#drained.has(node)) {
          this.#drained.delete(node);
          return this.act({kind: 'undrain-node', node});
        }
        this.#drained.add(node);
        return this.act({kind: 'drain-node', node});
      }
      default:
        return this.act({kind: 'rebalance'});
    }
  }
  #createTable(): void {
    if (this.#churn.length >= CHURN_TABLES_MAX) return;
    const name = `churn-${this.#tableNext}`;
    this.#tableNext += 1;
    this.#churn.push(name);
    this.#count('create-table');
    this.ask('CreateTable', tableRequest(name, this.#chance.isHeads()));
  }
  #deleteTable(): void {
    const name = this.#churn.shift();
    if (name === undefined) return;
    this.#count('delete-table');
    const tableId = this.#map()?.tables.find((table) => table.name === name)?.tableId;
    const entry = this.#map()?.partitions.find(({table}) => table === tableId);
    if (entry !== undefined && this.#canAct !== false && this.#chance.isHeads()) {
      // What has just been cut in two is to go: the upper half was hardly there. There must be something to cut.
      for (let i = 0; i < ROWS_TO_SPLIT; i += 1) this.ask('PutItem', {TableName: name, Item: {pk: {S: `row-${i}`}, sk: {S: 'only'}}});
      this.#world.afterMs(ROWS_BEFORE_SPLIT_MS, () => this.act({kind: 'split-partition', group: toGroupId(entry.group), atHex: undefined}));
      this.#world.afterMs(ROWS_BEFORE_SPLIT_MS + this.#chance.heavyTail(SPLIT_BEFORE_DELETE_MS), () => this.#sendDelete(name));
    } else this.#sendDelete(name);
  }
  #sendDelete(name: string): void {
    this.ask('DeleteTable', {TableName: name}, (result) => {
      // It may still be in the making, or the answer was lost: it is on the list again, a later order meets it.
      if ((result.kind !== 'answered' || result.status !== 200) && !isNotFound(result)) this.#churn.push(name);
    });
  }
  /** Orders something by way of any node; what is refused, or lost, stays undone. */
  act(action: OperatorAction): void {
    const node = this.#chance.pick(this.#cluster.routerNodes);
    this.#cluster.api.call({
      door: this.#cluster.door(node), link: this.#cluster.linkTo(this.#cluster.azOf(node), node), isAdmin: true, method: 'POST', target: '/admin/v1/act',
      headers: ADMIN_HEADERS, body: {action, dryRun: false}, timeoutMs: TIMEOUT_MS,
    }, (result) => {
      if (result.kind !== 'answered') return;
      if (result.status === 405) this.#canAct ??= false;
      else {
        this.#canAct = true;
        this.#count(`${action.kind}/${result.status === 200 ? 'taken' : 'refused'}`);
      }
    });
  }
  /** A call of the DynamoDB API by way of any node. */
  ask(operation: string, body: unknown, done: (result: ApiResult) => void = () => undefined): void {
    const node = this.#chance.pick(this.#cluster.routerNodes);
    this.#cluster.api.call({
      door: this.#cluster.door(node), link: this.#cluster.linkTo(this.#cluster.azOf(node), node), isAdmin: false, method: 'POST', target: '/',
      headers: apiHeaders(operation), body, timeoutMs: TIMEOUT_MS,
    }, done);
  }
  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
    this.#world.probes.hit(`operator/${what}`);
  }
}

function isNotFound(result: ApiResult): boolean {
  return result.kind === 'answered' && JSON.stringify(result.body ?? '').includes('ResourceNotFoundException');
}

/** An index by the value, with the counter, added to a table that is there. */
export function lateIndexRequest(table: string): unknown {
  return {
    TableName: table, AttributeDefinitions: [{AttributeName: 'v', AttributeType: 'S'}],
    GlobalSecondaryIndexUpdates: [{Create: {IndexName: 'late-v', KeySchema: [{AttributeName: 'v', KeyType: 'HASH'}], Projection: {ProjectionType: 'INCLUDE', NonKeyAttributes: ['n']}}}],
  };
}

/**
 * @param hasLocalIndexes by the counter, keys only, and by the value, the whole item; needs a sort key
 * @param hasGlobalIndexes by the counter, the whole item, and by the value, keys only
 */
export function tableRequest(name: string, hasSortKey: boolean, hasLocalIndexes = false, hasGlobalIndexes = false, hasStream = false): unknown {
  const index = (by: string, ProjectionType: 'ALL' | 'KEYS_ONLY'): unknown => ({
    IndexName: `by-${by}`, KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, {AttributeName: by, KeyType: 'RANGE'}], Projection: {ProjectionType},
  });
  const across = (by: string, ProjectionType: 'ALL' | 'KEYS_ONLY'): unknown => ({IndexName: `across-${by}`, KeySchema: [{AttributeName: by, KeyType: 'HASH'}], Projection: {ProjectionType}});
  return {
    TableName: name, BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      {AttributeName: 'pk', AttributeType: 'S'}, ...(hasSortKey ? [{AttributeName: 'sk', AttributeType: 'S'}] : []),
      ...(hasLocalIndexes || hasGlobalIndexes ? [{AttributeName: 'n', AttributeType: 'N'}, {AttributeName: 'v', AttributeType: 'S'}] : []),
    ],
    KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}, ...(hasSortKey ? [{AttributeName: 'sk', KeyType: 'RANGE'}] : [])],
    ...(hasLocalIndexes ? {LocalSecondaryIndexes: [index('n', 'KEYS_ONLY'), index('v', 'ALL')]} : {}),
    ...(hasStream ? {StreamSpecification: {StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES'}} : {}),
    ...(hasGlobalIndexes ? {GlobalSecondaryIndexes: [across('n', 'ALL'), across('v', 'KEYS_ONLY')]} : {}),
  };
}
