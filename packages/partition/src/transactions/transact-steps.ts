import {tokenHomeOf} from './token-home.js';
import type {GlobalIndexCost} from '../global-indexes/global-index-deriver.js';
import type {PartitionFailure, WriteCommand} from '../protocol.js';

/** One action of a transaction. A check is a `delete` with a condition that removes nothing. */
export interface TransactAction {
  readonly isCheck: boolean;
  readonly command: WriteCommand;
}

/** A transaction, and where it is decided: at the partition of its first item. */
export interface TransactionName {
  /** Drawn anew for every attempt. */
  readonly transaction: string;
  /** The client's, or the transaction itself. What was carried out under it is not carried out again for ten minutes. */
  readonly token: string;
  /** Of everything the request asks for, to tell a repeated request from another one with the same token. */
  readonly requestHash: string;
  /** Stored key of the first action's item. */
  readonly anchor: Uint8Array;
  /** Hybrid logical time: after the newest write of every item, and before what the transaction writes. */
  readonly timestampHlc: number;
}

/** What one partition is asked for in a transaction. Every step but `once` may be repeated: a copy that comes late does nothing. */
export type TransactStep =
  /** All actions of a transaction that lies in one partition, carried out in one effect. */
  | {
    readonly kind: 'once'; readonly name: TransactionName; readonly actions: readonly TransactAction[];
    /** The first home of the client token is in this partition too: the token is looked up and noted in the same effect. */
    readonly isTokenHere: boolean;
  }
  /** Judges the actions and holds their items for the transaction. */
  | {readonly kind: 'prepare'; readonly name: TransactionName; readonly actions: readonly TransactAction[]}
  /** At the anchor, after everybody has prepared: decides for the transaction, and carries out what is held here. */
  | {readonly kind: 'decide'; readonly name: TransactionName; readonly keys: readonly Uint8Array[]; readonly participants: readonly Uint8Array[]}
  /** Carries out what is held under these items, and frees them. */
  | {readonly kind: 'commit'; readonly transaction: string; readonly keys: readonly Uint8Array[]}
  /** Frees the items. */
  | {readonly kind: 'cancel'; readonly transaction: string; readonly keys: readonly Uint8Array[]}
  /** At the anchor: what became of the transaction. One that is not decided is given up, for good. */
  | {readonly kind: 'resolve'; readonly name: TransactionName}
  /**
   * At a home of the client token, which stands where the first item does in the name. `check`: whether the token was used for another
   * request; `note`: if it was not, that it was for this one; `withdraw`: that nothing came of this one.
   */
  | {readonly kind: 'note'; readonly name: TransactionName; readonly purpose: NotePurpose}
  /** At the anchor, by its own leader only: drops what is remembered and not needed any more. */
  | {readonly kind: 'forget'; readonly rows: readonly ForgottenRow[]}
  /** Items as they are at one moment, with what tells whether they are the same later. */
  | {readonly kind: 'read'; readonly keys: readonly Uint8Array[]; readonly isVersionOnly: boolean};

export type NotePurpose = 'note' | 'check' | 'withdraw';

/** A decision or fence that is over. */
export interface ForgottenRow {
  readonly anchor: Uint8Array;
  readonly key: Uint8Array;
  /** The row is left alone when it tells of another one by now. */
  readonly transaction: string;
}

/** What an action does to its item. */
export interface ActionCost {
  readonly oldSizeBytes: number;
  readonly newSizeBytes: number;
  readonly indexHalfUnits: readonly number[];
  /** Of those global indexes that have to do something. */
  readonly globalIndexes: readonly GlobalIndexCost[];
  /** 0 on tables without local indexes. */
  readonly collectionSizeBytes: number;
}

export type ReasonCode = 'None' | 'ConditionalCheckFailed' | 'TransactionConflict' | 'ValidationError' | 'ItemCollectionSizeLimitExceeded';
/** Why an action refuses its transaction. */
export interface ActionReason {
  readonly code: ReasonCode;
  readonly message: string | undefined;
  /** Canonical item JSON, where the action asked for it and there is one. */
  readonly item: Uint8Array | undefined;
  /** What judging it costs. */
  readonly sizeBytes: number;
}

/** An item at the moment of a read. */
export interface ReadRow {
  readonly item: Uint8Array | undefined;
  readonly sizeBytes: number;
  /** Equal for equal items; of a missing one, the newest removal in its partition. */
  readonly version: number;
  /** A transaction holds it. */
  readonly isHeld: boolean;
}

export type TransactResult =
  /** `once`: carried out; `prepare`: everything is held. By action. */
  | {readonly kind: 'accepted'; readonly costs: readonly ActionCost[]}
  /** `prepare`: an item was written at this hybrid logical time or may have been, not before the transaction's. Nothing is held. */
  | {readonly kind: 'too-old'; readonly timestampHlc: number}
  /** Nothing was done. By action. */
  | {readonly kind: 'refused'; readonly reasons: readonly ActionReason[]}
  /** This token was carried out before, by this transaction. */
  | {readonly kind: 'repeated'; readonly transaction: string}
  /** This token was used before, for another request. */
  | {readonly kind: 'mismatch'}
  /** Another attempt with this token is under way. */
  | {readonly kind: 'in-progress'}
  /** `decide`, `commit`, `resolve`, `forget`; `note`: the token was not used for another request. */
  | {readonly kind: 'committed'}
  /** `decide`: too late; `cancel`, `resolve`. */
  | {readonly kind: 'cancelled'}
  | {readonly kind: 'read'; readonly rows: readonly ReadRow[]};

/** Asked when a step is judged: whether it may go on, by what it costs. @returns the refusal */
export type StepAdmission = (step: TransactStep, result: TransactResult, isChange: boolean) => PartitionFailure | undefined;

/** Stored keys that a step is about. */
export function keysOfStep(step: TransactStep): readonly Uint8Array[] {
  switch (step.kind) {
    case 'once': {
      const keys = step.actions.map(({command}) => command.key);
      return step.isTokenHere ? [...keys, tokenHomeOf(step.name)] : keys;
    }
    case 'prepare':
      return step.actions.map(({command}) => command.key);
    case 'note':
      return [tokenHomeOf(step.name)];
    case 'decide':
      return [step.name.anchor, ...step.keys];
    case 'commit':
    case 'cancel':
    case 'read':
      return step.keys;
    case 'resolve':
      return [step.name.anchor];
    case 'forget':
      return step.rows.map(({anchor}) => anchor);
  }
}
