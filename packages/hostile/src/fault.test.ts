import {gzipSync} from 'node:zlib';
import {exceptionOf, faultOfReply} from './fault.js';
import type {RawReply} from './raw-peer.js';

const BODY = '{"__type":"com.amazon.coral.validate#ValidationException","message":"too long"}';
const reply = (body: Buffer, coding?: string): RawReply => ({
  kind: 'reply', status: 400, headers: new Map([['content-type', 'application/x-amz-json-1.0'], ...(coding === undefined ? [] : [['content-encoding', coding] as const])]), body,
});

test('a typed refusal passes, plain and in the coding that was asked for', () => {
  expect(faultOfReply(reply(Buffer.from(BODY)))).toBeUndefined();
  expect(faultOfReply(reply(gzipSync(BODY), 'gzip'))).toBeUndefined();
  expect(exceptionOf(reply(gzipSync(BODY), 'gzip'))).toBe('ValidationException');
});
test('a body that is not of the coding it names does not pass', () => {
  expect(faultOfReply(reply(Buffer.from(BODY), 'gzip'))).toMatch(/not of its coding/u);
});
test('a stack in a compressed body is seen', () => {
  expect(faultOfReply(reply(gzipSync('{"__type":"a#b","message":"at Table.put (table.ts:1:2)"}'), 'gzip'))).toMatch(/inside of the server/u);
});
