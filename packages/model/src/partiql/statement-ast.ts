import type {AttributeType, AttributeValue} from '../attribute-value.js';
import type {Comparator} from '../expressions/ast.js';

/** What a PartiQL statement says once it is read. Parameters are filled in: a question mark has become its value. */

/** Where a token stands: offset and length in UTF-16 units, which messages show as line and column. */
export interface Span {
  readonly from: number;
  readonly length: number;
}

/** Attribute names and list indexes (from 0). The first is a name. */
export type StatementPath = readonly (string | number)[];

export interface PathOperand {
  readonly kind: 'path';
  readonly path: StatementPath;
  /** Of its first token. */
  readonly at: Span;
}
export interface ValueOperand {
  readonly kind: 'value';
  readonly value: AttributeValue;
  readonly at: Span;
}
export interface CallOperand {
  readonly kind: 'call';
  /** In lower case: names of functions are not case-sensitive. */
  readonly name: string;
  readonly operands: readonly Operand[];
  /** Of the name. */
  readonly at: Span;
}
export interface ArithmeticOperand {
  readonly kind: 'arithmetic';
  readonly op: '+' | '-';
  readonly left: Operand;
  readonly right: Operand;
  readonly at: Span;
}
export type Operand = PathOperand | ValueOperand | CallOperand | ArithmeticOperand;

export type Condition =
  /** At least two, none of them of the same kind. */
  | {readonly kind: 'and' | 'or'; readonly conditions: readonly Condition[]}
  | {readonly kind: 'not'; readonly condition: Condition}
  | {readonly kind: 'compare'; readonly op: Comparator; readonly left: Operand; readonly right: Operand}
  | {readonly kind: 'between'; readonly operand: Operand; readonly lower: Operand; readonly upper: Operand}
  | {readonly kind: 'in'; readonly operand: Operand; readonly candidates: readonly Operand[]}
  | {readonly kind: 'missing'; readonly operand: Operand}
  | {readonly kind: 'type'; readonly operand: Operand; readonly types: readonly AttributeType[]}
  | CallOperand;

/** What stands behind FROM. */
export interface Source {
  /** A name or an ARN. */
  readonly tableName: string;
  readonly indexName: string | undefined;
}
export interface OrderTerm {
  readonly name: string;
  readonly isDescending: boolean;
}
export interface SelectStatement {
  readonly kind: 'select';
  readonly source: Source;
  /** Undefined for the star. */
  readonly projection: readonly PathOperand[] | undefined;
  readonly where: Condition | undefined;
  readonly order: readonly OrderTerm[];
}
export interface InsertStatement {
  readonly kind: 'insert';
  readonly source: Source;
  readonly item: ReadonlyMap<string, AttributeValue>;
}
export type UpdateClause =
  | {readonly kind: 'set'; readonly target: PathOperand; readonly value: Operand}
  | {readonly kind: 'remove'; readonly target: PathOperand};
export interface Returning {
  readonly which: 'ALL' | 'MODIFIED';
  readonly image: 'OLD' | 'NEW';
}
export interface UpdateStatement {
  readonly kind: 'update';
  readonly source: Source;
  readonly clauses: readonly UpdateClause[];
  readonly where: Condition | undefined;
  readonly returning: Returning | undefined;
}
export interface DeleteStatement {
  readonly kind: 'delete';
  readonly source: Source;
  readonly where: Condition | undefined;
  readonly returning: Returning | undefined;
}
/** A condition of a transaction. */
export interface ExistsStatement {
  readonly kind: 'exists';
  readonly select: SelectStatement;
}
export type Statement = SelectStatement | InsertStatement | UpdateStatement | DeleteStatement | ExistsStatement;

/** A statement that stands for itself, outside of transactions. */
export type PlainStatement = Exclude<Statement, ExistsStatement>;

export function isRead(statement: Statement): boolean {
  return statement.kind === 'select';
}
