import type {GroupId, LogIndex} from './ids.js';
import type {LogFailure, LogWrite} from './log-port.js';

interface Refused {
  readonly failure: LogFailure;
  /** The first entry that was refused; undefined when there was none among what was refused. */
  readonly fromIndex: LogIndex | undefined;
  readonly hasHardState: boolean;
}

/**
 * What a log had no room for, until it is made good. Appends that are on their way already rest on the refused one: entries
 * behind it would lie on older ones that it was to replace, or show a commit index that was meant for it. A crash would then
 * leave a log that no replica ever had. So no entries of a group are taken until a write comes that brings all that was refused.
 */
export class RefusedWrites {
  readonly #byGroup = new Map<GroupId, Refused>();

  /** @returns why an append must be refused like the one before it; undefined when it makes good what was refused */
  obstacle(writes: readonly LogWrite[]): LogFailure | undefined {
    if (this.#byGroup.size === 0) return undefined;
    // Of several writes of one group in one append the later ones rest on the first.
    const seen = new Set<GroupId>();
    for (const write of writes) {
      const refused = seen.has(write.group) ? undefined : this.#byGroup.get(write.group);
      seen.add(write.group);
      if (refused !== undefined && !makesGood(write, refused)) return refused.failure;
    }
    return undefined;
  }
  refused(writes: readonly LogWrite[], failure: LogFailure): void {
    // The others are for good: nothing comes again.
    if (failure.code !== 'DiskFull' && failure.code !== 'Overloaded') return;
    for (const {group, entries, snapshot, hardState} of writes) {
      const before = this.#byGroup.get(group);
      const firstIndex = entries?.[0]?.index;
      // Entries behind a snapshot have nothing before them: the snapshot itself is what must come again.
      const from = snapshot === undefined ? firstIndex : (snapshot.index as number as LogIndex);
      const fromIndex = from === undefined || (before?.fromIndex !== undefined && before.fromIndex < from) ? before?.fromIndex : from;
      this.#byGroup.set(group, {failure, fromIndex, hasHardState: before?.hasHardState === true || hardState !== undefined});
    }
  }
  taken(writes: readonly LogWrite[]): void {
    if (this.#byGroup.size === 0) return;
    for (const write of writes) {
      const before = this.#byGroup.get(write.group);
      if (before === undefined) continue;
      const fromIndex = replaces(write, before.fromIndex) ? undefined : before.fromIndex;
      const hasHardState = before.hasHardState && write.hardState === undefined;
      if (fromIndex === undefined && !hasHardState) this.#byGroup.delete(write.group);
      else this.#byGroup.set(write.group, {...before, fromIndex, hasHardState});
    }
  }
  /** The group is removed, and what was wanted of it. */
  forget(group: GroupId): void {
    this.#byGroup.delete(group);
  }
}

function makesGood(write: LogWrite, {fromIndex, hasHardState}: Refused): boolean {
  const {entries, snapshot, hardState} = write;
  if (entries === undefined && snapshot === undefined) {
    // A vote can be given without room for entries; a commit index of refused ones would make the old ones count.
    return hardState === undefined || fromIndex === undefined || hardState.commit < fromIndex;
  }
  return (!hasHardState || hardState !== undefined) && replaces(write, fromIndex);
}
function replaces({entries, snapshot}: LogWrite, fromIndex: LogIndex | undefined): boolean {
  const first = entries?.[0]?.index;
  return fromIndex === undefined || snapshot !== undefined || (first !== undefined && first <= fromIndex);
}
