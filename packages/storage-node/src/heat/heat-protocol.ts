import {DecodeError, utf8Decode, utf8Encode} from '@murmuration/base';
import type {HeatAdviceReport} from '@murmuration/control-client';
import type {KeyCause, KeyScope} from './heat-sketches.js';

/** What one process asks another about the heat of a table there. Asked by people, so it travels as JSON. */
export interface HeatQuestion {
  readonly tableId: number;
  /** Wall clock. Cells begin at multiples of `cellMs`. */
  readonly fromMs: number;
  readonly cellMs: number;
  /** Without it, no keys are told. */
  readonly keys?: {readonly cause: KeyCause; readonly scope: KeyScope; readonly countMax: number};
}
/** Start, read and write half units, refused requests. */
export type ToldCell = readonly [number, number, number, number];
export interface ToldKey {
  /** Stored key, without what follows the partition key where collections were asked for. */
  readonly hex: string;
  readonly count: number;
  readonly countError: number;
}
export interface ToldPartition {
  readonly group: number;
  readonly isLeader: boolean;
  readonly readHalfUnits: number;
  readonly writeHalfUnits: number;
  readonly throttleCount: number;
  readonly loadPermille: number;
  readonly hotSinceMs?: number;
  readonly advice?: HeatAdviceReport;
  readonly cells: readonly ToldCell[];
  /** Load of this minute by token, in equal parts of the partition's range; empty when nothing was asked of it. */
  readonly bins: readonly number[];
  readonly keys: readonly ToldKey[];
  /** What the keys are a part of, and since when they are counted. */
  readonly keyTotal?: {readonly count: number; readonly fromMs: number};
}
export interface HeatAnswer {
  readonly partitions: readonly ToldPartition[];
  /** Not all of them are told: the hottest ones are. */
  readonly isCut: boolean;
}

/** Cells of one partition that one answer may hold. */
export const HEAT_CELLS_MAX = 360;
export const HEAT_KEYS_MAX = 64;
const VERSION = 1;

export function encodeHeatQuestion(question: HeatQuestion): Uint8Array {
  return utf8Encode(JSON.stringify({v: VERSION, question}));
}
/** @throws DecodeError */
export function decodeHeatQuestion(bytes: Uint8Array): HeatQuestion {
  const {question} = open(bytes);
  const {tableId, fromMs, cellMs, keys} = asRecord(question);
  if (!isCount(tableId) || !isCount(fromMs) || !isCount(cellMs) || cellMs < 1_000) throw new DecodeError('not a question about heat');
  const asked = {tableId, fromMs, cellMs};
  if (keys === undefined) return asked;
  const {cause, scope, countMax} = asRecord(keys);
  if ((cause !== 'accessed' && cause !== 'throttled') || (scope !== 'item' && scope !== 'collection') || !isCount(countMax) || countMax > HEAT_KEYS_MAX) throw new DecodeError('not a question about keys');
  return {...asked, keys: {cause, scope, countMax}};
}
export function encodeHeatAnswer(answer: HeatAnswer): Uint8Array {
  return utf8Encode(JSON.stringify({v: VERSION, answer}));
}
/** @throws DecodeError */
export function decodeHeatAnswer(bytes: Uint8Array): HeatAnswer {
  const {answer} = open(bytes);
  if (!Array.isArray(asRecord(answer)['partitions'])) throw new DecodeError('not an answer about heat');
  return answer as unknown as HeatAnswer;
}

function open(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let envelope: unknown;
  try {
    envelope = JSON.parse(utf8Decode(bytes));
  } catch (cause) {
    throw new DecodeError('a message about heat is no JSON', {cause});
  }
  const record = asRecord(envelope);
  if (record['v'] !== VERSION) throw new DecodeError('a message about heat of another version');
  return record;
}
function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DecodeError('a part of a message about heat is no object');
  return value as Readonly<Record<string, unknown>>;
}
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
