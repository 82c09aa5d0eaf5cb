import type {LogIndex, ReplicaId, Term} from '@murmuration/base';

import type {ProgressState} from './progress.js';
import type {ConfState, StateType} from './types.js';

/** What a leader knows of one member, as of now. */
export interface ProgressStatus {
  readonly id: ReplicaId;
  readonly state: ProgressState;
  readonly match: LogIndex;
  readonly next: LogIndex;
  readonly isLearner: boolean;
  readonly isPaused: boolean;
  readonly isRecentlyActive: boolean;
  /** 0 when no snapshot is on its way. */
  readonly pendingSnapshot: LogIndex;
  readonly inflightCount: number;
  readonly isInflightFull: boolean;
}

/** A picture of a replica for metrics, tests and the host's decisions. */
export interface RaftStatus {
  readonly id: ReplicaId;
  readonly term: Term;
  readonly vote: ReplicaId;
  readonly lead: ReplicaId;
  readonly state: StateType;
  readonly commit: LogIndex;
  readonly applied: LogIndex;
  readonly lastIndex: LogIndex;
  readonly leadTransferee: ReplicaId;
  /** A change of membership may be in the log and not applied: another one would be turned away. */
  readonly hasPendingConfChange: boolean;
  readonly confState: ConfState;
  /** Empty unless this replica leads. */
  readonly progress: readonly ProgressStatus[];
}
