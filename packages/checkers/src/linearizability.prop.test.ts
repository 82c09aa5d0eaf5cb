// Goal: the checker finds every injected contradiction, raises no false alarm, and agrees with a judge that is too slow to be wrong.
// Method: histories drawn from a perfect store by seed; one answer is then falsified. The seed stands in every failure.
import {SeededRandom} from '@murmuration/base';
import {checkLinearizable} from './linearizability.js';
import {isLinearizableSlowly} from './testing/brute-force.js';
import {n} from './testing/history-builder.js';
import {randomHistory, withChangedRead} from './testing/random-history.js';
import type {RandomHistoryOptions} from './testing/random-history.js';
import type {HistoryRecord} from './history.js';

// Much work for one test; a machine that is busy with others may need long.
jest.setTimeout(120_000);

const WORKLOADS: readonly RandomHistoryOptions['workload'][] = ['register', 'counter', 'mixed'];
function drawn(seed: number, callsMax: number): {readonly random: SeededRandom; readonly history: readonly HistoryRecord[]} {
  const random = new SeededRandom(seed);
  const history = randomHistory(random, {
    callCount: 1 + random.below(callsMax), itemCount: 1 + random.below(3), clientCount: 1 + random.below(5),
    unknownOneIn: random.below(2) === 0 ? 0 : 5 + random.below(20), workload: WORKLOADS[random.below(3)] ?? 'mixed',
  });
  return {random, history};
}

test('10,000 histories of a perfect store raise no alarm', () => {
  const wrong: string[] = [];
  for (let seed = 1; seed <= 10_000; seed += 1) {
    const {history} = drawn(seed, 24);
    const verdict = checkLinearizable(history, {onlySearch: seed % 2 === 0});
    if (verdict.kind !== 'ok') wrong.push(`seed ${seed}: ${JSON.stringify(verdict)}`);
  }
  expect(wrong).toEqual([]);
});

test('a value that nobody wrote is always found', () => {
  const missed: number[] = [];
  let tried = 0;
  for (let seed = 1; seed <= 1_000; seed += 1) {
    const {random, history} = drawn(seed, 60);
    const changed = withChangedRead(history, random, (item, key) => ({...key, ...item, v: n(1_000_000)}));
    if (changed === undefined) continue;
    tried += 1;
    if (checkLinearizable(changed, {onlySearch: seed % 2 === 0}).kind !== 'violation') missed.push(seed);
  }
  expect(missed).toEqual([]);
  expect(tried).toBeGreaterThan(700);
});

test('a state that was overwritten before the read began is always found', () => {
  const missed: number[] = [];
  let tried = 0;
  for (let seed = 1; seed <= 1_000; seed += 1) {
    // One write ends after another; then a read shows the first. Around it other items and other calls go on.
    const random = new SeededRandom(seed);
    const before = randomHistory(random, {callCount: 1 + random.below(30), itemCount: 2, clientCount: 4, unknownOneIn: 0, workload: 'register'});
    const key = {pk: {S: 'item-0'}};
    let atMs = 100_000;
    let process = 100_000;
    const call = (operation: Extract<HistoryRecord, {kind: 'invoke'}>['operation'], outcome: Extract<HistoryRecord, {kind: 'complete'}>['outcome']): readonly HistoryRecord[] => {
      process += 1;
      return [{kind: 'invoke', process, atMs: atMs += 1, operation, node: 'a1'}, {kind: 'complete', process, atMs: atMs += 1, outcome}];
    };
    const ok = {kind: 'ok', answer: {kind: 'written'}} as const;
    const history = [
      ...before, ...call({kind: 'put', key, item: {v: n(500_001)}}, ok), ...call({kind: 'put', key, item: {v: n(500_002)}}, ok),
      ...call({kind: 'get', key, isStrong: true}, {kind: 'ok', answer: {kind: 'image', item: {...key, v: n(500_001)}}}),
    ];
    tried += 1;
    if (checkLinearizable(history, {onlySearch: seed % 2 === 0}).kind !== 'violation') missed.push(seed);
  }
  expect({missed, tried}).toEqual({missed: [], tried: 1_000});
});

