// Goal: each check of transactions and of derived data fails when what it looks for is broken. Method: a small run that is right, and
// one thing of it changed at a time.
import {describe, expect, test} from '@jest/globals';
import type {HistoryRecord, ItemJson, Operation, Outcome} from '@murmuration/checkers';
import {derivedChecks} from './derived-check.js';
import type {DerivedData, TimedRecord} from './derived-reads.js';

function historyOf(calls: readonly (readonly [Operation, Outcome])[]): readonly HistoryRecord[] {
  return calls.flatMap(([operation, outcome], i): readonly HistoryRecord[] => [
    {kind: 'invoke', process: 0, atMs: i * 2, operation, node: 'a1'}, {kind: 'complete', process: 0, atMs: i * 2 + 1, outcome},
  ]);
}
const WRITTEN: Outcome = {kind: 'ok', answer: {kind: 'written'}};
const ACCOUNTS: readonly ItemJson[] = [{pk: {S: 'account-1'}}, {pk: {S: 'account-2'}}];
const LIST: ItemJson = {pk: {S: '0-list'}};
const OVER: ItemJson = {pk: {S: 'expiring'}, x: {N: '1000'}, v: {S: 'd1'}};
const account = (i: number, n: number): ItemJson => ({...ACCOUNTS[i], n: {N: String(n)}});
const ROWS: readonly ItemJson[] = [account(0, 100), account(1, 100), {pk: {S: 'indexed'}, g: {S: 'group-1'}}];
const LISTS: readonly (readonly [Operation, Outcome])[] = [
  [{kind: 'list-append', parts: [{kind: 'append', key: LIST, value: 1}]}, {kind: 'ok', answer: {kind: 'lists', lists: [undefined]}}],
  [{kind: 'list-append', parts: [{kind: 'read', key: LIST}]}, {kind: 'ok', answer: {kind: 'lists', lists: [[1]]}}],
];
function tableHistory(balances: readonly number[]): readonly HistoryRecord[] {
  return historyOf([
    [{kind: 'transact-write', parts: ACCOUNTS.map((key) => ({kind: 'put', key, item: {n: {N: '100'}}}))}, WRITTEN],
    [{kind: 'transact-get', keys: ACCOUNTS}, {kind: 'ok', answer: {kind: 'images', items: balances.map((n, i) => account(i, n))}}],
    [{kind: 'put', key: {pk: {S: 'indexed'}}, item: {g: {S: 'group-1'}}}, WRITTEN],
    [{kind: 'put', key: {pk: {S: 'expiring'}}, item: {x: {N: '1000'}, v: {S: 'd1'}}}, WRITTEN],
  ]);
}
const record = (sequence: number, newImage: ItemJson): TimedRecord => ({key: {pk: newImage['pk'] ?? {S: ''}}, event: 'INSERT', newImage, sequenceNumber: String(sequence), createdAtMs: 2_000_000});
const RECORDS: readonly TimedRecord[] = [
  record(1, account(0, 100)), record(2, account(1, 100)), record(3, ROWS[2] as ItemJson), record(4, OVER),
  {key: {pk: {S: 'expiring'}}, event: 'REMOVE', oldImage: OVER, sequenceNumber: '5', createdAtMs: 2_000_000, isExpiry: true},
];
const DATA: DerivedData = {banks: [ACCOUNTS], unreadCount: 0, baseRows: ROWS, indexRows: [ROWS[2] as ItemJson], records: RECORDS, overdue: [], expiredCount: 1};

function failed(lists: readonly HistoryRecord[], table: readonly HistoryRecord[], data: DerivedData): readonly string[] {
  return derivedChecks(lists, table, data).filter(({isPassed}) => !isPassed).map(({name}) => name.slice(0, 2));
}

describe('checks of transactions and derived data', () => {
  const lists = historyOf(LISTS);
  const table = tableHistory([100, 100]);
  test('pass where everything is right', () => {
    expect(failed(lists, table, DATA)).toEqual([]);
  });
  test('see a list that lost what was appended', () => {
    expect(failed(historyOf([LISTS[0] as (typeof LISTS)[number], [{kind: 'list-append', parts: [{kind: 'read', key: LIST}]}, {kind: 'ok', answer: {kind: 'lists', lists: [[]]}}]]), table, DATA)).toContain('T1');
  });
  test('see money that is gone', () => {
    expect(failed(lists, tableHistory([100, 90]), DATA)).toEqual(['T2']);
  });
  test('see an entry that the index lacks, or has too many', () => {
    expect(failed(lists, table, {...DATA, indexRows: []})).toEqual(['T3']);
    expect(failed(lists, table, {...DATA, indexRows: [...DATA.indexRows, {pk: {S: 'gone'}, g: {S: 'group-2'}}]})).toEqual(['T3']);
  });
  test('see a record that is missing, and one that is told twice', () => {
    expect(failed(lists, table, {...DATA, records: RECORDS.slice(1)})).toEqual(['T4']);
    expect(failed(lists, table, {...DATA, records: [RECORDS[0] as TimedRecord, ...RECORDS]})).toEqual(['T4']);
  });
  test('see an item that went before its time, and one that stays though it is over', () => {
    const early = RECORDS.map((each) => (each.isExpiry === true ? {...each, createdAtMs: -50_000_000} : each));
    expect(failed(lists, table, {...DATA, records: early})).toEqual(['T5']);
    expect(failed(lists, table, {...DATA, overdue: ['expiring']})).toEqual(['T5']);
  });
  test('see what could not be read', () => {
    expect(failed(lists, table, {...DATA, unreadCount: 1})).toEqual(['T6']);
  });
});
