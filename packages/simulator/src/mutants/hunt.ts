import {readFileSync} from 'node:fs';
import {runCampaign} from '../tools/campaign.js';
import {applyMutant} from './mutant.js';
import type {Mutant} from './mutant.js';

export interface Hunt {
  readonly mutant: Mutant;
  /** The seed that found it; undefined when it survived. */
  readonly seed: number | undefined;
  readonly rule: string | undefined;
  readonly seedCount: number;
  readonly cpuSeconds: number;
}

/**
 * Runs seeds on the changed code until one fails. A run that ends its process counts as having found it.
 * @throws MutantError when the edit does not fit the code: a process that cannot even start finds nothing
 */
export async function hunt(mutant: Mutant, firstSeed: number, seedCount: number, jobs: number): Promise<Hunt> {
  applyMutant(mutant, readFileSync(new URL(`../../../../${mutant.file}`, import.meta.url), 'utf8'));
  let found: {readonly seed: number; readonly rule: string} | undefined;
  let ran = 0;
  let cpuSeconds = 0;
  await runCampaign({
    profile: mutant.profile, firstSeed, seedCount, jobs,
    execArgv: ['--import', new URL('./load-mutant.js', import.meta.url).href],
    env: {MURMUR_MUTANT: mutant.name},
    isOver: () => found !== undefined,
    onLost: (seed) => {
      found ??= {seed, rule: 'process-ended'};
    },
    onResult: (result, usedSeconds) => {
      ran += 1;
      cpuSeconds += usedSeconds;
      if (result.failure !== undefined && (found === undefined || result.seed < found.seed)) found = {seed: result.seed, rule: result.failure.rule};
    },
  });
  return {mutant, seed: found?.seed, rule: found?.rule, seedCount: ran, cpuSeconds};
}

