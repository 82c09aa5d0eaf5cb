import type {BucketSeries, PartitionSeries} from '../run-record.js';
import {TOKEN_UNTIL, borderBytes} from './key-space.js';
import type {KeyBorder} from './key-space.js';
import type {VirtualPartition} from './virtual-partition.js';
import type {VirtualResource} from './virtual-resource.js';
import {compareBytes} from '@murmuration/base';

/**
 * Loads of all partitions a resource ever had. Where one lies is half its place in the space of tokens and half its rank
 * among all borders, so that cuts inside one item collection can be seen beside cuts between collections.
 */
export function partitionSeries(resource: VirtualResource): readonly PartitionSeries[] {
  const borders = resource.everyPartition.flatMap(({from, until}) => [from, until]).sort(compareBorders);
  const distinct = borders.filter((border, i) => i === 0 || compareBorders(borders[i - 1] as KeyBorder, border) !== 0);
  const place = (border: KeyBorder): number => {
    const rank = distinct.findIndex((other) => compareBorders(other, border) === 0);
    return rounded((border.token / TOKEN_UNTIL + rank / Math.max(1, distinct.length - 1)) / 2);
  };
  return resource.everyPartition.map((partition) => ({
    partition: partition.name, index: resource.index, keyFrom: place(partition.from), keyUntil: place(partition.until), firstSecond: partition.firstSecond,
    readUnits: partition.readUnitsBySecond, writeUnits: partition.writeUnitsBySecond, readUnitsMax: resource.ceilings.readHalfUnits / 2, writeUnitsMax: resource.ceilings.writeHalfUnits / 2,
  }));
}

/** Levels of buckets by second: those of a resource together, and those of each partition it began with where they are few. */
export class TokenLevels {
  readonly #series: {readonly bucket: string; sizeUnits: number; readonly tokens: number[]; readonly level: (nowMs: number) => number}[] = [];
  watch(resource: VirtualResource): void {
    const name = resource.index === null ? 'table' : `index ${resource.index}`;
    this.#add(`${name} reads`, (nowMs) => resource.tokens(nowMs).readHalfUnits / 2);
    this.#add(`${name} writes`, (nowMs) => resource.tokens(nowMs).writeHalfUnits / 2);
    if (resource.partitions.length < 2 || resource.partitions.length > 4) return;
    for (const partition of resource.partitions) {
      this.#add(`${partition.name} reads`, (nowMs) => held(partition, 'read', nowMs));
      this.#add(`${partition.name} writes`, (nowMs) => held(partition, 'write', nowMs));
    }
  }
  closeSecond(nowMs: number): void {
    for (const series of this.#series) {
      const level = Math.round(series.level(nowMs) * 2) / 2;
      series.tokens.push(level);
      series.sizeUnits = Math.max(series.sizeUnits, level);
    }
  }
  /** Buckets that never held anything are left out. */
  all(): readonly BucketSeries[] {
    return this.#series.filter(({sizeUnits}) => sizeUnits > 0).map(({bucket, sizeUnits, tokens}) => ({bucket, sizeUnits, firstSecond: 0, tokens}));
  }
  #add(bucket: string, level: (nowMs: number) => number): void {
    this.#series.push({bucket, sizeUnits: 0, tokens: [], level});
  }
}

function held({admission}: VirtualPartition, access: 'read' | 'write', nowMs: number): number {
  const levels = admission.levels(nowMs)[access];
  return (levels.allocatedHalfUnits + levels.burstHalfUnits) / 2;
}
function compareBorders(a: KeyBorder, b: KeyBorder): number {
  return compareBytes(borderBytes(a), borderBytes(b));
}
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
