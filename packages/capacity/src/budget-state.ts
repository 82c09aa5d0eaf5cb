import {ByteReader, ByteWriter, DecodeError} from '@murmuration/base';
import type {PartitionLevels} from './partition-admission.js';
import type {ShareLevels} from './share-bucket.js';

const VERSION = 2;
/** Burst is told in this many steps at most: ten effects drain it, and ten fill it again in its 300 seconds. */
const STEP_COUNT = 10;

/** Reads or writes, as a partition has it in its log. */
export interface AccessBudget {
  /** The leader does not take burst below this without telling a lower one first. */
  readonly floorHalfUnits: number;
  readonly debtHalfUnits: number;
}
/** What a leader leaves to those after it. */
export interface BudgetState {
  readonly read: AccessBudget;
  readonly write: AccessBudget;
}
export const NO_BUDGET: BudgetState = {read: {floorHalfUnits: 0, debtHalfUnits: 0}, write: {floorHalfUnits: 0, debtHalfUnits: 0}};

/** @returns fresh bytes, at most 33 */
export function encodeBudgetState(state: BudgetState): Uint8Array {
  const writer = new ByteWriter(40);
  writer.u8(VERSION);
  for (const {floorHalfUnits, debtHalfUnits} of [state.read, state.write]) {
    writer.varint(floorHalfUnits);
    writer.varint(debtHalfUnits);
  }
  return writer.finish();
}
/** @throws DecodeError */
export function decodeBudgetState(bytes: Uint8Array): BudgetState {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) throw new DecodeError('unknown version of a budget state');
  const state = {read: readBudget(reader), write: readBudget(reader)};
  reader.end();
  return state;
}
function readBudget(reader: ByteReader): AccessBudget {
  return {floorHalfUnits: reader.varint(), debtHalfUnits: reader.varint()};
}

/** Burst of reads and of writes: what it can hold, and how much of it may be taken before the next look. */
export interface BudgetBounds {
  readonly readSizeHalfUnits: number;
  readonly writeSizeHalfUnits: number;
  readonly readMarginHalfUnits: number;
  readonly writeMarginHalfUnits: number;
}

/**
 * What the leader has to tell now. It keeps a margin above the floor that was told last, so that the next one is in the log
 * before burst comes down to it; and tells a higher one only for a whole step. Where nothing is asked, the bucket is full
 * after some steps and nothing is told any more.
 * @param told in the log already @returns undefined when that is still good
 */
export function nextBudgetState(told: BudgetState, levels: PartitionLevels, bounds: BudgetBounds): BudgetState | undefined {
  const read = nextAccess(told.read, levels.read, bounds.readSizeHalfUnits, bounds.readMarginHalfUnits);
  const write = nextAccess(told.write, levels.write, bounds.writeSizeHalfUnits, bounds.writeMarginHalfUnits);
  return read === undefined && write === undefined ? undefined : {read: read ?? told.read, write: write ?? told.write};
}
function nextAccess(told: AccessBudget, {burstHalfUnits, debtHalfUnits}: ShareLevels, sizeHalfUnits: number, marginHalfUnits: number): AccessBudget | undefined {
  const stepHalfUnits = Math.max(Math.ceil(sizeHalfUnits / STEP_COUNT), 2 * marginHalfUnits, 1);
  const floorHalfUnits = Math.max(0, burstHalfUnits - stepHalfUnits);
  const isTooHigh = told.floorHalfUnits > 0 && burstHalfUnits < told.floorHalfUnits + marginHalfUnits;
  const isTooLow = floorHalfUnits >= told.floorHalfUnits + stepHalfUnits || (burstHalfUnits >= sizeHalfUnits && floorHalfUnits > told.floorHalfUnits);
  // A debt is told when it comes, when half of it is paid, and when it is over.
  const isOtherDebt = debtHalfUnits > told.debtHalfUnits || (told.debtHalfUnits > 0 && debtHalfUnits * 2 <= told.debtHalfUnits);
  return isTooHigh || isTooLow || isOtherDebt ? {floorHalfUnits, debtHalfUnits} : undefined;
}

/**
 * What a new leader starts from: the burst that is left for sure, however long ago it was told, and what is owed. The
 * allocated bucket starts empty. A leader change therefore gives nothing that may have been spent before it.
 */
export function levelsOfNewLeader({read, write}: BudgetState): PartitionLevels {
  return {read: levelsOf(read), write: levelsOf(write)};
}
function levelsOf({floorHalfUnits, debtHalfUnits}: AccessBudget): ShareLevels {
  return {allocatedHalfUnits: 0, burstHalfUnits: debtHalfUnits > 0 ? 0 : floorHalfUnits, debtHalfUnits};
}
