// Goal: each way a single item's history can be right or wrong, by hand. Method: calls with given times, verdict expected.
import {checkLinearizable} from './linearizability.js';
import type {LinearizabilityOptions, Verdict} from './linearizability.js';
import type {Change, Condition, Operation} from './operations.js';
import type {Outcome} from './history.js';
import type {ItemJson} from './attribute-value.js';
import {brought, HistoryBuilder, keyNamed, lost, n, written} from './testing/history-builder.js';

const key = keyNamed('x');
const put = (v: number, more: Partial<Extract<Operation, {kind: 'put'}>> = {}): Operation => ({kind: 'put', key, item: {v: n(v)}, ...more});
const get: Operation = {kind: 'get', key, isStrong: true};
const remove: Operation = {kind: 'delete', key};
const update = (changes: readonly Change[], more: Partial<Extract<Operation, {kind: 'update'}>> = {}): Operation => ({kind: 'update', key, changes, ...more});
const add = (by: number): Operation => update([{kind: 'add', attribute: 'v', by: String(by)}]);
const value = (v: number): Outcome => brought({...key, v: n(v)});
const missing = brought(undefined);
const refused: Outcome = {kind: 'condition-failed', hasImage: false};
const saw = (item: ItemJson | undefined): Outcome => ({kind: 'condition-failed', hasImage: true, ...(item === undefined ? {} : {item})});
const isAbsent: Condition = {kind: 'not-exists', attribute: 'pk'};
const is = (v: number): Condition => ({kind: 'equals', attribute: 'v', value: n(v)});

type Step = readonly [fromMs: number, toMs: number, operation: Operation, outcome: Outcome | undefined];
function judge(steps: readonly Step[], options: LinearizabilityOptions = {}): Verdict {
  const builder = new HistoryBuilder();
  for (const [fromMs, toMs, operation, outcome] of steps) builder.call(fromMs, toMs, operation, outcome);
  return checkLinearizable(builder.records(), options);
}

const GOOD: readonly [title: string, steps: readonly Step[]][] = [
  ['an empty history', []],
  ['a read of an item that never was', [[0, 1, get, missing]]],
  ['a read after a write sees it', [[0, 1, put(1), written], [2, 3, get, value(1)]]],
  ['a read during a write sees the old state', [[0, 9, put(1), written], [2, 3, get, missing]]],
  ['a read during a write sees the new state', [[0, 9, put(1), written], [2, 3, get, value(1)]]],
  ['two writes at once, either may be last', [[0, 9, put(1), written], [0, 9, put(2), written], [10, 11, get, value(1)]]],
  ['an unknown write that was seen', [[0, 1, put(1), lost], [5, 6, get, value(1)]]],
  ['an unknown write that never happened', [[0, 1, put(1), lost], [5, 6, get, missing]]],
  ['an unknown write that happens late', [[0, 1, put(1), lost], [2, 3, put(2), written], [4, 5, get, value(2)], [6, 7, get, value(1)]]],
  ['a write without any record of its end', [[0, 1, put(1), undefined], [2, 3, get, value(1)]]],
  ['an unknown read says nothing', [[0, 1, put(1), written], [2, 3, get, lost]]],
  ['an error without effect says nothing', [[0, 1, put(1), {kind: 'no-effect', error: '400 ThrottlingException'}], [2, 3, get, missing]]],
  ['a refused condition that was false', [[0, 1, put(1), written], [2, 3, put(2, {condition: isAbsent}), refused], [4, 5, get, value(1)]]],
  ['a refused condition with the image it saw', [[0, 1, put(1), written], [2, 3, put(2, {condition: isAbsent, wantsRefusedImage: true}), saw({...key, v: n(1)})]]],
  ['a refused condition that saw no item', [[0, 1, put(2, {condition: is(1), wantsRefusedImage: true}), saw(undefined)]]],
  ['a condition that held', [[0, 1, put(1), written], [2, 3, put(2, {condition: is(1)}), written], [4, 5, get, value(2)]]],
  ['a delete', [[0, 1, put(1), written], [2, 3, remove, written], [4, 5, get, missing]]],
  ['returned old images in a chain', [[0, 1, put(1, {returns: 'all-old'}), missing], [2, 3, put(2, {returns: 'all-old'}), value(1)]]],
  ['two counters at once, both counted', [[0, 9, add(1), written], [0, 9, add(1), written], [10, 11, get, value(2)]]],
  ['an unknown addition counted', [[0, 1, add(1), written], [2, 3, add(1), lost], [4, 5, get, value(2)]]],
  ['an unknown addition not counted', [[0, 1, add(1), written], [2, 3, add(1), lost], [4, 5, get, value(1)]]],
  ['a counter returns the value it made', [[0, 1, update([{kind: 'add', attribute: 'v', by: '2'}], {returns: 'updated-new'}), brought({v: n(2)})]]],
  ['a growing set read while it grows', [[0, 9, update([{kind: 'add-to-set', attribute: 's', members: ['a']}]), written], [1, 2, get, missing], [3, 4, get, brought({...key, s: {SS: ['a']}})]]],
  ['a removal of an attribute from no item makes none', [[0, 1, update([{kind: 'remove', attribute: 'v'}], {returns: 'all-new'}), missing], [2, 3, get, missing]]],
  ['an eventual read is not judged here', [[0, 1, put(1), written], [2, 3, {kind: 'get', key, isStrong: false}, missing]]],
  ['equal numbers in another form', [[0, 1, put(1), written], [2, 3, get, brought({...key, v: n('1.0')})]]],
];

