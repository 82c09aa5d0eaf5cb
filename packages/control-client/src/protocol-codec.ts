import {DecodeError, utf8Decode, utf8Encode} from '@murmuration/base';
import {clusterMapContentFromJson, clusterMapContentToJson, clusterMapDeltaFromJson, clusterMapDeltaToJson} from '@murmuration/placement';
import type {ControlRequest, ControlResponse} from './protocol.js';
import {checkRequestShape} from './request-shape.js';

/**
 * Control calls are rare, so they travel as JSON documents: readable in a capture, easy to extend. `v` is the
 * version of the protocol; another one is refused.
 */
const PROTOCOL_VERSION = 2;
const REQUEST_KINDS: ReadonlySet<string> = new Set<ControlRequest['kind']>([
  'register', 'join-control', 'heartbeat', 'watch', 'lease-tokens', 'create-table', 'update-table', 'tag-table', 'update-time-to-live', 'update-contributor-insights', 'change-settings', 'change-scaling', 'describe-scaling', 'delete-table', 'describe-table', 'list-tables', 'drop-all-tables', 'act', 'status',
]);
const RESPONSE_KINDS: ReadonlySet<string> = new Set<ControlResponse['kind']>(['ok', 'delta', 'table', 'tables', 'leases', 'scaling', 'status', 'plan', 'control-replica', 'failed']);

export function encodeControlRequest(request: ControlRequest): Uint8Array {
  return utf8Encode(JSON.stringify({v: PROTOCOL_VERSION, body: request}));
}

/** @throws DecodeError when the bytes are no control request of this version */
export function decodeControlRequest(bytes: Uint8Array): ControlRequest {
  const body = openEnvelope(bytes, REQUEST_KINDS);
  checkRequestShape(body);
  return body as unknown as ControlRequest;
}

export function encodeControlResponse(response: ControlResponse): Uint8Array {
  return utf8Encode(JSON.stringify({v: PROTOCOL_VERSION, body: responseToJson(response)}));
}

/** @throws DecodeError when the bytes are no control response of this version */
export function decodeControlResponse(bytes: Uint8Array): ControlResponse {
  const body = openEnvelope(bytes, RESPONSE_KINDS);
  switch (body['kind']) {
    case 'delta':
      return {kind: 'delta', delta: clusterMapDeltaFromJson(body['delta'])};
    case 'status': {
      const status = body['status'];
      if (!isRecord(status)) throw new DecodeError('status is no object');
      return {
        kind: 'status',
        status: {...(status as unknown as Extract<ControlResponse, {kind: 'status'}>['status']), map: clusterMapContentFromJson(status['map'])},
      };
    }
    default:
      return body as unknown as ControlResponse;
  }
}

function responseToJson(response: ControlResponse): unknown {
  switch (response.kind) {
    case 'delta':
      return {kind: 'delta', delta: clusterMapDeltaToJson(response.delta)};
    case 'status':
      return {kind: 'status', status: {...response.status, map: clusterMapContentToJson(response.status.map)}};
    default:
      return response;
  }
}

function openEnvelope(bytes: Uint8Array, kinds: ReadonlySet<string>): Readonly<Record<string, unknown>> {
  let envelope: unknown;
  try {
    envelope = JSON.parse(utf8Decode(bytes));
  } catch (cause) {
    throw new DecodeError('control message is no JSON', {cause});
  }
  if (!isRecord(envelope) || envelope['v'] !== PROTOCOL_VERSION) throw new DecodeError('control message of another protocol version');
  const body = envelope['body'];
  if (!isRecord(body) || typeof body['kind'] !== 'string' || !kinds.has(body['kind'])) throw new DecodeError('control message of unknown kind');
  return body;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
