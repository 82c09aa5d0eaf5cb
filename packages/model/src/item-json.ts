import {utf8Decode, utf8Encode} from '@murmuration/base';
import type {AttributeValue, Item} from './attribute-value.js';
import {NESTING_LEVELS_MAX, bytesIdentity, orderedBinaries, orderedNumbers, orderedTexts} from './attribute-value.js';
import {decodeBase64, encodeBase64} from './base64.js';
import {invalidParameters, validationError} from './errors.js';
import type {JsonObject} from './json-shape.js';
import {
  ATTRIBUTE_MAP_CLASS, ATTRIBUTE_VALUE_CLASS, toBlobText, toBooleanMember, toListMember, toMapMember, toStringMember,
  toStructureMember, toWellFormed,
} from './json-shape.js';
import {parseNumber} from './number.js';
import {RequestItem} from './request-item.js';
import type {CheckedReader} from './request-item.js';
import {readStoredItemSizeBytes, storedBody} from './stored-value.js';

const ATTRIBUTE_NAME_SIZE_BYTES_MAX = 65_535;

/**
 * Reads one value of a request, with every rule about its form and content, and brings it to canonical form.
 * @throws ModelError `SerializationException` for the wrong JSON type, `ValidationException` for a forbidden value
 */
export function parseAttributeValue(json: unknown): AttributeValue {
  return parseAt(json, 0);
}

/** Reads an attribute map of a request. @throws ModelError as parseAttributeValue does */
export function parseItem(json: unknown): Item {
  return parseEntries(toMapMember(json, ATTRIBUTE_MAP_CLASS), 0);
}

function parseEntries(json: JsonObject, depth: number): Map<string, AttributeValue> {
  const entries = new Map<string, AttributeValue>();
  for (const name of Object.keys(json)) {
    const value = json[name];
    if (value === null) continue;
    entries.set(checkAttributeName(name), parseAt(value, depth));
  }
  return entries;
}

/** @returns the name, well-formed @throws ModelError `ValidationException` when it is empty or too long */
export function checkAttributeName(name: string): string {
  if (name.length === 0) throw validationError('Empty attribute name');
  // Only a name of at least a third of the limit in UTF-16 units can exceed it in bytes.
  if (name.length * 3 > ATTRIBUTE_NAME_SIZE_BYTES_MAX && utf8Encode(name).length > ATTRIBUTE_NAME_SIZE_BYTES_MAX) {
    throw invalidParameters(`Attribute name is too large, must be at most ${ATTRIBUTE_NAME_SIZE_BYTES_MAX} bytes`);
  }
  return toWellFormed(name);
}

/** @param depth how many lists and maps enclose this value */
function parseAt(json: unknown, depth: number): AttributeValue {
  const object = toStructureMember(json, ATTRIBUTE_VALUE_CLASS);
  let found: AttributeValue | undefined;
  let typeCount = 0;
  for (const type of Object.keys(object)) {
    const member = object[type];
    if (member === null) continue;
    const value = parseMember(type, member, depth);
    if (value === undefined) continue;
    found = value;
    typeCount += 1;
  }
  if (found === undefined) throw noType();
  if (typeCount > 1) throw severalTypes();
  return found;
}

