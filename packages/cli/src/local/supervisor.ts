import {createServer} from 'node:http';
import type {Server} from 'node:http';
import {rmSync} from 'node:fs';
import {printable} from '../terminal.js';
import type {Terminal} from '../terminal.js';
import {growLayout, shrinkLayout} from './local-layout.js';
import type {LocalLayout, LocalNode} from './local-layout.js';
import {LocalProcess} from './local-process.js';
import {SharedListener} from './shared-listener.js';
import {supervisorSocketPath} from './supervisor-protocol.js';
import type {NodeAction, SupervisedNode} from './supervisor-protocol.js';

/** How long a process may take to hand over and stop before it is killed. */
const STOP_GRACE_MS = 15_000;

/** Keeps the processes of a cluster on this machine, and the public ports in front of them. */
export class Supervisor {
  #layout: LocalLayout;
  readonly #directory: string;
  readonly #extraFlags: readonly string[];
  readonly #terminal: Terminal;
  readonly #processes = new Map<string, LocalProcess>();
  readonly #listeners: readonly {listener: SharedListener; port: number}[];
  #control: Server | undefined;
  readonly #removed = new Set<string>();
  #isStopping = false;
  #firstFailure: string | undefined;
  #onFailure: ((line: string) => void) | undefined;

  constructor(layout: LocalLayout, directory: string, extraFlags: readonly string[], terminal: Terminal) {
    this.#layout = layout;
    this.#directory = directory;
    this.#extraFlags = extraFlags;
    this.#terminal = terminal;
    const living = (): readonly LocalProcess[] => [...this.#processes.values()].filter((process) => process.state === 'running');
    this.#listeners = [
      {listener: new SharedListener('api', living), port: layout.port},
      {listener: new SharedListener('admin', living), port: layout.adminPort},
    ];
  }

  /** Binds the public ports first: two clusters never fight over one. */
  async start(): Promise<void> {
    for (const {listener, port} of this.#listeners) await listener.listen(port);
    await this.#openControl();
    for (const node of this.#layout.nodes) this.#launch(node);
  }

  /** Resolves with the reason when a process ends during the start without having been asked to. */
  startFailure(): Promise<string> {
    return new Promise((resolve) => {
      if (this.#firstFailure !== undefined) resolve(this.#firstFailure);
      else this.#onFailure = resolve;
    });
  }

  nodes(): readonly SupervisedNode[] {
    return this.#layout.nodes.map((node) => {
      const process = this.#processes.get(node.id);
      return {id: node.id, az: node.az, state: process?.state ?? 'ended', pid: process?.state === 'ended' ? null : (process?.pid ?? null)};
    });
  }

  /** Starts another process, without a control-plane replica. @returns its name */
  async add(az: string | undefined): Promise<string> {
    const {layout, node} = await growLayout(this.#directory, this.#layout, az);
    this.#layout = layout;
    if (!this.#isStopping) this.#launch(node);
    return node.id;
  }

  /** Ends the process of a node that the cluster has forgotten. Its data stays. @returns false for an unknown one */
  async remove(id: string): Promise<boolean> {
    this.#removed.add(id);
    if (!(await this.act(id, 'stop'))) return false;
    this.#layout = shrinkLayout(this.#directory, this.#layout, id);
    this.#processes.delete(id);
    return true;
  }

  async act(id: string, action: NodeAction): Promise<boolean> {
    const node = this.#layout.nodes.find((candidate) => candidate.id === id);
    if (node === undefined) return false;
    const process = this.#processes.get(id);
    if (process !== undefined && process.state !== 'ended') {
      process.signal(action === 'kill' ? 'SIGKILL' : 'SIGTERM');
      await endedWithin(process);
    }
    if (action === 'restart' && !this.#isStopping) this.#launch(node);
    return true;
  }

  /** Stops all processes; each finishes what is under way and flushes. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const {listener} of this.#listeners) listener.close();
    this.#control?.close();
    rmSync(supervisorSocketPath(this.#directory), {force: true});
    const processes = [...this.#processes.values()];
    for (const process of processes) process.signal('SIGTERM');
    await Promise.all(processes.map((process) => endedWithin(process)));
  }

  #launch(node: LocalNode): void {
    this.#processes.set(
      node.id,
      new LocalProcess(this.#layout, node, this.#directory, this.#extraFlags, {
        onEnded: (ended, how, lastLine, wasAsked) => this.#onEnded(ended, how, lastLine, wasAsked),
      }),
    );
  }

  #onEnded(node: LocalNode, how: string, lastLine: string, wasAsked: boolean): void {
    if (this.#isStopping) return;
    if (this.#removed.has(node.id)) {
      this.#terminal.err(`node ${node.id} was removed and its process has ended; its data stays in ${this.#directory}/${node.id}\n`);
      return;
    }
    const said = lastLine === '' ? '' : `: ${printable(lastLine)}`;
    const line = `node ${node.id} ended (${how})${said}`;
    if (!wasAsked) {
      this.#firstFailure ??= lastLine === '' ? line : printable(lastLine);
      this.#onFailure?.(this.#firstFailure);
    }
    this.#terminal.err(`${line}; start it again with: murmur node restart ${node.id} --data ${this.#directory}\n`);
  }

  #openControl(): Promise<void> {
    const path = supervisorSocketPath(this.#directory);
    rmSync(path, {force: true});
    this.#control = createServer((request, response) => {
      const answer = (status: number, body: unknown): void => {
        response.writeHead(status, {'content-type': 'application/json'});
        response.end(`${JSON.stringify(body)}\n`);
      };
      const match = /^\/nodes\/([a-z0-9-]+)\/(stop|kill|restart)$/.exec(request.url ?? '');
      const added = /^\/nodes\/add(?:\?az=([a-z0-9-]{1,32}))?$/.exec(request.url ?? '');
      const removed = /^\/nodes\/([a-z0-9-]+)\/remove$/.exec(request.url ?? '');
      if (request.method === 'POST' && added !== null) {
        this.add(added[1]).then((id) => answer(200, {nodes: this.nodes(), added: id}), (cause: unknown) => answer(500, {error: cause instanceof Error ? cause.message : 'failed'}));
      } else if (request.method === 'POST' && removed !== null) {
        const [, id = ''] = removed;
        this.remove(id).then((isKnown) => answer(isKnown ? 200 : 404, isKnown ? {nodes: this.nodes()} : {error: `there is no node ${id}`}), (cause: unknown) => answer(500, {error: cause instanceof Error ? cause.message : 'failed'}));
      } else if (request.method === 'GET' && request.url === '/nodes') answer(200, {nodes: this.nodes()});
      else if (request.method === 'POST' && match !== null) {
        const [, id = '', action = 'stop'] = match;
        this.act(id, action as NodeAction).then(
          (isKnown) => answer(isKnown ? 200 : 404, isKnown ? {nodes: this.nodes()} : {error: `there is no node ${id}; there are: ${this.#layout.nodes.map((node) => node.id).join(', ')}`}),
          (cause: unknown) => answer(500, {error: cause instanceof Error ? cause.message : 'failed'}),
        );
      } else answer(404, {error: 'unknown call'});
    });
    const control = this.#control;
    return new Promise((resolve, reject) => {
      control.once('error', reject);
      control.listen(path, () => resolve());
    });
  }
}

async function endedWithin(process: LocalProcess): Promise<void> {
  const timer = setTimeout(() => process.signal('SIGKILL'), STOP_GRACE_MS);
  await process.ended;
  clearTimeout(timer);
}
