import {request} from 'node:http';
import type {StatusDocument} from '@murmuration/server';
import {CommandError, EXIT_FAILED, EXIT_UNAVAILABLE} from './exit-codes.js';

export const DEFAULT_ADMIN_URL = 'http://127.0.0.1:8001';

/** @throws CommandError `EXIT_UNAVAILABLE` when nobody answers or the control plane has no leader */
export async function fetchStatus(adminUrl: string, timeoutMs: number): Promise<StatusDocument> {
  const {status, body} = await get(new URL('/admin/v1/status', parseUrl(adminUrl)), timeoutMs).catch((cause: unknown) => {
    throw new CommandError(EXIT_UNAVAILABLE, `no answer from ${adminUrl}: ${cause instanceof Error ? cause.message : 'failed'}. Is the cluster running? Start one with: murmur up`, {cause});
  });
  if (status === 200) return JSON.parse(body) as StatusDocument;
  let message = `status ${status}`;
  try {
    message = (JSON.parse(body) as {error?: {message?: string}}).error?.message ?? message;
  } catch {
    // The number has to do.
  }
  throw new CommandError(status === 503 ? EXIT_UNAVAILABLE : EXIT_FAILED, message);
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw new CommandError(EXIT_FAILED, `--admin must be a URL such as ${DEFAULT_ADMIN_URL}, not "${text}"`, {cause});
  }
}

function get(url: URL, timeoutMs: number): Promise<{status: number; body: string}> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {agent: false, timeout: timeoutMs}, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () => resolve({status: response.statusCode ?? 0, body}));
      response.on('error', reject);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
