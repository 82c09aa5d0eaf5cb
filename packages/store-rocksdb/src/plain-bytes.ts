/**
 * A plain view of bytes that may be a Buffer. Callers of the port rely on `slice` making a copy, which Buffer's own does not.
 */
export function toPlainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
