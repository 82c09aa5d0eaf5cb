import {SeededRandom, compareBytes} from '@murmuration/base';
import {mixKey} from '../workloads/chance.js';

/**
 * A border between partitions: the first position that belongs to what lies above it. Positions are ordered by token,
 * partition key and sort key, as stored keys are; -1 stands for "before the first".
 */
export interface KeyBorder {
  readonly token: number;
  readonly key: number;
  readonly sort: number;
}
export const TOKEN_UNTIL = 0x1_0000_0000;
export const FIRST_BORDER: KeyBorder = {token: 0, key: -1, sort: -1};
export const LAST_BORDER: KeyBorder = {token: TOKEN_UNTIL, key: -1, sort: -1};

const TOKEN_SIZE_BYTES = 4;
const NUMBER_SIZE_BYTES = 8;
const KEY_SIZE_BYTES = TOKEN_SIZE_BYTES + 2 * NUMBER_SIZE_BYTES;
/** What all items of one token share: a cut between two of these leaves collections whole. */
export const COLLECTION_PREFIX_SIZE_BYTES = TOKEN_SIZE_BYTES;

/** Where a partition key lies: another place for each salt, so that seeds put keys elsewhere. */
export function tokenOfKey(keyNumber: number, salt: number): number {
  return mixKey(keyNumber, salt);
}

/** What a run's seed makes of the places of keys. */
export function placementSalt(seed: number): number {
  return new SeededRandom(seed).fork('placement').uint32();
}
/** The first key at or above `fromKey` that lies in one of `count` even partitions: for loads that are meant for one partition. */
export function keyInPartition(seed: number, partition: number, count: number, fromKey = 0): number {
  const salt = placementSalt(seed);
  const width = TOKEN_UNTIL / count;
  let key = fromKey;
  while (Math.floor(tokenOfKey(key, salt) / width) !== partition) key += 1;
  return key;
}

/** Bytes whose order is that of positions, for what judges stored keys. @returns fresh bytes */
export function keyBytes(token: number, key: number, sort: number): Uint8Array {
  const bytes = new Uint8Array(KEY_SIZE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, token);
  setNumber(view, TOKEN_SIZE_BYTES, key);
  setNumber(view, TOKEN_SIZE_BYTES + NUMBER_SIZE_BYTES, sort);
  return bytes;
}
/** A border as bytes: shorter where it stands for "before the first". @returns fresh bytes */
export function borderBytes({token, key, sort}: KeyBorder): Uint8Array {
  if (token >= TOKEN_UNTIL) return new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff]);
  const bytes = keyBytes(token, Math.max(0, key), Math.max(0, Math.floor(sort)));
  if (key < 0) return bytes.subarray(0, TOKEN_SIZE_BYTES);
  if (sort < 0) return bytes.subarray(0, TOKEN_SIZE_BYTES + NUMBER_SIZE_BYTES);
  // A half stands for "right behind this item".
  return Number.isInteger(sort) ? bytes : new Uint8Array([...bytes, 0]);
}
/** The border that advice about a cut means. */
export function borderOf(bytes: Uint8Array): KeyBorder {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const token = view.getUint32(0);
  if (bytes.length < TOKEN_SIZE_BYTES + NUMBER_SIZE_BYTES) return {token, key: -1, sort: -1};
  const key = getNumber(view, TOKEN_SIZE_BYTES);
  if (bytes.length < KEY_SIZE_BYTES) return {token, key, sort: -1};
  const sort = getNumber(view, TOKEN_SIZE_BYTES + NUMBER_SIZE_BYTES);
  return {token, key, sort: bytes.length > KEY_SIZE_BYTES ? sort + 0.5 : sort};
}
/** Whether a position lies below a border. */
export function isBelow(token: number, key: number, sort: number, border: KeyBorder): boolean {
  if (token !== border.token) return token < border.token;
  return key === border.key ? sort < border.sort : key < border.key;
}
export function isBorderInside(border: KeyBorder, from: KeyBorder, until: KeyBorder): boolean {
  const at = borderBytes(border);
  return compareBytes(borderBytes(from), at) < 0 && compareBytes(at, borderBytes(until)) < 0;
}

function setNumber(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / TOKEN_UNTIL));
  view.setUint32(at + 4, value % TOKEN_UNTIL);
}
function getNumber(view: DataView, at: number): number {
  return view.getUint32(at) * TOKEN_UNTIL + view.getUint32(at + 4);
}
