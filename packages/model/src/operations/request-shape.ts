import type {AttributeValue, Item} from '../attribute-value.js';
import {ModelError} from '../errors.js';
import {parseAttributeValue} from '../item-json.js';
import {readItem} from '../item-scan.js';
import {checkAttributeValueShape} from '../item-shape.js';
import type {JsonObject} from '../json-shape.js';
import {
  ATTRIBUTE_MAP_CLASS, isJsonObject, refuseScalar, toBooleanMember, toIntegerMember, toListMember, toMapMember, toStringMember,
  toStructureMember,
} from '../json-shape.js';

/** One line of an operation's table: the JSON type of a member and its constraints. */
export type Shape =
  | {
    readonly type: 'string'; readonly values?: readonly string[]; readonly pattern?: NamePattern;
    readonly lengthMin?: number; readonly lengthMax?: number;
  }
  | {readonly type: 'boolean'}
  | {readonly type: 'integer'; readonly className: 'Integer' | 'Long'; readonly min?: number; readonly max?: number; readonly isShownBare?: true}
  /** An item or a key: content is judged later, see Deferred. */
  | {readonly type: 'attribute-map'}
  | {readonly type: 'attribute-value'}
  | {readonly type: 'list'; readonly of: Shape; readonly lengthMin?: number; readonly lengthMax?: number}
  | {
    readonly type: 'map'; readonly of: Shape; readonly lengthMin?: number; readonly lengthMax?: number;
    /** The collection class that the service names when it meets an array. */
    readonly className: string;
    /** Limits of a list value, which the service reports on the map itself. */
    readonly valueLengthMin?: number; readonly valueLengthMax?: number;
  }
  | {readonly type: 'structure'; readonly members: Members; readonly className: string}
  /** A member this service does not serve yet: taken as it is, to be refused by the operation's rules. */
  | {readonly type: 'unread'};

export type Member = Shape & {readonly required?: true};
export type Members = Readonly<Record<string, Member>>;

/** The only pattern in use: names of tables and indexes. A data-plane table name may also be an ARN. */
export type NamePattern = 'name' | 'name-or-arn';

/** What a shape's table says its value is. */
export type ValueOf<S> =
  S extends {readonly type: 'string'; readonly values: readonly (infer Value)[]} ? Value
  : S extends {readonly type: 'string'} ? string
  : S extends {readonly type: 'boolean'} ? boolean
  : S extends {readonly type: 'integer'} ? number
  : S extends {readonly type: 'attribute-map'} ? Deferred<Item>
  : S extends {readonly type: 'attribute-value'} ? Deferred<AttributeValue>
  : S extends {readonly type: 'list'; readonly of: infer Element} ? readonly ValueOf<Element>[]
  : S extends {readonly type: 'map'; readonly of: infer Element} ? ReadonlyMap<string, ValueOf<Element>>
  : S extends {readonly type: 'structure'; readonly members: infer M} ? StructureOf<M>
  : unknown;
export type StructureOf<M> = {
  readonly [Name in keyof M]: M[Name] extends {readonly required: true} ? ValueOf<M[Name]> : ValueOf<M[Name]> | undefined;
};

/**
 * A value whose content may be at fault. The service converts the whole request before it judges any
 * content, so the fault waits until the operation's rules ask for the value.
 */
export class Deferred<Value> {
  readonly #value: Value | undefined;
  readonly #failure: ModelError | undefined;
  constructor(value: Value | undefined, failure: ModelError | undefined) {
    this.#value = value;
    this.#failure = failure;
  }
  /** @throws ModelError `ValidationException` */
  get(): Value {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#value as Value;
  }
}

/**
 * Converts a request's members. Unknown members are ignored, null members are absent.
 * @returns members by name; StructureOf the table once checkConstraints has passed
 * @throws ModelError `SerializationException`
 */
export function convertMembers(members: Members, json: JsonObject): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const name of Object.keys(members)) {
    // Own members only: the table's names are ours, the request's object may inherit nothing but builtins.
    const member = Object.hasOwn(json, name) ? json[name] : undefined;
    out[name] = member === undefined || member === null ? undefined : convert(members[name] as Shape, member, 'field');
  }
  return out;
}

function convert(shape: Shape, json: unknown, place: 'element' | 'field'): unknown {
  switch (shape.type) {
    case 'string': return toStringMember(json);
    case 'boolean': return toBooleanMember(json);
    case 'integer': return toIntegerMember(json, shape.className);
    case 'attribute-map': {
      if (place === 'element') refuseScalar(json);
      return convertAttributeMap(json);
    }
    case 'attribute-value': return deferred(json, parseAttributeValue, checkAttributeValueShape);
    case 'list': {
      if (place === 'element') refuseScalar(json);
      return toListMember(json).map((element) => (element === null ? undefined : convert(shape.of, element, 'element')));
    }
    case 'map': {
      const map = toMapMember(json, shape.className);
      const out = new Map<string, unknown>();
      for (const name of Object.keys(map)) {
        if (map[name] !== null) out.set(name, convert(shape.of, map[name], 'element'));
      }
      return out;
    }
    case 'structure': return convertMembers(shape.members, toStructureMember(json, shape.className, place));
    case 'unread': return json;
  }
}

function convertAttributeMap(json: unknown): Deferred<Item> {
  return deferred(json, readItem, (map) => {
    const entries = toMapMember(map, ATTRIBUTE_MAP_CLASS);
    for (const name of Object.keys(entries)) if (entries[name] !== null) checkAttributeValueShape(entries[name]);
  });
}

function deferred<Value>(json: unknown, parse: (json: unknown) => Value, checkShape: (json: unknown) => void): Deferred<Value> {
  try {
    return new Deferred<Value>(parse(json), undefined);
  } catch (error) {
    if (!(error instanceof ModelError) || error.failure.code === 'SerializationException') throw error;
    // Parsing stopped at the first bad content; a wrong JSON type behind it is still reported before.
    checkShape(json);
    return new Deferred<Value>(undefined, error);
  }
}

/** @returns the request's top structure @throws ModelError `SerializationException` without message when it is none */
export function toBody(body: unknown): JsonObject {
  if (isJsonObject(body)) return body;
  throw new ModelError({code: 'SerializationException', message: undefined});
}
