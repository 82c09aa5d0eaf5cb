import type {AttributeValue} from '../attribute-value.js';
import {validationError} from '../errors.js';
import {isCall, readCondition, readOperand, readPath} from './condition-reader.js';
import type {
  Condition, DeleteStatement, ExistsStatement, InsertStatement, OrderTerm, PathOperand, Returning, SelectStatement, Source, Statement, UpdateClause, UpdateStatement,
} from './statement-ast.js';
import {StatementCursor} from './statement-cursor.js';
import {notWellFormed} from './statement-errors.js';
import {isValue, parseItemLiteral, parseValue} from './statement-values.js';

/**
 * Reads one PartiQL statement with its parameters. Time and memory grow with the length of the text; nesting is bounded.
 * @param statement at most 8,192 characters, which the request's own check has seen to
 * @throws ModelError `ValidationException`; never anything else
 */
export function parseStatement(statement: string, parameters: readonly AttributeValue[]): Statement {
  const cursor = new StatementCursor(statement, parameters);
  const parsed = readStatement(cursor);
  cursor.finish();
  return parsed;
}

function readStatement(cursor: StatementCursor): Statement {
  if (cursor.takeKeyword('SELECT')) return readSelect(cursor);
  if (cursor.takeKeyword('INSERT')) return readInsert(cursor);
  if (cursor.takeKeyword('UPDATE')) return readUpdate(cursor);
  if (cursor.takeKeyword('DELETE')) return readDelete(cursor);
  if (cursor.takeKeyword('FROM')) return readFromFirst(cursor);
  if (cursor.isKeyword('EXISTS') && cursor.following.text === '(') return readExists(cursor);
  throw notWellFormed('Expected data manipulation');
}

function readSelect(cursor: StatementCursor): SelectStatement {
  const projection = readProjection(cursor);
  if (!cursor.takeKeyword('FROM')) throw cursor.isOver ? notWellFormed('Expected FROM') : cursor.unexpected();
  const source = readSource(cursor);
  refuseAlias(cursor);
  const where = readWhere(cursor);
  const order = readOrder(cursor);
  if (cursor.isKeyword('LIMIT')) throw cursor.errorAt('Unsupported clause: LIMIT', cursor.span);
  return {kind: 'select', source, projection, where, order};
}

function readProjection(cursor: StatementCursor): readonly PathOperand[] | undefined {
  if (cursor.takeSymbol('*')) return undefined;
  const paths: PathOperand[] = [];
  do {
    if (isCall(cursor) || isValue(cursor)) throw cursor.errorAt('Unexpected path component', cursor.span);
    paths.push(readPath(cursor));
    if (cursor.isKeyword('AS') || cursor.isName()) throw aliasing();
  } while (cursor.takeSymbol(','));
  return paths;
}

function readOrder(cursor: StatementCursor): readonly OrderTerm[] {
  if (!cursor.takeKeyword('ORDER')) return [];
  if (!cursor.takeKeyword('BY')) throw notWellFormed('Expected BY');
  const terms: OrderTerm[] = [];
  do {
    const {path} = readPath(cursor);
    const [name] = path;
    if (path.length > 1 || typeof name !== 'string') throw validationError('Unexpected path component in ORDER BY clause');
    const isDescending = cursor.takeKeyword('DESC');
    if (!isDescending) cursor.takeKeyword('ASC');
    terms.push({name, isDescending});
  } while (cursor.takeSymbol(','));
  return terms;
}

function readInsert(cursor: StatementCursor): InsertStatement {
  if (!cursor.takeKeyword('INTO')) throw notWellFormed('Expected INTO');
  const source = readTarget(cursor);
  if (!cursor.takeKeyword('VALUE')) throw notWellFormed(cursor.isOver ? 'Expected VALUE' : 'Unexpected token after expression');
  if (cursor.takeSymbol('{')) return {kind: 'insert', source, item: parseItemLiteral(cursor)};
  if (!isValue(cursor)) throw cursor.unexpected();
  const value = parseValue(cursor);
  if (value.kind !== 'M') throw validationError('Value in an INSERT statement must be a map');
  return {kind: 'insert', source, item: value.entries};
}

