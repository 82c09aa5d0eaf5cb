import {assert} from '@murmuration/base';
import type {LogEntry, ReplicaId} from '@murmuration/base';

import {payloadSizeBytes} from './entry-size.js';
import {markIndex} from './marks.js';
import type {Progress} from './progress.js';
import type {RaftCore} from './raft-core.js';

const NO_ENTRIES: readonly LogEntry[] = [];

/** Sends an App with what the follower lacks, or an empty one that tells it the commit index. */
export function sendAppend(core: RaftCore, to: ReplicaId): void {
  const progress = core.tracker.progress(to);
  assert(progress !== undefined, 'append goes to a member', {to});
  maybeSendAppend(core, progress, true);
}

/**
 * Sends the next App, or a snapshot when the log no longer reaches back far enough.
 * @param sendIfEmpty whether an App without entries is worth sending
 * @returns whether something was sent
 */
export function maybeSendAppend(core: RaftCore, progress: Progress, sendIfEmpty: boolean): boolean {
  if (progress.isPaused) return false;
  const previous = markIndex(progress.next - 1);
  const previousTerm = core.log.term(previous);
  if (typeof previousTerm !== 'number') return maybeSendSnapshot(core, progress);

  // With a full window an App is still sent now and then, but empty. Were all of the window lost, this one's answer
  // or refusal would be the only thing to set the stream going again.
  let entries = NO_ENTRIES;
  if (progress.state !== 'StateReplicate' || !progress.inflights.isFull) {
    const read = core.log.entries(progress.next, core.options.messageSizeBytesMax);
    if (typeof read === 'string') {
      return sendIfEmpty ? maybeSendSnapshot(core, progress) : false;
    }
    entries = read;
  }
  if (entries.length === 0 && !sendIfEmpty) return false;

  const commit = core.log.committed;
  core.send({type: 'App', to: progress.id, index: previous, logTerm: previousTerm, entries, commit});
  progress.sentEntries(entries.length, payloadSizeBytes(entries));
  progress.sentCommit(commit);
  return true;
}

function maybeSendSnapshot(core: RaftCore, progress: Progress): boolean {
  // Making and sending one is dear; whoever is not heard from would not take it.
  if (!progress.isRecentlyActive) return false;
  const snapshot = core.log.snapshot();
  if (snapshot === 'unavailable') return false;
  assert(snapshot.meta.index > 0, 'a snapshot to send has an index');
  progress.becomeSnapshot(snapshot.meta.index);
  core.send({type: 'Snap', to: progress.id, snapshot});
  core.emit({event: 'raft/snapshot-sent', level: 'info', replica: core.id, to: progress.id, index: snapshot.meta.index});
  return true;
}

/** Sends to every other member what it may be sent now. */
export function broadcastAppend(core: RaftCore): void {
  for (const peer of core.tracker.peers) if (peer.id !== core.id) maybeSendAppend(core, peer, true);
}

/** Sends entries, if there are any to send, to every other member. */
export function broadcastEntries(core: RaftCore): void {
  for (const peer of core.tracker.peers) if (peer.id !== core.id) maybeSendAppend(core, peer, false);
}

/** The periodic heartbeat. It carries the newest waiting read, in case the round made for it was lost. */
export function broadcastHeartbeat(core: RaftCore): void {
  broadcastHeartbeatWith(core, core.reads.lastContext());
}

/** A heartbeat round whose answers name `context`. */
export function broadcastHeartbeatWith(core: RaftCore, context: Uint8Array | undefined): void {
  for (const peer of core.tracker.peers) {
    if (peer.id === core.id) continue;
    // The follower's log is only known to agree through `match`: a commit index above that could commit what differs.
    const commit = markIndex(Math.min(peer.match, core.log.committed));
    core.send(context === undefined
      ? {type: 'Heartbeat', to: peer.id, commit}
      : {type: 'Heartbeat', to: peer.id, commit, context});
    peer.sentCommit(commit);
  }
}

/** Commits what a quorum has acknowledged. @returns whether the commit index moved, and should be told */
export function maybeCommit(core: RaftCore): boolean {
  return core.log.maybeCommit(core.tracker.committedIndex(), core.term);
}
