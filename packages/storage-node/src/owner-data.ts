import {ByteReader, ByteWriter, DecodeError, compareBytes, toGroupId, toIndexId, toTableId} from '@murmuration/base';
import type {GroupId, IndexId, TableId} from '@murmuration/base';
import type {KeySchema} from '@murmuration/model';

const OWNER_DATA_VERSION = 2;
/** Without a parent. */
const OWNER_DATA_VERSION_FIRST = 1;
const KEY_TYPES = ['S', 'N', 'B'] as const;

/** What a replica knows of its partition from its birth certificate alone: enough to serve with the control plane away. */
export interface PartitionIdentity {
  readonly table: TableId;
  readonly index: IndexId;
  readonly schema: KeySchema;
  /** Range and epoch it was made with; those of now are in its record, for splits cut it. */
  readonly from: Uint8Array;
  readonly until: Uint8Array;
  readonly epoch: number;
  /** Version of the cluster map that ordered the replica: an older map that lacks it proves nothing. 0 when a split made it. */
  readonly mapVersion: number;
  /** Of a replica that a split made: whose upper half it was. The map may hear of it later than this process. */
  readonly parent: GroupId | undefined;
}

/** @returns fresh bytes; layout: version, then the fields in order (no parent is 0), names as texts, key types as positions in S N B */
export function encodeIdentity(identity: PartitionIdentity): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(OWNER_DATA_VERSION);
  writer.varint(identity.table);
  writer.varint(identity.index);
  writer.varint(identity.epoch);
  writer.varint(identity.mapVersion);
  writer.bytes(identity.from);
  writer.bytes(identity.until);
  writer.varint(identity.parent ?? 0);
  const {hash, range} = identity.schema;
  for (const attribute of range === undefined ? [hash] : [hash, range]) {
    writer.text(attribute.name);
    writer.u8(KEY_TYPES.indexOf(attribute.type));
  }
  return writer.finish();
}

/** @throws DecodeError */
export function decodeIdentity(bytes: Uint8Array): PartitionIdentity {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== OWNER_DATA_VERSION && version !== OWNER_DATA_VERSION_FIRST) throw new DecodeError('unknown version of a partition identity');
  const table = toTableId(reader.varint());
  const index = toIndexId(reader.varint());
  const epoch = reader.varint();
  const mapVersion = reader.varint();
  const from = reader.bytes().slice();
  const until = reader.bytes().slice();
  if (compareBytes(from, until) >= 0) throw new DecodeError('a partition with an empty range');
  const parent = version === OWNER_DATA_VERSION_FIRST ? 0 : reader.varint();
  const readAttribute = (): KeySchema['hash'] => {
    const name = reader.text();
    const type = KEY_TYPES[reader.u8()];
    if (type === undefined) throw new DecodeError('unknown key type');
    return {name, type};
  };
  const hash = readAttribute();
  const range = reader.remainingBytes > 0 ? readAttribute() : undefined;
  reader.end();
  return {table, index, schema: {hash, range}, from, until, epoch, mapVersion, parent: parent === 0 ? undefined : toGroupId(parent)};
}
