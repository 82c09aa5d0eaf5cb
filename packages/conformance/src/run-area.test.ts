// A suite that cannot fail proves nothing. Method: wrong expectations of a small service of our own must be found, each by itself.
import {createServer} from 'node:http';
import type {Server} from 'node:http';
import {crc32} from 'node:zlib';
import type {Step} from './conformance-case.js';
import {empty, fails, gives, has, http, proves} from './conformance-case.js';
import {reportText, summarize} from './report.js';
import {Suite} from './run-area.js';

const ID = '0'.repeat(52);
let server: Server;
let suite: Suite;
/** Answers every call with what its body says. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const wanted = JSON.parse(Buffer.concat(parts).toString()) as {status?: number; reply?: unknown; isPlain?: boolean};
      const body = wanted.reply === undefined ? '' : JSON.stringify(wanted.reply);
      const headers = wanted.isPlain === true ? {} : {'x-amzn-RequestId': ID, 'x-amz-crc32': String(crc32(body)), 'Content-Type': 'application/x-amz-json-1.0'};
      response.writeHead(wanted.status ?? 200, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  suite = new Suite({endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials: {accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c'}}, 100);
});
afterAll(async () => {
  suite.close();
  await new Promise((resolve) => void server.close(resolve));
});

const faultsOf = async (...steps: readonly Step[]): Promise<readonly string[]> =>
  (await suite.runArea({name: 'a', title: 'A', cases: [proves('rule', 'case', ...steps)]})).flatMap(({faults}) => faults);
const error = (type: string, message: string, key = 'message') => ({status: 400, reply: {__type: type, [key]: message}});

test('what is right has no faults', async () => {
  expect(await faultsOf(
    gives('Op', {reply: {a: 1}}, {a: 1}), has('Op', {reply: {a: 1, b: 2}}, {b: 2}), empty('Op', {}),
    fails('Op', error('com.amazon.coral.validate#ValidationException', 'no'), 'ValidationException', 'no'),
    fails('Op', error('com.amazon.coral.service#SerializationException', 'no', 'Message'), 'SerializationException', 'no'),
    fails('Op', error('com.amazonaws.dynamodb.v20120810#ResourceNotFoundException', 'no'), 'ResourceNotFoundException', 'no'),
    http({method: 'POST', headers: {'content-type': 'x'}, body: '{"reply":1}'}, {status: 200, headers: {'x-amzn-requestid': ID, vary: undefined}, body: '1'}),
  )).toEqual([]);
});

test.each<[string, Step]>([
  ['another body', gives('Op', {reply: {a: 1}}, {a: 2})],
  ['a member too many', gives('Op', {reply: {a: 1, b: 1}}, {a: 1})],
  ['a missing member', has('Op', {reply: {a: 1}}, {b: 2})],
  ['an error instead of an answer', gives('Op', error('x#ValidationException', 'no'), {})],
  ['an answer instead of an error', fails('Op', {reply: {}}, 'ValidationException', undefined)],
  ['another namespace', fails('Op', error('com.amazon.coral.service#ValidationException', 'no'), 'ValidationException', 'no')],
  ['another exception', fails('Op', error('com.amazon.coral.validate#ValidationException', 'no'), 'ResourceNotFoundException', 'no')],
  ['another text', fails('Op', error('com.amazon.coral.validate#ValidationException', 'no.'), 'ValidationException', 'no')],
  ['another member for the text', fails('Op', error('com.amazon.coral.validate#ValidationException', 'no', 'Message'), 'ValidationException', 'no')],
  ['a body where none belongs', empty('Op', {reply: {}})],
  ['an answer without the headers that all have', gives('Op', {isPlain: true, reply: {a: 1}}, {a: 1})],
  ['another status', http({method: 'POST', headers: {}, body: '{"status":500}'}, {status: 200})],
  ['a header that must not be there', http({method: 'POST', headers: {}, body: '{}'}, {status: 200, headers: {'x-amzn-requestid': undefined}})],
  ['what never comes true', {kind: 'until', operation: 'Op', body: {reply: {a: 1}}, expected: {kind: 'gives', reply: {a: 2}}}],
  ['a call that throws', {kind: 'sdk', operation: 'Op', expected: {}, run: () => Promise.reject(new Error('broken'))}],
])('%s is found', async (_what, step) => {
  expect(await faultsOf(step)).not.toEqual([]);
});

test('a case stops at its first wrong step, and the report counts by area', async () => {
  const results = await suite.runArea({name: 'area', title: 'A', cases: [
    proves('1 Rule', 'right', gives('Op', {reply: {}}, {})), proves('1 Rule', 'wrong', gives('Op', {reply: {a: 1}}, {}), gives('Op', {reply: {a: 1}}, {})),
  ]});
  expect(summarize(results)).toEqual([{area: 'area', caseCount: 2, passedCaseCount: 1, passedCount: 3, failedCount: 1}]);
  expect(reportText(results)).toContain('FAILED area: wrong (1 Rule)');
});
