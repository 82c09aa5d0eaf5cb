// Goal: the load is what the spec says: rates, key shares and sizes, the same for the same seed. Method: draw and count.
import {SeededRandom} from '@murmuration/base';
import fc from 'fast-check';
import {arrivals, ArrivalCursor} from './arrivals.js';
import {itemSizeBytes} from './item-size.js';
import {parseTrace} from './trace.js';
import {ramp, steady} from './workload-spec.js';
import type {KeyChoice, LoadPhase, WorkloadSpec, WorkloadStream} from './workload-spec.js';
import {Zipf} from './zipf.js';

function stream(overrides: Partial<WorkloadStream>): WorkloadStream {
  return {
    name: 'main', startSecond: 0, phases: [steady(10, 100)], spacing: 'even', keys: {kind: 'uniform', keyCount: 100, firstKey: 0},
    operations: [{kind: 'put', weight: 1}], itemSize: {kind: 'constant', sizeBytes: 1024}, ...overrides,
  };
}
function spec(...streams: WorkloadStream[]): WorkloadSpec {
  return {
    format: 1, name: 'test', title: 'Test', seed: 7, warmUpSeconds: 0, streams, changes: [],
    table: {name: 'T', hasSortKey: false, localIndexes: [], globalIndexes: [], billing: {mode: 'on-demand'}, partitionCount: 1},
  };
}
const instants = (workload: WorkloadSpec): number[] => [...arrivals(workload)].map((arrival) => arrival.intendedMs);

describe('when requests are due', () => {
  test('an even stream has its rate exactly, equally spaced', () => {
    const times = instants(spec(stream({phases: [steady(2, 4)]})));
    expect(times).toEqual([125, 375, 625, 875, 1125, 1375, 1625, 1875]);
  });

  test('a ramp has as many requests as the area under it, ever denser', () => {
    const times = instants(spec(stream({phases: [ramp(10, 0, 100)]})));
    expect(times).toHaveLength(500);
    expect(times.filter((time) => time < 5_000)).toHaveLength(125);
    const gaps = times.slice(1).map((time, i) => time - times[i]!);
    expect(gaps.filter((gap, i) => i > 0 && gap > gaps[i - 1]! + 1e-6)).toEqual([]);
  });

  test('a pause sends nothing, and the phase after it begins where it should', () => {
    const times = instants(spec(stream({startSecond: 3, phases: [steady(1, 2), steady(5, 0), steady(1, 2)]})));
    expect(times).toEqual([3250, 3750, 9250, 9750]);
  });

  test('Poisson arrivals have the mean and the spread of a Poisson process', () => {
    const counts = new Array<number>(200).fill(0);
    for (const time of instants(spec(stream({spacing: 'poisson', phases: [steady(200, 50)]})))) counts[Math.floor(time / 1000)]! += 1;
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length;
    expect(mean).toBeGreaterThan(48);
    expect(mean).toBeLessThan(52);
    expect(variance / mean).toBeGreaterThan(0.7);
    expect(variance / mean).toBeLessThan(1.4);
  });

  test('time never goes back, whatever the phases', () => {
    const phase = fc.record({seconds: fc.integer({min: 1, max: 20}), fromRequestsPerSecond: fc.nat(50), toRequestsPerSecond: fc.nat(50)});
    fc.assert(fc.property(fc.array(phase, {minLength: 1, maxLength: 5}), fc.constantFrom('poisson' as const, 'even' as const), (phases: LoadPhase[], spacing) => {
      const seconds = phases.reduce((sum, one) => sum + one.seconds, 0);
      const times = instants(spec(stream({phases, spacing})));
      const count = times.length;
      expect(times.filter((time, i) => time < (times[i - 1] ?? 0) || time > seconds * 1000)).toEqual([]);
      const area = phases.reduce((sum, one) => sum + (one.seconds * (one.fromRequestsPerSecond + one.toRequestsPerSecond)) / 2, 0);
      if (spacing === 'even') expect(Math.abs(count - area)).toBeLessThanOrEqual(1);
    }), {numRuns: 60});
  });
});

