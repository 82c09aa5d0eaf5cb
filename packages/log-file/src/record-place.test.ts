import {describe, expect, test} from '@jest/globals';
import {toGroupId} from '@murmuration/base';
import type {SystemFile} from './file-system.js';
import {GroupLog} from './group-log.js';
import {RecordPlace} from './record-place.js';
import type {Segment} from './segment.js';

function makeSegment(): Segment {
  return {sequence: 1, name: 'one', file: {} as SystemFile, sizeBytes: 100_000, writeOffsetBytes: 4_096, liveBytes: 0, changedByBatch: 0, damagedGroups: [], places: []};
}
function makePlace(): RecordPlace {
  const place = new RecordPlace(new GroupLog(toGroupId(1)), 'hard-state', 0, 0, 0, 8, undefined);
  place.sizeBytes = 48;
  place.offsetBytes = 64;
  return place;
}

describe('liveness of a segment', () => {
  test('a live record counts until something newer takes its meaning', () => {
    const segment = makeSegment();
    const place = makePlace();
    place.settle(segment, 4_096);
    expect([segment.liveBytes, segment.changedByBatch, place.offsetBytes]).toEqual([48, 0, 4_160]);
    place.retire(7);
    place.retire(9);
    expect([segment.liveBytes, segment.changedByBatch]).toEqual([0, 7]);
  });
  test('a record that was obsolete before it was written still holds its segment back until the newer one is durable', () => {
    const segment = makeSegment();
    const place = makePlace();
    place.retire(7);
    place.settle(segment, 4_096);
    expect([segment.liveBytes, segment.changedByBatch, segment.places]).toEqual([0, 7, []]);
  });
});
