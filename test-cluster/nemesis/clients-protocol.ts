import type {EndpointAddress} from './endpoints.js';
import type {ProbedRange} from './prober.js';

export interface ClientsOptions {
  readonly seed: number;
  readonly clientCount: number;
  readonly table: string;
  readonly tableId: number;
  readonly endpoints: readonly EndpointAddress[];
  readonly ranges: readonly ProbedRange[];
  readonly paddingBytes: number;
  readonly directory: string;
  readonly historyPath: string;
  /** Histories of transactions and of what is derived from writes. */
  readonly derived: {readonly lists: string; readonly table: string};
}
/** Calls of one kind of operation, by how they ended. */
export interface KindCounts {
  sent: number;
  ok: number;
  /** Refused by a condition: an answer like any other. */
  refused: number;
  noEffect: number;
  unknown: number;
}
export interface ClientsSummary {
  readonly kind: 'summary';
  readonly isLastWriteOk: boolean;
  /** Items that could not be read at the end. */
  readonly unreadCount: number;
  readonly itemCount: number;
  readonly counts: Readonly<Record<string, KindCounts>>;
  readonly acknowledgedProbes: number;
  readonly unknownProbes: number;
  readonly lostProbes: readonly string[];
}
export type ClientsMessage =
  | {readonly kind: 'progress'; readonly operationCount: number; readonly okCount: number; readonly acknowledgedProbes: number}
  | {readonly kind: 'stopped'}
  /** Every range that was asked for lately was written and read. */
  | {readonly kind: 'warm'};
export type HarnessMessage =
  | {readonly kind: 'start'; readonly options: ClientsOptions}
  /** Probe these as well, all of one injection; none ends what was probed besides. */
  | {readonly kind: 'probe'; readonly ranges: readonly ProbedRange[]}
  | {readonly kind: 'stop'}
  | {readonly kind: 'finish'};
