// Numbers against integers of any length: the same value for every notation, exact sums, one text a value.
import fc from 'fast-check';
import {ModelError} from './errors.js';
import {compareNumbers, parseNumber} from './number.js';
import {addNumbers, subtractNumbers} from './number-arithmetic.js';

/** Units of 10^-200, which every number below has a whole number of. */
function units(text: string): bigint {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const scale = 200 + Number(exponent) - fraction.length;
  const magnitude = BigInt(whole + fraction) * 10n ** BigInt(scale);
  return sign === '-' ? -magnitude : magnitude;
}
const digits = (max: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[0-9]{0,${max}}$`));
const notation = fc.tuple(fc.constantFrom('', '-', '+'), digits(19), fc.boolean(), digits(19), fc.option(fc.integer({min: -40, max: 60})), fc.constantFrom('e', 'E', 'e+'))
  .filter(([, whole, , fraction]) => whole + fraction !== '')
  .map(([sign, whole, dot, fraction, exponent, mark]) =>
    sign + whole + (dot || fraction !== '' ? `.${fraction}` : '') + (exponent === null ? '' : `${exponent < 0 ? 'e' : mark}${exponent}`));

test('every notation keeps its value and gets the one text of that value', () => {
  fc.assert(fc.property(notation, (given) => {
    const {text} = parseNumber(given);
    expect(units(text)).toBe(units(given));
    expect(text).toMatch(/^(0|-?(0|[1-9]\d*)(\.\d*[1-9])?)$/);
    expect(text).not.toBe('-0');
    expect(parseNumber(text).text).toBe(text);
  }), {numRuns: 3000});
});

test('order is the order of values', () => {
  fc.assert(fc.property(notation, notation, (a, b) => {
    const [left, right] = [units(a), units(b)];
    expect(Math.sign(compareNumbers(parseNumber(a).text, parseNumber(b).text))).toBe(left < right ? -1 : left > right ? 1 : 0);
  }), {numRuns: 3000});
});

test('a sum or difference is exact to 38 digits, or refused', () => {
  fc.assert(fc.property(notation, notation, (a, b) => {
    const [left, right] = [parseNumber(a).text, parseNumber(b).text];
    for (const [combine, exact] of [[addNumbers, units(a) + units(b)], [subtractNumbers, units(a) - units(b)]] as const) {
      const significant = exact.toString().replace('-', '').replace(/0+$/, '').length;
      try {
        expect(units(combine(left, right))).toBe(exact);
        expect(significant).toBeLessThanOrEqual(38);
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        expect(error.message).toBe('Attempting to store more than 38 significant digits in a Number');
        expect(significant).toBeGreaterThan(38);
      }
    }
  }), {numRuns: 3000});
});
