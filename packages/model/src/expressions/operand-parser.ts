import type {CallNode, ExpressionKind, OperandNode, PathElement, PathNode} from './ast.js';
import {Findings, expressionError} from './findings.js';
import {FUNCTIONS, misuseMessage} from './functions.js';
import {TokenCursor} from './lexer.js';
import {isReservedWord} from './reserved-words.js';

/** Most operators and functions in one expression. */
export const OPERATOR_COUNT_MAX = 300;
const LIST_INDEX_MAX = 2 ** 31 - 1;
const PATH_NESTING_MAX = 32;
/** Parentheses and NOTs may nest this deep: more than any expression within the operator limit needs. */
const DEPTH_MAX = 400;

/** Where an operand stands, which decides the functions it may be. */
export type OperandUse = 'condition' | 'set';

/** The part of the grammar that all expressions share: paths, values, functions, parentheses around operands. */
export class OperandParser {
  readonly cursor: TokenCursor;
  readonly findings: Findings;
  /** Whether the limits of a caller's text do not count: see translation.ts. */
  readonly isTranslated: boolean;
  readonly #expression: ExpressionKind;
  #operatorCount = 0;
  #depth = 0;
  /** The node closed last by a parenthesis: closing it again right away is redundant. */
  #parenthesised: object | undefined;

  constructor(expression: ExpressionKind, text: string, isTranslated = false) {
    this.#expression = expression;
    this.isTranslated = isTranslated;
    this.cursor = new TokenCursor(expression, text);
    this.findings = new Findings(expression, undefined);
  }

  countOperator(): void {
    this.#operatorCount += 1;
  }

  /** Reports what only the whole text shows. */
  finish(): void {
    if (this.cursor.current.kind !== 'end') throw this.cursor.syntaxError();
    if (this.#operatorCount > OPERATOR_COUNT_MAX && !this.isTranslated) this.findings.report('operator-count', this.#tooManyOperators());
  }

  #tooManyOperators(): string {
    return `The expression contains too many operators; operator count: ${this.#operatorCount}`;
  }

  /** Counts one level of nesting around `parse`, and refuses to go deeper than any legal expression. */
  nested<Node>(parse: () => Node): Node {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) {
      const message = this.#operatorCount > OPERATOR_COUNT_MAX
        ? this.#tooManyOperators() : 'The expression has redundant parentheses;';
      throw expressionError(this.#expression, message);
    }
    const node = parse();
    this.#depth -= 1;
    return node;
  }

  /** After an opening parenthesis: its content and the closing one. */
  parenthesised<Node extends object>(parse: () => Node): Node {
    const node = this.nested(parse);
    this.cursor.expectSymbol(')');
    if (this.#parenthesised === node) this.findings.report('parentheses', 'The expression has redundant parentheses;');
    this.#parenthesised = node;
    return node;
  }

  operand(use: OperandUse): OperandNode {
    const {cursor} = this;
    if (cursor.takeSymbol('(')) return this.parenthesised(() => this.operand(use));
    const token = cursor.current;
    if (token.kind === 'value') {
      cursor.take();
      return {kind: 'value', name: token.text};
    }
    if (this.isCall()) {
      const call = this.call(use);
      this.requireOperandCall(call, use);
      return call;
    }
    return this.path();
  }

  isCall(): boolean {
    const {current, following} = this.cursor;
    return current.kind === 'name' && following.kind === 'symbol' && following.text === '(' && !isOperatorWord(current.text);
  }

  call(use: OperandUse): CallNode {
    const {cursor} = this;
    const name = cursor.take().text;
    this.countOperator();
    if (!FUNCTIONS.has(name)) this.findings.report('unknown-function', `Invalid function name; function: ${name}`);
    cursor.expectSymbol('(');
    const operands = this.nested(() => {
      const list = [this.operand(use)];
      while (cursor.takeSymbol(',')) list.push(this.operand(use));
      return list;
    });
    cursor.expectSymbol(')');
    return {kind: 'call', name, operands};
  }

  requireOperandCall(call: CallNode, use: OperandUse): void {
    const rule = FUNCTIONS.get(call.name);
    if (rule === undefined) return;
    if (rule.use !== (use === 'set' ? 'set' : 'operand')) this.findings.report('misused-function', misuseMessage(call.name));
  }

  path(): PathNode {
    const {cursor} = this;
    const elements: PathElement[] = [this.#pathName()];
    for (;;) {
      if (cursor.takeSymbol('.')) {
        elements.push(this.#pathName());
      } else if (cursor.takeSymbol('[')) {
        if (cursor.current.kind !== 'digits') throw cursor.syntaxError();
        elements.push(this.#index(cursor.take().text));
        cursor.expectSymbol(']');
      } else {
        break;
      }
    }
    if (elements.length > PATH_NESTING_MAX) {
      this.findings.report('nesting', `The document path has too many nesting levels; nesting levels: ${elements.length}`);
    }
    return {kind: 'path', elements};
  }

  #index(digits: string): PathElement {
    const index = Number(digits);
    if (digits.length > 10 || index > LIST_INDEX_MAX) {
      this.findings.report('list-index', `List index is not within the allowable range; index: [${digits}]`);
    }
    return {kind: 'index', index};
  }

  #pathName(): PathElement {
    const {cursor} = this;
    const token = cursor.current;
    if (token.kind === 'placeholder') {
      cursor.take();
      return {kind: 'placeholder', name: token.text};
    }
    if (token.kind !== 'name' || isOperatorWord(token.text)) throw cursor.syntaxError();
    cursor.take();
    if (isReservedWord(token.text)) {
      this.findings.report('reserved', `Attribute name is a reserved keyword; reserved keyword: ${token.text}`);
    }
    return {kind: 'name', name: token.text};
  }
}

/** Words the grammar keeps for itself: where one stands, a name is a syntax error and not merely reserved. */
function isOperatorWord(text: string): boolean {
  if (text.length < 2 || text.length > 7) return false;
  switch (text.toUpperCase()) {
    case 'AND': case 'OR': case 'NOT': case 'IN': case 'BETWEEN': return true;
    default: return false;
  }
}
