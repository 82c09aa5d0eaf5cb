// Goal: input that is at fault costs its sender an error and nobody else anything.
// Method: hand-written requests over real sockets at a whole cluster in this process. Each must be answered within a
// second by what input may be answered with, and a client on another socket must be served right behind it.
import {startCluster} from '@murmuration/test';
import type {TestCluster} from '@murmuration/test';
import {ALL_CASES} from './cases/all-cases.js';
import {Target} from './target.js';
import {heldBytes, keptBytes} from './testing/held-bytes.js';

let cluster: TestCluster;
let target: Target;
let heldBefore: number;
beforeAll(async () => {
  cluster = await startCluster();
  target = new Target(cluster.endpoint, true);
  await target.prepare();
  heldBefore = heldBytes();
}, 60_000);
afterAll(async () => {
  target.close();
  await cluster.stop();
});

test('there are cases of each row, all of different names', () => {
  expect(new Set(ALL_CASES.map(({row, name}) => `${row}: ${name}`)).size).toBe(ALL_CASES.length);
  expect(new Set(ALL_CASES.map(({row}) => row)).size).toBe(6);
});

describe.each([...new Set(ALL_CASES.map(({row}) => row))])('%s', (row) => {
  test.each(ALL_CASES.filter((hostile) => hostile.row === row))('$name', async (hostile) => {
    expect(await target.run(hostile)).toBeUndefined();
  });
});

test('the memory of all of them comes back', async () => {
  expect(await keptBytes(heldBefore)).toBe(0);
});
