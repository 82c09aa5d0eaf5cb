import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';

/** The yardstick of every run: node:http that reads a body and answers 300 bytes. */
export function startEchoServer(port: number): Promise<{readonly url: URL; readonly close: () => void}> {
  const body = Buffer.alloc(300, 'x');
  const server = createServer((incoming, response) => {
    incoming.on('data', () => undefined);
    incoming.on('end', () => {
      response.writeHead(200, {'Content-Length': body.length});
      response.end(body);
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve({url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), close: () => server.close()}));
  });
}
