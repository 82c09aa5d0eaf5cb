import {createServer} from 'node:net';
import type {Server, Socket} from 'node:net';
import {CommandError, EXIT_FAILED} from '../exit-codes.js';
import type {LocalProcess} from './local-process.js';

/**
 * One public port for all processes of a local cluster: accepts connections and hands each to the next living process,
 * in turn. The bytes never pass through here, and the death of a process costs its own connections only.
 */
export class SharedListener {
  readonly #purpose: 'api' | 'admin';
  readonly #processes: () => readonly LocalProcess[];
  readonly #server: Server;
  #turn = 0;

  constructor(purpose: 'api' | 'admin', processes: () => readonly LocalProcess[]) {
    this.#purpose = purpose;
    this.#processes = processes;
    this.#server = createServer({pauseOnConnect: true}, (socket) => this.#give(socket));
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause) => {
        const code = 'code' in cause ? cause.code : '';
        const what = this.#purpose === 'api' ? '--port' : '--admin-port';
        const message = code === 'EADDRINUSE'
          ? `port ${port} is in use by another process; stop it or choose another with ${what}`
          : `port ${port} cannot be listened on: ${cause.message}`;
        reject(new CommandError(EXIT_FAILED, message, {cause}));
      });
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.removeAllListeners('error');
        this.#server.on('error', () => undefined);
        resolve();
      });
    });
  }

  close(): void {
    this.#server.close();
  }

  #give(socket: Socket): void {
    socket.on('error', () => undefined);
    const processes = this.#processes();
    for (let i = 0; i < processes.length; i += 1) {
      this.#turn += 1;
      if (processes[this.#turn % processes.length]?.give(this.#purpose, socket) === true) return;
    }
    socket.destroy();
  }
}
