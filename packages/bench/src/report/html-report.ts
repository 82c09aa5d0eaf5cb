import type {RunEnvironment, RunRecord, Verdict} from '../run-record.js';
import {compareRuns} from './compare.js';
import {latencyPlot, overlayPlot, runLabel, throughputPlot, tickMs} from './load-plots.js';
import {bucketPlots, heatMap} from './partition-plots.js';
import {REPORT_STYLE} from './report-style.js';
import {ms} from './summary-text.js';
import {escapeText, timeText} from './svg-plot.js';

/** Runs laid over each other; more cannot be told apart. */
export const REPORT_RUNS_MAX = 4;
const EVENTS_SHOWN_MAX = 200;

/**
 * One page with everything in it: no script, nothing fetched. Equal records give equal bytes.
 * @param records at least one, at most `REPORT_RUNS_MAX` (further ones are left out, and the page says so)
 */
export function renderReport(records: readonly RunRecord[], verdicts: readonly Verdict[]): string {
  const shown = records.slice(0, REPORT_RUNS_MAX);
  const [first] = shown;
  const title = first === undefined ? 'No run' : shown.length === 1 ? first.title : `${shown.length} runs compared`;
  const body = [
    `<h1>${escapeText(title)}</h1>`,
    records.length > shown.length ? `<p class="soft">${records.length - shown.length} more runs are left out.</p>` : '',
    ...(shown.length > 1 ? [overview(shown)] : []),
    // The verdicts belong to a lone run's head; of several runs they belong to all.
    ...(shown.length > 1 ? [verdictTable(verdicts)] : []),
    ...shown.map((record, i) => runSection(record, shown.length > 1 ? i : undefined, shown.length > 1 ? [] : verdicts)),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeText(title)} – Murmuration</title><style>${REPORT_STYLE}</style></head>
<body><main>${body.join('\n')}</main></body></html>
`;
}

function overview(records: readonly RunRecord[]): string {
  const [first] = records;
  const rows = records.map((record, i) => `<tr><td>${escapeText(runLabel(record, i))}</td>${tilesOf(record).map(({value}) => `<td class="number">${escapeText(value)}</td>`).join('')}<td>${escapeText(ownSettings(record, records))}</td></tr>`);
  const heads = first === undefined ? [] : tilesOf(first).map(({label}) => `<th class="number">${escapeText(label)}</th>`);
  return [
    `<div class="scroll"><table><tr><th>run</th>${heads.join('')}<th>settings</th></tr>${rows.join('')}</table></div>`,
    overlayPlot('Accepted requests a second', 'All runs on one axis.', records, (row) => row.accepted, (value) => String(value)),
    overlayPlot('Throttled requests a second', 'All reasons together.', records, (row) => Object.values(row.throttled).reduce((sum, count) => sum + count, 0), (value) => String(value)),
    overlayPlot('p99 latency', 'Of each second.', records, (row) => row.latency?.p99Ms, tickMs),
    ...records.slice(1).map((record, i) => comparisonTable(records[0], record, i + 1)),
  ].join('');
}
/** The settings that are not the same in all runs. */
function ownSettings(record: RunRecord, records: readonly RunRecord[]): string {
  const own = Object.entries(record.settings).filter(([name, value]) => records.some((other) => other.settings[name] !== value));
  return own.length === 0 ? 'the same' : own.map(([name, value]) => `${name}=${value}`).join(' ');
}
function comparisonTable(first: RunRecord | undefined, second: RunRecord, i: number): string {
  if (first === undefined) return '';
  const number = (value: number): string => (Number.isNaN(value) ? '–' : String(Math.round(value * 100) / 100));
  const rows = compareRuns(first, second).map((row) =>
    `<tr><td>${escapeText(row.quantity)}</td><td class="number">${number(row.first)}</td><td class="number">${number(row.second)}</td><td class="number">${number(row.differenceFrom)} to ${number(row.differenceUntil)}</td><td>${escapeText(row.note)}</td></tr>`);
  return `<h2>${escapeText(runLabel(first, 0))} against ${escapeText(runLabel(second, i))}</h2><p class="soft">Medians of seconds; the interval holds 95 % of resamplings of blocks of five seconds. One run of each: it tells how steady these two were.</p><div class="scroll"><table><tr><th>quantity</th><th class="number">first</th><th class="number">second</th><th class="number">difference</th><th></th></tr>${rows.join('')}</table></div>`;
}

function runSection(record: RunRecord, i: number | undefined, verdicts: readonly Verdict[]): string {
  return [
    i === undefined ? '' : `<h2>${escapeText(runLabel(record, i))}: ${escapeText(record.title)}</h2>`,
    `<p class="soft">${escapeText(environmentText(record.environment))} Workload ${escapeText(record.name)}, seed ${record.seed}.</p>`,
    `<div class="tiles">${tilesOf(record).map(({label, value}) => `<div class="tile"><b>${escapeText(value)}</b><span>${escapeText(label)}</span></div>`).join('')}</div>`,
    verdictTable(verdicts), throughputPlot(record), latencyPlot(record), heatMap(record), bucketPlots(record), streamTable(record), measureTable(record), eventTable(record),
    `<h2>Again</h2><pre>${escapeText(record.command)}</pre>`,
    `<details><summary>Settings</summary><pre>${escapeText(Object.entries(record.settings).map(([name, value]) => `${name} = ${value}`).join('\n'))}</pre></details>`,
    `<details><summary>Workload</summary><pre>${escapeText(JSON.stringify(record.workload, null, 2))}</pre></details>`,
  ].join('\n');
}
function tilesOf({summary, events}: RunRecord): readonly {readonly label: string; readonly value: string}[] {
  const seconds = Math.max(1, summary.untilSecond - summary.fromSecond);
  return [
    {label: 'offered/s', value: grouped(summary.offered / seconds)},
    {label: 'accepted/s', value: grouped(summary.acceptedPerSecond)},
    {label: 'throttled', value: summary.offered === 0 ? '–' : `${((100 * summary.throttledTotal) / summary.offered).toFixed(1)} %`},
    {label: 'errors', value: grouped(summary.errors)},
    {label: 'p50', value: summary.latency === null ? '–' : ms(summary.latency.p50Ms)},
    {label: 'p99', value: summary.latency === null ? '–' : ms(summary.latency.p99Ms)},
    {label: 'splits', value: grouped(events.filter(({kind}) => kind === 'split').length)},
  ];
}
function environmentText(environment: RunEnvironment): string {
  if (environment.kind === 'virtual') return environment.note === '' ? 'Virtual time.' : environment.note;
  const {endpoint, startedAt, processor, cores, memoryBytes, runtime, note} = environment;
  return `Against ${endpoint} on ${startedAt.slice(0, 16).replace('T', ' ')} UTC; ${cores} cores (${processor}), ${Math.round(memoryBytes / 2 ** 30)} GiB, ${runtime}${note === '' ? '' : `; ${note}`}.`;
}
function verdictTable(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return '';
  const rows = verdicts.map(({name, expected, actual, isPassed}) =>
    `<tr><td class="${isPassed ? 'pass' : 'fail'}">${isPassed ? '✓ pass' : '✗ fail'}</td><td>${escapeText(name)}</td><td>${escapeText(expected)}</td><td>${escapeText(actual)}</td></tr>`);
  return `<div class="scroll"><table><tr><th></th><th>claim</th><th>expected</th><th>came out</th></tr>${rows.join('')}</table></div>`;
}
function streamTable({streams}: RunRecord): string {
  if (streams.length < 2) return '';
  const rows = streams.map(({name, offered, accepted, throttledTotal, latency}) =>
    `<tr><td>${escapeText(name)}</td><td class="number">${grouped(offered)}</td><td class="number">${grouped(accepted)}</td><td class="number">${grouped(throttledTotal)}</td><td class="number">${latency === null ? '–' : ms(latency.p50Ms)}</td><td class="number">${latency === null ? '–' : ms(latency.p99Ms)}</td></tr>`);
  return `<h2>Streams</h2><div class="scroll"><table><tr><th>stream</th><th class="number">offered</th><th class="number">accepted</th><th class="number">throttled</th><th class="number">p50</th><th class="number">p99</th></tr>${rows.join('')}</table></div>`;
}
function measureTable({measures}: RunRecord): string {
  const rows = Object.entries(measures).map(([name, value]) => `<tr><td>${escapeText(name)}</td><td class="number">${grouped(value)}</td></tr>`);
  return rows.length === 0 ? '' : `<h2>Measures</h2><div class="scroll"><table>${rows.join('')}</table></div>`;
}
function eventTable({events}: RunRecord): string {
  if (events.length === 0) return '';
  const rows = events.slice(0, EVENTS_SHOWN_MAX).map(({atMs, kind, partition, node, cause, text}) =>
    `<tr><td class="number">${timeText(atMs / 1000)}</td><td>${kind}</td><td>${escapeText(partition ?? '')}</td><td>${escapeText(node ?? '')}</td><td>${escapeText(cause)}</td><td>${escapeText(text)}</td></tr>`);
  const left = events.length - rows.length;
  return `<details><summary>${events.length} events</summary><div class="scroll"><table><tr><th>time</th><th>what</th><th>partition</th><th>node</th><th>cause</th><th></th></tr>${rows.join('')}</table></div>${left > 0 ? `<p class="soft">${left} more are in the JSON.</p>` : ''}</details>`;
}
function grouped(value: number): string {
  return value.toLocaleString('en-US', {maximumFractionDigits: value >= 100 ? 0 : 2});
}
