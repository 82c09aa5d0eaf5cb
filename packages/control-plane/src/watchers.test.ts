import {toAzId, toNodeId} from '@murmuration/base';
import {ManualTime} from '@murmuration/base/testing';
import type {ControlResponse} from '@murmuration/control-client';
import {Catalog} from './catalog.js';
import {Watchers} from './watchers.js';

function register(catalog: Catalog, id: string): void {
  catalog.apply({
    kind: 'register-node',
    node: {node: toNodeId(id), az: toAzId('a'), roles: ['storage'], fabricAddress: 'x:1', apiAddress: '', adminAddress: '', pid: 1, incarnation: 1, diskId: 'disk', state: 'up', duty: 'serving'},
  });
}

describe('Watchers', () => {
  test('a watcher that is behind is answered at once, one that is not when something changes', () => {
    const time = new ManualTime();
    const catalog = new Catalog();
    const watchers = new Watchers({countMax: 10}, time);
    const answers: ControlResponse[] = [];
    register(catalog, 'a1');
    watchers.add(catalog, 0, 1_000, (response) => answers.push(response));
    expect(answers).toMatchObject([{kind: 'delta', delta: {toVersion: 1}}]);
    watchers.add(catalog, 1, 1_000, (response) => answers.push(response));
    expect(answers).toHaveLength(1);
    register(catalog, 'a2');
    register(catalog, 'a3');
    watchers.wake(catalog);
    watchers.wake(catalog);
    time.advance(0);
    expect(answers).toHaveLength(2);
    expect(answers[1]).toMatchObject({delta: {fromVersion: 1, toVersion: 3}});
    expect(time.pendingCount).toBe(0);
  });
  test('nothing new is told when the wait is over', () => {
    const time = new ManualTime();
    const catalog = new Catalog();
    const watchers = new Watchers({countMax: 10}, time);
    const answers: ControlResponse[] = [];
    watchers.add(catalog, 0, 1_000, (response) => answers.push(response));
    time.advance(1_000);
    expect(answers).toMatchObject([{kind: 'delta', delta: {isFull: false, tables: [], nodes: []}}]);
  });
  test('more watchers than allowed are turned away', () => {
    const time = new ManualTime();
    const catalog = new Catalog();
    const watchers = new Watchers({countMax: 1}, time);
    const answers: ControlResponse[] = [];
    watchers.add(catalog, 0, 1_000, () => undefined);
    watchers.add(catalog, 0, 1_000, (response) => answers.push(response));
    expect(answers).toMatchObject([{kind: 'failed', failure: {code: 'Unavailable'}}]);
    watchers.failAll({code: 'NotLeader', leader: undefined});
    expect(time.pendingCount).toBe(0);
  });
});
