import {ANY, OK, apiCall, latin1, oneStep, rawRequest, refusedAs} from '../hostile-case.js';
import type {Expectation, HostileCase} from '../hostile-case.js';
import {TABLE} from '../target.js';

const DATE = 'X-Amz-Date: 20260101T000000Z';
const CREDENTIAL = 'Credential=any/20260101/us-east-1/dynamodb/aws4_request';
const WHOLE = `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=host;x-amz-date, Signature=00`;
const BODY = {TableName: TABLE, Key: {pk: {S: 'witness'}, sk: {N: '0'}}};
const INCOMPLETE = refusedAs('IncompleteSignatureException');
const MISSING = refusedAs('MissingAuthenticationTokenException');
const WRONG = refusedAs('InvalidSignatureException');

const header = (name: string, value: string, expected: Expectation, ...more: readonly string[]): HostileCase =>
  oneStep('authorization', name, apiCall('GetItem', BODY, `Authorization: ${value}`, ...more), expected);
const query = (name: string, parameters: string, expected: Expectation, ...more: readonly string[]): HostileCase => {
  const text = JSON.stringify(BODY);
  return oneStep('authorization', name, rawRequest([`POST /?${parameters} HTTP/1.1`, 'Host: localhost', 'Content-Type: application/x-amz-json-1.0',
    'X-Amz-Target: DynamoDB_20120810.GetItem', ...more, `Content-Length: ${text.length}`], latin1(text)), expected);
};
const PRESIGNED = 'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2Fb%2Fc%2Fd%2Fe&X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=00';

export const AUTHORIZATION_CASES: readonly HostileCase[] = [
  header('a whole signature of anybody', WHOLE, OK, DATE),
  oneStep('authorization', 'no signature', apiCall('GetItem', BODY), OK),
  header('an empty header', '', MISSING, DATE),
  header('another scheme', 'Basic YTpi', MISSING, DATE),
  header('a bearer token', `Bearer ${'x'.repeat(4000)}`, MISSING, DATE),
  header('the scheme in lower case', WHOLE.toLowerCase(), MISSING, DATE),
  header('the algorithm alone', 'AWS4-HMAC-SHA256', INCOMPLETE, DATE),
  header('no credential', WHOLE.replace(`${CREDENTIAL}, `, ''), INCOMPLETE, DATE),
  header('no signature in it', WHOLE.replace(', Signature=00', ''), INCOMPLETE, DATE),
  header('no signed headers', WHOLE.replace('SignedHeaders=host;x-amz-date, ', ''), INCOMPLETE, DATE),
  header('no date', WHOLE, INCOMPLETE),
  header('a date of another form', WHOLE, INCOMPLETE, 'X-Amz-Date: 2026-01-01T00:00:00Z'),
  header('a date of letters', WHOLE, INCOMPLETE, 'X-Amz-Date: yesterday'),
  header('a date of 8 KiB', WHOLE, INCOMPLETE, `X-Amz-Date: ${'2'.repeat(8192)}`),
  header('host not signed', WHOLE.replace('host;', ''), WRONG, DATE),
  header('another algorithm', WHOLE.replace('SHA256', 'SHA1'), INCOMPLETE, DATE),
  header('a credential of one part', WHOLE.replace(CREDENTIAL, 'Credential=a'), INCOMPLETE, DATE),
  header('a credential of 1,000 parts', WHOLE.replace(CREDENTIAL, `Credential=${'a/'.repeat(1000)}`), INCOMPLETE, DATE),
  header('parts in another order', `AWS4-HMAC-SHA256 Signature=00, ${CREDENTIAL}, SignedHeaders=host`, OK, DATE),
  header('parts doubled', `${WHOLE}, ${CREDENTIAL}, Signature=11`, OK, DATE),
  header('10,000 commas', `AWS4-HMAC-SHA256 ${','.repeat(10_000)}`, INCOMPLETE, DATE),
  header('10,000 equals signs', `AWS4-HMAC-SHA256 ${'='.repeat(10_000)}`, INCOMPLETE, DATE),
  header('16 KiB of signature', `${WHOLE}${'0'.repeat(16_384)}`, OK, DATE),
  header('64 KiB of signature', `${WHOLE}${'0'.repeat(65_536)}`, {kind: 'refused'}, DATE),
  header('high bytes in the credential', WHOLE.replace('any', '\xff\xfe'), OK, DATE),
  header('the header twice, the first counts', WHOLE, OK, DATE, 'Authorization: Basic YTpi'),
  header('an unknown session token', WHOLE, OK, DATE, `X-Amz-Security-Token: ${'t'.repeat(8192)}`),
  header('a wrong hash of the body', WHOLE, OK, DATE, `X-Amz-Content-Sha256: ${'0'.repeat(64)}`),
  query('a presigned query', PRESIGNED, OK),
  query('a presigned query and a header', PRESIGNED, WRONG, `Authorization: ${WHOLE}`, DATE),
  query('a presigned query without the rest', 'X-Amz-Algorithm=AWS4-HMAC-SHA256', INCOMPLETE),
  query('a presigned query with broken percents', PRESIGNED.replaceAll('%2F', '%zz'), INCOMPLETE),
  query('a presigned query of another algorithm', PRESIGNED.replace('SHA256', 'MD5'), INCOMPLETE),
  query('a query of 8,000 parameters', 'a=b&'.repeat(7000), ANY),
];
