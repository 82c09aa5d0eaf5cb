import {RawNode} from './raw-node.js';

/** Until its next change of role, the replica campaigns after so many ticks without a leader. */
export function setRandomizedElectionTimeout(node: RawNode, ticks: number): void {
  RawNode.setRandomizedElectionTicks(node, ticks);
}