export function noType(): Error {
  return validationError('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
}
export function severalTypes(): Error {
  return validationError('Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes');
}

/** @returns undefined for a member that is no type: unknown members are ignored everywhere in the protocol */
function parseMember(type: string, member: unknown, depth: number): AttributeValue | undefined {
  switch (type) {
    case 'S': return {kind: 'S', value: toStringMember(member)};
    case 'N': return {kind: 'N', value: parseNumber(toStringMember(member)).text};
    case 'B': return {kind: 'B', value: decodeBase64(toBlobText(member))};
    case 'BOOL': return {kind: 'BOOL', value: toBooleanMember(member)};
    case 'NULL':
      if (!toBooleanMember(member)) throw invalidParameters('Null attribute value types must have the value of true');
      return {kind: 'NULL'};
    case 'SS': return {kind: 'SS', values: parseStringSet(toListMember(member))};
    case 'NS': return {kind: 'NS', values: parseNumberSet(toListMember(member))};
    case 'BS': return {kind: 'BS', values: parseBinarySet(toListMember(member))};
    case 'L': {
      checkDepth(depth);
      return {kind: 'L', values: toListMember(member).map((element) => parseAt(element ?? {}, depth + 1))};
    }
    case 'M': {
      checkDepth(depth);
      return {kind: 'M', entries: parseEntries(toMapMember(member, ATTRIBUTE_MAP_CLASS), depth + 1)};
    }
    default: return undefined;
  }
}

/** @param depth how many lists and maps enclose this one @throws ModelError `ValidationException` */
export function checkDepth(depth: number): void {
  if (depth >= NESTING_LEVELS_MAX) {
    throw validationError('Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit');
  }
}

/** Members of a set, checked and in order. @throws ModelError */
export function parseStringSet(json: readonly unknown[]): readonly string[] {
  const values = json.map((member) => {
    if (member === null) throw invalidParameters('An string set may not have a null string as a member');
    return toStringMember(member);
  });
  // Two spaces: the service prints a missing word between them.
  if (values.length === 0) throw invalidParameters('An string set  may not be empty');
  if (new Set(values).size !== values.length) {
    throw invalidParameters(`Input collection [${values.join(', ')}] contains duplicates.`);
  }
  return orderedTexts(values);
}

/** Members of a set, checked, canonical and in order. @throws ModelError */
export function parseNumberSet(json: readonly unknown[]): readonly string[] {
  const texts = json.map((member) => {
    if (member === null) throw invalidParameters('An number set may not have a null number as a member');
    return toStringMember(member);
  });
  if (texts.length === 0) throw invalidParameters('An number set  may not be empty');
  const values = texts.map((text) => parseNumber(text).text);
  if (new Set(values).size !== values.length) throw validationError('Input collection contains duplicates');
  return orderedNumbers(values);
}

/** Members of a set, checked and in order. @throws ModelError */
export function parseBinarySet(json: readonly unknown[]): readonly Uint8Array[] {
  const texts = json.map((member) => {
    if (member === null) throw invalidParameters('Binary sets may not contain null members');
    return toBlobText(member);
  });
  if (texts.length === 0) throw invalidParameters('Binary sets should not be empty');
  const values = texts.map(decodeBase64);
  if (new Set(values.map(bytesIdentity)).size !== values.length) {
    throw invalidParameters(`Input collection [${texts.join(', ')}]of type BS contains duplicates.`);
  }
  return orderedBinaries(values);
}

/**
 * The canonical DynamoDB JSON of an item, UTF-8: what is stored, and what the wire sends as it is.
 * @returns a fresh array owned by the caller
 */
export function encodeItem(item: Item): Uint8Array {
  return utf8Encode(itemText(item));
}

/** The same as encodeItem, as text. */
export function itemText(item: Item): string {
  if (item instanceof RequestItem) return item.text;
  let out = '{';
  for (const [name, value] of item) {
    out += `${out.length > 1 ? ',' : ''}${JSON.stringify(name)}:${valueText(value)}`;
  }
  return `${out}}`;
}

/** Canonical JSON text of one value. */
export function valueText(value: AttributeValue): string {
  switch (value.kind) {
    case 'S': return `{"S":${JSON.stringify(value.value)}}`;
    case 'N': return `{"N":"${value.value}"}`;
    case 'B': return `{"B":"${encodeBase64(value.value)}"}`;
    case 'BOOL': return value.value ? '{"BOOL":true}' : '{"BOOL":false}';
    case 'NULL': return '{"NULL":true}';
    case 'SS': return `{"SS":${JSON.stringify(value.values)}}`;
    case 'NS': return `{"NS":${JSON.stringify(value.values)}}`;
    case 'BS': return `{"BS":${JSON.stringify(value.values.map(encodeBase64))}}`;
    case 'L': return `{"L":[${value.values.map(valueText).join(',')}]}`;
    case 'M': return `{"M":${itemText(value.entries)}}`;
  }
}

/**
 * Reads back what encodeItem wrote. The bytes are trusted: nothing is checked again.
 * @param bytes canonical JSON, for example storedBody of a stored value
 */
export function decodeItem(bytes: Uint8Array): Item {
  return trustedEntries(JSON.parse(utf8Decode(bytes)) as JsonObject);
}

/**
 * The item of a stored value, whose values are made when somebody asks for them: whoever looks at a few attributes of it, or
 * wants its text, does not pay for the others. Trusted, as with decodeItem.
 * @throws DecodeError
 */
export function decodeStoredItem(stored: Uint8Array): Item {
  const text = utf8Decode(storedBody(stored));
  const json = JSON.parse(text) as JsonObject;
  return new RequestItem(json, {text, sizeBytes: readStoredItemSizeBytes(stored), attributeCount: Object.keys(json).length}, TRUSTED_READER);
}
const TRUSTED_READER: CheckedReader = {value: (json) => trustedValue(json as JsonObject), all: trustedEntries};

function trustedEntries(json: JsonObject): Map<string, AttributeValue> {
  const entries = new Map<string, AttributeValue>();
  for (const name of Object.keys(json)) entries.set(name, trustedValue(json[name] as JsonObject));
  return entries;
}

function trustedValue(json: JsonObject): AttributeValue {
  for (const kind in json) {
    const member = json[kind];
    switch (kind) {
      case 'S': return {kind, value: member as string};
      case 'N': return {kind, value: member as string};
      case 'B': return {kind, value: decodeBase64(member as string)};
      case 'BOOL': return {kind, value: member as boolean};
      case 'NULL': return {kind};
      case 'SS': return {kind, values: member as string[]};
      case 'NS': return {kind, values: member as string[]};
      case 'BS': return {kind, values: (member as string[]).map(decodeBase64)};
      case 'L': return {kind, values: (member as JsonObject[]).map(trustedValue)};
      case 'M': return {kind, entries: trustedEntries(member as JsonObject)};
      default: break;
    }
  }
  throw new SyntaxError('stored item holds a value without a type');
}

/** A value as the object JSON.stringify takes. Objects have no prototype, so every attribute name is safe. */
export function attributeValueToJson(value: AttributeValue): JsonObject {
  switch (value.kind) {
    case 'NULL': return {NULL: true};
    case 'B': return {B: encodeBase64(value.value)};
    case 'BS': return {BS: value.values.map(encodeBase64)};
    case 'L': return {L: value.values.map(attributeValueToJson)};
    case 'M': return {M: itemToJson(value.entries)};
    case 'SS': case 'NS': return {[value.kind]: value.values};
    case 'S': case 'N': case 'BOOL': return {[value.kind]: value.value};
  }
}

/** An item as the object JSON.stringify takes. */
export function itemToJson(item: Item): JsonObject {
  const json = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of item) json[name] = attributeValueToJson(value);
  return json;
}
