import {mkdirSync, readFileSync, readdirSync, copyFileSync} from 'node:fs';
import {join} from 'node:path';
import {decodeHistory} from '@murmuration/checkers';
import type {HistoryRecord} from '@murmuration/checkers';
import type {StatusPartition} from '@murmuration/server';
import {WireClient, createWireTable} from '../wire-client.js';
import type {ClientsSummary} from './clients-protocol.js';
import {NemesisCluster} from './cluster.js';
import {until} from '../until.js';
import {sleep} from './command.js';
import {derivedChecks} from './derived-check.js';
import type {DerivedData} from './derived-reads.js';
import {createDerivedTables} from './derived-tables.js';
import {faultTable} from './fault-table.js';
import type {Fault} from './faults/fault.js';
import {judgeHistory} from './history-check.js';
import type {HistoryVerdict} from './history-check.js';
import type {Injection} from './injection.js';
import {Load} from './load.js';
import {nowMs} from './monotonic-time.js';
import type {NemesisOptions} from './options.js';
import type {ProbeTimes} from './prober.js';
import {auditReplicas} from './replica-audit.js';
import type {Check, RunReport} from './report.js';
import {scheduleOf} from './schedule.js';
import type {Step} from './schedule.js';

export interface RunSurroundings {
  readonly repository: string;
  readonly directory: string;
  /** The compiled program of the clients. */
  readonly clientsProgram: string;
  readonly shimPath: string | undefined;
  readonly commit: string;
  readonly atDate: string;
  readonly skipped: readonly {readonly fault: string; readonly reason: string}[];
  readonly say: (line: string) => void;
}

const TABLE = 'nemesis';
const IMAGE_SIZE_BYTES = 768 * 1024 * 1024;
/** Small files and short logs, so that segments are recycled, logs are cut and snapshots are sent within a short run. */
const SMALL_LIMITS = {MURMUR_LOG_SEGMENT_BYTES: String(4 * 1024 * 1024), MURMUR_GROUP_LOG_BYTES_MAX: String(512 * 1024)};
const IMAGE_LIMITS = {MURMUR_DISK_FREE_BYTES_MIN: String(64 * 1024 * 1024)};
const RATE_MIN = 100;
/** For so long, beyond the quiet time, a slow machine is waited for. */
const QUIET_EXTENSION_MS = 60_000;
const SUCCESS_SHARE_MIN = 0.2;
const CONVERGE_TIMEOUT_MS = 60_000;
/** What one injection may take beyond the time it holds. */
const INJECTION_TIMEOUT_MS = 180_000;
/** After a fault, partitions come back within this time or the gap counts as so long. */
const SETTLE_MS = 2_500;
/** So many calls answered since a fault was undone mean that the service is back. */
const SERVED_CALLS_MIN = 100;
const SERVED_TIMEOUT_MS = 30_000;
/** A run that has not done what it must by then ends all the same, and its checks tell. */
const EXTENSION_MAX = 12;
const SHOWN_MAX = 5;

