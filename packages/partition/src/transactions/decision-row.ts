import {ByteReader, ByteWriter, DecodeError} from '@murmuration/base';
import {TRANSACT_ACTION_COUNT_MAX} from './transact-codec.js';

/** Layout in docs/formats/transaction-rows.md. */
const DECISION_VERSION = 1;
const KINDS = ['committed', 'fence', 'note'] as const;

/** How long a token is remembered, and at least how long a transaction that was given up. */
export const TOKEN_LIFETIME_MS = 10 * 60 * 1000;

/** What became of a transaction: `committed` under its token, `fence` under its own name; `note`, at the token's home, for which request it was used. */
export interface DecisionRow {
  readonly kind: 'committed' | 'fence' | 'note';
  readonly transaction: string;
  readonly requestHash: string;
  readonly expiresAtMs: number;
  /** Items in other partitions that the transaction held when it was decided: the row is kept until all of them are known to be free. */
  readonly participants: readonly Uint8Array[];
}

const writer = new ByteWriter(1024);

/** @returns fresh bytes owned by the caller */
export function encodeDecisionRow(row: DecisionRow): Uint8Array {
  writer.reset();
  writer.u8(DECISION_VERSION);
  writer.u8(KINDS.indexOf(row.kind));
  writer.text(row.transaction);
  writer.text(row.requestHash);
  writer.varint(Math.max(0, Math.floor(row.expiresAtMs)));
  writer.varint(row.participants.length);
  for (const key of row.participants) writer.bytes(key);
  return writer.finish();
}

/** Byte fields are views into `bytes`. @throws DecodeError */
export function decodeDecisionRow(bytes: Uint8Array): DecisionRow {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== DECISION_VERSION) throw new DecodeError('unknown version of a decision');
  const kind = KINDS[reader.u8()];
  if (kind === undefined) throw new DecodeError('unknown kind of a decision');
  const head = {kind, transaction: reader.text(), requestHash: reader.text(), expiresAtMs: reader.varint()};
  const count = reader.varint();
  if (count > TRANSACT_ACTION_COUNT_MAX || count > reader.remainingBytes) throw new DecodeError('too many participants');
  const participants: Uint8Array[] = [];
  for (let i = 0; i < count; i += 1) participants.push(reader.bytes());
  reader.end();
  return {...head, participants};
}
