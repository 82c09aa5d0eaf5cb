// Goal: a record says what happened, each request once, in bytes that are equal for equal runs. Method: count by hand.
import {LatencyHistogram} from './latency-histogram.js';
import {runRecordJson} from './run-record.js';
import type {RunRecord} from './run-record.js';
import {RunRecorder} from './run-recorder.js';
import {steady} from './workloads/workload-spec.js';
import type {WorkloadSpec} from './workloads/workload-spec.js';

const spec: WorkloadSpec = {
  format: 1, name: 'test', title: 'Test', seed: 7, warmUpSeconds: 1, changes: [],
  table: {name: 'T', hasSortKey: false, localIndexes: [], globalIndexes: [], billing: {mode: 'on-demand'}, partitionCount: 1},
  streams: [{name: 'main', startSecond: 0, phases: [steady(3, 2)], spacing: 'even', keys: {kind: 'uniform', keyCount: 10, firstKey: 0}, operations: [{kind: 'put', weight: 1}], itemSize: {kind: 'constant', sizeBytes: 1024}}],
};
function record(): RunRecord {
  const recorder = new RunRecorder(spec);
  for (const second of [0, 0, 1, 1, 2, 2]) recorder.offered(second, 0);
  recorder.accepted(0, 0, 9, 0, 2);
  recorder.failed(0, 'timeout');
  recorder.accepted(1, 0, 5, 0, 2);
  recorder.throttled(1, 0, 'TableWriteKeyRangeThroughputExceeded');
  recorder.closeBefore(2);
  recorder.accepted(2, 0, 7, 0, 2);
  recorder.dropped(2);
  return recorder.finish(
    {command: 'murmur bench run', environment: {kind: 'virtual', note: ''}, settings: {zebra: 1, ant: 2}}, {events: [], partitions: [], buckets: [], nodes: [], measures: {}},
  );
}

test('the summary leaves the warm-up out, the seconds do not', () => {
  const {summary, seconds, streams} = record();
  expect(seconds.map((row) => [row.offered, row.accepted, row.errors, row.dropped, row.writeUnits])).toEqual([[2, 1, 1, 0, 1], [2, 1, 0, 0, 1], [2, 1, 0, 1, 1]]);
  expect(summary).toMatchObject({offered: 4, accepted: 2, throttledTotal: 1, throttled: {TableWriteKeyRangeThroughputExceeded: 1}, errors: 0, dropped: 1, writeUnits: 2, acceptedPerSecond: 1});
  expect(seconds[1]!.latency!.p50Ms).toBeCloseTo(5, 1);
  expect(summary.latency!.maxMs).toBe(7);
  expect(streams).toMatchObject([{name: 'main', offered: 4, accepted: 2, throttledTotal: 1}]);
});
test('equal runs are equal bytes, and the bytes are JSON', () => {
  expect(runRecordJson(record())).toBe(runRecordJson(record()));
  expect(JSON.parse(runRecordJson(record()))).toEqual(record());
});
test('a request that never ended is an error of the one who counts', () => {
  const recorder = new RunRecorder(spec);
  recorder.offered(0, 0);
  expect(() => recorder.finish({command: '', environment: {kind: 'virtual', note: ''}, settings: {}}, {events: [], partitions: [], buckets: [], nodes: [], measures: {}})).toThrow('every offered request ends once');
});

describe('percentiles', () => {
  test('are within 1 in 128 above the exact ones, and merging is counting together', () => {
    const all = new LatencyHistogram();
    const parts = [new LatencyHistogram(), new LatencyHistogram()];
    const values: number[] = [];
    for (let i = 0; i < 20_000; i += 1) {
      const value = Math.exp(((i * 7919) % 20_000) / 1500) / 50;
      values.push(value);
      all.record(value);
      parts[i % 2]!.record(value);
    }
    values.sort((a, b) => a - b);
    for (const percent of [1, 50, 90, 99, 99.9, 100]) {
      const exact = values[Math.ceil((percent / 100) * values.length) - 1]!;
      expect(all.percentileMs(percent)).toBeGreaterThanOrEqual(exact - 0.001);
      expect(all.percentileMs(percent)).toBeLessThanOrEqual(exact * (1 + 1 / 128) + 0.002);
    }
    parts[0]!.merge(parts[1]!);
    expect(parts[0]!.percentileMs(99)).toBe(all.percentileMs(99));
    all.clear();
    expect(all.percentileMs(50)).toBe(0);
  });
  test('hold from a microsecond to an hour', () => {
    for (const value of [0, 0.001, 0.255, 0.256, 0.257, 1, 511.999, 3_600_000]) {
      const histogram = new LatencyHistogram();
      histogram.record(value);
      expect(histogram.percentileMs(50)).toBeCloseTo(value, 2);
    }
  });
});
