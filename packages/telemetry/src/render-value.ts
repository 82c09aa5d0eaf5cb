/**
 * Turns the fields of an event into plain JSON data of bounded size, so that one odd event can
 * neither throw in the middle of the work that emitted it nor flood the log.
 */

/** Deeper parts are written as `"…"`. Events are flat or nearly so. */
const DEPTH_MAX = 5;
/** Of longer lists and wider records the rest is counted, not written. */
const ENTRIES_MAX = 64;
/** Longer texts are cut, with the number of characters left off. */
const TEXT_LENGTH_MAX = 2048;

export type JsonData = string | number | boolean | null | JsonData[] | {[name: string]: JsonData};

/** @returns fresh plain data that JSON.stringify accepts; undefined for values that have no picture (undefined, functions) */
export function toJsonData(value: unknown, depth = 0): JsonData | undefined {
  switch (typeof value) {
    case 'string':
      return cutText(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'bigint':
      return value.toString();
    case 'symbol':
      return cutText(value.toString());
    case 'object':
      return value === null ? null : objectToJsonData(value, depth);
    default:
      return undefined;
  }
}

function cutText(text: string): string {
  return text.length <= TEXT_LENGTH_MAX ? text : `${text.slice(0, TEXT_LENGTH_MAX)}… (${text.length - TEXT_LENGTH_MAX} more)`;
}

function objectToJsonData(value: object, depth: number): JsonData {
  if (depth >= DEPTH_MAX) return '…';
  if (value instanceof Uint8Array) return `bytes(${value.length})`;
  if (value instanceof Error) return errorToJsonData(value, depth);
  if (Array.isArray(value)) return listToJsonData(value, value.length, depth);
  if (value instanceof Set) return listToJsonData(value, value.size, depth);
  if (value instanceof Map) return recordToJsonData(mapEntries(value), value.size, depth);
  const names = Object.keys(value);
  return recordToJsonData(fieldEntries(value, names), names.length, depth);
}

function* mapEntries(map: ReadonlyMap<unknown, unknown>): Iterable<[string, unknown]> {
  for (const [key, item] of map) yield [String(key), item];
}

function* fieldEntries(value: object, names: readonly string[]): Iterable<[string, unknown]> {
  for (const name of names) {
    // A getter may throw; the event is worth more than that one field.
    try {
      yield [name, Reflect.get(value, name)];
    } catch {
      yield [name, '(unreadable)'];
    }
  }
}

function listToJsonData(items: Iterable<unknown>, count: number, depth: number): JsonData {
  const out: JsonData[] = [];
  for (const item of items) {
    if (out.length >= ENTRIES_MAX) {
      out.push(`… (${count - ENTRIES_MAX} more)`);
      break;
    }
    out.push(toJsonData(item, depth + 1) ?? null);
  }
  return out;
}

function recordToJsonData(entries: Iterable<[string, unknown]>, count: number, depth: number): JsonData {
  // No prototype, so that a field called `__proto__` is a field like any other.
  const out = Object.create(null) as {[name: string]: JsonData};
  let taken = 0;
  for (const [name, item] of entries) {
    if (taken >= ENTRIES_MAX) {
      out['…'] = `${count - ENTRIES_MAX} more`;
      break;
    }
    taken += 1;
    const data = toJsonData(item, depth + 1);
    if (data !== undefined) out[cutText(name)] = data;
  }
  return out;
}

function errorToJsonData(error: Error, depth: number): JsonData {
  const out: {[name: string]: JsonData} = {name: error.name, message: cutText(error.message)};
  if (error.stack !== undefined) out['stack'] = cutText(error.stack);
  for (const name of ['code', 'failure', 'cause'] as const) {
    const data = toJsonData(Reflect.get(error, name), depth + 1);
    if (data !== undefined) out[name] = data;
  }
  return out;
}