function readUpdate(cursor: StatementCursor): UpdateStatement {
  const source = readTarget(cursor);
  if (!cursor.isKeyword('SET') && !cursor.isKeyword('REMOVE')) {
    refuseAlias(cursor);
    throw notWellFormed('Expected data manipulation');
  }
  const clauses = readClauses(cursor);
  const where = readWhere(cursor);
  return {kind: 'update', source, clauses, where, returning: readReturning(cursor)};
}

/** The other way to write an UPDATE: FROM table WHERE condition SET path = value. */
function readFromFirst(cursor: StatementCursor): UpdateStatement {
  const source = readTarget(cursor);
  refuseAlias(cursor);
  const where = readWhere(cursor);
  if (!cursor.isKeyword('SET') && !cursor.isKeyword('REMOVE')) throw notWellFormed('Expected data manipulation');
  const clauses = readClauses(cursor);
  return {kind: 'update', source, clauses, where, returning: readReturning(cursor)};
}

function readClauses(cursor: StatementCursor): readonly UpdateClause[] {
  const clauses: UpdateClause[] = [];
  for (;;) {
    if (cursor.takeKeyword('SET')) {
      do {
        const target = readPath(cursor);
        cursor.expectSymbol('=', 'EQUAL');
        clauses.push({kind: 'set', target, value: readOperand(cursor)});
      } while (cursor.takeSymbol(','));
    } else if (cursor.takeKeyword('REMOVE')) {
      do clauses.push({kind: 'remove', target: readPath(cursor)});
      while (cursor.takeSymbol(','));
    } else {
      return clauses;
    }
  }
}

function readDelete(cursor: StatementCursor): DeleteStatement {
  if (!cursor.takeKeyword('FROM')) throw notWellFormed('Expected FROM');
  const source = readTarget(cursor);
  refuseAlias(cursor);
  const where = readWhere(cursor);
  const returning = readReturning(cursor);
  if (returning !== undefined && (returning.which !== 'ALL' || returning.image !== 'OLD')) {
    throw validationError(`Invalid returning clause: RETURNING ${returning.which} ${returning.image} *. Only RETURNING ALL OLD * is allowed in DELETE statements.`);
  }
  return {kind: 'delete', source, where, returning};
}

function readExists(cursor: StatementCursor): ExistsStatement {
  cursor.take();
  cursor.expectSymbol('(', 'LEFT_PAREN');
  if (!cursor.takeKeyword('SELECT')) throw notWellFormed('Expected SELECT');
  const select = readSelect(cursor);
  cursor.expectSymbol(')', 'RIGHT_PAREN');
  return {kind: 'exists', select};
}

function readWhere(cursor: StatementCursor): Condition | undefined {
  return cursor.takeKeyword('WHERE') ? readCondition(cursor) : undefined;
}

function readReturning(cursor: StatementCursor): Returning | undefined {
  if (!cursor.takeKeyword('RETURNING')) return undefined;
  const {upper: which} = cursor.take();
  const {upper: image} = cursor.take();
  if ((which !== 'ALL' && which !== 'MODIFIED') || (image !== 'OLD' && image !== 'NEW')) throw notWellFormed('Expected ALL or MODIFIED, then OLD or NEW, in RETURNING clause');
  cursor.expectSymbol('*', 'STAR');
  return {which, image};
}

/** A table, or one of its indexes behind a point. */
function readSource(cursor: StatementCursor): Source {
  if (!cursor.isName()) throw cursor.unexpected();
  const components = [readComponent(cursor)];
  while (cursor.takeSymbol('.')) {
    if (!cursor.isName()) throw notWellFormed('Invalid path dot component');
    components.push(readComponent(cursor));
  }
  const [tableName = '', indexName] = components;
  if (components.length > 2) throw validationError('A path may contain at most 2 components in the FROM clause');
  return {tableName, indexName};
}

/** A table that is written to. */
function readTarget(cursor: StatementCursor): Source {
  if (!cursor.isName()) throw notWellFormed('Expected identifier for simple path');
  return readSource(cursor);
}

function readComponent(cursor: StatementCursor): string {
  const {text} = cursor.take();
  if (text === '') throw validationError('Path component cannot be an empty string');
  return text;
}

function refuseAlias(cursor: StatementCursor): void {
  if (cursor.isKeyword('AS') || cursor.isName()) throw aliasing();
}
function aliasing(): Error {
  return validationError('Aliasing is not supported');
}
