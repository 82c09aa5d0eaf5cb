import type {AttributeValue} from '../attribute-value.js';
import {NESTING_LEVELS_MAX, orderedNumbers, orderedTexts} from '../attribute-value.js';
import {ModelError, invalidParameters, validationError} from '../errors.js';
import {checkAttributeName} from '../item-json.js';
import {toWellFormed} from '../json-shape.js';
import {parseNumber} from '../number.js';
import type {StatementCursor} from './statement-cursor.js';
import {notWellFormed} from './statement-errors.js';

/** @returns whether a literal or a parameter begins here */
export function isValue(cursor: StatementCursor): boolean {
  const {kind, text, upper} = cursor.current;
  if (kind === 'string' || kind === 'number') return true;
  if (kind === 'symbol') {
    return text === '?' || text === '[' || text === '{' || text === '<<' || ((text === '-' || text === '+') && cursor.following.kind === 'number');
  }
  return upper === 'TRUE' || upper === 'FALSE' || upper === 'NULL';
}

/**
 * A literal, or a parameter in its place.
 * @param place inside the value, as messages about numbers show it
 * @param depth how many lists and maps enclose it
 * @throws ModelError `ValidationException`
 */
export function parseValue(cursor: StatementCursor, place = 'root', depth = 0): AttributeValue {
  const {kind, text, upper} = cursor.current;
  if (kind === 'string') {
    cursor.take();
    return {kind: 'S', value: toWellFormed(text)};
  }
  if (kind === 'number' || ((text === '-' || text === '+') && kind === 'symbol' && cursor.following.kind === 'number')) return {kind: 'N', value: parseNumberAt(cursor, place).text};
  if (upper === 'TRUE' || upper === 'FALSE') {
    cursor.take();
    return {kind: 'BOOL', value: upper === 'TRUE'};
  }
  if (cursor.takeKeyword('NULL')) return {kind: 'NULL'};
  if (cursor.takeSymbol('?')) return cursor.nextParameter();
  if (cursor.takeSymbol('<<')) return parseBag(cursor, place);
  if (cursor.isSymbol('[') || cursor.isSymbol('{')) {
    if (depth >= NESTING_LEVELS_MAX) throw validationError(`Nesting Levels have exceeded supported limits under ${place}`);
    cursor.take();
    return text === '[' ? parseList(cursor, place, depth) : {kind: 'M', entries: parseEntries(cursor, (name) => `${place}.${name}`, depth + 1)};
  }
  if (cursor.isName() && cursor.following.text === '(') throw cursor.errorAt(`Unsupported data type: ${cursor.current.text.toLowerCase()} under key root`, cursor.span);
  throw cursor.unexpected();
}

/** The item of an INSERT: a map of literals. The opening brace is taken already. */
export function parseItemLiteral(cursor: StatementCursor): ReadonlyMap<string, AttributeValue> {
  // Each attribute is a root of its own.
  return parseEntries(cursor, () => 'root', 0);
}

function parseList(cursor: StatementCursor, place: string, depth: number): AttributeValue {
  const values: AttributeValue[] = [];
  if (cursor.takeSymbol(']')) return {kind: 'L', values};
  do values.push(parseValue(cursor, `${place}[${values.length}]`, depth + 1));
  while (cursor.takeSymbol(','));
  cursor.expectSymbol(']', 'RIGHT_BRACKET');
  return {kind: 'L', values};
}

function parseEntries(cursor: StatementCursor, placeOf: (name: string) => string, depth: number): ReadonlyMap<string, AttributeValue> {
  const entries = new Map<string, AttributeValue>();
  if (cursor.takeSymbol('}')) return entries;
  do {
    if (cursor.current.kind !== 'string') throw cursor.unexpected();
    const name = checkAttributeName(cursor.take().text);
    cursor.expectSymbol(':', 'COLON');
    entries.set(name, parseValue(cursor, placeOf(name), depth));
  } while (cursor.takeSymbol(','));
  cursor.expectSymbol('}', 'RIGHT_CURLY');
  return entries;
}

/** @returns the canonical text, and the text as written */
function parseNumberAt(cursor: StatementCursor, place: string): {readonly text: string; readonly written: string} {
  const sign = cursor.current.kind === 'symbol' && cursor.take().text === '-' ? '-' : '';
  const written = sign + cursor.take().text;
  try {
    return {text: parseNumber(written).text, written};
  } catch (cause) {
    if (!(cause instanceof ModelError)) throw cause;
    throw new ModelError({code: 'ValidationException', message: `${cause.failure.message ?? ''} under ${place}`}, {cause});
  }
}

/** A set; the opening brackets are taken already. */
function parseBag(cursor: StatementCursor, place: string): AttributeValue {
  if (cursor.takeSymbol('>>')) throw validationError('Empty bags are not supported');
  const members: {readonly kind: 'S' | 'N'; readonly value: string; readonly written: string}[] = [];
  do members.push(parseMember(cursor, place));
  while (cursor.takeSymbol(','));
  cursor.expectSymbol('>>', 'RIGHT_DOUBLE_ANGLE_BRACKET');
  const kind = members[0]?.kind ?? 'S';
  if (members.some((member) => member.kind !== kind)) throw mixedBag();
  const values = members.map(({value}) => value);
  if (new Set(values).size !== values.length) {
    const shown = `Input collection [${members.map(({written}) => written).join(', ')}] contains duplicates`;
    throw invalidParameters(kind === 'S' ? `${shown}.` : `${shown}! under ${place}`);
  }
  return kind === 'S' ? {kind: 'SS', values: orderedTexts(values)} : {kind: 'NS', values: orderedNumbers(values)};
}

function parseMember(cursor: StatementCursor, place: string): {readonly kind: 'S' | 'N'; readonly value: string; readonly written: string} {
  const {kind, text} = cursor.current;
  if (kind === 'number' || ((text === '-' || text === '+') && kind === 'symbol' && cursor.following.kind === 'number')) {
    const number = parseNumberAt(cursor, place);
    return {kind: 'N', value: number.text, written: number.written};
  }
  if (!isValue(cursor)) throw cursor.unexpected();
  // Nothing nests in a set: what opens here is of the wrong kind whatever it holds.
  if (kind === 'symbol' && text !== '?') throw mixedBag();
  const value = parseValue(cursor, place);
  if (value.kind !== 'S' && value.kind !== 'N') throw mixedBag();
  return {kind: value.kind, value: value.value, written: value.value};
}

function mixedBag(): Error {
  return validationError('Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags');
}

/** A list index in a path; the opening bracket is taken already. */
export function parseListIndex(cursor: StatementCursor): number {
  const isNegative = cursor.takeSymbol('-');
  if (cursor.current.kind !== 'number') throw notWellFormed('Unexpected path component');
  const {span} = cursor;
  const {text} = cursor.take();
  const index = Number(text);
  if (!/^[0-9]+$/.test(text) || index > LIST_INDEX_MAX || (isNegative && index !== 0)) {
    throw cursor.errorAt(`List index is not within the allowable range; index: [${isNegative ? '-' : ''}${text}]`, span);
  }
  cursor.expectSymbol(']', 'RIGHT_BRACKET');
  return index;
}

const LIST_INDEX_MAX = 2 ** 31 - 1;
