import {BenchError} from '../errors.js';
import {ITEM_SIZE_BYTES_MAX, ITEM_SIZE_BYTES_MIN} from './item-size.js';
import {KEY_COUNT_MAX, STREAMS_MAX, WORKLOAD_FORMAT} from './workload-spec.js';
import type {ItemSize, KeyChoice, LoadPhase, WeightedOperation, WorkloadBilling, WorkloadSpec} from './workload-spec.js';

const SECONDS_MAX = 86_400;
const RATE_MAX = 1_000_000;
const UNITS_MAX = 1_000_000;
/** Items of one transaction, as DynamoDB limits them. */
const TRANSACTION_ITEMS_MAX = 100;
const SEGMENTS_MAX = 1_000_000;

/**
 * A workload from JSON that somebody wrote: the gate behind which a spec holds what its type says.
 * @throws BenchError `InvalidWorkload` with the place
 */
export function readWorkload(text: string): WorkloadSpec {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BenchError({code: 'InvalidWorkload', at: 'file', reason: cause instanceof Error ? cause.message : 'not JSON'}, {cause});
  }
  checkWorkload(value);
  return value;
}

/** @throws BenchError `InvalidWorkload` */
export function checkWorkload(value: unknown): asserts value is WorkloadSpec {
  const spec = members(value, 'workload');
  if (spec.get('format') !== WORKLOAD_FORMAT) throw invalid('format', `must be ${WORKLOAD_FORMAT}`);
  text(spec.get('name'), 'name');
  text(spec.get('title'), 'title');
  number(spec.get('seed'), 'seed', {min: 0, max: 0xffff_ffff, isWhole: true});
  number(spec.get('warmUpSeconds'), 'warmUpSeconds', {min: 0, max: SECONDS_MAX, isWhole: true});
  checkTable(spec.get('table'));
  const hasSortKey = members(spec.get('table'), 'table').get('hasSortKey') === true;
  const streams = list(spec.get('streams'), 'streams');
  if (streams.length === 0 || streams.length > STREAMS_MAX) throw invalid('streams', `must be 1 to ${STREAMS_MAX}`);
  streams.forEach((stream, i) => {
    checkStream(stream, `streams[${i}]`, hasSortKey);
  });
  list(spec.get('changes'), 'changes').forEach((change, i) => {
    const at = `changes[${i}]`;
    const one = members(change, at);
    number(one.get('atSecond'), `${at}.atSecond`, {min: 0, max: SECONDS_MAX});
    if (choice(one.get('kind'), `${at}.kind`, ['throughput', 'warm-throughput', 'billing'] as const) === 'billing') checkBilling(one.get('billing'), `${at}.billing`);
    else checkUnits(change, at);
  });
}

function checkTable(value: unknown): void {
  const table = members(value, 'table');
  text(table.get('name'), 'table.name');
  if (!/^[a-zA-Z0-9_.-]{3,255}$/.test(String(table.get('name')))) throw invalid('table.name', 'must be 3 to 255 of a-z, A-Z, 0-9, _, - and .');
  if (typeof table.get('hasSortKey') !== 'boolean') throw invalid('table.hasSortKey', 'must be true or false');
  number(table.get('partitionCount'), 'table.partitionCount', {min: 0, max: 10_000, isWhole: true});
  const locals = list(table.get('localIndexes'), 'table.localIndexes');
  if (locals.length > 0 && table.get('hasSortKey') !== true) throw invalid('table.localIndexes', 'need a sort key');
  for (const [name, indexes] of [['localIndexes', locals], ['globalIndexes', list(table.get('globalIndexes'), 'table.globalIndexes')]] as const) {
    indexes.forEach((index, i) => {
      const at = `table.${name}[${i}]`;
      const one = members(index, at);
      text(one.get('name'), `${at}.name`);
      choice(one.get('projection'), `${at}.projection`, ['ALL', 'KEYS_ONLY'] as const);
      if (one.get('throughput') !== undefined) checkUnits(one.get('throughput'), `${at}.throughput`);
    });
  }
  checkBilling(table.get('billing'), 'table.billing');
}

