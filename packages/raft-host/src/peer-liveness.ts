import type {NodeId} from '@murmuration/base';

interface PeerState {
  readonly incarnation: number;
  readonly heardMs: number;
}

/** When each process was last heard from, whatever it said and of whichever group. One entry a peer. */
export class PeerLiveness {
  readonly #peers = new Map<NodeId, PeerState>();

  /** @returns whether this is another life of the process than the one before */
  heard(node: NodeId, incarnation: number, nowMs: number): boolean {
    const known = this.#peers.get(node);
    this.#peers.set(node, {incarnation, heardMs: nowMs});
    return known !== undefined && known.incarnation !== incarnation;
  }
  /** Minus infinity when it never was. */
  heardAtMs(node: NodeId): number {
    return this.#peers.get(node)?.heardMs ?? Number.NEGATIVE_INFINITY;
  }
}
