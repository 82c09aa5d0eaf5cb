import type {Chance} from './chance.js';

export const SECTOR_BYTES = 512;

/** What a power cut keeps of sectors that were not synced: drawn once for each cut, as disks differ. */
export type UnsyncedFate = 'none' | 'some' | 'all';

/** A file in two layers: as the kernel shows it, and as the platter holds it. */
export class Inode {
  #cache = new Uint8Array(0);
  #sizeBytes = 0;
  #platter = new Uint8Array(0);
  #platterSizeBytes = 0;
  /** Sectors that differ, with the number of the write that made them so. */
  readonly #dirty = new Map<number, number>();
  #writeNumber = 0;
  /** Sectors that cannot be read. */
  readonly #unreadable = new Set<number>();

  get sizeBytes(): number {
    return this.#sizeBytes;
  }
  get usedBytes(): number {
    let used = this.#sizeBytes;
    while (used > 0 && this.#cache[used - 1] === 0) used -= 1;
    return used;
  }
  get dirtyCount(): number {
    return this.#dirty.size;
  }
  get hasUnreadable(): boolean {
    return this.#unreadable.size > 0;
  }
  write(bytes: Uint8Array, offsetBytes: number): void {
    this.resize(Math.max(this.#sizeBytes, offsetBytes + bytes.length));
    this.#cache.set(bytes, offsetBytes);
    this.#writeNumber += 1;
    const until = offsetBytes + bytes.length;
    for (let sector = Math.floor(offsetBytes / SECTOR_BYTES); sector * SECTOR_BYTES < until; sector += 1) {
      this.#dirty.set(sector, this.#writeNumber);
      // A sector that is written anew is mapped to a good one.
      this.#unreadable.delete(sector);
    }
  }
  resize(sizeBytes: number): void {
    if (sizeBytes < this.#sizeBytes) this.#cache.fill(0, sizeBytes, this.#sizeBytes);
    if (sizeBytes > this.#cache.length) {
      const grown = new Uint8Array(Math.max(sizeBytes, 2 * this.#cache.length));
      grown.set(this.#cache);
      this.#cache = grown;
    }
    this.#sizeBytes = sizeBytes;
  }
  /** @returns bytes read; undefined when a sector cannot be read */
  read(into: Uint8Array, offsetBytes: number): number | undefined {
    const count = Math.max(0, Math.min(into.length, this.#sizeBytes - offsetBytes));
    if (this.#unreadable.size > 0) {
      for (let sector = Math.floor(offsetBytes / SECTOR_BYTES); sector * SECTOR_BYTES < offsetBytes + count; sector += 1) {
        if (this.#unreadable.has(sector)) return undefined;
      }
    }
    into.set(this.#cache.subarray(offsetBytes, offsetBytes + count));
    return count;
  }
  /**
   * A sync begins. @returns its end: what was written before the begin is on the platter then, what was written
   * meanwhile is not known to be.
   */
  beginSync(): () => void {
    const known = [...this.#dirty];
    const sizeBytes = this.#sizeBytes;
    return () => {
      for (const [sector, number] of known) {
        this.#copySector(sector);
        if (this.#dirty.get(sector) === number) this.#dirty.delete(sector);
      }
      if (this.#sizeBytes < this.#platterSizeBytes) this.#platter.fill(0, this.#sizeBytes);
      this.#platterSizeBytes = Math.min(sizeBytes, this.#sizeBytes);
    };
  }
  /** The kernel forgets that these pages were never written out: later syncs claim success, the platter knows nothing. */
  forgetDirty(): void {
    this.#dirty.clear();
  }
  /** Power is cut. What is left becomes both layers. */
  cutPower(chance: Chance, fate: UnsyncedFate): void {
    const sizeBytes = fate === 'none' ? this.#platterSizeBytes : fate === 'all' || chance.isHeads() ? this.#sizeBytes : this.#platterSizeBytes;
    const left = new Uint8Array(sizeBytes);
    left.set(this.#platter.subarray(0, Math.min(sizeBytes, this.#platterSizeBytes)));
    for (const [sector] of this.#dirty) {
      if (fate === 'none' || (fate === 'some' && chance.isHeads())) continue;
      const from = sector * SECTOR_BYTES;
      if (from < sizeBytes) left.set(this.#cache.subarray(from, Math.min(from + SECTOR_BYTES, sizeBytes, this.#sizeBytes)), from);
    }
    this.#cache = left;
    this.#sizeBytes = sizeBytes;
    this.#platter = left.slice();
    this.#platterSizeBytes = sizeBytes;
    this.#dirty.clear();
  }
  /** One bit of what is stored turns over, in both layers: no layer knows better. */
  rot(offsetBytes: number, bit: number): void {
    if (offsetBytes >= this.#sizeBytes) return;
    this.#cache[offsetBytes] = (this.#cache[offsetBytes] as number) ^ (1 << bit);
    if (offsetBytes < this.#platter.length) this.#platter[offsetBytes] = this.#cache[offsetBytes] as number;
  }
  breakSector(offsetBytes: number): void {
    this.#unreadable.add(Math.floor(offsetBytes / SECTOR_BYTES));
  }
  copy(): Inode {
    const twin = new Inode();
    twin.#cache = this.#cache.slice();
    twin.#sizeBytes = this.#sizeBytes;
    twin.#platter = this.#platter.slice();
    twin.#platterSizeBytes = this.#platterSizeBytes;
    for (const [sector, number] of this.#dirty) twin.#dirty.set(sector, number);
    twin.#writeNumber = this.#writeNumber;
    for (const sector of this.#unreadable) twin.#unreadable.add(sector);
    return twin;
  }

  #copySector(sector: number): void {
    const from = sector * SECTOR_BYTES;
    const until = Math.min(from + SECTOR_BYTES, this.#sizeBytes);
    if (until <= from) return;
    if (this.#platter.length < until) {
      const grown = new Uint8Array(Math.max(this.#cache.length, until));
      grown.set(this.#platter);
      this.#platter = grown;
    }
    this.#platter.set(this.#cache.subarray(from, until), from);
  }
}
