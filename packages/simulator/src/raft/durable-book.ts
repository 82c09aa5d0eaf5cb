import {crc32c, toLogIndex} from '@murmuration/base';
import type {GroupId, LogEntry, LogPort, LogWrite, ReplicaId} from '@murmuration/base';
import {SimulationError} from '../world/world.js';

/** More terms than a run can have: makes one number of an index and a term. */
const TERMS_MAX = 1_000_000;

/** What one replica's log said was durable, over all its lives. Lost disks change nothing in it: it was durable then. */
interface ReplicaRecord {
  readonly entries: Set<number>;
  /** Everything up to here was, by a snapshot or before it was cut off. */
  baseIndex: number;
  readonly voteOfTerm: Map<number, number>;
  termMax: number;
}

/**
 * The world's book of durability: what each replica's log has acknowledged as synced. Whether a majority has an entry or
 * has voted is judged by this book and not by what replicas say of each other.
 */
export class DurableBook {
  readonly #replicas = new Map<ReplicaId, ReplicaRecord>();
  /** Checksums of what was handed to any log, by index and term: an entry is the same wherever it lies. */
  readonly #checksums = new Map<number, number>();

  handed({index, term, data}: LogEntry): void {
    const key = index * TERMS_MAX + term;
    if (!this.#checksums.has(key)) this.#checksums.set(key, crc32c(data));
  }
  /** Whether this is an entry as it was handed to a log, or one that nobody ever saw. */
  isAsHanded({index, term, data}: LogEntry): boolean {
    const checksum = this.#checksums.get(index * TERMS_MAX + term);
    return checksum === undefined || checksum === crc32c(data);
  }
  /** Whether the replica ever had this entry, or a snapshot that has it. */
  hasEntry(replica: ReplicaId, index: number, term: number): boolean {
    const record = this.#replicas.get(replica);
    return record !== undefined && (index <= record.baseIndex || record.entries.has(index * TERMS_MAX + term));
  }
  /** Whether the replica can never vote for anyone else in this term, not after a crash either. */
  hasVoted(replica: ReplicaId, term: number, candidate: ReplicaId): boolean {
    const record = this.#replicas.get(replica);
    if (record === undefined) return false;
    const vote = record.voteOfTerm.get(term) ?? 0;
    // A vote that was overtaken by a later term before it was written binds as well, as it left after that was durable.
    return vote === candidate || (vote === 0 && record.termMax > term);
  }
  termMaxOf(replica: ReplicaId): number {
    return this.#replicas.get(replica)?.termMax ?? 0;
  }
  of(replica: ReplicaId): ReplicaRecord {
    let record = this.#replicas.get(replica);
    if (record === undefined) {
      record = {entries: new Set(), baseIndex: 0, voteOfTerm: new Map(), termMax: 0};
      this.#replicas.set(replica, record);
    }
    return record;
  }
}

/** One machine's page: what must be found there again by the next life, and the log port that writes it. */
export class DurablePage {
  readonly #book: DurableBook;
  readonly #replicaOf: () => ReplicaId;
  readonly #onRare: (what: string) => void;
  readonly #onVote: (term: number, candidate: number) => void;
  /** The group was found when the log was opened: what it promised in an earlier life holds. */
  hasPast = false;
  /** Terms by index, of the entries that are there now. */
  readonly #terms = new Map<number, number>();
  #term = 0;
  #lastIndex = 0;
  /** Writes that are not durable yet: a crash may have carried them out all the same. */
  readonly #inFlight = new Set<readonly LogWrite[]>();
  #hasRested = false;
  #isRefused = false;

