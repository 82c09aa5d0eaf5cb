import {CommandError, EXIT_FAILED, EXIT_NOT_FOUND, EXIT_UNAVAILABLE} from './exit-codes.js';

export const DEFAULT_ENDPOINT = 'http://127.0.0.1:8000';

export type ApiReply = Readonly<Record<string, unknown>>;

/** Names of the two APIs before an operation. */
export type ApiTarget = 'DynamoDB_20120810' | 'DynamoDBStreams_20120810';

/**
 * One request of the DynamoDB API, unsigned: the cluster accepts that.
 * @throws CommandError with the service's own words; `EXIT_UNAVAILABLE` when nobody answers
 */
export async function callApi(endpoint: string, target: ApiTarget, operation: string, body: unknown, timeoutMs: number): Promise<ApiReply> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(endpoint, {
      method: 'POST', headers: {'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `${target}.${operation}`}, body: JSON.stringify(body), signal: AbortSignal.timeout(timeoutMs),
    });
    text = await response.text();
  } catch (cause) {
    throw new CommandError(EXIT_UNAVAILABLE, `no answer from ${endpoint}: ${cause instanceof Error ? cause.message : 'failed'}`, {cause});
  }
  const reply = parse(text);
  if (response.status === 200) return reply;
  const type = String(reply['__type'] ?? `status ${response.status}`).replace(/^.*#/, '');
  const message = reply['message'] ?? reply['Message'];
  throw new CommandError(type === 'ResourceNotFoundException' ? EXIT_NOT_FOUND : EXIT_FAILED, typeof message === 'string' ? `${type}: ${message}` : type);
}

function parse(text: string): ApiReply {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as ApiReply) : {};
  } catch {
    return {};
  }
}