/** One run: start, quiet, faults, heal, convergence, final reads, stop, offline checks. Throws only where nothing can be judged. */
export async function runNemesis(options: NemesisOptions, faults: readonly Fault[], around: RunSurroundings): Promise<RunReport> {
  const {directory, say} = around;
  mkdirSync(directory, {recursive: true});
  const needsImages = faults.some((fault) => fault.needs.includes('images'));
  const needsShim = faults.some((fault) => fault.needs.includes('shim'));
  const cluster = await NemesisCluster.create({
    repository: around.repository, otherBuild: options.otherBuild, directory, nodeCount: options.nodeCount, seed: options.seed,
    imageSizeBytes: needsImages ? IMAGE_SIZE_BYTES : undefined, shimPath: needsShim ? around.shimPath : undefined,
    environment: {...SMALL_LIMITS, ...(needsImages ? IMAGE_LIMITS : {})},
  });
  let load: Load | undefined;
  try {
    await cluster.startAll();
    const wire = new WireClient(cluster.nodes[0]?.endpoint ?? '', 2);
    await createWireTable(wire, TABLE);
    wire.close();
    await createDerivedTables(cluster.nodes[0]?.endpoint ?? '');
    const partitions = await untilLed(cluster);
    say(`${cluster.nodes.length} processes, ${partitions.length} partitions`);

    const historyPath = join(directory, 'history.jsonl');
    const derivedPaths = {lists: join(directory, 'lists.jsonl'), table: join(directory, 'derived.jsonl')};
    const tableId = (await cluster.status()).tables.find((table) => table.name === TABLE)?.id ?? 0;
    load = new Load(around.clientsProgram, {
      seed: options.seed, clientCount: options.clientCount, table: TABLE, tableId, endpoints: cluster.nodes.map((node) => ({id: node.id, url: node.endpoint})),
      ranges: partitions.map(({id, from, until: end}) => ({id, from, until: end})), paddingBytes: options.paddingBytes, directory, historyPath, derived: derivedPaths,
    });
    const quietRate = await quietRateOf(load, options.quietSeconds);
    say(`${Math.round(quietRate)} calls a second before the first fault`);

    const injections = await injectAll(options, faults, {cluster, load, tableId}, say);
    cluster.links.heal(true);
    const unstarted = await cluster.startAll().then(() => '', (cause: unknown) => messageOf(cause));
    say(unstarted === '' ? 'healed; the load goes on for a moment' : unstarted);
    await sleep(1_000);
    await load.stop();
    const convergence = await cluster.untilConverged(CONVERGE_TIMEOUT_MS).then(() => '', (cause: unknown) => messageOf(cause));
    say(convergence === '' ? 'all replicas applied the same' : convergence);
    const summary = await load.finish();
    const unmoved = await cluster.untilConverged(CONVERGE_TIMEOUT_MS).then(() => '', (cause: unknown) => messageOf(cause));
    const finalPartitions = (await cluster.status()).partitions;
    const wrongEnds = await cluster.stopAll();
    say('stopped; checking what it left');
    const audit = await auditReplicas(cluster.nodes, finalPartitions);
    const history = decodeHistory(readFileSync(historyPath, 'utf8'));
    const probes = JSON.parse(readFileSync(join(directory, 'probes.json'), 'utf8')) as readonly ProbeTimes[];
    const verdict = judgeHistory(history);
    const derived = JSON.parse(readFileSync(join(directory, 'derived.json'), 'utf8')) as DerivedData;
    const historyOf = (path: string): readonly HistoryRecord[] => decodeHistory(readFileSync(path, 'utf8'));
    const checks = [
      ...validityChecks({faults, injections, quietRate, summary}),
      {name: 'every process starts again', isPassed: unstarted === '', detail: unstarted},
      {name: 'the cluster comes to rest after the faults', isPassed: convergence === '' && unmoved === '', detail: convergence || unmoved},
      ...historyChecks(verdict, summary),
      ...derivedChecks(historyOf(derivedPaths.lists), historyOf(derivedPaths.table), derived),
      {
        name: 'replicas hold the same rows, logs are whole', isPassed: audit.differences.length === 0,
        detail: audit.differences.length === 0 ? `${audit.rowCount} rows of ${audit.comparedCount} partitions` : audit.differences.slice(0, SHOWN_MAX).join('; '),
      },
      {
        name: 'no process ended by itself', isPassed: cluster.unexpectedEnds.length === 0,
        detail: cluster.unexpectedEnds.slice(0, SHOWN_MAX).map((end) => `${end.node}: ${end.how}: ${end.lastLine}`).join('; '),
      },
      {name: 'an orderly stop ends with 0', isPassed: wrongEnds.length === 0, detail: wrongEnds.join('; ')},
      faultChecks(injections),
    ];
    return buildReport({options, faults, around, checks, injections, probes, history, verdict, summary});
  } finally {
    load?.kill();
    if (options.outDirectory !== undefined) keepFiles(directory, options.outDirectory);
    await cluster.close();
  }
}

/** What is broken and who feels it. */
interface Target {
  readonly cluster: NemesisCluster;
  readonly load: Load;
  readonly tableId: number;
}

/**
 * The rate at which calls are answered before anything is broken. A machine that is busy with others is given time to
 * come to the rate that a run needs; it is that of the last half of the quiet time in any case. Code that has just been
 * started is slow: the first half is not looked at.
 */
async function quietRateOf(load: Load, quietSeconds: number): Promise<number> {
  const untilMs = nowMs() + QUIET_EXTENSION_MS;
  await sleep(quietSeconds * 500);
  for (;;) {
    const {okCount} = load.progress;
    const atMs = nowMs();
    await sleep(quietSeconds * 500);
    const rate = (load.progress.okCount - okCount) / ((nowMs() - atMs) / 1_000);
    if (rate >= RATE_MIN || nowMs() >= untilMs) return rate;
  }
}

