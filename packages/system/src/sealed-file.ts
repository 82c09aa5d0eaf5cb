import {open, readFile, rename, rm} from 'node:fs/promises';
import {dirname} from 'node:path';
import {ByteReader, ByteWriter, concatBytes, crc32c, DecodeError} from '@murmuration/base';
import {errorCode, SystemError, toSystemError} from './errors.js';

/** `MURM` read as a little-endian number: the first bytes of each such file. */
const MAGIC = 0x4d52_554d;
const HEADER_SIZE_BYTES = 16;
/** Small files only: they are held and checked as a whole. */
const PAYLOAD_SIZE_BYTES_MAX = 64 * 1024 * 1024;

/** One small file that is read whole: 16 bytes of header (magic, version, length, checksum of the rest), then the payload. */
export interface SealedFile {
  /** Of the payload, chosen by the caller; above 0. */
  readonly version: number;
  readonly payload: Uint8Array;
}

/**
 * Replaces a file as a whole and durably: a crash leaves the old file or the new one, never a part.
 * Two writers of one path at once are the caller's mistake.
 * @throws SystemError `DiskFull` or `NotWritable`; the old file then still stands
 */
export async function writeSealedFile(path: string, file: SealedFile): Promise<void> {
  const temporary = `${path}.new`;
  try {
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(seal(file));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (cause) {
    await rm(temporary, {force: true}).catch(() => undefined);
    throw toSystemError(cause, path);
  }
}

/**
 * @param versionMax newest payload version that the caller understands
 * @returns undefined when there is no such file
 * @throws SystemError `Corrupt` when it is not what was written, `UnknownVersion`, `NotWritable` when it cannot be read
 */
export async function readSealedFile(path: string, versionMax: number): Promise<SealedFile | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw toSystemError(cause, path);
  }
  const file = unseal(path, bytes);
  if (file.version > versionMax) throw new SystemError({code: 'UnknownVersion', path, version: file.version});
  return file;
}

/** Makes renames, creations and removals in a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function seal({version, payload}: SealedFile): Uint8Array {
  const body = new ByteWriter(8);
  body.u32(version);
  body.u32(payload.length);
  const head = new ByteWriter(8);
  head.u32(MAGIC);
  head.u32(crc32c(payload, crc32c(body.view())));
  return concatBytes([head.view(), body.view(), payload]);
}

function unseal(path: string, bytes: Uint8Array): SealedFile {
  const corrupt = (reason: string, options?: ErrorOptions): SystemError => new SystemError({code: 'Corrupt', path, reason}, options);
  if (bytes.length < HEADER_SIZE_BYTES) throw corrupt(`it has ${bytes.length} bytes, less than its header`);
  if (bytes.length > HEADER_SIZE_BYTES + PAYLOAD_SIZE_BYTES_MAX) throw corrupt(`it has ${bytes.length} bytes, more than such a file can have`);
  try {
    const reader = new ByteReader(bytes);
    if (reader.u32() !== MAGIC) throw corrupt('it does not begin as such a file does');
    const checksum = reader.u32();
    const version = reader.u32();
    const lengthBytes = reader.u32();
    if (lengthBytes !== reader.remainingBytes) throw corrupt(`it should hold ${lengthBytes} bytes and holds ${reader.remainingBytes}`);
    const payload = Uint8Array.from(reader.raw(lengthBytes));
    if (crc32c(bytes.subarray(8)) !== checksum) throw corrupt('its checksum does not fit');
    return {version, payload};
  } catch (cause) {
    if (cause instanceof DecodeError) throw corrupt(cause.message, {cause});
    throw cause;
  }
}
