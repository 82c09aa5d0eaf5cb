/** Requests made ready before the load begins: the generator only picks one. */
const REQUEST_COUNT = 2_000;

/** Whole bytes of one request, with a signature that nobody has checked yet. */
export function frame(operation: string, body: string, host: string): Buffer {
  const bytes = Buffer.from(body);
  const head =
    `POST / HTTP/1.1\r\nHost: ${host}\r\nX-Amz-Target: DynamoDB_20120810.${operation}\r\nContent-Type: application/x-amz-json-1.0\r\n` +
    `Authorization: AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}\r\n` +
    `X-Amz-Date: 20260101T000000Z\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** Gives the prepared requests in turn. */
export function inTurn(requests: readonly Buffer[]): () => Buffer {
  let next = 0;
  return () => {
    next = (next + 1) % requests.length;
    return requests[next] as Buffer;
  };
}

const keyOf = (i: number): string => `user#${String(i).padStart(8, '0')}`;

/** PutItem of items of 256 bytes (names and values by DynamoDB's size rule) over 2,000 keys. */
export function putRequests(table: string, host: string): () => Buffer {
  // "pk" 2 + key 13 + "data" 4 = 19.
  const data = 'x'.repeat(256 - 19);
  return inTurn(Array.from({length: REQUEST_COUNT}, (_, i) =>
    frame('PutItem', JSON.stringify({TableName: table, Item: {pk: {S: keyOf(i)}, data: {S: data}}}), host)));
}

export function getRequests(table: string, host: string, isStrong: boolean): () => Buffer {
  return inTurn(Array.from({length: REQUEST_COUNT}, (_, i) =>
    frame('GetItem', JSON.stringify({TableName: table, Key: {pk: {S: keyOf(i)}}, ConsistentRead: isStrong}), host)));
}

/** The same bytes as a GetItem, to a server that only echoes: what the generator and node:http cost alone. */
export function echoRequests(host: string): () => Buffer {
  return getRequests('Bench', host, false);
}
