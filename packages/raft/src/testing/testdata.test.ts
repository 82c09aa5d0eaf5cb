// Runs golden transcripts: the package's own always, the shared ones where they are. With REWRITE=1 the own ones are
// written anew from what came out; the difference is then to be read line by line.
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import process from 'node:process';

import {runTestdata} from './testdata.js';
import {describeMismatch} from './transcript.js';

const PACKAGE = join(__dirname, '..', '..');
const OWN = join(PACKAGE, 'testdata');
const SHARED = join(PACKAGE, '..', '..', '..', 'shared', 'raft-testdata');

function transcripts(directory: string): [string, string][] {
  return readdirSync(directory, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile() && entry.name.endsWith('.txt'))
    .map((entry): [string, string] => [relative(directory, join(entry.parentPath, entry.name)), join(entry.parentPath, entry.name)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function expectTranscript(path: string): string {
  const {mismatch, rewritten} = runTestdata(readFileSync(path, 'utf8'));
  if (mismatch !== undefined && process.env['REWRITE'] === undefined) throw new Error(`${path}\n${describeMismatch(mismatch)}`);
  return rewritten;
}

describe('own transcripts', () => {
  test.each(transcripts(OWN))('%s comes out as written', (_name, path) => {
    const rewritten = expectTranscript(path);
    if (process.env['REWRITE'] !== undefined) writeFileSync(path, rewritten);
    else expect(rewritten).toBe(readFileSync(path, 'utf8'));
  });
});

if (existsSync(SHARED)) {
  describe('shared transcripts', () => {
    test.each(transcripts(SHARED))('%s comes out as written', (_name, path) => {
      expectTranscript(path);
    });
  });
} else {
  console.log(`raft: ${SHARED} is not here, so the shared transcripts are not run.`);
}
