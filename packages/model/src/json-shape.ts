import {serializationError} from './errors.js';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(json: unknown): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** What the real service calls the kind of JSON token it met in the place of something else. */
function tokenName(json: string | number | boolean): string {
  switch (typeof json) {
    case 'number': return Number.isInteger(json) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE';
    case 'boolean': return json ? 'TRUE_VALUE' : 'FALSE_VALUE';
    default: return 'STRING_VALUE';
  }
}

/** @throws ModelError `SerializationException` unless `json` is a string, which is returned well-formed */
export function toStringMember(json: unknown): string {
  if (typeof json === 'string') return toWellFormed(json);
  throw mismatch(json, 'String', 'java.lang.String');
}

/** Booleans, and the texts that the service takes for one. @throws ModelError `SerializationException` */
export function toBooleanMember(json: unknown): boolean {
  if (typeof json === 'boolean') return json;
  if (typeof json === 'string') {
    switch (json.toUpperCase()) {
      case 'TRUE': case '1': case 'YES': return true;
      case 'FALSE': case '0': case 'NO': return false;
      default: throw serializationError('Unexpected token received from parser');
    }
  }
  throw mismatch(json, 'Boolean', 'java.lang.Boolean');
}

/** Greatest magnitude of each class. A Long ends at the safe integers: past them the text's last digits are lost already. */
const INTEGER_MAGNITUDE_MAX = {Integer: 2 ** 31 - 1, Long: Number.MAX_SAFE_INTEGER} as const;

/**
 * Numbers lose their fraction, as the service cuts it off. What is past the class, and that includes texts such as
 * `1e400` which read as infinite, is no number of it: behind this gate every integer can be counted with and stored.
 * @throws ModelError `SerializationException`
 */
export function toIntegerMember(json: unknown, className: 'Integer' | 'Long'): number {
  if (typeof json === 'number' && Math.abs(json) <= INTEGER_MAGNITUDE_MAX[className]) return Math.trunc(json) + 0;
  throw mismatch(json, className, `java.lang.${className}`);
}

/** @throws ModelError `SerializationException` unless `json` is a string; decoding is the caller's */
export function toBlobText(json: unknown): string {
  if (typeof json === 'string') return json;
  if (typeof json === 'number' || typeof json === 'boolean') {
    throw serializationError('only base-64-encoded strings are convertible to bytes');
  }
  throw mismatch(json, 'ByteBuffer', 'java.nio.ByteBuffer');
}

/** @throws ModelError `SerializationException` unless `json` is an array */
export function toListMember(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json as readonly unknown[];
  if (isJsonObject(json)) throw serializationError('Start of structure or map found where not expected');
  throw serializationError('Unexpected field type');
}

const TYPE_IMPL = 'sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl';

/**
 * A list or a map inside another one. The service trips over a scalar there, and tells how.
 * @throws ModelError `SerializationException`
 */
export function refuseScalar(json: unknown): void {
  if (typeof json === 'object') return;
  throw serializationError(`class ${TYPE_IMPL} cannot be cast to class java.lang.Class (${TYPE_IMPL} and java.lang.Class are in module java.base of loader 'bootstrap')`);
}

/** @param className the collection class the service names when it meets an array @throws ModelError `SerializationException` */
export function toMapMember(json: unknown, className: string): JsonObject {
  if (isJsonObject(json)) return json;
  if (Array.isArray(json)) throw serializationError(`Unrecognized collection type ${className}`);
  throw serializationError('Unexpected field type');
}

/**
 * @param className the structure's class that the service names when it meets an array
 * @param place whether it stands in a list or map, or is a member of a structure: the service has a text for each
 * @throws ModelError `SerializationException`
 */
export function toStructureMember(json: unknown, className: string, place: 'element' | 'field' = 'element'): JsonObject {
  if (isJsonObject(json)) return json;
  if (Array.isArray(json)) throw serializationError(`Unrecognized collection type class ${className}`);
  throw serializationError(place === 'field' ? 'Unexpected field type' : 'Unexpected value type in payload');
}

export const ATTRIBUTE_VALUE_CLASS = 'com.amazonaws.dynamodb.v20120810.AttributeValue';
export const ATTRIBUTE_MAP_CLASS = `java.util.Map<java.lang.String, ${ATTRIBUTE_VALUE_CLASS}>`;

function mismatch(json: unknown, typeName: string, className: string): Error {
  if (Array.isArray(json)) return serializationError(`Unrecognized collection type class ${className}`);
  if (typeof json === 'object') return serializationError('Start of structure or map found where not expected');
  return serializationError(`${tokenName(json as string | number | boolean)} cannot be converted to ${typeName}`);
}

/**
 * Texts are stored as UTF-8, which has no lone surrogates: they become U+FFFD here, once, so that the
 * text, its stored bytes and its key bytes can never disagree.
 */
export function toWellFormed(text: string): string {
  // In the engine since Node 20, not yet in the compiler's ES2023 library: this is the one gate.
  const modern = text as string & {isWellFormed(): boolean; toWellFormed(): string};
  return modern.isWellFormed() ? text : modern.toWellFormed();
}
