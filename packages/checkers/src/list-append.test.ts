// Goal: each anomaly of transactions over lists is found and named, and what is allowed is let pass. Method: transactions by hand.
import {checkListAppend, checkListTransactions} from './list-append.js';
import type {ListStep, ListTransaction, ListVerdict} from './list-append.js';
import type {Operation} from './operations.js';
import {answered, HistoryBuilder, keyNamed, lost, written} from './testing/history-builder.js';
import type {Outcome} from './history.js';

const r = (list: string, ...elements: number[]): ListStep => ({kind: 'read', list, elements});
const a = (list: string, element: number): ListStep => ({kind: 'append', list, element});
interface Placed {
  readonly at?: readonly [from: number, to: number];
  readonly process?: number;
  readonly status?: ListTransaction['status'];
}
/** Without places all transactions overlap and belong to different processes. */
function transactions(...plan: readonly (readonly [steps: readonly ListStep[], placed?: Placed])[]): readonly ListTransaction[] {
  return plan.map(([steps, placed = {}], i) => {
    const status = placed.status ?? 'committed';
    const [from, to] = placed.at ?? [i, 1_000 + i];
    return {status, process: placed.process ?? i, invokedAt: from, completedAt: status === 'open' ? Infinity : to, steps, text: `T${i}`};
  });
}
type Plan = readonly (readonly [steps: readonly ListStep[], placed?: Placed])[];
const judge = (...plan: Plan): ListVerdict => checkListTransactions(transactions(...plan));
const kindsOf = (verdict: ListVerdict): readonly string[] => verdict.anomalies.map(({kind}) => kind);

describe('allowed', () => {
  test.each<[string, Plan]>([
    ['nothing', []],
    ['a read of empty lists', [[[r('x'), r('y')]]]],
    ['appends and a later read', [[[a('x', 1)], {at: [0, 1]}], [[a('x', 2)], {at: [2, 3]}], [[r('x', 1, 2)], {at: [4, 5]}]]],
    ['an overlapping append seen or not', [[[a('x', 1)], {at: [0, 9]}], [[r('x')], {at: [1, 2]}], [[r('x', 1)], {at: [3, 4]}]]],
    ['an open append that was seen', [[[a('x', 1)], {status: 'open', at: [0, 1]}], [[r('x', 1)], {at: [5, 6]}]]],
    ['an open append that was never seen', [[[a('x', 1)], {status: 'open', at: [0, 1]}], [[r('x')], {at: [5, 6]}]]],
    ['a refused append that nobody saw', [[[a('x', 1)], {status: 'aborted'}], [[r('x')]]]],
    ['reads of own appends', [[[r('x'), a('x', 1), r('x', 1), a('x', 2), r('x', 1, 2)]]]],
    ['a chain of updates', [[[r('x'), a('x', 1)]], [[r('x', 1), a('x', 2)]], [[r('x', 1, 2), a('x', 3)]]]],
    ['two transactions on different lists that read each other after', [[[a('x', 1)], {at: [0, 1]}], [[a('y', 1)], {at: [0.5, 1.5]}], [[r('x', 1), r('y', 1)], {at: [2, 3]}]]],
    ['an append that was acknowledged after the last read', [[[r('x')], {at: [0, 1]}], [[a('x', 1)], {at: [2, 3]}]]],
  ])('%s', (_, plan) => {
    expect(judge(...plan)).toMatchObject({kind: 'ok', anomalies: []});
  });
});

