import {CONTROL_GROUP_ID} from '@murmuration/base';
import type {ClusterMapContent} from '@murmuration/placement';
import type {ItemJson, Outcome} from '@murmuration/checkers';
import {checkLinearizable, checkStaleness, itemText, toRequest} from '@murmuration/checkers';
import type {Chance} from '../world/chance.js';
import {FaultRunner, drawFaults} from '../world/faults.js';
import type {Fault} from '../world/faults.js';
import type {SeedResult} from '../seed-result.js';
import {machineFaults} from '../world/machine-faults.js';
import type {SimMachine} from '../world/sim-machine.js';
import {SimulationError, World} from '../world/world.js';
import {ADMIN_HEADERS, apiHeaders} from './api-client.js';
import type {ApiResult} from './api-client.js';
import {SimClient, outcomeOf} from './clients.js';
import {clusterTarget, cutClients, killAtEvent, killAtTurningPoint} from './cluster-faults.js';
import {drawClusterSettings} from './cluster-settings.js';
import type {ClusterScale, ClusterSettings} from './cluster-settings.js';
import {ClusterWatch} from './cluster-watch.js';
import {auditStores, globalIndexFault, lackOf, streamFault} from './convergence.js';
import {overlapOn, rowsLeftOn, statusesOf} from './inspect.js';
import {SimOperator, lateIndexRequest, tableRequest} from './operators.js';
import {Recorder} from './recorder.js';
import {SimCluster} from './sim-cluster.js';
import type {SimNode} from './sim-node.js';
import {splitUnderPause} from './split-under-pause.js';
import {ThrottlePhase} from './throttle-phase.js';
import type {TransactionClient} from './transaction-clients.js';
import {TransactionRun} from './transaction-run.js';
import type {TransactionTotals} from './transaction-run.js';
import {denseTransactions, withFewTransactions} from './transaction-settings.js';
import {Team} from './workload.js';

export interface ClusterRunOptions {
  readonly seed: number;
  readonly scale?: ClusterScale;
  /** Instead of what the seed draws: for shrinking. */
  readonly faults?: readonly Fault[];
  readonly changeSettings?: (drawn: ClusterSettings) => ClusterSettings;
  /** Called when users begin to work: a directed test adds what shall happen. */
  readonly direct?: (stage: ClusterStage) => void;
  readonly traceLineCount?: number;
}

/** What a directed test works on. */
export interface ClusterStage {
  readonly world: World;
  readonly cluster: SimCluster;
  readonly watch: ClusterWatch;
  readonly operator: SimOperator;
}

/** A seed's result with what only this profile has to tell. */
export interface ClusterReport extends SeedResult {
  readonly settings: ClusterSettings;
  readonly outcomes: Readonly<Record<Outcome['kind'], number>>;
  /** Eventual reads that were judged, and those of them that were visibly behind. */
  readonly eventualReadCount: number;
  readonly staleReadCount: number;
  /** Latest changes of state of all nodes, for whoever looks into a failure. */
  readonly latestEvents: readonly string[];
}

const EVENTS_TOLD = 40;
const SETUP_MS_MAX = 60_000;
const POLL_MS = 250;
/** Beside 20 election timeouts, jobs of the control plane get this long to end. */
const JOBS_MS_MAX = 40_000;
const ELECTIONS_TO_CONVERGE_MAX = 20;
const DROP_MS_MAX = 30_000;
const DROP_KILLS_MAX = 3;
const SPLIT_TO_DROP_MS_MAX = 600;
/** Rows are wiped behind the removal of their group. */
const SETTLE_MS = 1_000;
const SETTLE_TRIES = 10;
const READ_TRIES_MAX = 200;
const READS_AT_ONCE = 50;
/** A supervisor starts again what ended by itself, after one of these. */
const RESTART_DELAYS_MS = [200, 2_000, 10_000];

/** One run of the cluster profile, from its seed alone. Never throws: what went wrong is in the result. */
export async function runClusterSeed(options: ClusterRunOptions): Promise<ClusterReport> {
  return runSeed('cluster', options);
}
/** One run of the profile of transactions: a cluster whose users do nothing else, a great many of them. */
export async function runTransactionsSeed(options: ClusterRunOptions): Promise<ClusterReport> {
  return runSeed('transactions', options);
}

