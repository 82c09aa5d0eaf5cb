import {ByteReader, ByteWriter} from '@murmuration/base';

/** A command of the register machine: sets a key, if what it holds is what the command expects. */
export interface RegisterCommand {
  /** Unique in the run. */
  readonly id: number;
  readonly key: number;
  /** Unique in the run; 0 is never written. */
  readonly value: number;
  /** Value the key must hold; undefined sets it whatever it holds. */
  readonly expected: number | undefined;
  readonly paddingBytes: number;
}

/** What the machine answers. `before` is 0 when the key was never set. */
export interface RegisterAnswer {
  readonly isDone: boolean;
  readonly before: number;
}

export function encodeCommand(command: RegisterCommand): Uint8Array {
  const writer = new ByteWriter(32 + command.paddingBytes);
  writer.f64(command.id);
  writer.f64(command.key);
  writer.f64(command.value);
  writer.f64(command.expected ?? -1);
  // Not zeros: those are what a disk holds where a write never came.
  writer.raw(new Uint8Array(command.paddingBytes).fill(1 + (command.id % 255)));
  return writer.finish();
}

export function decodeCommand(data: Uint8Array): RegisterCommand {
  const reader = new ByteReader(data);
  const id = reader.f64();
  const key = reader.f64();
  const value = reader.f64();
  const expected = reader.f64();
  return {id, key, value, expected: expected < 0 ? undefined : expected, paddingBytes: data.length - 32};
}
