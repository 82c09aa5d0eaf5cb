import {assert, utf8Encode} from '@murmuration/base';
import type {AzId, NodeId} from '@murmuration/base';
import {murmur3} from './token.js';

/** Another seed than the keys' one, so that ring points and key tokens are unrelated. */
const POINT_SEED = 0x72696e67;
/** Share of one node then varies by about 1/sqrt(128) = 9 % around the mean; bounded load takes care of the rest. */
const VIRTUAL_NODE_COUNT = 128;

export interface RingNode {
  readonly node: NodeId;
  readonly az: AzId;
}

interface RingPoint {
  readonly position: number;
  readonly node: RingNode;
}

/** A consistent-hash ring of virtual nodes. Depends on the set of nodes only, not on their order. */
export class HashRing {
  readonly #points: readonly RingPoint[];
  readonly #nodeCount: number;
  constructor(nodes: readonly RingNode[], virtualNodeCount: number = VIRTUAL_NODE_COUNT) {
    assert(virtualNodeCount >= 1, 'a node needs a point on the ring', {virtualNodeCount});
    const points: RingPoint[] = [];
    for (const node of nodes) {
      for (let i = 0; i < virtualNodeCount; i += 1) points.push({position: murmur3(utf8Encode(`${node.node}#${i}`), POINT_SEED), node});
    }
    points.sort((a, b) => a.position - b.position || (a.node.node < b.node.node ? -1 : 1));
    this.#points = points;
    this.#nodeCount = new Set(nodes.map((node) => node.node)).size;
    assert(this.#nodeCount === nodes.length, 'a node is on the ring twice');
  }

  /** Every node once, in the order in which the walk from `position` meets it. */
  walk(position: number): readonly RingNode[] {
    const met = new Set<RingNode>();
    const start = this.#firstAtOrAfter(position);
    for (let i = 0; i < this.#points.length && met.size < this.#nodeCount; i += 1) {
      met.add((this.#points[(start + i) % this.#points.length] as RingPoint).node);
    }
    return [...met];
  }

  #firstAtOrAfter(position: number): number {
    let low = 0;
    let high = this.#points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#points[middle] as RingPoint).position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
