/// <reference path="./murmurhash3js-revisited.d.ts" />
// The own hash against an independent implementation of the same algorithm.
import fc from 'fast-check';
import murmurHash3 from 'murmurhash3js-revisited';
import {murmur3, tokenOf} from './token.js';

describe('tokenOf', () => {
  it('equals the reference implementation for every length and seed', () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 70}), fc.nat(), (bytes, seed) => {
        expect(murmur3(bytes, seed)).toBe(murmurHash3.x86.hash32(bytes, seed));
      }),
    );
  });
  it('is fixed for ever: stored keys hold it', () => {
    expect(tokenOf(new Uint8Array([]))).toBe(murmurHash3.x86.hash32(new Uint8Array([]), 0x4d75726d));
    expect(tokenOf(new Uint8Array([1, 2, 3, 4, 5]))).toBe(murmurHash3.x86.hash32(new Uint8Array([1, 2, 3, 4, 5]), 0x4d75726d));
  });
});
