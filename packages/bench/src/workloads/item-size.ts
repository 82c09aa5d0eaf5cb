import {mixKey} from './chance.js';
import type {ItemSize} from './workload-spec.js';

const TWO_TO_32 = 4_294_967_296;
/** DynamoDB's largest item. */
export const ITEM_SIZE_BYTES_MAX = 409_600;
/** Below this the key attributes alone would not fit. */
export const ITEM_SIZE_BYTES_MIN = 64;

/** Size of the item with this key: the same at every request, in any order. */
export function itemSizeBytes(size: ItemSize, keyNumber: number, sortNumber: number): number {
  switch (size.kind) {
    case 'constant':
      return size.sizeBytes;
    case 'uniform':
      return size.fromBytes + Math.floor((mixKey(keyNumber, sortNumber) / TWO_TO_32) * (size.untilBytes - size.fromBytes));
    case 'log-normal': {
      // Box and Muller, from two mixes of the key.
      const radius = Math.sqrt(-2 * Math.log((mixKey(keyNumber, sortNumber) + 1) / TWO_TO_32));
      const normal = radius * Math.cos((2 * Math.PI * mixKey(sortNumber + 0x5bd1, keyNumber)) / TWO_TO_32);
      return Math.round(Math.min(size.maxBytes, Math.max(ITEM_SIZE_BYTES_MIN, size.medianBytes * Math.exp(size.sigma * normal))));
    }
  }
}
