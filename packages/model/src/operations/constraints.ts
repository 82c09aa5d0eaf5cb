import {validationError} from '../errors.js';
import type {Member, Members, Shape} from './request-shape.js';

const FAILURE_COUNT_MAX = 10;
const NAME_PATTERN = '[a-zA-Z0-9_.-]+';
const ARN_SIZE_MAX = 1024;
/** Of one value inside a message, in UTF-16 units: a message must not multiply a request of many megabytes. */
const SHOWN_LENGTH_MAX = 4096;

/**
 * Holds converted members against their table, in the table's order.
 * @throws ModelError `ValidationException` that joins up to ten failures
 */
export function checkConstraints(members: Members, values: Readonly<Record<string, unknown>>): void {
  // Nearly every request is sound, and one that is costs no path and no text.
  if (areSound(members, values)) return;
  const failures: string[] = [];
  checkMembers(members, values, '', failures);
  if (failures.length === 0) return;
  const noun = failures.length === 1 ? 'error' : 'errors';
  throw validationError(`${failures.length} validation ${noun} detected: ${failures.join('; ')}`);
}

function checkMembers(members: Members, values: Readonly<Record<string, unknown>>, path: string, failures: string[]): void {
  for (const name of Object.keys(members)) {
    if (isFull(failures)) return;
    const member = members[name] as Member;
    const value = values[name];
    if (value === undefined && member.required !== true) continue;
    const memberPath = path + toLowerFirst(name);
    if (value !== undefined) checkValue(member, value, memberPath, failures);
    else failures.push(nullFailure(memberPath));
  }
}

function areSound(members: Members, values: Readonly<Record<string, unknown>>): boolean {
  for (const name in members) {
    const member = members[name] as Member;
    const value = values[name];
    if (value === undefined ? member.required === true : !isSound(member, value)) return false;
  }
  return true;
}

/** Whether a value keeps its constraints: what checkValue finds nothing in. */
function isSound(shape: Shape, value: unknown): boolean {
  switch (shape.type) {
    case 'string': return isSoundText(shape, value as string);
    case 'integer': return (shape.min === undefined || (value as number) >= shape.min) && (shape.max === undefined || (value as number) <= shape.max);
    case 'list': {
      const list = value as readonly unknown[];
      if (!isLength(shape, list.length)) return false;
      for (const element of list) if (element === undefined || !isSound(shape.of, element)) return false;
      return true;
    }
    case 'map': {
      const map = value as ReadonlyMap<string, unknown>;
      if (!isLength(shape, map.size)) return false;
      const {valueLengthMin: lengthMin, valueLengthMax: lengthMax} = shape;
      for (const inner of map.values()) {
        if (lengthMin !== undefined && lengthMax !== undefined && !isLength({lengthMin, lengthMax}, (inner as readonly unknown[]).length)) return false;
        if (!isSound(shape.of, inner)) return false;
      }
      return true;
    }
    case 'structure': return areSound(shape.members, value as Readonly<Record<string, unknown>>);
    case 'boolean': case 'attribute-map': case 'attribute-value': case 'unread': return true;
  }
}

function isSoundText(shape: Extract<Shape, {type: 'string'}>, text: string): boolean {
  if (shape.values !== undefined) return shape.values.includes(text);
  if (shape.pattern === 'name-or-arn' && text.startsWith('arn:')) return text.length <= ARN_SIZE_MAX;
  return isLength(shape, text.length) && (shape.pattern === undefined || (text.length > 0 && isName(text)));
}

function isLength({lengthMin, lengthMax}: {readonly lengthMin?: number; readonly lengthMax?: number}, length: number): boolean {
  return (lengthMin === undefined || length >= lengthMin) && (lengthMax === undefined || length <= lengthMax);
}

/** Nothing is looked for behind the last failure that is shown: a request may hold millions of them. */
function isFull(failures: readonly string[]): boolean {
  return failures.length >= FAILURE_COUNT_MAX;
}

function nullFailure(path: string): string {
  return `Value null at '${path}' failed to satisfy constraint: Member must not be null`;
}

function checkValue(shape: Shape, value: unknown, path: string, failures: string[]): void {
  const fail = (constraint: string): void => {
    if (!isFull(failures)) failures.push(`Value '${show(shape, value)}' at '${path}' failed to satisfy constraint: ${constraint}`);
  };
  switch (shape.type) {
    case 'string': checkString(shape, value as string, fail); break;
    case 'integer': {
      const number = value as number;
      if (shape.isShownBare === true && shape.min !== undefined && number < shape.min) {
        failures.push(`Value at '${path.charAt(0).toUpperCase()}${path.slice(1)}' failed to satisfy constraint: Member must have value greater than or equal to ${shape.min}`);
      } else if (shape.min !== undefined && number < shape.min) fail(`Member must have value greater than or equal to ${shape.min}`);
      if (shape.max !== undefined && number > shape.max) fail(`Member must have value less than or equal to ${shape.max}`);
      break;
    }
    case 'list': {
      const list = value as readonly unknown[];
      checkLength(shape, list.length, fail);
      for (let i = 0; i < list.length && !isFull(failures); i += 1) {
        const element = list[i];
        const elementPath = `${path}.${i + 1}.member`;
        if (element !== undefined) checkValue(shape.of, element, elementPath, failures);
        // The rules of operations take every element for present.
        else failures.push(nullFailure(elementPath));
      }
      break;
    }
    case 'map': checkMap(shape, value as ReadonlyMap<string, unknown>, path, failures, fail); break;
    case 'structure': checkMembers(shape.members, value as Readonly<Record<string, unknown>>, `${path}.`, failures); break;
    case 'boolean': case 'attribute-map': case 'attribute-value': case 'unread': break;
  }
}

