import {compareBytes, toHex} from '@murmuration/base';

/** A row as the store keeps it. */
export interface ReplicaRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}
/** One replica's listing of the replicated key space, in order of keys. */
export interface ReplicaListing {
  readonly name: string;
  /** The log index the listing shows. Only listings of one index can be compared. */
  readonly appliedIndex: number;
  readonly rows: readonly ReplicaRow[];
}

/**
 * Hash of a listing, row by row: two 32-bit lanes over lengths and bytes. It tells accidents apart, not attackers.
 * Equal listings give equal hashes; the order of the rows counts.
 */
export class RowHash {
  #a = 0x811c9dc5 | 0;
  #b = 0x1b873593 | 0;
  add(key: Uint8Array, value: Uint8Array): void {
    this.#bytes(key);
    this.#bytes(value);
  }
  /** 16 lower-case hexadecimal digits; further rows may follow. */
  get text(): string {
    return (this.#a >>> 0).toString(16).padStart(8, '0') + (this.#b >>> 0).toString(16).padStart(8, '0');
  }
  #bytes(bytes: Uint8Array): void {
    // The length goes first, so that bytes can't move from key to value unseen.
    let a = Math.imul(this.#a ^ bytes.length, 0x01000193);
    let b = Math.imul(this.#b + bytes.length, 0x85ebca6b);
    for (const byte of bytes) {
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul((b ^ byte) + ((b >>> 15) | 0), 0xcc9e2d51);
    }
    this.#a = a;
    this.#b = b;
  }
}

export interface EqualityVerdict {
  /** `incomparable`: no two listings are of one index, so nothing was proven. */
  readonly kind: 'ok' | 'violation' | 'incomparable';
  /** Listings that were compared with another one. */
  readonly comparedCount: number;
  readonly differences: readonly string[];
}

/** Compares the listings that show the same log index (R10) and names the first key at which two differ. */
export function compareReplicas(listings: readonly ReplicaListing[]): EqualityVerdict {
  const differences: string[] = [];
  for (const {name, rows} of listings) {
    for (let i = 1; i < rows.length; i += 1) {
      if (compareBytes((rows[i - 1] as ReplicaRow).key, (rows[i] as ReplicaRow).key) < 0) continue;
      differences.push(`${name} lists key ${toHex((rows[i] as ReplicaRow).key)} out of order or twice`);
      break;
    }
  }
  const byIndex = new Map<number, ReplicaListing[]>();
  for (const listing of listings) {
    const group = byIndex.get(listing.appliedIndex) ?? [];
    group.push(listing);
    byIndex.set(listing.appliedIndex, group);
  }
  let comparedCount = 0;
  for (const group of byIndex.values()) {
    const [first, ...others] = group;
    if (first === undefined || others.length === 0) continue;
    comparedCount += group.length;
    for (const other of others) {
      const difference = firstDifference(first, other);
      if (difference !== undefined) differences.push(`at index ${first.appliedIndex} ${difference}`);
    }
  }
  if (differences.length > 0) return {kind: 'violation', comparedCount, differences};
  return {kind: comparedCount === 0 ? 'incomparable' : 'ok', comparedCount, differences};
}

function firstDifference(left: ReplicaListing, right: ReplicaListing): string | undefined {
  const count = Math.max(left.rows.length, right.rows.length);
  for (let i = 0; i < count; i += 1) {
    const a = left.rows[i];
    const b = right.rows[i];
    const order = a === undefined ? 1 : b === undefined ? -1 : compareBytes(a.key, b.key);
    if (order < 0 && a !== undefined) return `${left.name} has key ${toHex(a.key)}, ${right.name} does not`;
    if (order > 0 && b !== undefined) return `${right.name} has key ${toHex(b.key)}, ${left.name} does not`;
    if (a !== undefined && b !== undefined && compareBytes(a.value, b.value) !== 0) {
      return `key ${toHex(a.key)} is ${toHex(a.value.subarray(0, 64))} at ${left.name} and ${toHex(b.value.subarray(0, 64))} at ${right.name}`;
    }
  }
  return undefined;
}
