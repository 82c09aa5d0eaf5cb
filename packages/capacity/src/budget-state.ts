import {ByteReader, ByteWriter, DecodeError} from '@murmuration/base';
import type {PartitionLevels} from './partition-admission.js';
import type {ShareLevels} from './share-bucket.js';

const VERSION = 1;
/** Older than this says nothing about what is left. */
export const BUDGET_STATE_AGE_MS_MAX = 30_000;
/** Added to the age: clocks of two processes may differ by so much. */
export const CLOCK_DIFFERENCE_MS_MAX = 1_000;

/** What a leader tells those who may follow it. A few bytes, sent every second or so. */
export interface BudgetState {
  /** Wall clock, best taken from the partition's hybrid logical clock, which a new leader has seen too. */
  readonly wallMs: number;
  readonly levels: PartitionLevels;
}

/** @returns fresh bytes, at most 60 */
export function encodeBudgetState(state: BudgetState): Uint8Array {
  const writer = new ByteWriter(64);
  writer.u8(VERSION);
  writer.varint(Math.floor(state.wallMs));
  for (const levels of [state.levels.read, state.levels.write]) {
    writer.varint(levels.allocatedHalfUnits);
    writer.varint(levels.burstHalfUnits);
    writer.varint(levels.debtHalfUnits);
  }
  return writer.finish();
}

/** @throws DecodeError */
export function decodeBudgetState(bytes: Uint8Array): BudgetState {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) throw new DecodeError('unknown version of a budget state');
  const wallMs = reader.varint();
  const state = {wallMs, levels: {read: readLevels(reader), write: readLevels(reader)}};
  reader.end();
  return state;
}
function readLevels(reader: ByteReader): ShareLevels {
  return {allocatedHalfUnits: reader.varint(), burstHalfUnits: reader.varint(), debtHalfUnits: reader.varint()};
}

const NOTHING: ShareLevels = {allocatedHalfUnits: 0, burstHalfUnits: 0, debtHalfUnits: 0};

/**
 * What a new leader starts from. The old one may have gone on spending after it told its state, but never more a second
 * than the partition's ceiling: so much is taken off for each second since, and nothing is added. The allocated bucket
 * starts empty. Without a state, or with one that is too old, there is no burst either. A leader change therefore never
 * gives tokens that the old leader could have spent.
 * @param wallMs now, on the same kind of clock as the state's
 */
export function levelsOfNewLeader(
  state: BudgetState | undefined, wallMs: number, ceilings: {readonly readHalfUnits: number; readonly writeHalfUnits: number},
): PartitionLevels {
  if (state === undefined || wallMs < state.wallMs - CLOCK_DIFFERENCE_MS_MAX || wallMs - state.wallMs > BUDGET_STATE_AGE_MS_MAX) return {read: NOTHING, write: NOTHING};
  // The second in which the state was told may have been spent twice: once before it, once after.
  const ageSeconds = Math.ceil((Math.max(0, wallMs - state.wallMs) + CLOCK_DIFFERENCE_MS_MAX) / 1000) + 1;
  return {
    read: afterSpending(state.levels.read, ageSeconds * ceilings.readHalfUnits),
    write: afterSpending(state.levels.write, ageSeconds * ceilings.writeHalfUnits),
  };
}
function afterSpending({burstHalfUnits, debtHalfUnits}: ShareLevels, spentHalfUnits: number): ShareLevels {
  return {allocatedHalfUnits: 0, burstHalfUnits: debtHalfUnits > 0 ? 0 : Math.max(0, burstHalfUnits - spentHalfUnits), debtHalfUnits};
}
