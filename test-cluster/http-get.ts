import {get} from 'node:http';

/** One GET on a connection of its own. */
export function httpGet(url: string, timeoutMs = 5_000): Promise<{readonly status: number; readonly body: string}> {
  return new Promise((resolve, reject) => {
    const outgoing = get(url, {agent: false, timeout: timeoutMs}, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({status: response.statusCode ?? 0, body}));
      response.on('error', reject);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer from ${url} within ${timeoutMs} ms`)));
    outgoing.on('error', reject);
  });
}
