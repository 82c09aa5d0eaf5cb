import {utf8Decode, utf8Encode} from '@murmuration/base';
import type {HttpReply, HttpRequest} from '@murmuration/base';
import type {ControlClient, ControlResponse} from '@murmuration/control-client';
import type {HeatReader} from '@murmuration/storage-node';
import {CAPACITY_SETTING_DEFAULTS} from '@murmuration/model';
import {ClusterMap} from '@murmuration/placement';
import type {ThrottleFilter} from '@murmuration/router';
import {createAdminApi} from './admin-api.js';

/** Tells what it was asked; there is one table, Music. */
const heat = {
  readHeat: (table: string, overMs: number, done: (answer: unknown) => void) => done(table === 'Music' ? {table, overMs} : undefined),
  readKeys: (table: string, wanted: object, done: (answer: unknown) => void) => done(table === 'Music' ? {table, ...wanted} : undefined),
} as unknown as HeatReader;

const router = {throttles: (filter: ThrottleFilter) => [{requestId: 'R', atMs: 1, operation: 'PutItem', table: filter.table ?? 'T', index: undefined, group: 16, keyHash: '', reason: 'TableWriteKeyRangeThroughputExceeded', isOnDemand: false, detail: {bucket: 'ceiling', tokensThenHalfUnits: 0, tokensAskedHalfUnits: filter.limit, passesInMs: 5}}] as const};

function ask(target: string, change: Partial<HttpRequest> = {}, response: ControlResponse = {kind: 'failed', failure: {code: 'Unavailable', reason: 'nobody'}}): Promise<HttpReply> {
  const control = {
    call: (_request: unknown, _timeoutMs: number, done: (answer: ControlResponse) => void) => done(response), current: () => ClusterMap.empty(), refresh: (done: () => void) => done(),
  } as unknown as ControlClient;
  const handler = createAdminApi(control, {heat, router, capacityDefaults: CAPACITY_SETTING_DEFAULTS, isReady: () => false, groups: () => [], events: (after) => [{after}], renderMetrics: () => Promise.resolve('m 1\n')});
  const request: HttpRequest = {
    method: 'GET', target, headers: new Map([['host', '127.0.0.1:8001']]), body: new Uint8Array(0), bodyFailure: undefined, remoteAddress: '127.0.0.1', receivedMs: 0,
    ...change,
  };
  return new Promise((resolve) => handler(request, resolve));
}

