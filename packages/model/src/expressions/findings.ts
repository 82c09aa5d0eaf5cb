import type {ModelError} from '../errors.js';
import {validationError} from '../errors.js';
import type {ExpressionKind} from './ast.js';

/**
 * What can be wrong with an expression that has no syntax error. The service looks for one kind of mistake
 * through the whole expression before it looks for the next, and the order of the kinds differs.
 */
export type FindingKind =
  | 'parentheses' | 'unknown-function' | 'misused-function' | 'reserved' | 'section' | 'name' | 'value'
  | 'overlap' | 'conflict' | 'operand-count' | 'distinct' | 'operand-type' | 'operator' | 'list-index' | 'nesting' | 'operator-count';

const CONDITION_RANKS: Readonly<Record<FindingKind, number>> = {
  'operator-count': 0, parentheses: 1, 'unknown-function': 2, 'misused-function': 3, reserved: 4, 'list-index': 4, nesting: 5, name: 6,
  value: 6, 'operand-count': 7, distinct: 8, 'operand-type': 9, operator: 10, section: 11, overlap: 11, conflict: 11,
};
/** Clauses of a key condition are looked at one after the other: of these mistakes the one that is written first is told. */
const KEY_CONDITION_RANKS: Readonly<Record<FindingKind, number>> = {...CONDITION_RANKS, 'operand-type': CONDITION_RANKS.value};
const UPDATE_RANKS: Readonly<Record<FindingKind, number>> = {
  'operator-count': 0, parentheses: 1, reserved: 2, 'list-index': 2, 'unknown-function': 3, section: 4, nesting: 5, name: 6, value: 7,
  overlap: 8, conflict: 9, 'operand-count': 10, 'operand-type': 10, distinct: 10, 'misused-function': 11, operator: 11,
};

export interface Finding {
  readonly kind: FindingKind;
  readonly message: string;
}

/** Keeps the finding that is reported first: least rank, and the earliest of equals. */
export class Findings {
  readonly #expression: ExpressionKind;
  readonly #ranks: Readonly<Record<FindingKind, number>>;
  #first: Finding | undefined;
  constructor(expression: ExpressionKind, first: Finding | undefined) {
    this.#expression = expression;
    this.#ranks = expression === 'UpdateExpression' || expression === 'ProjectionExpression' ? UPDATE_RANKS
      : expression === 'KeyConditionExpression' ? KEY_CONDITION_RANKS : CONDITION_RANKS;
    this.#first = first;
  }
  get first(): Finding | undefined {
    return this.#first;
  }
  report(kind: FindingKind, message: string): void {
    if (this.#first === undefined || this.#ranks[kind] < this.#ranks[this.#first.kind]) this.#first = {kind, message};
  }
  /** @throws ModelError `ValidationException` when anything was found */
  throwFirst(): void {
    if (this.#first !== undefined) throw expressionError(this.#expression, this.#first.message);
  }
}

export function expressionError(expression: ExpressionKind, message: string): ModelError {
  return validationError(`Invalid ${expression}: ${message}`);
}
