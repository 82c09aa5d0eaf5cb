import {appendFile, realpath} from 'node:fs/promises';
import {basename, dirname, isAbsolute, join, relative, resolve, sep} from 'node:path';
import {pathToFileURL} from 'node:url';
import type {DestinationTarget, FunctionPort, FunctionTarget} from '@murmuration/base';
import {SystemError} from './errors.js';

/** Of an answer that is read at all. */
const ANSWER_BYTES_MAX = 6 * 1024 * 1024;

/**
 * Functions over HTTP, and as modules of one directory.
 * @param directory modules and files lie in it; '' allows none: whoever may make a trigger would run code of their choice
 */
export function createFunctionTargets(directory: string): FunctionPort {
  return {
    async invoke(target, event, timeoutMs) {
      if (target.kind === 'http') return post(target.url, event, timeoutMs);
      const path = await insideOf(directory, target.path);
      return inTime(callModule(path, event, timeoutMs), timeoutMs);
    },
    async deliver(target, document, timeoutMs) {
      if (target.kind === 'http') await post(target.url, document, timeoutMs);
      else await appendFile(await insideOf(directory, target.path), `${document}\n`);
    },
    refusalOf: (target) => refusalOf(directory, target),
  };
}

function refusalOf(directory: string, target: FunctionTarget | DestinationTarget): string | undefined {
  if (target.kind === 'http') return undefined;
  if (directory === '') return 'modules and files need --function-directory on every process with the router role';
  const path = relative(resolve(directory), resolve(directory, target.path));
  return path === '' || path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path) ? 'a path of a module or file lies in the function directory' : undefined;
}

/** @returns the path, with links followed @throws SystemError when it is elsewhere */
async function insideOf(directory: string, path: string): Promise<string> {
  const refusal = refusalOf(directory, {kind: 'module', path});
  if (refusal !== undefined) throw new SystemError({code: 'FunctionFailed', reason: refusal});
  const whole = resolve(directory, path);
  const root = await realpath(directory);
  const real = await realpath(whole).catch(async () => join(await realpath(dirname(whole)), basename(whole)));
  if (!real.startsWith(root + sep)) throw new SystemError({code: 'FunctionFailed', reason: 'a link leads out of the function directory'});
  return real;
}

async function post(url: string, body: string, timeoutMs: number): Promise<string> {
  const response = await fetch(url, {method: 'POST', headers: {'content-type': 'application/json'}, body, signal: AbortSignal.timeout(timeoutMs), redirect: 'error'});
  const answer = await readBounded(response);
  if (!response.ok) throw new SystemError({code: 'FunctionFailed', reason: `status ${response.status}`});
  return answer;
}
async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let sizeBytes = 0;
  if (response.body === null) return text;
  for await (const part of response.body) {
    const bytes = part as Uint8Array;
    sizeBytes += bytes.length;
    if (sizeBytes > ANSWER_BYTES_MAX) throw new SystemError({code: 'FunctionFailed', reason: 'the answer is too large'});
    text += decoder.decode(bytes, {stream: true});
  }
  return text + decoder.decode();
}

interface FunctionModule {
  readonly handler?: unknown;
  readonly default?: unknown;
}
async function callModule(path: string, event: string, timeoutMs: number): Promise<string> {
  const loaded = (await import(pathToFileURL(path).href)) as FunctionModule;
  const inner = loaded.default as FunctionModule | undefined;
  const handler = loaded.handler ?? inner?.handler ?? loaded.default;
  if (typeof handler !== 'function') throw new SystemError({code: 'FunctionFailed', reason: 'the module has no handler'});
  const untilMs = Date.now() + timeoutMs;
  const answer: unknown = await (handler as (event: unknown, context: unknown) => unknown)(JSON.parse(event), {getRemainingTimeInMillis: () => Math.max(0, untilMs - Date.now())});
  return answer === undefined ? '' : JSON.stringify(answer);
}
/** What goes on behind its time cannot be stopped, only not be waited for. */
async function inTime(work: Promise<string>, timeoutMs: number): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new SystemError({code: 'FunctionFailed', reason: `no answer within ${timeoutMs} ms`})), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
