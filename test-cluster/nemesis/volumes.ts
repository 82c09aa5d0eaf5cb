import {copyFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, statSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {isRoot, mustRun, run, works} from './command.js';

/** Where one process keeps its data. */
export interface Volume {
  /** The data directory given to the process. */
  readonly dataDirectory: string;
  /** Where the file system of the volume is mounted; the same as the data's parent. */
  readonly root: string;
  close(): Promise<void>;
}

/** A plain directory. */
export class PlainVolume implements Volume {
  readonly root: string;
  readonly dataDirectory: string;
  constructor(root: string) {
    this.root = root;
    this.dataDirectory = join(root, 'data');
    mkdirSync(root, {recursive: true});
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** How often an image is copied anew because the kernel wrote to it meanwhile. */
const COPY_TRIES_MAX = 20;

/**
 * An ext4 file system on an image file, mounted by a loop device. The image holds what the file system has written to its
 * device so far; what only stands in its page cache is not in it. That is what a power cut leaves.
 */
export class LoopVolume implements Volume {
  readonly root: string;
  readonly dataDirectory: string;
  readonly #image: string;
  #isMounted = false;

  private constructor(folder: string) {
    this.root = join(folder, 'mount');
    this.#image = join(folder, 'image');
    this.dataDirectory = join(this.root, 'data');
  }

  static async create(folder: string, sizeBytes: number): Promise<LoopVolume> {
    const volume = new LoopVolume(folder);
    mkdirSync(volume.root, {recursive: true});
    writeFileSync(volume.#image, '');
    truncateSync(volume.#image, sizeBytes);
    await mustRun('mkfs.ext4', ['-q', '-F', '-E', 'lazy_itable_init=1,lazy_journal_init=1', volume.#image]);
    await volume.mount();
    return volume;
  }

  async mount(): Promise<void> {
    await mustRun('mount', ['-o', 'loop,noatime,commit=60,noinit_itable', this.#image, this.root]);
    this.#isMounted = true;
  }
  async unmount(): Promise<void> {
    if (!this.#isMounted) return;
    // A killed process may hold the mount for a moment longer.
    for (let i = 0; ; i += 1) {
      const {code, stderr} = await run('umount', [this.root]);
      if (code === 0) break;
      if (i >= 50) throw new Error(`umount ${this.root}: ${stderr.trim()}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    this.#isMounted = false;
  }

  /**
   * Takes a copy of the image as the device holds it at one instant: a copy during which the device was written is thrown away.
   * The processes on it stand still meanwhile.
   */
  async capture(): Promise<void> {
    const device = (await mustRun('findmnt', ['-n', '-o', 'SOURCE', realpathSync(this.root)])).trim();
    const counter = `/sys/block/${device.replace('/dev/', '')}/stat`;
    const writes = (): string => {
      const fields = readFileSync(counter, 'utf8').trim().split(/\s+/);
      // Completed writes, sectors written, requests under way, completed flushes.
      return [fields[4], fields[6], fields[8], fields[15]].join(' ');
    };
    for (let i = 0; i < COPY_TRIES_MAX; i += 1) {
      const before = writes();
      await mustRun('cp', ['--sparse=always', this.#image, `${this.#image}.cut`]);
      if (writes() === before && before.split(' ')[2] === '0') return;
    }
    throw new Error(`the device of ${this.root} never stood still for one copy`);
  }
  /** Goes on from the captured copy: what was written since is gone. */
  async restoreCaptured(): Promise<void> {
    await this.unmount();
    renameSync(`${this.#image}.cut`, this.#image);
    await this.mount();
  }

  /** Keeps a copy of the image for whoever looks into a failure. */
  keepCopy(path: string): void {
    copyFileSync(this.#image, path);
  }
  get imageSizeBytes(): number {
    return statSync(this.#image).blocks * 512;
  }
  async close(): Promise<void> {
    await this.unmount();
  }
}

let loopReason: Promise<string | undefined> | undefined;
/** Why images cannot be mounted here; undefined when they can. Tried once. */
export function whyNoLoopVolumes(): Promise<string | undefined> {
  loopReason ??= tryLoopVolume();
  return loopReason;
}
async function tryLoopVolume(): Promise<string | undefined> {
  if (!isRoot()) return 'needs root to mount an image';
  for (const command of ['mkfs.ext4', 'findmnt']) if (!works(command, ['--version']) && !works(command, ['-V'])) return `needs ${command}`;
  const folder = mkdtempSync(join(tmpdir(), 'murmur-probe-'));
  try {
    const volume = await LoopVolume.create(folder, 16 * 1024 * 1024);
    await volume.close();
    return undefined;
  } catch (cause) {
    return `an image cannot be mounted: ${cause instanceof Error ? cause.message : String(cause)}`;
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}
