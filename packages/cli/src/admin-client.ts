import {request} from 'node:http';
import type {ShownSettings, StatusDocument} from '@murmuration/server';
import {CommandError, EXIT_FAILED, EXIT_NOT_FOUND, EXIT_TIMEOUT, EXIT_UNAVAILABLE, EXIT_USAGE} from './exit-codes.js';

export const DEFAULT_ADMIN_URL = 'http://127.0.0.1:8001';

/** What an order comes to, as `POST /admin/v1/act` answers. */
export interface OrderPlan {
  readonly dryRun: boolean;
  readonly steps: readonly string[];
  readonly warnings: readonly string[];
  /** Jobs that were made for it. */
  readonly jobs: readonly number[];
}

/** @throws CommandError `EXIT_UNAVAILABLE` when nobody answers or the control plane has no leader */
export async function fetchStatus(adminUrl: string, timeoutMs: number): Promise<StatusDocument> {
  return (await ask(adminUrl, '/admin/v1/status', undefined, timeoutMs)) as StatusDocument;
}

/**
 * Gives an order, or asks what it would come to.
 * @throws CommandError with the reason of a refusal; `EXIT_TIMEOUT` when nobody knows whether it was taken
 */
export async function sendOrder(adminUrl: string, action: unknown, isDryRun: boolean, timeoutMs: number): Promise<OrderPlan> {
  return (await ask(adminUrl, '/admin/v1/act', JSON.stringify({action, dryRun: isDryRun}), timeoutMs)) as OrderPlan;
}

/** A trigger as `/admin/v1/triggers` shows it. */
export interface ShownTrigger {
  readonly name: string;
  readonly table: string;
  readonly target: {readonly kind: 'http'; readonly url: string} | {readonly kind: 'module'; readonly path: string};
  readonly startingPosition: string;
  readonly batchSize: number;
  readonly enabled: boolean;
  /** Process that runs it, with the number of its start; '' while none does. */
  readonly runner: string;
}
/** @throws CommandError */
export async function fetchTriggers(adminUrl: string, timeoutMs: number): Promise<readonly ShownTrigger[]> {
  return ((await ask(adminUrl, '/admin/v1/triggers', undefined, timeoutMs)) as {readonly triggers: readonly ShownTrigger[]}).triggers;
}
/** Makes or removes a trigger. @throws CommandError with the reason of a refusal */
export async function orderTrigger(adminUrl: string, order: unknown, timeoutMs: number): Promise<void> {
  await ask(adminUrl, '/admin/v1/triggers', JSON.stringify(order), timeoutMs);
}

/** Settings of throughput, as one process goes by them. @throws CommandError */
export async function fetchSettings(adminUrl: string, table: string | undefined, timeoutMs: number): Promise<ShownSettings> {
  return (await ask(adminUrl, `/admin/v1/settings${table === undefined ? '' : `?table=${encodeURIComponent(table)}`}`, undefined, timeoutMs)) as ShownSettings;
}
/** Changes settings on all processes. @returns what they are then @throws CommandError with the reason of a refusal */
export async function changeSettings(adminUrl: string, order: unknown, timeoutMs: number): Promise<ShownSettings> {
  return (await ask(adminUrl, '/admin/v1/settings', JSON.stringify(order), timeoutMs)) as ShownSettings;
}

/** A request that was refused for throughput, as `/admin/v1/throttles` shows it. */
export interface ShownThrottle {
  readonly requestId: string;
  readonly atMs: number;
  readonly operation: string;
  readonly table: string;
  readonly index?: string;
  readonly group: number;
  readonly keyHash: string;
  readonly reason: string;
  readonly isOnDemand: boolean;
  readonly bucket?: string;
  readonly tokensThenHalfUnits?: number;
  readonly tokensAskedHalfUnits?: number;
  readonly passesInMs?: number;
}
/** Those that one process told of, newest first. @throws CommandError */
export async function fetchThrottles(adminUrl: string, filter: Readonly<Record<string, string>>, timeoutMs: number): Promise<readonly ShownThrottle[]> {
  const query = new URLSearchParams(filter).toString();
  return ((await ask(adminUrl, `/admin/v1/throttles?${query}`, undefined, timeoutMs)) as {readonly throttles: readonly ShownThrottle[]}).throttles;
}

/** A document of the admin API that needs no more than its path. @throws CommandError as `fetchStatus` */
export async function fetchAdmin(adminUrl: string, path: string, timeoutMs: number): Promise<unknown> {
  return ask(adminUrl, path, undefined, timeoutMs);
}

async function ask(adminUrl: string, path: string, body: string | undefined, timeoutMs: number): Promise<unknown> {
  const answer = await call(new URL(path, parseUrl(adminUrl)), body, timeoutMs).catch((cause: unknown) => {
    throw new CommandError(EXIT_UNAVAILABLE, `no answer from ${adminUrl}: ${cause instanceof Error ? cause.message : 'failed'}. Is the cluster running? Start one with: murmur up`, {cause});
  });
  if (answer.status === 200) return JSON.parse(answer.body);
  let message = `status ${answer.status}`;
  try {
    message = (JSON.parse(answer.body) as {error?: {message?: string}}).error?.message ?? message;
  } catch {
    // The number has to do.
  }
  throw new CommandError(EXIT_BY_STATUS.get(answer.status) ?? EXIT_FAILED, message);
}

const EXIT_BY_STATUS: ReadonlyMap<number, number> = new Map([[400, EXIT_USAGE], [404, EXIT_NOT_FOUND], [503, EXIT_UNAVAILABLE], [504, EXIT_TIMEOUT]]);

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw new CommandError(EXIT_FAILED, `--admin must be a URL such as ${DEFAULT_ADMIN_URL}, not "${text}"`, {cause});
  }
}

function call(url: URL, sent: string | undefined, timeoutMs: number): Promise<{status: number; body: string}> {
  return new Promise((resolve, reject) => {
    const options = sent === undefined ? {} : {method: 'POST', headers: {'content-type': 'application/json', 'content-length': Buffer.byteLength(sent)}};
    const outgoing = request(url, {agent: false, timeout: timeoutMs, ...options}, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () => resolve({status: response.statusCode ?? 0, body}));
      response.on('error', reject);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    outgoing.on('error', reject);
    outgoing.end(sent);
  });
}
