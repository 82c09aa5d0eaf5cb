import {FAULT_KINDS} from '../world/faults.js';
import type {Fault} from '../world/faults.js';
import type {ProfileName} from '../seed-result.js';
import {isProfileName} from './profiles.js';

/** A run that failed once, cut down, kept and replayed for ever. */
export interface Regression {
  readonly profile: ProfileName;
  readonly seed: number;
  /** What it broke when it was found. */
  readonly rule: string;
  readonly note: string;
  readonly faults: readonly Fault[];
}

export function encodeRegression(regression: Regression): string {
  const {faults, ...rest} = regression;
  const lines = faults.map((fault) => `    ${JSON.stringify(fault)}`);
  const head = Object.entries(rest).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  return `{\n${head.join('\n')}\n  "faults": [${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n  `}]\n}\n`;
}

/** @throws Error when the text is no regression */
export function decodeRegression(text: string): Regression {
  const value = JSON.parse(text) as Partial<Record<keyof Regression, unknown>>;
  const {profile, seed, rule, note, faults} = value;
  if (typeof profile !== 'string' || !isProfileName(profile)) throw new Error('a regression names its profile');
  if (typeof seed !== 'number' || typeof rule !== 'string' || typeof note !== 'string' || !Array.isArray(faults)) throw new Error('a regression has seed, rule, note and faults');
  for (const fault of faults as readonly Partial<Fault>[]) {
    const isKnown = FAULT_KINDS.some((kind) => kind === fault.kind);
    if (!isKnown || typeof fault.atMs !== 'number' || typeof fault.durationMs !== 'number' || typeof fault.draw !== 'number') throw new Error(`not a fault: ${JSON.stringify(fault)}`);
  }
  return {profile, seed, rule, note, faults: faults as readonly Fault[]};
}
