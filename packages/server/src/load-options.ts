import {crc32c, utf8Encode} from '@murmuration/base';
import {ServerError} from './errors.js';
import {environmentNameOf, flagOf} from './option-table.js';
import type {OptionSpecification, OptionTable, OptionValues} from './option-table.js';

export interface OptionSources {
  /** Arguments after the verb: `--api-port 8000` or `--api-port=8000`. */
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Text of the settings file, JSON with the table's names; undefined when there is none. */
  readonly fileText: string | undefined;
}

/**
 * Flags, then environment, then file, then defaults.
 * @throws ServerError `BadSetting`, naming the nearest setting for one that does not exist
 */
export function loadOptions<Table extends OptionTable>(table: Table, sources: OptionSources): OptionValues<Table> {
  const byFlag = parseFlags(table, sources.flags);
  const byFile = parseFile(table, sources.fileText);
  const values: Record<string, unknown> = {};
  for (const [name, specification] of Object.entries(table)) {
    const flagText = byFlag.get(name);
    const environmentText = sources.environment[environmentNameOf(name)];
    if (flagText !== undefined) values[name] = parseValue(flagOf(name), specification, flagText);
    else if (environmentText !== undefined) values[name] = parseValue(environmentNameOf(name), specification, environmentText);
    else if (byFile.has(name)) values[name] = parseValue(name, specification, fileValueText(byFile.get(name)));
    else values[name] = specification.default;
  }
  return values as OptionValues<Table>;
}

/** Of the settings that must agree on all processes of a cluster. Equal settings, equal text. */
export function settingsFingerprint<Table extends OptionTable>(table: Table, values: OptionValues<Table>): string {
  const parts = Object.entries(table)
    .filter(([, specification]) => specification.scope === 'cluster')
    .map(([name]) => `${name}=${String(values[name as keyof Table])}`)
    .sort();
  return crc32c(utf8Encode(parts.join('\n'))).toString(16).padStart(8, '0');
}

/** The nearest of `names` to a mistyped one, undefined when none is near. */
export function nearestName(wrong: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(wrong.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(wrong, name);
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

function parseFlags(table: OptionTable, flags: readonly string[]): ReadonlyMap<string, string> {
  const nameByFlag = new Map(Object.keys(table).map((name) => [flagOf(name), name]));
  const found = new Map<string, string>();
  for (let i = 0; i < flags.length; i += 1) {
    const argument = flags[i] ?? '';
    const equals = argument.indexOf('=');
    const flag = equals < 0 ? argument : argument.slice(0, equals);
    const name = nameByFlag.get(flag);
    if (name === undefined) throw unknownSetting(flag, [...nameByFlag.keys()]);
    let text: string | undefined;
    if (equals >= 0) text = argument.slice(equals + 1);
    else {
      i += 1;
      text = flags[i];
    }
    if (text === undefined) throw new ServerError({code: 'BadSetting', setting: flag, reason: 'needs a value'});
    found.set(name, text);
  }
  return found;
}

function parseFile(table: OptionTable, text: string | undefined): ReadonlyMap<string, unknown> {
  if (text === undefined) return new Map();
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new ServerError({code: 'BadSetting', setting: 'settings file', reason: 'is not JSON'}, {cause});
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new ServerError({code: 'BadSetting', setting: 'settings file', reason: 'is not a JSON object'});
  }
  const values = new Map(Object.entries(document));
  for (const name of values.keys()) if (!Object.hasOwn(table, name)) throw unknownSetting(name, Object.keys(table));
  return values;
}

function unknownSetting(name: string, names: readonly string[]): ServerError {
  const nearest = nearestName(name, names);
  return new ServerError({code: 'BadSetting', setting: name, reason: nearest === undefined ? 'is unknown' : `is unknown; did you mean ${nearest}?`});
}

function fileValueText(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(',') : String(value);
}

function parseValue(setting: string, specification: OptionSpecification, text: string): unknown {
  const bad = (reason: string): ServerError => new ServerError({code: 'BadSetting', setting, reason});
  switch (specification.type) {
    case 'integer': {
      const value = Number(text);
      if (text.trim() === '' || !Number.isSafeInteger(value)) throw bad(`must be a whole number, not "${text}"`);
      if (value < specification.min || value > specification.max) throw bad(`must be ${specification.min} to ${specification.max}, not ${value}`);
      return value;
    }
    case 'text':
      if (specification.pattern !== undefined && !specification.pattern.test(text)) throw bad(`"${text}" does not match ${specification.pattern.source}`);
      return text;
    case 'choice':
      if (!specification.choices.includes(text)) throw bad(`must be one of ${specification.choices.join(', ')}, not "${text}"`);
      return text;
    case 'list':
      return text.split(',').map((part) => part.trim()).filter((part) => part !== '');
  }
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({length: b.length + 1}, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (a.charAt(i - 1) === b.charAt(j - 1) ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
