import {readdirSync, readFileSync, statSync} from 'node:fs';
import {join, relative} from 'node:path';
import process from 'node:process';

import {runTestdata} from './testdata.js';
import {describeMismatch} from './transcript.js';

/** Runs every `.txt` under a directory and prints a line for each: the one file here that reads the disk. */
function main(args: readonly string[]): number {
  const directory = args[0];
  if (directory === undefined || args.length > 1) {
    console.error('usage: npm run raft-testdata -- DIRECTORY');
    return 2;
  }
  if (statSync(directory, {throwIfNoEntry: false})?.isDirectory() !== true) {
    console.error(`raft-testdata: ${directory} is not a directory`);
    return 2;
  }
  const files = readdirSync(directory, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile() && entry.name.endsWith('.txt') && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (files.length === 0) {
    console.error(`raft-testdata: no .txt file in ${directory}`);
    return 2;
  }
  let failed = 0;
  for (const file of files) {
    const report = failureOf(readFileSync(file, 'utf8'));
    console.log(`${report === undefined ? 'ok' : 'FAIL'} ${relative(directory, file)}`);
    if (report === undefined) continue;
    failed += 1;
    console.log(report);
  }
  console.log(`${files.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** @returns what went wrong, or undefined */
function failureOf(text: string): string | undefined {
  try {
    const {mismatch} = runTestdata(text);
    return mismatch === undefined ? undefined : describeMismatch(mismatch);
  } catch (error) {
    return `  ${error instanceof Error ? error.stack ?? error.message : String(error)}`;
  }
}

process.exitCode = main(process.argv.slice(2));
