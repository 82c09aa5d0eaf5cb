// Goal: what production code counts, a run knows to have been reached, by name and by labels of few values.
import {describe, expect, test} from '@jest/globals';
import {probeMetrics} from './probe-metrics.js';
import {Probes} from './probes.js';

describe('counters as probes', () => {
  test('count by name and by label, but not by names of tables and nodes', () => {
    const probes = new Probes();
    const metrics = probeMetrics(probes);
    metrics.counter({name: 'rows_total', help: ''}).add(2);
    const family = metrics.counterFamily({name: 'requests_total', help: '', labels: ['operation', 'table', 'result']});
    for (const table of ['a', 'b']) family.with({operation: 'get', table, result: 'ok'}).add(1);
    family.with({operation: 'get', table: 'a', result: 'failed'}).add(0);
    expect(probes.all()).toEqual({'metric/requests_total/get/ok': 2, 'metric/rows_total': 2});
  });
  test('gauges and histograms are taken and forgotten', () => {
    const probes = new Probes();
    const metrics = probeMetrics(probes);
    metrics.gauge({name: 'rows', help: ''}).set(2);
    metrics.histogramFamily({name: 'seconds', help: '', buckets: [1], labels: ['operation']}).with({operation: 'get'}).observe(1);
    expect(probes.all()).toEqual({});
  });
});
