import {ByteReader, ByteWriter, DecodeError, compareBytes, toGroupId, toIndexId, toTableId} from '@murmuration/base';
import type {GroupId, IndexId, TableId} from '@murmuration/base';
import type {IndexProjection, KeySchema, LocalIndex} from '@murmuration/model';

const OWNER_DATA_VERSION = 2;
/** With the local indexes of the table. */
const OWNER_DATA_VERSION_INDEXED = 3;
/** Without a parent. */
const OWNER_DATA_VERSION_FIRST = 1;
const KEY_TYPES = ['S', 'N', 'B'] as const;
const PROJECTIONS = ['ALL', 'KEYS_ONLY', 'INCLUDE'] as const;

/** What a replica knows of its partition from its birth certificate alone: enough to serve with the control plane away. */
export interface PartitionIdentity {
  readonly table: TableId;
  readonly index: IndexId;
  readonly schema: KeySchema;
  /** Local indexes of the table, in its order: fixed for its life. */
  readonly localIndexes: readonly LocalIndex[];
  /** Range and epoch it was made with; those of now are in its record, for splits cut it. */
  readonly from: Uint8Array;
  readonly until: Uint8Array;
  readonly epoch: number;
  /** Version of the cluster map that ordered the replica: an older map that lacks it proves nothing. 0 when a split made it. */
  readonly mapVersion: number;
  /** Of a replica that a split made: whose upper half it was. The map may hear of it later than this process. */
  readonly parent: GroupId | undefined;
}

/** @returns fresh bytes; layout in docs/formats/applied-record.md */
export function encodeIdentity(identity: PartitionIdentity): Uint8Array {
  const writer = new ByteWriter();
  const {localIndexes} = identity;
  writer.u8(localIndexes.length === 0 ? OWNER_DATA_VERSION : OWNER_DATA_VERSION_INDEXED);
  writer.varint(identity.table);
  writer.varint(identity.index);
  writer.varint(identity.epoch);
  writer.varint(identity.mapVersion);
  writer.bytes(identity.from);
  writer.bytes(identity.until);
  writer.varint(identity.parent ?? 0);
  const {hash, range} = identity.schema;
  for (const attribute of range === undefined ? [hash] : [hash, range]) writeAttribute(writer, attribute);
  for (const index of localIndexes) writeIndex(writer, index);
  return writer.finish();
}

/** @throws DecodeError */
export function decodeIdentity(bytes: Uint8Array): PartitionIdentity {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== OWNER_DATA_VERSION && version !== OWNER_DATA_VERSION_INDEXED && version !== OWNER_DATA_VERSION_FIRST) throw new DecodeError('unknown version of a partition identity');
  const table = toTableId(reader.varint());
  const index = toIndexId(reader.varint());
  const epoch = reader.varint();
  const mapVersion = reader.varint();
  const from = reader.bytes().slice();
  const until = reader.bytes().slice();
  if (compareBytes(from, until) >= 0) throw new DecodeError('a partition with an empty range');
  const parent = version === OWNER_DATA_VERSION_FIRST ? 0 : reader.varint();
  const hash = readAttribute(reader);
  const range = reader.remainingBytes > 0 ? readAttribute(reader) : undefined;
  const localIndexes: LocalIndex[] = [];
  while (version === OWNER_DATA_VERSION_INDEXED && reader.remainingBytes > 0) localIndexes.push(readIndex(reader));
  reader.end();
  return {table, index, schema: {hash, range}, localIndexes, from, until, epoch, mapVersion, parent: parent === 0 ? undefined : toGroupId(parent)};
}

function writeAttribute(writer: ByteWriter, {name, type}: KeySchema['hash']): void {
  writer.text(name);
  writer.u8(KEY_TYPES.indexOf(type));
}
function readAttribute(reader: ByteReader): KeySchema['hash'] {
  const name = reader.text();
  const type = KEY_TYPES[reader.u8()];
  if (type === undefined) throw new DecodeError('unknown key type');
  return {name, type};
}
function writeIndex(writer: ByteWriter, {indexId, name, sortKey, projection}: LocalIndex): void {
  writer.varint(indexId);
  writer.text(name);
  writeAttribute(writer, sortKey);
  writer.u8(PROJECTIONS.indexOf(projection.kind));
  if (projection.kind !== 'INCLUDE') return;
  writer.varint(projection.attributes.length);
  for (const attribute of projection.attributes) writer.text(attribute);
}
function readIndex(reader: ByteReader): LocalIndex {
  const indexId = toIndexId(reader.varint());
  return {indexId, name: reader.text(), sortKey: readAttribute(reader), projection: readProjection(reader)};
}
function readProjection(reader: ByteReader): IndexProjection {
  const kind = PROJECTIONS[reader.u8()];
  if (kind === undefined) throw new DecodeError('unknown projection of an index');
  if (kind !== 'INCLUDE') return {kind};
  const count = reader.varint();
  if (count > reader.remainingBytes) throw new DecodeError('more attributes than bytes');
  return {kind, attributes: Array.from({length: count}, () => reader.text())};
}