test('a counter that lost or doubled one addition is always found', () => {
  const missed: number[] = [];
  for (let seed = 1; seed <= 500; seed += 1) {
    const random = new SeededRandom(seed);
    const history = randomHistory(random, {callCount: 5 + random.below(40), itemCount: 1, clientCount: 4, unknownOneIn: 0, workload: 'counter'});
    const additions = history.filter((record) => record.kind === 'invoke' && record.operation.kind === 'update').length;
    const key = {pk: {S: 'item-0'}};
    const wrong = additions + (random.below(2) === 0 ? 1 : -1);
    const changed: readonly HistoryRecord[] = [
      ...history, {kind: 'invoke', process: 99_999, atMs: 1_000_000, operation: {kind: 'get', key, isStrong: true}, node: 'a1'},
      {kind: 'complete', process: 99_999, atMs: 1_000_001, outcome: {kind: 'ok', answer: {kind: 'image', item: {...key, c: n(wrong)}}}},
    ];
    if (checkLinearizable(changed, {onlySearch: seed % 2 === 0}).kind !== 'violation') missed.push(seed);
  }
  expect(missed).toEqual([]);
});

test('on small histories, true and falsified, it agrees with the slow judge', () => {
  const wrong: string[] = [];
  const count = {ok: 0, violation: 0};
  for (let seed = 1; seed <= 4_000; seed += 1) {
    const random = new SeededRandom(seed);
    const options: RandomHistoryOptions = {callCount: 1 + random.below(6), itemCount: 1, clientCount: 1 + random.below(4), unknownOneIn: random.below(2) === 0 ? 0 : 3, workload: WORKLOADS[random.below(3)] ?? 'mixed'};
    const original = randomHistory(random, options);
    // The falsified answer is one that another read could have had, so many of these histories are right all the same.
    const images = original.flatMap((record) => (record.kind === 'complete' && record.outcome.kind === 'ok' && record.outcome.answer.kind === 'image' ? [record.outcome.answer.item] : []));
    const history = seed % 3 === 0 ? original : withChangedRead(original, random, (item) => (random.below(3) === 0 ? undefined : images[random.below(images.length)] ?? item)) ?? original;
    const expected = isLinearizableSlowly(history) ? 'ok' : 'violation';
    count[expected] += 1;
    for (const onlySearch of [false, true]) {
      const {kind} = checkLinearizable(history, {onlySearch});
      if (kind !== expected) wrong.push(`seed ${seed}, only search ${onlySearch}: ${kind}, slowly ${expected}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(count.ok).toBeGreaterThan(500);
  expect(count.violation).toBeGreaterThan(200);
});

test('registers with random answers: the quick test agrees with the search', () => {
  const wrong: string[] = [];
  for (let seed = 1; seed <= 1_500; seed += 1) {
    const random = new SeededRandom(seed);
    let history = randomHistory(random, {callCount: 4 + random.below(14), itemCount: 1, clientCount: 2 + random.below(3), unknownOneIn: random.below(2) === 0 ? 0 : 4, workload: 'register'});
    for (let i = random.below(3); i > 0; i -= 1) {
      const images = history.flatMap((record) => (record.kind === 'complete' && record.outcome.kind === 'ok' && record.outcome.answer.kind === 'image' ? [record.outcome.answer.item] : []));
      history = withChangedRead(history, random, (item) => images[random.below(images.length)] ?? item) ?? history;
    }
    const quick = checkLinearizable(history).kind;
    const searched = checkLinearizable(history, {onlySearch: true}).kind;
    if (quick !== searched) wrong.push(`seed ${seed}: quick ${quick}, searched ${searched}`);
  }
  expect(wrong).toEqual([]);
});

test('a limit gives the verdict unknown, not a guess', () => {
  const history = randomHistory(new SeededRandom(7), {callCount: 200, itemCount: 1, clientCount: 5, unknownOneIn: 20, workload: 'mixed'});
  expect(checkLinearizable(history, {stepsMax: 50})).toMatchObject({kind: 'unknown', items: ['{"pk":{"S":"item-0"}}']});
});
