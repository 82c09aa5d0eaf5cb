import {ByteWriter, crc32c} from '@murmuration/base';
import type {TransactAction} from '@murmuration/partition';
import {tokenOf} from '@murmuration/placement';

/**
 * Tells a repeated request from another one that has the same client token: two independent hashes and the length of all
 * that the request asks for. Not a protection against somebody who wants to be mistaken.
 */
export function requestHashOf(actions: readonly TransactAction[]): string {
  const writer = new ByteWriter(4096);
  for (const {isCheck, command} of actions) {
    writer.text(isCheck ? 'check' : command.op);
    writer.bytes(command.key);
    writer.bytes(command.item);
    writer.u8(command.returnItemOnConditionFailure ? 1 : 0);
    const {condition, update, namesJson, valuesJson} = command.expressions ?? {condition: undefined, update: undefined, namesJson: '', valuesJson: ''};
    for (const text of [condition, update]) {
      writer.u8(text === undefined ? 0 : 1);
      writer.text(text ?? '');
    }
    writer.text(namesJson);
    writer.text(valuesJson);
  }
  const bytes = writer.view();
  return `${hex(tokenOf(bytes))}${hex(crc32c(bytes))}${bytes.length.toString(16)}`;
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
