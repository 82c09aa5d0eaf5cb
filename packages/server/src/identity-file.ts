import {utf8Decode, utf8Encode} from '@murmuration/base';
import {ServerError} from './errors.js';

/** What a data directory remembers of whom it belongs to. */
export interface DirectoryIdentity {
  readonly clusterId: string;
  readonly node: string;
  readonly incarnation: number;
}

/**
 * The identity for this start: the remembered one with its start number raised, or a first one.
 * @param stored content of the identity file, undefined when there is none
 * @throws ServerError `ForeignData` when the directory belongs to another cluster or node
 */
export function nextIdentity(stored: Uint8Array | undefined, clusterId: string, node: string, directory: string): DirectoryIdentity {
  if (stored === undefined) return {clusterId, node, incarnation: 1};
  let known: Partial<DirectoryIdentity>;
  try {
    known = JSON.parse(utf8Decode(stored)) as Partial<DirectoryIdentity>;
  } catch (cause) {
    throw new ServerError({code: 'ForeignData', directory, reason: 'its identity file cannot be read; restore it or start with an empty directory'}, {cause});
  }
  if (known.clusterId !== clusterId) {
    throw new ServerError({code: 'ForeignData', directory, reason: `it belongs to cluster "${String(known.clusterId)}", not "${clusterId}"; give its own --cluster-id or another directory`});
  }
  if (known.node !== node) {
    throw new ServerError({code: 'ForeignData', directory, reason: `it belongs to node "${String(known.node)}", not "${node}"; give its own --node-id or another directory`});
  }
  return {clusterId, node, incarnation: (known.incarnation ?? 0) + 1};
}

export function encodeIdentity(identity: DirectoryIdentity): Uint8Array {
  return utf8Encode(`${JSON.stringify(identity)}\n`);
}
