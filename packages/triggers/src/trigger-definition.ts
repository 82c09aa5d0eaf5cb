import type {DestinationTarget, FunctionTarget} from '@murmuration/base';
import {badDefinition} from './errors.js';
import {parseFilters} from './filter-pattern.js';

/** An event source mapping, with the names and ranges that Lambda has for streams of tables. */
export interface TriggerSettings {
  readonly name: string;
  readonly table: string;
  readonly target: FunctionTarget;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  /** 1..10,000 */
  readonly batchSize: number;
  /** 0..300 */
  readonly maximumBatchingWindowInSeconds: number;
  /** 1..10: batches of one shard at once, one for each key. */
  readonly parallelizationFactor: number;
  readonly bisectBatchOnFunctionError: boolean;
  /** -1..10,000; -1 goes on until the record is gone from the stream. */
  readonly maximumRetryAttempts: number;
  /** -1, or 60..604,800 */
  readonly maximumRecordAgeInSeconds: number;
  readonly reportBatchItemFailures: boolean;
  /** Up to 10 patterns; a record that none fits is passed over. Empty lets all through. */
  readonly filters: readonly string[];
  readonly onFailure: DestinationTarget | undefined;
  /** 1..900 */
  readonly timeoutSeconds: number;
  readonly enabled: boolean;
}
export interface TriggerDefinition extends TriggerSettings {
  /** The table's stream when the trigger was made: another stream is another trigger's. */
  readonly streamArn: string;
  readonly createdAtMs: number;
}

const MEMBERS: ReadonlySet<string> = new Set([
  'name', 'table', 'target', 'startingPosition', 'batchSize', 'maximumBatchingWindowInSeconds', 'parallelizationFactor', 'bisectBatchOnFunctionError', 'maximumRetryAttempts',
  'maximumRecordAgeInSeconds', 'reportBatchItemFailures', 'filters', 'onFailure', 'timeoutSeconds', 'enabled',
]);

/** Reads what somebody asks for, with defaults. @throws TriggerError `BadDefinition` */
export function parseTriggerSettings(value: unknown): TriggerSettings {
  const json = object(value, 'a trigger');
  for (const name of Object.keys(json)) if (!MEMBERS.has(name)) throw badDefinition(`a trigger has no ${name}`);
  const name = text(json, 'name');
  if (!/^[a-zA-Z0-9_.-]{1,64}$/.test(name)) throw badDefinition('name has 1 to 64 letters, digits, dots, dashes and underscores');
  const startingPosition = json['startingPosition'];
  if (startingPosition !== 'TRIM_HORIZON' && startingPosition !== 'LATEST') throw badDefinition('startingPosition is TRIM_HORIZON or LATEST');
  const ageSeconds = whole(json, 'maximumRecordAgeInSeconds', -1, -1, 604_800);
  if (ageSeconds !== -1 && ageSeconds < 60) throw badDefinition('maximumRecordAgeInSeconds is -1, or 60 to 604800');
  return {
    name, table: text(json, 'table'), startingPosition,
    target: functionTarget(json['target']),
    batchSize: whole(json, 'batchSize', 100, 1, 10_000),
    maximumBatchingWindowInSeconds: whole(json, 'maximumBatchingWindowInSeconds', 0, 0, 300),
    parallelizationFactor: whole(json, 'parallelizationFactor', 1, 1, 10),
    bisectBatchOnFunctionError: flag(json, 'bisectBatchOnFunctionError', false),
    maximumRetryAttempts: whole(json, 'maximumRetryAttempts', -1, -1, 10_000),
    maximumRecordAgeInSeconds: ageSeconds,
    reportBatchItemFailures: flag(json, 'reportBatchItemFailures', false),
    filters: filterTexts(json['filters']),
    onFailure: json['onFailure'] === undefined ? undefined : destinationTarget(json['onFailure']),
    timeoutSeconds: whole(json, 'timeoutSeconds', 60, 1, 900),
    enabled: flag(json, 'enabled', true),
  };
}
/** Reads back what was kept. @throws TriggerError */
export function parseTriggerDefinition(value: unknown): TriggerDefinition {
  const {streamArn, createdAtMs, ...settings} = object(value, 'a trigger');
  if (typeof streamArn !== 'string' || typeof createdAtMs !== 'number') throw badDefinition('a kept trigger has a stream and a time');
  return {...parseTriggerSettings(settings), streamArn, createdAtMs};
}

function functionTarget(value: unknown): FunctionTarget {
  const json = object(value, 'target');
  if (json['kind'] === 'http') return {kind: 'http', url: httpUrl(json)};
  if (json['kind'] === 'module') return {kind: 'module', path: text(json, 'path')};
  throw badDefinition('target is {"kind":"http","url":…} or {"kind":"module","path":…}');
}
function destinationTarget(value: unknown): DestinationTarget {
  const json = object(value, 'onFailure');
  if (json['kind'] === 'http') return {kind: 'http', url: httpUrl(json)};
  if (json['kind'] === 'file') return {kind: 'file', path: text(json, 'path')};
  throw badDefinition('onFailure is {"kind":"http","url":…} or {"kind":"file","path":…}');
}
function httpUrl(json: Readonly<Record<string, unknown>>): string {
  const url = text(json, 'url');
  if (!/^https?:\/\/[^\s/]+/.test(url)) throw badDefinition('url begins with http:// or https://');
  return url;
}
function filterTexts(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((pattern): pattern is string => typeof pattern === 'string')) throw badDefinition('filters is a list of texts');
  parseFilters(value);
  return value;
}
function object(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badDefinition(`${what} is an object`);
  return value as Readonly<Record<string, unknown>>;
}
function text(json: Readonly<Record<string, unknown>>, name: string): string {
  const value = json[name];
  if (typeof value !== 'string' || value === '' || value.length > 4096) throw badDefinition(`${name} is a text`);
  return value;
}
function whole(json: Readonly<Record<string, unknown>>, name: string, otherwise: number, min: number, max: number): number {
  const value = json[name] ?? otherwise;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) throw badDefinition(`${name} is a whole number from ${min} to ${max}`);
  return value;
}
function flag(json: Readonly<Record<string, unknown>>, name: string, otherwise: boolean): boolean {
  const value = json[name] ?? otherwise;
  if (typeof value !== 'boolean') throw badDefinition(`${name} is true or false`);
  return value;
}
