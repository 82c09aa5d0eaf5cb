import {Agent, request} from 'node:http';

export interface WireAnswer {
  readonly status: number;
  /** Parsed body; the name of the error stands in `__type`. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A DynamoDB client that costs next to nothing: no signature, no retries. An answer that never came is a rejected promise. */
export class WireClient {
  readonly #agent: Agent;
  readonly #url: URL;
  readonly #timeoutMs: number;

  constructor(endpoint: string, connectionCountMax: number, timeoutMs = 5_000) {
    this.#url = new URL(endpoint);
    this.#agent = new Agent({keepAlive: true, maxSockets: connectionCountMax});
    this.#timeoutMs = timeoutMs;
  }

  /** @param operation of DynamoDB, or of another service with its prefix, as in `DynamoDBStreams_20120810.GetRecords` */
  call(operation: string, input: unknown): Promise<WireAnswer> {
    const text = JSON.stringify(input);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: this.#url.hostname, port: this.#url.port, method: 'POST', path: '/', agent: this.#agent, timeout: this.#timeoutMs,
          headers: {
            'content-type': 'application/x-amz-json-1.0', 'x-amz-target': operation.includes('.') ? operation : `DynamoDB_20120810.${operation}`, 'content-length': Buffer.byteLength(text),
            'x-amz-date': '20200101T000000Z',
            authorization: 'AWS4-HMAC-SHA256 Credential=any/20200101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0',
          },
        },
        (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (part: string) => (body += part));
          response.on('error', reject);
          response.on('end', () => {
            try {
              resolve({status: response.statusCode ?? 0, body: body === '' ? {} : (JSON.parse(body) as Record<string, unknown>)});
            } catch {
              reject(new Error(`answer ${response.statusCode ?? 0} is not JSON: ${body.slice(0, 200)}`));
            }
          });
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
      outgoing.on('error', reject);
      outgoing.end(text);
    });
  }

  /** Cuts every connection: what waits on one is rejected. */
  close(): void {
    this.#agent.destroy();
  }
}

/** Creates an on-demand table with a string partition key `pk` and waits until it can be written. */
export async function createWireTable(client: WireClient, name: string, timeoutMs = 20_000): Promise<void> {
  const untilMs = performance.now() + timeoutMs;
  const input = {
    TableName: name, KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}],
    BillingMode: 'PAY_PER_REQUEST',
  };
  for (;;) {
    const answer = await client.call('CreateTable', input);
    if (answer.status === 200 || String(answer.body['__type']).endsWith('ResourceInUseException')) break;
    if (performance.now() > untilMs) throw new Error(`CreateTable answered ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  for (;;) {
    const answer = await client.call('DescribeTable', {TableName: name});
    if ((answer.body['Table'] as {TableStatus?: string} | undefined)?.TableStatus === 'ACTIVE') return;
    if (performance.now() > untilMs) throw new Error(`table ${name} did not become active`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
