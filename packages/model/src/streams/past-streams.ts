import type {Derivation, StreamSettings} from '../derivation.js';
import type {TableDescriptor} from '../table-descriptor.js';

/** How long a record can be read, and a stream that was switched off. */
export const STREAM_RETENTION_MS = 24 * 60 * 60 * 1000;

/** A stream that was switched off. */
export interface PastStream extends StreamSettings {
  readonly disabledAtMs: number;
}
/** One stream of a table, on or off. */
export interface KnownStream extends StreamSettings {
  /** Absent while it is on. */
  readonly disabledAtMs?: number;
}

/**
 * What a table remembers of its streams when its derivation changes. The newest past one stays for good: descriptions go on
 * naming it.
 * @param table as it was, with the derivation it had before
 * @returns undefined while no stream was ever switched off
 */
export function pastStreamsOf(table: Pick<TableDescriptor, 'derivation' | 'pastStreams'>, after: Derivation | undefined, nowMs: number): readonly PastStream[] | undefined {
  const ended = table.derivation?.stream;
  const {pastStreams} = table;
  if (ended === undefined || ended.label === after?.stream?.label) return pastStreams;
  return [...(pastStreams ?? []).filter((past) => isReadable(past, nowMs)), {...ended, disabledAtMs: nowMs}];
}

/** Streams of a table that can be read, oldest first: the one that is on, and those off for less than a day. */
export function streamsOf(table: Pick<TableDescriptor, 'derivation' | 'pastStreams'>, nowMs: number): readonly KnownStream[] {
  const current = table.derivation?.stream;
  const past = (table.pastStreams ?? []).filter((stream) => isReadable(stream, nowMs));
  return current === undefined ? past : [...past, current];
}

/** The newest stream of a table, whether or not it can still be read. */
export function latestStreamOf(table: Pick<TableDescriptor, 'derivation' | 'pastStreams'>): KnownStream | undefined {
  return table.derivation?.stream ?? table.pastStreams?.at(-1);
}

function isReadable({disabledAtMs}: PastStream, nowMs: number): boolean {
  return nowMs < disabledAtMs + STREAM_RETENTION_MS;
}
