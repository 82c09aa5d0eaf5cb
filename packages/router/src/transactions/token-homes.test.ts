// Goal: whoever looks for the note of a token within the ten minutes asks the table in which it was made. Method: tables come in
// any order; a note is made at a drawn moment, and looked for later.
import {describe, expect, test} from '@jest/globals';
import {parseStoredKey} from '@murmuration/model';
import type {TableDescriptor, TableStatus} from '@murmuration/model';
import * as fc from 'fast-check';
import {tokenHomesOf} from './token-homes.js';

const MINUTE_MS = 60_000;
function mapOf(tables: readonly {readonly tableId: number; readonly createdAtMs: number; readonly status?: TableStatus}[]): {tables(): readonly TableDescriptor[]} {
  return {tables: () => tables.map((table) => ({status: 'ACTIVE', ...table}) as unknown as TableDescriptor)};
}
function tableIds(homes: readonly Uint8Array[]): readonly number[] {
  return homes.map((home) => parseStoredKey(home).tableId);
}

describe('the home of a client token', () => {
  test('is the same for every request, and tokens are spread over all tables', () => {
    const map = mapOf([1, 2, 3, 4].map((tableId) => ({tableId, createdAtMs: 0})));
    const counts = new Map<number, number>();
    for (let i = 0; i < 1_000; i += 1) {
      const homes = tableIds(tokenHomesOf(map, `token-${i}`, 60 * MINUTE_MS));
      expect(homes).toHaveLength(1);
      counts.set(homes[0] as number, (counts.get(homes[0] as number) ?? 0) + 1);
    }
    for (const tableId of [1, 2, 3, 4]) expect(counts.get(tableId)).toBeGreaterThan(150);
  });
  test('is in no table that is being made or removed, and nowhere without tables', () => {
    expect(tokenHomesOf(mapOf([]), 'token', 0)).toEqual([]);
    expect(tableIds(tokenHomesOf(mapOf([{tableId: 1, createdAtMs: 0, status: 'DELETING'}, {tableId: 2, createdAtMs: 0, status: 'CREATING'}, {tableId: 3, createdAtMs: 0, status: 'UPDATING'}]), 'token', 0))).toEqual([3]);
  });
  test('where a note was made is among those that are asked for ten minutes, however many tables were made since', () => {
    fc.assert(fc.property(fc.array(fc.integer({min: 0, max: 60}), {minLength: 1, maxLength: 12}), fc.string({minLength: 1, maxLength: 36}), fc.integer({min: 0, max: 60}), fc.integer({min: 0, max: 10}), (minutes, token, notedMinute, laterMinutes) => {
      const tables = minutes.map((minute, i) => ({tableId: i + 1, createdAtMs: minute * MINUTE_MS}));
      const at = (minute: number): readonly number[] => tableIds(tokenHomesOf(mapOf(tables.filter(({createdAtMs}) => createdAtMs <= minute * MINUTE_MS)), token, minute * MINUTE_MS));
      const [noted] = at(notedMinute);
      if (noted !== undefined) expect(at(notedMinute + laterMinutes)).toContain(noted);
    }));
  });
});
