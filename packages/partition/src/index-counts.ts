import {DecodeError} from '@murmuration/base';
import type {ByteReader, ByteWriter} from '@murmuration/base';

/** What a partition holds of one local index, or by how much that changes. By the index's place in its table. */
export interface IndexCount {
  readonly itemCount: number;
  readonly sizeBytes: number;
}

const NOTHING: IndexCount = {itemCount: 0, sizeBytes: 0};

/** Position by position; what is missing on one side counts as nothing. @param sign -1 takes `b` away */
export function addIndexCounts(a: readonly IndexCount[], b: readonly IndexCount[], sign: 1 | -1 = 1): readonly IndexCount[] {
  return Array.from({length: Math.max(a.length, b.length)}, (_, i) => {
    const {itemCount, sizeBytes} = b[i] ?? NOTHING;
    const before = a[i] ?? NOTHING;
    return {itemCount: before.itemCount + sign * itemCount, sizeBytes: before.sizeBytes + sign * sizeBytes};
  });
}
/** Whether no index has less than nothing. */
export function areCounts(counts: readonly IndexCount[]): boolean {
  return counts.every(({itemCount, sizeBytes}) => itemCount >= 0 && sizeBytes >= 0);
}

/** Count, then pairs, each with zigzag; see docs/formats/effect.md. */
export function writeIndexCounts(writer: ByteWriter, counts: readonly IndexCount[]): void {
  writer.varint(counts.length);
  for (const {itemCount, sizeBytes} of counts) {
    writer.varint(zigzag(itemCount));
    writer.varint(zigzag(sizeBytes));
  }
}
/** @throws DecodeError */
export function readIndexCounts(reader: ByteReader): readonly IndexCount[] {
  const length = reader.varint();
  if (length === 0 || length > reader.remainingBytes) throw new DecodeError('bad count of indexes');
  return Array.from({length}, () => ({itemCount: unzigzag(reader.varint()), sizeBytes: unzigzag(reader.varint())}));
}

/** 0, -1, 1, -2 … become 0, 1, 2, 3 …; arithmetic rather than shifts, so that it holds beyond 32 bits. */
export function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}
export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
