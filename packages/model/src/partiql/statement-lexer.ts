import {notWellFormed} from './statement-errors.js';

export type StatementTokenKind = 'word' | 'quoted' | 'string' | 'number' | 'symbol' | 'end';

/** A piece of a statement, [from, until). */
export interface StatementToken {
  readonly kind: StatementTokenKind;
  /** What it means: a quoted name or a string without its quotes. */
  readonly text: string;
  /** A word in upper case; empty for everything else. */
  readonly upper: string;
  readonly from: number;
  readonly until: number;
}

const APOSTROPHE = 39;
const QUOTE = 34;
const MINUS = 45;
const SLASH = 47;
const STAR = 42;
const DOT = 46;
const UNDERSCORE = 95;
const DOLLAR = 36;
const SYMBOLS_ONE = '()[]{},.:;?*+-=<>';
const SYMBOLS_TWO: ReadonlySet<string> = new Set(['<>', '!=', '<=', '>=', '<<', '>>']);

/**
 * Cuts a statement into tokens, in one pass; the last is always `end`. Comments are `-- to the end of the line` and between
 * slash and star.
 * @throws ModelError `ValidationException` for what is no token at all, and for quotes and comments that do not end
 */
export function tokenizeStatement(statement: string): readonly StatementToken[] {
  const tokens: StatementToken[] = [];
  let at = 0;
  for (;;) {
    at = skipSpace(statement, at);
    if (at >= statement.length) break;
    const token = readToken(statement, at);
    tokens.push(token);
    at = token.until;
  }
  tokens.push({kind: 'end', text: '', upper: '', from: statement.length, until: statement.length});
  return tokens;
}

function skipSpace(statement: string, from: number): number {
  let at = from;
  for (;;) {
    const code = statement.charCodeAt(at);
    if (isSpace(code)) {
      at += 1;
    } else if (code === MINUS && statement.charCodeAt(at + 1) === MINUS) {
      const end = statement.indexOf('\n', at);
      at = end < 0 ? statement.length : end + 1;
    } else if (code === SLASH && statement.charCodeAt(at + 1) === STAR) {
      const end = statement.indexOf('*/', at + 2);
      if (end < 0) throw notWellFormed('');
      at = end + 2;
    } else {
      return at;
    }
  }
}

function readToken(statement: string, from: number): StatementToken {
  const code = statement.charCodeAt(from);
  if (code === APOSTROPHE) return readQuoted(statement, from, "'", 'string');
  if (code === QUOTE) return readQuoted(statement, from, '"', 'quoted');
  if (isDigit(code) || (code === DOT && isDigit(statement.charCodeAt(from + 1)))) return plain('number', statement, from, numberEnd(statement, from));
  if (isWordStart(code)) {
    let until = from + 1;
    while (isWordPart(statement.charCodeAt(until))) until += 1;
    const text = statement.slice(from, until);
    return {kind: 'word', text, upper: text.toUpperCase(), from, until};
  }
  if (SYMBOLS_TWO.has(statement.slice(from, from + 2))) return plain('symbol', statement, from, from + 2);
  if (SYMBOLS_ONE.includes(statement[from] as string)) return plain('symbol', statement, from, from + 1);
  throw notWellFormed('');
}

function plain(kind: 'number' | 'symbol', statement: string, from: number, until: number): StatementToken {
  return {kind, text: statement.slice(from, until), upper: '', from, until};
}

/** Text in quotes; the quote itself is written twice. */
function readQuoted(statement: string, from: number, quote: string, kind: 'string' | 'quoted'): StatementToken {
  let text = '';
  let at = from + 1;
  for (;;) {
    const end = statement.indexOf(quote, at);
    if (end < 0) throw notWellFormed('');
    text += statement.slice(at, end);
    if (statement[end + 1] !== quote) return {kind, text, upper: '', from, until: end + 1};
    text += quote;
    at = end + 2;
  }
}

const INT32_MAX = 2 ** 31 - 1;

/** Digits, perhaps a point with digits, perhaps an exponent that fits a number of the service's own language. */
function numberEnd(statement: string, from: number): number {
  let at = digitsEnd(statement, from);
  let fractionDigits = 0;
  if (statement.charCodeAt(at) === DOT && isDigit(statement.charCodeAt(at + 1))) {
    const end = digitsEnd(statement, at + 1);
    fractionDigits = end - at - 1;
    at = end;
  }
  const mark = statement[at];
  if (mark !== 'e' && mark !== 'E') return at;
  const sign = statement[at + 1];
  const exponentFrom = sign === '-' || sign === '+' ? at + 2 : at + 1;
  const end = digitsEnd(statement, exponentFrom);
  if (end === exponentFrom) throw notWellFormed('');
  const exponent = Number(statement.slice(exponentFrom, end)) * (sign === '-' ? -1 : 1);
  if (Math.abs(exponent) > INT32_MAX || Math.abs(fractionDigits - exponent) > INT32_MAX) throw notWellFormed('');
  return end;
}

function digitsEnd(statement: string, from: number): number {
  let at = from;
  while (isDigit(statement.charCodeAt(at))) at += 1;
  return at;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}
function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
function isWordStart(code: number): boolean {
  const lower = code | 32;
  return (lower >= 97 && lower <= 122) || code === UNDERSCORE || code === DOLLAR;
}
function isWordPart(code: number): boolean {
  return isWordStart(code) || isDigit(code);
}
