import type {Area, ConformanceCase} from '../conformance-case.js';
import {gives, invalid, proves, put} from '../conformance-case.js';
import {HASH} from '../suite-tables.js';

const ITEM_SIZE_BYTES_MAX = 409_600;
const TOO_LARGE = 'Item size has exceeded the maximum allowed size';

/**
 * The limit of an item measures to the byte: one that fills it with a number of so many bytes in it is taken, and one with a
 * letter more is not.
 */
function sized(number: string, numberSizeBytes: number): ConformanceCase {
  const pk = {S: 'number-sizes'};
  // "pk" 2 and its 12, "n" 1, "t" 1.
  const rest = ITEM_SIZE_BYTES_MAX - 16 - numberSizeBytes;
  const item = (length: number) => ({pk, n: {N: number}, t: {S: 'x'.repeat(length)}});
  return proves('2 Size: number', `${number} measures ${numberSizeBytes}`,
    put({TableName: HASH, Item: item(rest)}), invalid('PutItem', {TableName: HASH, Item: item(rest + 1)}, TOO_LARGE),
    // What is as large as this would fill the pages of later scans.
    gives('DeleteItem', {TableName: HASH, Key: {pk}}, {}));
}

export const NUMBER_SIZES: Area = {
  name: 'number-sizes',
  title: 'Sizes of numbers',
  cases: ([
    ['0', 1], ['-0', 1], ['0.000', 1], ['1', 2], ['9', 2], ['12', 2], ['15', 2], ['123', 3], ['1234', 3], ['123456', 4], ['0042', 2], ['100', 2], ['1010', 3], ['0.0000001', 2], ['0.15', 2],
    ['1E125', 2], ['1E-100', 2], ['1.5', 3], ['1.2', 3], ['1.200', 3], ['1.234', 4], ['3.14159', 5], ['100.5', 4], ['-42', 3], ['-1.5', 4], ['9'.repeat(38), 20], [`-${'9'.repeat(38)}`, 21],
  ] as const).map(([number, size]) => sized(number, size)),
};
