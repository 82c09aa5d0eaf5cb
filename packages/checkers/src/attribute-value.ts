import {CheckerError} from './errors.js';

/** One value as DynamoDB's JSON shows it. Numbers are text, bytes are base64. */
export type AttributeJson =
  | {readonly S: string} | {readonly N: string} | {readonly B: string} | {readonly BOOL: boolean} | {readonly NULL: boolean}
  | {readonly L: readonly AttributeJson[]} | {readonly M: ItemJson}
  | {readonly SS: readonly string[]} | {readonly NS: readonly string[]} | {readonly BS: readonly string[]};

/** An item, or a part of one, as DynamoDB's JSON shows it: attribute name to value. */
export type ItemJson = {readonly [attribute: string]: AttributeJson};

/** The order of UTF-16 units: any fixed order serves, since it only makes equal things look equal. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** As JSON quotes it. Plain short texts, which most are, need no escaping and are not looked at again. */
function quoted(text: string): string {
  return text.length < 32 && /^[a-z0-9-]*$/.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** A text that is equal for two values exactly when DynamoDB calls the values equal. */
export function valueText(value: AttributeJson): string {
  if ('S' in value) return `S${quoted(value.S)}`;
  if ('N' in value) return `N${numberText(value.N)}`;
  if ('B' in value) return `B"${value.B}"`;
  if ('BOOL' in value) return value.BOOL ? 'true' : 'false';
  if ('NULL' in value) return 'null';
  if ('L' in value) return `[${value.L.map(valueText).join()}]`;
  if ('M' in value) return itemText(value.M);
  if ('SS' in value) return `SS<${[...value.SS].sort(byText).map((member) => JSON.stringify(member)).join()}>`;
  if ('NS' in value) return `NS<${value.NS.map(numberText).sort(byText).join()}>`;
  if ('BS' in value) return `BS<${[...value.BS].sort(byText).join()}>`;
  throw new CheckerError({code: 'BadValue', detail: JSON.stringify(value)});
}

/** A text that is equal for two items exactly when they have equal attributes, whatever their order. */
export function itemText(item: ItemJson): string {
  const names = Object.keys(item);
  if (names.length > 1) names.sort(byText);
  let out = '{';
  for (const name of names) {
    if (out.length > 1) out += ',';
    out += `${quoted(name)}:${valueText(item[name] as AttributeJson)}`;
  }
  return `${out}}`;
}

interface Decimal {
  readonly digits: bigint;
  /** How many of the digits stand behind the point. */
  readonly scale: number;
}

function parseDecimal(text: string): Decimal {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text);
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (match === null || whole.length + fraction.length === 0) throw new CheckerError({code: 'BadNumber', detail: text});
  const scale = fraction.length - Number(match[4] ?? '0');
  const digits = BigInt(`${whole}${fraction}`) * (match[1] === '-' ? -1n : 1n);
  return scale >= 0 ? {digits, scale} : {digits: digits * 10n ** BigInt(-scale), scale: 0};
}
function aligned(a: Decimal, b: Decimal): readonly [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  return [a.digits * 10n ** BigInt(scale - a.scale), b.digits * 10n ** BigInt(scale - b.scale), scale];
}
function decimalText({digits, scale}: Decimal): string {
  const isNegative = digits < 0n;
  const text = (isNegative ? -digits : digits).toString().padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  const fraction = text.slice(text.length - scale).replace(/0+$/, '');
  return `${isNegative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The one plain decimal text of a number: no exponent, no plus, no needless zeros. */
export function numberText(text: string): string {
  // Most numbers of a history are small integers in plain form already.
  if (/^(0|-?[1-9]\d{0,14})$/.test(text)) return text;
  return decimalText(parseDecimal(text));
}
/** Exact sum of two decimal texts, in plain form. */
export function addNumbers(a: string, b: string): string {
  const [x, y, scale] = aligned(parseDecimal(a), parseDecimal(b));
  return decimalText({digits: x + y, scale});
}
/** @returns below 0, 0 or above 0 */
export function compareNumbers(a: string, b: string): number {
  const [x, y] = aligned(parseDecimal(a), parseDecimal(b));
  return x < y ? -1 : x > y ? 1 : 0;
}