function checkBilling(value: unknown, at: string): asserts value is WorkloadBilling {
  const billing = members(value, at);
  if (choice(billing.get('mode'), `${at}.mode`, ['provisioned', 'on-demand'] as const) === 'provisioned') {
    checkUnits(value, at);
    const scaling = billing.get('autoScaling');
    if (scaling === undefined) return;
    const policy = members(scaling, `${at}.autoScaling`);
    number(policy.get('targetPercent'), `${at}.autoScaling.targetPercent`, {min: 20, max: 90});
    checkUnits(policy.get('minimum'), `${at}.autoScaling.minimum`);
    checkUnits(policy.get('maximum'), `${at}.autoScaling.maximum`);
    return;
  }
  for (const name of ['maximum', 'warm']) if (billing.get(name) !== undefined) checkUnits(billing.get(name), `${at}.${name}`);
}
function checkUnits(value: unknown, at: string): void {
  const units = members(value, at);
  number(units.get('readUnits'), `${at}.readUnits`, {min: 1, max: UNITS_MAX, isWhole: true});
  number(units.get('writeUnits'), `${at}.writeUnits`, {min: 1, max: UNITS_MAX, isWhole: true});
}

function checkStream(value: unknown, at: string, hasSortKey: boolean): void {
  const stream = members(value, at);
  text(stream.get('name'), `${at}.name`);
  number(stream.get('startSecond'), `${at}.startSecond`, {min: 0, max: SECONDS_MAX});
  const phases = list(stream.get('phases'), `${at}.phases`);
  if (phases.length === 0) throw invalid(`${at}.phases`, 'must not be empty');
  phases.forEach((phase, i) => {
    const one = members(phase, `${at}.phases[${i}]`);
    const names: readonly (keyof LoadPhase)[] = ['fromRequestsPerSecond', 'toRequestsPerSecond'];
    number(one.get('seconds'), `${at}.phases[${i}].seconds`, {min: 0.001, max: SECONDS_MAX});
    for (const name of names) number(one.get(name), `${at}.phases[${i}].${name}`, {min: 0, max: RATE_MAX});
  });
  choice(stream.get('spacing'), `${at}.spacing`, ['poisson', 'even'] as const);
  const isReplay = checkKeys(stream.get('keys'), `${at}.keys`, hasSortKey) === 'replay';
  const operations = list(stream.get('operations'), `${at}.operations`);
  if (operations.length === 0 && !isReplay) throw invalid(`${at}.operations`, 'must not be empty');
  operations.forEach((operation, i) => {
    checkOperation(operation, `${at}.operations[${i}]`);
  });
  checkSize(stream.get('itemSize'), `${at}.itemSize`);
}

const KEY_KINDS: readonly KeyChoice['kind'][] = ['uniform', 'zipf', 'single-hot-key', 'moving-hot-spot', 'hot-collection', 'monotonic', 'gsi-skew', 'replay'];
function checkKeys(value: unknown, at: string, hasSortKey: boolean): KeyChoice['kind'] {
  const keys = members(value, at);
  const kind = choice(keys.get('kind'), `${at}.kind`, KEY_KINDS);
  const whole = (name: string, min: number): void => void number(keys.get(name), `${at}.${name}`, {min, max: KEY_COUNT_MAX, isWhole: true});
  if (kind === 'replay') {
    text(keys.get('trace'), `${at}.trace`);
    return kind;
  }
  whole('firstKey', 0);
  if (kind !== 'monotonic') whole('keyCount', 1);
  if (kind === 'single-hot-key' || kind === 'moving-hot-spot' || kind === 'hot-collection') number(keys.get('hotShare'), `${at}.hotShare`, {min: 0, max: 1});
  if (kind === 'zipf') number(keys.get('theta'), `${at}.theta`, {min: 0, max: 10});
  if (kind === 'moving-hot-spot') number(keys.get('periodSeconds'), `${at}.periodSeconds`, {min: 0.001, max: SECONDS_MAX});
  if (kind === 'hot-collection') {
    whole('sortKeyCount', 1);
    whole('firstSortKey', 0);
  }
  if (kind === 'monotonic') whole('collectionCount', 1);
  if (kind === 'gsi-skew') whole('indexKeyCount', 1);
  if ((kind === 'hot-collection' || kind === 'monotonic') && !hasSortKey) throw invalid(at, `${kind} needs table.hasSortKey`);
  return kind;
}

