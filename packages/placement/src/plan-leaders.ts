import type {GroupId, NodeId, ReplicaId} from '@murmuration/base';
import type {NodeEntry, PartitionEntry, ReplicaPlacement} from './cluster-map-types.js';
import type {ClusterView} from './cluster-view.js';

export interface PlannedLeader {
  readonly group: GroupId;
  readonly replica: ReplicaId;
}

/**
 * Whom partitions should try as leader: nobody on a node that drains or is gone, and no node two more than another that
 * could lead in its place. Each change makes counts more even, so repeating it comes to an end.
 * @param isPinned whether a partition keeps a leader that can lead, however uneven that is
 */
export function planLeaders(view: ClusterView, countMax: number, isPinned: (group: GroupId) => boolean = () => false): readonly PlannedLeader[] {
  const counts = new Map<NodeId, number>();
  for (const entry of view.partitions) {
    const node = entry.replicas.find((placement) => placement.replica === entry.preferredLeader)?.node;
    if (node !== undefined) counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  const led = (placement: ReplicaPlacement): number => counts.get(placement.node) ?? 0;
  const plans: PlannedLeader[] = [];
  for (const entry of view.partitions) {
    if (plans.length >= countMax) break;
    if (view.busy.has(entry.group)) continue;
    const able = entry.replicas.filter((placement) => canLead(view, placement));
    const present = able.find((placement) => placement.replica === entry.preferredLeader);
    const best = [...able].sort((a, b) => led(a) - led(b) || a.replica - b.replica)[0];
    if (best === undefined || best === present || (present !== undefined && (led(present) - led(best) < 2 || isPinned(entry.group)))) continue;
    plans.push({group: entry.group, replica: best.replica});
    const before = nodeOf(entry, entry.preferredLeader);
    if (before !== undefined) counts.set(before, (counts.get(before) ?? 1) - 1);
    counts.set(best.node, led(best) + 1);
  }
  return plans;
}

/** Whether a replica may be asked to lead: a full voter on a node that lives and is to stay. */
export function canLead(view: ClusterView, placement: ReplicaPlacement): boolean {
  const node: NodeEntry | undefined = view.nodes.get(placement.node);
  return placement.role === 'voter' && node !== undefined && node.state !== 'down' && node.duty === 'serving' && !view.isLost(node.node);
}

function nodeOf(entry: PartitionEntry, replica: ReplicaId): NodeId | undefined {
  return entry.replicas.find((placement) => placement.replica === replica)?.node;
}