function checkString(shape: Extract<Shape, {type: 'string'}>, text: string, fail: (constraint: string) => void): void {
  if (shape.values !== undefined) {
    if (!shape.values.includes(text)) fail(`Member must satisfy enum value set: [${shape.values.join(', ')}]`);
    return;
  }
  if (shape.pattern !== undefined) {
    if (shape.pattern === 'name-or-arn' && text.startsWith('arn:')) {
      if (text.length > ARN_SIZE_MAX) fail(`Member must have length less than or equal to ${ARN_SIZE_MAX}`);
      return;
    }
    if (text.length === 0 && shape.pattern === 'name-or-arn') {
      // An ARN is a name too, so the member itself asks for one character; the rule of three is of plain names.
      fail('Member must have length greater than or equal to 1');
      return;
    }
    if (text.length === 0 || !isName(text)) fail(`Member must satisfy regular expression pattern: ${NAME_PATTERN}`);
  }
  checkLength(shape, text.length, fail);
}

function checkLength(
  limits: {readonly lengthMin?: number; readonly lengthMax?: number}, length: number, fail: (constraint: string) => void,
): void {
  if (limits.lengthMin !== undefined && length < limits.lengthMin) {
    fail(`Member must have length greater than or equal to ${limits.lengthMin}`);
  }
  if (limits.lengthMax !== undefined && length > limits.lengthMax) {
    fail(`Member must have length less than or equal to ${limits.lengthMax}`);
  }
}

function checkMap(
  shape: Extract<Shape, {type: 'map'}>, map: ReadonlyMap<string, unknown>, path: string, failures: string[],
  fail: (constraint: string) => void,
): void {
  checkLength(shape, map.size, fail);
  const {valueLengthMin, valueLengthMax} = shape;
  if (valueLengthMin !== undefined && valueLengthMax !== undefined) {
    const isWrong = [...map.values()].some((value) => {
      const length = (value as readonly unknown[]).length;
      return length < valueLengthMin || length > valueLengthMax;
    });
    if (isWrong) {
      fail(`Map value must satisfy constraint: [Member must have length less than or equal to ${valueLengthMax}, `
        + `Member must have length greater than or equal to ${valueLengthMin}]`);
    }
  }
  for (const [name, value] of map) {
    if (isFull(failures)) return;
    checkValue(shape.of, value, `${path}.${name}.member`, failures);
  }
}

/** Whether a text is a possible name of a table or index, apart from its length. */
export function isName(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const isAllowed = (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57)
      || code === 95 || code === 46 || code === 45;
    if (!isAllowed) return false;
  }
  return true;
}

/** A value as the service shows it in a message: the way its own language prints structures. Cut off where it grows long. */
function show(shape: Shape, value: unknown): string {
  const shown = showAtMost(shape, value, SHOWN_LENGTH_MAX);
  return shown.length <= SHOWN_LENGTH_MAX ? shown : `${shown.slice(0, SHOWN_LENGTH_MAX)}...`;
}

/** @returns the whole text, or at least `lengthMax + 1` units of it and then not much more */
function showAtMost(shape: Shape, value: unknown, lengthMax: number): string {
  switch (shape.type) {
    case 'list': return joinAtMost(value as readonly unknown[], '[', ']', lengthMax, (element, rest) => showAtMost(shape.of, element, rest));
    case 'map': return joinAtMost(value as ReadonlyMap<string, unknown>, '{', '}', lengthMax, ([name, inner], rest) => `${name}=${showAtMost(shape.of, inner, rest)}`);
    case 'structure': {
      const given = Object.entries(value as Readonly<Record<string, unknown>>).filter(([, member]) => member !== undefined);
      const simpleName = shape.className.slice(shape.className.lastIndexOf('.') + 1);
      return joinAtMost(given, `${simpleName}(`, ')', lengthMax, ([name, inner], rest) => `${toLowerFirst(name)}=${showAtMost(shape.members[name] as Shape, inner, rest)}`);
    }
    // Items are judged later, and none is repeated in a message of the members around it.
    case 'attribute-map': case 'attribute-value': case 'unread': return '{}';
    case 'string': case 'integer': case 'boolean': {
      const text = String(value);
      return text.length <= lengthMax ? text : text.slice(0, lengthMax + 1);
    }
  }
}

function joinAtMost<Element>(
  elements: Iterable<Element>, open: string, close: string, lengthMax: number, showOne: (element: Element, lengthMax: number) => string,
): string {
  let text = open;
  for (const element of elements) {
    if (text.length > lengthMax) return text;
    text += (text.length > open.length ? ', ' : '') + showOne(element, lengthMax - text.length);
  }
  return text + close;
}

function toLowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
