// Goal: eventual reads show committed states within the bound; staleness is counted. Method: by hand, then drawn.
import {SeededRandom} from '@murmuration/base';
import {checkStaleness} from './staleness.js';
import type {StalenessVerdict} from './staleness.js';
import type {Operation} from './operations.js';
import type {Outcome} from './history.js';
import {brought, HistoryBuilder, keyNamed, lost, n, written} from './testing/history-builder.js';
import {randomHistory} from './testing/random-history.js';

jest.setTimeout(60_000);
const key = keyNamed('x');
const put = (value: number): Operation => ({kind: 'put', key, item: {v: n(value)}});
const add: Operation = {kind: 'update', key, changes: [{kind: 'add', attribute: 'v', by: '1'}]};
const get: Operation = {kind: 'get', key, isStrong: false};
const strong: Operation = {kind: 'get', key, isStrong: true};
const value = (v: number): Outcome => brought({...key, v: n(v)});
function judge(boundMs: number, ...steps: readonly (readonly [number, number, Operation, Outcome])[]): StalenessVerdict {
  const builder = new HistoryBuilder();
  for (const step of steps) builder.call(...step);
  return checkStaleness(builder.records(), {boundMs, clockErrorMs: 1});
}

test('a fresh read is not stale', () => {
  expect(judge(10, [0, 1, put(1), written], [2, 3, get, value(1)])).toEqual({kind: 'ok', eventualReadCount: 1, staleReadCount: 0, violations: []});
});
test('an old state within the bound is stale, and allowed', () => {
  expect(judge(10, [0, 1, put(1), written], [2, 3, put(2), written], [10, 11, get, value(1)])).toMatchObject({kind: 'ok', staleReadCount: 1});
});
test('two reads may go back in time', () => {
  expect(judge(10, [0, 1, put(1), written], [2, 3, put(2), written], [4, 5, get, value(2)], [6, 7, get, value(1)])).toMatchObject({kind: 'ok', staleReadCount: 1});
});
test('a state replaced longer ago than the bound is found', () => {
  expect(judge(10, [0, 1, put(1), written], [2, 3, put(2), written], [20, 21, get, value(1)])).toMatchObject({kind: 'violation', violations: [{kind: 'too-old'}]});
});
test('the bound counts from the replacing, not from the writing', () => {
  expect(judge(10, [0, 1, put(1), written], [100, 101, put(2), written], [105, 106, get, value(1)])).toMatchObject({kind: 'ok', staleReadCount: 1});
});
test('a value that nobody wrote is found', () => {
  expect(judge(10, [0, 1, put(1), written], [2, 3, get, value(7)])).toMatchObject({kind: 'violation', violations: [{kind: 'never-committed'}]});
});
test('a value read before its write began is found', () => {
  expect(judge(10, [0, 1, get, value(1)], [2, 3, put(1), written])).toMatchObject({kind: 'violation', violations: [{kind: 'never-committed'}]});
});
test('a mixture of two states is found', () => {
  const both = (v: number): Operation => ({kind: 'update', key, changes: [{kind: 'set', attribute: 'a', value: n(v)}, {kind: 'set', attribute: 'b', value: n(v)}]});
  expect(judge(10, [0, 1, both(1), written], [2, 3, both(2), written], [4, 5, get, brought({...key, a: n(1), b: n(2)})])).toMatchObject({kind: 'violation'});
});
test('an unknown write may be seen, and then it happened', () => {
  expect(judge(10, [0, 1, put(1), written], [2, 3, put(2), lost], [4, 5, get, value(2)])).toMatchObject({kind: 'ok'});
});
test('a counter that was passed over is judged as well', () => {
  expect(judge(100, [0, 1, add, written], [2, 3, add, written], [4, 5, get, value(1)])).toMatchObject({kind: 'ok', staleReadCount: 1});
  expect(judge(100, [0, 1, add, written], [2, 3, add, written], [4, 5, get, value(3)])).toMatchObject({kind: 'violation'});
});
test('rows of eventual scans are judged one by one, those of an index without a bound', () => {
  const scan = (index?: string): Operation => ({kind: 'scan', isStrong: false, keyAttributes: ['pk'], ...(index === undefined ? {} : {index})});
  const rows = (v: number): Outcome => ({kind: 'ok', answer: {kind: 'rows', items: [{...key, v: n(v)}]}});
  const before = [[0, 1, put(1), written], [2, 3, put(2), written]] as const;
  expect(judge(10, ...before, [5, 6, scan(), rows(1)])).toMatchObject({kind: 'ok', staleReadCount: 1});
  expect(judge(10, ...before, [50, 51, scan(), rows(1)])).toMatchObject({kind: 'violation', violations: [{kind: 'too-old'}]});
  expect(judge(10, ...before, [50, 51, scan('by-v'), rows(1)])).toMatchObject({kind: 'ok', staleReadCount: 1});
  expect(judge(10, ...before, [50, 51, scan('by-v'), rows(3)])).toMatchObject({kind: 'violation', violations: [{kind: 'never-committed'}]});
});
test('without eventual reads nothing is proven, and it is said', () => {
  expect(judge(10, [0, 1, put(1), written], [2, 3, strong, value(1)])).toMatchObject({kind: 'ok', eventualReadCount: 0});
});
test('drawn histories of lagging replicas pass with their bound and fail with a tighter one', () => {
  const alarms: number[] = [];
  let tighter = 0;
  let staleReads = 0;
  for (let seed = 1; seed <= 150; seed += 1) {
    const history = randomHistory(new SeededRandom(seed), {callCount: 40, itemCount: 2, clientCount: 4, unknownOneIn: 20, workload: seed % 2 === 0 ? 'register' : 'mixed', eventualOneIn: 2, staleMs: 60});
    const verdict = checkStaleness(history, {boundMs: 60, clockErrorMs: 0});
    if (verdict.kind !== 'ok') alarms.push(seed);
    staleReads += verdict.staleReadCount;
    if (checkStaleness(history, {boundMs: 2, clockErrorMs: 0}).kind === 'violation') tighter += 1;
  }
  expect(alarms).toEqual([]);
  expect(staleReads).toBeGreaterThan(50);
  expect(tighter).toBeGreaterThan(30);
});
