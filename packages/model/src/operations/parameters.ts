import type {AttributeValue} from '../attribute-value.js';
import {ModelError, validationError} from '../errors.js';
import type {CompiledExpressions, ExpressionInput} from '../expressions/compile.js';
import {compileExpressions} from '../expressions/compile.js';
import {checkAttributeName} from '../item-json.js';
import {utf8SizeBytes, valueSizeBytes} from '../item-size.js';
import {checkConstraints} from './constraints.js';
import type {Deferred, Member, Members, StructureOf} from './request-shape.js';
import {convertMembers, toBody} from './request-shape.js';

/** Members that many operations share. Enumerations stand in the order in which messages list them. */
export const TABLE_NAME = {type: 'string', pattern: 'name-or-arn', lengthMin: 3, lengthMax: 255, required: true} as const;
export const INDEX_NAME = {type: 'string', pattern: 'name', lengthMin: 3, lengthMax: 255} as const;
export const CONSUMED_CAPACITY = {type: 'string', values: ['INDEXES', 'TOTAL', 'NONE']} as const;
export const COLLECTION_METRICS = {type: 'string', values: ['SIZE', 'NONE']} as const;
export const RETURN_VALUES = {
  type: 'string', values: ['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW'],
} as const;
export const ON_CHECK_FAILURE = {type: 'string', values: ['ALL_OLD', 'NONE']} as const;
export const CONDITIONAL_OPERATOR = {type: 'string', values: ['OR', 'AND']} as const;
export const EXPRESSION = {type: 'string'} as const;
export const NAMES = {
  type: 'map', of: {type: 'string'}, className: 'java.util.Map<java.lang.String, java.lang.String>',
} as const;
export const VALUES = {
  type: 'map', of: {type: 'attribute-value'},
  className: 'java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>',
} as const;

export type ReturnConsumedCapacity = 'INDEXES' | 'TOTAL' | 'NONE';
export type ReturnItemCollectionMetrics = 'SIZE' | 'NONE';
export type ReturnValues = 'ALL_NEW' | 'UPDATED_OLD' | 'ALL_OLD' | 'NONE' | 'UPDATED_NEW';
export type ReturnOnCheckFailure = 'ALL_OLD' | 'NONE';

/** A table as a request names it. */
export interface TableReference {
  /** The plain name. */
  readonly tableName: string;
  /** The name or ARN as given, which ConsumedCapacity echoes. */
  readonly tableNameGiven: string;
}

/**
 * The first two steps of every operation: conversion of the body, then its constraints.
 * @throws ModelError `SerializationException`, `ValidationException`
 */
export function readRequest<const M extends Members>(members: M, body: unknown): StructureOf<M> {
  const values = convertMembers(members, toBody(body));
  checkConstraints(members, values);
  // The one gate: conversion and constraints made it what the table says.
  return values as StructureOf<M>;
}

/**
 * The same for control-plane operations, where a missing or badly sized table name is reported before all constraints.
 * @throws ModelError `SerializationException`, `ValidationException`
 */
export function readTableRequest<const M extends Members>(members: M, body: unknown): StructureOf<M> {
  const values = convertMembers(members, toBody(body));
  const name = values['TableName'];
  if (name === undefined) {
    throw validationError("The parameter 'TableName' is required but was not present in the request");
  }
  if (typeof name === 'string' && !name.startsWith('arn:') && (name.length < 3 || name.length > 255)) {
    throw validationError('TableName must be at least 3 characters long and at most 255 characters long');
  }
  checkConstraints(members, values);
  return values as StructureOf<M>;
}

/** @throws ModelError `ValidationException` when it looks like an ARN and is none of a table */
export function toTableReference(given: string): TableReference {
  if (!given.startsWith('arn:')) return {tableName: given, tableNameGiven: given};
  const marker = ':table/';
  const at = given.indexOf(marker);
  const tableName = at < 0 ? '' : given.slice(at + marker.length);
  if (tableName === '' || tableName.includes('/')) throw validationError(`Invalid TableArn: Invalid ResourceArn provided as input ${given}`);
  return {tableName, tableNameGiven: given};
}

/** Parameters by wire name; undefined where absent. */
type Parameters = Readonly<Record<string, unknown>>;

/**
 * The rule against mixing the two generations of parameters.
 * @throws ModelError `ValidationException`
 */
export function checkMixing(legacy: Parameters, expressions: Parameters): void {
  const legacyGiven = given(legacy);
  if (legacyGiven.length === 0) return;
  const expressionsGiven = given(expressions);
  if (expressionsGiven.length === 0) return;
  throw validationError(
    'Can not use both expression and non-expression parameters in the same request: '
    + `Non-expression parameters: {${legacyGiven.join(', ')}} Expression parameters: {${expressionsGiven.join(', ')}}`);
}

function given(parameters: Parameters): readonly string[] {
  return Object.keys(parameters).filter((name) => parameters[name] !== undefined);
}

/** The expression members of one request, by what they are for. */
export interface ExpressionMembers {
  readonly update?: string | undefined;
  readonly condition?: string | undefined;
  readonly keyCondition?: string | undefined;
  readonly filter?: string | undefined;
  readonly projection?: string | undefined;
  readonly names: ReadonlyMap<string, string> | undefined;
  readonly values?: ReadonlyMap<string, Deferred<AttributeValue>> | undefined;
}

