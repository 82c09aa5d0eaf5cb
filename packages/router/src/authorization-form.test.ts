// A signature is not verified, but one that is not whole gets the service's error for it, in the service's order.
import {judgeAuthorization} from './authorization-form.js';

const DATE = {'x-amz-date': '20260101T000000Z'};
const CREDENTIAL = 'Credential=any/20260101/us-east-1/dynamodb/aws4_request';
const WHOLE = `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=content-type;host;x-amz-date, Signature=00`;
const judge = (headers: Readonly<Record<string, string>>, target = '/'): string => {
  const failure = judgeAuthorization(new Map(Object.entries(headers)), target);
  return failure === undefined ? 'passes' : `${failure.code} ${failure.message ?? ''}`;
};

const passing: readonly (readonly [what: string, headers: Readonly<Record<string, string>>, target?: string])[] = [
  ['none', {}],
  ['a whole one', {...DATE, authorization: WHOLE}],
  ['a whole one without spaces', {...DATE, authorization: WHOLE.replaceAll(', ', ',')}],
  ['one with the date in Date', {date: 'Thu, 01 Jan 2026 00:00:00 GMT', authorization: WHOLE}],
  ['a whole one in the query', {}, '/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2Fb%2Fc%2Fd%2Fe&X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=00'],
  ['other queries', {}, '/?a=b&&=&c'],
];
test.each(passing.map(([what, headers, target]) => ({what, headers, target})))('$what passes', ({headers, target}) => {
  expect(judge(headers, target)).toBe('passes');
});

const broken: readonly (readonly [what: string, headers: Readonly<Record<string, string>>, expected: string, target?: string])[] = [
  ['header and query at once', {...DATE, authorization: WHOLE}, 'InvalidSignatureException Found both', '/?X-Amz-Algorithm=AWS4-HMAC-SHA256'],
  ['empty', {...DATE, authorization: ''}, 'MissingAuthenticationTokenException Request is missing Authentication Token'],
  ['another scheme', {...DATE, authorization: 'Basic YTpi'}, 'MissingAuthenticationTokenException'],
  ['the scheme in lower case', {...DATE, authorization: WHOLE.toLowerCase()}, 'MissingAuthenticationTokenException'],
  ['the algorithm alone', {authorization: 'AWS4-HMAC-SHA256'},
    "IncompleteSignatureException Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires "
    + "'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256"],
  ['parts in the wrong case', {...DATE, authorization: WHOLE.replace('Signature=', 'signature=')}, "IncompleteSignatureException Authorization header requires 'Signature' parameter. Authorization="],
  ['a date of another form', {'x-amz-date': '201', authorization: WHOLE}, "IncompleteSignatureException Date must be in ISO-8601 'basic format'. Got '201'."],
  ['host not signed', {...DATE, authorization: WHOLE.replace(';host', '')}, "InvalidSignatureException 'Host' must be a 'SignedHeader'"],
  ['another algorithm', {...DATE, authorization: WHOLE.replace('SHA256', 'MD5')}, "IncompleteSignatureException Unsupported AWS 'algorithm': 'AWS4-HMAC-MD5' (only"],
  ['a credential of two parts', {...DATE, authorization: WHOLE.replace(CREDENTIAL, 'Credential=a/b')}, "IncompleteSignatureException Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b'"],
  ['a query without the rest', {}, "IncompleteSignatureException AWS query-string parameters must include 'X-Amz-Signature'.", '/?X-Amz-Algorithm=AWS4-HMAC-SHA256'],
  ['broken percents in the query', {}, 'IncompleteSignatureException Credential must have', '/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=%zz&X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=0'],
];
test.each(broken.map(([what, headers, expected, target]) => ({what, headers, expected, target})))('$what is refused', ({headers, expected, target}) => {
  expect(judge(headers, target)).toContain(expected);
});
