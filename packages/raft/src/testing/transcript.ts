/** One argument of a command: `key`, `key=value` or `key=(value, value)`. */
export interface TranscriptArgument {
  readonly key: string;
  readonly values: readonly string[];
}

/** One command of a transcript with its input lines and the output it should have. */
export interface TranscriptBlock {
  readonly lineNumber: number;
  readonly command: string;
  readonly args: readonly TranscriptArgument[];
  readonly input: readonly string[];
  readonly expected: readonly string[];
  /** The lines up to the separator, as they stand: for rewriting. */
  readonly source: readonly string[];
}

/** Comments and empty lines between blocks, kept for rewriting. */
export interface TranscriptGap {
  readonly source: readonly string[];
}

const SEPARATOR = '----';

/** @throws SyntaxError with the line number when a block has no separator or an argument cannot be read */
export function parseTranscript(text: string): readonly (TranscriptBlock | TranscriptGap)[] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const parts: (TranscriptBlock | TranscriptGap)[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] as string;
    if (line.trim() === '' || line.startsWith('#') || /^subtest\b/.test(line)) {
      parts.push({source: [line]});
      at += 1;
      continue;
    }
    const start = at;
    while (at < lines.length && lines[at] !== SEPARATOR) at += 1;
    if (at === lines.length) throw new SyntaxError(`line ${start + 1}: block without ${SEPARATOR}`);
    const source = lines.slice(start, at);
    at += 1;
    const output = readOutput(lines, at);
    at = output.next;
    // A backslash at its end carries a command over to the next line.
    const body = [...source];
    let command = body.shift() as string;
    while (command.endsWith('\\') && body.length > 0) command = `${command.slice(0, -1)} ${(body.shift() as string).trim()}`;
    parts.push({...parseCommand(command, start + 1), lineNumber: start + 1, input: body, expected: output.lines, source});
  }
  return parts;
}

function readOutput(lines: readonly string[], from: number): {readonly lines: readonly string[]; readonly next: number} {
  let at = from;
  if (lines[at] === SEPARATOR) {
    const start = at + 1;
    at = start;
    while (at < lines.length && !(lines[at] === SEPARATOR && lines[at + 1] === SEPARATOR)) at += 1;
    return {lines: lines.slice(start, at), next: at + 2};
  }
  while (at < lines.length && (lines[at] as string).trim() !== '') at += 1;
  return {lines: lines.slice(from, at), next: at};
}

/** Splits a command line into its name and arguments. */
export function parseCommand(line: string, lineNumber: number): {readonly command: string; readonly args: readonly TranscriptArgument[]} {
  const name = /^\s*(\S+)/.exec(line);
  if (name === null) throw new SyntaxError(`line ${lineNumber}: no command`);
  const args: TranscriptArgument[] = [];
  let rest = line.slice(name[0].length).trim();
  while (rest !== '') {
    const match = /^([^\s=(),]+)(?:=(?:\(([^)]*)\)|([^\s(),]*)))?(?=\s|$)/.exec(rest);
    if (match === null) throw new SyntaxError(`line ${lineNumber}: cannot read argument at "${rest}"`);
    const [whole, key, list, single] = match;
    let values: readonly string[] = [];
    if (list !== undefined) values = list.split(/[\s,]+/).filter((value) => value !== '');
    else if (single !== undefined) values = [single];
    args.push({key: key as string, values});
    rest = rest.slice(whole.length).trim();
  }
  return {command: name[1] as string, args};
}

const LOG_LINE = /^\s*(?:DEBUG|INFO|WARN|ERROR|FATAL)(?:\s|$)/;

/** What is compared: without log lines and without empty lines at the end; nothing at all counts as `ok`. */
export function comparable(lines: readonly string[]): readonly string[] {
  const kept = lines.filter((line) => !LOG_LINE.test(line));
  while (kept.length > 0 && (kept[kept.length - 1] as string).trim() === '') kept.pop();
  return kept.length === 0 ? ['ok'] : kept;
}

/** A block whose output differs from what the transcript says. */
export interface TranscriptMismatch {
  readonly lineNumber: number;
  readonly command: string;
  readonly expected: readonly string[];
  readonly actual: readonly string[];
}

/** Carries out one block. @returns its output, lines ended by newlines */
export type TranscriptHandler = (block: TranscriptBlock) => string;

/** @returns the first mismatch, if any, and the transcript with the outputs that came */
export function runTranscript(text: string, handle: TranscriptHandler): {readonly mismatch: TranscriptMismatch | undefined; readonly rewritten: string} {
  let mismatch: TranscriptMismatch | undefined;
  const rewritten: string[] = [];
  for (const part of parseTranscript(text)) {
    rewritten.push(...part.source);
    if (!('command' in part)) continue;
    const actual = comparable(handle(part).split('\n'));
    const expected = comparable(part.expected);
    if (mismatch === undefined && actual.join('\n') !== expected.join('\n')) {
      mismatch = {lineNumber: part.lineNumber, command: part.source.join(' / '), expected, actual};
    }
    rewritten.push(SEPARATOR);
    const isFenced = actual.some((line) => line.trim() === '');
    rewritten.push(...(isFenced ? [SEPARATOR, ...actual, SEPARATOR, SEPARATOR] : actual));
  }
  return {mismatch, rewritten: rewritten.join('\n')};
}

/** A readable picture of a mismatch: common lines plain, expected ones with `-`, those that came with `+`. */
export function describeMismatch(mismatch: TranscriptMismatch): string {
  const {expected, actual} = mismatch;
  let start = 0;
  while (start < expected.length && start < actual.length && expected[start] === actual[start]) start += 1;
  let end = 0;
  while (end < expected.length - start && end < actual.length - start &&
    expected[expected.length - 1 - end] === actual[actual.length - 1 - end]) end += 1;
  return [
    `  line ${mismatch.lineNumber}: ${mismatch.command}`,
    ...expected.slice(Math.max(0, start - 3), start).map((line) => `    ${line}`),
    ...expected.slice(start, expected.length - end).map((line) => `  - ${line}`),
    ...actual.slice(start, actual.length - end).map((line) => `  + ${line}`),
    ...expected.slice(expected.length - end, expected.length - end + 3).map((line) => `    ${line}`),
  ].join('\n');
}
