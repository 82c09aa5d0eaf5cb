import {BenchError} from '../errors.js';
import {RUN_RECORD_FORMAT} from '../run-record.js';
import type {RunRecord} from '../run-record.js';

const LISTS = ['seconds', 'streams', 'events', 'partitions', 'buckets', 'nodes'];
const OBJECTS = ['summary', 'workload', 'environment', 'settings', 'measures'];

/**
 * A record from a file that `murmur bench run --json` wrote. The parts are looked for, not every number in them: these files
 * are this program's own.
 * @throws BenchError `InvalidRecord`
 */
export function readRecord(text: string): RunRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BenchError({code: 'InvalidRecord', reason: 'not JSON'}, {cause});
  }
  if (!isRecord(value)) throw new BenchError({code: 'InvalidRecord', reason: `not a record of format ${RUN_RECORD_FORMAT}; murmur bench run --json FILE writes one`});
  return value;
}

function isRecord(value: unknown): value is RunRecord {
  if (typeof value !== 'object' || value === null) return false;
  const members = new Map<string, unknown>(Object.entries(value));
  return members.get('format') === RUN_RECORD_FORMAT && typeof members.get('name') === 'string' && LISTS.every((name) => Array.isArray(members.get(name)))
    && OBJECTS.every((name) => typeof members.get(name) === 'object' && members.get(name) !== null);
}
