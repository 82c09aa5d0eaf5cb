import {DecodeError} from '@murmuration/base';
import fc from 'fast-check';
import {decodeEffect, encodeEffect} from './effect.js';

const delta = fc.integer({min: -(2 ** 40), max: 2 ** 40});
const effect = fc.record({
  sequence: fc.nat(), timestampHlc: fc.integer({min: 0, max: 2 ** 52}), itemCountDelta: delta, sizeBytesDelta: delta,
  indexDeltas: fc.option(fc.array(fc.record({itemCount: delta, sizeBytes: delta}), {minLength: 1, maxLength: 5}), {nil: undefined}),
  changes: fc.array(fc.record({key: fc.uint8Array(), value: fc.option(fc.uint8Array(), {nil: undefined})}), {minLength: 1, maxLength: 4}),
});

describe('effect', () => {
  it('comes back from its bytes as it was', () => {
    fc.assert(fc.property(effect, (value) => expect(decodeEffect(encodeEffect(value))).toEqual(value)));
  });
  it('is refused when cut short or of another version', () => {
    fc.assert(
      fc.property(effect, fc.nat(), (value, at) => {
        const bytes = encodeEffect(value);
        expect(() => decodeEffect(bytes.subarray(0, at % bytes.length))).toThrow(DecodeError);
        bytes[0] = 2;
        expect(() => decodeEffect(bytes)).toThrow(DecodeError);
      }),
    );
  });
});
