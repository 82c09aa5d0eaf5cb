import type {Experiment} from './experiment.js';
import {acceptedPerSecond, atLeast, atMost, errorCount, exactly, measure, near, reasons, windowOf, writeUnitsPerSecond} from './findings.js';
import {PUT, load, provisionedTable, steps, workload} from './loads.js';

const RATE = 3_000;
const SECONDS = 900;
const LSI_SECONDS = 400;
const ITEM_SIZE_BYTES = 1_024;
/** With one local index a put costs two units. */
const LSI_PUTS = 500;
/** The collection has room for so many seconds of them. */
const ROOM_SECONDS = 200;
const COLLECTION_SIZE_BYTES_MAX = 10 * 2 ** 30;

export const hotCollection: Experiment = {
  number: 6, name: 'hot-collection', title: 'A hot item collection, with and without a local index',
  expectation: 'Random sort keys under one partition key at 3,000 writes a second: splits by sort key raise the ceiling past 1,000 until all pass. With a local index the collection is never cut: it stays at 1,000 units, and ends at 10 GB with ItemCollectionSizeLimitExceededException.',
  remarks: 'The collection with a local index begins 200 seconds short of its 10 GB. A put there costs a unit for the item and one for its entry.',
  isLive: false,
  cases: ({seed, scale}) => [
    {
      name: 'plain', settings: {},
      workload: workload('hot-collection', 'Random sort keys of one collection, 3,000 puts a second', seed, provisionedTable(100 * scale, 4_000 * scale, {hasSortKey: true}), [load({
        name: 'puts', keys: {kind: 'hot-collection', hotShare: 1, sortKeyCount: 10_000_000, firstSortKey: 0, keyCount: 1, firstKey: 0}, operation: PUT, phases: steps(SECONDS, [RATE * scale]), sizeBytes: ITEM_SIZE_BYTES,
      })]),
    },
    {
      name: 'local-index', settings: {collectionSizeBytes: COLLECTION_SIZE_BYTES_MAX - Math.round(ROOM_SECONDS * LSI_PUTS * scale) * ITEM_SIZE_BYTES},
      workload: workload('hot-collection-local-index', 'The same on a table with a local index', seed, provisionedTable(100 * scale, 4_000 * scale, {hasSortKey: true, localIndexes: [{name: 'byOther', projection: 'ALL'}]}), [load({
        name: 'puts', keys: {kind: 'hot-collection', hotShare: 1, sortKeyCount: 10_000_000, firstSortKey: 0, keyCount: 1, firstKey: 0}, operation: PUT, phases: steps(LSI_SECONDS, [RATE * scale]), sizeBytes: ITEM_SIZE_BYTES,
      })]),
    },
  ],
  judge: (outcome) => {
    const {scale} = outcome;
    const plain = outcome.record('plain');
    const indexed = outcome.record('local-index');
    const [end, full] = [windowOf(SECONDS - 180, SECONDS), windowOf(ROOM_SECONDS + 30, LSI_SECONDS)];
    const open = windowOf(30, ROOM_SECONDS - 20);
    return [
      near('without index, first minute: puts', acceptedPerSecond(plain, 0, windowOf(5, 60)), 1_000 * scale, 1, 'puts/s'),
      near('without index, after the cuts: puts', acceptedPerSecond(plain, 0, end), RATE * scale, 2, 'puts/s'),
      atLeast('without index: cuts', measure(plain, 'splits'), 3, 'cuts'),
      near('with index: write units', writeUnitsPerSecond(indexed, open), 1_000 * scale, 1, 'units/s'),
      atMost('with index: cuts', measure(indexed, 'splits'), 0, 'cuts'),
      atLeast('with index: suppressed as collection-stays-whole', measure(indexed, 'noSplit.collection-stays-whole'), 1, 'times'),
      exactly('with index: the reason', reasons(indexed, open).join(' '), 'TableWriteKeyRangeThroughputExceeded'),
      atMost('with index, at 10 GB: puts', acceptedPerSecond(indexed, 0, full), 0, 'puts/s'),
      atLeast('with index, at 10 GB: ItemCollectionSizeLimitExceededException', errorCount(indexed, full), 1, 'times'),
    ];
  },
};
