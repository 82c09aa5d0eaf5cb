/** A record's place in its shard: the sequence of the effect that made it, and which of the effect's records it is. */
export interface StreamPosition {
  readonly sequence: number;
  readonly ordinal: number;
}

export const STREAM_ORDINAL_MAX = 0xffff;
/** Safe integers have 16 digits at most. */
const SEQUENCE_DIGITS = 16;
const ORDINAL_DIGITS = 5;
/** A first digit that is not 0 keeps the width whatever a reader makes of the number. */
const LEADING_DIGIT = '1';
const WIDTH = LEADING_DIGIT.length + SEQUENCE_DIGITS + ORDINAL_DIGITS;

/** @returns 22 decimal digits; of two positions the later has the greater number, and the greater text */
export function sequenceNumberText({sequence, ordinal}: StreamPosition): string {
  return LEADING_DIGIT + String(sequence).padStart(SEQUENCE_DIGITS, '0') + String(ordinal).padStart(ORDINAL_DIGITS, '0');
}

/** @returns undefined for what was never given out as a sequence number */
export function parseSequenceNumber(text: string): StreamPosition | undefined {
  if (text.length !== WIDTH || !text.startsWith(LEADING_DIGIT) || !/^\d+$/.test(text)) return undefined;
  const sequence = Number(text.slice(1, 1 + SEQUENCE_DIGITS));
  const ordinal = Number(text.slice(1 + SEQUENCE_DIGITS));
  return Number.isSafeInteger(sequence) && ordinal <= STREAM_ORDINAL_MAX ? {sequence, ordinal} : undefined;
}

/** Negative when `a` comes first. */
export function comparePositions(a: StreamPosition, b: StreamPosition): number {
  return a.sequence === b.sequence ? a.ordinal - b.ordinal : a.sequence - b.sequence;
}
/** The place right behind. */
export function positionAfter({sequence, ordinal}: StreamPosition): StreamPosition {
  return ordinal < STREAM_ORDINAL_MAX ? {sequence, ordinal: ordinal + 1} : {sequence: sequence + 1, ordinal: 0};
}
