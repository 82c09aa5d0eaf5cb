import {DecodeError, assert} from '@murmuration/base';

/** Version of the layout in docs/formats/stored-value.md. */
export const STORED_VALUE_VERSION = 1;
export const STORED_VALUE_HEADER_SIZE_BYTES = 22;

/** What a stored value says about its item before the item itself. */
export interface StoredValueHeader {
  /** Item size by the service's rules, for capacity and pages. */
  readonly itemSizeBytes: number;
  /** Hybrid logical clock of the last write, a safe integer. */
  readonly timestampHlc: number;
  /** The partition's sequence number of the last write, a safe integer. */
  readonly sequence: number;
  /** Reserved bits, 0..255; 0 today. */
  readonly flags: number;
}

/**
 * Header and item as one stored value.
 * @param body canonical item JSON (encodeItem); copied
 * @returns fresh bytes owned by the caller
 * @see docs/formats/stored-value.md
 */
export function encodeStoredValue(header: StoredValueHeader, body: Uint8Array): Uint8Array {
  const {itemSizeBytes, timestampHlc, sequence, flags} = header;
  assert(Number.isInteger(flags) && flags >= 0 && flags <= 0xff, 'flags out of range', {flags});
  assert(Number.isInteger(itemSizeBytes) && itemSizeBytes >= 0 && itemSizeBytes <= 0xffff_ffff,
    'item size out of range', {itemSizeBytes});
  const out = new Uint8Array(STORED_VALUE_HEADER_SIZE_BYTES + body.length);
  const view = new DataView(out.buffer);
  out[0] = STORED_VALUE_VERSION;
  out[1] = flags;
  view.setUint32(2, itemSizeBytes);
  writeUint64(view, 6, timestampHlc);
  writeUint64(view, 14, sequence);
  out.set(body, STORED_VALUE_HEADER_SIZE_BYTES);
  return out;
}

/** @throws DecodeError when the version is unknown or the header is cut short */
export function readStoredHeader(bytes: Uint8Array): StoredValueHeader & {readonly bodyOffset: number} {
  checkVersion(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    flags: bytes[1] as number,
    itemSizeBytes: view.getUint32(2),
    timestampHlc: readUint64(view, 6),
    sequence: readUint64(view, 14),
    bodyOffset: STORED_VALUE_HEADER_SIZE_BYTES,
  };
}

/** The size alone: what a page needs of each row. @throws DecodeError */
export function readStoredItemSizeBytes(bytes: Uint8Array): number {
  checkVersion(bytes);
  return (bytes[2] as number) * 0x100_0000
    + (((bytes[3] as number) << 16) | ((bytes[4] as number) << 8) | (bytes[5] as number));
}

/** The canonical item JSON: a view into `bytes`, not a copy. @throws DecodeError */
export function storedBody(bytes: Uint8Array): Uint8Array {
  checkVersion(bytes);
  return bytes.subarray(STORED_VALUE_HEADER_SIZE_BYTES);
}

function checkVersion(bytes: Uint8Array): void {
  if (bytes.length < STORED_VALUE_HEADER_SIZE_BYTES) throw new DecodeError('stored value shorter than its header');
  if (bytes[0] !== STORED_VALUE_VERSION) throw new DecodeError(`unknown version of stored value: ${bytes[0] as number}`);
}

function writeUint64(view: DataView, at: number, value: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, 'must be a safe integer of at least 0', {value});
  view.setUint32(at, Math.floor(value / 0x1_0000_0000));
  view.setUint32(at + 4, value % 0x1_0000_0000);
}

function readUint64(view: DataView, at: number): number {
  const value = view.getUint32(at) * 0x1_0000_0000 + view.getUint32(at + 4);
  if (!Number.isSafeInteger(value)) throw new DecodeError('number above the safe integers');
  return value;
}