function untilLed(cluster: NemesisCluster): Promise<readonly StatusPartition[]> {
  return until('every partition of the table has a leader', async () => {
    const found = (await cluster.status()).partitions.filter((partition) => partition.table === TABLE);
    return found.length > 0 && found.every((partition) => partition.leader !== null) ? found : false;
  }, 30_000);
}

async function injectAll(options: NemesisOptions, faults: readonly Fault[], target: Target, say: (line: string) => void): Promise<readonly Injection[]> {
  const {load} = target;
  const injections: Injection[] = [];
  const untilMs = nowMs() + options.seconds * 1_000;
  const lastMs = nowMs() + options.seconds * 1_000 * EXTENSION_MAX;
  for (const step of scheduleOf(faults, options.seed, options.holdSecondsMax * 1_000)) {
    const isLongEnough = nowMs() >= untilMs && injections.length >= faults.length && load.progress.operationCount >= options.operationCountMin;
    const isOver = options.measure === undefined ? isLongEnough || nowMs() >= lastMs : injections.length >= options.count;
    if (isOver) break;
    const injection = await injectOne(step, target);
    injections.push(injection);
    say(`${String(step.number).padStart(4)} ${injection.name}: ${injection.effects.map((effect) => `${effect.detail}${effect.tookEffect ? '' : ' (no effect)'}${effect.violation === undefined ? '' : ` VIOLATION ${effect.violation}`}`).join(' | ')}; ${Math.round(injection.healedMs - injection.struckMs)} ms; ${load.progress.operationCount} calls`);
  }
  return injections;
}

async function injectOne(step: Step, {cluster, load, tableId}: Target): Promise<Injection> {
  const before = await termsOf(cluster);
  const struckMs = nowMs();
  const effects = await Promise.all(step.faults.map(async (fault, i) => {
    const context = {
      cluster, random: step.random.fork(`fault-${i}`), table: TABLE, tableId, holdMs: step.holdMs,
      probe: (ranges: readonly {readonly from: string; readonly until: string}[]) => load.probe(ranges.map((range, id) => ({...range, id, injection: step.number}))),
      partitions: async () => (await cluster.status().catch(() => undefined))?.partitions.filter((partition) => partition.table === TABLE) ?? [],
    };
    try {
      return {fault: fault.name, ...(await bounded(fault.inject(context), `${fault.name} came to its end`))};
    } catch (cause) {
      return {fault: fault.name, tookEffect: true, detail: 'could not be undone', violation: messageOf(cause)};
    }
  }));
  const healedMs = nowMs();
  // Whatever a fault left behind must not be taken for an effect of the next.
  for (const node of cluster.nodes) if (!node.isRunning) await cluster.start(node).catch(() => undefined);
  // The gap ends when the clients are served again; the next fault waits for that, but not for ever.
  const {okCount, acknowledgedProbes} = load.progress;
  await until('the clients are served again', () => load.progress.okCount >= okCount + SERVED_CALLS_MIN && load.progress.acknowledgedProbes > acknowledgedProbes, SERVED_TIMEOUT_MS, 50).catch(() => undefined);
  await sleep(Math.max(step.restMs, SETTLE_MS));
  const endMs = nowMs();
  await load.probe([]);
  const after = await termsOf(cluster);
  let leaderChanges = 0;
  for (const [id, term] of after) leaderChanges += Math.max(0, term - (before.get(id) ?? term));
  const feltMs = Math.max(struckMs, ...effects.map((effect) => effect.struckMs ?? struckMs));
  return {number: step.number, name: step.faults.map((fault) => fault.name).join('+'), struckMs: feltMs, healedMs, untilMs: endMs, effects, leaderChanges};
}

async function termsOf(cluster: NemesisCluster): Promise<ReadonlyMap<number, number>> {
  const status = await cluster.status().catch(() => undefined);
  return new Map(status?.partitions.map((partition) => [partition.id, partition.term]) ?? []);
}