const BAD: readonly [title: string, steps: readonly Step[]][] = [
  ['a value never written', [[0, 1, put(1), written], [2, 3, get, value(7)]]],
  ['a lost write', [[0, 1, put(1), written], [2, 3, get, missing]]],
  ['a stale read after a later write', [[0, 1, put(1), written], [2, 3, put(2), written], [4, 5, get, value(1)]]],
  ['two reads that see new, then old', [[0, 9, put(1), written], [1, 2, get, value(1)], [3, 4, get, missing]]],
  ['a read from the future', [[0, 1, get, value(1)], [2, 3, put(1), written]]],
  ['an unknown write that comes and goes', [[0, 1, put(1), written], [2, 3, put(2), lost], [4, 5, get, value(2)], [6, 7, get, value(1)]]],
  ['a write applied twice', [[0, 1, put(1), written], [2, 3, put(2), written], [4, 5, get, value(2)], [6, 7, get, value(1)]]],
  ['an addition applied twice', [[0, 1, add(1), written], [2, 3, get, value(2)]]],
  ['a lost addition', [[0, 1, add(1), written], [2, 3, add(1), written], [4, 5, get, value(1)]]],
  ['an addition that goes back', [[0, 9, add(1), written], [1, 2, get, value(1)], [3, 4, get, missing]]],
  ['an unknown addition counted twice', [[0, 1, add(1), lost], [2, 3, get, value(2)]]],
  ['two creations that both won', [[0, 9, put(1, {condition: isAbsent}), written], [0, 9, put(2, {condition: isAbsent}), written]]],
  ['a refused condition that held', [[0, 1, put(1), written], [2, 3, put(2, {condition: is(1)}), refused]]],
  ['a refused creation of an item that was not there', [[0, 1, put(1, {condition: isAbsent}), refused]]],
  ['a refused condition with a wrong image', [[0, 1, put(1), written], [2, 3, put(2, {condition: isAbsent, wantsRefusedImage: true}), saw({...key, v: n(3)})]]],
  ['a refused condition answered from a proposal that was lost', [[0, 1, put(1), lost], [2, 3, put(2, {condition: isAbsent}), refused], [4, 5, get, missing]]],
  ['a condition that held on a false state', [[0, 1, put(1), written], [2, 3, put(3, {condition: is(2)}), written]]],
  ['a wrong old image', [[0, 1, put(1), written], [2, 3, put(2, {returns: 'all-old'}), missing]]],
  ['the same old image twice', [[0, 1, put(1), written], [2, 9, put(2, {returns: 'all-old'}), value(1)], [2, 9, put(3, {returns: 'all-old'}), value(1)]]],
  ['a counter that returns one value twice', [[0, 9, update([{kind: 'add', attribute: 'v', by: '1'}], {returns: 'updated-new'}), brought({v: n(1)})], [0, 9, update([{kind: 'add', attribute: 'v', by: '1'}], {returns: 'updated-new'}), brought({v: n(1)})]]],
  ['a deleted item seen again', [[0, 1, put(1), written], [2, 3, remove, written], [4, 5, get, missing], [6, 7, get, value(1)]]],
  ['half an update', [[0, 1, update([{kind: 'set', attribute: 'a', value: n(1)}, {kind: 'set', attribute: 'b', value: n(1)}]), written], [2, 3, get, brought({...key, a: n(1)})]]],
  ['a member missing from a set', [[0, 1, update([{kind: 'add-to-set', attribute: 's', members: ['a']}]), written], [2, 3, get, missing]]],
  ['a member nobody added', [[0, 1, update([{kind: 'add-to-set', attribute: 's', members: ['a']}]), written], [2, 3, get, brought({...key, s: {SS: ['a', 'b']}})]]],
  ['two writes at once, reads that disagree about the order', [[0, 9, put(1), written], [0, 9, put(2), written], [10, 11, get, value(1)], [12, 13, get, value(2)]]],
];

describe('histories that fit one order', () => {
  test.each(GOOD)('%s', (_, steps) => {
    expect(judge(steps)).toMatchObject({kind: 'ok'});
    expect(judge(steps, {onlySearch: true})).toMatchObject({kind: 'ok'});
  });
});
describe('histories that fit no order', () => {
  test.each(BAD)('%s', (_, steps) => {
    expect(judge(steps)).toMatchObject({kind: 'violation'});
    expect(judge(steps, {onlySearch: true})).toMatchObject({kind: 'violation'});
  });
});
