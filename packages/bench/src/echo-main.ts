// The yardstick in a process of its own: node:http that reads a body and answers 300 bytes, on the port it prints.
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';

const body = Buffer.alloc(300, 'x');
const server = createServer((incoming, response) => {
  incoming.on('data', () => undefined);
  incoming.on('end', () => {
    response.writeHead(200, {'Content-Length': body.length});
    response.end(body);
  });
});
server.listen(Number(process.argv[2] ?? '0'), '127.0.0.1', () => process.stdout.write(`ready ${(server.address() as AddressInfo).port}\n`));
