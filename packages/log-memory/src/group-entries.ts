import {assert, toLogIndex, toTerm} from '@murmuration/base';
import type {GroupId, LogEntry, LogGroupState, LogHardState, LogWrite, Term} from '@murmuration/base';

/** One group's log as plain arrays: the judge that the file log is compared with, so it stays as simple as it can be. */
export class GroupEntries {
  readonly id: GroupId;
  descriptor: Uint8Array | undefined = undefined;
  hardState: LogHardState | undefined = undefined;
  #baseIndex = 0;
  #baseTerm = 0;
  #entries: LogEntry[] = [];
  #entryBytes = 0;

  constructor(id: GroupId) {
    this.id = id;
  }
  get firstIndex(): number {
    return this.#baseIndex + 1;
  }
  get lastIndex(): number {
    return this.#baseIndex + this.#entries.length;
  }
  get entryBytes(): number {
    return this.#entryBytes;
  }
  /** Precondition: `checkWrites` found nothing wrong with it. */
  apply(write: LogWrite): void {
    if (write.snapshot !== undefined) {
      this.#baseIndex = write.snapshot.index;
      this.#baseTerm = write.snapshot.term;
      this.#entries = [];
      this.#entryBytes = 0;
    }
    const first = write.entries?.[0];
    if (write.entries !== undefined && first !== undefined) {
      for (const dropped of this.#entries.splice(first.index - this.firstIndex)) this.#entryBytes -= dropped.data.length;
      for (const entry of write.entries) {
        this.#entries.push(entry);
        this.#entryBytes += entry.data.length;
      }
    }
    if (write.hardState !== undefined) this.hardState = write.hardState;
    if (write.descriptor !== undefined) this.descriptor = write.descriptor.slice();
  }
  term(index: number): Term | undefined {
    if (index === this.#baseIndex) return toTerm(this.#baseTerm);
    return this.#entries[index - this.firstIndex]?.term;
  }
  read(from: number, until: number, sizeBytesMax: number): readonly LogEntry[] {
    assert(from >= this.firstIndex && from <= until && until <= this.lastIndex + 1, 'entries outside the log', {group: this.id, from, until});
    const out: LogEntry[] = [];
    let sizeBytes = 0;
    for (const entry of this.#entries.slice(from - this.firstIndex, until - this.firstIndex)) {
      sizeBytes += entry.data.length;
      if (out.length > 0 && sizeBytes > sizeBytesMax) break;
      out.push(entry);
    }
    return out;
  }
  /** Precondition: firstIndex <= through <= lastIndex. */
  dropThrough(through: number): void {
    this.#baseTerm = this.term(through) as Term;
    for (const dropped of this.#entries.splice(0, through - this.#baseIndex)) this.#entryBytes -= dropped.data.length;
    this.#baseIndex = through;
  }
  state(): LogGroupState {
    return {
      group: this.id, descriptor: this.descriptor, hardState: this.hardState,
      firstIndex: toLogIndex(this.firstIndex), lastIndex: toLogIndex(this.lastIndex), termBeforeFirst: toTerm(this.#baseTerm),
    };
  }
  /** Entries are shared, as nobody changes them. */
  clone(): GroupEntries {
    const copy = new GroupEntries(this.id);
    copy.descriptor = this.descriptor;
    copy.hardState = this.hardState;
    copy.#baseIndex = this.#baseIndex;
    copy.#baseTerm = this.#baseTerm;
    copy.#entries = [...this.#entries];
    copy.#entryBytes = this.#entryBytes;
    return copy;
  }
}
