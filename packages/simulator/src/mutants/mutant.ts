import type {ProfileName} from '../seed-result.js';

/**
 * A known fault of the code, as an edit of one source file that is made when the file is loaded for a test. The shipped
 * code knows nothing of it.
 * @see docs/decisions/0013-mutants-are-source-edits.md
 */
export interface Mutant {
  /** Kebab-case, says what is wrong. */
  readonly name: string;
  /** What a user would suffer. */
  readonly breaks: string;
  readonly profile: ProfileName;
  /** From the repository's root. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** A safety fault must be found; one of liveness or of a second line of defence may survive a short search. */
  readonly isSafety: boolean;
  /** Found within seconds: part of `npm test`. */
  readonly isQuick?: boolean;
}

export class MutantError extends Error {
  override readonly name = 'MutantError';
}

/** @throws MutantError when the text to replace is not there exactly once */
export function applyMutant(mutant: Mutant, source: string): string {
  const at = source.indexOf(mutant.find);
  if (at < 0) throw new MutantError(`${mutant.name}: the text to replace is not in ${mutant.file}`);
  if (source.includes(mutant.find, at + 1)) throw new MutantError(`${mutant.name}: the text to replace occurs more than once in ${mutant.file}`);
  return source.slice(0, at) + mutant.replace + source.slice(at + mutant.find.length);
}