  /** @param replicaOf the replica that lives on the machine now */
  constructor(book: DurableBook, replicaOf: () => ReplicaId, onRare: (what: string) => void, onVote: (term: number, candidate: number) => void) {
    this.#book = book;
    this.#onVote = onVote;
    this.#onRare = onRare;
    this.#replicaOf = replicaOf;
  }
  /** The disk is another one, or the group was removed. */
  clear(): void {
    this.#terms.clear();
    this.#inFlight.clear();
    this.#term = 0;
    this.#lastIndex = 0;
    this.hasPast = false;
  }
  /**
   * A log was opened. @param isDamaged whether something was done to the disk that no log can bear
   * @throws SimulationError when something acknowledged is gone
   */
  opened(node: string, log: LogPort, group: GroupId, isDamaged: boolean): void {
    const state = log.group(group);
    const first = state?.firstIndex ?? 1;
    const last = state?.lastIndex ?? 0;
    if (!isDamaged) this.#compare(node, log, group);
    if (last > this.#lastIndex && this.#lastIndex > 0) this.#onRare('found-more-than-acknowledged');
    if (!isDamaged) for (let index = Math.max(first, this.#lastIndex + 1); index <= last; index += 1) this.#isWhole(node, log, group, index);
    if (this.#inFlight.size > 0) this.#onRare('died-while-writing');
    this.clear();
    if (state === undefined) return;
    const record = this.#book.of(this.#replicaOf());
    this.hasPast = true;
    this.#lastIndex = last;
    for (let index = first; index <= last; index += 1) this.#hold(record, index, log.term(group, index as typeof state.firstIndex) ?? 0);
    record.baseIndex = Math.max(record.baseIndex, first - 1);
    if (state.hardState !== undefined) this.#holdState(record, state.hardState);
  }
  /** Something was handed to the log and is not durable yet. */
  get isWriting(): boolean {
    return this.#inFlight.size > 0;
  }
  /** Whether everything handed to the log became durable just now: true once. What the log had no room for is still to come. */
  takeRest(): boolean {
    const isAtRest = this.#hasRested && this.#inFlight.size === 0 && !this.#isRefused;
    this.#hasRested = false;
    return isAtRest;
  }
  /** The port that a host is given: it writes down what is acknowledged. */
  watch(log: LogPort, group: GroupId): LogPort {
    return {
      append: (writes, done) => {
        const own = writes.filter((write) => write.group === group);
        if (own.length === 0) return log.append(writes, done);
        this.#inFlight.add(own);
        for (const {hardState, entries = []} of own) {
          if (hardState !== undefined) this.#seesVote(hardState);
          for (const entry of entries) this.#book.handed(entry);
        }
        log.append(writes, (error) => {
          // Gone from the list when the group was removed meanwhile: what it still writes binds nobody.
          const isWanted = this.#inFlight.delete(own);
          // A write that failed may have reached the disk all the same; one that was refused has not.
          if (isWanted && error?.failure.code === 'Poisoned') this.#inFlight.add(own);
          if (isWanted && error === undefined) for (const write of own) this.#takes(write);
          this.#isRefused = error !== undefined;
          this.#hasRested = isWanted && error === undefined;
          done(error);
        });
      },
      groups: () => log.groups(),
      group: (id) => log.group(id),
      unusable: () => log.unusable(),
      term: (id, index) => log.term(id, index),
      entries: (id, from, until, sizeBytesMax) => log.entries(id, from, until, sizeBytesMax),
      truncatePrefix: (id, through) => {
        // Truncation is lazy: what was cut off may come back, or not.
        if (id === group) {
          const record = this.#book.of(this.#replicaOf());
          for (let index = through as number; this.#terms.delete(index); index -= 1);
          record.baseIndex = Math.max(record.baseIndex, through);
        }
        log.truncatePrefix(id, through);
      },
      removeGroup: (id) => {
        if (id === group) this.clear();
        log.removeGroup(id);
      },
      hasRoom: (purpose) => log.hasRoom(purpose),
      usage: () => log.usage(),
      groupBytes: (id) => log.groupBytes(id),
      counts: () => log.counts(),
      close: () => log.close(),
      writeSizeBytesMax: log.writeSizeBytesMax,
    };
  }

  #seesVote({term, vote}: NonNullable<LogWrite['hardState']>): void {
    const replica = this.#replicaOf();
    if (vote !== 0 && vote !== replica && this.#book.of(replica).voteOfTerm.get(term) !== vote) this.#onVote(term, vote);
  }
  #takes(write: LogWrite): void {
    const record = this.#book.of(this.#replicaOf());
    if (write.snapshot !== undefined) {
      this.#onRare(this.#terms.size > 0 ? 'snapshot-over-a-log' : 'snapshot-into-nothing');
      this.#terms.clear();
      this.#lastIndex = write.snapshot.index;
      record.baseIndex = Math.max(record.baseIndex, write.snapshot.index);
    }
    const first = write.entries?.[0]?.index;
    if (first !== undefined) {
      if (this.#lastIndex >= first) this.#onRare('entries-overwritten');
      if (this.#lastIndex >= first && this.#inFlight.size > 0) this.#onRare('entries-overwritten-with-more-to-come');
      for (let index: number = this.#lastIndex; index >= first; index -= 1) this.#terms.delete(index);
      for (const entry of write.entries ?? []) this.#hold(record, entry.index, entry.term);
      this.#lastIndex = write.entries?.at(-1)?.index ?? this.#lastIndex;
    }
    if (write.hardState !== undefined) this.#holdState(record, write.hardState);
  }
  #hold(record: ReplicaRecord, index: number, term: number): void {
    this.#terms.set(index, term);
    record.entries.add(index * TERMS_MAX + term);
  }
  #holdState(record: ReplicaRecord, state: NonNullable<LogWrite['hardState']>): void {
    this.#term = Math.max(this.#term, state.term);
    record.termMax = Math.max(record.termMax, state.term);
    if (state.vote !== 0) record.voteOfTerm.set(state.term, state.vote);
  }
  /** What a crash caught on its way to the disk is there whole, or not at all. */
  #isWhole(node: string, log: LogPort, group: GroupId, index: number): void {
    const [entry] = log.entries(group, toLogIndex(index), toLogIndex(index + 1), Number.MAX_SAFE_INTEGER);
    if (entry !== undefined && !this.#book.isAsHanded(entry)) throw new SimulationError('entry-changed', `${node} finds entry ${index} of term ${entry.term} after a restart, and not as it was written`);
  }
  #compare(node: string, log: LogPort, group: GroupId): void {
    let until = Number.POSITIVE_INFINITY;
    for (const writes of this.#inFlight) {
      for (const write of writes) until = write.snapshot === undefined ? Math.min(until, write.entries?.[0]?.index ?? until) : 0;
    }
    const state = log.group(group);
    for (const [index, term] of this.#terms) {
      if (index >= until || (state !== undefined && index < state.firstIndex)) continue;
      const found = state === undefined || index > state.lastIndex ? undefined : log.term(group, index as typeof state.firstIndex);
      if (found !== term) throw new SimulationError('durable-entry-lost', `${node} acknowledged entry ${index} of term ${term}, and finds ${String(found)} after a restart`);
    }
    const term = state?.hardState?.term ?? 0;
    if (term < this.#term) throw new SimulationError('durable-term-lost', `${node} acknowledged term ${this.#term}, and finds ${term} after a restart`);
  }
}

/** Whether those for whom `has` is true are a majority of the voters, of both halves when the configuration is joint. */
export function isMajority(conf: {readonly voters: readonly ReplicaId[]; readonly votersOutgoing: readonly ReplicaId[]}, has: (replica: ReplicaId) => boolean): boolean {
  const isHalf = (voters: readonly ReplicaId[]): boolean => 2 * voters.filter(has).length > voters.length;
  return (conf.voters.length === 0 || isHalf(conf.voters)) && (conf.votersOutgoing.length === 0 || isHalf(conf.votersOutgoing));
}

