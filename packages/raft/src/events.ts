import type {EventLevel, EventRecord} from '@murmuration/base';

/** What the core tells of itself, sparsely: changes of role, and refusals someone may look for. */
export type RaftEvent =
  | {readonly event: 'raft/became-follower'; readonly level: EventLevel; readonly replica: number; readonly term: number; readonly lead: number}
  | {readonly event: 'raft/became-pre-candidate'; readonly level: EventLevel; readonly replica: number; readonly term: number}
  | {readonly event: 'raft/became-candidate'; readonly level: EventLevel; readonly replica: number; readonly term: number}
  | {readonly event: 'raft/became-leader'; readonly level: EventLevel; readonly replica: number; readonly term: number; readonly lastIndex: number}
  | {readonly event: 'raft/stepped-down-without-quorum'; readonly level: EventLevel; readonly replica: number; readonly term: number}
  | {readonly event: 'raft/campaign-refused'; readonly level: EventLevel; readonly replica: number; readonly term: number; readonly reason: string}
  | {readonly event: 'raft/vote-ignored-in-lease'; readonly level: EventLevel; readonly replica: number; readonly term: number; readonly candidate: number}
  | {readonly event: 'raft/forget-leader-refused'; readonly level: EventLevel; readonly replica: number; readonly term: number}
  | {readonly event: 'raft/conf-change-ignored'; readonly level: EventLevel; readonly replica: number; readonly term: number; readonly reason: string}
  | {readonly event: 'raft/configuration-switched'; readonly level: EventLevel; readonly replica: number; readonly voters: readonly number[];
    readonly votersOutgoing: readonly number[]; readonly learners: readonly number[]}
  | {readonly event: 'raft/snapshot-sent'; readonly level: EventLevel; readonly replica: number; readonly to: number; readonly index: number}
  | {readonly event: 'raft/snapshot-restored'; readonly level: EventLevel; readonly replica: number; readonly index: number; readonly term: number}
  | {readonly event: 'raft/snapshot-ignored'; readonly level: EventLevel; readonly replica: number; readonly index: number; readonly term: number}
  | {readonly event: 'raft/reads-dropped'; readonly level: EventLevel; readonly replica: number; readonly waiting: number};

/** Every event is an EventRecord; this line fails to compile when one is not. */
export type RaftEventRecord = RaftEvent & EventRecord;
