const CHUNK = 4096;

/**
 * A text with one character a byte: stored keys as keys of a Map. Not readable, not stored, not sent.
 * Equal bytes give equal texts, and texts order as the bytes do.
 */
export function keyText(key: Uint8Array): string {
  if (key.length <= CHUNK) return String.fromCharCode.apply(null, key as unknown as number[]);
  let text = '';
  for (let at = 0; at < key.length; at += CHUNK) text += String.fromCharCode.apply(null, key.subarray(at, at + CHUNK) as unknown as number[]);
  return text;
}
