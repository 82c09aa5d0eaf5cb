import {createHash, createHmac} from 'node:crypto';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/**
 * Signs DynamoDB requests with AWS Signature Version 4. The key of a day is derived once; a request then costs two hashes and
 * one keyed hash.
 * @see AWS General Reference, "Signature Version 4 signing process"
 */
export class RequestSigner {
  readonly #credentials: Credentials;
  readonly #region: string;
  readonly #host: string;
  #day = '';
  #dayKey: Buffer = Buffer.alloc(0);
  constructor(credentials: Credentials, region: string, host: string) {
    this.#credentials = credentials;
    this.#region = region;
    this.#host = host;
  }
  /** @param target such as `DynamoDB_20120810.GetItem` @returns header lines, each ending with CR LF */
  headers(target: string, body: Buffer, wallMs: number): string {
    const {accessKeyId, sessionToken} = this.#credentials;
    const stamp = new Date(wallMs).toISOString().replace(/[:-]|\.\d{3}/g, '');
    const day = stamp.slice(0, 8);
    if (day !== this.#day) this.#deriveKey(day);
    const names = `content-type;host;x-amz-date;${sessionToken === undefined ? '' : 'x-amz-security-token;'}x-amz-target`;
    const token = sessionToken === undefined ? '' : `x-amz-security-token:${sessionToken}\n`;
    const canonical = `POST\n/\n\ncontent-type:${CONTENT_TYPE}\nhost:${this.#host}\nx-amz-date:${stamp}\n${token}x-amz-target:${target}\n\n${names}\n${sha256(body)}`;
    const scope = `${day}/${this.#region}/dynamodb/aws4_request`;
    const signature = createHmac('sha256', this.#dayKey).update(`AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${sha256(canonical)}`).digest('hex');
    return `Host: ${this.#host}\r\nContent-Type: ${CONTENT_TYPE}\r\nX-Amz-Target: ${target}\r\nX-Amz-Date: ${stamp}\r\n${
      sessionToken === undefined ? '' : `X-Amz-Security-Token: ${sessionToken}\r\n`
    }Authorization: AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}\r\n`;
  }
  #deriveKey(day: string): void {
    let key: Buffer = Buffer.from(`AWS4${this.#credentials.secretAccessKey}`);
    for (const part of [day, this.#region, 'dynamodb', 'aws4_request']) key = createHmac('sha256', key).update(part).digest();
    this.#day = day;
    this.#dayKey = key;
  }
}

const CONTENT_TYPE = 'application/x-amz-json-1.0';
function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}
