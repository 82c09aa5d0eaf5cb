import {ManualTime, RecordingEvents} from '@murmuration/base/testing';
import {EventCounters, EventFanOut} from './event-fan-out.js';
import {EventRing} from './event-ring.js';
import {PrometheusMetrics} from './prometheus-metrics.js';

describe('EventRing', () => {
  test('keeps the last events, oldest first, and gives what came after a sequence', () => {
    const ring = new EventRing({countMax: 3}, {clock: new ManualTime(1000)});
    expect(ring.since(0)).toEqual([]);
    for (let i = 1; i <= 5; i += 1) ring.emit({event: `x/${i}`, level: 'info'});
    expect(ring.since(0).map((kept) => [kept.sequence, kept.record.event])).toEqual([[3, 'x/3'], [4, 'x/4'], [5, 'x/5']]);
    expect(ring.since(4).map((kept) => kept.sequence)).toEqual([5]);
    expect(ring.since(5)).toEqual([]);
    expect(ring.since(0, 1).map((kept) => kept.sequence)).toEqual([3]);
    expect(ring.since(2)[0]?.wallMs).toBe(1000);
  });

  test('does not keep debug events', () => {
    const ring = new EventRing({countMax: 3}, {clock: new ManualTime()});
    ring.emit({event: 'x/y', level: 'debug'});
    expect(ring.lastSequence).toBe(0);
  });
});

describe('EventFanOut', () => {
  test('gives an event to the sinks that want its level, even when one of them throws', () => {
    const all = new RecordingEvents();
    const errorsOnly = {isEnabled: (level: string) => level === 'error', emit: () => { throw new Error('broken sink'); }};
    const sink = new EventFanOut([errorsOnly, all]);
    sink.emit({event: 'x/a', level: 'info'});
    sink.emit({event: 'x/b', level: 'error'});
    expect(all.records.map((record) => record.event)).toEqual(['x/a', 'x/b']);
    expect(new EventFanOut([errorsOnly]).isEnabled('info')).toBe(false);
  });
});

describe('EventCounters', () => {
  test('counts chosen events by one or by the amount of a field', async () => {
    const metrics = new PrometheusMetrics({processDefaults: false});
    const sink = new EventCounters([
      {event: 'raft/elected', counter: 'raft_leader_changes_total', help: 'Leader changes'},
      {event: 'ttl/deleted', counter: 'ttl_deleted_items_total', help: 'Items', amountField: 'itemCount'},
    ], {metrics});
    sink.emit({event: 'raft/elected', level: 'info'});
    sink.emit({event: 'ttl/deleted', level: 'info', itemCount: 12});
    sink.emit({event: 'ttl/deleted', level: 'info', itemCount: 'many'});
    sink.emit({event: 'other/event', level: 'info'});
    const text = await metrics.render();
    expect(text).toContain('murmuration_raft_leader_changes_total 1\n');
    expect(text).toContain('murmuration_ttl_deleted_items_total 12\n');
  });
});