describe('admin API', () => {
  test('liveness looks at nothing, readiness at the node', async () => {
    expect((await ask('/health/live')).status).toBe(200);
    expect((await ask('/health/ready')).status).toBe(503);
  });
  test('a control plane without a leader is told as such, with what still works', async () => {
    const reply = await ask('/admin/v1/status');
    expect(reply.status).toBe(503);
    expect(JSON.parse(utf8Decode(reply.body))).toMatchObject({error: {code: 'ControlPlaneUnavailable'}});
  });
  test('metrics are served as text', async () => {
    expect(utf8Decode((await ask('/metrics')).body)).toBe('m 1\n');
  });
  test('events are asked for by sequence, and a bad sequence is told', async () => {
    expect(JSON.parse(utf8Decode((await ask('/admin/v1/events?after=4')).body))).toMatchObject({events: [{after: 4}]});
    expect((await ask('/admin/v1/events?after=-1')).status).toBe(400);
  });
  test('heat and hot keys are asked for by table, within bounds', async () => {
    const body = async (target: string): Promise<unknown> => JSON.parse(utf8Decode((await ask(target)).body));
    expect(await body('/admin/v1/heat?table=Music')).toMatchObject({apiVersion: 'murmuration/v1', table: 'Music', overMs: 120_000});
    expect(await body('/admin/v1/heat?table=Music&seconds=86400')).toMatchObject({overMs: 86_400_000});
    expect(await body('/admin/v1/hotkeys?table=Music')).toMatchObject({cause: 'accessed', scope: 'item', countMax: 10});
    expect(await body('/admin/v1/hotkeys?table=Music&cause=throttled&scope=collection&count=3')).toMatchObject({cause: 'throttled', scope: 'collection', countMax: 3});
    for (const target of ['heat', 'heat?table=', 'heat?table=Music&seconds=0', 'heat?table=Music&seconds=86401', 'heat?table=Music&seconds=x', 'hotkeys', 'hotkeys?table=Music&cause=x', 'hotkeys?table=Music&scope=x', 'hotkeys?table=Music&count=65']) {
      expect((await ask(`/admin/v1/${target}`)).status).toBe(400);
    }
    for (const target of ['heat', 'hotkeys']) expect((await ask(`/admin/v1/${target}?table=Other`)).status).toBe(404);
  });
  test('settings are shown with where they come from, and changed by a POST alone', async () => {
    const headers = new Map([['host', 'localhost:1'], ['content-type', 'application/json']]);
    const post = (body: string, response?: ControlResponse): Promise<HttpReply> => ask('/admin/v1/settings', {method: 'POST', headers, body: utf8Encode(body)}, response);
    expect(JSON.parse(utf8Decode((await ask('/admin/v1/settings')).body))).toMatchObject({settings: expect.arrayContaining([{name: 'burstSeconds', value: 300, source: 'default'}]) as unknown, tables: []});
    expect((await ask('/admin/v1/settings?table=None')).status).toBe(404);
    expect((await post('{"set":{"sharing":"static"}}', {kind: 'ok', version: 4})).status).toBe(200);
    expect((await post('{"set":{"sharing":"static"}}', {kind: 'failed', failure: {code: 'TableNotFound', name: 'None'}})).status).toBe(404);
    expect((await post('{"set":{"sharing":"static"}}')).status).toBe(503);
    for (const body of ['', 'null', '{}', '{"set":5}', '{"set":{"sharing":"fair"}}', '{"reset":["colour"]}', '{"reset":"sharing"}', '{"table":7,"set":{"burstSeconds":1}}', '{"table":"T","set":{"initialPartitions":4}}']) {
      expect((await post(body)).status).toBe(400);
    }
    expect((await ask('/admin/v1/settings', {method: 'POST', body: utf8Encode('{}')})).status).toBe(415);
    expect((await ask('/admin/v1/settings', {method: 'DELETE'})).status).toBe(405);
  });
  test('throttles are listed by what they were', async () => {
    expect(JSON.parse(utf8Decode((await ask('/admin/v1/throttles?table=Music&limit=7')).body))).toMatchObject({throttles: [{requestId: 'R', table: 'Music', bucket: 'ceiling', tokensAskedHalfUnits: 7}]});
    expect((await ask('/admin/v1/throttles?limit=0')).status).toBe(400);
  });
  test('a foreign name in Host is turned away: a page elsewhere cannot read the cluster through a browser', async () => {
    expect((await ask('/admin/v1/local', {headers: new Map([['host', 'evil.example.com']])})).status).toBe(421);
    expect((await ask('/admin/v1/local', {headers: new Map([['host', 'localhost:8001']])})).status).toBe(200);
    expect((await ask('/admin/v1/local', {headers: new Map([['host', '[::1]:8001']])})).status).toBe(200);
  });
  test('what is not there and what is not a GET get one clear answer', async () => {
    expect((await ask('/nothing')).status).toBe(404);
    expect((await ask('/admin/v1/local', {method: 'POST'})).status).toBe(405);
  });
  test('an order is carried to the control plane, and its plan comes back', async () => {
    const order = {method: 'POST', headers: new Map([['host', 'localhost:1'], ['content-type', 'application/json']]), body: utf8Encode('{"action":{"kind":"drain-node","node":"a1"},"dryRun":true}')};
    const reply = await ask('/admin/v1/act', order, {kind: 'plan', steps: ['one'], warnings: [], jobs: [4]});
    expect(reply.status).toBe(200);
    expect(JSON.parse(utf8Decode(reply.body))).toMatchObject({dryRun: true, steps: ['one'], jobs: [4]});
    const refusal = await ask('/admin/v1/act', order, {kind: 'failed', failure: {code: 'Refused', reason: 'no'}});
    expect([refusal.status, JSON.parse(utf8Decode(refusal.body))]).toEqual([409, {error: {code: 'Refused', message: 'no'}}]);
    expect((await ask('/admin/v1/act', order, {kind: 'failed', failure: {code: 'NotFound', what: 'node z'}})).status).toBe(404);
  });
  test('an order that a page elsewhere could send, or that makes no sense, is turned away', async () => {
    const headers = new Map([['host', 'localhost:1'], ['content-type', 'application/json']]);
    expect((await ask('/admin/v1/act')).status).toBe(405);
    expect((await ask('/admin/v1/act', {method: 'POST', body: utf8Encode('{}')})).status).toBe(415);
    for (const body of ['', '{', 'null', '{}', '{"action":{"kind":"explode"}}', '{"action":{"kind":"drain-node","node":7}}', '{"action":{"kind":"rebalance"},"dryRun":1}']) {
      expect((await ask('/admin/v1/act', {method: 'POST', headers, body: utf8Encode(body)})).status).toBe(400);
    }
  });
});
