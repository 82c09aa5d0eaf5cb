import {Inflights} from './inflights.js';

test('is full at the bound of messages, and frees through an index', () => {
  const inflights = new Inflights(3, 0);
  for (const index of [5, 7, 9]) inflights.add(index, 100);
  expect(inflights.isFull).toBe(true);
  expect(() => { inflights.add(10, 1); }).toThrow('full');
  inflights.freeThrough(6);
  expect(inflights.count).toBe(2);
  inflights.freeThrough(4);
  expect(inflights.count).toBe(2);
  inflights.freeThrough(9);
  expect(inflights.count).toBe(0);
});

test('is full at the bound of bytes, which the last message may pass', () => {
  const inflights = new Inflights(100, 50);
  inflights.add(1, 40);
  expect(inflights.isFull).toBe(false);
  inflights.add(2, 1000);
  expect(inflights.isFull).toBe(true);
  inflights.freeThrough(1);
  expect(inflights.isFull).toBe(true);
  inflights.freeThrough(2);
  expect(inflights.isFull).toBe(false);
});

test('keeps its order while the ring turns and grows', () => {
  const inflights = new Inflights(1000, 0);
  let next = 1;
  let oldest = 1;
  for (let round = 0; round < 50; round += 1) {
    for (let i = 0; i < 7; i += 1) inflights.add(next++, 1);
    oldest += 5;
    inflights.freeThrough(oldest - 1);
    expect(inflights.count).toBe(next - oldest);
  }
  inflights.reset();
  expect(inflights.count).toBe(0);
});
