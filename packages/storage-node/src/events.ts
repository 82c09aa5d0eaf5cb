import type {GroupId, ReplicaId, TableId} from '@murmuration/base';

export type StorageNodeEvent =
  | {readonly event: 'partition/created'; readonly level: 'info'; readonly group: GroupId; readonly table: TableId; readonly replica: ReplicaId; readonly epoch: number}
  | {readonly event: 'partition/removed'; readonly level: 'info'; readonly group: GroupId; readonly table: TableId; readonly reason: 'gone-from-map' | 'moved-away'}
  | {readonly event: 'partition/removal-failed'; readonly level: 'error'; readonly group: GroupId; readonly reason: string}
  | {readonly event: 'partition/creation-failed'; readonly level: 'warn' | 'error'; readonly group: GroupId; readonly reason: string}
  | {readonly event: 'partition/split'; readonly level: 'info'; readonly group: GroupId; readonly child: GroupId; readonly epoch: number; readonly isLeader: boolean}
  /** Load stayed high: where it is to be cut, or why it is not. */
  | {readonly event: 'partition/hot'; readonly level: 'info'; readonly group: GroupId; readonly loadPercent: number; readonly hotForMs: number; readonly advice: string}
  | {readonly event: 'partition/split-refused'; readonly level: 'warn'; readonly group: GroupId; readonly child: GroupId; readonly reason: string}
  | {readonly event: 'partition/quarantined'; readonly level: 'error'; readonly group: GroupId; readonly reason: string}
  | {readonly event: 'partition/unusable-removed'; readonly level: 'info'; readonly group: GroupId}
  /** Rows that a replica removed in an earlier life of the process had left behind. */
  | {readonly event: 'partition/leftovers-wiped'; readonly level: 'info'; readonly group: GroupId}
  | {readonly event: 'partition/leading'; readonly level: 'info'; readonly group: GroupId; readonly term: number}
  | {readonly event: 'partition/items-expired'; readonly level: 'debug'; readonly group: GroupId; readonly itemCount: number}
  /** Every item that was there before is listed by the time at which it is over. */
  | {readonly event: 'partition/expiries-listed'; readonly level: 'info'; readonly group: GroupId}
  | {readonly event: 'partition/not-leading'; readonly level: 'info'; readonly group: GroupId; readonly term: number; readonly proposalsOpen: number}
  /** A transaction whose coordinator was not heard of was carried out or given up on the items held here. */
  | {readonly event: 'partition/transaction-recovered'; readonly level: 'info'; readonly group: GroupId; readonly transaction: string; readonly outcome: 'commit' | 'cancel'; readonly itemCount: number}
  | {
      readonly event: 'partition/throttled'; readonly level: 'debug'; readonly group: GroupId; readonly reason: string; readonly bucket: string;
      readonly tokensThenHalfUnits: number; readonly tokensAskedHalfUnits: number;
      /** When the same request would have passed if nobody else had come. */
      readonly passesInMs: number;
    }
  | {readonly event: 'partition/effect-refused'; readonly level: 'warn'; readonly group: GroupId; readonly index: number; readonly sequence: number}
  | {readonly event: 'partition/read-failed'; readonly level: 'error'; readonly group: GroupId; readonly reason: string}
  | {readonly event: 'storage-node/store-read-failed'; readonly level: 'error'; readonly reason: string}
  | {readonly event: 'storage-node/request-refused'; readonly level: 'warn'; readonly from: string; readonly reason: string};
