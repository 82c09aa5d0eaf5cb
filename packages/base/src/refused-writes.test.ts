// Goal: after a refused append a group's log never holds what rests on it without it.
import type {LogWrite} from './log-port.js';
import {toGroupId, toLogIndex, toTerm} from './ids.js';
import {RefusedWrites} from './refused-writes.js';

const GROUP = toGroupId(16);
const OTHER = toGroupId(17);
const FULL = {code: 'DiskFull', freeBytes: 0} as const;

function write(firstIndex: number | undefined, parts: {readonly commit?: number; readonly snapshot?: number; readonly group?: typeof GROUP} = {}): LogWrite {
  return {
    group: parts.group ?? GROUP,
    ...(firstIndex === undefined ? {} : {entries: [{index: toLogIndex(firstIndex), term: toTerm(4), kind: 0, data: new Uint8Array(1)}]}),
    ...(parts.commit === undefined ? {} : {hardState: {term: toTerm(4), vote: 0, commit: toLogIndex(parts.commit)}}),
    ...(parts.snapshot === undefined ? {} : {snapshot: {index: toLogIndex(parts.snapshot), term: toTerm(4)}}),
  };
}

describe('RefusedWrites', () => {
  test.each<[string, LogWrite, LogWrite, boolean]>([
    ['entries behind refused ones, which would lie on those these were to replace', write(26), write(27), false],
    ['a commit index that may be meant for refused entries', write(26), write(undefined, {commit: 31}), false],
    ['a vote, with a commit index below them', write(26), write(undefined, {commit: 25}), true],
    ['the refused entries again', write(26), write(26), true],
    ['entries from further in front, of a newer leader', write(26), write(24), true],
    ['entries without the term that was refused with theirs', write(26, {commit: 20}), write(26), false],
    ['entries and a hard state', write(26, {commit: 20}), write(25, {commit: 21}), true],
    ['a newer vote after a refused one', write(undefined, {commit: 20}), write(undefined, {commit: 20}), true],
    ['entries of a term that was refused', write(undefined, {commit: 20}), write(26), false],
    ['a snapshot in place of everything', write(26), write(undefined, {snapshot: 90}), true],
    ['entries behind a refused snapshot', write(undefined, {snapshot: 90}), write(91), false],
    ['another group', write(26), write(27, {group: OTHER}), true],
  ])('%s', (_title, first, second, isTaken) => {
    const refused = new RefusedWrites();
    refused.refused([first], FULL);
    expect(refused.obstacle([second])).toEqual(isTaken ? undefined : FULL);
  });

  test('a write that is too large for good is not waited for', () => {
    const refused = new RefusedWrites();
    refused.refused([write(26)], {code: 'Unusable', reason: 'too large'});
    expect(refused.obstacle([write(26)])).toBeUndefined();
  });

  test('what was refused in several appends must all come again, and is then forgotten', () => {
    const refused = new RefusedWrites();
    refused.refused([write(30)], FULL);
    refused.refused([write(26, {commit: 25})], FULL);
    refused.refused([write(31)], FULL);
    expect(refused.obstacle([write(30, {commit: 25})])).toEqual(FULL);
    const whole = [write(26, {commit: 25}), write(27)];
    expect(refused.obstacle(whole)).toBeUndefined();
    refused.taken(whole);
    expect(refused.obstacle([write(28)])).toBeUndefined();
    refused.refused([write(30, {commit: 25})], FULL);
    refused.taken([write(undefined, {commit: 25})]);
    expect(refused.obstacle([write(31, {commit: 25})])).toEqual(FULL);
    expect(refused.obstacle([write(30)])).toBeUndefined();
    refused.forget(GROUP);
    expect(refused.obstacle([write(31)])).toBeUndefined();
  });
});
