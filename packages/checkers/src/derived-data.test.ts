// Goal: what is derived from the items agrees with them, and each way of not agreeing is found. Method: listings by hand.
import {auditCounters, auditExpiries, auditIndex, rowSizeBytes} from './derived-data.js';
import type {IndexProjection} from './derived-data.js';
import type {ItemJson} from './attribute-value.js';
import {keyNamed, n} from './testing/history-builder.js';

const row = (name: string, more: ItemJson = {}): ItemJson => ({...keyNamed(name), ...more});
const baseRows = [row('a', {g: {S: '1'}, v: n(1), w: n(9)}), row('b', {g: {S: '1'}}), row('c', {v: n(3)})];
const audit = (indexRows: readonly ItemJson[], projection: IndexProjection): string => auditIndex({baseRows, indexRows, baseKey: ['pk'], indexKey: ['g'], projection}).kind;

describe('index', () => {
  test.each<[string, IndexProjection, readonly ItemJson[]]>([
    ['everything', {kind: 'all'}, [row('a', {g: {S: '1'}, v: n('1.0'), w: n(9)}), row('b', {g: {S: '1'}})]],
    ['keys', {kind: 'keys-only'}, [row('a', {g: {S: '1'}}), row('b', {g: {S: '1'}})]],
    ['some attributes', {kind: 'include', attributes: ['v']}, [row('a', {g: {S: '1'}, v: n(1)}), row('b', {g: {S: '1'}})]],
  ])('a sparse index of %s agrees', (_, projection, rows) => {
    expect(audit(rows, projection)).toBe('ok');
  });
  test.each<[string, readonly ItemJson[]]>([
    ['a missing row', [row('a', {g: {S: '1'}})]],
    ['a row twice', [row('a', {g: {S: '1'}}), row('b', {g: {S: '1'}}), row('b', {g: {S: '1'}})]],
    ['a row of an item that is gone', [row('a', {g: {S: '1'}}), row('b', {g: {S: '1'}}), row('z', {g: {S: '1'}})]],
    ['a row that should be left out', [row('a', {g: {S: '1'}}), row('b', {g: {S: '1'}}), row('c')]],
    ['an old index key', [row('a', {g: {S: '0'}}), row('b', {g: {S: '1'}})]],
    ['too much projected', [row('a', {g: {S: '1'}, w: n(9)}), row('b', {g: {S: '1'}})]],
  ])('%s is found', (_, rows) => {
    expect(audit(rows, {kind: 'keys-only'})).toBe('violation');
  });
});

describe('counters', () => {
  test('sizes follow the documented rules', () => {
    expect(rowSizeBytes({a: {S: 'é'}})).toBe(3);
    expect(rowSizeBytes({a: n('1234')})).toBe(4);
    expect(rowSizeBytes({a: n('-12.3')})).toBe(5);
    expect(rowSizeBytes({a: n(0)})).toBe(2);
    expect(rowSizeBytes({a: n(10000)})).toBe(3);
    expect(rowSizeBytes({a: {L: [{BOOL: true}, {NULL: true}]}, b: {M: {c: {B: 'AAEC'}}}})).toBe(1 + 3 + 2 + 2 + 1 + 3 + 1 + 1 + 3);
    expect(rowSizeBytes({a: {SS: ['x', 'yz']}, b: {NS: ['1']}, c: {BS: ['AA==']}})).toBe(1 + 3 + 1 + 2 + 1 + 1);
  });
  test('agree with the rows or are found', () => {
    const sizeBytes = baseRows.reduce((total, one) => total + rowSizeBytes(one), 0);
    expect(auditCounters({rows: baseRows, itemCount: 3, sizeBytes}).kind).toBe('ok');
    expect(auditCounters({rows: baseRows, itemCount: 2, sizeBytes}).kind).toBe('violation');
    expect(auditCounters({rows: baseRows, itemCount: 3, sizeBytes: sizeBytes + 1}).kind).toBe('violation');
  });
});

describe('time to live', () => {
  const judge = (oldImage: ItemJson, deletedAtMs: number): string => auditExpiries({expiries: [{oldImage, deletedAtMs}], attribute: 'ttl', clockErrorMs: 100}).kind;
  test('deletes what had expired', () => {
    expect(judge(row('a', {ttl: n(10)}), 10_000)).toBe('ok');
    expect(judge(row('a', {ttl: n(10)}), 9_950)).toBe('ok');
  });
  test.each<[string, ItemJson, number]>([
    ['an item before its time', row('a', {ttl: n(11)}), 10_000],
    ['an item without a time', row('a'), 10_000],
    ['an item whose time is text', row('a', {ttl: {S: '10'}}), 10_000],
    ['an item whose time is more than five years past', row('a', {ttl: n(10)}), 6 * 365 * 86_400_000],
  ])('a deletion of %s is found', (_, oldImage, deletedAtMs) => {
    expect(judge(oldImage, deletedAtMs)).toBe('violation');
  });
});
