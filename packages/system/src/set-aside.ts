import {mkdir, readdir, rename} from 'node:fs/promises';
import {join} from 'node:path';
import {toSystemError} from './errors.js';
import {syncDirectory} from './sealed-file.js';

/**
 * Moves entries of a directory into a new one inside it, so that they are out of the way and nothing of them is lost.
 * A crash in between leaves some of them moved; doing it again moves the rest.
 * @param names what to move; those that are not there are passed over
 * @param label part of the new directory's name
 * @returns the new directory's path
 * @throws SystemError
 */
export async function setAside(directory: string, names: readonly string[], label: string): Promise<string> {
  try {
    const present = new Set(await readdir(directory));
    let name = `set-aside-${label}`;
    for (let i = 2; present.has(name); i += 1) name = `set-aside-${label}-${i}`;
    const target = join(directory, name);
    await mkdir(target, {mode: 0o700});
    for (const entry of names) if (present.has(entry)) await rename(join(directory, entry), join(target, entry));
    await syncDirectory(target);
    await syncDirectory(directory);
    return target;
  } catch (cause) {
    throw toSystemError(cause, directory);
  }
}