describe('which keys', () => {
  const keysOf = (keys: KeyChoice, seconds = 20): string[] =>
    [...arrivals(spec(stream({keys, phases: [steady(seconds, 500)]})))].map((arrival) => `${arrival.partitionKey}/${arrival.sortKey ?? ''}`);
  const share = (keys: readonly string[], key: string): number => keys.filter((other) => other === key).length / keys.length;

  test('a hot key gets its share', () => {
    expect(share(keysOf({kind: 'single-hot-key', hotShare: 0.7, keyCount: 1000, firstKey: 5}), 'key#0000000005/')).toBeCloseTo(0.7, 1);
  });
  test('a hot spot moves on after its period', () => {
    const keys = keysOf({kind: 'moving-hot-spot', hotShare: 1, keyCount: 1000, periodSeconds: 5, firstKey: 0});
    expect(new Set(keys).size).toBe(4);
    expect(new Set(keys.slice(0, 2500)).size).toBe(1);
  });
  test('monotonic sort keys rise in each collection', () => {
    const workload = spec(stream({keys: {kind: 'monotonic', collectionCount: 8, firstKey: 0}}));
    const last = new Map<string, string>();
    for (const arrival of arrivals({...workload, table: {...workload.table, hasSortKey: true}})) {
      expect(arrival.sortKey! > (last.get(arrival.partitionKey) ?? '')).toBe(true);
      last.set(arrival.partitionKey, arrival.sortKey!);
    }
    expect(last.size).toBe(8);
  });
  test('a skewed index has few keys, and an item always the same one', () => {
    const ofKey = new Map<string, string>();
    for (const arrival of arrivals(spec(stream({keys: {kind: 'gsi-skew', keyCount: 50, indexKeyCount: 3, firstKey: 0}})))) {
      expect(ofKey.get(arrival.partitionKey) ?? arrival.indexKey).toBe(arrival.indexKey);
      ofKey.set(arrival.partitionKey, arrival.indexKey);
    }
    expect(new Set(ofKey.values()).size).toBe(3);
  });

  test.each([[0.5, 1000], [0.99, 1000], [1, 500], [1.5, 200]])('Zipf with theta %d over %d ranks has the exact shares', (theta, rankCount) => {
    const zipf = new Zipf(rankCount, theta);
    const random = new SeededRandom(11);
    const counts = new Float64Array(rankCount + 1);
    const drawCount = 200_000;
    for (let i = 0; i < drawCount; i += 1) counts[zipf.draw(random)]! += 1;
    let norm = 0;
    for (let rank = 1; rank <= rankCount; rank += 1) norm += rank ** -theta;
    // Chi square over the ranks that are expected often enough; its mean is their number.
    let chiSquare = 0;
    let rankUsed = 0;
    for (let rank = 1; rank <= rankCount; rank += 1) {
      const expected = (drawCount * rank ** -theta) / norm;
      if (expected < 20) continue;
      chiSquare += (counts[rank]! - expected) ** 2 / expected;
      rankUsed += 1;
    }
    expect(chiSquare / rankUsed).toBeLessThan(1.25);
  });
  test('Zipf over ten million ranks reaches from the first to the last part', () => {
    const zipf = new Zipf(10_000_000, 0.99);
    const random = new SeededRandom(3);
    let top = 0;
    let tail = 0;
    let outside = 0;
    for (let i = 0; i < 100_000; i += 1) {
      const rank = zipf.draw(random);
      if (rank === 1) top += 1;
      if (rank > 5_000_000) tail += 1;
      if (rank < 1 || rank > 10_000_000) outside += 1;
    }
    expect(outside).toBe(0);
    // 1 over the sum of rank^-0.99, and the sum of the upper half over it.
    expect(top / 100_000).toBeCloseTo(0.0558, 2);
    expect(tail / 100_000).toBeCloseTo(0.045, 2);
  });
});

