// Whatever pieces a body comes in, it comes out whole, and small pieces do not keep what they were cut from.
import fc from 'fast-check';
import {BodyCollector} from './body-collector.js';

test('a body comes out as it went in, however it was cut', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(255), fc.constantFrom(0, 1, 7, 8191, 8192, 70_000)), {maxLength: 20}), (cuts) => {
    const collector = new BodyCollector();
    const pieces = cuts.map(([fill, sizeBytes]) => new Uint8Array(sizeBytes).fill(fill));
    for (const piece of pieces) collector.add(piece);
    expect(Buffer.from(collector.take()).equals(Buffer.concat(pieces))).toBe(true);
    expect(collector.take()).toHaveLength(0);
  }), {numRuns: 50});
});

test('small pieces are copied, so the buffers they are views of can go', () => {
  const collector = new BodyCollector();
  collector.add(new Uint8Array(10));
  const read = new Uint8Array(64 * 1024).fill(1);
  for (let at = 0; at < 1000; at += 1) collector.add(read.subarray(at, at + 1));
  read.fill(2);
  expect(collector.take().subarray(10).every((byte) => byte === 1)).toBe(true);
});

test('what was cleared is gone', () => {
  const collector = new BodyCollector();
  for (let i = 0; i < 3; i += 1) collector.add(new Uint8Array(5));
  collector.clear();
  expect(collector.take()).toHaveLength(0);
});
