// Goal: stream records are the acknowledged effects of an item, in order, once each, with right images. Method: by hand.
import {itemText} from './attribute-value.js';
import type {ItemJson} from './attribute-value.js';
import {auditStream} from './stream-audit.js';
import type {StreamAudit, StreamRecord} from './stream-audit.js';
import type {Operation} from './operations.js';
import type {Outcome} from './history.js';
import {brought, HistoryBuilder, keyNamed, lost, n, written} from './testing/history-builder.js';

const key = keyNamed('x');
const v = (value: number): ItemJson => ({...key, v: n(value)});
const put = (value: number): Operation => ({kind: 'put', key, item: {v: n(value)}});
let sequence = 0;
function record(oldImage: ItemJson | undefined, newImage: ItemJson | undefined, more: Partial<StreamRecord> = {}): StreamRecord {
  const event = oldImage === undefined ? 'INSERT' : newImage === undefined ? 'REMOVE' : 'MODIFY';
  sequence += 7;
  return {key, event, sequenceNumber: String(sequence), ...(oldImage === undefined ? {} : {oldImage}), ...(newImage === undefined ? {} : {newImage}), ...more};
}
type Step = readonly [fromMs: number, toMs: number, operation: Operation, outcome: Outcome];
function judge(steps: readonly Step[], records: readonly StreamRecord[], more: Partial<StreamAudit> = {}): string {
  const builder = new HistoryBuilder();
  for (const [fromMs, toMs, operation, outcome] of steps) builder.call(fromMs, toMs, operation, outcome);
  return auditStream({history: builder.records(), records, ...more}).kind;
}
const two: readonly Step[] = [[0, 1, put(1), written], [2, 3, put(2), written]];
const add: Operation = {kind: 'update', key, changes: [{kind: 'add', attribute: 'v', by: '1'}]};

describe('agrees', () => {
  test.each<[string, readonly Step[], readonly StreamRecord[]]>([
    ['nothing', [], []],
    ['one record for each write', two, [record(undefined, v(1)), record(v(1), v(2))]],
    ['no record for a write that changes nothing', [...two, [4, 5, put(2), written]], [record(undefined, v(1)), record(v(1), v(2))]],
    ['an unknown write with a record', [...two, [4, 5, put(3), lost]], [record(undefined, v(1)), record(v(1), v(2)), record(v(2), v(3))]],
    ['an unknown write without one', [...two, [4, 5, put(3), lost]], [record(undefined, v(1)), record(v(1), v(2))]],
    ['equal additions', [[0, 9, add, written], [0, 9, add, written], [0, 9, add, lost]], [record(undefined, v(1)), record(v(1), v(2)), record(v(2), v(3))]],
    ['writes at once in either order', [[0, 9, put(1), written], [0, 9, put(2), written]], [record(undefined, v(2)), record(v(2), v(1))]],
    ['an expiry that no call asked for', two, [record(undefined, v(1)), record(v(1), v(2)), record(v(2), undefined, {isExpiry: true})]],
    ['a refused write', [...two, [4, 5, put(9), {kind: 'condition-failed', hasImage: false}]], [record(undefined, v(1)), record(v(1), v(2))]],
  ])('%s', (_, steps, records) => {
    expect(judge(steps, records)).toBe('ok');
  });
  test('an item that was there before, and the item after', () => {
    const initial = new Map([[itemText(key), v(0)]]);
    expect(judge([[0, 1, put(1), written]], [record(v(0), v(1))], {initial, final: new Map([[itemText(key), v(1)]])})).toBe('ok');
  });
});

describe('finds', () => {
  const again = record(undefined, v(1));
  test.each<[string, readonly Step[], readonly StreamRecord[]]>([
    ['a missing record', two, [record(undefined, v(1))]],
    ['a missing record in the middle', two, [record(undefined, v(2))]],
    ['a record twice', two, [again, again, record(v(1), v(2))]],
    ['an effect twice', [[0, 1, add, written]], [record(undefined, v(1)), record(v(1), v(2))]],
    ['a record of nobody', two, [record(undefined, v(1)), record(v(1), v(2)), record(v(2), v(3))]],
    ['a record of a refused write', [[0, 1, put(1), {kind: 'condition-failed', hasImage: false}]], [record(undefined, v(1))]],
    ['records against real time', two, [record(undefined, v(2)), record(v(2), v(1))]],
    ['a wrong old image', two, [record(undefined, v(1)), record(v(7), v(2))]],
    ['a wrong event', two, [record(undefined, v(1), {event: 'MODIFY'}), record(v(1), v(2))]],
    ['sequence numbers that go back', two, [record(undefined, v(1), {sequenceNumber: '99999'}), record(v(1), v(2), {sequenceNumber: '3'})]],
    ['a record that changes nothing', two, [record(undefined, v(1)), record(v(1), v(2)), record(v(2), v(2))]],
    ['an image that the write did not return', [[0, 1, put(1), written], [2, 3, {...put(2), returns: 'all-old'} as Operation, brought(undefined)]], [record(undefined, v(1)), record(v(1), v(2))]],
  ])('%s', (_, steps, records) => {
    expect(judge(steps, records)).toBe('violation');
  });
  test('an item that is not what the records end with', () => {
    expect(judge(two, [record(undefined, v(1)), record(v(1), v(2))], {final: new Map()})).toBe('violation');
  });
});