async function runSeed(profile: 'cluster' | 'transactions', options: ClusterRunOptions): Promise<ClusterReport> {
  const world = new World({seed: options.seed, traceLineCount: options.traceLineCount ?? 0});
  const drawnForAll = drawClusterSettings(world.chance.fork('settings'), options.scale);
  const drawn = profile === 'transactions' ? denseTransactions(drawnForAll, world.chance.fork('dense-transactions')) : withFew(drawnForAll, options, world);
  const settings = options.changeSettings?.(drawn) ?? drawn;
  const run = new ClusterRun(world, settings, options.faults, options.direct);
  let failure: Error | undefined;
  try {
    await run.run();
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
  }
  return {
    profile, seed: options.seed, ...run.transactionTotals, hash: world.trace.hash, virtualMs: world.nowMs, eventCount: world.eventCount,
    operationCount: run.operationCount, faults: run.appliedFaults, probes: world.probes.all(), trace: world.trace.lines(),
    failure: failure === undefined ? undefined : {
      rule: failure instanceof SimulationError ? failure.rule : failure.name, message: failure.message,
      stack: `${failure.stack ?? ''}${failure.cause instanceof Error ? `\ncaused by ${failure.cause.stack ?? failure.cause.message}` : ''}\nlatest events:\n${run.latestEvents.slice(-EVENTS_TOLD).join('\n')}`,
    },
    settings, outcomes: run.outcomes, eventualReadCount: run.eventualReadCount, staleReadCount: run.staleReadCount, latestEvents: run.latestEvents,
  };
}

/** A directed test asks for what it needs, and for nothing else. */
function withFew(drawn: ClusterSettings, {changeSettings, direct}: ClusterRunOptions, world: World): ClusterSettings {
  return changeSettings === undefined && direct === undefined ? withFewTransactions(drawn, world.chance.fork('some-transactions')) : drawn;
}

/** An item at the end of a run, and what a strong read of it showed. */
interface FinalItem {
  readonly team: Team;
  readonly key: ItemJson;
  seen: string | undefined;
}

class ClusterRun {
  readonly #world: World;
  readonly #settings: ClusterSettings;
  readonly #watch: ClusterWatch;
  readonly #cluster: SimCluster;
  readonly #recorder: Recorder;
  readonly #operator: SimOperator;
  readonly #teams: Team[] = [];
  readonly #clients: (SimClient | TransactionClient)[] = [];
  readonly #transactions: TransactionRun | undefined;
  readonly #throttlePhase: ThrottlePhase | undefined;
  readonly #presetFaults: readonly Fault[] | undefined;
  readonly #direct: ((stage: ClusterStage) => void) | undefined;
  /** Indexes that are added to tables while faults happen. */
  readonly #lateIndexes: {readonly table: string; readonly afterMs: number}[] = [];
  #openIndexOrders = 0;
  readonly #keptDown = new Set<SimNode>();
  /** Nodes whose disk is of no use any more: nobody replaces it. */
  readonly #lost = new Set<SimNode>();
  #faults: readonly Fault[] = [];
  #runner: FaultRunner | undefined;
  #isSupervised = true;
  #jobsHeard: string | undefined = 'nothing was heard of jobs';
  readonly #auditChance: Chance;
  readonly #supervisorChance: Chance;
  operationCount = 0;
  eventualReadCount = 0;
  staleReadCount = 0;

