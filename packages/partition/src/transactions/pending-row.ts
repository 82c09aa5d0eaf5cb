import {ByteReader, ByteWriter, DecodeError} from '@murmuration/base';
import type {TransactionName} from './transact-steps.js';

/** Layout in docs/formats/transaction-rows.md. */
const PENDING_VERSION = 1;
const CHANGES = ['none', 'put', 'delete'] as const;

/** What a transaction will do to an item it holds, already judged: an item that is held does not change. */
export interface PendingRow {
  readonly name: TransactionName;
  /** `none`: a check, or an action that leaves its item as it is. */
  readonly change: 'none' | 'put' | 'delete';
  /** put: the new item, canonical JSON; else empty. */
  readonly item: Uint8Array;
  readonly itemSizeBytes: number;
  /** Wall time at which it was taken: for people and metrics, nothing is decided by it. */
  readonly heldFromMs: number;
}

const writer = new ByteWriter(4096);

/** @returns fresh bytes owned by the caller */
export function encodePendingRow(row: PendingRow): Uint8Array {
  writer.reset();
  writer.u8(PENDING_VERSION);
  writer.text(row.name.transaction);
  writer.text(row.name.token);
  writer.text(row.name.requestHash);
  writer.bytes(row.name.anchor);
  writer.varint(row.name.timestampHlc);
  writer.u8(CHANGES.indexOf(row.change));
  writer.varint(Math.max(0, Math.floor(row.heldFromMs)));
  writer.varint(row.itemSizeBytes);
  writer.bytes(row.item);
  return writer.finish();
}

/** Byte fields are views into `bytes`. @throws DecodeError */
export function decodePendingRow(bytes: Uint8Array): PendingRow {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== PENDING_VERSION) throw new DecodeError('unknown version of a pending row');
  const name = {transaction: reader.text(), token: reader.text(), requestHash: reader.text(), anchor: reader.bytes(), timestampHlc: reader.varint()};
  const change = CHANGES[reader.u8()];
  if (change === undefined) throw new DecodeError('unknown change of a pending row');
  const row = {name, change, heldFromMs: reader.varint(), itemSizeBytes: reader.varint(), item: reader.bytes()};
  reader.end();
  return row;
}