function bounded<T>(work: Promise<T>, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not within ${INJECTION_TIMEOUT_MS} ms: ${what}`)), INJECTION_TIMEOUT_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** A run that did not strain the cluster, or met a cluster that did not work, proves nothing. */
function validityChecks({faults, injections, quietRate, summary}: {readonly faults: readonly Fault[]; readonly injections: readonly Injection[]; readonly quietRate: number; readonly summary: ClientsSummary}): readonly Check[] {
  const starved = Object.entries(summary.counts).filter(([, counts]) => counts.ok + counts.refused < counts.sent * SUCCESS_SHARE_MIN);
  const effects = injections.flatMap((injection) => injection.effects);
  const vain = faults.filter((fault) => !effects.some((effect) => effect.fault === fault.name && effect.tookEffect));
  return [
    {name: `valid: at least ${RATE_MIN} calls a second before the first fault`, isPassed: quietRate >= RATE_MIN, detail: `${Math.round(quietRate)}`},
    {
      name: 'valid: a fifth of every kind of operation succeeded', isPassed: Object.keys(summary.counts).length > 0 && starved.length === 0,
      detail: Object.entries(summary.counts).map(([name, counts]) => `${name} ${counts.ok + counts.refused} of ${counts.sent}`).join(', '),
    },
    {name: 'valid: every kind of fault took effect', isPassed: vain.length === 0, detail: vain.length === 0 ? `${injections.length} injections` : `none of ${vain.map((fault) => fault.name).join(', ')}`},
    {name: 'valid: the last write succeeds', isPassed: summary.isLastWriteOk, detail: ''},
  ];
}

function historyChecks({linearizable, wrongEventualReads, eventualReadCount}: HistoryVerdict, summary: ClientsSummary): readonly Check[] {
  const found = linearizable.kind === 'violation' ? linearizable.violations.map((violation) => violation.explanation).slice(0, 3).join('\n') : '';
  return [
    {
      name: 'R1: strong operations are linearizable', isPassed: linearizable.kind === 'ok',
      detail: linearizable.kind === 'ok' ? `${linearizable.operationCount} operations on ${linearizable.itemCount} items`
        : linearizable.kind === 'unknown' ? `not judged: ${linearizable.items.slice(0, SHOWN_MAX).join(', ')}` : found,
    },
    {name: 'R2: eventual reads show what was written', isPassed: wrongEventualReads.length === 0, detail: wrongEventualReads.length === 0 ? `${eventualReadCount} reads` : wrongEventualReads.slice(0, SHOWN_MAX).join('; ')},
    {
      name: 'R6: no acknowledged write is lost', isPassed: summary.lostProbes.length === 0 && summary.unreadCount === 0,
      detail: summary.lostProbes.length > 0 ? `${summary.lostProbes.length} lost: ${summary.lostProbes.slice(0, SHOWN_MAX).join(', ')}`
        : summary.unreadCount > 0 ? `${summary.unreadCount} items could not be read` : `${summary.acknowledgedProbes} probes and ${summary.itemCount} items read back`,
    },
  ];
}

function faultChecks(injections: readonly Injection[]): Check {
  const broken = injections.flatMap((injection) => injection.effects.flatMap((effect) => (effect.violation === undefined ? [] : [`${effect.fault}: ${effect.violation}`])));
  return {name: 'the processes behaved under the faults as promised', isPassed: broken.length === 0, detail: broken.slice(0, SHOWN_MAX).join('; ')};
}

function buildReport({options, faults, around, checks, injections, probes, history, verdict, summary}: {
  readonly options: NemesisOptions; readonly faults: readonly Fault[]; readonly around: RunSurroundings; readonly checks: readonly Check[]; readonly injections: readonly Injection[];
  readonly probes: readonly ProbeTimes[]; readonly history: readonly HistoryRecord[]; readonly verdict: HistoryVerdict; readonly summary: ClientsSummary;
}): RunReport {
  const writes = Object.entries(summary.counts).filter(([name]) => !name.startsWith('get')).reduce((sum, [, counts]) => sum + counts.ok, 0);
  const {linearizable} = verdict;
  return {
    tool: 'nemesis', atDate: around.atDate, commit: around.commit, seed: options.seed, seconds: options.seconds, nodeCount: options.nodeCount,
    faults: faults.map((fault) => fault.name), skipped: around.skipped,
    calls: verdict.callCount, operations: linearizable.operationCount + verdict.eventualReadCount, acknowledged: writes + summary.acknowledgedProbes, lost: summary.lostProbes.length,
    violations: checks.filter((check) => !check.isPassed && !check.name.startsWith('valid') && !(linearizable.kind === 'unknown' && check.name.startsWith('R1'))).length,
    unknown: linearizable.kind === 'unknown' ? linearizable.items.length : 0,
    unansweredCalls: Object.values(summary.counts).reduce((sum, counts) => sum + counts.unknown, 0),
    rows: faultTable(injections, probes, history), injections, checks,
  };
}

function keepFiles(from: string, to: string): void {
  mkdirSync(to, {recursive: true});
  for (const name of readdirSync(from)) if (/\.(jsonl|json|log|err)$/.test(name)) copyFileSync(join(from, name), join(to, name));
}
function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
