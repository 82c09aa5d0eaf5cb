import type {AttributeValue} from './attribute-value.js';
import type {JsonObject} from './json-shape.js';

/** How values are made of JSON that was checked before. */
export interface CheckedReader {
  value(json: unknown): AttributeValue;
  all(json: JsonObject): ReadonlyMap<string, AttributeValue>;
}

/**
 * An item or a key of a request, or one that was stored: checked, measured and brought to canonical text in one pass over the request's JSON, and
 * that is all most requests need of it. Values are made when somebody asks: of a put without indexes only those of its key.
 */
export class RequestItem implements ReadonlyMap<string, AttributeValue> {
  /** Canonical DynamoDB JSON. */
  readonly text: string;
  /** Size by the service's rules. */
  readonly sizeBytes: number;
  readonly size: number;
  readonly #json: JsonObject;
  readonly #reader: CheckedReader;
  #all: ReadonlyMap<string, AttributeValue> | undefined;

  /** @param json checked before: every member of it is an attribute value or null */
  constructor(json: JsonObject, measured: {readonly text: string; readonly sizeBytes: number; readonly attributeCount: number}, reader: CheckedReader) {
    this.#json = json;
    this.#reader = reader;
    this.text = measured.text;
    this.sizeBytes = measured.sizeBytes;
    this.size = measured.attributeCount;
  }

  get(name: string): AttributeValue | undefined {
    if (this.#all !== undefined) return this.#all.get(name);
    return this.has(name) ? this.#reader.value(this.#json[name]) : undefined;
  }
  has(name: string): boolean {
    return Object.hasOwn(this.#json, name) && this.#json[name] !== null;
  }
  forEach(visit: (value: AttributeValue, name: string, map: ReadonlyMap<string, AttributeValue>) => void): void {
    for (const [name, value] of this.#values()) visit(value, name, this);
  }
  entries(): MapIterator<[string, AttributeValue]> {
    return this.#values().entries();
  }
  keys(): MapIterator<string> {
    return this.#values().keys();
  }
  values(): MapIterator<AttributeValue> {
    return this.#values().values();
  }
  [Symbol.iterator](): MapIterator<[string, AttributeValue]> {
    return this.#values().entries();
  }

  #values(): ReadonlyMap<string, AttributeValue> {
    return (this.#all ??= this.#reader.all(this.#json));
  }
}
