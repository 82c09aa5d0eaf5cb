import {ByteReader, ByteWriter, DecodeError, assert} from '@murmuration/base';

/** Layout in docs/formats/effect.md. */
const EFFECT_VERSION = 1;
const CHANGE_DELETE = 0;
const CHANGE_PUT = 1;

/** One row an effect sets, or removes when `value` is undefined. */
export interface EffectChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** What one write does, as exact bytes: replicas carry it out and never evaluate anything. */
export interface Effect {
  /** One more than the sequence of the effect it was evaluated on. Refused at apply when it is not the next one. */
  readonly sequence: number;
  /** Hybrid logical time of the write; see hlc.ts. */
  readonly timestampHlc: number;
  readonly itemCountDelta: number;
  readonly sizeBytesDelta: number;
  readonly changes: readonly EffectChange[];
}

const writer = new ByteWriter(4096);

/** @returns fresh bytes owned by the caller */
export function encodeEffect(effect: Effect): Uint8Array {
  assert(effect.changes.length > 0, 'an effect changes something');
  writer.reset();
  writer.u8(EFFECT_VERSION);
  writer.varint(effect.sequence);
  writer.varint(effect.timestampHlc);
  writer.varint(zigzag(effect.itemCountDelta));
  writer.varint(zigzag(effect.sizeBytesDelta));
  writer.varint(effect.changes.length);
  for (const {key, value} of effect.changes) {
    writer.u8(value === undefined ? CHANGE_DELETE : CHANGE_PUT);
    writer.bytes(key);
    if (value !== undefined) writer.bytes(value);
  }
  return writer.finish();
}

/** Byte fields are views into `bytes`. @throws DecodeError */
export function decodeEffect(bytes: Uint8Array): Effect {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== EFFECT_VERSION) throw new DecodeError(`unknown version of effect: ${version}`);
  const sequence = reader.varint();
  const timestampHlc = reader.varint();
  const itemCountDelta = unzigzag(reader.varint());
  const sizeBytesDelta = unzigzag(reader.varint());
  const count = reader.varint();
  if (count === 0 || count > reader.remainingBytes) throw new DecodeError('bad count of changes');
  const changes: EffectChange[] = [];
  for (let i = 0; i < count; i += 1) {
    const kind = reader.u8();
    if (kind !== CHANGE_PUT && kind !== CHANGE_DELETE) throw new DecodeError('unknown kind of change');
    changes.push({key: reader.bytes(), value: kind === CHANGE_PUT ? reader.bytes() : undefined});
  }
  reader.end();
  return {sequence, timestampHlc, itemCountDelta, sizeBytesDelta, changes};
}

/** 0, -1, 1, -2 … become 0, 1, 2, 3 …; arithmetic rather than shifts, so that it holds beyond 32 bits. */
function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}
function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
