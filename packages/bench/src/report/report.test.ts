// Goal: a report is one page that needs nothing else, says what the record says, and hides no text as markup; assertions,
// comparisons and CSV read the same record. Method: a run in virtual time, and records made of it.
import type {RunRecord} from '../run-record.js';
import {runRecordJson} from '../run-record.js';
import {runVirtual} from '../virtual/run-virtual.js';
import {VIRTUAL_DEFAULTS, withSettings} from '../virtual/virtual-settings.js';
import {presetWorkload} from '../workloads/presets.js';
import {judge, parseAssertions} from './assertions.js';
import {compareRuns, renderComparison} from './compare.js';
import {renderReport} from './html-report.js';
import {readRecord} from './read-record.js';
import {recordCsv} from './record-csv.js';
import {secondLine, summaryText} from './summary-text.js';
import {linearTicks, niceCeiling, timeText} from './svg-plot.js';

let record: RunRecord;
beforeAll(() => {
  const run = runVirtual(presetWorkload('hot-key', {seed: 2, seconds: 30, rateScale: 0.5})!, {settings: withSettings(VIRTUAL_DEFAULTS, ['ceilingScale=0.05']), command: 'murmur bench run --workload hot-key --virtual'});
  const event = {partition: run.partitions[0]!.partition, node: 'a1', cause: 'heat'};
  record = {...run, events: [{...event, atMs: 4_000, kind: 'split', text: 'cut at <key>'}, {...event, atMs: 6_000, kind: 'leader-change', text: 'moved'}, {...event, atMs: 9_000, kind: 'node-down', text: 'lost'}]};
});

describe('the page', () => {
  test('has its plots, marks, verdicts, workload and command, and nothing from elsewhere', () => {
    const page = renderReport([record], judge(parseAssertions('throttles=0,errors=0'), record));
    for (const part of ['Requests a second', 'Latency of accepted requests', 'Heat of partitions', 'Tokens', '✗ fail', '✓ pass', 'murmur bench run --workload hot-key --virtual', 'TableWriteKeyRangeThroughputExceeded', 'splits: 1', '&quot;seed&quot;: 2']) {
      expect(page).toContain(part);
    }
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org)|<script|<img|url\(|@import/);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    expect(page).toContain('cut at &lt;key&gt;');
  });
  test('is equal for equal records', () => expect(renderReport([record], [])).toBe(renderReport([readRecord(runRecordJson(record))], [])));
  test('lays up to four runs on one axis, and says what it leaves out', () => {
    const page = renderReport([record, record, record, record, record], []);
    expect(page).toContain('4 runs compared');
    expect(page).toContain('1 more runs are left out');
    expect(page.match(/All runs on one axis/g)).toHaveLength(1);
  });
  test('of a run without any answer has no latency and no broken number', () => {
    const silent: RunRecord = {...record, seconds: record.seconds.map((row) => ({...row, accepted: 0, latency: null})), summary: {...record.summary, latency: null, accepted: 0}, partitions: [], buckets: [], events: []};
    const page = renderReport([silent], []);
    expect(page).not.toContain('Latency of accepted requests');
    expect(page).not.toMatch(/NaN|undefined/);
  });
});

describe('assertions', () => {
  test.each([['p99<20ms', true], ['p99 < 0.02s', true], ['p50>=1000', false], ['errors=0', true], ['throttled<=100%', true], ['max<1us', false], ['splits=1', true]])('%s is judged %s', (text, isPassed) => {
    expect(judge(parseAssertions(text), record)).toMatchObject([{name: text, isPassed}]);
  });
  test.each(['speed<3', 'p99~3', 'p99<3%', 'throttles<3ms', 'p99<'])('%s cannot be read', (text) => {
    expect(() => parseAssertions(text)).toThrow('assertion');
  });
  test('a latency that nobody measured fails', () => {
    expect(judge(parseAssertions('p99<1s'), {...record, summary: {...record.summary, latency: null}})).toMatchObject([{isPassed: false, actual: 'not known'}]);
  });
});

describe('comparing', () => {
  const slowed = (): RunRecord => ({...record, seconds: record.seconds.map((row) => ({...row, latency: row.latency === null ? null : {...row.latency, p99Ms: row.latency.p99Ms * 2}}))});
  test('a run with itself shows no difference; twice the latency is higher with an interval that says so', () => {
    expect(compareRuns(record, record).every(({note}) => note === 'no difference shown')).toBe(true);
    const p99 = compareRuns(record, slowed()).find(({quantity}) => quantity === 'p99 ms')!;
    expect(p99.note).toBe('higher');
    expect(p99.differenceFrom).toBeGreaterThan(0);
    expect(compareRuns(slowed(), record).find(({quantity}) => quantity === 'p99 ms')!.note).toBe('lower');
  });
  test('runs of a few seconds are not enough', () => {
    const short = {...record, seconds: record.seconds.slice(0, 10)};
    expect(compareRuns(short, short)[0]!.note).toBe('too few seconds');
    expect(renderComparison(short, short, compareRuns(short, short))).toContain('too few seconds');
  });
});

test('CSV has a line for each second and a column for each reason', () => {
  const [head, ...rows] = recordCsv(record).trim().split('\n');
  expect(head).toContain('TableWriteKeyRangeThroughputExceeded');
  expect(rows).toHaveLength(30);
  expect(new Set(rows.map((row) => row.split(',').length))).toEqual(new Set([head!.split(',').length]));
});
test('text for a terminal says the same', () => {
  expect(summaryText(record)).toContain(`accepted   ${record.summary.accepted}`);
  expect(secondLine(record.seconds[20]!)).toContain('TableWriteKeyRangeThroughputExceeded');
});
test('what is no record is refused', () => expect(() => readRecord('{"format":1}')).toThrow('not a record'));
test('axes have round numbers', () => {
  expect(linearTicks(1000)).toEqual([0, 250, 500, 750, 1000]);
  expect(niceCeiling(1040)).toBe(1200);
  expect([timeText(75), timeText(3_661)]).toEqual(['1:15', '1:01:01']);
});
