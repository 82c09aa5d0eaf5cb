import type {MetricRegistry} from '@murmuration/base';
import {nullMetrics} from '@murmuration/base';
import {watchEventLoopDelay} from './event-loop-delay.js';

test('a blocked event loop shows in the next scrape and is forgotten after it', async () => {
  const seen = new Map<string, number>();
  const collectors: (() => void)[] = [];
  const metrics: MetricRegistry = {
    ...nullMetrics,
    gaugeFamily: ({name, labels}) => {
      expect({name, labels}).toEqual({name: 'event_loop_delay_seconds', labels: ['quantile']});
      return {with: (values) => ({set: (value) => void seen.set(values['quantile'] ?? '', value)})};
    },
    onCollect: (collect) => void collectors.push(collect),
  };
  const watch = watchEventLoopDelay(metrics);
  const ticks = (count: number): Promise<void> => new Promise((resolve) => {
    let left = count;
    const timer = setInterval(() => {
      left -= 1;
      if (left > 0) return;
      clearInterval(timer);
      resolve();
    }, 12);
  });
  await ticks(3);
  const untilMs = performance.now() + 120;
  while (performance.now() < untilMs);
  await ticks(3);
  for (const collect of collectors) collect();
  expect(seen.get('1')).toBeGreaterThan(0.08);
  expect(seen.get('0.5')).toBeLessThanOrEqual(seen.get('0.99') ?? -1);
  for (const collect of collectors) collect();
  expect(seen.get('1')).toBe(0);
  watch.stop();
});
