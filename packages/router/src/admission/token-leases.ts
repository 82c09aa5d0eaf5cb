import {BASE_INDEX_ID} from '@murmuration/base';
import type {Clock, Random, TableId, TimerHandle, Timers} from '@murmuration/base';
import {RouterShare, unitsToMilliRate} from '@murmuration/capacity';
import {ACCOUNT_TOKENS} from '@murmuration/control-client';
import type {ClusterMapSource, TokenAskOfTable, TokenLeaseOfTable} from '@murmuration/control-client';
import type {CapacitySettings, TableDescriptor, Throughput} from '@murmuration/model';
import type {ClusterMap, PartitionEntry} from '@murmuration/placement';
import type {ControlCaller} from '../services.js';
import type {Access} from './request-cost.js';

/** How often a router asks for the tokens of a table it uses; as long as a lease may take to come. */
const ASK_MS = 1_000;
/** As the control plane has it: see TokenService. */
const LEASE_MS = 3_000;
const FALLBACK_MS_MAX = 60_000;
/** Whether something is due is looked at so often. */
const LOOK_MS = 100;
/** A table that was not asked for is no longer leased. */
const UNUSED_MS = 60_000;

interface TableTokens {
  readonly read: RouterShare;
  readonly write: RouterShare;
  usedAtMs: number;
}

export interface TokenLeasePorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
}

/** Whose tokens they are: a table's, or those of all on-demand tables together. */
export type TokenOwner = TableId | typeof ACCOUNT_TOKENS;

/**
 * Tokens as this router holds them: of tables whose throughput is shared globally, and of all on-demand tables together where
 * these have a limit. A request is let in or refused by what
 * lies here, with no question to anybody; more tokens are asked for in the background.
 */
export class TokenLeases {
  readonly #ports: TokenLeasePorts;
  readonly #map: ClusterMapSource;
  readonly #control: ControlCaller;
  readonly #defaults: CapacitySettings;
  /** Names one life of this router: another one has not got what the one before was sent. */
  readonly #router: string;
  readonly #tables = new Map<TokenOwner, TableTokens>();
  /** Tables that are shared globally by this map. */
  #shared: ReadonlyMap<TableId, TableDescriptor> = new Map();
  /** On-demand tables that are held to limits, and what they may use together: 0 for no limit. */
  #onDemand: ReadonlySet<TableId> = new Set();
  #account: Throughput = {ReadCapacityUnits: 0, WriteCapacityUnits: 0};
  #sharedBy: ClusterMap | undefined;
  #routerCount = 1;
  #timer: TimerHandle | undefined;
  #isStopped = false;

  constructor(node: string, defaults: CapacitySettings, ports: TokenLeasePorts, map: ClusterMapSource, control: ControlCaller) {
    this.#ports = ports;
    this.#map = map;
    this.#control = control;
    this.#defaults = defaults;
    this.#router = `${node}/${ports.random.uint32().toString(16)}`;
  }

