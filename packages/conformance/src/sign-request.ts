import {createHash, createHmac} from 'node:crypto';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** The headers of a signature of version 4. @param headers by lower-case name, `host` among them @see AWS General Reference, "Signing AWS requests" */
export function signatureHeaders(
  method: string, path: string, headers: Readonly<Record<string, string>>, body: Uint8Array, region: string, credentials: Credentials, now: Date,
): Record<string, string> {
  const stamp = now.toISOString().replaceAll(/[-:]|\.[0-9]{3}/g, '');
  const day = stamp.slice(0, 8);
  const signed: Record<string, string> = {host: headers['host'] ?? '', 'x-amz-date': stamp};
  for (const name of ['content-type', 'x-amz-target']) if (headers[name] !== undefined) signed[name] = headers[name];
  if (credentials.sessionToken !== undefined) signed['x-amz-security-token'] = credentials.sessionToken;
  const names = Object.keys(signed).sort();
  const question = path.indexOf('?');
  const canonical = [
    method, question < 0 ? path : path.slice(0, question), question < 0 ? '' : path.slice(question + 1),
    ...names.map((name) => `${name}:${(signed[name] ?? '').trim()}`), '', names.join(';'), digest(body),
  ].join('\n');
  const scope = `${day}/${region}/dynamodb/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${digest(canonical)}`;
  const key = [day, region, 'dynamodb', 'aws4_request'].reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${credentials.secretAccessKey}`);
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${hmac(key, text).toString('hex')}`;
  return {
    authorization, 'x-amz-date': stamp, ...(credentials.sessionToken === undefined ? {} : {'x-amz-security-token': credentials.sessionToken}),
  };
}

function digest(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
