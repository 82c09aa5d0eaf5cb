import {connect} from 'node:net';
import type {Socket} from 'node:net';

const BODY_BYTES = 15 * 1024 * 1024;

/**
 * Clients that make a process hold memory: each sends a large request but for its last byte, which never comes. The
 * process takes so much only within its own bounds; where even that is more than there is, it feels the shortage at once.
 */
export class Hogs {
  readonly #sockets: readonly Socket[];

  constructor(port: number, count: number) {
    const head = `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: DynamoDB_20120810.PutItem\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: ${BODY_BYTES}\r\n\r\n`;
    const body = Buffer.alloc(BODY_BYTES - 1, 0x20);
    this.#sockets = Array.from({length: count}, () => {
      const socket = connect(port, '127.0.0.1');
      // It is told off, or dies: both are what this is for.
      socket.on('error', () => undefined);
      socket.write(head);
      socket.write(body);
      return socket;
    });
  }
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
