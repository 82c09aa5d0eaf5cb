import type {AttributeJson, ItemJson} from './attribute-value.js';

/** Conditions of a write, as structure: the checkers never parse expression text, so a fault in that parser can't hide here. */
export type Condition =
  | {readonly kind: 'exists'; readonly attribute: string}
  | {readonly kind: 'not-exists'; readonly attribute: string}
  | {readonly kind: 'equals'; readonly attribute: string; readonly value: AttributeJson}
  /** True as well when the attribute is missing, as `<>` of DynamoDB. */
  | {readonly kind: 'differs'; readonly attribute: string; readonly value: AttributeJson}
  /** Attribute below the value; false when missing or of another type. Numbers and strings. */
  | {readonly kind: 'less'; readonly attribute: string; readonly value: AttributeJson}
  | {readonly kind: 'at-least'; readonly attribute: string; readonly value: AttributeJson}
  | {readonly kind: 'all'; readonly of: readonly Condition[]};

/** One clause of an update. The clauses of one update name different attributes, none of them part of the key. */
export type Change =
  | {readonly kind: 'set'; readonly attribute: string; readonly value: AttributeJson}
  | {readonly kind: 'set-if-missing'; readonly attribute: string; readonly value: AttributeJson}
  /** `SET a = a + by`, or with `start`: `SET a = if_not_exists(a, start) + by`. */
  | {readonly kind: 'increment'; readonly attribute: string; readonly by: string; readonly start?: string}
  /** `ADD a by`: a missing number counts as zero. */
  | {readonly kind: 'add'; readonly attribute: string; readonly by: string}
  /** `ADD a members` of a string set. */
  | {readonly kind: 'add-to-set'; readonly attribute: string; readonly members: readonly string[]}
  /** `SET a = list_append(if_not_exists(a, empty), values)`. */
  | {readonly kind: 'append'; readonly attribute: string; readonly values: readonly AttributeJson[]}
  | {readonly kind: 'remove'; readonly attribute: string};

export type ReturnedImage = 'none' | 'all-old' | 'updated-old' | 'all-new' | 'updated-new';

interface Write {
  /** The key attributes with their values. */
  readonly key: ItemJson;
  readonly condition?: Condition;
  /** Whether a refused condition is asked to bring the item it saw. */
  readonly wantsRefusedImage?: boolean;
}
export interface PutOperation extends Write {
  readonly kind: 'put';
  /** Attributes besides the key. */
  readonly item: ItemJson;
  readonly returns?: 'none' | 'all-old';
}
export interface UpdateOperation extends Write {
  readonly kind: 'update';
  readonly changes: readonly Change[];
  readonly returns?: ReturnedImage;
}
export interface DeleteOperation extends Write {
  readonly kind: 'delete';
  readonly returns?: 'none' | 'all-old';
}
export interface GetOperation {
  readonly kind: 'get';
  readonly key: ItemJson;
  readonly isStrong: boolean;
}
/** A condition without a write: only within a transaction. */
export interface CheckOperation extends Write {
  readonly kind: 'check';
  readonly condition: Condition;
}

/** Several writes as one. No item twice. Parts return no images of success. */
export interface TransactWriteOperation {
  readonly kind: 'transact-write';
  readonly parts: readonly (PutOperation | UpdateOperation | DeleteOperation | CheckOperation)[];
  readonly token?: string;
}
/** Several strong reads at one point. */
export interface TransactGetOperation {
  readonly kind: 'transact-get';
  readonly keys: readonly ItemJson[];
}

/** Name of the attribute that holds the list in the list-append workload. */
export const LIST_ATTRIBUTE = 'elements';

/** What a list-append transaction does to one list. No list twice in a transaction. */
export type ListPart =
  | {readonly kind: 'read'; readonly key: ItemJson}
  /** Adds one number, unique in the whole history. With `expected`: only if the list is exactly this, which makes it a read too. */
  | {readonly kind: 'append'; readonly key: ItemJson; readonly value: number; readonly expected?: readonly number[]}
  /** Writes nothing; the transaction succeeds only if the list is exactly this. An empty list means no list. */
  | {readonly kind: 'check'; readonly key: ItemJson; readonly expected: readonly number[]};

/**
 * A transaction of the list-append workload: either only reads, or only appends and checks, since the protocol has no
 * transaction that does both. Reads of a read-modify-write are made by a read transaction first and then carried as `expected`.
 */
export interface ListAppendOperation {
  readonly kind: 'list-append';
  readonly parts: readonly ListPart[];
  readonly token?: string;
  /** One part, sent as GetItem (strong) or UpdateItem instead of a transaction; an append then brings the new list. */
  readonly isSingle?: boolean;
}

/** A whole table or index, read to the end. */
export interface ScanOperation {
  readonly kind: 'scan';
  readonly isStrong: boolean;
  /** The names that identify an item among its attributes. */
  readonly keyAttributes: readonly string[];
  readonly index?: string;
  readonly segment?: {readonly number: number; readonly total: number};
}

/** What a client asks for, as structure. One rendering to requests serves every client: `toRequest`. */
export type Operation =
  | PutOperation | UpdateOperation | DeleteOperation | GetOperation
  | TransactWriteOperation | TransactGetOperation | ListAppendOperation | ScanOperation;

/** The operations on one item, of which linearizability speaks. */
export type ItemOperation = PutOperation | UpdateOperation | DeleteOperation | GetOperation | CheckOperation;

/** Whether an operation can change anything. An unknown read may be forgotten, an unknown write may not. */
export function isWrite(operation: Operation): boolean {
  switch (operation.kind) {
    case 'put': case 'update': case 'delete': case 'transact-write': return true;
    case 'list-append': return operation.parts.some((part) => part.kind === 'append');
    default: return false;
  }
}
