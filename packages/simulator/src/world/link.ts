import type {NodeId} from '@murmuration/base';

/** How one direction between two nodes behaves. */
export interface LinkProfile {
  readonly delayMs: number;
  /** Typical extra delay; its tail is a hundred times as long. 0 for none. */
  readonly jitterMs: number;
  /** Of a thousand messages. On an ordered link a lost one is sent again and only comes late. */
  readonly dropPermille: number;
  readonly duplicatePermille: number;
  /** Chance that a message arrives once more, much later, even on another connection. */
  readonly replayPermille: number;
  /** Messages of one connection arrive in order, once each, as the fabric promises; otherwise each goes its own way. */
  readonly isOrdered: boolean;
  /** 0 for no bound. */
  readonly bytesPerMs: number;
  readonly queueBytesMax: number;
}

export const CALM_LINK: LinkProfile = {
  delayMs: 0.3, jitterMs: 0.1, dropPermille: 0, duplicatePermille: 0, replayPermille: 0, isOrdered: true, bytesPerMs: 0, queueBytesMax: 8 * 1024 * 1024,
};

/** Something on its way. */
export interface Cargo {
  readonly sizeBytes: number;
  /** Arrives only while the connection it was sent on lasts; posts of a lossy link may outlive it. */
  readonly deliver: () => void;
  readonly mayRepeat: boolean;
}

/** State of one direction between two nodes. */
export class Link {
  readonly from: NodeId;
  readonly to: NodeId;
  profile: LinkProfile;
  /** Cuts in force: nothing passes while there is one. */
  cutCount = 0;
  /** Rises with each cut and heal, so that late news of an old cut is known as such. */
  cutGeneration = 0;
  isClogged = false;
  clogged: Cargo[] = [];
  queuedBytes = 0;
  freeAtNs = 0;
  lastArrivalNs = 0;
  /** When something last came through. */
  deliveredAtNs = Number.NEGATIVE_INFINITY;
  constructor(from: NodeId, to: NodeId, profile: LinkProfile) {
    this.from = from;
    this.to = to;
    this.profile = profile;
  }
  get isCut(): boolean {
    return this.cutCount > 0;
  }
}
