import {ByteReader, ByteWriter, DecodeError, concatBytes, toGroupId} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import type {EffectChange} from '../effect.js';
import {partitionMetaPrefix} from '../partition-record.js';

/** Layouts in docs/formats/global-indexes.md. */
const FEED_VERSION = 1;
const ANCESTORS_VERSION = 1;
const NAME_FEED = 0x62;
const NAME_ANCESTORS = 0x61;
const META_PREFIX_SIZE_BYTES = 9;

/** How far a partition is with telling an index of the items that were there before it. */
export interface IndexFeedState {
  /** Everything was put into the outbox. */
  readonly isDone: boolean;
  /** First stored key that was not looked at yet; empty at the beginning. */
  readonly cursor: Uint8Array;
  readonly scannedCount: number;
  /** Of the effect that this state came with. */
  readonly sequence: number;
}
/** A partition that this one was cut from, and the epoch that both halves have had since. */
export interface Ancestor {
  readonly group: GroupId;
  readonly epoch: number;
}

export const FEED_NOT_BEGUN: IndexFeedState = {isDone: false, cursor: new Uint8Array(0), scannedCount: 0, sequence: 0};

/** Prefixes of the rows that `IndexFeeds` is loaded from. */
export function indexFeedPrefixes(group: GroupId): readonly Uint8Array[] {
  const prefix = partitionMetaPrefix(group);
  return [NAME_FEED, NAME_ANCESTORS].map((name) => concatBytes([prefix, Uint8Array.of(name)]));
}
export function indexFeedKey(group: GroupId, indexId: number): Uint8Array {
  return concatBytes([partitionMetaPrefix(group), Uint8Array.of(NAME_FEED, indexId >>> 8, indexId & 0xff)]);
}
function ancestorsKey(group: GroupId): Uint8Array {
  return concatBytes([partitionMetaPrefix(group), Uint8Array.of(NAME_ANCESTORS)]);
}

const writer = new ByteWriter(256);
export function encodeIndexFeed({isDone, cursor, scannedCount, sequence}: IndexFeedState): Uint8Array {
  writer.reset();
  writer.u8(FEED_VERSION);
  writer.u8(isDone ? 1 : 0);
  writer.bytes(cursor);
  writer.varint(scannedCount);
  writer.varint(sequence);
  return writer.finish();
}
/** @throws DecodeError */
export function decodeIndexFeed(bytes: Uint8Array): IndexFeedState {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== FEED_VERSION) throw new DecodeError('unknown version of the state of an index feed');
  const flag = reader.u8();
  if (flag > 1) throw new DecodeError('bad state of an index feed');
  const feed = {isDone: flag === 1, cursor: reader.bytes().slice(), scannedCount: reader.varint(), sequence: reader.varint()};
  reader.end();
  return feed;
}
export function encodeAncestors(ancestors: readonly Ancestor[]): Uint8Array {
  writer.reset();
  writer.u8(ANCESTORS_VERSION);
  writeAncestors(writer, ancestors);
  return writer.finish();
}
export function writeAncestors(out: ByteWriter, ancestors: readonly Ancestor[]): void {
  out.varint(ancestors.length);
  for (const {group, epoch} of ancestors) {
    out.varint(group);
    out.varint(epoch);
  }
}
/** @throws DecodeError */
export function readAncestors(reader: ByteReader): readonly Ancestor[] {
  const count = reader.varint();
  if (count > reader.remainingBytes) throw new DecodeError('more ancestors than bytes');
  return Array.from({length: count}, () => ({group: readGroupId(reader), epoch: reader.varint()}));
}
/** @throws DecodeError */
export function readGroupId(reader: ByteReader): GroupId {
  const group = reader.varint();
  if (group < 1) throw new DecodeError('group id below 1');
  return toGroupId(group);
}
/** @throws DecodeError */
export function decodeAncestors(bytes: Uint8Array): readonly Ancestor[] {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== ANCESTORS_VERSION) throw new DecodeError('unknown version of a list of ancestors');
  const ancestors = readAncestors(reader);
  reader.end();
  return ancestors;
}

/** What a partition of a table remembers for its global indexes: which of them are filled, and whom it was cut from. */
export class IndexFeeds {
  readonly #group: GroupId;
  readonly #feeds = new Map<number, IndexFeedState>();
  #ancestors: readonly Ancestor[] = [];
  constructor(group: GroupId) {
    this.#group = group;
  }
  /** Nearest last. */
  get ancestors(): readonly Ancestor[] {
    return this.#ancestors;
  }
  feedOf(indexId: number): IndexFeedState {
    return this.#feeds.get(indexId) ?? FEED_NOT_BEGUN;
  }
  /** Takes notice of an applied row; rows of others are passed over. @throws DecodeError */
  applied({key, value}: EffectChange): void {
    const name = key[META_PREFIX_SIZE_BYTES];
    if (value === undefined || (name !== NAME_FEED && name !== NAME_ANCESTORS)) return;
    const prefix = partitionMetaPrefix(this.#group);
    if (prefix.some((byte, i) => key[i] !== byte)) return;
    if (name === NAME_ANCESTORS) this.#ancestors = decodeAncestors(value);
    else this.#feeds.set((key[META_PREFIX_SIZE_BYTES + 1] as number) * 256 + (key[META_PREFIX_SIZE_BYTES + 2] as number), decodeIndexFeed(value));
  }
  /** Rows that the upper half of this partition begins with. A place that lies in the other half means: from the beginning, or to the end. */
  split(child: GroupId, epoch: number): readonly EffectChange[] {
    const feeds = [...this.#feeds].map(([id, feed]) => ({key: indexFeedKey(child, id), value: encodeIndexFeed(feed)}));
    return [...feeds, {key: ancestorsKey(child), value: encodeAncestors([...this.#ancestors, {group: this.#group, epoch}])}];
  }
  clear(): void {
    this.#feeds.clear();
    this.#ancestors = [];
  }
}
