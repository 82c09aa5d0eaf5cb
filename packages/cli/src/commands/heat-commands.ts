import {Option} from 'commander';
import type {Command} from 'commander';
import type {HotKeyDocument, SplitDocument, TableHeat, TableKeys} from '@murmuration/server';
import {DEFAULT_ADMIN_URL, fetchAdmin} from '../admin-client.js';
import {DEFAULT_ENDPOINT, callApi} from '../api-client.js';
import {EXIT_OK} from '../exit-codes.js';
import {printable} from '../terminal.js';
import type {Terminal} from '../terminal.js';
import {wholeNumber} from './cluster-commands.js';
import {newTable} from './status.js';

interface HeatFlags {
  readonly admin: string;
  readonly timeout: number;
  readonly output: 'table' | 'json';
}
/** Steps of a bar that shows load by time, from nothing to the most. */
const BARS = ' ▁▂▃▄▅▆▇█';
const BAR_WIDTH_MAX = 60;

/** `murmur heat`, `hotkeys`, `splits` and `insights`: what is hot, and what came of it. */
export function addHeatCommands(program: Command, terminal: Terminal, setExitCode: (code: number) => void): void {
  const show = (text: string): void => {
    terminal.out(text);
    setExitCode(EXIT_OK);
  };
  common(program.command('heat').description('Show the load of each partition of a table, and since when.').argument('<table>', 'name of the table'))
    .option('--seconds <count>', 'how far back, at most a day', wholeNumber, 120)
    .action(async (table: string, flags: HeatFlags & {readonly seconds: number}) => {
      const heat = (await fetchAdmin(flags.admin, `/admin/v1/heat?table=${encodeURIComponent(table)}&seconds=${flags.seconds}`, flags.timeout * 1000)) as TableHeat;
      show(flags.output === 'json' ? toJson(heat) : renderHeat(heat));
    });
  common(program.command('hotkeys').description('Show the most used keys of a table and its indexes in the last two minutes.').argument('<table>', 'name of the table'))
    .option('--throttled', 'those that were refused for throughput instead')
    .option('--collections', 'by partition key instead of by item')
    .option('--count <count>', 'so many, at most 64', wholeNumber, 10)
    .action(async (table: string, flags: HeatFlags & {readonly throttled?: boolean; readonly collections?: boolean; readonly count: number}) => {
      const keys = await fetchKeys(flags, table, flags.throttled === true ? 'throttled' : 'accessed', flags.collections === true ? 'collection' : 'item', flags.count);
      show(flags.output === 'json' ? toJson(keys) : renderKeys(keys));
    });
  common(program.command('splits').description('Show splits of partitions, what asked for them, and how long each phase took.').argument('[table]', 'only of this table'))
    .action(async (table: string | undefined, flags: HeatFlags) => {
      const path = table === undefined ? '/admin/v1/splits' : `/admin/v1/splits?table=${encodeURIComponent(table)}`;
      const answer = (await fetchAdmin(flags.admin, path, flags.timeout * 1000)) as {readonly splits: readonly SplitDocument[]};
      show(flags.output === 'json' ? toJson(answer) : renderSplits(answer.splits));
    });
  common(program.command('insights').description('Show what Contributor Insights would: the keys of each rule that is on.').argument('<table>', 'name of the table'))
    .option('--endpoint <url>', 'the DynamoDB API of the cluster', process.env['MURMUR_ENDPOINT'] ?? DEFAULT_ENDPOINT)
    .option('--index <name>', 'of this global index')
    .option('--count <count>', 'keys of each rule, at most 64', wholeNumber, 10)
    .action(async (table: string, flags: HeatFlags & {readonly endpoint: string; readonly index?: string; readonly count: number}) => {
      const insights = await fetchInsights(table, flags);
      show(flags.output === 'json' ? toJson(insights) : renderInsights(insights));
    });
}

function common(command: Command): Command {
  return command
    .option('--admin <url>', 'admin API of any process', process.env['MURMUR_ADMIN'] ?? DEFAULT_ADMIN_URL)
    .option('--timeout <seconds>', 'how long to wait for an answer', wholeNumber, 10)
    .addOption(new Option('-o, --output <format>', 'table or json').choices(['table', 'json']).default('table'));
}

async function fetchKeys(flags: HeatFlags, table: string, cause: TableKeys['cause'], scope: TableKeys['scope'], count: number): Promise<TableKeys> {
  return (await fetchAdmin(flags.admin, `/admin/v1/hotkeys?table=${encodeURIComponent(table)}&cause=${cause}&scope=${scope}&count=${count}`, flags.timeout * 1000)) as TableKeys;
}

/** A rule and its keys. */
interface InsightsRule {
  readonly name: string;
  readonly keys: readonly HotKeyDocument[];
}
interface Insights {
  readonly table: string;
  readonly index: string | null;
  readonly status: string;
  readonly mode: string | null;
  readonly rules: readonly InsightsRule[];
}
const RULES = [
  ['-PKC-', 'accessed', 'collection'], ['-SKC-', 'accessed', 'item'], ['-PKT-', 'throttled', 'collection'], ['-SKT-', 'throttled', 'item'],
] as const;

async function fetchInsights(table: string, flags: HeatFlags & {readonly endpoint: string; readonly index?: string; readonly count: number}): Promise<Insights> {
  const reply = await callApi(
    flags.endpoint, 'DynamoDB_20120810', 'DescribeContributorInsights', {TableName: table, ...(flags.index === undefined ? {} : {IndexName: flags.index})}, flags.timeout * 1000,
  );
  const names = (reply['ContributorInsightsRuleList'] ?? []) as readonly string[];
  const rules: InsightsRule[] = [];
  for (const [mark, cause, scope] of RULES) {
    const name = names.find((each) => each.includes(mark));
    if (name === undefined) continue;
    // Keys of all indexes come together: as many as there are, and then those of the one that was asked for.
    const {keys} = await fetchKeys(flags, table, cause, scope, 64);
    rules.push({name, keys: keys.filter(({index}) => index === (flags.index ?? null)).slice(0, flags.count)});
  }
  const mode = reply['ContributorInsightsMode'];
  return {table, index: flags.index ?? null, status: String(reply['ContributorInsightsStatus']), mode: typeof mode === 'string' ? mode : null, rules};
}

