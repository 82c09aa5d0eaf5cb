import {DecodeError, assert} from '@murmuration/base';
import type {ByteReader, ByteWriter} from '@murmuration/base';
import type {GlobalIndexCost} from '../global-indexes/global-index-deriver.js';
import type {WriteCommand} from '../protocol.js';
import type {ActionCost, ActionReason, ReadRow, ReasonCode, TransactAction, TransactResult, TransactStep, TransactionName} from './transact-steps.js';

const STEP_KINDS = ['once', 'prepare', 'decide', 'commit', 'cancel', 'resolve', 'forget', 'read', 'note'] as const;
const NOTE_PURPOSES = ['note', 'check', 'withdraw'] as const;
const RESULT_KINDS = ['accepted', 'refused', 'repeated', 'mismatch', 'in-progress', 'committed', 'cancelled', 'read', 'too-old'] as const;
const REASON_CODES: readonly ReasonCode[] = ['None', 'ConditionalCheckFailed', 'TransactionConflict', 'ValidationError', 'ItemCollectionSizeLimitExceeded'];
/** Actions of a transaction: DynamoDB's limit. */
export const TRANSACT_ACTION_COUNT_MAX = 100;
const INDEX_COUNT_MAX = 5;
const GLOBAL_INDEX_COUNT_MAX = 100;

/** Layout in docs/formats/partition-protocol.md. @param writeCommand the codec's own */
export function writeTransactStep(writer: ByteWriter, step: TransactStep, writeCommand: (command: WriteCommand) => void): void {
  assert(step.kind !== 'forget', 'a partition forgets by itself');
  writer.u8(STEP_KINDS.indexOf(step.kind));
  switch (step.kind) {
    case 'once':
    case 'prepare':
      writeName(writer, step.name);
      writer.varint(step.actions.length);
      for (const {isCheck, command} of step.actions) {
        writer.u8(isCheck ? 1 : 0);
        writeCommand(command);
      }
      if (step.kind === 'once') writer.u8(step.isTokenHere ? 1 : 0);
      break;
    case 'note':
      writeName(writer, step.name);
      writer.u8(NOTE_PURPOSES.indexOf(step.purpose));
      break;
    case 'decide':
      writeName(writer, step.name);
      writeKeys(writer, step.keys);
      writeKeys(writer, step.participants);
      break;
    case 'commit':
    case 'cancel':
      writer.text(step.transaction);
      writeKeys(writer, step.keys);
      break;
    case 'resolve':
      writeName(writer, step.name);
      break;
    case 'read':
      writer.u8(step.isVersionOnly ? 1 : 0);
      writeKeys(writer, step.keys);
      break;
  }
}

/** @throws DecodeError */
export function readTransactStep(reader: ByteReader, readCommand: () => WriteCommand): TransactStep {
  const kind = STEP_KINDS[reader.u8()];
  if (kind === undefined) throw new DecodeError('unknown step of a transaction');
  switch (kind) {
    case 'once':
    case 'prepare': {
      const name = readName(reader);
      const actions: TransactAction[] = [];
      for (let left = readCount(reader, TRANSACT_ACTION_COUNT_MAX); left > 0; left -= 1) actions.push({isCheck: readFlag(reader), command: readCommand()});
      if (actions.length === 0) throw new DecodeError('a transaction without an action');
      return kind === 'once' ? {kind, name, actions, isTokenHere: readFlag(reader)} : {kind, name, actions};
    }
    case 'note': {
      const name = readName(reader);
      const purpose = NOTE_PURPOSES[reader.u8()];
      if (purpose === undefined) throw new DecodeError('unknown purpose of a note');
      return {kind, name, purpose};
    }
    case 'decide':
      return {kind, name: readName(reader), keys: readKeys(reader), participants: readKeys(reader)};
    case 'commit':
    case 'cancel':
      return {kind, transaction: reader.text(), keys: readKeys(reader)};
    case 'resolve':
      return {kind, name: readName(reader)};
    case 'forget':
      throw new DecodeError('a partition forgets by itself');
    case 'read': {
      const isVersionOnly = readFlag(reader);
      return {kind, isVersionOnly, keys: readKeys(reader)};
    }
  }
}

export function writeTransactResult(writer: ByteWriter, result: TransactResult): void {
  writer.u8(RESULT_KINDS.indexOf(result.kind));
  switch (result.kind) {
    case 'accepted':
      writer.varint(result.costs.length);
      for (const cost of result.costs) writeCost(writer, cost);
      break;
    case 'refused':
      writer.varint(result.reasons.length);
      for (const reason of result.reasons) writeReason(writer, reason);
      break;
    case 'repeated':
      writer.text(result.transaction);
      break;
    case 'too-old':
      writer.varint(result.timestampHlc);
      break;
    case 'read':
      writer.varint(result.rows.length);
      for (const {item, sizeBytes, version, isHeld} of result.rows) {
        writeOptionalBytes(writer, item);
        writer.varint(sizeBytes);
        writer.varint(version);
        writer.u8(isHeld ? 1 : 0);
      }
      break;
    case 'mismatch':
    case 'in-progress':
    case 'committed':
    case 'cancelled':
      break;
  }
}

