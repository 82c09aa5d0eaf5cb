/**
 * A workload as data: what a table looks like, and who asks it for what when. JSON in, JSON out, with a version; equal
 * specs give equal requests at equal instants, in virtual time as against a live endpoint.
 *
 * Keys are whole numbers and their text follows from the number (`partitionKeyText`), so that millions of them need no table.
 */
export interface WorkloadSpec {
  readonly format: typeof WORKLOAD_FORMAT;
  readonly name: string;
  /** One sentence for the head of the report. */
  readonly title: string;
  readonly seed: number;
  /** Seconds at the beginning that count in no summary. */
  readonly warmUpSeconds: number;
  readonly table: WorkloadTable;
  /** Sources of requests; all of them run side by side. At most `STREAMS_MAX`. */
  readonly streams: readonly WorkloadStream[];
  /** Changes of the table while the load runs, by second. */
  readonly changes: readonly TableChange[];
}

export const WORKLOAD_FORMAT = 1;
export const STREAMS_MAX = 32;
export const KEY_COUNT_MAX = 1_000_000_000;

export interface WorkloadTable {
  readonly name: string;
  /** Every key attribute is text: `pk`, `sk`, and for indexes `<name>_pk`. */
  readonly hasSortKey: boolean;
  readonly localIndexes: readonly WorkloadLocalIndex[];
  readonly globalIndexes: readonly WorkloadGlobalIndex[];
  readonly billing: WorkloadBilling;
  /** How many partitions a virtual table begins with; 0 leaves it to the throughput. A live table is made as the service makes it. */
  readonly partitionCount: number;
}
export interface WorkloadLocalIndex {
  readonly name: string;
  readonly projection: WorkloadProjection;
}
export interface WorkloadGlobalIndex {
  readonly name: string;
  readonly projection: WorkloadProjection;
  /** Undefined in on-demand mode. */
  readonly throughput?: UnitsPerSecond;
}
export type WorkloadProjection = 'ALL' | 'KEYS_ONLY';
export interface UnitsPerSecond {
  readonly readUnits: number;
  readonly writeUnits: number;
}
export type WorkloadBilling =
  | {readonly mode: 'provisioned'; readonly readUnits: number; readonly writeUnits: number; readonly autoScaling?: WorkloadAutoScaling}
  | {
    readonly mode: 'on-demand';
    /** Maximum on-demand throughput; undefined is none. */
    readonly maximum?: UnitsPerSecond;
    /** Undefined is what a new table can do. */
    readonly warm?: UnitsPerSecond;
  };
export interface WorkloadAutoScaling {
  readonly targetPercent: number;
  readonly minimum: UnitsPerSecond;
  readonly maximum: UnitsPerSecond;
}

export interface WorkloadStream {
  readonly name: string;
  /** Where in time it begins. */
  readonly startSecond: number;
  /** One after the other; a rate of 0 is a pause. */
  readonly phases: readonly LoadPhase[];
  /** `poisson`: independent arrivals. `even`: equal spacing. */
  readonly spacing: 'poisson' | 'even';
  readonly keys: KeyChoice;
  /** Weighted; at least one. Ignored by a replay, whose rows name their operation. */
  readonly operations: readonly WeightedOperation[];
  readonly itemSize: ItemSize;
}

/** Requests a second: constant, or changing evenly from one rate to another. */
export interface LoadPhase {
  readonly seconds: number;
  readonly fromRequestsPerSecond: number;
  readonly toRequestsPerSecond: number;
}

