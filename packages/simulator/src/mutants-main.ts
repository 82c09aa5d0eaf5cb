// `npm run mutants`: which seeds find which known fault.
import {parseArgs} from 'node:util';
import {MUTANTS} from './mutants/all-mutants.js';
import {hunt} from './mutants/hunt.js';
import type {Hunt} from './mutants/hunt.js';

const HELP = `usage: npm run mutants -- [options]
  --only NAME[,NAME]   these faults only
  --quick              those of npm test only
  --profile NAME       those of one profile only
  --seeds N            seeds to try for each (3000)
  --first-seed S       the first of them (1)
  --jobs N             processes (2)
`;

async function main(): Promise<number> {
  const {values} = parseArgs({options: {
    only: {type: 'string'}, quick: {type: 'boolean', default: false}, profile: {type: 'string'}, seeds: {type: 'string', default: '3000'},
    'first-seed': {type: 'string', default: '1'}, jobs: {type: 'string', default: '2'}, help: {type: 'boolean', default: false},
  }});
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const names = values.only?.split(',');
  const unknown = names?.find((name) => !MUTANTS.some((mutant) => mutant.name === name));
  const numbers = [values.seeds, values['first-seed'], values.jobs].map(Number);
  if (unknown !== undefined || numbers.some((number) => !Number.isSafeInteger(number) || number < 1)) {
    process.stderr.write(`${unknown === undefined ? 'numbers are whole and at least 1' : `there is no mutant ${unknown}`}\n${HELP}`);
    return 2;
  }
  const [seedCount, firstSeed, jobs] = numbers as [number, number, number];
  const chosen = MUTANTS.filter((mutant) => (names?.includes(mutant.name) ?? true) && (!values.quick || mutant.isQuick === true) && (values.profile ?? mutant.profile) === mutant.profile);
  const hunts: Hunt[] = [];
  for (const mutant of chosen) {
    const done = await hunt(mutant, firstSeed, seedCount, jobs);
    hunts.push(done);
    process.stdout.write(`${line(done)}\n`);
  }
  const survivors = hunts.filter((done) => done.seed === undefined);
  const times = hunts.filter((done) => done.seed !== undefined).map((done) => done.cpuSeconds).sort((a, b) => a - b);
  process.stdout.write(`median ${(times[Math.floor(times.length / 2)] ?? 0).toFixed(1)} CPU seconds\n`);
  for (const {mutant} of survivors) process.stdout.write(`survived: ${mutant.name}${mutant.isSafety ? '' : ' (no safety fault)'}\n`);
  process.stdout.write(`${hunts.length - survivors.length} found, ${survivors.length} survived\n`);
  return survivors.some(({mutant}) => mutant.isSafety) ? 1 : 0;
}

function line({mutant, seed, rule, seedCount, cpuSeconds}: Hunt): string {
  const result = seed === undefined ? `survived ${seedCount} seeds` : `seed ${seed} (${String(rule)})`;
  return `${mutant.name.padEnd(42)} ${result.padEnd(48)} ${cpuSeconds.toFixed(1).padStart(7)} CPU s`;
}

process.exitCode = await main();
