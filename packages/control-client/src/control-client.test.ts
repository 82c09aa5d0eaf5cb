import {SeededRandom, nullEvents, toAzId, toNodeId} from '@murmuration/base';
import type {CallResult, NetworkPort, NodeId} from '@murmuration/base';
import {ManualTime} from '@murmuration/base/testing';
import {clusterMapContentToJson} from '@murmuration/placement';
import type {ClusterMapContent, NodeEntry} from '@murmuration/placement';
import {ControlClient} from './control-client.js';
import {decodeControlRequest, encodeControlResponse} from './protocol-codec.js';
import type {ControlRequest, ControlResponse} from './protocol.js';

/** A client against scripted control processes: redirects, unknown outcomes, the map and its cache. */
const self: NodeEntry = {
  node: toNodeId('r1'), az: toAzId('a'), roles: ['router'], fabricAddress: 'x:1', apiAddress: '', adminAddress: '', pid: 1, incarnation: 1, diskId: 'disk', state: 'up', duty: 'serving',
};
type Answer = ControlResponse | 'not-sent' | 'unknown';

function harness(answer: (to: NodeId, request: ControlRequest) => Answer | undefined, cached?: Uint8Array) {
  const time = new ManualTime();
  const asked: {to: NodeId; request: ControlRequest}[] = [];
  const saved: Uint8Array[] = [];
  const refusals: string[] = [];
  const network: NetworkPort = {
    self: self.node,
    setPeer: () => undefined,
    removePeer: () => undefined,
    isConnected: () => true,
    call: (to, _service, payload, _timeoutMs, done) => {
      const request = decodeControlRequest(payload);
      asked.push({to, request});
      const given = answer(to, request);
      if (given === undefined) return;
      const result: CallResult =
        given === 'not-sent' ? {ok: false, failure: {code: 'NotSent', reason: 'cut'}}
        : given === 'unknown' ? {ok: false, failure: {code: 'Unknown', reason: 'reset'}}
        : {ok: true, payload: encodeControlResponse(given)};
      time.nextTurn(() => done(result));
    },
    post: () => true,
    onCall: () => undefined,
    onPost: () => undefined,
    onConnection: () => undefined,
    close: () => Promise.resolve(),
  };
  const client = new ControlClient(
    {
      controlPeers: ['a1', 'b1', 'c1'].map((id) => ({node: toNodeId(id), address: `${id}:1`})), self,
      heartbeatMs: 500, watchWaitMs: 5_000, retryDelayMs: 100, onRefused: (reason) => refusals.push(reason),
    },
    {clock: time, timers: time, random: new SeededRandom(1), network, events: nullEvents, cache: {load: () => cached, save: (bytes) => saved.push(bytes)}},
  );
  return {time, asked, saved, refusals, client};
}

const map = (version: number, nodes: readonly NodeEntry[]): ClusterMapContent => ({version, tables: [], partitions: [], nodes});
const fullDelta = (version: number, nodes: readonly NodeEntry[]): ControlResponse => ({
  kind: 'delta',
  delta: {fromVersion: 0, toVersion: version, isFull: true, tables: [], removedTables: [], partitions: [], removedPartitions: [], nodes, removedNodes: []},
});

describe('ControlClient', () => {
  test('follows the hint to the leader and stays with it', () => {
    const {client, asked, time} = harness((to) => (to === 'b1' ? {kind: 'ok', version: 1} : {kind: 'failed', failure: {code: 'NotLeader', leader: toNodeId('b1')}}));
    const answers: ControlResponse[] = [];
    client.call({kind: 'status'}, 1_000, (response) => answers.push(response));
    time.advance(500);
    client.call({kind: 'status'}, 1_000, (response) => answers.push(response));
    time.advance(500);
    expect(answers).toEqual([{kind: 'ok', version: 1}, {kind: 'ok', version: 1}]);
    expect(asked.map((ask) => ask.to)).toEqual(['a1', 'b1', 'b1']);
  });

  test('an unknown outcome of a change is told, and never tried again', () => {
    const {client, asked, time} = harness(() => 'unknown');
    const answers: ControlResponse[] = [];
    client.call({kind: 'delete-table', name: 'x'}, 1_000, (response) => answers.push(response));
    time.advance(5_000);
    expect(answers).toEqual([{kind: 'failed', failure: {code: 'OutcomeUnknown', reason: 'reset'}}]);
    expect(asked).toHaveLength(1);
  });

  test('what was never sent is tried elsewhere until the time is over', () => {
    const {client, asked, time} = harness(() => 'not-sent');
    const answers: ControlResponse[] = [];
    client.call({kind: 'delete-table', name: 'x'}, 1_000, (response) => answers.push(response));
    time.advance(5_000);
    expect(answers).toMatchObject([{kind: 'failed', failure: {code: 'Unavailable'}}]);
    expect(new Set(asked.map((ask) => ask.to))).toEqual(new Set(['a1', 'b1', 'c1']));
  });

  test('the cached map serves until the control plane confirms a newer one', () => {
    const cached = new TextEncoder().encode(JSON.stringify(clusterMapContentToJson(map(7, [self]))));
    const held = fullDelta(9, [self]);
    const {client, time, saved} = harness((_to, request) => (request.kind === 'watch' ? (request.version === 9 ? undefined : held) : {kind: 'ok', version: 9}), cached);
    expect(client.current().version).toBe(7);
    expect(client.isConfirmed()).toBe(false);
    const seen: number[] = [];
    client.onChange((changed) => seen.push(changed.version));
    client.start();
    time.advance(50);
    expect(client.isConfirmed()).toBe(true);
    expect(seen).toContain(9);
    expect(saved).toHaveLength(1);
    client.stop();
  });

  test('a process that is refused confirms no map, stops asking and says why', () => {
    const {client, time, refusals, asked} = harness((_to, request) =>
      request.kind === 'register' ? {kind: 'failed', failure: {code: 'BadRequest', reason: 'an old disk'}} : request.kind === 'watch' ? fullDelta(9, [self]) : {kind: 'ok', version: 9});
    const seen: number[] = [];
    client.onChange((changed) => seen.push(changed.version));
    client.start();
    time.advance(1_000);
    expect(refusals).toEqual(['an old disk']);
    expect(client.isConfirmed()).toBe(false);
    const askedCount = asked.length;
    time.advance(20_000);
    expect(asked.length).toBe(askedCount);
  });

  test('a process that is removed while it runs is told so at its next heartbeat, once', () => {
    let isRemoved = false;
    const {client, time, refusals} = harness((_to, request) =>
      request.kind === 'heartbeat' && isRemoved ? {kind: 'failed', failure: {code: 'Refused', reason: 'removed'}}
        : request.kind !== 'watch' ? {kind: 'ok', version: 9} : request.version === 9 ? undefined : fullDelta(9, [self]));
    client.start();
    time.advance(2_000);
    expect(refusals).toEqual([]);
    isRemoved = true;
    time.advance(5_000);
    expect(refusals).toEqual(['removed']);
  });

  test('a damaged cache is as none', () => {
    const {client} = harness(() => undefined, new TextEncoder().encode('{'));
    expect(client.current().version).toBe(0);
  });

  test('callers that ask for a refresh together are served by one call', () => {
    const {client, asked, time} = harness(() => fullDelta(3, [self]));
    let doneCount = 0;
    for (let i = 0; i < 5; i += 1) client.refresh(() => (doneCount += 1));
    time.advance(200);
    expect(doneCount).toBe(5);
    expect(asked.length).toBeLessThanOrEqual(5);
    expect(client.current().version).toBe(3);
  });
});
