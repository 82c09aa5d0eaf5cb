/** A JSON value, or in an expected one a Matcher in the place of a value. */
export type Json = null | boolean | number | string | readonly Json[] | {readonly [name: string]: Json | undefined} | Matcher;

/** Stands in an expected value where many values are right. */
export class Matcher {
  /** What it accepts, for reports. */
  readonly wanted: string;
  readonly #accepts: (value: unknown) => boolean;
  constructor(wanted: string, accepts: (value: unknown) => boolean) {
    this.wanted = wanted;
    this.#accepts = accepts;
  }
  accepts(value: unknown): boolean {
    return this.#accepts(value);
  }
}

export const anyNumber = new Matcher('a number', (value) => typeof value === 'number');
export const anyPositive = new Matcher('a number above 0', (value) => typeof value === 'number' && value > 0);
/** Not there, which is not the same as null. */
export const absent = new Matcher('nothing', (value) => value === undefined);

export function pattern(expression: RegExp): Matcher {
  return new Matcher(`text like ${String(expression)}`, (value) => typeof value === 'string' && expression.test(value));
}
/** A list with these elements in any order. */
export function anyOrder(elements: readonly Json[]): Matcher {
  return new Matcher(`in any order ${JSON.stringify(elements)}`, (value) => {
    if (!Array.isArray(value) || value.length !== elements.length) return false;
    const left: unknown[] = [...(value as readonly unknown[])];
    for (const element of elements) {
      const at = left.findIndex((candidate) => differenceOf(element, candidate, '') === undefined);
      if (at < 0) return false;
      left.splice(at, 1);
    }
    return true;
  });
}
/** An object with at least these members. */
export function including(members: Readonly<Record<string, Json>>): Matcher {
  return new Matcher(`at least ${show(members)}`, (value) =>
    isObject(value) && Object.keys(members).every((name) => differenceOf(members[name], value[name], '') === undefined));
}

/** Sets of values have no order on the wire. */
const SETS = ['SS', 'NS', 'BS'] as const;

/**
 * Compares by meaning: members in any order, sets of values too, unless a matcher looks at them.
 * @returns where and how they differ; undefined when they do not
 */
export function differenceOf(expected: Json | undefined, actual: unknown, path: string): string | undefined {
  if (expected instanceof Matcher) return expected.accepts(actual) ? undefined : `${path}: ${show(actual)} instead of ${expected.wanted}`;
  if (Array.isArray(expected)) return listDifference(expected as readonly Json[], actual, path);
  if (isObject(expected)) {
    if (!isObject(actual)) return `${path}: ${show(actual)} instead of ${show(expected)}`;
    for (const name of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const isSet = SETS.some((type) => type === name) && !(expected[name] instanceof Matcher);
      const wanted = isSet ? sorted(expected[name]) : expected[name];
      const difference = differenceOf(wanted as Json | undefined, isSet ? sorted(actual[name]) : actual[name], `${path}.${name}`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  return expected === actual ? undefined : `${path}: ${show(actual)} instead of ${show(expected)}`;
}

function listDifference(expected: readonly Json[], actual: unknown, path: string): string | undefined {
  if (!Array.isArray(actual) || actual.length !== expected.length) return `${path}: ${show(actual)} instead of ${show(expected)}`;
  for (const [i, element] of expected.entries()) {
    const difference = differenceOf(element, actual[i], `${path}[${i}]`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function sorted(value: unknown): unknown {
  return Array.isArray(value) ? (value as readonly unknown[]).map(String).sort() : value;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Matcher);
}

const SHOWN_LENGTH_MAX = 300;

export function show(value: unknown): string {
  const text = JSON.stringify(value, (_name, inner: unknown) => (inner instanceof Matcher ? `<${inner.wanted}>` : inner)) ?? 'nothing';
  return text.length <= SHOWN_LENGTH_MAX ? text : `${text.slice(0, SHOWN_LENGTH_MAX)}…`;
}
