import type {GroupId} from '@murmuration/base';

export type RaftHostFailure =
  /** The log or the store refused to work: nothing of this host may be believed to be durable any more. */
  | {readonly code: 'StorageFailed'; readonly part: 'log' | 'store'}
  /** A record the host wrote itself can't be read back. */
  | {readonly code: 'Corrupt'; readonly group: GroupId; readonly record: string}
  /** A peer would not take a snapshot, or the tries were used up. */
  | {readonly code: 'SnapshotFailed'; readonly reason: string};

export class RaftHostError extends Error {
  override readonly name = 'RaftHostError';
  readonly failure: RaftHostFailure;
  constructor(failure: RaftHostFailure, options?: ErrorOptions) {
    super('reason' in failure ? `${failure.code}: ${failure.reason}` : failure.code, options);
    this.failure = failure;
  }
}
