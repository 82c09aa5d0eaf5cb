import {closeSync, existsSync, openSync, readFileSync, readSync, readdirSync, statSync, writeFileSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {CONTROL_GROUP_ID} from '@murmuration/base';
import {sleep} from '../command.js';
import type {ClusterNode} from '../cluster.js';
import {BATCH_RECORDS_AT, batchesOf} from '../segment-walk.js';
import {NOTHING, always, draw, drawNode} from './fault.js';
import type {Effect, Fault, FaultContext} from './fault.js';

/** A process that refuses its disk says so within this time. */
const REFUSE_TIMEOUT_MS = 10_000;

/** One byte of a file turned over, and the way back. */
class FlippedByte {
  readonly path: string;
  readonly offsetBytes: number;
  readonly #rotten: Buffer;
  readonly #sound: Buffer;
  constructor(path: string, offsetBytes: number, mask: number) {
    this.path = path;
    this.offsetBytes = offsetBytes;
    this.#sound = this.#around();
    this.#rotten = Buffer.from(this.#sound);
    this.#rotten[offsetBytes - this.#from] = (this.#rotten[offsetBytes - this.#from] ?? 0) ^ mask;
    this.#put(this.#rotten);
  }
  /** Puts the byte back, unless the place was written since or the file is gone. */
  undo(): boolean {
    if (!existsSync(this.path) || !this.#around().equals(this.#rotten)) return false;
    this.#put(this.#sound);
    return true;
  }
  get #from(): number {
    return Math.max(0, this.offsetBytes - 256);
  }
  #around(): Buffer {
    const bytes = Buffer.alloc(Math.min(512, statSync(this.path).size - this.#from));
    const file = openSync(this.path, 'r');
    readSync(file, bytes, 0, bytes.length, this.#from);
    closeSync(file);
    return bytes;
  }
  #put(bytes: Buffer): void {
    const file = openSync(this.path, 'r+');
    writeSync(file, bytes, 0, bytes.length, this.#from);
    closeSync(file);
  }
}

function filesOf(folder: string, ending: RegExp): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => ending.test(name)).sort().map((name) => join(folder, name)) : [];
}
/** Lines of a process's log and standard error that speak of damage. */
function damageLineCount(context: FaultContext, node: ClusterNode): number {
  const {directory} = context.cluster.options;
  return [`${node.id}.log`, `${node.id}.err`].map((name) => join(directory, name)).filter((path) => existsSync(path))
    .reduce((sum, path) => sum + (readFileSync(path, 'utf8').match(/damage|orrupt|quarantin|rotten/g)?.length ?? 0), 0);
}

/** Kills a process, damages what it left, lets it start on that, and puts the damage right again. */
async function damageStopped(context: FaultContext, damage: (node: ClusterNode) => {readonly what: string; readonly undo: () => boolean} | undefined): Promise<Effect> {
  const {cluster} = context;
  const node = drawNode(context);
  // All others are needed while this one is in doubt.
  await cluster.untilHealthy(20_000).catch(() => undefined);
  await cluster.end(node, 'SIGKILL');
  const done = damage(node);
  if (done === undefined) {
    await cluster.start(node);
    return {tookEffect: false, detail: `${node.id} holds no such file yet`};
  }
  const toldBefore = damageLineCount(context, node);
  node.mayEnd = true;
  cluster.spawn(node);
  const isReady = await cluster.untilReady(node, REFUSE_TIMEOUT_MS).then(() => true, () => false);
  await sleep(context.holdMs);
  const how = node.isRunning ? (isReady ? 'it serves' : 'it runs and is not ready') : `it refused: ${node.lastEnd}`;
  const isTold = damageLineCount(context, node) > toldBefore;
  await cluster.end(node, 'SIGKILL');
  const isUndone = done.undo();
  await cluster.start(node);
  return {tookEffect: true, detail: `${node.id}: ${done.what}; ${how}${isTold ? ', and it tells of the damage' : ''}${isUndone ? '' : '; the place was written anew meanwhile'}`};
}

/** A flip within a record that is durable and followed by others: it cannot pass for a torn tail. */
function flipInLog(context: FaultContext, node: ClusterNode, isControl: boolean): FlippedByte | undefined {
  const segments = filesOf(join(node.volume.dataDirectory, 'log'), /^log-\d+\.segment$/);
  const places = segments.flatMap((path) => batchesOf(path).batches.map((batch) => ({path, batch}))).slice(0, -2).filter(({batch}) => batch.recordBytes > 0 && batch.groups.has(CONTROL_GROUP_ID) === isControl);
  if (places.length === 0) return undefined;
  const {path, batch} = draw(context.random, places);
  return new FlippedByte(path, batch.offsetBytes + BATCH_RECORDS_AT + context.random.below(batch.recordBytes), 1 << context.random.below(8));
}
function flipIn(context: FaultContext, paths: readonly string[]): FlippedByte | undefined {
  const filled = paths.filter((path) => statSync(path).size > 0);
  if (filled.length === 0) return undefined;
  const path = draw(context.random, filled);
  return new FlippedByte(path, context.random.below(statSync(path).size), 1 << context.random.below(8));
}
function told(flipped: FlippedByte | undefined): {readonly what: string; readonly undo: () => boolean} | undefined {
  if (flipped === undefined) return undefined;
  return {what: `byte ${flipped.offsetBytes} of ${flipped.path.split('/').slice(-2).join('/')}`, undo: () => flipped.undo()};
}

export const rotFaults: readonly Fault[] = [
  {
    name: 'rot-log', family: 'rot', needs: NOTHING, pairs: false, probe: always,
    inject: (context) => damageStopped(context, (node) => told(flipInLog(context, node, false))),
  },
  {
    name: 'rot-control-log', family: 'rot', needs: NOTHING, pairs: false, onlyByName: true, probe: always,
    inject: (context) => damageStopped(context, (node) => told(flipInLog(context, node, true))),
  },
  {
    name: 'rot-tail', family: 'rot', needs: NOTHING, pairs: false, probe: always,
    inject: (context) => damageStopped(context, (node) => {
      const path = filesOf(join(node.volume.dataDirectory, 'log'), /^log-\d+\.segment$/).at(-1);
      if (path === undefined) return undefined;
      const {endBytes} = batchesOf(path);
      const garbage = Buffer.from(Array.from({length: 700}, () => context.random.below(256)));
      const file = openSync(path, 'r+');
      const sizeBytes = Math.min(garbage.length, statSync(path).size - endBytes);
      if (sizeBytes > 0) writeSync(file, garbage, 0, sizeBytes, endBytes);
      closeSync(file);
      // Behind the last batch lies nothing of worth: it need not be put back.
      return {what: `${sizeBytes} bytes of garbage behind the last record of ${path.split('/').at(-1) ?? ''}`, undo: () => true};
    }),
  },
  {
    name: 'rot-table', family: 'rot', needs: NOTHING, pairs: false, probe: always,
    inject: (context) => damageStopped(context, (node) => told(flipIn(context, filesOf(join(node.volume.dataDirectory, 'store'), /\.sst$/)))),
  },
  {
    name: 'rot-manifest', family: 'rot', needs: NOTHING, pairs: false, probe: always,
    inject: (context) => damageStopped(context, (node) => {
      const store = join(node.volume.dataDirectory, 'store');
      const current = join(store, 'CURRENT');
      if (context.random.below(2) === 0 && existsSync(current)) {
        const text = readFileSync(current);
        writeFileSync(current, text.subarray(0, context.random.below(text.length)));
        return {
          what: 'CURRENT cut short',
          undo: () => {
            writeFileSync(current, text);
            return true;
          },
        };
      }
      return told(flipIn(context, filesOf(store, /^MANIFEST-/)));
    }),
  },
  {
    name: 'rot-running', family: 'rot', needs: NOTHING, pairs: false, probe: always,
    inject: async (context) => {
      const {cluster} = context;
      const node = drawNode(context);
      await cluster.untilHealthy(20_000).catch(() => undefined);
      node.mayEnd = true;
      const flipped = flipIn(context, filesOf(join(node.volume.dataDirectory, 'store'), /\.sst$/));
      await sleep(context.holdMs);
      const how = node.isRunning ? 'it went on' : `it ended with ${node.lastEnd}`;
      await cluster.end(node, 'SIGKILL');
      flipped?.undo();
      await cluster.start(node);
      return {tookEffect: flipped !== undefined, detail: flipped === undefined ? `${node.id} holds no table file yet` : `${node.id}: byte ${flipped.offsetBytes} of ${flipped.path.split('/').at(-1) ?? ''}; ${how}`};
    },
  },
];
