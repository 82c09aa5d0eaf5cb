import {utf8Encode} from '@murmuration/base';
import {itemText, numberText} from './attribute-value.js';
import type {AttributeJson, ItemJson} from './attribute-value.js';

/** What an audit found. Zero rows checked means that nothing was proven. */
export interface AuditVerdict {
  readonly kind: 'ok' | 'violation';
  readonly checkedCount: number;
  readonly violations: readonly string[];
}
/** More would not be read. */
const VIOLATIONS_MAX = 20;
function verdictOf(checkedCount: number, violations: readonly string[]): AuditVerdict {
  return {kind: violations.length === 0 ? 'ok' : 'violation', checkedCount, violations: violations.slice(0, VIOLATIONS_MAX)};
}
function pick(row: ItemJson, names: readonly string[]): ItemJson {
  return Object.fromEntries(names.flatMap((name) => { const value = row[name]; return value === undefined ? [] : [[name, value] as const]; }));
}

export type IndexProjection = {readonly kind: 'all'} | {readonly kind: 'keys-only'} | {readonly kind: 'include'; readonly attributes: readonly string[]};
export interface IndexAudit {
  readonly baseRows: readonly ItemJson[];
  readonly indexRows: readonly ItemJson[];
  readonly baseKey: readonly string[];
  readonly indexKey: readonly string[];
  readonly projection: IndexProjection;
}
/**
 * An index holds, for each row of the table that has all attributes of the index key, that row's projection, and nothing else.
 * For a local index both listings have to show one moment, for a global one they are taken after quiet.
 */
export function auditIndex({baseRows, indexRows, baseKey, indexKey, projection}: IndexAudit): AuditVerdict {
  const expected = new Map<string, ItemJson>();
  for (const row of baseRows) {
    if (!indexKey.every((name) => row[name] !== undefined)) continue;
    const names = projection.kind === 'all' ? Object.keys(row) : [...new Set([...baseKey, ...indexKey, ...(projection.kind === 'include' ? projection.attributes : [])])];
    expected.set(itemText(pick(row, baseKey)), pick(row, names));
  }
  const violations: string[] = [];
  const seen = new Set<string>();
  for (const row of indexRows) {
    const key = itemText(pick(row, baseKey));
    if (seen.has(key)) violations.push(`the index shows ${key} twice`);
    seen.add(key);
    const wanted = expected.get(key);
    if (wanted === undefined) violations.push(`the index shows ${itemText(row)}, which the table does not have or the index should leave out`);
    else if (itemText(wanted) !== itemText(row)) violations.push(`the index shows ${itemText(row)} where the table gives ${itemText(wanted)}`);
  }
  for (const [key, wanted] of expected) if (!seen.has(key)) violations.push(`the index misses ${itemText(wanted)}`);
  return verdictOf(baseRows.length + indexRows.length, violations);
}

function numberSizeBytes(number: string): number {
  const plain = numberText(number);
  const [whole = '', fraction = ''] = plain.replace('-', '').split('.');
  // Digits stand in pairs on both sides of the point; pairs of zeros at either end cost nothing.
  const digits = (whole.length % 2 === 0 ? whole : `0${whole}`) + (fraction.length % 2 === 0 ? fraction : `${fraction}0`);
  let pairs: readonly string[] = digits.match(/../g) ?? [];
  while (pairs[0] === '00') pairs = pairs.slice(1);
  while (pairs.at(-1) === '00') pairs = pairs.slice(0, -1);
  return 1 + pairs.length + (plain.startsWith('-') ? 1 : 0);
}
function base64SizeBytes(text: string): number {
  return (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
}
function sum<T>(values: readonly T[], sizeOf: (value: T) => number): number {
  return values.reduce((total, value) => total + sizeOf(value), 0);
}
function valueSizeBytes(value: AttributeJson): number {
  if ('S' in value) return utf8Encode(value.S).length;
  if ('N' in value) return numberSizeBytes(value.N);
  if ('B' in value) return base64SizeBytes(value.B);
  if ('L' in value) return 3 + sum(value.L, (element) => 1 + valueSizeBytes(element));
  if ('M' in value) return 3 + Object.keys(value.M).length + rowSizeBytes(value.M);
  if ('SS' in value) return sum(value.SS, (member) => utf8Encode(member).length);
  if ('NS' in value) return sum(value.NS, numberSizeBytes);
  if ('BS' in value) return sum(value.BS, base64SizeBytes);
  return 1;
}
/** Size of an item by DynamoDB's rules: names and values, in bytes. */
export function rowSizeBytes(row: ItemJson): number {
  return sum(Object.entries(row), ([name, value]) => utf8Encode(name).length + valueSizeBytes(value));
}

export interface CounterAudit {
  readonly rows: readonly ItemJson[];
  readonly itemCount: number;
  readonly sizeBytes: number;
}
/** The kept counters of a partition, a table or an index agree with its rows. */
export function auditCounters({rows, itemCount, sizeBytes}: CounterAudit): AuditVerdict {
  const violations: string[] = [];
  const rowsBytes = sum(rows, rowSizeBytes);
  if (itemCount !== rows.length) violations.push(`the item count says ${itemCount}, there are ${rows.length} rows`);
  if (sizeBytes !== rowsBytes) violations.push(`the size says ${sizeBytes} bytes, the rows have ${rowsBytes}`);
  return verdictOf(rows.length, violations);
}

/** A deletion by time to live, as its stream record shows it. */
export interface Expiry {
  readonly oldImage: ItemJson;
  /** Wall time at which it was deleted. */
  readonly deletedAtMs: number;
}
export interface ExpiryAudit {
  readonly expiries: readonly Expiry[];
  readonly attribute: string;
  /** How far a node's wall clock may be ahead. */
  readonly clockErrorMs: number;
}
/** Dates older than this are taken for mistakes and never act. */
const EXPIRY_AGE_MAX_MS = 5 * 365 * 86_400_000;
/**
 * Time to live deletes only what had expired in the very state that was deleted. That this state was the latest one is part of
 * `auditStream`: its old image has to follow the record before.
 */
export function auditExpiries({expiries, attribute, clockErrorMs}: ExpiryAudit): AuditVerdict {
  const violations: string[] = [];
  for (const {oldImage, deletedAtMs} of expiries) {
    const value = oldImage[attribute];
    const expiryMs = value !== undefined && 'N' in value ? Number(value.N) * 1_000 : NaN;
    const text = itemText(oldImage);
    if (Number.isNaN(expiryMs)) violations.push(`${text} was deleted by time to live, and has no time in ${attribute}`);
    else if (expiryMs > deletedAtMs + clockErrorMs) violations.push(`${text} was deleted by time to live at ${deletedAtMs}, before it expired`);
    else if (expiryMs < deletedAtMs - clockErrorMs - EXPIRY_AGE_MAX_MS) violations.push(`${text} was deleted by time to live, though its time is more than five years past`);
  }
  return verdictOf(expiries.length, violations);
}
