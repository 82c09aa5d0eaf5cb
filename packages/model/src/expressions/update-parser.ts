import type {OperandNode, PathNode, ProjectionNode, UpdateActionNode, UpdateNode} from './ast.js';
import type {Finding} from './findings.js';
import {OperandParser} from './operand-parser.js';

const SECTIONS = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;
type Section = (typeof SECTIONS)[number];

export interface ParsedUpdate {
  readonly node: UpdateNode;
  readonly finding: Finding | undefined;
}
export interface ParsedProjection {
  readonly node: ProjectionNode;
  readonly finding: Finding | undefined;
}

/** @throws ModelError `ValidationException` on a syntax error */
export function parseUpdate(text: string, isTranslated = false): ParsedUpdate {
  const parser = new OperandParser('UpdateExpression', text, isTranslated);
  const {cursor, findings} = parser;
  const actions: UpdateActionNode[] = [];
  const seen = new Set<Section>();
  do {
    const section = SECTIONS.find((word) => cursor.takeKeyword(word));
    if (section === undefined) throw cursor.syntaxError();
    if (seen.has(section)) {
      findings.report('section', `The "${section}" section can only be used once in an update expression;`);
    }
    seen.add(section);
    do actions.push(parseAction(parser, section));
    while (cursor.takeSymbol(','));
  } while (cursor.current.kind !== 'end');
  parser.finish();
  return {node: {kind: 'update', actions}, finding: findings.first};
}

function parseAction(parser: OperandParser, section: Section): UpdateActionNode {
  const {cursor} = parser;
  if (SECTIONS.some((word) => cursor.isKeyword(word))) throw cursor.syntaxError();
  const path = parser.path();
  switch (section) {
    case 'SET':
      cursor.expectSymbol('=');
      return {kind: 'set', path, value: parseSetValue(parser)};
    case 'REMOVE': return {kind: 'remove', path};
    case 'ADD': return {kind: 'add', path, value: parser.operand('set')};
    case 'DELETE': return {kind: 'delete', path, value: parser.operand('set')};
  }
}

/** One term, or two with one operator; the whole may stand in parentheses. */
function parseSetValue(parser: OperandParser): OperandNode {
  const {cursor} = parser;
  const left = cursor.takeSymbol('(') ? parser.parenthesised(() => parseSetValue(parser)) : parser.operand('set');
  if (left.kind === 'arithmetic') return left;
  const op = cursor.isSymbol('+') ? '+' : cursor.isSymbol('-') ? '-' : undefined;
  if (op === undefined) return left;
  cursor.take();
  parser.countOperator();
  return {kind: 'arithmetic', op, left, right: parser.operand('set')};
}

/** @throws ModelError `ValidationException` on a syntax error */
export function parseProjection(text: string, isTranslated = false): ParsedProjection {
  const parser = new OperandParser('ProjectionExpression', text, isTranslated);
  const paths: PathNode[] = [];
  do paths.push(parser.path());
  while (parser.cursor.takeSymbol(','));
  parser.finish();
  return {node: {kind: 'projection', paths}, finding: parser.findings.first};
}