/** Expressions of a request: as given, to be sent on, and as compiled. */
export interface RequestExpressions {
  readonly input: ExpressionInput;
  readonly compiled: CompiledExpressions;
}

const NO_INPUT: ExpressionInput = {};

/**
 * The rules on name and value maps, then on the expressions themselves.
 * @param valueUsers names of the members that may use values, for the message when none of them is there
 * @param legacy translated parameters of the first generation; checkMixing lets no expression stand beside them
 * @throws ModelError `ValidationException`
 */
export function readExpressions(
  members: ExpressionMembers, valueUsers: readonly string[], legacy?: ExpressionInput,
): RequestExpressions {
  const {update, condition, keyCondition, filter, projection} = members;
  const hasValueUser = update !== undefined || condition !== undefined || keyCondition !== undefined || filter !== undefined;
  if (members.names !== undefined) checkNames(members.names, hasValueUser || projection !== undefined);
  let values: ReadonlyMap<string, AttributeValue> | undefined;
  if (members.values !== undefined) values = readValues(members.values, hasValueUser, valueUsers);
  if (members.names !== undefined || values !== undefined) checkMapSizes(members.names, values);
  if (legacy !== undefined) return {input: legacy, compiled: compileExpressions(legacy)};
  if (!hasValueUser && projection === undefined) return {input: NO_INPUT, compiled: compileExpressions(NO_INPUT)};
  const input: ExpressionInput = {update, condition, keyCondition, filter, projection, names: members.names, values};
  return {input, compiled: compileExpressions(input)};
}

function checkNames(names: ReadonlyMap<string, string>, hasUser: boolean): void {
  if (!hasUser) throw validationError('ExpressionAttributeNames can only be specified when using expressions');
  if (names.size === 0) throw validationError('ExpressionAttributeNames must not be empty');
  for (const [key, name] of names) {
    checkPlaceholder('ExpressionAttributeNames', key, '#');
    readContent('ExpressionAttributeNames', key, () => checkAttributeName(name));
  }
}

function readValues(
  given: ReadonlyMap<string, Deferred<AttributeValue>>, hasUser: boolean, users: readonly string[],
): ReadonlyMap<string, AttributeValue> {
  if (!hasUser) {
    throw validationError('ExpressionAttributeValues can only be specified when using expressions: '
      + `${users.join(' and ')} ${users.length === 1 ? 'is' : 'are'} null`);
  }
  if (given.size === 0) throw validationError('ExpressionAttributeValues must not be empty');
  const values = new Map<string, AttributeValue>();
  for (const [key, value] of given) {
    checkPlaceholder('ExpressionAttributeValues', key, ':');
    values.set(key, readContent('ExpressionAttributeValues', key, () => value.get()));
  }
  return values;
}

function checkPlaceholder(parameter: string, key: string, sign: '#' | ':'): void {
  if (key === '') throw validationError(`${parameter} contains invalid key: The expression attribute map contains an empty key;`);
  if (utf8SizeBytes(key) > PLACEHOLDER_SIZE_BYTES_MAX) {
    throw validationError(`${parameter} contains invalid key: The expression attribute map contains a key that is too long;`);
  }
  if (!isPlaceholder(key, sign)) throw validationError(`${parameter} contains invalid key: Syntax error; key: "${key}"`);
}

/** Both maps together are bounded, whatever the texts use of them. @throws ModelError `ValidationException` */
function checkMapSizes(
  names: ReadonlyMap<string, string> | undefined, values: ReadonlyMap<string, AttributeValue> | undefined,
): void {
  let sizeBytes = 0;
  for (const [key, name] of names ?? []) sizeBytes += utf8SizeBytes(key) + utf8SizeBytes(name);
  for (const [key, value] of values ?? []) sizeBytes += utf8SizeBytes(key) + valueSizeBytes(value);
  if (sizeBytes > SUBSTITUTION_SIZE_BYTES_MAX) {
    throw validationError('Combined size of ExpressionAttributeNames and ExpressionAttributeValues exceeds max size');
  }
}

/** @param read of the content behind one placeholder, whose failure is told with the placeholder */
function readContent<Content>(parameter: string, key: string, read: () => Content): Content {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof ModelError)) throw cause;
    throw new ModelError({
      code: 'ValidationException', message: `${parameter} contains invalid value: ${cause.failure.message ?? ''} for key ${key}`,
    }, {cause});
  }
}

const PLACEHOLDER_SIZE_BYTES_MAX = 255;
const SUBSTITUTION_SIZE_BYTES_MAX = 2 * 1024 * 1024;

function isPlaceholder(key: string, sign: '#' | ':'): boolean {
  if (key.length < 2 || key[0] !== sign) return false;
  for (let i = 1; i < key.length; i += 1) {
    const code = key.charCodeAt(i);
    const isWord = (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
    if (!isWord) return false;
  }
  return true;
}

/** Keeps a table as written, with the literal types its structure is derived from. */
export function defineMembers<const M extends Readonly<Record<string, Member>>>(members: M): M {
  return members;
}
