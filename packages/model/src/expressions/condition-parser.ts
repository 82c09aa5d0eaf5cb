import type {CallNode, Comparator, ConditionNode, ExpressionKind, OperandNode} from './ast.js';
import type {Finding} from './findings.js';
import {FUNCTIONS, misuseMessage} from './functions.js';
import {OperandParser} from './operand-parser.js';

/** The operand before IN counts too, so 99 candidates may follow it. */
const IN_OPERAND_COUNT_MAX = 100;

export interface ParsedCondition {
  readonly node: ConditionNode;
  /** A mistake seen without names and values; the binder may find one that is reported before it. */
  readonly finding: Finding | undefined;
}

/** Parses a condition, filter or key condition. @throws ModelError `ValidationException` on a syntax error */
export function parseCondition(expression: ExpressionKind, text: string, isTranslated = false): ParsedCondition {
  const parser = new ConditionParser(expression, text, isTranslated);
  const node = parser.whole();
  return {node, finding: parser.finding};
}

/** A parenthesis may hold a condition or an operand; only what follows tells. Rules return either and callers require one. */
type Node = ConditionNode | OperandNode;

class ConditionParser {
  readonly #parser: OperandParser;
  constructor(expression: ExpressionKind, text: string, isTranslated: boolean) {
    this.#parser = new OperandParser(expression, text, isTranslated);
  }
  get finding(): Finding | undefined {
    return this.#parser.findings.first;
  }

  whole(): ConditionNode {
    const node = this.#requireCondition(this.#or());
    this.#parser.finish();
    return node;
  }

  #or(): Node {
    const first = this.#and();
    if (!this.#parser.cursor.isKeyword('OR')) return first;
    const conditions = [this.#requireCondition(first)];
    while (this.#parser.cursor.takeKeyword('OR')) {
      this.#parser.countOperator();
      conditions.push(this.#requireCondition(this.#and()));
    }
    return {kind: 'or', conditions};
  }

  #and(): Node {
    const first = this.#not();
    if (!this.#parser.cursor.isKeyword('AND')) return first;
    const conditions = [this.#requireCondition(first)];
    while (this.#parser.cursor.takeKeyword('AND')) {
      this.#parser.countOperator();
      conditions.push(this.#requireCondition(this.#not()));
    }
    return {kind: 'and', conditions};
  }

  #not(): Node {
    if (!this.#parser.cursor.takeKeyword('NOT')) return this.#comparison();
    this.#parser.countOperator();
    return {kind: 'not', condition: this.#parser.nested(() => this.#requireCondition(this.#not()))};
  }

  #comparison(): Node {
    const parser = this.#parser;
    const {cursor} = parser;
    const left = this.#term();
    if (!isOperand(left)) return left;
    const op = this.#comparator();
    if (op !== undefined) {
      cursor.take();
      parser.countOperator();
      return {kind: 'compare', op, left: this.#requireOperand(left), right: parser.operand('condition')};
    }
    if (cursor.takeKeyword('BETWEEN')) {
      parser.countOperator();
      const operand = this.#requireOperand(left);
      const lower = parser.operand('condition');
      if (!cursor.takeKeyword('AND')) throw cursor.syntaxError();
      return {kind: 'between', operand, lower, upper: parser.operand('condition')};
    }
    if (cursor.takeKeyword('IN')) return this.#in(this.#requireOperand(left));
    return left;
  }

  #in(operand: OperandNode): ConditionNode {
    const parser = this.#parser;
    parser.countOperator();
    parser.cursor.expectSymbol('(');
    const candidates = [parser.operand('condition')];
    while (parser.cursor.takeSymbol(',')) candidates.push(parser.operand('condition'));
    parser.cursor.expectSymbol(')');
    const operandCount = candidates.length + 1;
    if (operandCount > IN_OPERAND_COUNT_MAX && !parser.isTranslated) {
      parser.findings.report('operand-count',
        `The IN operator is provided with too many operands; number of operands: ${operandCount}`);
    }
    return {kind: 'in', operand, candidates};
  }

  #term(): Node {
    const parser = this.#parser;
    if (parser.cursor.takeSymbol('(')) return parser.parenthesised(() => this.#or());
    // Whether a call is a condition or an operand shows in what follows, so it is not judged here.
    if (parser.isCall()) return parser.call('condition');
    return parser.operand('condition');
  }

  #comparator(): Comparator | undefined {
    const {kind, text} = this.#parser.cursor.current;
    if (kind !== 'symbol') return undefined;
    switch (text) {
      case '=': case '<>': case '<': case '<=': case '>': case '>=': return text;
      default: return undefined;
    }
  }

  /** An operand where a condition is needed is a syntax error at the token after it, where an operator should be. */
  #requireCondition(node: Node): ConditionNode {
    if (node.kind === 'call') {
      const rule = FUNCTIONS.get(node.name);
      if (rule !== undefined && rule.use !== 'condition') this.#misuse(node);
      return node;
    }
    if (isOperand(node)) throw this.#parser.cursor.syntaxError();
    return node;
  }

  #requireOperand(node: OperandNode): OperandNode {
    if (node.kind === 'call') this.#parser.requireOperandCall(node, 'condition');
    return node;
  }

  #misuse(call: CallNode): void {
    this.#parser.findings.report('misused-function', misuseMessage(call.name));
  }
}

function isOperand(node: Node): node is OperandNode {
  return node.kind === 'path' || node.kind === 'value' || node.kind === 'call' || node.kind === 'arithmetic';
}
