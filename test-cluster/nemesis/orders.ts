import {request} from 'node:http';
import type {NemesisCluster} from './cluster.js';

const ORDER_TIMEOUT_MS = 15_000;

/**
 * Gives an operator's order, for example `{kind: 'split-partition', group: 17}`, to any process that runs. Not by the
 * command: the start of its process would be felt by everyone.
 * @returns why it was not taken; undefined when it was
 */
export async function giveOrder(cluster: NemesisCluster, action: Readonly<Record<string, unknown>>): Promise<string | undefined> {
  const admin = cluster.nodes.find((node) => node.isRunning);
  if (admin === undefined) return 'nobody runs';
  try {
    const {status, body} = await post(`http://127.0.0.1:${admin.adminPort}/admin/v1/act`, JSON.stringify({action}));
    return status === 200 ? undefined : `${admin.id} answered ${status}: ${body.trim().slice(0, 200)}`;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

function post(url: string, text: string): Promise<{readonly status: number; readonly body: string}> {
  return new Promise((resolve, reject) => {
    const headers = {'content-type': 'application/json', 'content-length': Buffer.byteLength(text)};
    const outgoing = request(url, {method: 'POST', agent: false, timeout: ORDER_TIMEOUT_MS, headers}, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () => resolve({status: response.statusCode ?? 0, body}));
      response.on('error', reject);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}
