import {comparable, parseCommand, parseTranscript, runTranscript} from './transcript.js';
import {runTestdata} from './testdata.js';

test('reads arguments alone, with one value, and with several', () => {
  expect(parseCommand('do 1 a=b list=(1,2, 3) empty=()', 1)).toEqual({
    command: 'do',
    args: [{key: '1', values: []}, {key: 'a', values: ['b']}, {key: 'list', values: ['1', '2', '3']}, {key: 'empty', values: []}],
  });
});

test('a fenced output may hold empty lines', () => {
  const [block] = parseTranscript('do\nin\n----\n----\na\n\nb\n----\n----\n');
  expect(block).toMatchObject({command: 'do', input: ['in'], expected: ['a', '', 'b']});
});

test('log lines are not compared, and nothing counts as ok', () => {
  expect(comparable(['INFO 1 said', '  DEBUG x', ''])).toEqual(['ok']);
  expect(comparable(['a', '  WARN x', 'INFORMED'])).toEqual(['a', 'INFORMED']);
});

test('a mismatch names its line, and the rewritten text holds what came', () => {
  const {mismatch, rewritten} = runTranscript('# c\ndo\n----\nold\n', () => 'new\n');
  expect(mismatch).toMatchObject({lineNumber: 2, expected: ['old'], actual: ['new']});
  expect(rewritten).toBe('# c\ndo\n----\nnew\n');
});

test('an unknown command is an answer, not a crash', () => {
  expect(runTestdata('nonsense 1\n----\nunknown command\n').mismatch).toBeUndefined();
});

test('under log-level none handlers are silent, but errors are told', () => {
  const text = 'log-level none\n----\nok\n\nadd-nodes 1 voters=(1) index=3\n----\nok\n\nraft-state\n----\nok\n\npropose 1 x\n----\nraft proposal dropped\n';
  expect(runTestdata(text).mismatch).toBeUndefined();
});
