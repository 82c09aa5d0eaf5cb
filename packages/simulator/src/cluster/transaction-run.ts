import {DECISION_INDEX_ID, PENDING_INDEX_ID} from '@murmuration/model';
import type {ClusterMapContent, PartitionEntry} from '@murmuration/placement';
import type {Chance} from '../world/chance.js';
import type {World} from '../world/world.js';
import {BANK_TABLE, BankBook} from './bank-book.js';
import {Caller} from './caller.js';
import {holderIn} from './convergence.js';
import {EXPIRING_TABLE, EXPIRY_ATTRIBUTE, ExpiringBook} from './expiring-book.js';
import {sideRowsOf} from './inspect.js';
import {LIST_TABLES, ListBook} from './list-book.js';
import {tableRequest} from './operators.js';
import type {SimCluster} from './sim-cluster.js';
import {TransactionClient} from './transaction-clients.js';
import type {TransactionSettings} from './transaction-settings.js';

/** What a run judged of transactions and of items whose time came. */
export interface TransactionTotals {
  readonly transactionCount: number;
  readonly retriedTokenCount: number;
  readonly expiryCount: number;
}

const FINAL_TIMEOUT_MS = 8_000;
const FINAL_AGAIN_MS = 50;
/** Older than the ten minutes for which a token is remembered. */
const FORGOTTEN_AFTER_MS = 11 * 60 * 1000;

/** The part of a run that works in transactions: its tables, its users, and what must hold of both. */
export class TransactionRun {
  readonly #cluster: SimCluster;
  readonly #settings: TransactionSettings;
  readonly #lists: ListBook;
  readonly #bank: BankBook;
  readonly #expiring: ExpiringBook;
  readonly #finalCaller: Caller;
  readonly clients: readonly TransactionClient[];
  #isOpen = false;
  #finalReadsLeft = 0;

  constructor(world: World, cluster: SimCluster, settings: TransactionSettings, clientTimeoutMs: number) {
    const chance: Chance = world.chance.fork('transactions');
    const ports = {world, network: cluster.api, doors: cluster};
    this.#cluster = cluster;
    this.#settings = settings;
    this.#lists = new ListBook(world, chance.fork('lists'), settings);
    this.#bank = new BankBook(world, settings);
    this.#expiring = new ExpiringBook(world, chance.fork('expiring'), settings.expiringCount);
    this.#finalCaller = new Caller(ports, chance.fork('final'), cluster.azs[0] as string, FINAL_TIMEOUT_MS);
    const books = [{book: this.#lists, weight: 70}, {book: this.#bank, weight: 20}, ...(settings.expiringCount === 0 ? [] : [{book: this.#expiring, weight: 10}])];
    this.clients = Array.from({length: settings.clientCount}, (_, i) => {
      const own = chance.fork(`client:${i}`);
      return new TransactionClient(new Caller(ports, own, own.pick(cluster.azs), clientTimeoutMs), books, settings.thinkMs);
    });
  }
  get totals(): TransactionTotals {
    const transactionCount = this.#lists.transactionCount + this.#bank.transactionCount + this.#expiring.transactionCount;
    return {transactionCount, retriedTokenCount: this.#lists.retriedTokenCount, expiryCount: this.#expiring.expiryCount};
  }
  /** Requests of CreateTable. */
  get tables(): readonly unknown[] {
    const {hasIndexes, hasStream, expiringCount} = this.#settings;
    return [
      ...LIST_TABLES.map((name) => tableRequest(name, true, false, false, hasStream)), tableRequest(BANK_TABLE, true, hasIndexes, hasIndexes, hasStream),
      ...(expiringCount === 0 ? [] : [tableRequest(EXPIRING_TABLE, false, false, false, true)]),
    ];
  }
  /** @param request asks until it is done */
  open(request: (operation: string, body: unknown, done: () => void) => void): void {
    let openCount = 1;
    const settled = (): void => {
      openCount -= 1;
      this.#isOpen = openCount === 0;
    };
    if (this.#settings.expiringCount > 0) {
      openCount += 1;
      request('UpdateTimeToLive', {TableName: EXPIRING_TABLE, TimeToLiveSpecification: {AttributeName: EXPIRY_ATTRIBUTE, Enabled: true}}, settled);
    }
    this.#finalCaller.world.afterMs(0, () => this.#bank.open(this.#finalCaller, settled));
  }
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** @returns an item that a transaction still holds, or a row that tells of a decision; undefined when there is none */
  async rowsLeft(map: ClusterMapContent, kind: 'held' | 'decided'): Promise<string | undefined> {
    const index = kind === 'held' ? PENDING_INDEX_ID : DECISION_INDEX_ID;
    for (const entry of map.partitions) {
      const node = holderIn(this.#cluster, entry);
      const count = node === undefined ? 0 : (await sideRowsOf(entry, index, node)).length;
      if (count > 0) return `group ${entry.group} on ${node?.id ?? ''} keeps ${count} rows of what is ${kind === 'held' ? 'held by transactions' : 'remembered of transactions'}`;
    }
    return undefined;
  }
  /** Each list and each bank is read once more, until it was. */
  readAll(): void {
    const waiting = [...this.#lists.finalReads(), ...this.#bank.finalReads()];
    this.#finalReadsLeft = waiting.length;
    const next = (): void => {
      const [read] = waiting;
      if (read === undefined) return;
      read(this.#finalCaller, (isOk) => {
        if (isOk) {
          waiting.shift();
          this.#finalReadsLeft -= 1;
          return next();
        }
        this.#finalCaller.move();
        this.#finalCaller.world.afterMs(FINAL_AGAIN_MS, next);
      });
    };
    this.#finalCaller.world.afterMs(0, next);
  }
  get finalReadsLeft(): number {
    return this.#finalReadsLeft;
  }
  async expiryFault(map: ClusterMapContent): Promise<string | undefined> {
    const table = map.tables.find(({name}) => name === EXPIRING_TABLE);
    return table === undefined ? undefined : this.#expiring.fault(table.tableId, map.partitions, (entry) => this.#holder(entry));
  }
  /** The clocks of all nodes go on by more than anything is remembered. */
  letTokensExpire(): void {
    for (const node of this.#cluster.nodes) node.machine.jumpWall(FORGOTTEN_AFTER_MS);
  }
  /** @throws SimulationError */
  judge(): void {
    this.#lists.judge();
    this.#bank.judge();
  }
  /** Of a cluster at rest. @throws SimulationError */
  async judgeExpiries(map: ClusterMapContent): Promise<void> {
    const table = map.tables.find(({name}) => name === EXPIRING_TABLE);
    if (table !== undefined) await this.#expiring.judge(table.tableId, map.partitions, (entry) => this.#holder(entry));
  }
  #holder(entry: PartitionEntry): ReturnType<typeof holderIn> {
    return holderIn(this.#cluster, entry);
  }
}
