import {concatBytes, EMPTY_BYTES, nullEvents, SeededRandom} from '@murmuration/base';
import type {LogEntry, ReplicaId} from '@murmuration/base';

import {decodeConfChange} from '../conf-change-codec.js';
import {markIndex, markTerm} from '../marks.js';
import {isEmptyHardState, isLocalThread} from '../message.js';
import {RawNode} from '../raw-node.js';
import type {StepRefusal} from '../raft-core.js';
import {EMPTY_CONF_STATE} from '../tracker.js';
import type {ConfState, HardState, Message, RaftOptions, Snapshot} from '../types.js';
import {describeMessage, describeReady} from './describe.js';
import {MemoryRaftStorage} from './memory-raft-storage.js';

/** An error whose text is the answer of a command. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** What the nodes of a group print, line by line, indented where one thing is part of another. */
export class TranscriptOutput {
  #text = '';
  write(text: string): void {
    this.#text += text;
  }
  line(text: string): void {
    this.#text += `${text}\n`;
  }
  indented(write: () => void): void {
    const before = this.#text;
    this.#text = '';
    try {
      write();
    } finally {
      const inner = this.#text.replace(/\n$/, '');
      this.#text = inner === '' ? before : `${before}${inner.split('\n').map((line) => `  ${line}\n`).join('')}`;
    }
  }
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}

/** One node of a transcript: a replica, its stored log, its state machine's history, and its waiting local work. */
export interface TranscriptNode {
  readonly id: ReplicaId;
  readonly raft: RawNode;
  readonly options: RaftOptions;
  readonly storage: MemoryRaftStorage;
  /** One snapshot for each applied entry, oldest first. */
  readonly history: Snapshot[];
  appendWork: Message[];
  applyWork: Message[];
}

const NO_SNAPSHOT: Snapshot = {meta: {index: markIndex(0), term: markTerm(0), confState: EMPTY_CONF_STATE}, data: EMPTY_BYTES};

/** Nodes driven by hand, with one list of messages between them. */
export class TranscriptGroup {
  readonly nodes: TranscriptNode[] = [];
  readonly output = new TranscriptOutput();
  messages: Message[] = [];

  node(id: number): TranscriptNode {
    const node = this.nodes[id - 1];
    if (node === undefined) throw new CommandError(`there is no node ${id}`);
    return node;
  }

  /** Makes a node with the next id, from a snapshot when one is given. */
  addNode(template: Omit<RaftOptions, 'id'>, snapshot: Snapshot | undefined): void {
    const id = (this.nodes.length + 1) as ReplicaId;
    const history = [snapshot ?? NO_SNAPSHOT];
    const storage = new MemoryRaftStorage(() => history[history.length - 1] as Snapshot);
    if (snapshot !== undefined) {
      if (snapshot.meta.index <= 1) throw new CommandError('index must be specified as > 1 due to bootstrap');
      storage.applySnapshot(snapshot);
    }
    const options = {...template, id};
    const raft = new RawNode(options, {storage, random: new SeededRandom(id), events: nullEvents});
    this.nodes.push({id, raft, options, storage, history, appendWork: [], applyWork: []});
  }

  processReady(node: TranscriptNode): void {
    const ready = node.raft.ready();
    this.output.write(describeReady(ready));
    const isAsync = node.options.asyncStorageWrites;
    if (!isAsync) {
      persist(node, ready.hardState, ready.entries, ready.snapshot);
      apply(node, ready.committedEntries);
    }
    for (const message of ready.messages) {
      if (message.type === 'StorageAppend') node.appendWork.push(message);
      else if (message.type === 'StorageApply') node.applyWork.push(message);
      else this.messages.push(message);
    }
    if (!isAsync) node.raft.advance();
  }

  processAppendWork(node: TranscriptNode): void {
    const work = node.appendWork.shift();
    if (work === undefined) {
      this.output.write('no append work to perform');
      return;
    }
    this.#announce(work);
    persist(node, {term: work.term, vote: work.vote, commit: work.commit}, work.entries, work.snapshot);
    this.#respond(work);
  }

