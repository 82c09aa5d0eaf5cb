import type {PlanReport, PriceList} from '@murmuration/bench';
import {CommandError, EXIT_OK, EXIT_USAGE} from '../exit-codes.js';
import {printable} from '../terminal.js';
import type {Terminal} from '../terminal.js';
import {asUsage, loadBench, readText} from './bench-files.js';
import {newTable} from './status.js';

const TARGET_PERCENT_MIN = 20;
const TARGET_PERCENT_MAX = 90;

/** `murmur plan`. */
export async function benchPlan(
  flags: {readonly trace: string; readonly prices?: string; readonly target: number; readonly readUnits?: number; readonly writeUnits?: number; readonly output: string}, terminal: Terminal,
): Promise<number> {
  const {readUnits, writeUnits, target} = flags;
  if ((readUnits === undefined) !== (writeUnits === undefined)) throw new CommandError(EXIT_USAGE, '--read-units and --write-units go together');
  if ((readUnits ?? 1) < 1 || (writeUnits ?? 1) < 1) throw new CommandError(EXIT_USAGE, '--read-units and --write-units are at least 1');
  if (target < TARGET_PERCENT_MIN || target > TARGET_PERCENT_MAX) throw new CommandError(EXIT_USAGE, `--target is ${TARGET_PERCENT_MIN} to ${TARGET_PERCENT_MAX}`);
  const bench = await loadBench();
  const text = readText(flags.trace);
  const trace = asUsage(bench, () => bench.parseTrace(text), `${flags.trace}: `);
  const {prices: file} = flags;
  const prices = file === undefined ? undefined : asUsage(bench, () => bench.readPriceList(readText(file)), `${file}: `);
  const report = bench.planTrace(trace, {targetPercent: target, fixed: readUnits === undefined || writeUnits === undefined ? undefined : {readUnits, writeUnits}, prices});
  if (flags.output === 'json') terminal.out(`${JSON.stringify({apiVersion: 'murmuration/v1', ...report, prices: prices ?? null}, null, 2)}\n`);
  else terminal.out(renderPlan(report, prices));
  return EXIT_OK;
}

function renderPlan(report: PlanReport, prices: PriceList | undefined): string {
  const rows = newTable(['PLAN', 'UNITS', 'THROTTLED', 'WORST RUN', 'READS USED', 'WRITES USED', ...(prices === undefined ? [] : [`${printable(prices.currency)} A MONTH`])]);
  const percent = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(1)} %`);
  for (const result of report.results) {
    rows.push([
      result.plan, result.settings, `${result.throttledReads + result.throttledWrites} (${result.throttledPercent.toFixed(2)} %)`, `${result.throttledSecondsMax} s`, percent(result.readUtilisationPercent),
      percent(result.writeUtilisationPercent), ...(prices === undefined ? [] : [result.monthlyBill === undefined ? '–' : result.monthlyBill.toFixed(2)]),
    ]);
  }
  const lines = [
    `${report.requestCount} requests in ${report.seconds} s: ${report.meanReadUnits.toFixed(1)} read and ${report.meanWriteUnits.toFixed(1)} write units a second, at most ${report.peakReadUnits} and ${report.peakWriteUnits}`,
    `hottest key: ${printable(report.hottestKey.key)}, ${report.hottestKey.sharePercent.toFixed(1)} % of requests`,
    ...(report.overItemCeiling > 0 ? [`${report.overItemCeiling} requests were over what a single item can take: throttled under every plan, counted in none`] : []),
  ];
  const bill = prices === undefined
    ? 'No bill without --prices FILE.\n'
    : `Bill: 730 hours like the trace, units only (no storage, streams, backups, transfer or free tier), at the prices of ${printable(prices.source)}.\n`;
  return `${lines.join('\n')}\n\n${rows.toString()}\n\n${bill}`;
}
