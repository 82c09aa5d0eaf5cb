const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACKET = 0x5d;
const CLOSE_BRACE = 0x7d;

/**
 * Whether a JSON text nests deeper than `levelsMax`, told without reading it: one pass, no stack. A text of 16 MiB may
 * nest 8 million deep, and what a parser makes of that is fifty times as large as the text.
 * @param bytes any bytes; of what is no JSON the answer means nothing, and the parser will refuse it
 */
export function nestsDeeperThan(bytes: Uint8Array, levelsMax: number): boolean {
  // Too short to nest that deep: by far the most requests that are small.
  if (bytes.length <= levelsMax) return false;
  let level = 0;
  let isInText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (isInText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isInText = false;
    } else if (byte === QUOTE) {
      isInText = true;
    } else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      level += 1;
      if (level > levelsMax) return true;
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
      level -= 1;
    }
  }
  return false;
}
