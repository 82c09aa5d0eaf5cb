// Goal: signatures are those of AWS Signature Version 4. Method: what the AWS SDK for JavaScript signs for the same request.
import {RequestSigner} from './sign-request.js';

const HOST = 'dynamodb.us-east-1.amazonaws.com';
const body = Buffer.from('{"a":1}');
const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

test.each([
  [undefined, '50472b8b894a2a110eb0391141604946447e7c4ac0e116f21458fffe119012c5'],
  ['tok+en/=', '9645308a59820d9abc840cf9f4dd1efb8869839454bdf541b73d0fbb88d92b86'],
])('with the session token %s', (sessionToken, signature) => {
  const headers = new RequestSigner({accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken}, 'us-east-1', HOST).headers('DynamoDB_20120810.GetItem', body, NOW_MS);
  expect(headers).toContain('X-Amz-Date: 20260102T030405Z\r\n');
  expect(headers).toContain(`Signature=${signature}\r\n`);
  expect(headers.includes('X-Amz-Security-Token')).toBe(sessionToken !== undefined);
});
test('another day has another key', () => {
  const signer = new RequestSigner({accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: undefined}, 'us-east-1', HOST);
  const today = signer.headers('DynamoDB_20120810.GetItem', body, NOW_MS);
  const tomorrow = signer.headers('DynamoDB_20120810.GetItem', body, NOW_MS + 86_400_000);
  expect(tomorrow).toContain('20260103/us-east-1');
  expect(signer.headers('DynamoDB_20120810.GetItem', body, NOW_MS)).toBe(today);
});
