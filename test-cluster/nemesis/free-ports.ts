import {createServer} from 'node:net';
import type {Server} from 'node:net';

/** Below the range from which systems take the ports of outgoing connections: a port that was free stays free. */
const PORT_FROM = 10_240;
const PORT_UNTIL = 32_000;
/** Runs that start at the same time look in different places. */
const PORT_STRIDE = 96;

/** @returns `count` different ports of this machine that nobody listens on now */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  const held: Server[] = [];
  const ports: number[] = [];
  const span = PORT_UNTIL - PORT_FROM;
  const start = (process.pid * PORT_STRIDE) % span;
  for (let i = 0; i < span && ports.length < count; i += 1) {
    const port = PORT_FROM + ((start + i) % span);
    const server = await tryListen(port);
    if (server === undefined) continue;
    held.push(server);
    ports.push(port);
  }
  for (const server of held) await new Promise<void>((resolve) => server.close(() => resolve()));
  if (ports.length < count) throw new Error(`no ${count} free ports between ${PORT_FROM} and ${PORT_UNTIL}`);
  return ports;
}

function tryListen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