describe('forbidden', () => {
  test.each<[string, string, Plan]>([
    ['G0', 'two transactions that follow each other on two lists', [[[a('x', 1), a('y', 1)]], [[a('x', 2), a('y', 2)]], [[r('x', 1, 2)]], [[r('y', 2, 1)]]]],
    ['G1a', 'a read of a refused append', [[[a('x', 1)], {status: 'aborted'}], [[r('x', 1)]]]],
    ['G1b', 'a read between two appends of one transaction', [[[a('x', 1), a('x', 2)]], [[r('x', 1)]]]],
    ['G1c', 'two transactions that each read the other', [[[a('x', 1), r('y', 1)]], [[a('y', 1), r('x', 1)]]]],
    ['G-single', 'half a transaction', [[[a('x', 1), a('y', 1)]], [[r('x', 1), r('y')]]]],
    ['G2', 'write skew: each read what the other then wrote', [[[r('x'), a('y', 1)]], [[r('y'), a('x', 1)]], [[r('x', 1), r('y', 1)]]]],
    ['G2', 'long fork: two reads each see what the other misses', [[[a('x', 1)]], [[a('y', 1)]], [[r('x', 1), r('y')]], [[r('x'), r('y', 1)]]]],
    ['lost-update', 'two updates of one version', [[[r('x'), a('x', 1)]], [[r('x'), a('x', 2)]], [[r('x', 1, 2)]]]],
    ['internal', 'a transaction that does not see its own append', [[[a('x', 1), r('x')]]]],
    ['internal', 'a transaction that reads one list twice, differently', [[[a('x', 1)]], [[r('x'), r('x', 1)]]]],
    ['duplicate', 'an element twice in a list', [[[a('x', 1)]], [[r('x', 1, 1)]]]],
    ['never-appended', 'an element of nobody', [[[r('x', 7)]]]],
    ['incompatible-order', 'two orders of one list', [[[a('x', 1)]], [[a('x', 2)]], [[r('x', 1, 2)]], [[r('x', 2, 1)]]]],
    ['incompatible-order', 'an element that is lost again', [[[a('x', 1)]], [[a('x', 2)]], [[r('x', 1)]], [[r('x', 2)]]]],
    ['lost-append', 'an acknowledged append that no later read shows', [[[a('x', 1)], {at: [0, 1]}], [[r('x')], {at: [2, 3]}]]],
    ['G-single-realtime', 'a read that began after the append ended, and misses it, before it shows', [[[a('x', 1)], {at: [0, 1]}], [[r('x')], {at: [2, 3]}], [[r('x', 1)], {at: [4, 5]}]]],
    ['G-single-process', 'a process that goes back in time', [[[a('x', 1)], {at: [0, 99]}], [[r('x', 1)], {at: [1, 2], process: 7}], [[r('x')], {at: [2.5, 3], process: 7}]]],
    ['G0-realtime', 'appends in the wrong order', [[[a('x', 1)], {at: [0, 1]}], [[a('x', 2)], {at: [2, 3]}], [[r('x', 2, 1)], {at: [4, 5]}]]],
    ['G1c-realtime', 'a read of the future', [[[r('x', 1)], {at: [0, 1]}], [[a('x', 1)], {at: [2, 3]}]]],
    ['G2-realtime', 'an order of three that the clock forbids', [
      [[a('y', 1)], {at: [0, 1]}], [[r('x')], {at: [2, 3]}], [[r('y'), a('x', 1)], {at: [0.5, 9]}], [[r('x', 1), r('y', 1)], {at: [20, 21]}],
    ]],
  ])('%s: %s', (kind, _, plan) => {
    const verdict = judge(...plan);
    expect(kindsOf(verdict)).toContain(kind);
    expect(verdict.anomalies.find((anomaly) => anomaly.kind === kind)?.explanation).toContain('T');
  });

  test('a cycle is printed with its transactions and the reason of each step', () => {
    const [anomaly] = judge([[a('x', 1), a('y', 1)]], [[r('x', 1), r('y')]]).anomalies;
    expect(anomaly?.explanation.split('\n')).toEqual([
      'G-single: a cycle of 2', '  T1 before T0 (rw): it read y without 1', '  T0 before T1 (wr): it read x up to 1', '  T1 = T1', '  T0 = T0',
    ]);
  });
  test('of many cycles the shortest is shown', () => {
    const chain = Array.from({length: 30}, (_, i): [readonly ListStep[]] => [[r(`l${i}`, i), a(`l${(i + 1) % 30}`, (i + 1) % 30)]]);
    const verdict = judge(...chain, [[a('x', 100), a('y', 100)]], [[r('x', 100), r('y')]]);
    expect(verdict.anomalies.map(({explanation}) => explanation.split('\n')[0]).sort()).toEqual(['G-single: a cycle of 2', 'G1c: a cycle of 30']);
  });
});

describe('from a recorded history', () => {
  const x = keyNamed('x');
  const y = keyNamed('y');
  const refused: Outcome = {kind: 'condition-failed', hasImage: false};
  const operation = (...parts: Extract<Operation, {kind: 'list-append'}>['parts']): Operation => ({kind: 'list-append', parts});
  const lists = (...all: (readonly number[] | undefined)[]): Outcome => answered({kind: 'lists', lists: all});
  test('what an append insisted on counts as read', () => {
    const history = new HistoryBuilder()
      .call(0, 9, operation({kind: 'append', key: x, value: 1, expected: []}), lists(undefined))
      .call(0, 9, operation({kind: 'append', key: x, value: 2, expected: []}), lists(undefined))
      .call(10, 11, operation({kind: 'read', key: x}), lists([1, 2]));
    expect(kindsOf(checkListAppend(history.records()))).toContain('lost-update');
  });
  test('write skew through condition checks is found', () => {
    const history = new HistoryBuilder()
      .call(0, 9, operation({kind: 'append', key: x, value: 1}, {kind: 'check', key: y, expected: []}), lists(undefined, undefined))
      .call(0, 9, operation({kind: 'append', key: y, value: 2}, {kind: 'check', key: x, expected: []}), lists(undefined, undefined))
      .call(10, 11, operation({kind: 'read', key: x}, {kind: 'read', key: y}), lists([1], [2]));
    expect(kindsOf(checkListAppend(history.records()))).toEqual(['G2']);
  });
  test('an unknown transaction that was seen has to have been right', () => {
    const history = new HistoryBuilder()
      .call(0, 1, operation({kind: 'append', key: x, value: 1}), lists(undefined))
      .call(2, 3, operation({kind: 'append', key: y, value: 2}, {kind: 'check', key: x, expected: []}), lost)
      .call(4, 5, operation({kind: 'read', key: x}, {kind: 'read', key: y}), lists([1], [2]));
    expect(kindsOf(checkListAppend(history.records()))).toEqual(['G-single-realtime']);
  });
  test('a refused transaction has no effect, and a single append brings its list', () => {
    const single: Operation = {kind: 'list-append', isSingle: true, parts: [{kind: 'append', key: x, value: 3}]};
    const history = new HistoryBuilder()
      .call(0, 1, operation({kind: 'append', key: x, value: 1, expected: [9]}), refused)
      .call(2, 3, single, lists([3]))
      .call(4, 5, operation({kind: 'read', key: x}), lists([3]));
    expect(checkListAppend(history.records())).toMatchObject({kind: 'ok', transactionCount: 2});
    const wrong = new HistoryBuilder().call(2, 3, single, lists([3, 4])).call(4, 5, {kind: 'delete', key: x}, written);
    expect(kindsOf(checkListAppend(wrong.records()))).toEqual(['internal']);
  });
});
