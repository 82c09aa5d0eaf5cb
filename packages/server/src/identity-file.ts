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
  /**
   * What the start gate is told. It stays the same until a start was let in, over as many starts as that takes: the only thing
   * that may carry a disk past what is remembered of it is a start that was let in.
   */
  readonly claim: StartClaim;
  /** The claim was accepted by a majority: the next start makes a new one. */
  readonly isLetIn: boolean;
}

/** The number of the start that made the claim, and a chance number that tells it from the claim of an older copy of the disk. */
export interface StartClaim {
  readonly incarnation: number;
  readonly life: number;
}

/** What is remembered elsewhere of the disk that this one takes the place of. */
export interface ReplacedDisk {
  readonly incarnation: number;
}

/** Where an identity takes what must be like no other. */
export interface IdentityChance {
  readonly diskId: () => string;
  readonly life: () => number;
}

/**
 * The identity for this start: the remembered one with its start number raised, or a first one. Not let in yet: `letIn` says that.
 * @param stored content of the identity file, undefined when there is none
 * @param draw a chance text for a directory that has no name yet, and a chance number of 32 bits for a claim
 * @param isJoining it takes the place of another control process
 * @throws ServerError `ForeignData` when the directory belongs to another cluster or node
 */
export function nextIdentity(
  stored: Uint8Array | undefined, owner: {readonly clusterId: string; readonly node: string; readonly directory: string}, draw: IdentityChance, replaced?: ReplacedDisk, isJoining = false,
): DirectoryIdentity {
  const {clusterId, node, directory} = owner;
  if (replaced !== undefined || stored === undefined) {
    const incarnation = (replaced?.incarnation ?? 0) + 1;
    return {clusterId, node, incarnation, diskId: draw.diskId(), isReplacement: replaced !== undefined || isJoining, claim: {incarnation, life: draw.life()}, isLetIn: false};
  }
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
  const incarnation = (known.incarnation ?? 0) + 1;
  // Directories from before they had names, or claims, get them now.
  const claim = known.isLetIn === false && known.claim !== undefined ? known.claim : {incarnation, life: draw.life()};
  return {clusterId, node, incarnation, diskId: known.diskId ?? draw.diskId(), isReplacement: isJoining || (known.isReplacement ?? false), claim, isLetIn: false};
}

/** To be written durably after the gate accepted the claim, and before anything is done on the disk. */
export function letIn(identity: DirectoryIdentity): DirectoryIdentity {
  return {...identity, isLetIn: true};
}

/**
 * What is to be remembered of a refused disk for the one that takes its place: above every start that anyone may have seen,
 * of the disk that is remembered and of the one that was refused.
 */
export function replacementOf(known: ReplacedDisk, refused: DirectoryIdentity): ReplacedDisk {
  return {incarnation: Math.max(known.incarnation, refused.incarnation)};
}

export function encodeIdentity(identity: DirectoryIdentity): Uint8Array {
  return utf8Encode(`${JSON.stringify(identity)}\n`);
}
