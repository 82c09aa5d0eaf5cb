import type {EventLevel, EventSink, GroupId, NodeId} from '@murmuration/base';
import {unreachable} from '@murmuration/base';
import type {WakeCause} from './hibernation.js';

/** Everything the host tells the world about. Field units in the names. */
export type RaftHostEvent =
  | {readonly event: 'raft-host/started'; readonly groupCount: number; readonly unusableCount: number}
  | {readonly event: 'raft-host/stopped'}
  | {readonly event: 'raft-host/group-created'; readonly group: GroupId; readonly replica: number}
  | {readonly event: 'raft-host/group-removed'; readonly group: GroupId; readonly replica: number}
  | {readonly event: 'raft-host/group-unusable'; readonly group: GroupId; readonly reason: string; readonly applied: number; readonly firstIndex: number; readonly lastIndex: number}
  | {readonly event: 'raft-host/became-leader'; readonly group: GroupId; readonly replica: number; readonly term: number}
  | {readonly event: 'raft-host/lost-leadership'; readonly group: GroupId; readonly replica: number; readonly term: number; readonly failedProposals: number}
  | {readonly event: 'raft-host/configuration-changed'; readonly group: GroupId; readonly index: number; readonly membership: number; readonly voters: readonly number[]; readonly learners: readonly number[]}
  | {readonly event: 'raft-host/configuration-durable'; readonly group: GroupId; readonly membership: number}
  | {readonly event: 'raft-host/change-proposed'; readonly group: GroupId; readonly membership: number; readonly changes: readonly string[]}
  | {readonly event: 'raft-host/transfer-begun'; readonly group: GroupId; readonly to: number}
  | {readonly event: 'raft-host/log-truncated'; readonly group: GroupId; readonly through: number}
  | {readonly event: 'raft-host/snapshot-sent'; readonly group: GroupId; readonly to: number; readonly index: number; readonly sizeBytes: number; readonly chunkCount: number}
  | {readonly event: 'raft-host/snapshot-send-failed'; readonly group: GroupId; readonly to: number; readonly reason: string}
  | {readonly event: 'raft-host/snapshot-refused'; readonly group: number; readonly from: NodeId; readonly reason: string}
  | {readonly event: 'raft-host/snapshot-installed'; readonly group: GroupId; readonly index: number; readonly isRedone: boolean}
  | {readonly event: 'raft-host/envelope-refused'; readonly from: NodeId; readonly reason: string}
  | {readonly event: 'raft-host/early-campaign'; readonly group: GroupId; readonly lostLeader: number}
  | {readonly event: 'raft-host/leaderships-given-away'; readonly reason: 'late-loop' | 'slow-sync' | 'apply-stalled' | 'disk-low'; readonly groupCount: number}
  | {readonly event: 'raft-host/hibernated'; readonly group: GroupId; readonly isLeader: boolean}
  | {readonly event: `raft-host/woken-by-${WakeCause}`; readonly group: GroupId; readonly isLeader: boolean}
  | {readonly event: 'raft-host/log-poisoned'; readonly reason: string}
  | {readonly event: 'raft-host/store-failed'; readonly reason: string};

export function emitEvent(sink: EventSink, event: RaftHostEvent): void {
  const level = levelOf(event);
  if (sink.isEnabled(level)) sink.emit({...event, level});
}

function levelOf(event: RaftHostEvent): EventLevel {
  switch (event.event) {
    case 'raft-host/started':
    case 'raft-host/stopped':
    case 'raft-host/group-created':
    case 'raft-host/group-removed':
    case 'raft-host/became-leader':
    case 'raft-host/lost-leadership':
    case 'raft-host/configuration-changed':
    case 'raft-host/change-proposed':
    case 'raft-host/transfer-begun':
    case 'raft-host/snapshot-sent':
    case 'raft-host/snapshot-installed':
      return 'info';
    case 'raft-host/configuration-durable':
    case 'raft-host/log-truncated':
    case 'raft-host/early-campaign':
    case 'raft-host/hibernated':
    case 'raft-host/woken-by-request':
    case 'raft-host/woken-by-message':
    case 'raft-host/woken-by-lost-peer':
    case 'raft-host/woken-by-restarted-peer':
    case 'raft-host/woken-by-age':
      return 'debug';
    case 'raft-host/snapshot-send-failed':
    case 'raft-host/snapshot-refused':
    case 'raft-host/envelope-refused':
    case 'raft-host/leaderships-given-away':
      return 'warn';
    case 'raft-host/group-unusable':
    case 'raft-host/log-poisoned':
    case 'raft-host/store-failed':
      return 'error';
    default:
      return unreachable(event);
  }
}