export function renderHeat(heat: TableHeat): string {
  if (heat.partitions.length === 0) return 'no partition\n';
  const rows = newTable(['PARTITION', 'INDEX', 'LEADER', 'LOAD', 'READS/S', 'WRITES/S', 'THROTTLES/S', 'CUT', `LOAD BY TIME (${heat.cellMs / 1000} s each)`]);
  const most = Math.max(1, ...heat.partitions.flatMap(({cells}) => cells.map(({readUnits, writeUnits}) => readUnits + 3 * writeUnits)));
  for (const partition of heat.partitions) {
    const {advice} = partition;
    rows.push([
      String(partition.id), partition.index === null ? '–' : printable(partition.index), partition.leader ?? '–', `${partition.loadPercent} %`, rounded(partition.readUnitsPerSecond),
      rounded(partition.writeUnitsPerSecond), rounded(partition.throttlesPerSecond), advice === null ? '–' : advice.kind === 'split' ? `advised, ${Math.round(advice.belowPermille / 10)} % below` : advice.reason,
      barOf(heat, partition.cells, most),
    ]);
  }
  return `${rows.toString()}\n${missing(heat.missingNodes)}`;
}
/** The newest cells, each as high as its part of the most that any partition did. */
function barOf(heat: TableHeat, cells: TableHeat['partitions'][number]['cells'], most: number): string {
  const byTime = new Map(cells.map((cell) => [cell.fromMs, cell.readUnits + 3 * cell.writeUnits]));
  const newestMs = Math.floor(heat.untilMs / heat.cellMs) * heat.cellMs;
  let bar = '';
  for (let fromMs = Math.max(heat.fromMs, newestMs - (BAR_WIDTH_MAX - 1) * heat.cellMs); fromMs <= newestMs; fromMs += heat.cellMs) {
    bar += BARS.charAt(Math.ceil(((byTime.get(fromMs) ?? 0) / most) * (BARS.length - 1)));
  }
  return bar.trimEnd();
}

export function renderKeys({keys, cause, missingNodes}: TableKeys): string {
  if (keys.length === 0) return `${cause === 'throttled' ? 'no request was refused' : 'nothing was asked for'} in the last two minutes\n${missing(missingNodes)}`;
  return `${keyTable(keys, cause).toString()}\n${missing(missingNodes)}`;
}
function keyTable(keys: readonly HotKeyDocument[], cause: TableKeys['cause']): ReturnType<typeof newTable> {
  const rows = newTable(['KEY', 'INDEX', 'PARTITION', cause === 'accessed' ? 'UNITS/S' : 'THROTTLES/S', 'SHARE', 'AT MOST TOO HIGH BY']);
  for (const {key, index, partition, count, countError, percent, overMs} of keys) {
    const perSecond = (amount: number): string => rounded(amount / Math.max(1, overMs / 1000));
    rows.push([key === null ? '(unreadable)' : printable(JSON.stringify(key)), index === null ? '–' : printable(index), String(partition), perSecond(count), `${percent} %`, perSecond(countError)]);
  }
  return rows;
}

export function renderSplits(splits: readonly SplitDocument[]): string {
  if (splits.length === 0) return 'no split\n';
  const rows = newTable(['JOB', 'TABLE', 'PARTITION', 'CHILD', 'CAUSE', 'STATE', 'DETECT', 'ORDER', 'CHOOSE', 'COUNT', 'PAUSE', 'PUBLISH', 'HELD', 'SENT ON']);
  for (const {job, table, index, partition, child, cause, state, failure, phasesMs, heldCount, movedOnCount} of splits) {
    const phase = (name: keyof typeof phasesMs): string => (phasesMs[name] === undefined ? '–' : `${phasesMs[name]} ms`);
    rows.push([
      String(job), printable(index === null ? table : `${table}/${index}`), String(partition), child === null ? '–' : String(child), cause, failure === null ? state : `${state}: ${printable(failure)}`,
      phase('detect'), phase('order'), phase('choose'), phase('count'), phase('pause'), phase('publish'), heldCount === null ? '–' : String(heldCount), movedOnCount === null ? '–' : String(movedOnCount),
    ]);
  }
  return `${rows.toString()}\n`;
}

export function renderInsights({table, index, status, mode, rules}: Insights): string {
  const what = printable(index === null ? table : `${table}/${index}`);
  if (rules.length === 0) return `Contributor Insights of ${what}: ${status}. Switch them on with UpdateContributorInsights; murmur hotkeys shows keys without.\n`;
  const parts = rules.map(({name, keys}) => {
    const cause = name.includes('-PKT-') || name.includes('-SKT-') ? 'throttled' : 'accessed';
    return `${printable(name)}\n${keys.length === 0 ? 'no key in the last two minutes' : keyTable(keys, cause).toString()}\n`;
  });
  return `Contributor Insights of ${what}: ${status}, ${mode ?? ''}\n\n${parts.join('\n')}`;
}

function missing(nodes: readonly string[]): string {
  return nodes.length === 0 ? '' : `not heard in full: ${nodes.map(printable).join(', ')}\n`;
}
function rounded(amount: number): string {
  return amount >= 10 || amount === 0 ? String(Math.round(amount)) : amount.toFixed(1);
}
function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
