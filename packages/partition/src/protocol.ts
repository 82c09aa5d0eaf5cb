import type {GroupId, IndexId, ReplicaId} from '@murmuration/base';
import type {BucketName, ThrottlingReason} from '@murmuration/capacity';
import type {GlobalIndexCost} from './global-indexes/global-index-deriver.js';
import type {IndexWriteRequest} from './global-indexes/index-write.js';
import type {TransactResult, TransactStep} from './transactions/transact-steps.js';
import type {StreamRecordsRequest, StreamRecordsResponse, StreamShardsRequest, StreamShardsResponse} from './streams/stream-protocol.js';

/**
 * What routers ask of partitions and what they are answered. Encoded by protocol-codec.ts when it crosses a process
 * border, handed over as it is inside one process.
 */
export type Consistency = 'strong' | 'eventual';
export type ReturnValuesMode = 'NONE' | 'ALL_OLD' | 'UPDATED_OLD' | 'ALL_NEW' | 'UPDATED_NEW';

/** Expression texts with their placeholders; the leader compiles them once per text and keeps them in a bounded cache. */
export interface ExpressionTexts {
  readonly condition: string | undefined;
  readonly update: string | undefined;
  readonly filter: string | undefined;
  readonly projection: string | undefined;
  /** JSON text of ExpressionAttributeNames, '' when absent. */
  readonly namesJson: string;
  /** JSON text of ExpressionAttributeValues (DynamoDB JSON), '' when absent. */
  readonly valuesJson: string;
}

export interface WriteCommand {
  readonly op: 'put' | 'update' | 'delete';
  readonly key: Uint8Array;
  /** put: the whole item; update: the key attributes, from which a missing item is made; delete: empty. Canonical DynamoDB JSON. */
  readonly item: Uint8Array;
  /** put only: size of the item by DynamoDB's rule. */
  readonly itemSizeBytes: number;
  readonly expressions: ExpressionTexts | undefined;
  readonly returnValues: ReturnValuesMode;
  readonly returnItemOnConditionFailure: boolean;
}

/** What a write did beside its item, on a table with local indexes. */
export interface DerivedWrite {
  /** Write cost of each local index, by its place; empty when no row was written. */
  readonly indexHalfUnits: readonly number[];
  /** Size of the item's collection after it, entries included. */
  readonly collectionSizeBytes: number;
}

export type PartitionRequest =
  | IndexWriteRequest
  /** Never answered for a part of it: its keys all lie in the partition. May be repeated. */
  | {readonly kind: 'transact'; readonly group: GroupId; readonly epoch: number; readonly step: TransactStep}
  | StreamShardsRequest
  | StreamRecordsRequest
  | {readonly kind: 'write'; readonly group: GroupId; readonly epoch: number; readonly command: WriteCommand}
  | {
      readonly kind: 'get'; readonly group: GroupId; readonly epoch: number;
      readonly consistency: Consistency; readonly keys: readonly Uint8Array[];
    }
  | {
      readonly kind: 'range'; readonly group: GroupId; readonly epoch: number; readonly consistency: Consistency;
      /** Inside the partition's range; half open. Already moved past an exclusive start key. */
      readonly from: Uint8Array; readonly until: Uint8Array; readonly isReverse: boolean;
      /** Evaluated items at most. */
      readonly itemCountMax: number;
      /** Evaluated bytes at most, by DynamoDB's page measure; the item that crosses it still belongs to the page. */
      readonly pageSizeBytesMax: number;
      readonly expressions: ExpressionTexts | undefined;
      /** Count only: no items in the answer. */
      readonly isCountOnly: boolean;
      /**
       * The rows are entries of this local index. Its keys, also that of the answer, are given with the table's own index
       * id, so that partitions are found and left in one space of keys.
       */
      readonly index?: IndexId | undefined;
      /** With an index: what it does not hold of an item is read from the item. */
      readonly isWhole?: boolean | undefined;
    };

export type PartitionResponse =
  | {readonly kind: 'transacted'; readonly result: TransactResult}
  | StreamShardsResponse
  | StreamRecordsResponse
  | {
      readonly kind: 'written';
      /** Canonical DynamoDB JSON of what ReturnValues asked for; undefined when there is nothing to return. */
      readonly attributes: Uint8Array | undefined;
      readonly oldSizeBytes: number;
      readonly newSizeBytes: number;
      readonly derived?: DerivedWrite | undefined;
      /** Of those global indexes that cost something. */
      readonly globalIndexes?: readonly GlobalIndexCost[] | undefined;
    }
  | {
      readonly kind: 'got';
      /** By position; undefined where the item is missing. Views of canonical item JSON. */
      readonly items: readonly (Uint8Array | undefined)[];
      readonly sizesBytes: readonly number[];
    }
  | {
      readonly kind: 'ranged';
      /** Item JSON after filter and projection. */
      readonly items: readonly Uint8Array[];
      readonly count: number;
      readonly scannedCount: number;
      readonly scannedSizeBytes: number;
      /** By DynamoDB's page measure: what is left of the page for the next partition. */
      readonly pageSizeBytes: number;
      /** Stored key of the last evaluated item when the page ended early; undefined when the range is exhausted. */
      readonly lastKey: Uint8Array | undefined;
      /** Blocks of 4 KB of the items that were read beside their entries, each item rounded up. */
      readonly fetchedBlockCount?: number | undefined;
    }
  | {readonly kind: 'failed'; readonly failure: PartitionFailure};

/** World's failures say what to do next; caller's failures are DynamoDB's own. All of them prove that nothing was written, but `OutcomeUnknown`. */
export type PartitionFailure =
  | {readonly code: 'NotLeader'; readonly leaderHint: ReplicaId}
  | {readonly code: 'WrongEpoch'; readonly epoch: number}
  | {readonly code: 'UnknownPartition'}
  | {readonly code: 'Overloaded'; readonly retryAfterMs: number}
  | {readonly code: 'Unavailable'; readonly reason: string}
  | {readonly code: 'OutcomeUnknown'; readonly reason: string}
  | {readonly code: 'ConditionFailed'; readonly item: Uint8Array | undefined; readonly itemSizeBytes: number}
  /** A ModelError of the evaluation: update of a missing path, wrong operand type, item too large. */
  | {readonly code: 'Rejected'; readonly error: string; readonly message: string}
  /** Over a limit of throughput. `resource`: the table's name, or its name, `/index/` and the index's. */
  | {readonly code: 'Throttled'; readonly reason: ThrottlingReason; readonly resource: string; readonly isOnDemand: boolean; readonly detail?: ThrottleDetail};

/** What "why was I throttled?" needs to know from the one who refused. */
export interface ThrottleDetail {
  readonly bucket: BucketName;
  /** What the bucket could have given, and what it was asked for. */
  readonly tokensThenHalfUnits: number;
  readonly tokensAskedHalfUnits: number;
  /** After so long the same request would have passed if nobody else had come; undefined when never. */
  readonly passesInMs: number | undefined;
}
