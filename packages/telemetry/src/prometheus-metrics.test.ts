import {AssertionError} from '@murmuration/base';
import {PrometheusMetrics} from './prometheus-metrics.js';

const create = (familyChildrenMax = 100): PrometheusMetrics => new PrometheusMetrics({processDefaults: false, familyChildrenMax});

describe('PrometheusMetrics', () => {
  test('renders counters, gauges and histograms with the prefix', async () => {
    const metrics = create();
    const counter = metrics.counter({name: 'requests_total', help: 'Requests'});
    counter.add(2);
    counter.add(3);
    metrics.gauge({name: 'disk_free_bytes', help: 'Free'}).set(17);
    metrics.histogram({name: 'append_duration_seconds', help: 'Appends', buckets: [0.1, 1]}).observe(0.5);
    const first = await metrics.render();
    expect(first).toContain('# TYPE murmuration_requests_total counter');
    expect(first).toContain('murmuration_requests_total 5\n');
    expect(first).toContain('murmuration_disk_free_bytes 17\n');
    expect(first).toContain('murmuration_append_duration_seconds_bucket{le="1"} 1');
    counter.add(1);
    expect(await metrics.render()).toContain('murmuration_requests_total 6\n');
  });

  test('gives one child per label set and the same child for the same labels', async () => {
    const metrics = create();
    const family = metrics.counterFamily({name: 'errors_total', help: 'Errors', labels: ['operation', 'type']});
    expect(family.with({operation: 'PutItem', type: 'a'})).toBe(family.with({type: 'a', operation: 'PutItem'}));
    family.with({operation: 'PutItem', type: 'a'}).add(1);
    family.with({operation: 'GetItem', type: 'a'}).add(4);
    const text = await metrics.render();
    expect(text).toContain('murmuration_errors_total{operation="PutItem",type="a"} 1');
    expect(text).toContain('murmuration_errors_total{operation="GetItem",type="a"} 4');
  });

  test('folds label sets past the bound into one child', async () => {
    const metrics = create(3);
    const family = metrics.gaugeFamily({name: 'bucket_fill_ratio', help: 'Fill', labels: ['table']});
    for (let i = 0; i < 50; i += 1) family.with({table: `t${i}`}).set(i);
    const series = (await metrics.render()).split('\n').filter((line) => line.startsWith('murmuration_bucket_fill_ratio{'));
    expect(series).toHaveLength(4);
    expect(series[3]).toBe('murmuration_bucket_fill_ratio{table="other"} 49');
  });

  test('returns the same metric for the same name and refuses another shape', () => {
    const metrics = create();
    const options = {name: 'x_total', help: 'X'};
    expect(metrics.counter(options)).toBe(metrics.counter(options));
    expect(() => metrics.gauge(options)).toThrow(AssertionError);
    expect(() => metrics.counterFamily({...options, labels: ['a']})).toThrow(AssertionError);
  });

  test('calls collect callbacks before each scrape and counts those that throw', async () => {
    const metrics = create();
    const gauge = metrics.gauge({name: 'open_files', help: 'Files'});
    let openFiles = 1;
    metrics.onCollect(() => { throw new Error('broken'); });
    metrics.onCollect(() => gauge.set((openFiles += 1)));
    await metrics.render();
    const text = await metrics.render();
    expect(text).toContain('murmuration_open_files 3\n');
    expect(text).toContain('murmuration_scrape_collect_failures_total 2\n');
  });

  test('refuses labels that are missing or not declared', () => {
    const family = create().histogramFamily({name: 'd_seconds', help: 'D', buckets: [1], labels: ['a']});
    expect(() => family.with({})).toThrow(AssertionError);
    expect(() => family.with({a: '1', b: '2'})).toThrow(AssertionError);
  });

  test('adds process metrics and common labels when asked', async () => {
    const metrics = new PrometheusMetrics({processDefaults: true, labels: {node: 'a1'}});
    const text = await metrics.render();
    expect(text).toContain('process_cpu_seconds_total{node="a1"}');
    expect(text).toContain('nodejs_heap_size_used_bytes');
  });
});
