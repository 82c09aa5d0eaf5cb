/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), eight bytes a step.
 * The portable form for rings that may load no native code; ring 2 uses a native one with equal results.
 * @see RFC 3720, appendix B.4, for test vectors
 */
const TABLES: readonly Uint32Array[] = makeTables();

/** @param previous checksum of what came before, 0 at the start  @returns 0..2^32-1 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as unknown as [
    Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array,
  ];
  let crc = ~previous;
  let i = 0;
  const wide = bytes.length - (bytes.length % 8);
  while (i < wide) {
    crc ^= (bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24);
    crc =
      (t7[crc & 0xff] as number) ^
      (t6[(crc >>> 8) & 0xff] as number) ^
      (t5[(crc >>> 16) & 0xff] as number) ^
      (t4[crc >>> 24] as number) ^
      (t3[bytes[i + 4] as number] as number) ^
      (t2[bytes[i + 5] as number] as number) ^
      (t1[bytes[i + 6] as number] as number) ^
      (t0[bytes[i + 7] as number] as number);
    i += 8;
  }
  for (; i < bytes.length; i += 1) crc = (t0[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function makeTables(): readonly Uint32Array[] {
  const first = new Uint32Array(256);
  for (let n = 0; n < 256; n += 1) {
    let c = n;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
    first[n] = c >>> 0;
  }
  const tables = [first];
  for (let k = 1; k < 8; k += 1) {
    const before = tables[k - 1] as Uint32Array;
    const table = new Uint32Array(256);
    for (let n = 0; n < 256; n += 1) {
      const c = before[n] as number;
      table[n] = ((first[c & 0xff] as number) ^ (c >>> 8)) >>> 0;
    }
    tables.push(table);
  }
  return tables;
}