  processApplyWork(node: TranscriptNode): void {
    const work = node.applyWork.shift();
    if (work === undefined) {
      this.output.write('no apply work to perform');
      return;
    }
    this.#announce(work);
    apply(node, work.entries);
    this.#respond(work);
  }

  /** Delivers or drops what waits for `to`. @returns how many messages that were */
  deliver(to: number, isDropped: boolean, type: string | undefined): number {
    const mine = (message: Message): boolean => Number(message.to) === to &&
      !(isDropped && isOwn(message)) && (type === undefined || `Msg${message.type}` === type);
    const taken = this.messages.filter(mine);
    this.messages = this.messages.filter((message) => !mine(message));
    for (const message of taken) {
      this.output.line(`${isDropped ? 'dropped: ' : ''}${describeMessage(message)}`);
      // Messages to nodes that are not there yet may be dropped.
      if (isDropped) continue;
      const refusal = this.node(to).raft.step(message);
      if (refusal !== undefined) this.output.line(REFUSALS[refusal]);
    }
    return taken.length;
  }

  /** Works off everything, round by round, until nothing happens any more. */
  stabilize(nodes: readonly TranscriptNode[]): void {
    for (let isBusy = true; isBusy;) {
      isBusy = false;
      for (const node of nodes) {
        if (!node.raft.hasReady()) continue;
        isBusy = true;
        this.output.line(`> ${node.id} handling Ready`);
        this.output.indented(() => { this.processReady(node); });
      }
      for (const node of nodes) {
        if (!this.messages.some((message) => message.to === node.id)) continue;
        isBusy = true;
        this.output.line(`> ${node.id} receiving messages`);
        this.output.indented(() => { this.deliver(node.id, false, undefined); });
      }
      for (const node of nodes) {
        if (node.appendWork.length === 0) continue;
        isBusy = true;
        this.output.line(`> ${node.id} processing append thread`);
        while (node.appendWork.length > 0) this.output.indented(() => { this.processAppendWork(node); });
      }
      for (const node of nodes) {
        if (node.applyWork.length === 0) continue;
        isBusy = true;
        this.output.line(`> ${node.id} processing apply thread`);
        while (node.applyWork.length > 0) this.output.indented(() => { this.processApplyWork(node); });
      }
    }
  }

  #announce(work: Message): void {
    this.output.line('Processing:');
    this.output.line(describeMessage({...work, responses: []}));
  }
  #respond(work: Message): void {
    this.output.line('Responses:');
    for (const response of work.responses) this.output.line(describeMessage(response));
    this.messages.push(...work.responses);
  }
}

/** The texts by which transcripts name refusals. */
export const REFUSALS: Readonly<Record<StepRefusal, string>> = {
  ProposalDropped: 'raft proposal dropped',
  ReadDropped: 'raft read dropped',
  LocalMessage: 'raft: cannot step raft local message',
  UnknownPeer: 'raft: cannot step as peer not found',
};

/** Messages of a node to itself are never lost. */
function isOwn(message: Message): boolean {
  return message.from === message.to || isLocalThread(message.from) || isLocalThread(message.to);
}

function persist(node: TranscriptNode, hardState: HardState | undefined, entries: readonly LogEntry[], snapshot: Snapshot | undefined): void {
  if (hardState !== undefined && !isEmptyHardState(hardState)) node.storage.setHardState(hardState);
  if (snapshot === undefined) {
    node.storage.append(entries);
    return;
  }
  if (entries.length > 0) throw new CommandError("can't apply snapshot and entries at the same time");
  if (!node.storage.applySnapshot(snapshot)) throw new CommandError('requested index is older than the existing snapshot');
}

/** The state machine: it appends each entry's data to a byte string. */
function apply(node: TranscriptNode, entries: readonly LogEntry[]): void {
  for (const entry of entries) {
    const previous = node.history[node.history.length - 1] as Snapshot;
    let update = entry.data;
    let confState: ConfState = previous.meta.confState;
    if (entry.kind !== 0) {
      const change = decodeConfChange(entry.kind, entry.data);
      update = change.context;
      confState = node.raft.applyConfChange(change);
    }
    node.history.push({meta: {index: entry.index, term: entry.term, confState}, data: concatBytes([previous.data, update])});
  }
}
