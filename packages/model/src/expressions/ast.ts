/** The syntax of expressions as written: names and values are still placeholders. Shared by every kind of expression. */

export type PathElement =
  | {readonly kind: 'name'; readonly name: string}
  /** `name` includes the number sign. */
  | {readonly kind: 'placeholder'; readonly name: string}
  | {readonly kind: 'index'; readonly index: number};

export interface PathNode {
  readonly kind: 'path';
  /** At least one; the first is never an index. */
  readonly elements: readonly PathElement[];
}
export interface ValueNode {
  readonly kind: 'value';
  /** Includes the colon. */
  readonly name: string;
}
/** A function, as an operand or as a whole condition. */
export interface CallNode {
  readonly kind: 'call';
  readonly name: string;
  readonly operands: readonly OperandNode[];
}
/** Stands only at the right side of SET. */
export interface ArithmeticNode {
  readonly kind: 'arithmetic';
  readonly op: '+' | '-';
  readonly left: OperandNode;
  readonly right: OperandNode;
}
export type OperandNode = PathNode | ValueNode | CallNode | ArithmeticNode;

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type ConditionNode =
  | {readonly kind: 'and' | 'or'; readonly conditions: readonly ConditionNode[]}
  | {readonly kind: 'not'; readonly condition: ConditionNode}
  | {readonly kind: 'compare'; readonly op: Comparator; readonly left: OperandNode; readonly right: OperandNode}
  | {readonly kind: 'between'; readonly operand: OperandNode; readonly lower: OperandNode; readonly upper: OperandNode}
  | {readonly kind: 'in'; readonly operand: OperandNode; readonly candidates: readonly OperandNode[]}
  | CallNode;

export type UpdateActionNode =
  | {readonly kind: 'set'; readonly path: PathNode; readonly value: OperandNode}
  | {readonly kind: 'remove'; readonly path: PathNode}
  | {readonly kind: 'add' | 'delete'; readonly path: PathNode; readonly value: OperandNode};

/** In the order written; the actions of one section stand together. */
export interface UpdateNode {
  readonly kind: 'update';
  readonly actions: readonly UpdateActionNode[];
}
export interface ProjectionNode {
  readonly kind: 'projection';
  readonly paths: readonly PathNode[];
}

export type ExpressionKind =
  'UpdateExpression' | 'ConditionExpression' | 'KeyConditionExpression' | 'FilterExpression' | 'ProjectionExpression';
