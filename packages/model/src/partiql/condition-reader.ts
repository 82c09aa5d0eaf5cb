import type {AttributeType, AttributeValue} from '../attribute-value.js';
import {validationError} from '../errors.js';
import type {Comparator} from '../expressions/ast.js';
import {checkAttributeName} from '../item-json.js';
import type {CallOperand, Condition, Operand, PathOperand} from './statement-ast.js';
import type {StatementCursor} from './statement-cursor.js';
import {notWellFormed} from './statement-errors.js';
import {isValue, parseListIndex, parseValue} from './statement-values.js';

const PATH_NESTING_MAX = 32;
/** The language's names of types, and what of the service's they mean. */
const TYPES: ReadonlyMap<string, readonly AttributeType[]> = new Map<string, readonly AttributeType[]>([
  ['NULL', ['NULL']],
  ...['BOOL', 'BOOLEAN'].map((name) => [name, ['BOOL']] as const),
  ...['STRING', 'CHAR', 'CHARACTER', 'VARCHAR', 'SYMBOL'].map((name) => [name, ['S']] as const),
  ...['INT', 'INT2', 'INT4', 'INT8', 'INTEGER', 'SMALLINT', 'BIGINT', 'DECIMAL', 'NUMERIC', 'FLOAT', 'REAL', 'DOUBLE'].map((name) => [name, ['N']] as const),
  ...['BLOB', 'CLOB'].map((name) => [name, ['B']] as const),
  ['LIST', ['L']], ['BAG', ['SS', 'NS', 'BS']], ...['STRUCT', 'TUPLE'].map((name) => [name, ['M']] as const),
]);
const SECOND_WORDS: ReadonlyMap<string, string> = new Map([['DOUBLE', 'PRECISION'], ['CHARACTER', 'VARYING']]);

/** A parenthesis may hold a condition or an operand; only what follows tells. Rules return either and callers require one. */
type Node = Condition | Operand;

/** What stands behind WHERE. @throws ModelError `ValidationException` */
export function readCondition(cursor: StatementCursor): Condition {
  return requireCondition(cursor, readOr(cursor));
}

/** A term, or two with one operator between them: what SET assigns. @throws ModelError `ValidationException` */
export function readOperand(cursor: StatementCursor): Operand {
  return requireOperand(cursor, readSum(cursor));
}

/** A document path. @throws ModelError `ValidationException` */
export function readPath(cursor: StatementCursor): PathOperand {
  const at = cursor.span;
  if (!cursor.isName()) throw cursor.unexpected();
  const path: (string | number)[] = [readName(cursor)];
  for (;;) {
    if (cursor.takeSymbol('.')) {
      if (!cursor.isName()) throw notWellFormed('Invalid path dot component');
      path.push(readName(cursor));
    } else if (cursor.takeSymbol('[')) {
      path.push(parseListIndex(cursor));
    } else {
      break;
    }
  }
  if (path.length > PATH_NESTING_MAX) throw validationError(`The document path has too many nesting levels; nesting levels: ${path.length}`);
  return {kind: 'path', path, at};
}

function readName(cursor: StatementCursor): string {
  const {text} = cursor.take();
  if (text === '') throw validationError('Path component cannot be an empty string');
  return checkAttributeName(text);
}

function readOr(cursor: StatementCursor): Node {
  return readJoined(cursor, 'OR', readAnd);
}
function readAnd(cursor: StatementCursor): Node {
  return readJoined(cursor, 'AND', readNot);
}

/** Conditions joined by one word. Those that are joined by the same word inside, in parentheses, become members too. */
function readJoined(cursor: StatementCursor, word: 'AND' | 'OR', readMember: (cursor: StatementCursor) => Node): Node {
  const first = readMember(cursor);
  if (!cursor.isKeyword(word)) return first;
  const kind = word === 'AND' ? 'and' : 'or';
  const conditions: Condition[] = [];
  const add = (node: Node): void => {
    const condition = requireCondition(cursor, node);
    if (condition.kind === kind) for (const member of condition.conditions) conditions.push(member);
    else conditions.push(condition);
  };
  add(first);
  while (cursor.takeKeyword(word)) {
    requireRightSide(cursor);
    add(readMember(cursor));
  }
  return {kind, conditions};
}

