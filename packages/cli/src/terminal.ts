import {createInterface} from 'node:readline/promises';

/** Data goes to `out`, talk to `err`. The seam for tests of commands. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly isColour: boolean;
  /** Whether a bar may be drawn over itself on standard error. */
  readonly isInteractive?: boolean;
  /** Asks a person; undefined where nobody is there to answer. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
}

export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isColour: process.stdout.isTTY && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb',
  isInteractive: process.stderr.isTTY && process.env['TERM'] !== 'dumb',
  confirm: process.stdin.isTTY && process.stderr.isTTY ? confirmOnTerminal : undefined,
};

async function confirmOnTerminal(question: string): Promise<boolean> {
  const asking = createInterface({input: process.stdin, output: process.stderr});
  try {
    return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `)).trim());
  } finally {
    asking.close();
  }
}

/** Text from the cluster may hold anything: what could steer a terminal is shown as an escape. */
export function printable(text: string): string {
  let out = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    out += code < 0x20 || (code >= 0x7f && code < 0xa0) ? `\\x${code.toString(16).padStart(2, '0')}` : character;
  }
  return out;
}
