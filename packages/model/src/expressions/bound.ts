import type {AttributeType, AttributeValue} from '../attribute-value.js';
import type {Comparator} from './ast.js';
import type {PathTree} from './path-tree.js';

/** Expressions with names and values filled in: what the evaluators walk. Made anew for each request, from a cached tree. */

/** Attribute names and list indexes (from 0). The first is a name. */
export type BoundPath = readonly (string | number)[];

export type BoundOperand =
  | {readonly kind: 'path'; readonly path: BoundPath}
  | {readonly kind: 'literal'; readonly value: AttributeValue}
  | {readonly kind: 'size'; readonly operand: BoundOperand}
  | {readonly kind: 'if_not_exists'; readonly path: BoundPath; readonly fallback: BoundOperand}
  | {readonly kind: 'list_append'; readonly left: BoundOperand; readonly right: BoundOperand}
  | {readonly kind: 'arithmetic'; readonly op: '+' | '-'; readonly left: BoundOperand; readonly right: BoundOperand};

export type BoundCondition =
  | {readonly kind: 'and' | 'or'; readonly conditions: readonly BoundCondition[]}
  | {readonly kind: 'not'; readonly condition: BoundCondition}
  | {readonly kind: 'compare'; readonly op: Comparator; readonly left: BoundOperand; readonly right: BoundOperand}
  | {readonly kind: 'between'; readonly operand: BoundOperand; readonly lower: BoundOperand; readonly upper: BoundOperand}
  | {readonly kind: 'in'; readonly operand: BoundOperand; readonly candidates: readonly BoundOperand[]}
  | {readonly kind: 'exists'; readonly path: BoundPath; readonly isExpected: boolean}
  | {readonly kind: 'attribute_type'; readonly operand: BoundOperand; readonly type: AttributeType}
  | {readonly kind: 'begins_with' | 'contains'; readonly operand: BoundOperand; readonly sought: BoundOperand};

/** A condition or a filter. */
export interface CompiledCondition {
  readonly condition: BoundCondition;
  /** Top-level names in the order written, for the rule against keys in a Query's filter. */
  readonly topLevelNames: readonly string[];
  /** Whether it was given as Expected, QueryFilter or ScanFilter. */
  readonly isLegacy: boolean;
}

export type UpdateAction =
  | {readonly kind: 'set'; readonly path: BoundPath; readonly value: BoundOperand}
  | {readonly kind: 'remove'; readonly path: BoundPath}
  | {readonly kind: 'add' | 'delete'; readonly path: BoundPath; readonly value: AttributeValue};

export interface CompiledUpdate {
  readonly actions: readonly UpdateAction[];
  /** The same actions by path; each leaf is a position in `actions`. */
  readonly tree: PathTree;
  /** Whether it was given as AttributeUpdates: ADD then also appends to lists, and a wrong type has another message. */
  readonly isLegacy: boolean;
}

export interface CompiledProjection {
  readonly paths: readonly BoundPath[];
  readonly tree: PathTree;
}

export interface CompiledKeyTest {
  readonly name: string;
  /** `unindexable` stands for the operators of KeyConditions that no key can serve. */
  readonly op: '=' | '<' | '<=' | '>' | '>=' | 'between' | 'begins_with' | 'unindexable';
  readonly values: readonly AttributeValue[];
}
/** The tests of a key condition, not yet held against a schema: see resolveKeyCondition. */
export interface CompiledKeyCondition {
  readonly tests: readonly CompiledKeyTest[];
}

/** A path as messages show it. */
export function describePath(path: BoundPath): string {
  return `[${path.map((element) => (typeof element === 'number' ? `[${element}]` : element)).join(', ')}]`;
}

export function equalPaths(a: BoundPath, b: BoundPath): boolean {
  return a.length === b.length && a.every((element, i) => element === b[i]);
}
