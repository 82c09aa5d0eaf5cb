import type {GroupId, LogIndex, ScanRange, StorePort, Term, WriteBatch} from '@murmuration/base';
import {utf8Decode, utf8Encode} from '@murmuration/base';
import type {CommittedCommand, GroupStateMachine} from '../types.js';
import type {ConfState} from '@murmuration/raft';

/** A register a key: commands are `key=value`; the answer is the value before. Rows lie under the group's id. */
export class TestMachine implements GroupStateMachine {
  readonly group: GroupId;
  readonly values = new Map<string, string>();
  readonly applied: string[] = [];
  readonly leaderships: {readonly isLeader: boolean; readonly term: Term}[] = [];
  readonly configurations: ConfState[] = [];
  readonly durableMemberships: number[] = [];
  storedThrough = 0;
  reloads = 0;
  isStopped = false;
  readonly #store: StorePort;
  constructor(group: GroupId, store: StorePort) {
    this.group = group;
    this.#store = store;
  }
  apply(command: CommittedCommand, batch: WriteBatch): unknown {
    const text = utf8Decode(command.data);
    const at = text.indexOf('=');
    const key = text.slice(0, at);
    const before = this.values.get(key);
    this.values.set(key, text.slice(at + 1));
    this.applied.push(text);
    batch.put(utf8Encode(`${this.#prefix}${key}`), utf8Encode(text.slice(at + 1)));
    return before;
  }
  onStored(through: LogIndex): void {
    this.storedThrough = through;
  }
  onLeadership(isLeader: boolean, term: Term): void {
    this.leaderships.push({isLeader, term});
  }
  stateRanges(): readonly ScanRange[] {
    return [{from: utf8Encode(this.#prefix), until: utf8Encode(`z${this.group};`)}];
  }
  async reload(): Promise<void> {
    this.reloads += 1;
    this.values.clear();
    const iterator = this.#store.iterate(this.stateRanges()[0] as ScanRange);
    for (;;) {
      const rows = await iterator.next(1000);
      if (rows.length === 0) break;
      for (const {key, value} of rows) this.values.set(utf8Decode(key).slice(this.#prefix.length), utf8Decode(value));
    }
    await iterator.close();
  }
  onConfiguration(confState: ConfState): void {
    this.configurations.push(confState);
  }
  onDurableMembership(membership: number): void {
    this.durableMemberships.push(membership);
  }
  stop(): void {
    this.isStopped = true;
  }
  get #prefix(): string {
    return `z${this.group}:`;
  }
}
