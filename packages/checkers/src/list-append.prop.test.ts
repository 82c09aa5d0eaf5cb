// Goal: no false alarm on serial executions, every injected contradiction found. Method: a serial store, calls that overlap, by seed.
import {SeededRandom} from '@murmuration/base';
import {checkListTransactions} from './list-append.js';
import type {ListStep, ListTransaction} from './list-append.js';

jest.setTimeout(120_000);

/** Transactions take effect one after another; each one's time spans its moment. */
function serialRun(random: SeededRandom, count: number): readonly ListTransaction[] {
  const lists = new Map<string, number[]>();
  const out: ListTransaction[] = [];
  for (let i = 0; i < count; i += 1) {
    const outcome = random.below(10);
    const takesEffect = outcome !== 0;
    const steps: ListStep[] = [];
    const touched = new Map<string, number[]>();
    for (let step = 1 + random.below(4); step > 0; step -= 1) {
      const list = `l${random.below(4)}`;
      const now = touched.get(list) ?? [...(lists.get(list) ?? [])];
      touched.set(list, now);
      if (random.below(2) === 0) steps.push({kind: 'read', list, elements: [...now]});
      else {
        now.push(i * 10 + step);
        steps.push({kind: 'append', list, element: i * 10 + step});
      }
    }
    if (takesEffect) for (const [list, now] of touched) lists.set(list, now);
    const status = outcome === 0 ? (random.below(2) === 0 ? 'aborted' : 'open') : outcome === 1 ? 'open' : 'committed';
    const kept = status === 'open' ? steps.filter((step) => step.kind === 'append') : steps;
    const from = i * 10 - random.below(40);
    out.push({status, process: i, invokedAt: from + i / 1e6, completedAt: status === 'open' ? Infinity : i * 10 + random.below(40) + i / 1e6 + 5e-7, steps: kept, text: `T${i} ${JSON.stringify(steps)}`});
  }
  return out;
}

test('3,000 serial runs raise no alarm', () => {
  const wrong: string[] = [];
  for (let seed = 1; seed <= 3_000; seed += 1) {
    const random = new SeededRandom(seed);
    const verdict = checkListTransactions(serialRun(random, 1 + random.below(30)));
    if (verdict.kind !== 'ok') wrong.push(`seed ${seed}: ${verdict.anomalies[0]?.explanation}`);
  }
  expect(wrong).toEqual([]);
});

test('half a transaction, a lost update, a stale read and a lost append are always found', () => {
  const missed: string[] = [];
  const endings: Readonly<Record<string, readonly (readonly ListStep[])[]>> = {
    half: [[{kind: 'append', list: 'p', element: -1}, {kind: 'append', list: 'q', element: -2}], [{kind: 'read', list: 'p', elements: [-1]}, {kind: 'read', list: 'q', elements: []}]],
    update: [[{kind: 'read', list: 'p', elements: []}, {kind: 'append', list: 'p', element: -1}], [{kind: 'read', list: 'p', elements: []}, {kind: 'append', list: 'p', element: -2}]],
    stale: [[{kind: 'append', list: 'p', element: -1}], [{kind: 'read', list: 'p', elements: []}], [{kind: 'read', list: 'p', elements: [-1]}]],
    lost: [[{kind: 'append', list: 'p', element: -1}], [{kind: 'append', list: 'p', element: -2}], [{kind: 'read', list: 'p', elements: [-2]}]],
  };
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = new SeededRandom(seed);
    const run = serialRun(random, 1 + random.below(30));
    for (const [name, steps] of Object.entries(endings)) {
      const added = steps.map((own, i): ListTransaction => ({status: 'committed', process: 1_000 + i, invokedAt: 10_000 + 2 * i, completedAt: 10_001 + 2 * i, steps: own, text: `bad ${i}`}));
      if (checkListTransactions([...run, ...added]).kind === 'ok') missed.push(`${name}, seed ${seed}`);
    }
  }
  expect(missed).toEqual([]);
});
