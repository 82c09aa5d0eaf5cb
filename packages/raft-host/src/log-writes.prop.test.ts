// Goal: what goes to the log for a group is cut where the log takes no more, and every prefix of the pieces is a state a replica may wake up in.
// Method: random writes of one group are merged under a random bound and compared with what they say together.
import type {LogEntry, LogWrite} from '@murmuration/base';
import {LOG_RECORD_OVERHEAD_BYTES, toGroupId, toLogIndex, toTerm} from '@murmuration/base';
import fc from 'fast-check';
import {mergeWrites} from './log-writes.js';

const GROUP = toGroupId(16);
const entry = (index: number, term: number, sizeBytes: number): LogEntry => ({index: toLogIndex(index), term: toTerm(term), kind: 0, data: new Uint8Array(sizeBytes)});
const sizeOf = ({entries = [], hardState}: LogWrite): number =>
  entries.reduce((sum, {data}) => sum + data.length + LOG_RECORD_OVERHEAD_BYTES, hardState === undefined ? 0 : LOG_RECORD_OVERHEAD_BYTES);

describe('writes to the log', () => {
  test('are cut between entries, each piece with term and vote and no commit index beyond its own entries', () => {
    fc.assert(fc.property(
      fc.array(fc.integer({min: 0, max: 900}), {minLength: 1, maxLength: 60}), fc.integer({min: 1, max: 5}), fc.integer({min: 1, max: 100}), fc.integer({min: 1_200, max: 8_000}),
      (sizesBytes, writeCount, commit, sizeBytesMax) => {
        const all = sizesBytes.map((sizeBytes, i) => entry(i + 1, 3, sizeBytes));
        const perWrite = Math.ceil(all.length / writeCount);
        const writes: LogWrite[] = [];
        for (let from = 0; from < all.length; from += perWrite) {
          writes.push({group: GROUP, entries: all.slice(from, from + perWrite), hardState: {term: toTerm(3), vote: 1, commit: toLogIndex(Math.min(commit, all.length))}});
        }
        const pieces = mergeWrites(writes, sizeBytesMax);
        expect(pieces.flatMap(({entries = []}) => entries)).toEqual(all);
        for (const piece of pieces) {
          expect(sizeOf(piece)).toBeLessThanOrEqual(sizeBytesMax);
          expect(piece.hardState).toMatchObject({term: 3, vote: 1});
          expect(piece.hardState?.commit).toBeLessThanOrEqual(piece.entries?.at(-1)?.index ?? 0);
        }
        expect(pieces.at(-1)?.hardState).toEqual(writes.at(-1)?.hardState);
      },
    ));
  });
  test('that fit stay one a group, the newest entries winning', () => {
    const merged = mergeWrites([
      {group: GROUP, entries: [entry(1, 1, 10), entry(2, 1, 10)]}, {group: toGroupId(17), entries: [entry(1, 1, 10)]}, {group: GROUP, entries: [entry(2, 2, 20)]},
    ], 10_000);
    expect(merged).toHaveLength(2);
    expect(merged[0]?.entries?.map(({index, term}) => [index, term])).toEqual([[1, 1], [2, 2]]);
  });
  test('a snapshot and a descriptor go with the first piece', () => {
    const pieces = mergeWrites([
      {group: GROUP, snapshot: {index: toLogIndex(5), term: toTerm(1)}, descriptor: new Uint8Array(900), entries: [entry(6, 2, 800), entry(7, 2, 800)], hardState: {term: toTerm(2), vote: 0, commit: toLogIndex(7)}},
    ], 1_100);
    expect(pieces.map(({snapshot, descriptor, entries = [], hardState}) => [snapshot?.index, descriptor?.length, entries.length, hardState?.commit]))
      .toEqual([[5, 900, 0, undefined], [undefined, undefined, 1, 6], [undefined, undefined, 1, 7]]);
  });
});
