import {Round} from './round.js';

describe('a round', () => {
  test('meets everything within its turns and one more, a part at a time', () => {
    const values = new Map(Array.from({length: 25}, (_, i) => [i, i]));
    const round = new Round<number>(10);
    const met: number[] = [];
    for (let turn = 0; turn < 11; turn += 1) {
      const part = round.next(values);
      expect(part.length).toBeLessThanOrEqual(3);
      met.push(...part);
    }
    expect(new Set(met).size).toBe(25);
  });
  test('bears it when what it goes over changes, and when there is nothing', () => {
    const round = new Round<string>(2);
    expect(round.next(new Map())).toEqual([]);
    const values = new Map([[1, 'a'], [2, 'b'], [3, 'c'], [4, 'd']]);
    expect(round.next(values)).toEqual(['a', 'b']);
    values.delete(3);
    values.set(5, 'e');
    expect(round.next(values)).toEqual(['d', 'e']);
  });
});