/** @throws DecodeError */
export function readTransactResult(reader: ByteReader): TransactResult {
  const kind = RESULT_KINDS[reader.u8()];
  if (kind === undefined) throw new DecodeError('unknown result of a transaction');
  switch (kind) {
    case 'accepted': {
      const costs: ActionCost[] = [];
      for (let left = readCount(reader, TRANSACT_ACTION_COUNT_MAX); left > 0; left -= 1) costs.push(readCost(reader));
      return {kind, costs};
    }
    case 'refused': {
      const reasons: ActionReason[] = [];
      for (let left = readCount(reader, TRANSACT_ACTION_COUNT_MAX); left > 0; left -= 1) reasons.push(readReason(reader));
      return {kind, reasons};
    }
    case 'repeated':
      return {kind, transaction: reader.text()};
    case 'too-old':
      return {kind, timestampHlc: reader.varint()};
    case 'read': {
      const rows: ReadRow[] = [];
      for (let left = readCount(reader, TRANSACT_ACTION_COUNT_MAX); left > 0; left -= 1) {
        rows.push({item: readOptionalBytes(reader), sizeBytes: reader.varint(), version: reader.varint(), isHeld: readFlag(reader)});
      }
      return {kind, rows};
    }
    case 'mismatch':
    case 'in-progress':
    case 'committed':
    case 'cancelled':
      return {kind};
  }
}

function writeName(writer: ByteWriter, name: TransactionName): void {
  writer.text(name.transaction);
  writer.text(name.token);
  writer.text(name.requestHash);
  writer.bytes(name.anchor);
  writer.varint(name.timestampHlc);
}
function readName(reader: ByteReader): TransactionName {
  return {transaction: reader.text(), token: reader.text(), requestHash: reader.text(), anchor: reader.bytes(), timestampHlc: reader.varint()};
}
function writeCost(writer: ByteWriter, cost: ActionCost): void {
  writer.varint(cost.oldSizeBytes);
  writer.varint(cost.newSizeBytes);
  writer.varint(cost.collectionSizeBytes);
  writer.varint(cost.indexHalfUnits.length);
  for (const halfUnits of cost.indexHalfUnits) writer.varint(halfUnits);
  writer.varint(cost.globalIndexes.length);
  for (const {indexId, halfUnits} of cost.globalIndexes) {
    writer.varint(indexId);
    writer.varint(halfUnits);
  }
}
function readCost(reader: ByteReader): ActionCost {
  const sizes = {oldSizeBytes: reader.varint(), newSizeBytes: reader.varint(), collectionSizeBytes: reader.varint()};
  const indexHalfUnits: number[] = [];
  for (let left = readCount(reader, INDEX_COUNT_MAX); left > 0; left -= 1) indexHalfUnits.push(reader.varint());
  const globalIndexes: GlobalIndexCost[] = [];
  for (let left = readCount(reader, GLOBAL_INDEX_COUNT_MAX); left > 0; left -= 1) globalIndexes.push({indexId: reader.varint(), halfUnits: reader.varint()});
  return {...sizes, indexHalfUnits, globalIndexes};
}
function writeReason(writer: ByteWriter, reason: ActionReason): void {
  writer.u8(REASON_CODES.indexOf(reason.code));
  writer.text(reason.message ?? '');
  writeOptionalBytes(writer, reason.item);
  writer.varint(reason.sizeBytes);
}
function readReason(reader: ByteReader): ActionReason {
  const code = REASON_CODES[reader.u8()];
  if (code === undefined) throw new DecodeError('unknown code of a reason');
  const message = reader.text();
  return {code, message: message === '' ? undefined : message, item: readOptionalBytes(reader), sizeBytes: reader.varint()};
}
function writeKeys(writer: ByteWriter, keys: readonly Uint8Array[]): void {
  writer.varint(keys.length);
  for (const key of keys) writer.bytes(key);
}
function readKeys(reader: ByteReader): readonly Uint8Array[] {
  const keys: Uint8Array[] = [];
  for (let left = readCount(reader, TRANSACT_ACTION_COUNT_MAX); left > 0; left -= 1) keys.push(reader.bytes());
  return keys;
}
function readFlag(reader: ByteReader): boolean {
  const flag = reader.u8();
  if (flag > 1) throw new DecodeError('neither yes nor no');
  return flag === 1;
}
function readCount(reader: ByteReader, countMax: number): number {
  const count = reader.varint();
  if (count > countMax || count > reader.remainingBytes) throw new DecodeError('too many parts of a transaction');
  return count;
}
/** 0 for absent, else 1 + the length, then the bytes. */
function writeOptionalBytes(writer: ByteWriter, bytes: Uint8Array | undefined): void {
  writer.varint(bytes === undefined ? 0 : bytes.length + 1);
  if (bytes !== undefined) writer.raw(bytes);
}
function readOptionalBytes(reader: ByteReader): Uint8Array | undefined {
  const length = reader.varint();
  return length === 0 ? undefined : reader.raw(length - 1);
}
