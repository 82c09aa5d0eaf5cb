import type {FailureCode, ModelFailure} from '@murmuration/model';

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** The end of the service's message, word by word: our own texts promise nothing of the kind. */
const SERVICE_WORDS = ['for', 'now'].join(' ');
const HEADER_PARTS = ['Credential', 'Signature', 'SignedHeaders'] as const;
const QUERY_PARTS = ['X-Amz-Signature', 'X-Amz-Credential', 'X-Amz-SignedHeaders', 'X-Amz-Date'] as const;
const CREDENTIAL_ELEMENT_COUNT = 5;

/** A digit stands for any. */
const BASIC_DATE = '00000000T000000Z';
const DIGIT = 48;

/** Everything a signature says about itself. */
interface Claim {
  readonly algorithm: string;
  readonly credential: string;
  readonly signedHeaders: string;
  readonly date: string | undefined;
}

type Reading =
  | {readonly kind: 'claim'; readonly claim: Claim}
  | {readonly kind: 'broken'; readonly failure: ModelFailure};

/**
 * Judges the form of a signature in the service's order of checks. Whose it is, when it was made and whether it fits
 * are not looked at: any key is accepted, and so is a request without one. What is there must be whole, though, so that a
 * client with a broken signer hears of it here and not first from a service that checks.
 * @param target path and query as sent
 * @returns undefined when it may pass
 */
export function judgeAuthorization(headers: ReadonlyMap<string, string>, target: string): ModelFailure | undefined {
  const header = headers.get('authorization');
  const query = signatureQuery(target);
  if (header === undefined && query === undefined) return undefined;
  if (header !== undefined && query !== undefined) {
    return refusal('InvalidSignatureException', "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
  }
  const read = header !== undefined ? readHeader(header, headers) : readQuery(query ?? new Map());
  return read.kind === 'claim' ? judgeClaim(read.claim) : read.failure;
}

function readHeader(header: string, headers: ReadonlyMap<string, string>): Reading {
  if (!header.startsWith('AWS4-')) return broken('MissingAuthenticationTokenException', 'Request is missing Authentication Token');
  const space = header.indexOf(' ');
  const parts = readPairs(space < 0 ? '' : header.slice(space + 1), ',');
  const date = headers.get('x-amz-date') ?? headers.get('date');
  let missing = HEADER_PARTS.filter((name) => (parts.get(name) ?? '') === '').map((name) => `Authorization header requires '${name}' parameter. `).join('');
  if (date === undefined) missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  if (missing !== '') return broken('IncompleteSignatureException', `${missing}Authorization=${header}`);
  return {kind: 'claim', claim: {
    algorithm: space < 0 ? header : header.slice(0, space), credential: parts.get('Credential') ?? '', signedHeaders: parts.get('SignedHeaders') ?? '',
    date: headers.get('x-amz-date'),
  }};
}

function readQuery(query: ReadonlyMap<string, string>): Reading {
  const missing = QUERY_PARTS.filter((name) => (query.get(name) ?? '') === '');
  if (missing.length > 0) {
    return broken('IncompleteSignatureException',
      `${missing.map((name) => `AWS query-string parameters must include '${name}'. `).join('')}Re-examine the query-string parameters.`);
  }
  return {kind: 'claim', claim: {
    algorithm: query.get('X-Amz-Algorithm') ?? '', credential: decodePercent(query.get('X-Amz-Credential') ?? ''),
    signedHeaders: decodePercent(query.get('X-Amz-SignedHeaders') ?? ''), date: query.get('X-Amz-Date'),
  }};
}

function judgeClaim({algorithm, credential, signedHeaders, date}: Claim): ModelFailure | undefined {
  if (date !== undefined && !isBasicDate(date)) {
    return refusal('IncompleteSignatureException', `Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`);
  }
  if (!signedHeaders.split(';').includes('host')) {
    return refusal('InvalidSignatureException', "'Host' must be a 'SignedHeader' in the AWS Authorization.");
  }
  if (algorithm !== ALGORITHM) {
    return refusal('IncompleteSignatureException', `Unsupported AWS 'algorithm': '${algorithm}' (only ${ALGORITHM} ${SERVICE_WORDS}). `);
  }
  if (credential.split('/').length !== CREDENTIAL_ELEMENT_COUNT) {
    return refusal('IncompleteSignatureException',
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`);
  }
  return undefined;
}

/** @returns the query's parameters when they hold a signature */
function signatureQuery(target: string): ReadonlyMap<string, string> | undefined {
  const at = target.indexOf('?');
  if (at < 0) return undefined;
  const query = readPairs(target.slice(at + 1), '&');
  return query.has('X-Amz-Algorithm') ? query : undefined;
}

/** Of a doubled name the last value. */
function readPairs(text: string, separator: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const pair of text.split(separator)) {
    const equals = pair.indexOf('=');
    if (equals > 0) pairs.set(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim());
  }
  return pairs;
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `20260131T235959Z`, in form. */
function isBasicDate(text: string): boolean {
  if (text.length !== BASIC_DATE.length) return false;
  for (let i = 0; i < text.length; i += 1) {
    const wanted = BASIC_DATE.charCodeAt(i);
    const code = text.charCodeAt(i);
    if (wanted === DIGIT ? code < DIGIT || code > DIGIT + 9 : code !== wanted) return false;
  }
  return true;
}

function refusal(code: FailureCode, message: string): ModelFailure {
  return {code, message};
}
function broken(code: FailureCode, message: string): Reading {
  return {kind: 'broken', failure: {code, message}};
}
