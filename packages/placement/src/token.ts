/**
 * Where a partition key lies on the ring: MurmurHash3, x86 form, 32 bits (Austin Appleby, public domain algorithm).
 * The seed is part of the stored format: changing it would put every stored key in another place.
 */
const TOKEN_SEED = 0x4d75726d;

/** @param partitionKey encoded partition key bytes  @returns 0..2^32-1 */
export function tokenOf(partitionKey: Uint8Array): number {
  return murmur3(partitionKey, TOKEN_SEED);
}

/** The bare hash, for ring points and for the test that compares it with an independent implementation. */
export function murmur3(bytes: Uint8Array, seed: number): number {
  const length = bytes.length;
  const blocksEnd = length & ~3;
  let hash = seed | 0;
  for (let i = 0; i < blocksEnd; i += 4) {
    let block = (bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24);
    block = Math.imul(block, 0xcc9e2d51);
    block = (block << 15) | (block >>> 17);
    hash ^= Math.imul(block, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  const rest = length - blocksEnd;
  if (rest > 0) {
    let block = bytes[blocksEnd] as number;
    if (rest > 1) block |= (bytes[blocksEnd + 1] as number) << 8;
    if (rest > 2) block |= (bytes[blocksEnd + 2] as number) << 16;
    block = Math.imul(block, 0xcc9e2d51);
    block = (block << 15) | (block >>> 17);
    hash ^= Math.imul(block, 0x1b873593);
  }
  hash ^= length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
