// The byte order of number keys is the order of numbers; decoding gives the canonical text back. The judge is BigInt
// arithmetic over a common scale, written apart from the code under test.
import {compareBytes, toHex} from '@murmuration/base';
import fc from 'fast-check';
import {compareNumbers, parseNumber} from './number.js';
import {addNumbers, subtractNumbers} from './number-arithmetic.js';
import {decodeNumberKey, encodeNumberKey} from './number-key.js';

const SCALE = 170;
const number = fc.record({
  isNegative: fc.boolean(), digits: fc.bigInt({min: 0n, max: 10n ** 38n - 1n}), exponent: fc.integer({min: -130, max: 88}),
}).map(({isNegative, digits, exponent}) => {
  const text = `${isNegative ? '-' : ''}${digits}e${exponent}`;
  return {text: parseNumber(text).text, scaled: (isNegative ? -digits : digits) * 10n ** BigInt(exponent + SCALE)};
});
const near = fc.tuple(fc.integer({min: -2000, max: 2000}), fc.integer({min: -3, max: 3})).map(([digits, exponent]) => ({
  text: parseNumber(`${digits}e${exponent}`).text, scaled: BigInt(digits) * 10n ** BigInt(exponent + SCALE),
}));
const any = fc.oneof(number, near);
const sign = (value: number | bigint): number => (value > 0 ? 1 : value < 0 ? -1 : 0);

test('encoded numbers order as numbers, and so does compareNumbers', () => {
  fc.assert(fc.property(any, any, (a, b) => {
    const expected = sign(a.scaled - b.scaled);
    expect(sign(compareBytes(encodeNumberKey(a.text), encodeNumberKey(b.text)))).toBe(expected);
    expect(sign(compareNumbers(a.text, b.text))).toBe(expected);
  }), {numRuns: 2000});
});

test('an encoded number decodes to its canonical text and takes at most 22 bytes', () => {
  fc.assert(fc.property(any, ({text}) => {
    const bytes = encodeNumberKey(text);
    expect(bytes.length).toBeLessThanOrEqual(22);
    expect(decodeNumberKey(bytes)).toBe(text);
  }), {numRuns: 1000});
});

test('sums and differences are exact or refused', () => {
  fc.assert(fc.property(any, any, (a, b) => {
    for (const [combine, expected] of [[addNumbers, a.scaled + b.scaled], [subtractNumbers, a.scaled - b.scaled]] as const) {
      let text: string;
      try {
        text = combine(a.text, b.text);
      } catch {
        continue;
      }
      const [integer = '0', fraction = ''] = text.split('.');
      expect(BigInt(integer.replace('-', '') + fraction.padEnd(SCALE, '0')) * (text.startsWith('-') ? -1n : 1n)).toBe(expected);
    }
  }), {numRuns: 1000});
});

test('golden bytes: the format of version 1', () => {
  expect(toHex(encodeNumberKey('0'))).toBe('80');
  expect(toHex(encodeNumberKey('1'))).toBe('c04202');
  expect(toHex(encodeNumberKey('12'))).toBe('c04218');
  expect(toHex(encodeNumberKey('123.4'))).toBe('c043032f50');
  expect(toHex(encodeNumberKey('-1'))).toBe('40bdfd');
});