/** Which partition key, sort key and index key a request names. `firstKey` sets the keys of streams apart (or not). */
export type KeyChoice =
  | {readonly kind: 'uniform'; readonly keyCount: number; readonly firstKey: number}
  /** Rank r has a share proportional to 1 / r^theta; rank 1 is `firstKey`. */
  | {readonly kind: 'zipf'; readonly keyCount: number; readonly theta: number; readonly firstKey: number}
  /** A share of all requests goes to `firstKey`, the rest evenly to the other keys. */
  | {readonly kind: 'single-hot-key'; readonly hotShare: number; readonly keyCount: number; readonly firstKey: number}
  /** As above, but the hot key is another one in every period. */
  | {readonly kind: 'moving-hot-spot'; readonly hotShare: number; readonly keyCount: number; readonly periodSeconds: number; readonly firstKey: number}
  /** A share of all requests goes to sort keys of one item collection, evenly; the rest to collections of one item. */
  | {readonly kind: 'hot-collection'; readonly hotShare: number; readonly sortKeyCount: number; readonly firstSortKey: number; readonly keyCount: number; readonly firstKey: number}
  /** Sort keys rise with time, spread over so many item collections. */
  | {readonly kind: 'monotonic'; readonly collectionCount: number; readonly firstKey: number}
  /** Evenly over the table's keys, but only so many values of the index's key. */
  | {readonly kind: 'gsi-skew'; readonly keyCount: number; readonly indexKeyCount: number; readonly firstKey: number}
  /** Rows of a trace (see trace.ts), whose text is handed to the cursor by this name. Phases only bound its time. */
  | {readonly kind: 'replay'; readonly trace: string};

export type ReadConsistency = 'eventual' | 'strong';
export type WorkloadOperation =
  | {readonly kind: 'get'; readonly consistency: ReadConsistency}
  | {readonly kind: 'put'}
  /** UpdateItem `ADD hits 1`. */
  | {readonly kind: 'update-counter'}
  | {readonly kind: 'delete'}
  /** One page of the key's item collection, of at most `limit` items. */
  | {readonly kind: 'query'; readonly consistency: ReadConsistency; readonly limit: number}
  /** One page of one of so many segments, in turn; `limit` 0 is a whole page of 1 MB. */
  | {readonly kind: 'scan'; readonly consistency: ReadConsistency; readonly segmentCount: number; readonly limit: number}
  /** So many items with keys following each other. */
  | {readonly kind: 'transact-write'; readonly itemCount: number}
  | {readonly kind: 'transact-get'; readonly itemCount: number};
export type OperationKind = WorkloadOperation['kind'];
export type WeightedOperation = WorkloadOperation & {readonly weight: number};

/** Size of an item by DynamoDB's rule (names and values). It follows from the key: reads and writes of a key agree. */
export type ItemSize =
  | {readonly kind: 'constant'; readonly sizeBytes: number}
  | {readonly kind: 'uniform'; readonly fromBytes: number; readonly untilBytes: number}
  /** Half of the items are below the median; a sigma of 1 gives a tail of some 10 x the median in a hundred. */
  | {readonly kind: 'log-normal'; readonly medianBytes: number; readonly sigma: number; readonly maxBytes: number};

export type TableChange =
  | {readonly kind: 'throughput'; readonly atSecond: number; readonly index: string | null; readonly readUnits: number; readonly writeUnits: number}
  | {readonly kind: 'warm-throughput'; readonly atSecond: number; readonly readUnits: number; readonly writeUnits: number}
  | {readonly kind: 'billing'; readonly atSecond: number; readonly billing: WorkloadBilling};

/** Text of a partition key; the same length for all, so that sizes do not depend on it. */
export function partitionKeyText(keyNumber: number): string {
  return `key#${String(keyNumber).padStart(10, '0')}`;
}
/** Text of a sort key; texts are in the order of the numbers. */
export function sortKeyText(sortNumber: number): string {
  return String(sortNumber).padStart(12, '0');
}
/** Text of the key of a global index. */
export function indexKeyText(indexNumber: number): string {
  return `group#${String(indexNumber).padStart(8, '0')}`;
}

/** Length of the whole workload: the end of the stream that ends last. */
export function durationSeconds(spec: WorkloadSpec): number {
  let end = 0;
  for (const stream of spec.streams) end = Math.max(end, stream.startSecond + stream.phases.reduce((sum, phase) => sum + phase.seconds, 0));
  return end;
}

/** A phase of one rate. */
export function steady(seconds: number, requestsPerSecond: number): LoadPhase {
  return {seconds, fromRequestsPerSecond: requestsPerSecond, toRequestsPerSecond: requestsPerSecond};
}
/** A phase that changes evenly from one rate to the other. */
export function ramp(seconds: number, fromRequestsPerSecond: number, toRequestsPerSecond: number): LoadPhase {
  return {seconds, fromRequestsPerSecond, toRequestsPerSecond};
}
