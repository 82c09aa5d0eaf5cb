import {pageHalfUnits, readHalfUnits} from '@murmuration/capacity';
import type {PartitionRequest, PartitionResponse} from '@murmuration/partition';
import type {PartitionHeat} from './partition-heat.js';

/** Counts an answer that was read, by the keys it was about: a page counts for where it ended. */
export function countRead(heat: PartitionHeat, request: Extract<PartitionRequest, {readonly kind: 'get' | 'range'}>, response: PartitionResponse): void {
  if (response.kind === 'failed') {
    const key = request.kind === 'get' ? request.keys[0] : request.from;
    if (response.failure.code === 'Throttled' && key !== undefined) heat.throttled(key);
    return;
  }
  const isStrong = request.consistency === 'strong';
  if (response.kind === 'got' && request.kind === 'get') {
    for (let i = 0; i < request.keys.length; i += 1) heat.read(request.keys[i] as Uint8Array, readHalfUnits(response.sizesBytes[i] ?? 0, isStrong));
  } else if (response.kind === 'ranged' && request.kind === 'range') {
    heat.read(response.lastKey ?? request.from, pageHalfUnits([response.scannedSizeBytes], response.fetchedBlockCount ?? 0, request.consistency));
  }
}
