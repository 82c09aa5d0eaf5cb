// Number rules: canonical text, limits and their exact messages (Number row of the error table).
import {compareNumbers, parseNumber} from './number.js';
import {addNumbers, subtractNumbers} from './number-arithmetic.js';

test.each([
  ['0', '0'], ['-0', '0'], ['0.0', '0'], ['+5', '5'], ['.5', '0.5'], ['5.', '5'], ['007', '7'], ['1E+2', '100'],
  ['1e3', '1000'], ['1.50', '1.5'], ['-12.340e1', '-123.4'], ['1e-3', '0.001'], ['123456789012345678901234567890', '123456789012345678901234567890'],
  ['0.0e126', '0'], ['100000', '100000'], ['-0.00100', '-0.001'],
])('%s is stored and echoed as %s', (given, canonical) => {
  expect(parseNumber(given).text).toBe(canonical);
});

test('the limits of magnitude are inside', () => {
  expect(parseNumber('1e-130').text).toBe(`0.${'0'.repeat(129)}1`);
  expect(parseNumber('9.9999999999999999999999999999999999999e125').text).toBe('9'.repeat(38) + '0'.repeat(88));
});

test.each(['', 'abc', '1a', '--1', '1e', '1e+', '.', '-', ' 1', '1 ', '0x10', 'Infinity', 'NaN', '1.2.3'])('%p is no number', (text) => {
  const message = text === '' ? 'The parameter cannot be converted to a numeric value'
    : `The parameter cannot be converted to a numeric value: ${text}`;
  expect(() => parseNumber(text)).toThrow(new Error(message));
});

test.each(['1e126', '-1e126', '0e126', '1e99999999999999999999', '1' + '0'.repeat(126)])('%s is too large', (text) => {
  expect(() => parseNumber(text))
    .toThrow(new Error('Number overflow. Attempting to store a number with magnitude larger than supported range'));
});

test('1e-131 is too small', () => {
  expect(() => parseNumber('1e-131'))
    .toThrow(new Error('Number underflow. Attempting to store a number with magnitude smaller than supported range'));
});

test('a 39th significant digit is refused, zeros around do not count', () => {
  expect(() => parseNumber('1'.repeat(39)))
    .toThrow(new Error('Attempting to store more than 38 significant digits in a Number'));
  expect(parseNumber(`000${'1'.repeat(38)}000`).text).toBe(`${'1'.repeat(38)}000`);
});

test.each([
  ['0.1', '0.2', '0.3', '-0.1'], ['1', '-1', '0', '2'], ['99', '1', '100', '98'], ['0', '5', '5', '-5'],
  ['123456789012345678901234567890', '1', '123456789012345678901234567891', '123456789012345678901234567889'],
])('%s and %s have exact sum %s and difference %s', (a, b, sum, difference) => {
  expect(addNumbers(a, b)).toBe(sum);
  expect(subtractNumbers(a, b)).toBe(difference);
});

test('a sum that needs more than 38 digits or leaves the range is refused', () => {
  expect(() => addNumbers(parseNumber('1e50').text, '1')).toThrow('more than 38 significant digits');
  const greatest = parseNumber('9e125').text;
  expect(() => addNumbers(greatest, greatest)).toThrow('Number overflow');
});

test('numbers compare by value', () => {
  expect(compareNumbers('9', '10')).toBeLessThan(0);
  expect(compareNumbers('-9', '-10')).toBeGreaterThan(0);
  expect(compareNumbers('0.5', '0.25')).toBeGreaterThan(0);
  expect(compareNumbers('-0.5', '0')).toBeLessThan(0);
});