const OPERATION_KINDS: readonly WeightedOperation['kind'][] = ['get', 'put', 'update-counter', 'delete', 'query', 'scan', 'transact-write', 'transact-get'];
function checkOperation(value: unknown, at: string): void {
  const operation = members(value, at);
  const kind = choice(operation.get('kind'), `${at}.kind`, OPERATION_KINDS);
  number(operation.get('weight'), `${at}.weight`, {min: 0.000_001, max: 1_000_000});
  if (kind === 'get' || kind === 'query' || kind === 'scan') choice(operation.get('consistency'), `${at}.consistency`, ['eventual', 'strong'] as const);
  if (kind === 'query' || kind === 'scan') number(operation.get('limit'), `${at}.limit`, {min: 0, max: 1_000_000, isWhole: true});
  if (kind === 'scan') number(operation.get('segmentCount'), `${at}.segmentCount`, {min: 1, max: SEGMENTS_MAX, isWhole: true});
  if (kind === 'transact-write' || kind === 'transact-get') number(operation.get('itemCount'), `${at}.itemCount`, {min: 1, max: TRANSACTION_ITEMS_MAX, isWhole: true});
}

const SIZE_KINDS: readonly ItemSize['kind'][] = ['constant', 'uniform', 'log-normal'];
function checkSize(value: unknown, at: string): void {
  const size = members(value, at);
  const bytes = (name: string): void => void number(size.get(name), `${at}.${name}`, {min: ITEM_SIZE_BYTES_MIN, max: ITEM_SIZE_BYTES_MAX, isWhole: true});
  switch (choice(size.get('kind'), `${at}.kind`, SIZE_KINDS)) {
    case 'constant':
      bytes('sizeBytes');
      return;
    case 'uniform':
      bytes('fromBytes');
      bytes('untilBytes');
      if (Number(size.get('untilBytes')) <= Number(size.get('fromBytes'))) throw invalid(at, 'untilBytes must be above fromBytes');
      return;
    case 'log-normal':
      bytes('medianBytes');
      bytes('maxBytes');
      number(size.get('sigma'), `${at}.sigma`, {min: 0, max: 5});
  }
}

function members(value: unknown, at: string): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(at, 'must be an object');
  return new Map(Object.entries(value));
}
function list(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(at, 'must be a list');
  return value;
}
function text(value: unknown, at: string): void {
  if (typeof value !== 'string' || value === '') throw invalid(at, 'must be text');
}
function number(value: unknown, at: string, {min, max, isWhole = false}: {readonly min: number; readonly max: number; readonly isWhole?: boolean}): void {
  if (typeof value !== 'number' || !(value >= min && value <= max) || (isWhole && !Number.isInteger(value))) {
    throw invalid(at, `must be a ${isWhole ? 'whole ' : ''}number of ${min} to ${max}`);
  }
}
function choice<Name extends string>(value: unknown, at: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === value);
  if (found === undefined) throw invalid(at, `must be one of ${names.join(', ')}`);
  return found;
}
function invalid(at: string, reason: string): BenchError {
  return new BenchError({code: 'InvalidWorkload', at, reason});
}
