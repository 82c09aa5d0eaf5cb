import {deflate, gunzip, gzip, inflate} from 'node:zlib';
import type {InputType, ZlibOptions} from 'node:zlib';

export type ContentCoding = 'gzip' | 'deflate';

/** The most that DEFLATE can grow: 1032 bytes out of one byte in. */
export const INFLATE_RATIO_MAX = 1032;
/** Level 1 takes a quarter of the time of level 6 for about a tenth more bytes on item JSON. */
const COMPRESSION_LEVEL = 1;

/** @returns the coding a request body came in; `plain` when there is none; `unknown` when it is not one of ours */
export function readContentEncoding(value: string | undefined): ContentCoding | 'plain' | 'unknown' {
  if (value === undefined) return 'plain';
  switch (value.trim().toLowerCase()) {
    case '':
    case 'identity':
      return 'plain';
    case 'gzip':
      return 'gzip';
    case 'deflate':
      return 'deflate';
    default:
      return 'unknown';
  }
}

/** Chooses the coding of a reply from an Accept-Encoding value: gzip before deflate, `;q=0` means refused. */
export function chooseCoding(acceptEncoding: string | undefined): ContentCoding | undefined {
  if (acceptEncoding === undefined) return undefined;
  let acceptsDeflate = false;
  for (const part of acceptEncoding.toLowerCase().split(',')) {
    const [name, ...parameters] = part.split(';');
    if (parameters.some((parameter) => /^\s*q\s*=\s*0(\.0*)?\s*$/.test(parameter))) continue;
    if (name?.trim() === 'gzip') return 'gzip';
    if (name?.trim() === 'deflate') acceptsDeflate = true;
  }
  return acceptsDeflate ? 'deflate' : undefined;
}

export type Decoded =
  | {readonly kind: 'bytes'; readonly bytes: Uint8Array}
  | {readonly kind: 'too-large'}
  | {readonly kind: 'bad-encoding'};

/**
 * Removes a content coding off the event loop. Several gzip members in a row are one body; deflate is one zlib stream
 * and nothing behind it.
 * @param bytesMax of the result; what would be more is `too-large`, and no more than that is ever held
 */
export function decodeBody(coding: ContentCoding, bytes: Uint8Array, bytesMax: number, done: (decoded: Decoded) => void): void {
  // With `info`, zlib tells how much input it used, so that bytes behind the end are not passed over in silence.
  const options: ZlibOptions = {maxOutputLength: bytesMax, info: true};
  const onResult = (error: Error | null, result: unknown): void => {
    if (error !== null) {
      done({kind: Reflect.get(error, 'code') === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'bad-encoding'});
      return;
    }
    const {buffer, engine} = result as {buffer: Buffer; engine: {bytesWritten: number}};
    done(engine.bytesWritten === bytes.length ? {kind: 'bytes', bytes: buffer} : {kind: 'bad-encoding'});
  };
  const run: (input: InputType, options: ZlibOptions, callback: (error: Error | null, result: unknown) => void) => void =
    coding === 'gzip' ? gunzip : inflate;
  run(bytes, options, onResult);
}

/** Applies a content coding off the event loop. `undefined` when zlib failed: the reply then goes out plain. */
export function encodeBody(coding: ContentCoding, bytes: Uint8Array, done: (encoded: Uint8Array | undefined) => void): void {
  const run = coding === 'gzip' ? gzip : deflate;
  run(bytes, {level: COMPRESSION_LEVEL}, (error, result) => done(error === null ? result : undefined));
}