function requireRightSide(cursor: StatementCursor): void {
  if (cursor.isOver) throw notWellFormed('Missing right-hand side expression of infix operator');
}

function readNot(cursor: StatementCursor): Node {
  if (!cursor.takeKeyword('NOT')) return readComparison(cursor);
  return {kind: 'not', condition: cursor.nested(() => requireCondition(cursor, readNot(cursor)))};
}

function readComparison(cursor: StatementCursor): Node {
  const left = readSum(cursor);
  if (!isOperand(left)) return left;
  const op = comparator(cursor);
  if (op !== undefined) {
    cursor.take();
    requireRightSide(cursor);
    const operand = requireOperand(cursor, left);
    const right = readOperand(cursor);
    return asTruth(op, operand, right) ?? {kind: 'compare', op, left: operand, right};
  }
  if (cursor.isKeyword('IS')) return readIs(cursor, requireOperand(cursor, left));
  const isNegated = cursor.isKeyword('NOT') && (cursor.following.upper === 'IN' || cursor.following.upper === 'BETWEEN' || cursor.following.upper === 'LIKE');
  if (isNegated) cursor.take();
  const condition = readRange(cursor, left);
  if (condition === undefined) return left;
  return isNegated ? {kind: 'not', condition} : condition;
}

/** A condition that is compared with true or false; undefined for all other comparisons. */
function asTruth(op: Comparator, left: Operand, right: Operand): Condition | undefined {
  if ((op !== '=' && op !== '<>') || left.kind !== 'call' || !CONDITION_NAMES.has(left.name) || right.kind !== 'value' || right.value.kind !== 'BOOL') return undefined;
  return right.value.value === (op === '=') ? left : {kind: 'not', condition: left};
}
const CONDITION_NAMES: ReadonlySet<string> = new Set(['attribute_exists', 'attribute_not_exists', 'attribute_type', 'begins_with', 'contains']);

function readRange(cursor: StatementCursor, left: Operand): Condition | undefined {
  if (cursor.takeKeyword('BETWEEN')) {
    requireRightSide(cursor);
    const lower = readOperand(cursor);
    if (!cursor.takeKeyword('AND')) throw notWellFormed('Expected AND after BETWEEN');
    requireRightSide(cursor);
    return {kind: 'between', operand: left, lower, upper: readOperand(cursor)};
  }
  if (cursor.takeKeyword('IN')) {
    requireRightSide(cursor);
    return {kind: 'in', operand: left, candidates: readCandidates(cursor)};
  }
  if (cursor.isKeyword('LIKE')) throw cursor.errorAt('Unsupported operation: Like', cursor.span);
  return undefined;
}

function readIs(cursor: StatementCursor, operand: Operand): Condition {
  cursor.take();
  const isNegated = cursor.takeKeyword('NOT');
  const condition: Condition = cursor.takeKeyword('MISSING') ? {kind: 'missing', operand} : {kind: 'type', operand, types: readTypes(cursor)};
  return isNegated ? {kind: 'not', condition} : condition;
}

/** A type by one of its names, some of which are two words. */
function readTypes(cursor: StatementCursor): readonly AttributeType[] {
  const {upper} = cursor.current;
  const types = TYPES.get(upper);
  if (types === undefined) throw notWellFormed('Expected type name');
  cursor.take();
  const second = SECOND_WORDS.get(upper);
  if (second !== undefined && !cursor.takeKeyword(second) && upper === 'DOUBLE') throw notWellFormed('Expected type name');
  return types;
}

