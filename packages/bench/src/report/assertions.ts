import {BenchError} from '../errors.js';
import type {RunRecord, Verdict} from '../run-record.js';

interface Quantity {
  readonly name: string;
  readonly help: string;
  readonly unit: 'ms' | 'percent' | 'count';
  readonly of: (record: RunRecord) => number | undefined;
}

/** What an assertion can be about; all over the seconds after the warm-up. */
const QUANTITIES: readonly Quantity[] = [
  {name: 'p50', help: 'latency that half of the requests keep to', unit: 'ms', of: ({summary}) => summary.latency?.p50Ms},
  {name: 'p90', help: '', unit: 'ms', of: ({summary}) => summary.latency?.p90Ms},
  {name: 'p99', help: '', unit: 'ms', of: ({summary}) => summary.latency?.p99Ms},
  {name: 'p99.9', help: '', unit: 'ms', of: ({summary}) => summary.latency?.p999Ms},
  {name: 'max', help: 'slowest answer', unit: 'ms', of: ({summary}) => summary.latency?.maxMs},
  {name: 'throttles', help: 'requests refused for throughput', unit: 'count', of: ({summary}) => summary.throttledTotal},
  {name: 'throttled', help: 'the same, in percent of what was offered', unit: 'percent', of: ({summary}) => percent(summary.throttledTotal, summary.offered)},
  {name: 'errors', help: 'requests that failed in another way', unit: 'count', of: ({summary}) => summary.errors},
  {name: 'failed', help: 'the same, in percent', unit: 'percent', of: ({summary}) => percent(summary.errors, summary.offered)},
  {name: 'dropped', help: 'requests not sent, as too many were under way', unit: 'count', of: ({summary}) => summary.dropped},
  {name: 'retried', help: 'tries beyond the first', unit: 'count', of: ({summary}) => summary.retried},
  {name: 'rate', help: 'accepted requests a second', unit: 'count', of: ({summary}) => summary.acceptedPerSecond},
  {name: 'accepted', help: '', unit: 'count', of: ({summary}) => summary.accepted},
  {name: 'splits', help: 'partitions that were cut', unit: 'count', of: ({events}) => events.filter(({kind}) => kind === 'split').length},
];
const OPERATORS = ['<=', '>=', '<', '>', '='] as const;
const FACTOR_OF_UNIT: ReadonlyMap<string, number> = new Map([['', 1], ['us', 0.001], ['µs', 0.001], ['ms', 1], ['s', 1000], ['%', 1]]);

export interface Assertion {
  readonly text: string;
  readonly quantity: Quantity;
  readonly operator: (typeof OPERATORS)[number];
  readonly value: number;
}

/** For help texts. */
export const ASSERTION_NAMES: readonly string[] = QUANTITIES.map(({name}) => name);

/**
 * Assertions such as `p99<20ms,throttles=0`, parted by commas.
 * @throws BenchError `InvalidAssertion` before anything is run
 */
export function parseAssertions(text: string): readonly Assertion[] {
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '').map((part) => {
    const [, name = '', sign = '', digits = '', unit = ''] = /^([a-z0-9.]+)\s*(<=|>=|<|>|=)\s*(\d+(?:\.\d+)?)\s*([a-zµ%]*)$/.exec(part) ?? [];
    const quantity = QUANTITIES.find((candidate) => candidate.name === name);
    const operator = OPERATORS.find((candidate) => candidate === sign);
    if (quantity === undefined || operator === undefined) throw invalid(part, `write NAME OPERATOR VALUE with a name of ${ASSERTION_NAMES.join(', ')} and an operator of ${OPERATORS.join(' ')}`);
    const factor = FACTOR_OF_UNIT.get(unit);
    const isRightUnit = unit === '' || (quantity.unit === 'ms' ? unit !== '%' : quantity.unit === 'percent' && unit === '%');
    if (factor === undefined || !isRightUnit) throw invalid(part, `${name} is not measured in "${unit}"`);
    return {text: part, quantity, operator, value: Number(digits) * factor};
  });
}

/** One verdict for each assertion. A quantity that the run does not have (latency without an answer) fails. */
export function judge(assertions: readonly Assertion[], record: RunRecord): readonly Verdict[] {
  return assertions.map(({text, quantity, operator, value}) => {
    const actual = quantity.of(record);
    return {
      name: text, expected: `${operator} ${value}${suffix(quantity)}`, actual: actual === undefined ? 'not known' : `${round(actual)}${suffix(quantity)}`,
      isPassed: actual !== undefined && holds(actual, operator, value),
    };
  });
}

function holds(actual: number, operator: Assertion['operator'], value: number): boolean {
  switch (operator) {
    case '<':
      return actual < value;
    case '<=':
      return actual <= value;
    case '>':
      return actual > value;
    case '>=':
      return actual >= value;
    case '=':
      return actual === value;
  }
}
function suffix({unit}: Quantity): string {
  return unit === 'ms' ? ' ms' : unit === 'percent' ? ' %' : '';
}
function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (100 * part) / whole;
}
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
function invalid(text: string, reason: string): BenchError {
  return new BenchError({code: 'InvalidAssertion', text, reason});
}