  constructor(world: World, settings: ClusterSettings, faults: readonly Fault[] | undefined, direct: ((stage: ClusterStage) => void) | undefined) {
    this.#direct = direct;
    this.#world = world;
    this.#settings = settings;
    this.#presetFaults = faults;
    this.#auditChance = world.chance.fork('audit');
    this.#supervisorChance = world.chance.fork('supervisor');
    this.#watch = new ClusterWatch(world);
    this.#cluster = new SimCluster(world, settings, this.#watch);
    this.#recorder = new Recorder(world);
    this.#operator = new SimOperator(world, this.#cluster, () => this.#watch.newestMap);
    this.#transactions = settings.transactions === undefined ? undefined : new TransactionRun(world, this.#cluster, settings.transactions, settings.clientTimeoutMs);
    this.#throttlePhase = settings.throttling === undefined ? undefined : new ThrottlePhase(world, this.#cluster, settings.throttling);
    this.#watch.onNodeFatal((node, error) => {
      // Where a sync was said to be done and was not, the log finds out and refuses: as lost as a disk that is gone.
      if (node.machine.disk.hasLied && error.message.startsWith('Corrupt')) this.#lost.add(node);
    });
    this.#watch.onNodeDeath((node, process) => {
      this.#cluster.api.died(process);
      this.#supervise(node);
    });
  }
  get faults(): readonly Fault[] {
    return this.#faults;
  }
  get appliedFaults(): readonly Fault[] {
    return this.#runner?.applied ?? [];
  }
  get outcomes(): Readonly<Record<Outcome['kind'], number>> {
    return this.#recorder.outcomes;
  }
  get latestEvents(): readonly string[] {
    return this.#watch.latestEvents;
  }
  get transactionTotals(): TransactionTotals | undefined {
    return this.#transactions?.totals;
  }

  async run(): Promise<void> {
    await this.#setUp();
    await this.#beSafe();
    // More than a minority that is lost for ever: nothing is promised but that what was answered is true.
    if (!this.#isHopeless) {
      const map = await this.#becomeWhole();
      await this.#audit(map);
    }
    this.#judgeHistory();
    // What every node has of its own may be gone with a disk; what the cluster shares must go when it is told to.
    if (!this.#isHopeless) await this.#dropEverything();
  }

  get #isHopeless(): boolean {
    return this.#lost.size > 1 || (this.#lost.size > 0 && this.#settings.replicationFactor < 3);
  }
  async #setUp(): Promise<void> {
    const world = this.#world;
    for (const node of this.#cluster.nodes) node.start();
    await this.#until('set-up', SETUP_MS_MAX, () => (this.#cluster.nodes.every((node) => node.isReady) ? undefined : 'nodes are not ready'));
    const throttling = this.#throttlePhase;
    throttling?.prepare();
    await this.#until('set-up', SETUP_MS_MAX, () => (throttling?.isSettled === false ? 'the number of partitions is not set' : undefined));
    const load = world.chance.fork('teams');
    const indexChance = world.chance.fork('local-indexes');
    const globalIndexChance = world.chance.fork('global-indexes');
    const streamChance = world.chance.fork('streams');
    const guardChance = world.chance.fork('guards');
    for (let i = 0; i < this.#settings.tableCount; i += 1) {
      const name = `table-${i}`;
      const hasSortKey = load.isHeads();
      const hasLocalIndexes = hasSortKey && indexChance.isHeads();
      if (hasLocalIndexes) world.probes.hit('workload/local-indexes');
      // Their partitions make the order for a table too large for the little room of some runs.
      const hasRoom = this.#settings.tuning.raftHost?.groupProposalBytesMax === undefined;
      if (hasRoom && globalIndexChance.isHeads()) this.#lateIndexes.push({table: name, afterMs: globalIndexChance.below(this.#settings.safetyMs)});
      const hasGlobalIndexes = globalIndexChance.isHeads() && hasRoom;
      if (hasGlobalIndexes) world.probes.hit('workload/global-indexes');
      const hasStream = streamChance.isHeads();
      if (hasStream) world.probes.hit('workload/streams');
      const order = tableRequest(name, hasSortKey, hasLocalIndexes, hasGlobalIndexes, hasStream);
      this.#request('CreateTable', throttling?.ordered(order) ?? order);
      for (let k = 0; k < this.#settings.teamCount; k += 1) {
        if (k % this.#settings.tableCount !== i) continue;
        const team = new Team({name, hasSortKey, hasLocalIndexes}, `t${i}-team${k}`, this.#settings.workload, load.fork(`team:${k}`));
        this.#teams.push(team);
        for (let c = 0; c < this.#settings.clientsPerTeam; c += 1) {
          const isGuard = guardChance.permille(this.#settings.guardPermille);
          this.#clients.push(new SimClient(world, this.#cluster.api, this.#cluster, this.#recorder, team, load.fork(`client:${k}:${c}`), {
            az: load.pick(this.#cluster.azs), isGuard, thinkMs: isGuard ? GUARD_THINK_MS : this.#settings.thinkMs,
            timeoutMs: isGuard ? GUARD_TIMEOUT_MS : this.#settings.clientTimeoutMs,
          }));
        }
      }
    }
    const transactionTables = this.#transactions?.tables ?? [];
    for (const table of transactionTables) this.#request('CreateTable', table);
    await this.#until('set-up', SETUP_MS_MAX, () => {
      const tables = this.#watch.newestMap?.tables ?? [];
      return tables.length === this.#settings.tableCount + transactionTables.length && tables.every((table) => table.status === 'ACTIVE') ? undefined : `tables are not active: ${tables.map((table) => table.status).join()}`;
    });
    const transactions = this.#transactions;
    if (transactions === undefined) return;
    transactions.open((operation, body, done) => this.#request(operation, body, done));
    await this.#until('set-up', SETUP_MS_MAX, () => (transactions.isOpen ? undefined : 'banks are not open'));
    this.#clients.push(...transactions.clients);
  }
  async #beSafe(): Promise<void> {
    const throttling = this.#throttlePhase;
    throttling?.begin();
    await this.#until('set-up', SETUP_MS_MAX, () => (throttling?.isSettled === false ? 'limits are not set' : undefined));
    const startMs = this.#world.nowMs;
    const {safetyMs, faults, operatorPeriodMs} = this.#settings;
    this.#faults = this.#presetFaults ?? drawFaults(this.#world.chance.fork('faults'), {...faults, fromMs: QUIET_MS, untilMs: safetyMs});
    const target = clusterTarget(this.#cluster, this.#watch, this.#operator, (machine) => this.#restart(machine));
    const hitMachines = machineFaults(target);
    this.#runner = new FaultRunner(this.#world, this.#faults, (fault, chance) => {
      if (BREAKS_STORAGE.has(fault.kind)) this.#watch.expectsStorageFailures = true;
      // Users are cut off now and then whatever the fault.
      if (fault.kind === 'cut-asymmetric' && chance.isHeads()) return cutClients(this.#cluster, chance);
      if (fault.kind === 'pause-leader' && chance.fork('split').permille(SPLIT_UNDER_PAUSE_PERMILLE)) return splitUnderPause(this.#cluster, this.#watch, this.#operator, chance);
      if (KILLS.has(fault.kind) && chance.isHeads()) return killAtTurningPoint(this.#cluster, this.#watch, fault, chance, (machine) => this.#restart(machine));
      return hitMachines(fault, chance);
    }, startMs);
    for (const client of this.#clients) client.start();
    for (const {table, afterMs} of this.#lateIndexes) {
      this.#openIndexOrders += 1;
      this.#world.afterMs(afterMs, () => {
        this.#world.probes.hit('workload/index-added');
        const order = lateIndexRequest(table);
        this.#request('UpdateTable', throttling?.ordered(order) ?? order, () => (this.#openIndexOrders -= 1));
      });
    }
    this.#operator.start(operatorPeriodMs);
    this.#direct?.({world: this.#world, cluster: this.#cluster, watch: this.#watch, operator: this.#operator});
    for (let i = 1; i <= AUDITS; i += 1) {
      await this.#world.run(startMs + (safetyMs * i) / AUDITS);
      for (const node of this.#cluster.liveNodes) {
        this.#watch.replicaBook.live(node.id, statusesOf(node).values());
        const overlap = await overlapOn(node);
        if (overlap !== undefined) throw new SimulationError('ranges-do-not-overlap', overlap);
      }
    }
  }
  /** Faults have ended but for a legal minority: everything must come to rest, and serve. */
  async #becomeWhole(): Promise<ClusterMapContent> {
    this.#operator.stop();
    this.#runner?.stop();
    this.#cluster.network.healAll();
    for (const node of this.#cluster.nodes) {
      node.machine.disk.heal();
      if (node.machine.process?.isPaused === true) node.machine.process.resume();
      node.machine.process?.setEventCost(0);
    }
    for (const az of this.#cluster.azs) for (const node of this.#cluster.routerNodes) Object.assign(this.#cluster.linkTo(az, node), {isCut: false, resetPermille: 0});
    const chance = this.#world.chance.fork('minority');
    // A disk that was lost is a minority already, until its replicas are made anew.
    const hasMinority = this.#lost.size > 0 || this.#watch.damaged.size > 0;
    if (this.#settings.replicationFactor >= 3 && !hasMinority && chance.permille(300)) {
      const victim = chance.pick(this.#cluster.nodes);
      this.#keptDown.add(victim);
      victim.machine.kill('power');
    }
    for (const node of this.#cluster.nodes) this.#restart(node.machine);
    const limitMs = ELECTIONS_TO_CONVERGE_MAX * this.#cluster.electionMs + JOBS_MS_MAX;
    this.#throttlePhase?.end();
    await this.#until('limits-end', limitMs, () => (this.#throttlePhase?.isSettled === false ? 'limits are still set' : undefined));
    await this.#until('drained-come-back', limitMs, () => this.#operator.takeBack());
    const doneBefore = this.#clients.map((client) => client.okCount);
    await this.#until('clients-succeed', limitMs, () => {
      const stuck = this.#clients.findIndex((client, i) => client.okCount < (doneBefore[i] ?? 0) + OPERATIONS_TO_SUCCEED);
      return stuck < 0 ? undefined : `client ${stuck} had ${(this.#clients[stuck]?.okCount ?? 0) - (doneBefore[stuck] ?? 0)} successes`;
    });
    for (const client of this.#clients) client.stop();
    await this.#until('clients-end', limitMs, () => (this.#clients.some((client) => client.isBusy) ? 'a client waits' : undefined));
    await this.#until('indexes-filled', limitMs, () => this.#unfilledIndexes());
    await this.#until('jobs-end', limitMs, () => this.#unfinishedJobs());
    await this.#until('converges', limitMs, () => lackOf(this.#cluster, this.#watch.newestMap));
    await this.#readAll();
    await this.#endTransactions();
    await this.#until('converges', limitMs, () => lackOf(this.#cluster, this.#watch.newestMap));
    this.#isSupervised = false;
    return this.#watch.newestMap as ClusterMapContent;
  }
  /** Nothing stays held, everything is read once more, and what is over is gone. */
  async #endTransactions(): Promise<void> {
    const transactions = this.#transactions;
    const map = this.#watch.newestMap;
    if (transactions === undefined || map === undefined) return;
    await this.#untilTold('held-items-freed', HELD_MS_MAX, () => transactions.rowsLeft(map, 'held'));
    transactions.readAll();
    await this.#until('final-reads', SETUP_MS_MAX, () => (transactions.finalReadsLeft === 0 ? undefined : `${transactions.finalReadsLeft} reads of lists and banks are left`));
    await this.#untilTold('expired-items-go', SETUP_MS_MAX, () => transactions.expiryFault(map));
  }
  /** What is remembered of transactions is dropped when its time is over. */
  async #forgetTransactions(map: ClusterMapContent): Promise<void> {
    const transactions = this.#transactions;
    if (transactions === undefined) return;
    transactions.letTokensExpire();
    await this.#untilTold('tokens-forgotten', SETUP_MS_MAX, () => transactions.rowsLeft(map, 'decided'));
  }
  #unfilledIndexes(): string | undefined {
    if (this.#openIndexOrders > 0) return `${this.#openIndexOrders} orders for indexes are open`;
    const open = (this.#watch.newestMap?.tables ?? []).flatMap((table) => (table.globalIndexes ?? []).filter(({status}) => status !== 'ACTIVE').map(({name, status}) => `${name} of ${table.name} is ${status}`));
    return open.length === 0 ? undefined : open.join();
  }
  /** Asks a node for the jobs; answers by what was heard last, so it takes two turns to see the end. */
  #unfinishedJobs(): string | undefined {
    const node = this.#auditChance.pick(this.#cluster.routerNodes);
    this.#cluster.api.call({
      door: this.#cluster.door(node), link: this.#cluster.linkTo(this.#cluster.azOf(node), node), isAdmin: true, method: 'GET', target: '/admin/v1/jobs',
      headers: ADMIN_HEADERS, body: undefined, timeoutMs: 2_000,
    }, (result) => {
      if (result.kind !== 'answered' || result.status !== 200) return;
      const {jobs} = result.body as {readonly jobs?: readonly {readonly state: string; readonly kind: string; readonly partition: number; readonly step: string}[]};
      const open = (jobs ?? []).filter((job) => job.state === 'running');
      this.#jobsHeard = open.length === 0 ? undefined : open.map((job) => `${job.kind} of group ${job.partition} at ${job.step}`).join();
    });
    return this.#jobsHeard;
  }
  /**
   * A strong read of every item that was ever written ends each history. Nothing is written any more and no replica is behind, so an
   * eventual read, by whichever replica is near, shows the same: what a replica keeps in memory is what it has in its store.
   */
  async #readAll(): Promise<void> {
    const items = this.#teams.flatMap((team) => team.keys.map((key): FinalItem => ({team, key, seen: undefined})));
    await this.#readEach(items.map((item) => ({item, az: undefined})));
    await this.#readEach(this.#cluster.azs.flatMap((az) => items.map((item) => ({item, az}))));
  }
  async #readEach(waiting: {readonly item: FinalItem; readonly az: string | undefined}[]): Promise<void> {
    const total = waiting.length;
    let doneCount = 0;
    const next = (): void => {
      const read = waiting.shift();
      if (read !== undefined) this.#readItem(read.item, read.az, 0, () => {
        doneCount += 1;
        next();
      });
    };
    this.#world.afterMs(0, () => {
      for (let i = 0; i < READS_AT_ONCE; i += 1) next();
    });
    await this.#until('final-reads', SETUP_MS_MAX, () => (doneCount === total ? undefined : `${total - doneCount} items were not read`));
  }
  /** @param az whose routers are asked for an eventual read; undefined asks anybody for a strong one */
  #readItem(item: FinalItem, az: string | undefined, tryCount: number, done: () => void): void {
    const {key, team} = item;
    const operation = {kind: 'get', key, isStrong: az === undefined} as const;
    const {node, send} = this.#anyDoor(az);
    const process = this.#recorder.invoke(operation, node);
    const {operation: name, body} = toRequest(operation, team.table);
    send(name, body, (result) => {
      const outcome = outcomeOf(operation, result);
      this.#recorder.complete(process, outcome);
      if (outcome.kind !== 'ok' && tryCount < READ_TRIES_MAX) {
        this.#world.afterMs(100, () => this.#readItem(item, az, tryCount + 1, done));
        return;
      }
      const seen = outcome.kind === 'ok' && outcome.answer.kind === 'image' ? itemText(outcome.answer.item ?? {}) : undefined;
      if (az === undefined) item.seen = seen;
      else if (seen !== undefined && item.seen !== undefined && seen !== item.seen) {
        throw new SimulationError('reads-agree-at-rest', `an eventual read by ${node} of ${JSON.stringify(key)} shows ${seen}, a strong one showed ${item.seen}`);
      }
      done();
    });
  }
  async #audit(map: ClusterMapContent): Promise<void> {
    const untilMs = this.#world.nowMs + SETUP_MS_MAX;
    for (let difference = await globalIndexFault(this.#cluster, map); difference !== undefined; difference = await globalIndexFault(this.#cluster, map)) {
      if (this.#world.nowMs >= untilMs) throw new SimulationError('global-indexes-agree', difference);
      await this.#world.run(this.#world.nowMs + POLL_MS);
    }
    // Items may have gone meanwhile whose time came.
    if (this.#transactions !== undefined) await this.#until('converges', SETUP_MS_MAX, () => lackOf(this.#cluster, this.#watch.newestMap));
    const fault = await auditStores(this.#cluster, map);
    if (fault !== undefined) throw new SimulationError('stores-agree', fault);
    const untold = await streamFault(this.#cluster, map);
    if (untold !== undefined) throw new SimulationError('streams-agree', untold);
    await this.#transactions?.judgeExpiries(map);
    await this.#forgetTransactions(map);
  }
  /**
   * The end of every table leaves no group, and no row of one. In half of the runs partitions are cut in two just before, and processes
   * die while they remove their replicas.
   */
  async #dropEverything(): Promise<void> {
    this.#isSupervised = true;
    const chance = this.#world.chance.fork('drop');
    const isRough = chance.isHeads();
    let disarm: readonly (() => void)[] = [];
    if (isRough) {
      this.#world.afterMs(0, () => this.#operator.splitAll());
      await this.#world.run(this.#world.nowMs + chance.below(SPLIT_TO_DROP_MS_MAX));
      disarm = Array.from({length: chance.between(1, DROP_KILLS_MAX)}, () => killAtEvent(this.#cluster, this.#watch, ['raft-host/group-removed'], false, chance, (machine) => this.#restart(machine)));
    }
    for (const table of this.#watch.newestMap?.tables ?? []) this.#request('DeleteTable', {TableName: table.name});
    await this.#until('tables-go', DROP_MS_MAX, () => {
      const left = this.#watch.newestMap?.tables.length ?? 0;
      if (left > 0) return `${left} tables are left`;
      const host = this.#cluster.liveNodes.find((node) => [...statusesOf(node).keys()].some((group) => group !== CONTROL_GROUP_ID));
      return host === undefined ? undefined : `${host.id} still hosts groups ${[...statusesOf(host).keys()].join()}`;
    });
    for (const end of disarm) end();
    if (isRough) await this.#until('tables-go', DROP_MS_MAX, () => (this.#cluster.nodes.every((node) => this.#keptDown.has(node) || this.#lost.has(node) || node.isReady) ? undefined : 'nodes are not ready'));
    let left: string | undefined;
    for (let i = 0; i < SETTLE_TRIES; i += 1) {
      await this.#world.run(this.#world.nowMs + SETTLE_MS);
      left = undefined;
      for (const node of this.#cluster.liveNodes) left ??= await rowsLeftOn(node);
      if (left === undefined) return;
    }
    throw new SimulationError('nothing-leaks', left ?? 'rows');
  }
  #judgeHistory(): void {
    this.#transactions?.judge();
    const verdict = checkLinearizable(this.#recorder.records);
    this.operationCount = verdict.operationCount + (this.transactionTotals?.transactionCount ?? 0);
    if (verdict.kind === 'violation') throw new SimulationError('linearizable', verdict.violations.map((violation) => violation.explanation).join('\n'));
    if (verdict.kind === 'unknown') throw new SimulationError('linearizable', `no verdict on ${verdict.items.join()}`);
    const staleness = checkStaleness(this.#recorder.records, {
      boundMs: this.#settings.tuning.storageNode?.eventualStalenessMsMax ?? STALENESS_MS_MAX, clockErrorMs: STALENESS_SLACK_MS, aheadMs: AHEAD_MS_MAX,
    });
    this.eventualReadCount = staleness.eventualReadCount;
    this.staleReadCount = staleness.staleReadCount;
    if (this.staleReadCount > 0) this.#world.probes.hit('workload/stale-reads');
    if (staleness.kind === 'violation') throw new SimulationError('eventual-reads', staleness.violations.map((violation) => violation.explanation).join('\n'));
  }

  #request(operation: string, body: unknown, done: () => void = () => undefined): void {
    const attempt = (): void => this.#anyDoor().send(operation, body, (result) => {
      const text = result.kind === 'answered' ? JSON.stringify(result.body ?? '') : '';
      if (result.kind === 'answered' && (result.status === 200 || isDoneBefore(operation, text))) {
        done();
        return;
      }
      this.#world.afterMs(200, attempt);
    });
    this.#world.afterMs(0, attempt);
  }
  #anyDoor(az?: string): {readonly node: string; readonly send: (operation: string, body: unknown, done: (result: ApiResult) => void) => void} {
    const near = this.#cluster.routerNodes.filter((name) => this.#cluster.azOf(name) === az && this.#cluster.node(name).isUp);
    const node = this.#auditChance.pick(near.length > 0 ? near : this.#cluster.routerNodes);
    return {node, send: (operation, body, done) => this.#cluster.api.call({
      door: this.#cluster.door(node), link: this.#cluster.linkTo(this.#cluster.azOf(node), node), isAdmin: false, method: 'POST', target: '/', headers: apiHeaders(operation), body,
      timeoutMs: 8_000,
    }, done)};
  }
  #restart(machine: SimMachine): void {
    const node = this.#cluster.node(machine.node);
    if (machine.process === undefined && !this.#keptDown.has(node) && !this.#lost.has(node)) node.start();
  }
  #supervise(node: SimNode): void {
    if (!this.#isSupervised) return;
    const delayMs = this.#supervisorChance.pick(RESTART_DELAYS_MS);
    this.#world.afterMs(delayMs, () => this.#restart(node.machine));
  }
  /** The same for what is read in stores. */
  async #untilTold(rule: string, limitMs: number, lack: () => Promise<string | undefined>): Promise<void> {
    const untilMs = this.#world.nowMs + limitMs;
    for (let missing = await lack(); missing !== undefined; missing = await lack()) {
      if (this.#isHopeless) return;
      if (this.#world.nowMs >= untilMs) throw new SimulationError(rule, `after ${limitMs} ms: ${missing}`);
      await this.#world.run(this.#world.nowMs + POLL_MS);
    }
  }
  /** Lets time pass until nothing is missing. @throws SimulationError `rule` when that takes too long */
  async #until(rule: string, limitMs: number, lack: () => string | undefined): Promise<void> {
    const untilMs = this.#world.nowMs + limitMs;
    let missing = lack();
    while (missing !== undefined) {
      if (this.#isHopeless) return;
      if (this.#world.nowMs >= untilMs) throw new SimulationError(rule, `after ${limitMs} ms: ${missing}`);
      await this.#world.run(Math.min(untilMs, this.#world.nowMs + POLL_MS));
      missing = lack();
    }
  }
}

/** An order whose answer was lost is refused the second time. */
function isDoneBefore(operation: string, text: string): boolean {
  switch (operation) {
    case 'CreateTable': return text.includes('ResourceInUse');
    case 'UpdateTimeToLive': return text.includes('already enabled');
    case 'UpdateTable': return text.includes('already exists') || text.includes('ResourceNotFound');
    default: return text.includes('ResourceNotFound');
  }
}

/** Whoever holds an item for a transaction that nobody ends asks after it, and is answered, well within this. */
const HELD_MS_MAX = 15_000;
const OPERATIONS_TO_SUCCEED = 3;
/** Users who only ask for refusals ask often, and do not wait long for a leader that cannot prove itself. */
const GUARD_THINK_MS = 10;
const GUARD_TIMEOUT_MS = 400;
/** Users work for so long before the first fault. */
const QUIET_MS = 1_000;
/** Looks at what every node holds, while faults happen. */
const AUDITS = 20;
/** What a storage node allows unless it is told otherwise. */
const STALENESS_MS_MAX = 5_000;
/** Clocks run wrong, a read takes its time after it proved how fresh it is, and a pause may lie between. */
const STALENESS_SLACK_MS = 2_000;
/** A leader on a slow disk is given ten election timeouts before it is sent away. */
const AHEAD_MS_MAX = 12_000;
/** Kinds that end processes: half of the time they wait for a moment at which something is half done. */
const KILLS: ReadonlySet<string> = new Set(['kill-one', 'kill-leader', 'kill-all', 'power-all', 'torn-tail']);
/** Of a thousand leaders that stand still, those whose partition is cut in two meanwhile. */
const SPLIT_UNDER_PAUSE_PERMILLE = 500;
const BREAKS_STORAGE: ReadonlySet<string> = new Set(['failed-sync', 'disk-full', 'slow-disk']);
