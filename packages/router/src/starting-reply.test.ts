import {utf8Decode} from '@murmuration/base';
import {startingReply} from './starting-reply.js';

test('a process that is starting answers in the form SDKs read and repeat', () => {
  const reply = startingReply();
  expect(reply).toMatchObject({status: 503, headers: {'Content-Type': 'application/x-amz-json-1.0'}, closeConnection: true});
  expect(JSON.parse(utf8Decode(reply.body))).toMatchObject({__type: 'com.amazonaws.dynamodb.v20120810#ServiceUnavailable', message: expect.stringContaining('starting')});
});