  /** @returns who pays for such a request here: a table that is shared globally, or all on-demand tables; undefined when nobody does */
  ownerOf({table, index}: PartitionEntry, access: Access): TokenOwner | undefined {
    const map = this.#map.current();
    if (map !== this.#sharedBy) this.#follow(map);
    if (this.#isStopped) return undefined;
    if (this.#shared.has(table)) return index === BASE_INDEX_ID ? table : undefined;
    const {ReadCapacityUnits, WriteCapacityUnits} = this.#account;
    return (access === 'read' ? ReadCapacityUnits : WriteCapacityUnits) > 0 && this.#onDemand.has(table) ? ACCOUNT_TOKENS : undefined;
  }
  /** @param owner as `ownerOf` has just told */
  of(owner: TokenOwner, access: Access): RouterShare {
    const nowMs = this.#ports.clock.monotonicMs();
    let tokens = this.#tables.get(owner);
    if (tokens === undefined) {
      tokens = this.#newTokens(owner === ACCOUNT_TOKENS ? this.#account : this.#shared.get(owner)?.provisionedThroughput ?? this.#account, nowMs);
      this.#tables.set(owner, tokens);
      this.#timer ??= this.#ports.timers.every(LOOK_MS, () => this.#look());
      this.#ports.timers.nextTurn(() => this.#look());
    }
    tokens.usedAtMs = nowMs;
    return tokens[access];
  }
  get tableCount(): number {
    return this.#tables.size;
  }
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#tables.clear();
  }

  #follow(map: ClusterMap): void {
    this.#sharedBy = map;
    const shared = new Map<TableId, TableDescriptor>();
    const onDemand = new Set<TableId>();
    for (const table of map.tables()) {
      const {throttling, sharing} = map.settingsOf(table.tableId, this.#defaults);
      if (sharing === 'global' && throttling !== 'off' && table.billingMode === 'PROVISIONED') shared.set(table.tableId, table);
      if (throttling === 'on' && table.billingMode === 'PAY_PER_REQUEST') onDemand.add(table.tableId);
    }
    this.#shared = shared;
    this.#onDemand = onDemand;
    const {accountOnDemandReadUnitsMax, accountOnDemandWriteUnitsMax} = {...this.#defaults, ...map.settings.cluster};
    this.#account = {ReadCapacityUnits: accountOnDemandReadUnitsMax, WriteCapacityUnits: accountOnDemandWriteUnitsMax};
    let routerCount = 0;
    for (const {roles} of map.nodes()) if (roles.includes('router')) routerCount += 1;
    this.#routerCount = Math.max(1, routerCount);
    const hasAccount = onDemand.size > 0 && accountOnDemandReadUnitsMax + accountOnDemandWriteUnitsMax > 0;
    for (const owner of this.#tables.keys()) if (owner === ACCOUNT_TOKENS ? !hasAccount : !shared.has(owner)) this.#tables.delete(owner);
    if (this.#tables.size === 0) {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
  }
  /** Until a lease comes a router goes by an even part among all routers. */
  #newTokens({ReadCapacityUnits, WriteCapacityUnits}: Throughput, nowMs: number): TableTokens {
    const make = (units: number): RouterShare => {
      const firstRate = Math.floor(unitsToMilliRate(units) / this.#routerCount);
      return new RouterShare({router: this.#router, leaseMs: LEASE_MS, fallbackMsMax: FALLBACK_MS_MAX, askMs: ASK_MS, firstWantHalfUnits: Math.max(2, Math.floor(firstRate / 1_000)), firstRate});
    };
    return {read: make(ReadCapacityUnits), write: make(WriteCapacityUnits), usedAtMs: nowMs};
  }
  #look(): void {
    const nowMs = this.#ports.clock.monotonicMs();
    const asks: TokenAskOfTable[] = [];
    for (const [table, tokens] of this.#tables) {
      if (nowMs > tokens.usedAtMs + UNUSED_MS) {
        this.#tables.delete(table);
        continue;
      }
      for (const access of ACCESSES) if (tokens[access].isAskDue(nowMs)) asks.push({table, access, ...withoutRouter(tokens[access].ask(nowMs))});
    }
    if (asks.length === 0) return;
    this.#control.call({kind: 'lease-tokens', router: this.#router, asks}, LEASE_MS, (response) => {
      // Without an answer the leases that are held run out, and shares go on.
      if (response.kind === 'leases') for (const lease of response.leases) this.#granted(lease, nowMs);
    });
  }
  #granted(lease: TokenLeaseOfTable, askedAtMs: number): void {
    // While all is quiet nothing is handed out: what is held goes on, and then the share.
    if (lease.isQuiet) return;
    this.#tables.get(lease.table as TokenOwner)?.[lease.access].granted(lease, askedAtMs, this.#ports.clock.monotonicMs());
  }
}

const ACCESSES: readonly Access[] = ['read', 'write'];

function withoutRouter({heldLease, heldShareRate, wantedHalfUnits, returnedHalfUnits}: ReturnType<RouterShare['ask']>): Omit<TokenAskOfTable, 'table' | 'access'> {
  return {heldLease, heldShareRate, wantedHalfUnits, returnedHalfUnits};
}
