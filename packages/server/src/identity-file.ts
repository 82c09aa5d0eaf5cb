import {utf8Decode, utf8Encode} from '@murmuration/base';
import {ServerError} from './errors.js';

/** What a data directory remembers of whom it belongs to. */
export interface DirectoryIdentity {
  readonly clusterId: string;
  readonly node: string;
  /** Raised by one at each start. */
  readonly incarnation: number;
  /** Chance name of the directory, made when it was begun. */
  readonly diskId: string;
  /**
   * The directory took the place of one that was lost: a control replica that had been there must not be made again under
   * its old id, as it may have voted. Also said of a process that takes another's place in the control plane: it never is a founder.
   */
  readonly isReplacement: boolean;
}

/** What is remembered elsewhere of the disk that this one takes the place of. */
export interface ReplacedDisk {
  readonly incarnation: number;
}

/**
 * The identity for this start: the remembered one with its start number raised, or a first one.
 * @param stored content of the identity file, undefined when there is none
 * @param drawDiskId a chance text for a directory that has no name yet
 * @param isJoining it takes the place of another control process
 * @throws ServerError `ForeignData` when the directory belongs to another cluster or node
 */
export function nextIdentity(
  stored: Uint8Array | undefined, owner: {readonly clusterId: string; readonly node: string; readonly directory: string}, drawDiskId: () => string, replaced?: ReplacedDisk, isJoining = false,
): DirectoryIdentity {
  const {clusterId, node, directory} = owner;
  if (replaced !== undefined) return {clusterId, node, incarnation: replaced.incarnation + 1, diskId: drawDiskId(), isReplacement: true};
  if (stored === undefined) return {clusterId, node, incarnation: 1, diskId: drawDiskId(), isReplacement: isJoining};
  let known: Partial<DirectoryIdentity>;
  try {
    known = JSON.parse(utf8Decode(stored)) as Partial<DirectoryIdentity>;
  } catch (cause) {
    throw new ServerError({code: 'ForeignData', directory, reason: 'its identity file cannot be read; move the directory away: the node then comes back empty and is filled by the others'}, {cause});
  }
  if (known.clusterId !== clusterId) {
    throw new ServerError({code: 'ForeignData', directory, reason: `it belongs to cluster "${String(known.clusterId)}", not "${clusterId}"; give its own --cluster-id or another directory`});
  }
  if (known.node !== node) {
    throw new ServerError({code: 'ForeignData', directory, reason: `it belongs to node "${String(known.node)}", not "${node}"; give its own --node-id or another directory`});
  }
  // Directories from before they had names get one now.
  return {clusterId, node, incarnation: (known.incarnation ?? 0) + 1, diskId: known.diskId ?? drawDiskId(), isReplacement: isJoining || (known.isReplacement ?? false)};
}

export function encodeIdentity(identity: DirectoryIdentity): Uint8Array {
  return utf8Encode(`${JSON.stringify(identity)}\n`);
}
