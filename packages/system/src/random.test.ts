import {osRandom} from './random.js';

describe('osRandom', () => {
  test('draws cover the whole range and do not repeat over refills', () => {
    const draws = Array.from({length: 5_000}, () => osRandom.uint32());
    expect(new Set(draws).size).toBeGreaterThan(4_900);
    expect(Math.max(...draws)).toBeGreaterThan(0xff00_0000);
    expect(Math.min(...draws)).toBeLessThan(0x0100_0000);
  });
  test('bounded draws stay below their bound and reach each value', () => {
    for (const until of [1, 2, 3, 10]) {
      const seen = new Set(Array.from({length: 500}, () => osRandom.below(until)));
      expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({length: until}, (_, i) => i));
    }
    expect(osRandom.below(0x1_0000_0000)).toBeLessThan(0x1_0000_0000);
    expect(() => osRandom.below(0)).toThrow('bound');
  });
});
