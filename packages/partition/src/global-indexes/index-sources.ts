import {ByteReader, ByteWriter, DecodeError, concatBytes, toGroupId} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
import type {EffectChange} from '../effect.js';
import {keyText} from '../key-text.js';
import type {Overlay} from '../overlay.js';
import {partitionMetaPrefix} from '../partition-record.js';

/** Layout in docs/formats/global-indexes.md. */
const MARK_VERSION = 1;
const NAME_MARK = 0x6d;
const META_PREFIX_SIZE_BYTES = 9;

/** How far a partition of an index is with one partition of the table. */
export interface SourceMark {
  /** Highest sequence of the source that was carried out here. */
  readonly mark: number;
  /** Lowest epoch of the source that is still listened to. */
  readonly fence: number;
}
const NEVER_HEARD: SourceMark = {mark: 0, fence: 0};

/** Prefix of all marks of one partition of an index. */
export function sourceMarkPrefix(group: GroupId): Uint8Array {
  return concatBytes([partitionMetaPrefix(group), Uint8Array.of(NAME_MARK)]);
}
export function sourceMarkKey(group: GroupId, source: GroupId): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(source / 0x1_0000_0000));
  view.setUint32(4, source % 0x1_0000_0000);
  return concatBytes([sourceMarkPrefix(group), bytes]);
}

const writer = new ByteWriter(32);
export function encodeSourceMark({mark, fence}: SourceMark): Uint8Array {
  writer.reset();
  writer.u8(MARK_VERSION);
  writer.varint(mark);
  writer.varint(fence);
  return writer.finish();
}
/** @throws DecodeError */
export function decodeSourceMark(bytes: Uint8Array): SourceMark {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== MARK_VERSION) throw new DecodeError('unknown version of the mark of an index source');
  const mark = {mark: reader.varint(), fence: reader.varint()};
  reader.end();
  return mark;
}

/**
 * What a partition of a global index remembers of the partitions that feed it. By it a message that comes twice, late, or
 * from a leader that is none any more changes nothing. Written with the entries, in one effect.
 */
export class IndexSources {
  readonly #group: GroupId;
  readonly #marks = new Map<GroupId, SourceMark>();
  constructor(group: GroupId) {
    this.#group = group;
  }
  /** The newest mark, proposals included. @throws DecodeError */
  latest(source: GroupId, overlay: Overlay): SourceMark {
    const proposed = overlay.latest(keyText(sourceMarkKey(this.#group, source)));
    if (proposed?.bytes !== undefined) return decodeSourceMark(proposed.bytes);
    return this.#marks.get(source) ?? NEVER_HEARD;
  }
  /** Takes notice of an applied row; rows of others are passed over. @throws DecodeError */
  applied({key, value}: EffectChange): void {
    const source = this.#sourceOf(key);
    if (source !== undefined && value !== undefined) this.#marks.set(source, decodeSourceMark(value));
  }
  /** Rows that the upper half of this partition begins with: it holds all that this one did up to here. */
  split(child: GroupId): readonly EffectChange[] {
    return [...this.#marks].map(([source, mark]) => ({key: sourceMarkKey(child, source), value: encodeSourceMark(mark)}));
  }
  clear(): void {
    this.#marks.clear();
  }
  #sourceOf(key: Uint8Array): GroupId | undefined {
    if (key.length !== META_PREFIX_SIZE_BYTES + 9 || key[META_PREFIX_SIZE_BYTES] !== NAME_MARK) return undefined;
    const prefix = partitionMetaPrefix(this.#group);
    if (prefix.some((byte, i) => key[i] !== byte)) return undefined;
    const view = new DataView(key.buffer, key.byteOffset + META_PREFIX_SIZE_BYTES + 1, 8);
    return toGroupId(view.getUint32(0) * 0x1_0000_0000 + view.getUint32(4));
  }
}
