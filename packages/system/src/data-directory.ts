import {constants} from 'node:fs';
import {access, mkdir, readFile, realpath, rename, rm, stat, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {errorCode, SystemError, toSystemError} from './errors.js';
import type {ProcessIdentity} from './process-identity.js';
import {isAlive, ownIdentity} from './process-identity.js';

/** Name of the file in which the holder of a data directory signs. */
const OWNER_FILE = 'owner.json';
/** Directories held by this process, as real paths. */
const held = new Set<string>();

/** A directory that this process alone may use until it releases it. */
export interface DataDirectory {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** Idempotent. */
  release(): Promise<void>;
}

/**
 * Makes the directory where it is missing, checks that it can be written, and takes it for this process.
 *
 * Two things guard it. On Linux a socket name in the kernel, made of the directory's device and inode: the kernel
 * gives it to one process and takes it back at death, however sudden, so nothing stale can stay and two that start at
 * once cannot both win. And a file with the holder's process id, start time and boot: it names the holder, and holds
 * alone where there are no such names. A reused process id has another start time and blocks nobody.
 * @throws SystemError `Locked`, `NotWritable` or `DiskFull`
 */
export async function takeDataDirectory(directory: string): Promise<DataDirectory> {
  const path = await prepare(directory);
  if (held.has(path)) throw new SystemError({code: 'Locked', path, pid: process.pid});
  held.add(path);
  let releaseName: () => Promise<void> = async () => undefined;
  try {
    releaseName = await takeName(path);
    const owner = await readOwner(path);
    if (owner !== undefined && owner.pid !== process.pid && isAlive(owner)) throw new SystemError({code: 'Locked', path, pid: owner.pid});
    await sign(path);
  } catch (cause) {
    await releaseName();
    held.delete(path);
    throw toSystemError(cause, path);
  }
  let releasing: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    await rm(join(path, OWNER_FILE), {force: true}).catch(() => undefined);
    await releaseName();
    held.delete(path);
  };
  return {path, release: () => (releasing ??= release())};
}

async function prepare(directory: string): Promise<string> {
  try {
    await mkdir(directory, {recursive: true, mode: 0o700});
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return await realpath(directory);
  } catch (cause) {
    throw toSystemError(cause, directory);
  }
}

async function takeName(path: string): Promise<() => Promise<void>> {
  if (process.platform !== 'linux') return async () => undefined;
  const {dev, ino} = await stat(path, {bigint: true});
  const server = createServer((socket) => socket.destroy());
  server.unref();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(`\0murmuration-data-${dev}-${ino}`, resolve);
    });
  } catch (cause) {
    if (errorCode(cause) === 'EADDRINUSE') throw new SystemError({code: 'Locked', path, pid: (await readOwner(path))?.pid}, {cause});
    throw cause;
  }
  return () => new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}

async function readOwner(path: string): Promise<ProcessIdentity | undefined> {
  let document: unknown;
  try {
    document = JSON.parse(await readFile(join(path, OWNER_FILE), 'utf8'));
  } catch {
    // Absent, or cut short by a power failure: whoever signed it is gone.
    return undefined;
  }
  if (typeof document !== 'object' || document === null) return undefined;
  const pid = 'pid' in document ? document.pid : undefined;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return undefined;
  const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  return {
    pid,
    startTicks: 'startTicks' in document ? textOf(document.startTicks) : undefined,
    bootId: 'bootId' in document ? textOf(document.bootId) : undefined,
  };
}

async function sign(path: string): Promise<void> {
  const file = join(path, OWNER_FILE);
  await writeFile(`${file}.new`, JSON.stringify(ownIdentity()));
  await rename(`${file}.new`, file);
}
