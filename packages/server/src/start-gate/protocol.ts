import {ByteReader, ByteWriter, DecodeError} from '@murmuration/base';

/** Which disk a process stands on, and the how manieth start on it this is. */
export interface DiskClaim {
  /** Chance name of the data directory, made when it was begun. */
  readonly diskId: string;
  /** Number of the first start since the last one that was let in, durable before anything is sent. */
  readonly incarnation: number;
  /**
   * Chance number made with it: a question that is repeated, by this life or by those after one that was not let in, is told
   * from that of another process with the same numbers.
   */
  readonly life: number;
}

export type StartRequest =
  /** `isReplacement`: the disk remembered for this node is given up, and with it every replica that was on it. */
  | {readonly kind: 'announce'; readonly claim: DiskClaim; readonly isReplacement: boolean}
  /** Asks for everything the other remembers: the asker's own memory is new. */
  | {readonly kind: 'recall'};

export type StartResponse =
  /** The claim is remembered durably: an older one is refused from now on. */
  | {readonly kind: 'accepted'}
  /** Another disk, or a later start, is remembered for this node. */
  | {readonly kind: 'refused'; readonly known: DiskClaim}
  /** No answer can be given yet; ask again. */
  | {readonly kind: 'unsure'; readonly reason: string}
  | {readonly kind: 'memory'; readonly claims: ReadonlyMap<string, DiskClaim>};

const FORMAT_VERSION = 1;
const DISK_ID_CHARS_MAX = 64;
export const CLAIMS_MAX = 10_000;

export function encodeStartRequest(request: StartRequest): Uint8Array {
  const writer = new ByteWriter(64);
  writer.u8(FORMAT_VERSION);
  if (request.kind === 'recall') {
    writer.u8(2);
    return writer.finish();
  }
  writer.u8(1);
  writer.u8(request.isReplacement ? 1 : 0);
  writeClaim(writer, request.claim);
  return writer.finish();
}

/** @throws DecodeError for anything else */
export function decodeStartRequest(bytes: Uint8Array): StartRequest {
  const reader = beginReading(bytes);
  const kind = reader.u8();
  const request: StartRequest | undefined =
    kind === 1 ? {kind: 'announce', isReplacement: readFlag(reader), claim: readClaim(reader)} : kind === 2 ? {kind: 'recall'} : undefined;
  if (request === undefined) throw new DecodeError(`unknown kind of question ${kind}`);
  endReading(reader);
  return request;
}

export function encodeStartResponse(response: StartResponse): Uint8Array {
  const writer = new ByteWriter(64);
  writer.u8(FORMAT_VERSION);
  switch (response.kind) {
    case 'accepted':
      writer.u8(1);
      break;
    case 'refused':
      writer.u8(2);
      writeClaim(writer, response.known);
      break;
    case 'unsure':
      writer.u8(3);
      writer.text(response.reason);
      break;
    case 'memory':
      writer.u8(4);
      writer.raw(encodeClaims(response.claims));
      break;
  }
  return writer.finish();
}

/** @throws DecodeError for anything else */
export function decodeStartResponse(bytes: Uint8Array): StartResponse {
  const reader = beginReading(bytes);
  const kind = reader.u8();
  switch (kind) {
    case 1:
      endReading(reader);
      return {kind: 'accepted'};
    case 2: {
      const known = readClaim(reader);
      endReading(reader);
      return {kind: 'refused', known};
    }
    case 3: {
      const reason = reader.text();
      endReading(reader);
      return {kind: 'unsure', reason};
    }
    case 4:
      return {kind: 'memory', claims: decodeClaims(bytes.subarray(2))};
    default:
      throw new DecodeError(`unknown kind of answer ${kind}`);
  }
}

/** Also the content of the file in which a control process remembers. */
export function encodeClaims(claims: ReadonlyMap<string, DiskClaim>): Uint8Array {
  const writer = new ByteWriter(256);
  writer.varint(claims.size);
  for (const [node, claim] of claims) {
    writer.text(node);
    writeClaim(writer, claim);
  }
  return writer.finish();
}
/** @throws DecodeError */
export function decodeClaims(bytes: Uint8Array): Map<string, DiskClaim> {
  const reader = new ByteReader(bytes);
  const count = reader.varint();
  if (count > CLAIMS_MAX) throw new DecodeError(`${count} claims, at most ${CLAIMS_MAX}`);
  const claims = new Map<string, DiskClaim>();
  for (let i = 0; i < count; i += 1) claims.set(reader.text(), readClaim(reader));
  endReading(reader);
  return claims;
}

function writeClaim(writer: ByteWriter, claim: DiskClaim): void {
  writer.text(claim.diskId);
  writer.varint(claim.incarnation);
  writer.u32(claim.life);
}
function readClaim(reader: ByteReader): DiskClaim {
  const diskId = reader.text();
  if (diskId.length === 0 || diskId.length > DISK_ID_CHARS_MAX) throw new DecodeError('a disk id of another length');
  return {diskId, incarnation: reader.varint(), life: reader.u32()};
}
function readFlag(reader: ByteReader): boolean {
  const flag = reader.u8();
  if (flag > 1) throw new DecodeError(`flag of value ${flag}`);
  return flag === 1;
}
function beginReading(bytes: Uint8Array): ByteReader {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== FORMAT_VERSION) throw new DecodeError(`version ${version} of the start protocol`);
  return reader;
}
function endReading(reader: ByteReader): void {
  if (reader.remainingBytes > 0) throw new DecodeError('bytes are left over');
}