describe('what is asked', () => {
  test('operations have their weights, and scans go round their segments', () => {
    const counts = new Map<string, number>();
    const segments: number[] = [];
    for (const arrival of arrivals(spec(stream({phases: [steady(100, 100)], operations: [{kind: 'get', consistency: 'strong', weight: 95}, {kind: 'scan', consistency: 'eventual', segmentCount: 4, limit: 0, weight: 5}]})))) {
      counts.set(arrival.operation, (counts.get(arrival.operation) ?? 0) + 1);
      if (arrival.operation === 'scan') segments.push(arrival.segment);
      else expect(arrival.consistency).toBe('strong');
    }
    expect(counts.get('get')! / 10_000).toBeCloseTo(0.95, 1);
    expect(segments.slice(0, 5)).toEqual([0, 1, 2, 3, 0]);
  });
  test('the size of an item follows from its key and keeps to its bounds', () => {
    const logNormal = {kind: 'log-normal', medianBytes: 500, sigma: 1, maxBytes: 10_000} as const;
    const sizes = Array.from({length: 4000}, (_, key) => itemSizeBytes(logNormal, key, 0)).sort((a, b) => a - b);
    expect(itemSizeBytes(logNormal, 17, 4)).toBe(itemSizeBytes(logNormal, 17, 4));
    expect(sizes[2000]).toBeGreaterThan(450);
    expect(sizes[2000]).toBeLessThan(550);
    expect(sizes.at(-1)).toBeLessThanOrEqual(10_000);
  });
  test('equal specs give equal requests; another seed gives others; a further stream changes none of the first', () => {
    const one = spec(stream({spacing: 'poisson', keys: {kind: 'zipf', keyCount: 1000, theta: 0.9, firstKey: 0}}));
    expect([...arrivals(one)]).toEqual([...arrivals(JSON.parse(JSON.stringify(one)) as WorkloadSpec)]);
    expect([...arrivals(one)]).not.toEqual([...arrivals({...one, seed: 8})]);
    const two = {...one, streams: [...one.streams, stream({name: 'other', phases: [steady(10, 30)]})]};
    expect([...arrivals(two)].filter((arrival) => arrival.stream === 0)).toEqual([...arrivals(one)]);
  });
});

describe('a trace', () => {
  const csv = 'time,op,key,size\n100.0,get,a,100\n100.5,put,"b,c",2000\n101.25,get-strong,a,100\n';
  test('is replayed row by row from its first instant', () => {
    const traces = new Map([['t', parseTrace(csv)]]);
    const replay = spec(stream({keys: {kind: 'replay', trace: 't'}}));
    expect([...arrivals(replay, traces)].map((one) => [one.intendedMs, one.operation, one.partitionKey, one.sizeBytes, one.consistency])).toEqual([
      [0, 'get', 'a', 100, 'eventual'], [500, 'put', 'b,c', 2000, 'eventual'], [1250, 'get', 'a', 100, 'strong'],
    ]);
    expect(() => new ArrivalCursor(replay)).toThrow('the trace t was not read');
  });
  test('reads the same from JSON lines', () => {
    const json = '{"time":100,"op":"get","key":"a","size":100}\n{"time":100.5,"op":"put","key":"b,c","size":2000}\n{"time":"101.25","op":"get-strong","key":"a","size":100}\n';
    expect(parseTrace(json)).toEqual(parseTrace(csv));
  });
  test.each([
    ['time,op,key\n', 'no column size'], ['time,op,key,size\n2,get,a,1\n1,get,a,1\n', 'time must not fall'], ['time,op,key,size\n1,fly,a,1\n', 'op must be one of'],
    ['time,op,key,size\n1,get,a,x\n', 'size must be'], ['', 'no rows'], ['{"time":1\n', 'not JSON'],
  ])('%j is refused with the line', (text, reason) => {
    expect(() => parseTrace(text)).toThrow(reason);
  });
});
