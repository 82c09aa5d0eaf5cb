import {SeededRandom} from '@murmuration/base';
import {PEER_WORKLOADS} from './peer-requests.js';
import {peerRows, renderPeerRows} from './peers-result.js';
import type {TakenSample} from './peers-result.js';

function sample(peer: string, requestsPerSecond: number, errors = 0): TakenSample {
  return {peer, workload: 'PutItem', connections: 64, itemsPerRequest: 1, requestsPerSecond, p50Micros: 10, p99Micros: 20, cpuMicrosPerRequest: 100, residentBytes: 1_048_576, errors};
}

test('a row has the median of its repetitions and its ratio to each other peer', () => {
  const rows = peerRows([sample('a', 300), sample('b', 100), sample('a', 100), sample('a', 200, 2)]);
  expect(rows.map(({peer, requestsPerSecond, errors}) => ({peer, ...requestsPerSecond, errors}))).toEqual([
    {peer: 'a', median: 200, min: 100, max: 300, errors: 2}, {peer: 'b', median: 100, min: 100, max: 100, errors: 0},
  ]);
  expect(rows[0]?.throughputRatios).toEqual({b: 2});
  expect(rows[1]?.throughputRatios).toEqual({a: 0.5});
  expect(renderPeerRows(rows)).toContain('PutItem');
});

test.each(PEER_WORKLOADS.map((workload) => [workload.name, workload] as const))('requests of %s are the same for the same seed and say their own length', (_name, workload) => {
  const take = (): readonly string[] => {
    const next = workload.prepare('dynamodb', '127.0.0.1:8000', new SeededRandom(7));
    return Array.from({length: 5}, () => next().toString());
  };
  const requests = take();
  expect(take()).toEqual(requests);
  for (const request of requests) {
    const [head, body] = request.split('\r\n\r\n') as [string, string];
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
    expect(JSON.parse(body)).toBeInstanceOf(Object);
  }
});
