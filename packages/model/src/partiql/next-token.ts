import {crc32c, utf8Decode, utf8Encode} from '@murmuration/base';
import type {AttributeValue, Item} from '../attribute-value.js';
import {decodeBase64, encodeBase64} from '../base64.js';
import {ModelError, validationError} from '../errors.js';
import {itemText, parseItem, valueText} from '../item-json.js';

/** Where a SELECT goes on: in which of its queries, and behind which key. */
export interface StatementPosition {
  /** Of the queries of the plan, from 0; 0 for a scan. */
  readonly queryIndex: number;
  readonly startKey: Item | undefined;
}

const VERSION = 1;

/**
 * The opaque text that NextToken shows: a position, with the statement and the parameters it belongs to. The key in it is
 * held against the query again, so a forged one reads nothing that the statement does not.
 */
export function encodeNextToken({queryIndex, startKey}: StatementPosition, statement: string, parameters: readonly AttributeValue[]): string {
  const body = `${VERSION}.${fingerprint(statement, parameters)}.${queryIndex}.${startKey === undefined ? '' : itemText(startKey)}`;
  return encodeBase64(utf8Encode(`${crc32c(utf8Encode(body))}.${body}`));
}

/** @throws ModelError `ValidationException` for a text that is none of these, or of another statement */
export function decodeNextToken(token: string, statement: string, parameters: readonly AttributeValue[]): StatementPosition {
  const fields = /^(\d+)\.(1\.(\d+)\.(\d+)\.(.*))$/s.exec(decoded(token));
  const [, checksum, body = '', made, queryIndex, startKey = ''] = fields ?? [];
  if (checksum === undefined || crc32c(utf8Encode(body)) !== Number(checksum) || Number(made) !== fingerprint(statement, parameters)) throw mismatch();
  return {queryIndex: Number(queryIndex), startKey: startKey === '' ? undefined : keyOf(startKey)};
}

function decoded(token: string): string {
  try {
    return utf8Decode(decodeBase64(token));
  } catch {
    // Whatever is wrong with it, it was not made here.
    throw mismatch();
  }
}

function keyOf(text: string): Item {
  try {
    return parseItem(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof ModelError || cause instanceof SyntaxError) throw mismatch();
    throw cause;
  }
}

function fingerprint(statement: string, parameters: readonly AttributeValue[]): number {
  return crc32c(utf8Encode(`${statement}\u0000${parameters.map(valueText).join(',')}`));
}

function mismatch(): Error {
  return validationError('NextToken does not match request');
}
