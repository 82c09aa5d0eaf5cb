import type {EventRecord} from '@murmuration/base';
import {toJsonData} from './render-value.js';

/** Longer lines keep their head only: collectors commonly cut or split at 16 KB themselves. */
export const LINE_LENGTH_MAX = 16_000;

/**
 * Characters that JSON leaves as they are and that a terminal or a line reader may act on: DEL and the C1
 * controls, the line and paragraph separators, and the marks that reorder text on screen.
 */
const UNSAFE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * One event as one line of JSON: time, level, event, node, then the event's own fields in their order.
 * @param wallMs milliseconds since 1970 UTC
 * @returns text without line end and without control characters, at most LINE_LENGTH_MAX characters; never throws
 */
export function renderLogLine(record: EventRecord, node: string, wallMs: number): string {
  const head = {time: toIsoTime(wallMs), level: record.level, event: record.event, node};
  const fields: [string, unknown][] = [];
  for (const name of Object.keys(record)) {
    if (name === 'event' || name === 'level') continue;
    const data = fieldData(record, name);
    // A field may not pass itself off as one of the head's.
    if (data !== undefined) fields.push([name === 'time' || name === 'node' ? `field_${name}` : name, data]);
  }
  const line = stringify(head, fields);
  if (line.length <= LINE_LENGTH_MAX) return line;
  return stringify(head, [['cutFromLength', line.length], ['start', line.slice(0, LINE_LENGTH_MAX / 8)]]);
}

function fieldData(record: EventRecord, name: string): unknown {
  try {
    return toJsonData(record[name]);
  } catch {
    return '(unreadable)';
  }
}

function stringify(head: Readonly<Record<string, string>>, fields: readonly [string, unknown][]): string {
  return JSON.stringify(Object.fromEntries([...Object.entries(head), ...fields])).replace(UNSAFE, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function toIsoTime(wallMs: number): string {
  const time = new Date(wallMs);
  return Number.isNaN(time.getTime()) ? 'unknown' : time.toISOString();
}
