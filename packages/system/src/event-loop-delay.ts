import {monitorEventLoopDelay} from 'node:perf_hooks';
import type {MetricRegistry} from '@murmuration/base';

const RESOLUTION_MS = 10;

/** Watches how late the event loop runs, and shows it as `event_loop_delay_seconds` over the time since the last scrape. */
export function watchEventLoopDelay(metrics: MetricRegistry): {stop(): void} {
  const delays = monitorEventLoopDelay({resolution: RESOLUTION_MS});
  const family = metrics.gaugeFamily({
    name: 'event_loop_delay_seconds',
    help: 'How late the event loop ran its timers since the last scrape.',
    labels: ['quantile'],
  });
  const median = family.with({quantile: '0.5'});
  const high = family.with({quantile: '0.99'});
  const most = family.with({quantile: '1'});
  // The histogram holds the distance between two ticks, of which the resolution itself is no delay.
  const toSeconds = (nanoseconds: number): number => (Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1e3) : 0);
  metrics.onCollect(() => {
    median.set(toSeconds(delays.percentile(50)));
    high.set(toSeconds(delays.percentile(99)));
    most.set(toSeconds(delays.max));
    delays.reset();
  });
  delays.enable();
  return {stop: () => void delays.disable()};
}
