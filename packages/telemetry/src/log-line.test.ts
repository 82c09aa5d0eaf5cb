import fc from 'fast-check';
import type {EventRecord} from '@murmuration/base';
import {LINE_LENGTH_MAX, renderLogLine} from './log-line.js';

const render = (fields: Record<string, unknown>): string => renderLogLine({event: 'x/y', level: 'info', ...fields} as EventRecord, 'a1', 0);
const parse = (line: string): Record<string, unknown> => JSON.parse(line) as Record<string, unknown>;

describe('renderLogLine', () => {
  test('escapes line ends, terminal controls and direction marks and keeps their meaning', () => {
    const text = 'a\nb\r\u001b[31m\u007f\u0085\u009b\u2028\u202e\u0000';
    const line = render({text});
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
    expect(parse(line)['text']).toBe(text);
  });

  test('shows errors with their failure and cause, bytes as a size, big integers as text', () => {
    const error = new Error('disk', {cause: new TypeError('deep')});
    const seen = parse(render({error, bytes: new Uint8Array(7), big: 10n ** 30n, map: new Map([['k', 1]]), set: new Set([1]), none: undefined, nan: Number.NaN}));
    expect(seen).toMatchObject({
      error: {name: 'Error', message: 'disk', cause: {name: 'TypeError', message: 'deep'}},
      bytes: 'bytes(7)', big: '1000000000000000000000000000000', map: {k: 1}, set: [1], nan: 'NaN',
    });
    expect('none' in seen).toBe(false);
  });

  test('copes with circles, throwing getters and fields called like those of the head', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const hostile = {get bad(): string { throw new Error('no'); }};
    const seen = parse(render({circle, hostile, time: 'fake', node: 'fake'}));
    expect(seen).toMatchObject({time: '1970-01-01T00:00:00.000Z', node: 'a1', field_time: 'fake', field_node: 'fake', hostile: {bad: '(unreadable)'}});
  });

  test('stays within the bound of a line whatever the event holds', () => {
    const wide = Object.fromEntries(Array.from({length: 1000}, (_, i) => [`f${i}`, 'x'.repeat(5000)]));
    expect(render({wide}).length).toBeLessThanOrEqual(LINE_LENGTH_MAX);
    expect(render({list: Array(100_000).fill(1)}).length).toBeLessThanOrEqual(LINE_LENGTH_MAX);
    expect(parse(render({wide}))).toMatchObject({event: 'x/y', cutFromLength: expect.any(Number)});
  });

  test('is one line of JSON for any value', () => {
    fc.assert(fc.property(fc.anything(), (value) => {
      const line = render({value});
      expect(line.includes('\n')).toBe(false);
      expect(parse(line)['event']).toBe('x/y');
    }), {numRuns: 200});
  });
});
