import {badDefinition} from './errors.js';

/** Whether a record is wanted. */
export type Filter = (record: unknown) => boolean;

export const FILTER_COUNT_MAX = 10;
export const FILTER_LENGTH_MAX = 4_096;
const DEPTH_MAX = 40;

type Json = Readonly<Record<string, unknown>>;
/** What one place of a record must be; `undefined` is a place that is not there. */
type Test = (value: unknown) => boolean;

/**
 * Reads filter patterns as event source mappings know them: JSON in the shape of a record, each leaf a list of what may stand
 * there. A record passes that fits one of them.
 * @throws TriggerError `BadDefinition`
 */
export function parseFilters(patterns: readonly string[]): Filter {
  if (patterns.length > FILTER_COUNT_MAX) throw badDefinition(`a trigger has at most ${FILTER_COUNT_MAX} filters`);
  const tests = patterns.map(parsePattern);
  return (record) => tests.length === 0 || tests.some((test) => test(record));
}

function parsePattern(text: string): Test {
  if (text.length > FILTER_LENGTH_MAX) throw badDefinition(`a filter has at most ${FILTER_LENGTH_MAX} characters`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw badDefinition(`a filter is no JSON: ${cause instanceof Error ? cause.message : 'unreadable'}`);
  }
  return parseNode(json, 0);
}

function parseNode(json: unknown, depth: number): Test {
  if (depth > DEPTH_MAX) throw badDefinition('a filter nests too deep');
  if (!isObject(json)) throw badDefinition('a filter is made of objects and lists');
  const tests = Object.entries(json).map(([name, member]): Test => {
    if (name === '$or') return parseOr(member, depth);
    const test = Array.isArray(member) ? parseLeaf(member) : parseNode(member, depth + 1);
    return (value) => test(isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined);
  });
  if (tests.length === 0) throw badDefinition('a filter says something of what it names');
  return (value) => tests.every((test) => test(value));
}
function parseOr(member: unknown, depth: number): Test {
  if (!Array.isArray(member) || member.length < 2) throw badDefinition('$or is a list of two or more patterns');
  const tests = member.map((pattern) => parseNode(pattern, depth + 1));
  return (value) => tests.some((test) => test(value));
}

function parseLeaf(rules: readonly unknown[]): Test {
  if (rules.length === 0) throw badDefinition('a list of a filter is not empty');
  const tests = rules.map(parseRule);
  // A list in a record fits when one of its elements does.
  return (value) => tests.some((test) => (Array.isArray(value) && value.length > 0 ? value.some(test) : test(value)));
}
function parseRule(rule: unknown): Test {
  if (!isObject(rule)) {
    if (rule !== null && typeof rule === 'object') throw badDefinition('a list of a filter holds no lists');
    return (value) => value === rule;
  }
  const [[name, operand] = ['', undefined], ...others] = Object.entries(rule);
  if (others.length > 0) throw badDefinition('a rule of a filter has one operator');
  switch (name) {
    case 'prefix': return onText(name, operand, (value, wanted) => value.startsWith(wanted));
    case 'suffix': return onText(name, operand, (value, wanted) => value.endsWith(wanted));
    case 'equals-ignore-case': return onText(name, operand, (value, wanted) => value.toLowerCase() === wanted.toLowerCase());
    case 'anything-but': return parseAnythingBut(operand);
    case 'exists': {
      if (typeof operand !== 'boolean') throw badDefinition('exists is true or false');
      return (value) => (value !== undefined && !isObject(value)) === operand;
    }
    case 'numeric': return parseNumeric(operand);
    default: throw badDefinition(`a filter has no operator ${name}`);
  }
}
function onText(name: string, operand: unknown, holds: (value: string, wanted: string) => boolean): Test {
  if (typeof operand !== 'string') throw badDefinition(`${name} takes a text`);
  return (value) => typeof value === 'string' && holds(value, operand);
}
function parseAnythingBut(operand: unknown): Test {
  if (isObject(operand)) {
    const inner = parseRule(operand);
    return (value) => value !== undefined && !inner(value);
  }
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (values.length === 0 || !values.every((value) => typeof value === 'string' || typeof value === 'number')) throw badDefinition('anything-but takes texts or numbers');
  return (value) => value !== undefined && !isObject(value) && !values.some((unwanted) => unwanted === value);
}
/** Pairs of a sign and a number; all hold. Numbers of items are texts in a record, which no numeric rule fits. */
function parseNumeric(operand: unknown): Test {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0) throw badDefinition('numeric takes pairs of a sign and a number');
  const tests: ((value: number) => boolean)[] = [];
  for (let i = 0; i < operand.length; i += 2) {
    const [sign, wanted] = [operand[i] as unknown, operand[i + 1] as unknown];
    if (typeof wanted !== 'number') throw badDefinition('numeric takes pairs of a sign and a number');
    tests.push(comparison(sign, wanted));
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}
function comparison(sign: unknown, wanted: number): (value: number) => boolean {
  switch (sign) {
    case '=': return (value) => value === wanted;
    case '<': return (value) => value < wanted;
    case '<=': return (value) => value <= wanted;
    case '>': return (value) => value > wanted;
    case '>=': return (value) => value >= wanted;
    default: throw badDefinition('a sign of numeric is one of = < <= > >=');
  }
}
function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
