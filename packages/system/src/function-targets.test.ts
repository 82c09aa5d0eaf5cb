// Functions are called inside one directory and nowhere else, and what they answer, or do not, is told.
import {mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createFunctionTargets} from './function-targets.js';

let work: string;
let directory: string;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'function-targets-'));
  directory = join(work, 'functions');
  mkdirSync(directory);
  writeFileSync(join(work, 'outside.cjs'), 'exports.handler = () => "outside";');
  symlinkSync(join(work, 'outside.cjs'), join(directory, 'link.cjs'));
  writeFileSync(join(directory, 'echo.cjs'), 'exports.handler = (event) => ({heard: event.Records.length});');
  writeFileSync(join(directory, 'silent.cjs'), 'exports.handler = () => new Promise(() => undefined);');
  writeFileSync(join(directory, 'none.cjs'), 'exports.other = 1;');
});
afterAll(() => rmSync(work, {recursive: true}));

test('a module is called and its answer given back', async () => {
  const functions = createFunctionTargets(directory);
  expect(await functions.invoke({kind: 'module', path: 'echo.cjs'}, '{"Records":[1,2]}', 5_000)).toBe('{"heard":2}');
});
test.each([['none.cjs', 'has no handler'], ['silent.cjs', 'no answer within'], ['link.cjs', 'leads out'], ['../outside.cjs', 'lies in the function directory'], ['/etc/hostname', 'lies in the function directory'], ['.', 'lies in']])(
  'a module %s is none', async (path, reason) => {
    await expect(createFunctionTargets(directory).invoke({kind: 'module', path}, '{"Records":[]}', 30)).rejects.toThrow(reason);
  });
test('news goes to a line of a file', async () => {
  const functions = createFunctionTargets(directory);
  await functions.deliver({kind: 'file', path: 'lost'}, '{"a":1}', 1_000);
  await functions.deliver({kind: 'file', path: 'lost'}, '{"a":2}', 1_000);
  expect(readFileSync(join(directory, 'lost'), 'utf8')).toBe('{"a":1}\n{"a":2}\n');
});
test('without a directory there are addresses only', async () => {
  const functions = createFunctionTargets('');
  expect(functions.refusalOf({kind: 'file', path: 'lost'})).toContain('--function-directory');
  expect(functions.refusalOf({kind: 'http', url: 'http://127.0.0.1/'})).toBeUndefined();
  await expect(functions.invoke({kind: 'module', path: 'echo.cjs'}, '{}', 10)).rejects.toThrow('--function-directory');
});
test('an address is posted to; another status than 2xx is a failure, and so is silence', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/silent') return;
    response.writeHead(request.url === '/ok' ? 200 : 500).end(`${request.method} ${request.headers['content-type']}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const functions = createFunctionTargets('');
  expect(await functions.invoke({kind: 'http', url: `${at}/ok`}, '{}', 5_000)).toBe('POST application/json');
  await expect(functions.invoke({kind: 'http', url: `${at}/bad`}, '{}', 5_000)).rejects.toThrow('status 500');
  await expect(functions.invoke({kind: 'http', url: `${at}/silent`}, '{}', 50)).rejects.toThrow();
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});
