// Goal: a process counts as ready again only when what it found on its disk is level with the leaders, and not never.
import {nullMetrics, toGroupId, toReplicaId} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import {ManualTime, RecordingEvents} from '@murmuration/base/testing';
import type {GroupStatus} from '@murmuration/raft-host';
import {CatchUp} from './catch-up.js';

const [ONE, TWO] = [toGroupId(16), toGroupId(17)];

class Replicas {
  readonly groups = new Map<GroupId, {leader: number; staleness: number; isLog: boolean}>();
  constructor(...groups: readonly GroupId[]) {
    for (const group of groups) this.groups.set(group, {leader: 0, staleness: Number.POSITIVE_INFINITY, isLog: false});
  }
  set(group: GroupId, fields: Partial<{leader: number; staleness: number; isLog: boolean}>): void {
    Object.assign(this.groups.get(group) ?? {}, fields);
  }
  statuses(): readonly GroupStatus[] {
    return [...this.groups.keys()].flatMap((group) => this.status(group) ?? []);
  }
  status(group: GroupId): GroupStatus | undefined {
    const known = this.groups.get(group);
    return known === undefined ? undefined : ({group, leader: toReplicaId(known.leader), isLog: known.isLog} as GroupStatus);
  }
  staleness(group: GroupId): number {
    return this.groups.get(group)?.staleness ?? Number.POSITIVE_INFINITY;
  }
}
function begun(...groups: readonly GroupId[]): {readonly replicas: Replicas; readonly catchUp: CatchUp; readonly time: ManualTime; readonly events: RecordingEvents} {
  const replicas = new Replicas(...groups);
  const time = new ManualTime();
  const events = new RecordingEvents();
  const catchUp = new CatchUp(replicas, {clock: time, events, metrics: nullMetrics});
  catchUp.begin();
  return {replicas, catchUp, time, events};
}

test('a process without replicas has nothing to catch up with, and replicas made later are not waited for', () => {
  const {replicas, catchUp} = begun();
  replicas.groups.set(ONE, {leader: 0, staleness: Number.POSITIVE_INFINITY, isLog: false});
  expect(catchUp.isOver()).toBe(true);
});
test('it is over when every replica was level once, whatever becomes of it then', () => {
  const {replicas, catchUp, time, events} = begun(ONE, TWO);
  replicas.set(ONE, {leader: 2, staleness: 30});
  expect(catchUp.isOver()).toBe(false);
  replicas.set(ONE, {leader: 0, staleness: Number.POSITIVE_INFINITY});
  replicas.set(TWO, {leader: 1, staleness: 10});
  time.advance(700);
  expect(catchUp.isOver()).toBe(true);
  expect(events.named('catch-up/level')).toEqual([expect.objectContaining({groupCount: 2, tookMs: 700})]);
});
test('a replica that was removed is not waited for', () => {
  const {replicas, catchUp} = begun(ONE);
  replicas.groups.delete(ONE);
  expect(catchUp.isOver()).toBe(true);
});
test('a log replica is of use as soon as it hears a leader', () => {
  const {replicas, catchUp} = begun(ONE);
  replicas.set(ONE, {isLog: true});
  expect(catchUp.isOver()).toBe(false);
  replicas.set(ONE, {leader: 3});
  expect(catchUp.isOver()).toBe(true);
});
test('a group without a leader is waited for half a minute, a copy on its way for ten', () => {
  const {replicas, catchUp, time, events} = begun(ONE, TWO);
  replicas.set(TWO, {leader: 1});
  time.advance(30_000);
  expect(catchUp.isOver()).toBe(false);
  expect(events.named('catch-up/given-up')).toEqual([expect.objectContaining({groups: [ONE]})]);
  time.advance(570_000);
  expect(catchUp.isOver()).toBe(true);
});
