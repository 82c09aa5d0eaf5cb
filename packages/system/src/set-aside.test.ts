import {mkdir, mkdtemp, readFile, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals';
import {setAside} from './set-aside.js';

describe('setAside', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'set-aside-'));
  });
  afterEach(async () => {
    await rm(directory, {recursive: true, force: true});
  });
  test('moves what is there, leaves the rest, and never uses a name twice', async () => {
    await mkdir(join(directory, 'log'));
    await writeFile(join(directory, 'log', 'a'), 'content');
    await writeFile(join(directory, 'owner.json'), '{}');
    const first = await setAside(directory, ['log', 'store'], '7');
    expect(await readFile(join(first, 'log', 'a'), 'utf8')).toBe('content');
    expect(await readdir(directory)).toEqual(['owner.json', 'set-aside-7']);
    await writeFile(join(directory, 'log'), '');
    await setAside(directory, ['log'], '7');
    expect(await readdir(directory)).toEqual(['owner.json', 'set-aside-7', 'set-aside-7-2']);
  });
});
