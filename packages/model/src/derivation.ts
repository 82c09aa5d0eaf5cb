import {DecodeError, toIndexId, utf8Decode, utf8Encode} from '@murmuration/base';
import type {IndexId} from '@murmuration/base';
import type {KeyAttribute} from './key-schema.js';
import type {IndexProjection} from './local-index.js';

export type StreamViewType = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';
export const STREAM_VIEW_TYPES: readonly StreamViewType[] = ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'];

/** A stream of a table, from its enabling to its disabling. Enabling again makes another one. */
export interface StreamSettings {
  /** ISO time with milliseconds; with the table it names the stream. */
  readonly label: string;
  readonly viewType: StreamViewType;
}

/** A global secondary index as the partitions of its table feed it. */
export interface GlobalIndex {
  /** From GLOBAL_INDEX_ID_MIN, never used twice in a table: its entries' stored keys begin with it. */
  readonly indexId: IndexId;
  readonly name: string;
  /** One to four of each; `range` may be empty. */
  readonly hash: readonly KeyAttribute[];
  readonly range: readonly KeyAttribute[];
  readonly projection: IndexProjection;
}

/** Local indexes have the ids below. */
export const GLOBAL_INDEX_ID_MIN = 0x100;

/**
 * What the partitions of a table make of its writes beside local indexes. It can change while the table lives: the catalog
 * counts its versions, and each partition takes a new one over through its own log, so that every write of it is derived
 * from by one version on all replicas. Once all partitions tell of a version, no later write is derived from by an older one.
 */
export interface Derivation {
  /** 0 is a table that nothing is derived from. */
  readonly version: number;
  readonly stream?: StreamSettings;
  readonly globalIndexes: readonly GlobalIndex[];
  /** Items are removed some time after the second that this attribute of theirs names. */
  readonly timeToLiveAttribute?: string;
}

export const NO_DERIVATION: Derivation = {version: 0, globalIndexes: []};

const FORMAT_VERSION = 1;
const KEY_TYPES: readonly string[] = ['S', 'N', 'B'];

/** @returns fresh bytes; layout in docs/formats/partition-record.md */
export function encodeDerivation(derivation: Derivation): Uint8Array {
  return utf8Encode(JSON.stringify({format: FORMAT_VERSION, ...derivation}));
}

/** @throws DecodeError */
export function decodeDerivation(bytes: Uint8Array): Derivation {
  let json: unknown;
  try {
    json = JSON.parse(utf8Decode(bytes));
  } catch {
    throw new DecodeError('a derivation is no JSON');
  }
  const {format, ...derivation} = asObject(json);
  if (format !== FORMAT_VERSION) throw new DecodeError('unknown format of a derivation');
  return parseDerivation(derivation);
}

/** From JSON that another process wrote. @throws DecodeError */
export function parseDerivation(value: unknown): Derivation {
  const {version, stream, globalIndexes, timeToLiveAttribute} = asObject(value);
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 0) throw new DecodeError('a derivation without a version');
  if (!Array.isArray(globalIndexes)) throw new DecodeError('a derivation without its list of indexes');
  if (timeToLiveAttribute !== undefined && typeof timeToLiveAttribute !== 'string') throw new DecodeError('a time-to-live attribute without a name');
  return {
    version, globalIndexes: globalIndexes.map(parseIndex),
    ...(stream === undefined ? {} : {stream: parseStream(stream)}),
    ...(timeToLiveAttribute === undefined ? {} : {timeToLiveAttribute}),
  };
}

function parseStream(value: unknown): StreamSettings {
  const {label, viewType} = asObject(value);
  const known = STREAM_VIEW_TYPES.find((type) => type === viewType);
  if (typeof label !== 'string' || label === '' || known === undefined) throw new DecodeError('a stream without label or view type');
  return {label, viewType: known};
}
function parseIndex(value: unknown): GlobalIndex {
  const {indexId, name, hash, range, projection} = asObject(value);
  if (typeof indexId !== 'number' || !Number.isInteger(indexId) || indexId < GLOBAL_INDEX_ID_MIN || indexId > 0xffff) throw new DecodeError('id of a global index out of range');
  if (typeof name !== 'string') throw new DecodeError('a global index without a name');
  if (!Array.isArray(hash) || hash.length === 0 || !Array.isArray(range)) throw new DecodeError('a global index without keys');
  return {indexId: toIndexId(indexId), name, hash: hash.map(parseAttribute), range: range.map(parseAttribute), projection: parseProjection(projection)};
}
function parseAttribute(value: unknown): KeyAttribute {
  const {name, type} = asObject(value);
  if (typeof name !== 'string' || typeof type !== 'string' || !KEY_TYPES.includes(type)) throw new DecodeError('a key attribute without name or type');
  return {name, type: type as KeyAttribute['type']};
}
function parseProjection(value: unknown): IndexProjection {
  const {kind, attributes} = asObject(value);
  if (kind === 'ALL' || kind === 'KEYS_ONLY') return {kind};
  if (kind !== 'INCLUDE' || !Array.isArray(attributes) || !attributes.every((name): name is string => typeof name === 'string')) throw new DecodeError('unknown projection of a global index');
  return {kind, attributes};
}
function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DecodeError('an object was expected');
  return value as Readonly<Record<string, unknown>>;
}
