import {concatBytes} from '@murmuration/base';
import type {Random} from '@murmuration/base';

/**
 * Damages bytes in one of the ways in which bytes are damaged: a bit turned over, a piece lost, zeros, copied or put
 * there from elsewhere, a length that says too much.
 * @param other bytes of the same kind to splice with
 * @returns fresh bytes, most often different from those given
 */
export function damage(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const out = bytes.slice();
  const at = random.below(Math.max(1, bytes.length));
  switch (random.below(8)) {
    case 0: case 1: case 2:
      if (out.length > 0) out[at] = (out[at] ?? 0) ^ (1 << random.below(8));
      return out;
    case 3: return out.slice(0, at);
    case 4: return concatBytes([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + random.below(16)))]);
    case 5: return out.fill(random.below(2) === 0 ? 0 : 0xff, at, at + 1 + random.below(16));
    case 6: return concatBytes([bytes.subarray(0, at), other.subarray(Math.min(other.length, at))]);
    default: return concatBytes([bytes, other.subarray(0, 1 + random.below(16))]);
  }
}
