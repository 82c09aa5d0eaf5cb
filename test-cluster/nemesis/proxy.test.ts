import {connect, createServer} from 'node:net';
import type {Server, Socket} from 'node:net';
import {SeededRandom} from '@murmuration/base';
import {FREE_FLOW, HOLE, TcpLink} from './proxy.js';
import {until} from '../until.js';

/** A listener that sends back what it gets, and a link to it. */
let echo: Server;
let link: TcpLink;
const sockets: Socket[] = [];

beforeEach(async () => {
  echo = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const address = echo.address();
  link = new TcpLink({host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0}, new SeededRandom(1));
  await link.listen();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await link.close();
  await new Promise((resolve) => echo.close(resolve));
});

interface Dialled {
  readonly socket: Socket;
  readonly text: () => string;
  readonly isBroken: () => boolean;
}
function dial(): Dialled {
  const socket = connect(link.port, '127.0.0.1');
  sockets.push(socket);
  let text = '';
  let isBroken = false;
  socket.setEncoding('utf8').on('data', (part: string) => (text += part));
  socket.on('error', () => (isBroken = true));
  socket.on('close', () => (isBroken = true));
  return {socket, text: () => text, isBroken: () => isBroken};
}

test('bytes pass both ways, in order', async () => {
  const {socket, text} = dial();
  const sent = Array.from({length: 500}, (_, i) => `${i},`);
  for (const part of sent) socket.write(part);
  await until('all came back', () => text() === sent.join(''));
  expect(link.bytesHeld).toBe(0);
});

test.each(['there', 'back'] as const)('a hole on the way %s keeps sockets open and lets nothing pass; what waited comes when it closes', async (direction) => {
  const {socket, text, isBroken} = dial();
  socket.write('a');
  await until('the first came back', () => text() === 'a');
  link.setFlow(direction, HOLE);
  socket.write('b');
  await until('the link holds it', () => link.bytesHeld > 0);
  expect(text()).toBe('a');
  expect(isBroken()).toBe(false);
  link.heal();
  await until('the second came back', () => text() === 'ab');
});

test('a delay holds each piece so long, and keeps their order', async () => {
  link.setFlow('there', {...FREE_FLOW, delayMs: 30, jitterMs: 40});
  const {socket, text} = dial();
  const startMs = performance.now();
  for (let i = 0; i < 20; i += 1) socket.write(`${i},`);
  await until('all came back', () => text().endsWith('19,'));
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(30);
  expect(text()).toBe(Array.from({length: 20}, (_, i) => `${i},`).join(''));
});

test('a thin link takes the time that its width demands', async () => {
  link.setFlow('back', {...FREE_FLOW, bytesPerSecond: 100_000});
  const {socket, text} = dial();
  const startMs = performance.now();
  socket.write('x'.repeat(20_000));
  await until('all came back', () => text().length === 20_000);
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(190);
});

test('a refusing link breaks what is there and what comes, until it is healed', async () => {
  const first = dial();
  first.socket.write('a');
  await until('the first came back', () => first.text() === 'a');
  link.refuse(true);
  await until('it is broken', first.isBroken);
  const second = dial();
  await until('it is broken too', second.isBroken);
  expect(link.resetCount).toBe(2);
  link.heal();
  const third = dial();
  third.socket.write('c');
  await until('the third came back', () => third.text() === 'c');
});

test('a link that is to be cut after some bytes breaks once', async () => {
  link.cutAfter(10);
  const first = dial();
  first.socket.write('0123456789');
  await until('it is broken', first.isBroken);
  const second = dial();
  second.socket.write('0123456789');
  await until('all came back', () => second.text() === '0123456789');
});
