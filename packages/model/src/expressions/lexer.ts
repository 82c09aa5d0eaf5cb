import type {ExpressionKind} from './ast.js';
import {expressionError} from './findings.js';

export type TokenKind = 'name' | 'placeholder' | 'value' | 'digits' | 'symbol' | 'unknown' | 'end';

/** A piece of the text, [from, until). */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly from: number;
  readonly until: number;
}

/** Cuts a text into tokens; the last is always `end`. Never fails: what fits nothing becomes `unknown`. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (isSpace(code)) {
      at += 1;
      continue;
    }
    const until = tokenEnd(text, at, code);
    tokens.push({kind: tokenKind(text, at, until, code), text: text.slice(at, until), from: at, until});
    at = until;
  }
  tokens.push({kind: 'end', text: '<EOF>', from: text.length, until: text.length});
  return tokens;
}

function tokenEnd(text: string, from: number, code: number): number {
  if (isLetter(code) || isDigit(code) || code === UNDERSCORE || code === NUMBER_SIGN || code === COLON) {
    let until = from + 1;
    while (until < text.length && isWord(text.charCodeAt(until))) until += 1;
    return until;
  }
  const next = text.charCodeAt(from + 1);
  if (code === LESS && (next === EQUAL || next === GREATER)) return from + 2;
  if (code === GREATER && next === EQUAL) return from + 2;
  // A character outside the basic plane is two units and one token.
  return from + (code >= 0xd800 && code <= 0xdbff ? 2 : 1);
}

function tokenKind(text: string, from: number, until: number, code: number): TokenKind {
  if (isLetter(code)) return 'name';
  if (code === NUMBER_SIGN) return until - from > 1 ? 'placeholder' : 'unknown';
  if (code === COLON) return until - from > 1 ? 'value' : 'unknown';
  if (isDigit(code)) {
    for (let at = from; at < until; at += 1) if (!isDigit(text.charCodeAt(at))) return 'unknown';
    return 'digits';
  }
  return SYMBOLS.includes(text[from] as string) ? 'symbol' : 'unknown';
}

const SYMBOLS = '(),.[]=<>+-';
const UNDERSCORE = 95;
const NUMBER_SIGN = 35;
const COLON = 58;
const LESS = 60;
const EQUAL = 61;
const GREATER = 62;

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}
function isLetter(code: number): boolean {
  const lower = code | 32;
  return lower >= 97 && lower <= 122;
}
function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
function isWord(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === UNDERSCORE;
}

/** Walks over the tokens of one expression. */
export class TokenCursor {
  readonly #expression: ExpressionKind;
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  constructor(expression: ExpressionKind, text: string) {
    this.#expression = expression;
    this.#text = text;
    this.#tokens = tokenize(text);
  }
  get current(): Token {
    return this.#tokens[this.#at] as Token;
  }
  /** The token after the current one; the end after the end. */
  get following(): Token {
    return this.#tokens[Math.min(this.#at + 1, this.#tokens.length - 1)] as Token;
  }
  /** Steps over the current token and returns it; the end stays. */
  take(): Token {
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
  expectSymbol(text: string): void {
    if (!this.takeSymbol(text)) throw this.syntaxError();
  }
  /** @param upper the keyword in upper case; the text's own case does not matter */
  isKeyword(upper: string): boolean {
    const {kind, text} = this.current;
    return kind === 'name' && text.length === upper.length && text.toUpperCase() === upper;
  }
  takeKeyword(upper: string): boolean {
    if (!this.isKeyword(upper)) return false;
    this.#at += 1;
    return true;
  }
  /** The error at the current token, showing the text from the token before to the token after. */
  syntaxError(): Error {
    const token = this.current;
    const from = (this.#tokens[this.#at - 1] ?? token).from;
    const near = this.#text.slice(from, this.following.until);
    return expressionError(this.#expression, `Syntax error; token: "${token.text}", near: "${near}"`);
  }
}
