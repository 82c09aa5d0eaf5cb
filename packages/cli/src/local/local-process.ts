import {fork} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import type {Socket} from 'node:net';
import {fileURLToPath} from 'node:url';
import type {LocalLayout, LocalNode} from './local-layout.js';

export type LocalProcessState = 'running' | 'stopping' | 'ended';

export interface LocalProcessEvents {
  readonly onEnded: (node: LocalNode, how: string, lastLine: string, wasAsked: boolean) => void;
}

/** Lines of a process's standard error that are kept to explain its end. */
const LAST_TEXT_LENGTH_MAX = 2_000;

/** One `murmur serve` process of a cluster on this machine. */
export class LocalProcess {
  readonly node: LocalNode;
  readonly #child: ChildProcess;
  #state: LocalProcessState = 'running';
  #lastText = '';
  #wasAsked = false;
  readonly ended: Promise<void>;

  constructor(layout: LocalLayout, node: LocalNode, directory: string, extraFlags: readonly string[], events: LocalProcessEvents) {
    this.node = node;
    const entry = fileURLToPath(new URL('../../bin/murmur.mjs', import.meta.url));
    this.#child = fork(entry, ['serve', ...serveFlags(layout, node, directory), ...extraFlags], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: ['--disable-proto=delete'],
    });
    this.#child.stderr?.setEncoding('utf8');
    this.#child.stderr?.on('data', (text: string) => {
      this.#lastText = (this.#lastText + text).slice(-LAST_TEXT_LENGTH_MAX);
    });
    // A process that dies while it is sent a connection: the client sees a reset and comes again.
    this.#child.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#state = 'ended';
        const lastLine = this.#lastText.trimEnd().split('\n').at(-1) ?? '';
        events.onEnded(node, signal === null ? `exit code ${String(code)}` : signal, lastLine, this.#wasAsked);
        resolve();
      });
    });
  }

  get state(): LocalProcessState {
    return this.#state;
  }
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Hands over an accepted connection. @returns false when this process can take none */
  give(purpose: 'api' | 'admin', socket: Socket): boolean {
    if (this.#state !== 'running' || !this.#child.connected) return false;
    this.#child.send({kind: 'connection', purpose}, socket, {keepOpen: false}, (error) => {
      if (error !== null) socket.destroy();
    });
    return true;
  }

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#state === 'ended') return;
    this.#wasAsked = true;
    if (signal === 'SIGTERM') this.#state = 'stopping';
    this.#child.kill(signal);
    // A stopped process (SIGSTOP) does not handle SIGTERM until it goes on.
    if (signal === 'SIGTERM') this.#child.kill('SIGCONT');
  }
}

function serveFlags(layout: LocalLayout, node: LocalNode, directory: string): readonly string[] {
  const controlPeers = layout.nodes.filter((other) => other.hasControlRole).map((other) => `${other.id}=127.0.0.1:${other.fabricPort}`);
  return [
    '--node-id', node.id,
    '--az', node.az,
    '--roles', node.hasControlRole ? 'router,storage,control' : 'router,storage',
    '--cluster-id', layout.clusterId,
    '--control-peers', controlPeers.join(','),
    '--data-directory', `${directory}/${node.id}`,
    '--log-file', `${directory}/${node.id}.log`,
    '--api-port', String(node.apiPort),
    '--admin-port', String(node.adminPort),
    '--fabric-port', String(node.fabricPort),
  ];
}
