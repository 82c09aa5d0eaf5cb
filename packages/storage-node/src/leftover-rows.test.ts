import {toHex} from '@murmuration/base';
import {without} from './leftover-rows.js';

const range = (from: number, until: number): {from: Uint8Array; until: Uint8Array} => ({from: Uint8Array.of(from), until: Uint8Array.of(until)});
const shown = (parts: ReturnType<typeof without>): readonly string[] => parts.map(({from, until}) => `${toHex(from)}-${toHex(until)}`);

describe('what is left of a range without others', () => {
  it('keeps the parts below, between and above', () => {
    expect(shown(without(range(2, 9), [range(3, 4), range(6, 7)]))).toEqual(['02-03', '04-06', '07-09']);
  });
  it('is all of it where the others only touch it', () => {
    expect(shown(without(range(2, 9), [range(0, 2), range(9, 12)]))).toEqual(['02-09']);
  });
  it('is nothing where others cover it together', () => {
    expect(shown(without(range(2, 9), [range(1, 5), range(5, 20)]))).toEqual([]);
  });
});
