import type {NodeId} from '@murmuration/base';
import type {ControlFailure} from '@murmuration/control-client';
import type {NodeEntry} from '@murmuration/placement';
import {canonicalJson} from './canonical-json.js';

/** What became of a node, or is to become of it. */
export type NodeFate =
  /** It was taken out of the cluster; its name does not come back. */
  | {readonly kind: 'removed'}
  /** `by` gets its replicas, then it is removed. */
  | {readonly kind: 'replaced'; readonly by: NodeId};

/** Disk id of processes from before data directories had names: the first name they tell is taken. */
const UNNAMED_DISK = 'unnamed';

/** Processes of the cluster by name, and what operators ordered about them. */
export class NodeRegistry {
  readonly #nodes = new Map<NodeId, NodeEntry>();
  readonly #fates = new Map<NodeId, NodeFate>();

  load(nodes: readonly NodeEntry[], fates: readonly (readonly [NodeId, NodeFate])[]): void {
    this.#nodes.clear();
    this.#fates.clear();
    for (const node of nodes) this.#nodes.set(node.node, node);
    for (const [node, fate] of fates) this.#fates.set(node, fate);
  }
  rows(): ReadonlyMap<NodeId, NodeEntry> {
    return this.#nodes;
  }
  get(node: NodeId): NodeEntry | undefined {
    return this.#nodes.get(node);
  }
  fate(node: NodeId): NodeFate | undefined {
    return this.#fates.get(node);
  }
  fates(): ReadonlyMap<NodeId, NodeFate> {
    return this.#fates;
  }
  put(node: NodeEntry): void {
    this.#nodes.set(node.node, node);
  }
  setFate(node: NodeId, fate: NodeFate | undefined): void {
    if (fate === undefined) this.#fates.delete(node);
    else this.#fates.set(node, fate);
  }
  remove(node: NodeId): void {
    this.#nodes.delete(node);
    this.#fates.set(node, {kind: 'removed'});
  }

  /**
   * How a registration is taken: refused, as nothing new, as a change, or as a known node that lost its disk.
   * The duty of a known node is the catalog's, whatever the process says.
   */
  judge(offered: NodeEntry): {readonly kind: 'refused'; readonly failure: ControlFailure} | {readonly kind: 'same'} | {readonly kind: 'new' | 'changed' | 'disk-lost'; readonly node: NodeEntry} {
    if (this.#fates.get(offered.node)?.kind === 'removed') return refused(removedReason(offered.node));
    const known = this.#nodes.get(offered.node);
    if (known === undefined) return {kind: 'new', node: {...offered, duty: 'serving'}};
    if (known.az !== offered.az) return refused(`node ${offered.node} belongs to AZ ${known.az} and cannot join as ${offered.az}`);
    const isSameDisk = known.diskId === offered.diskId || known.diskId === UNNAMED_DISK;
    if (isSameDisk && known.incarnation > offered.incarnation) {
      return refused(`node ${offered.node} registered with start number ${offered.incarnation}, but ${known.incarnation} was seen: its data directory is older than the cluster's memory of it`);
    }
    const node = {...offered, duty: known.duty};
    if (!isSameDisk) return {kind: 'disk-lost', node};
    return canonicalJson(known) === canonicalJson(node) ? {kind: 'same'} : {kind: 'changed', node};
  }
}

/** Told to a process whose node was removed, at registration and at each heartbeat. */
export function removedReason(node: NodeId): string {
  return `node ${node} was removed from this cluster and its name does not come back: start the process under another --node-id with an empty data directory`;
}

function refused(reason: string): {readonly kind: 'refused'; readonly failure: ControlFailure} {
  return {kind: 'refused', failure: {code: 'BadRequest', reason}};
}
