import type {AttributeValue} from '../attribute-value.js';
import {validationError} from '../errors.js';
import type {Span} from './statement-ast.js';
import {errorAt, notWellFormed} from './statement-errors.js';
import type {StatementToken} from './statement-lexer.js';
import {tokenizeStatement} from './statement-lexer.js';

/** Parentheses, NOTs, calls, lists and maps may nest this deep. The service stores 32 levels, so all but the first three are free. */
const DEPTH_MAX = 200;

/** Words that are no names unless they stand in double quotes. */
const KEYWORDS: ReadonlySet<string> = new Set([
  'ALL', 'AND', 'AS', 'ASC', 'BETWEEN', 'BY', 'DELETE', 'DESC', 'DISTINCT', 'EXISTS', 'FALSE', 'FROM', 'GROUP', 'HAVING', 'IN', 'INNER', 'INSERT', 'INTO', 'IS',
  'JOIN', 'LIKE', 'LIMIT', 'MISSING', 'NOT', 'NULL', 'OR', 'ORDER', 'REMOVE', 'RETURNING', 'SELECT', 'SET', 'TRUE', 'UPDATE', 'VALUE', 'VALUES', 'WHERE',
]);
const OPERATOR_WORDS: ReadonlySet<string> = new Set(['AND', 'BETWEEN', 'IN', 'IS', 'LIKE', 'OR']);
const OPERATOR_SYMBOLS: ReadonlySet<string> = new Set(['=', '<>', '!=', '<', '<=', '>', '>=', '+', '*']);

/** Walks over the tokens of one statement and hands out its parameters. */
export class StatementCursor {
  readonly statement: string;
  readonly #tokens: readonly StatementToken[];
  readonly #parameters: readonly AttributeValue[];
  #at = 0;
  #parameterCount = 0;
  #depth = 0;

  /** @throws ModelError `ValidationException` */
  constructor(statement: string, parameters: readonly AttributeValue[]) {
    this.statement = statement;
    this.#tokens = tokenizeStatement(statement);
    this.#parameters = parameters;
  }

  get current(): StatementToken {
    return this.#tokens[this.#at] as StatementToken;
  }
  /** The token after the current one; the end after the end. */
  get following(): StatementToken {
    return this.#tokens[Math.min(this.#at + 1, this.#tokens.length - 1)] as StatementToken;
  }
  get span(): Span {
    const {from, until} = this.current;
    return {from, length: until - from};
  }
  /** Whether nothing follows but perhaps the semicolon. */
  get isOver(): boolean {
    return this.current.kind === 'end' || this.isSymbol(';');
  }

  take(): StatementToken {
    const token = this.current;
    if (token.kind !== 'end') this.#at += 1;
    return token;
  }
  isSymbol(text: string): boolean {
    return this.current.kind === 'symbol' && this.current.text === text;
  }
  takeSymbol(text: string): boolean {
    if (!this.isSymbol(text)) return false;
    this.#at += 1;
    return true;
  }
  /** @param name of the token, as the service calls it */
  expectSymbol(text: string, name: string): void {
    if (!this.takeSymbol(text)) throw notWellFormed(`Expected ${name}`);
  }
  /** @param upper the keyword in upper case */
  isKeyword(upper: string): boolean {
    return this.current.upper === upper;
  }
  takeKeyword(upper: string): boolean {
    if (!this.isKeyword(upper)) return false;
    this.#at += 1;
    return true;
  }
  /** Whether a name stands here: in double quotes, or a word that is no keyword. */
  isName(token = this.current): boolean {
    return token.kind === 'quoted' || (token.kind === 'word' && !KEYWORDS.has(token.upper));
  }

  /** The value of the question mark that was taken last. */
  nextParameter(): AttributeValue {
    const value = this.#parameters[this.#parameterCount];
    this.#parameterCount += 1;
    // Told only once the whole statement is read: a syntax error comes first.
    return value ?? {kind: 'NULL'};
  }

  /** Counts one level of nesting around `parse`. @throws ModelError `ValidationException` when it is too deep */
  nested<Node>(parse: () => Node): Node {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw notWellFormed('');
    const node = parse();
    this.#depth -= 1;
    return node;
  }

  /** The end of the statement. @throws ModelError `ValidationException` for what is left over, then for a wrong number of parameters */
  finish(): void {
    this.takeSymbol(';');
    if (this.current.kind !== 'end') throw notWellFormed('Unexpected token after expression');
    if (this.#parameterCount !== this.#parameters.length) throw validationError("Number of parameters in request and statement don't match.");
  }

  /** The current token cannot begin what should stand here. */
  unexpected(): Error {
    const {kind, text, upper} = this.current;
    if (OPERATOR_WORDS.has(upper) || (kind === 'symbol' && OPERATOR_SYMBOLS.has(text))) return notWellFormed('Unexpected operator');
    return notWellFormed(kind === 'word' && KEYWORDS.has(upper) ? 'Unexpected keyword' : 'Unexpected term');
  }
  errorAt(message: string, at: Span): Error {
    return errorAt(message, this.statement, at);
  }
}
