import type {GroupId} from '@murmuration/base';
import type {ClusterView} from './cluster-view.js';
import {isSettled} from './cluster-view.js';

/**
 * Partitions above the size at which they are cut in two, the biggest first.
 * @param sizeBytesOf as its leader told last; undefined when nobody leads
 */
export function planSplitBySize(view: ClusterView, sizeBytesOf: (group: GroupId) => number | undefined, splitSizeBytes: number): readonly GroupId[] {
  return view.partitions
    .map((entry) => ({entry, sizeBytes: sizeBytesOf(entry.group) ?? 0}))
    .filter(({entry, sizeBytes}) => sizeBytes > splitSizeBytes && isSettled(view, entry))
    .sort((a, b) => b.sizeBytes - a.sizeBytes || a.entry.group - b.entry.group)
    .map(({entry}) => entry.group);
}
