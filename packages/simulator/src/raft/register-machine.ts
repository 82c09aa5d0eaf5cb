import {toLogIndex, utf8Decode, utf8Encode} from '@murmuration/base';
import type {LogIndex, ScanRange, StorePort, Term, WriteBatch} from '@murmuration/base';
import type {ConfState} from '@murmuration/raft';
import type {CommittedCommand, GroupStateMachine} from '@murmuration/raft-host';
import {decodeCommand} from './register-command.js';
import type {RegisterAnswer} from './register-command.js';

/** What a machine tells the invariants. */
export interface RegisterObserver {
  applied(command: CommittedCommand, answer: RegisterAnswer, stateHash: number): void;
  /** State came from the store: a start, or a snapshot. */
  loaded(index: LogIndex, stateHash: number): void;
  configured(confState: ConfState): void;
  leads(isLeader: boolean, term: Term): void;
}

const PREFIX = 'z:';
const RANGE: ScanRange = {from: utf8Encode(PREFIX), until: utf8Encode('z;')};
/** All that a replica keeps in the store. */
export const REGISTER_RANGES: readonly ScanRange[] = [RANGE];

/** A few registers, each a row of the store. Holds all of them in memory. */
export class RegisterMachine implements GroupStateMachine {
  readonly #store: StorePort;
  readonly #observer: RegisterObserver;
  readonly #values = new Map<number, number>();
  #stateHash = 0;
  #appliedIndex: LogIndex = toLogIndex(0);
  #isLeader = false;
  constructor(store: StorePort, observer: RegisterObserver) {
    this.#store = store;
    this.#observer = observer;
  }
  get appliedIndex(): LogIndex {
    return this.#appliedIndex;
  }
  /** The machine was told that it leads: everything of earlier terms is applied. */
  get isLeader(): boolean {
    return this.#isLeader;
  }
  /** 0 when it was never set. */
  value(key: number): number {
    return this.#values.get(key) ?? 0;
  }
  apply(entry: CommittedCommand, batch: WriteBatch): RegisterAnswer {
    const command = decodeCommand(entry.data);
    const before = this.value(command.key);
    const isDone = command.expected === undefined || command.expected === before;
    if (isDone) {
      this.#set(command.key, command.value);
      batch.put(utf8Encode(`${PREFIX}${command.key}`), utf8Encode(`${command.value}${' '.repeat(Math.min(40, command.paddingBytes))}`));
    }
    this.#appliedIndex = entry.index;
    const answer = {isDone, before};
    this.#observer.applied(entry, answer, this.#stateHash);
    return answer;
  }
  onStored(): void {
    // All values are in memory: there is no overlay to shrink.
  }
  onLeadership(isLeader: boolean, term: Term): void {
    this.#isLeader = isLeader;
    this.#observer.leads(isLeader, term);
  }
  stateRanges(): readonly ScanRange[] {
    return REGISTER_RANGES;
  }
  async reload(appliedIndex: LogIndex): Promise<void> {
    this.#values.clear();
    this.#stateHash = 0;
    const iterator = this.#store.iterate(RANGE);
    for (;;) {
      const rows = await iterator.next(100);
      if (rows.length === 0) break;
      for (const {key, value} of rows) this.#set(Number(utf8Decode(key).slice(PREFIX.length)), Number(utf8Decode(value)));
    }
    await iterator.close();
    this.#appliedIndex = appliedIndex;
    this.#observer.loaded(appliedIndex, this.#stateHash);
  }
  onConfiguration(confState: ConfState): void {
    this.#observer.configured(confState);
  }
  stop(): void {
    this.#isLeader = false;
  }

  /** The hash is a sum over the rows, so it does not depend on the order in which they were set. */
  #set(key: number, value: number): void {
    const before = this.#values.get(key);
    if (before !== undefined) this.#stateHash = (this.#stateHash - rowHash(key, before)) | 0;
    this.#stateHash = (this.#stateHash + rowHash(key, value)) | 0;
    this.#values.set(key, value);
  }
}

function rowHash(key: number, value: number): number {
  let hash = Math.imul(key + 1, 0x9e3779b1) ^ Math.imul(value, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return hash ^ (hash >>> 13);
}
