import type {LogIndex, Term} from '@murmuration/base';
import {crc32c} from '@murmuration/base';
import type {CommittedCommand} from '@murmuration/raft-host';
import {SimulationError} from '../world/world.js';
import {decodeCommand} from './register-command.js';
import type {RegisterAnswer} from './register-command.js';

interface CommittedEntry {
  readonly term: Term;
  readonly checksum: number;
}

/**
 * What the world knows to be committed, from what any replica applied. Commands at an index never change, replicas at
 * one index are equal, and the registers have the values that this order gives them.
 */
export class CommittedLog {
  readonly #entries = new Map<number, CommittedEntry>();
  readonly #stateHashes = new Map<number, number>();
  readonly #indexOfCommand = new Map<number, number>();
  readonly #answers = new Map<number, RegisterAnswer>();
  /** By key, values with the index that set them, in order. */
  readonly #values = new Map<number, {readonly index: number; readonly value: number}[]>();
  #indexMax = 0;
  /** Commands applied for the first time anywhere. */
  get commandCount(): number {
    return this.#indexOfCommand.size;
  }
  /** Highest index of a command that some replica applied. */
  get indexMax(): number {
    return this.#indexMax;
  }
  termAt(index: number): Term | undefined {
    return this.#entries.get(index)?.term;
  }
  applied(node: string, entry: CommittedCommand, answer: RegisterAnswer, stateHash: number): void {
    const checksum = crc32c(entry.data);
    const known = this.#entries.get(entry.index);
    if (known !== undefined) {
      if (known.term !== entry.term || known.checksum !== checksum) {
        throw new SimulationError('committed-entry-changed', `${node} applies another entry at ${entry.index}: term ${entry.term}, first applied with term ${known.term}`);
      }
      this.#agree(node, entry.index, stateHash);
      return;
    }
    if (entry.index <= this.#indexMax) {
      throw new SimulationError('committed-entry-changed', `${node} applies a command at ${entry.index}, where others applied none`);
    }
    const command = decodeCommand(entry.data);
    const earlier = this.#indexOfCommand.get(command.id);
    if (earlier !== undefined) throw new SimulationError('command-applied-twice', `command ${command.id} at ${earlier} and ${entry.index}`);
    this.#entries.set(entry.index, {term: entry.term, checksum});
    this.#indexOfCommand.set(command.id, entry.index);
    this.#answers.set(command.id, answer);
    this.#indexMax = entry.index;
    const before = this.valueAt(command.key, entry.index);
    const isDone = command.expected === undefined || command.expected === before;
    if (answer.before !== before || answer.isDone !== isDone) {
      throw new SimulationError('wrong-state', `${node} answers ${answer.before} at ${entry.index}, where ${before} was set`);
    }
    if (isDone) {
      const values = this.#values.get(command.key) ?? [];
      values.push({index: entry.index, value: command.value});
      this.#values.set(command.key, values);
    }
    this.#stateHashes.set(entry.index, stateHash);
  }
  /** A replica's state came from its store or from a snapshot, as of an index. */
  loaded(node: string, index: LogIndex, stateHash: number): void {
    // Indexes without a command have the state of the command before them.
    this.#agree(node, this.commandAtOrBefore(index), stateHash);
  }
  indexOf(commandId: number): number | undefined {
    return this.#indexOfCommand.get(commandId);
  }
  /** The last command at or before an index; 0 when there is none. Other entries change no register. */
  commandAtOrBefore(index: number): number {
    let at = Math.min(index, this.#indexMax);
    while (at > 0 && !this.#entries.has(at)) at -= 1;
    return at;
  }
  answerOf(commandId: number): RegisterAnswer | undefined {
    return this.#answers.get(commandId);
  }
  /** The register's value after everything up to `index`. 0 when it was never set. */
  valueAt(key: number, index: number): number {
    const values = this.#values.get(key) ?? [];
    for (let i = values.length - 1; i >= 0; i -= 1) {
      const at = values[i] as {index: number; value: number};
      if (at.index <= index) return at.value;
    }
    return 0;
  }

  #agree(node: string, index: number, stateHash: number): void {
    const known = index === 0 ? 0 : this.#stateHashes.get(index);
    if (known !== stateHash) throw new SimulationError('replicas-differ', `${node} has another state at ${index} than the first replica there`);
  }
}