/** The right side of IN: a list in brackets or parentheses, a set, or a parameter that is a list or a set. */
function readCandidates(cursor: StatementCursor): readonly Operand[] {
  const at = cursor.span;
  const close = cursor.takeSymbol('[') ? ']' : cursor.takeSymbol('(') ? ')' : undefined;
  if (close === undefined) {
    if (!isValue(cursor)) throw cursor.unexpected();
    return membersOf(parseValue(cursor)).map((value) => ({kind: 'value', value, at}));
  }
  const candidates: Operand[] = [];
  do candidates.push(cursor.nested(() => readOperand(cursor)));
  while (cursor.takeSymbol(','));
  cursor.expectSymbol(close, close === ']' ? 'RIGHT_BRACKET' : 'RIGHT_PAREN');
  return candidates;
}

function membersOf(value: AttributeValue): readonly AttributeValue[] {
  switch (value.kind) {
    case 'L': return value.values;
    case 'SS': return value.values.map((member) => ({kind: 'S', value: member}));
    case 'NS': return value.values.map((member) => ({kind: 'N', value: member}));
    case 'BS': return value.values.map((member) => ({kind: 'B', value: member}));
    default: throw validationError('IN expression must be a list of values');
  }
}

function readSum(cursor: StatementCursor): Node {
  let left = readTerm(cursor);
  while (isOperand(left) && (cursor.isSymbol('+') || cursor.isSymbol('-'))) {
    const at = cursor.span;
    const op = cursor.take().text === '+' ? '+' : '-';
    requireRightSide(cursor);
    left = {kind: 'arithmetic', op, left, right: requireOperand(cursor, readTerm(cursor)), at};
  }
  return left;
}

function readTerm(cursor: StatementCursor): Node {
  if (cursor.takeSymbol('(')) {
    const node = cursor.nested(() => readOr(cursor));
    cursor.expectSymbol(')', 'RIGHT_PAREN');
    return node;
  }
  if (isCall(cursor)) return readCall(cursor);
  if (isValue(cursor)) {
    const at = cursor.span;
    return {kind: 'value', value: parseValue(cursor), at};
  }
  return readPath(cursor);
}

/** Whether a name with an opening parenthesis stands here. EXISTS is one of the names, though a keyword. */
export function isCall(cursor: StatementCursor): boolean {
  const {current, following} = cursor;
  return current.kind === 'word' && following.kind === 'symbol' && following.text === '(' && (cursor.isName() || current.upper === 'EXISTS');
}

function readCall(cursor: StatementCursor): CallOperand {
  const at = cursor.span;
  const name = cursor.take().text.toLowerCase();
  if (!FUNCTION_NAMES.has(name)) throw cursor.errorAt(`Unrecognized function: ${name}`, at);
  cursor.take();
  const operands: Operand[] = [];
  if (!cursor.isSymbol(')')) {
    cursor.nested(() => {
      do operands.push(readOperand(cursor));
      while (cursor.takeSymbol(','));
    });
  }
  cursor.expectSymbol(')', 'RIGHT_PAREN');
  return {kind: 'call', name, operands, at};
}

/** Every function there is, wherever it may stand. */
const FUNCTION_NAMES: ReadonlySet<string> = new Set([
  'attribute_exists', 'attribute_not_exists', 'attribute_type', 'begins_with', 'contains', 'if_not_exists', 'list_append', 'set_add', 'set_delete', 'size',
]);

function comparator(cursor: StatementCursor): Comparator | undefined {
  const {kind, text} = cursor.current;
  if (kind !== 'symbol') return undefined;
  switch (text) {
    case '!=': return '<>';
    case '=': case '<>': case '<': case '<=': case '>': case '>=': return text;
    default: return undefined;
  }
}

function isOperand(node: Node): node is Operand {
  return node.kind === 'path' || node.kind === 'value' || node.kind === 'call' || node.kind === 'arithmetic';
}
function requireOperand(cursor: StatementCursor, node: Node): Operand {
  if (!isOperand(node)) throw cursor.unexpected();
  return node;
}
/** An operand where a condition is needed: nothing says what is asked of it. */
function requireCondition(cursor: StatementCursor, node: Node): Condition {
  if (node.kind === 'call') return node;
  if (isOperand(node)) throw cursor.isOver ? validationError('Unsupported operation in where clause') : notWellFormed('Unexpected token after expression');
  return node;
}

