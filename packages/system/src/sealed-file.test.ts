import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {utf8Encode} from '@murmuration/base';
import {SystemError} from './errors.js';
import {readSealedFile, writeSealedFile} from './sealed-file.js';

describe('sealed files', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sealed-'));
    path = join(directory, 'cluster.json');
  });
  afterEach(() => rm(directory, {recursive: true, force: true}));
  const failureOf = async (promise: Promise<unknown>): Promise<SystemError> => {
    const error: unknown = await promise.then(() => undefined, (cause: unknown) => cause);
    expect(error).toBeInstanceOf(SystemError);
    return error as SystemError;
  };

  test('an absent file reads as undefined', async () => {
    expect(await readSealedFile(path, 1)).toBeUndefined();
  });
  test.each([0, 1, 5_000])('a payload of %i bytes comes back with its version, and a second write replaces it', async (sizeBytes) => {
    const payload = new Uint8Array(sizeBytes).fill(3);
    await writeSealedFile(path, {version: 1, payload: utf8Encode('before')});
    await writeSealedFile(path, {version: 2, payload});
    expect(await readSealedFile(path, 2)).toEqual({version: 2, payload});
    expect(await readdir(directory)).toEqual(['cluster.json']);
  });
  test('every flipped byte, every cut and every addition is found and names the file', async () => {
    await writeSealedFile(path, {version: 1, payload: utf8Encode('{"cluster":"c1"}')});
    const bytes = await readFile(path);
    const damaged = [
      ...Array.from(bytes, (_, at) => bytes.map((byte, i) => (i === at ? byte ^ 0x10 : byte))),
      ...Array.from(bytes, (_, at) => bytes.subarray(0, at)),
      Buffer.concat([bytes, Buffer.from([0])]),
    ];
    for (const one of damaged) {
      await writeFile(path, one);
      const error = await failureOf(readSealedFile(path, 1));
      expect(error.failure.code).toBe('Corrupt');
      expect(error.message).toContain(path);
    }
  });
  test('a newer version is refused as such, not as damage', async () => {
    await writeSealedFile(path, {version: 3, payload: utf8Encode('x')});
    expect((await failureOf(readSealedFile(path, 2))).failure).toEqual({code: 'UnknownVersion', path, version: 3});
  });
  test('a failed write names the path and leaves the old file', async () => {
    await writeSealedFile(path, {version: 1, payload: utf8Encode('old')});
    await mkdir(`${path}.new`);
    expect((await failureOf(writeSealedFile(path, {version: 1, payload: utf8Encode('new')}))).message).toContain(path);
    expect((await readSealedFile(path, 1))?.payload).toEqual(utf8Encode('old'));
    const absent = join(directory, 'absent', 'file');
    expect((await failureOf(writeSealedFile(absent, {version: 1, payload: utf8Encode('x')}))).failure).toEqual({
      code: 'NotWritable', path: absent, reason: 'no such file or directory',
    });
  });
  test('what a crash left of an unfinished write does not matter', async () => {
    await writeSealedFile(path, {version: 1, payload: utf8Encode('old')});
    await writeFile(`${path}.new`, 'half a fi');
    expect((await readSealedFile(path, 1))?.payload).toEqual(utf8Encode('old'));
    await writeSealedFile(path, {version: 1, payload: utf8Encode('new')});
    expect((await readSealedFile(path, 1))?.payload).toEqual(utf8Encode('new'));
  });
});
