import {assert} from '@murmuration/base';
import {ModelError, compileExpressions, parseAttributeValue} from '@murmuration/model';
import type {AttributeValue, CompiledExpressions, ExpressionInput, KeySchema} from '@murmuration/model';
import type {ExpressionTexts} from './protocol.js';

/** Compiled forms kept; a service has tens of request shapes, and a form costs some kilobytes. */
const COMPILED_COUNT_MAX = 512;
/** Longer texts mostly carry values that never come again: compiled each time, not kept. */
const KEPT_TEXT_LENGTH_MAX = 4096;

/**
 * Compiles expression texts and keeps the latest forms by their exact text, values included: what repeats is
 * `ADD hits :one` and the filter of a scan that visits many partitions.
 */
export class CompiledCache {
  readonly #schema: KeySchema;
  readonly #countMax: number;
  /** In order of last use, oldest first. */
  readonly #compiled = new Map<string, CompiledExpressions>();
  constructor(schema: KeySchema, countMax: number = COMPILED_COUNT_MAX) {
    assert(countMax >= 1, 'an expression cache holds at least one form', {countMax});
    this.#schema = schema;
    this.#countMax = countMax;
  }
  get count(): number {
    return this.#compiled.size;
  }
  /** @throws ModelError when a text does not compile: the router lets none through, but its checks may be younger or older */
  compile(texts: ExpressionTexts): CompiledExpressions {
    const key = keyOf(texts);
    if (key.length > KEPT_TEXT_LENGTH_MAX) return compileTexts(texts, this.#schema);
    let compiled = this.#compiled.get(key);
    if (compiled === undefined) compiled = compileTexts(texts, this.#schema);
    else this.#compiled.delete(key);
    this.#compiled.set(key, compiled);
    if (this.#compiled.size > this.#countMax) this.#compiled.delete(this.#compiled.keys().next().value as string);
    return compiled;
  }
}

/** Absent and empty differ; a form feed stands in no valid text outside strings, and lengths keep parts apart anyway. */
function keyOf(texts: ExpressionTexts): string {
  const part = (text: string | undefined): string => (text === undefined ? '-' : `${text.length}:${text}`);
  return `${part(texts.condition)}\f${part(texts.update)}\f${part(texts.filter)}\f${part(texts.projection)}\f${part(texts.namesJson)}\f${part(texts.valuesJson)}`;
}

function compileTexts(texts: ExpressionTexts, schema: KeySchema): CompiledExpressions {
  const input: ExpressionInput = {
    isTranslated: true,
    ...(texts.condition === undefined ? {} : {condition: texts.condition}),
    ...(texts.update === undefined ? {} : {update: texts.update}),
    ...(texts.filter === undefined ? {} : {filter: texts.filter}),
    ...(texts.projection === undefined ? {} : {projection: texts.projection}),
    ...(texts.namesJson === '' ? {} : {names: parseNames(texts.namesJson)}),
    ...(texts.valuesJson === '' ? {} : {values: parseValues(texts.valuesJson)}),
  };
  return compileExpressions(input, schema);
}

function parseNames(json: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [placeholder, name] of entriesOf(json)) {
    if (typeof name !== 'string') throw new ModelError({code: 'SerializationException', message: 'an attribute name is not a text'});
    names.set(placeholder, name);
  }
  return names;
}
function parseValues(json: string): ReadonlyMap<string, AttributeValue> {
  return new Map(entriesOf(json).map(([placeholder, value]) => [placeholder, parseAttributeValue(value)]));
}
function entriesOf(json: string): readonly (readonly [string, unknown])[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new ModelError({code: 'SerializationException', message: 'placeholders are not a JSON object'}, {cause});
  }
  if (typeof value !== 'object' || value === null) throw new ModelError({code: 'SerializationException', message: 'placeholders are not a JSON object'});
  return Object.entries(value);
}
