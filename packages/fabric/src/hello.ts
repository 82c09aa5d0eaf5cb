import type {ByteReader, NodeId} from '@murmuration/base';
import {ByteWriter, DecodeError, isNodeIdText, toNodeId} from '@murmuration/base';

/** Raised when frames or their meaning change; processes of different versions do not talk. */
export const PROTOCOL_VERSION = 1;

const TEXT_BYTES_MAX = 1_024;

/** The first frame in each direction of each stream. */
export interface Hello {
  readonly protocolVersion: number;
  readonly clusterId: string;
  readonly node: NodeId;
  /** Rises with every start of the node's process, so that an old process cannot pass for a new one. */
  readonly incarnation: number;
  /** Version of the partition map the sender has. Told, never compared: a stale map is normal. */
  readonly mapEpoch: number;
  /** Of the settings that must be equal on all nodes. */
  readonly settingsFingerprint: string;
}

/** Why a peer is not talked to. */
export type RefusalReason =
  | 'protocol-version'
  | 'cluster-id'
  | 'settings'
  /** It has our own node id. */
  | 'self'
  /** At that address answers another node than the one dialled. */
  | 'wrong-node'
  /** A later process of the same node is connected. */
  | 'stale-incarnation'
  /** The owner of this network does not admit that node. */
  | 'unknown-peer'
  | 'too-many-streams';

const REFUSAL_REASONS: ReadonlySet<string> = new Set<RefusalReason>([
  'protocol-version', 'cluster-id', 'settings', 'self', 'wrong-node', 'stale-incarnation', 'unknown-peer', 'too-many-streams',
]);

export interface Refusal {
  readonly reason: RefusalReason;
  readonly detail: string;
}

/** What both ends check of each other's hello. @returns undefined when it may pass */
export function judgeHello(own: Hello, theirs: Hello): Refusal | undefined {
  if (theirs.protocolVersion !== own.protocolVersion) {
    return {reason: 'protocol-version', detail: `ours ${own.protocolVersion}, theirs ${theirs.protocolVersion}`};
  }
  if (theirs.clusterId !== own.clusterId) return {reason: 'cluster-id', detail: `ours ${own.clusterId}, theirs ${theirs.clusterId}`};
  if (theirs.node === own.node) return {reason: 'self', detail: `both are ${own.node}`};
  if (theirs.settingsFingerprint !== own.settingsFingerprint) {
    return {reason: 'settings', detail: `ours ${own.settingsFingerprint}, theirs ${theirs.settingsFingerprint}`};
  }
  return undefined;
}

export function encodeHello(hello: Hello): Uint8Array {
  const writer = new ByteWriter();
  writer.varint(hello.protocolVersion);
  writer.text(hello.clusterId);
  writer.text(hello.node);
  writer.varint(hello.incarnation);
  writer.varint(hello.mapEpoch);
  writer.text(hello.settingsFingerprint);
  return writer.finish();
}

/** @throws DecodeError when malformed. Of another protocol version only the version is read, the rest is empty. */
export function decodeHello(reader: ByteReader): Hello {
  const protocolVersion = reader.varint();
  if (protocolVersion !== PROTOCOL_VERSION) {
    return {protocolVersion, clusterId: '', node: toNodeId('other-protocol'), incarnation: 0, mapEpoch: 0, settingsFingerprint: ''};
  }
  const clusterId = shortText(reader);
  const node = shortText(reader);
  if (!isNodeIdText(node)) throw new DecodeError('node id is malformed');
  const hello = {
    protocolVersion, clusterId, node: toNodeId(node), incarnation: reader.varint(), mapEpoch: reader.varint(),
    settingsFingerprint: shortText(reader),
  };
  reader.end();
  return hello;
}

export function encodeRefusal(refusal: Refusal): Uint8Array {
  const writer = new ByteWriter();
  writer.text(refusal.reason);
  writer.text(refusal.detail.slice(0, TEXT_BYTES_MAX / 4));
  return writer.finish();
}

/** @throws DecodeError when malformed */
export function decodeRefusal(reader: ByteReader): Refusal {
  const reason = shortText(reader);
  const detail = shortText(reader);
  reader.end();
  if (!isRefusalReason(reason)) throw new DecodeError('unknown refusal');
  return {reason, detail};
}

function isRefusalReason(text: string): text is RefusalReason {
  return REFUSAL_REASONS.has(text);
}

function shortText(reader: ByteReader): string {
  const text = reader.text();
  if (text.length > TEXT_BYTES_MAX) throw new DecodeError('text too long');
  return text;
}
