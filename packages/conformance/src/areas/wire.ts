import {gzipSync, deflateSync} from 'node:zlib';
import type {Area, ConformanceCase, HttpExpected, HttpRequestStep} from '../conformance-case.js';
import {empty, fails, gives, has, http, invalid, proves, put, unserializable} from '../conformance-case.js';
import {HASH} from '../suite-tables.js';

const JSON_1_0 = 'application/x-amz-json-1.0';
const target = (operation: string): string => `DynamoDB_20120810.${operation}`;
const CALL = {'content-type': JSON_1_0, 'x-amz-target': target('ListTables')} as const;
const NOT_FOUND: HttpExpected = {
  status: 404, body: '<UnknownOperationException/>\n',
  headers: {'x-amz-crc32': '3552371480', 'content-length': '29', 'x-amzn-requestid': /^[0-9A-Z]{52}$/},
};
const post = (headers: Readonly<Record<string, string>>, body: string | Uint8Array = '{}'): HttpRequestStep => ({method: 'POST', headers, body});
const one = (rule: string, name: string, request: HttpRequestStep, expected: HttpExpected): ConformanceCase => proves(rule, name, http(request, expected));

const GET = {TableName: HASH, Key: {pk: {S: 'wire'}}};
const LONG_TEXT = 'x'.repeat(20_000);

export const WIRE: Area = {
  name: 'wire',
  title: 'HTTP around the operations',
  cases: [
    // Content types.
    one('1 Request', 'x-amz-json-1.0 is answered in kind', post(CALL), {status: 200, headers: {'content-type': JSON_1_0, 'x-amzn-requestid': /^[0-9A-Z]{52}$/, 'x-amz-crc32': /^[0-9]+$/}}),
    one('1 Request', 'application/json is answered in kind', post({...CALL, 'content-type': 'application/json'}), {status: 200, headers: {'content-type': 'application/json'}}),
    one('1 Request', 'what stands behind a semicolon is ignored', post({...CALL, 'content-type': 'application/json; charset=utf-8'}), {status: 200, headers: {'content-type': 'application/json'}}),
    one('1 Request', 'a parameter behind x-amz-json-1.0 is ignored', post({...CALL, 'content-type': `${JSON_1_0};charset=x`}), {status: 200, headers: {'content-type': JSON_1_0}}),
    ...['application/x-amz-json-1.1', 'text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', 'json'].map((type) =>
      one('1 Non-POST or bad content type', `${type} is not found`, post({...CALL, 'content-type': type}), NOT_FOUND)),
    one('1 Non-POST or bad content type', 'no content type is not found', post({'x-amz-target': target('ListTables')}), NOT_FOUND),
    // Methods.
    ...['PUT', 'DELETE', 'PATCH'].map((method) =>
      one('1 Non-POST or bad content type', `${method} is not found`, {method, headers: CALL, body: '{}'}, NOT_FOUND)),
    one('1 Health', 'GET / says that it is healthy', {method: 'GET', headers: {}}, {
      status: 200, body: /^healthy: dynamodb\.[a-z0-9-]+\.amazonaws\.com $/, headers: {'x-amz-crc32': /^[0-9]+$/, 'x-amzn-requestid': /^[0-9A-Z]{52}$/},
    }),
    one('1 Health', 'GET / with a query says so too', {method: 'GET', path: '/?a=b', headers: {}}, {status: 200, body: /^healthy: /}),
    one('1 Non-POST or bad content type', 'GET of another path is not found', {method: 'GET', path: '/table', headers: {}}, NOT_FOUND),
    // CORS.
    one('1 CORS', 'an origin is allowed', post({...CALL, origin: 'https://example.org'}), {status: 200, headers: {'access-control-allow-origin': '*'}}),
    one('1 CORS', 'without an origin nothing is said of origins', post(CALL), {status: 200, headers: {'access-control-allow-origin': undefined}}),
    one('1 CORS', 'an error allows the origin too', post({...CALL, 'x-amz-target': target('Nothing'), origin: 'https://example.org'}), {
      status: 400, headers: {'access-control-allow-origin': '*'}, type: 'UnknownOperationException',
    }),
    one('1 CORS', 'a preflight echoes headers and method', {
      method: 'OPTIONS', headers: {origin: 'https://example.org', 'access-control-request-headers': 'x-amz-target, content-type', 'access-control-request-method': 'POST'},
    }, {
      status: 200, body: '', headers: {
        'access-control-allow-origin': '*', 'access-control-max-age': '172800', 'access-control-allow-headers': 'x-amz-target, content-type',
        'access-control-allow-methods': 'POST', 'content-length': '0',
      },
    }),
    one('1 CORS', 'a preflight that asks for nothing is told nothing', {method: 'OPTIONS', headers: {origin: 'https://example.org'}}, {
      status: 200, headers: {'access-control-allow-headers': undefined, 'access-control-allow-methods': undefined, 'access-control-max-age': '172800'},
    }),
    // Order of failures before the operation.
    one('1.1 order', 'a body that is no JSON is reported before an unknown target', post({...CALL, 'x-amz-target': 'x'}, 'hello'), {
      status: 400, body: '{"__type":"com.amazon.coral.service#SerializationException"}', type: 'SerializationException',
    }),
    ...['"hello', '{"a":}', '{', '{"a":1,}', "{'a':1}", 'undefined', '{"a":01}'].map((body) =>
      one('1.1 order', `${body} is no JSON`, post(CALL, body), {status: 400, body: '{"__type":"com.amazon.coral.service#SerializationException"}'})),
    ...['ListTable', 'listTables', '', 'ListTables ', 'ListTables.More'].map((operation) =>
      one('1.1 order', `target "${operation}" is unknown`, post({...CALL, 'x-amz-target': target(operation)}), {
        status: operation === 'ListTables ' ? 200 : 400,
        ...(operation === 'ListTables ' ? {} : {body: '{"__type":"com.amazon.coral.service#UnknownOperationException"}', type: 'UnknownOperationException'}),
      })),
    ...['DynamoDB_20111205.ListTables', 'DynamoDB_20120811.ListTables', 'ListTables', 'Kinesis_20131202.ListStreams'].map((name) =>
      one('1 Dispatch', `target ${name} is unknown`, post({...CALL, 'x-amz-target': name}), {status: 400, type: 'UnknownOperationException'})),
    one('1.1 order', 'no target at all is unknown', post({'content-type': JSON_1_0}), {status: 400, type: 'UnknownOperationException'}),
    one('1.1 order', 'an empty body without a target is an unknown operation', post({'content-type': JSON_1_0}, ''), {status: 400, type: 'UnknownOperationException'}),
    one('1.1 order', 'an empty body of an operation cannot be read', post(CALL, ''), {
      status: 400, body: '{"__type":"com.amazon.coral.service#SerializationException"}',
    }),
    ...['[]', '"text"', '5', 'true'].map((body) =>
      one('1.1 order', `a body ${body} is no structure`, post(CALL, body), {status: 400, type: 'SerializationException'})),
    one('1 JSON rules', 'a body of spaces around an object is read', post(CALL, ' \n{ }\t '), {status: 200}),
    // Signatures.
    ...([
      ['AWS4- ', 'IncompleteSignatureException'], ['AWS4-HMAC-SHA256 Signature=b', 'IncompleteSignatureException'],
      ['AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host', 'IncompleteSignatureException'], ['Basic abc', 'MissingAuthenticationTokenException'],
    ] as const).map(([authorization, type]) =>
      one('1.1 order', `authorization "${authorization}" is refused`, post({...CALL, authorization}), {status: 400, type})),
    one('1.1 order', 'an unknown operation is reported before a broken signature', post({...CALL, 'x-amz-target': target('Nothing'), authorization: 'AWS4- '}), {
      status: 400, type: 'UnknownOperationException',
    }),
    one('1.1 order', 'a broken signature is reported before an empty body', post({...CALL, authorization: 'AWS4- '}, ''), {status: 400, type: 'IncompleteSignatureException'}),
    one('1.1 order', 'a signature in header and query at once is refused', {
      method: 'POST', path: '/?X-Amz-Algorithm=AWS4-HMAC-SHA256', headers: {...CALL, authorization: 'AWS4-HMAC-SHA256 x'}, body: '{}',
    }, {status: 400, type: 'InvalidSignatureException'}),
    one('1.1 order', 'a signature in the query needs all its parts', {method: 'POST', path: '/?X-Amz-Algorithm=AWS4-HMAC-SHA256', headers: CALL, body: '{}'}, {
      status: 400, type: 'IncompleteSignatureException', body: /must include 'X-Amz-Signature'.*must include 'X-Amz-Credential'/,
    }),
    // Compression of requests.
    one('1 Compression in', 'gzip is read', post({...CALL, 'content-encoding': 'gzip'}, gzipSync('{"Limit":1}')), {status: 200}),
    one('1 Compression in', 'deflate is read', post({...CALL, 'content-encoding': 'deflate'}, deflateSync('{"Limit":1}')), {status: 200}),
    one('1 Compression in', 'gzip members behind each other are one body', post({...CALL, 'content-encoding': 'gzip'}, Buffer.concat([gzipSync('{"Lim'), gzipSync('it":1}')])), {status: 200}),
    one('1 Compression in', 'what is inside is judged', post({...CALL, 'content-encoding': 'gzip'}, gzipSync('{"Limit":0}')), {status: 400, type: 'ValidationException'}),
    one('1 Compression in', 'an unknown coding is a 500', post({...CALL, 'content-encoding': 'br'}), {status: 500, type: 'InternalServerError'}),
    one('1 Compression in', 'broken gzip is a 500', post({...CALL, 'content-encoding': 'gzip'}, 'not gzip'), {status: 500, type: 'InternalServerError'}),
    one('1 Compression in', 'broken deflate is a 500', post({...CALL, 'content-encoding': 'deflate'}, 'not deflate'), {status: 500}),
    one('1 Compression in', 'cut gzip is a 500', post({...CALL, 'content-encoding': 'gzip'}, gzipSync('{"Limit":1}').subarray(0, 15)), {status: 500}),
    one('1 Size', 'a small body that unpacks to more than 16 MB is refused', post({...CALL, 'content-encoding': 'gzip'}, gzipSync(Buffer.alloc(40 * 1024 * 1024, 32))), {status: 413}),
    one('1 Size', 'a body above 16 MB is refused', post(CALL, Buffer.alloc(16 * 1024 * 1024 + 1, 32)), {status: 413, body: ''}),
    // Compression of replies.
    proves('1 Compression out', 'long replies are compressed when the client takes it, short ones never',
      put({TableName: HASH, Item: {pk: {S: 'wire'}, text: {S: LONG_TEXT}}}),
      http(post({...CALL, 'x-amz-target': target('GetItem'), 'accept-encoding': 'gzip'}, JSON.stringify({...GET, ConsistentRead: true})), {
        status: 200, headers: {'content-encoding': 'gzip'}, body: new RegExp(`${'x'.repeat(50)}`),
      }),
      http(post({...CALL, 'x-amz-target': target('GetItem'), 'accept-encoding': 'deflate'}, JSON.stringify({...GET, ConsistentRead: true})), {
        status: 200, headers: {'content-encoding': 'deflate'}, body: new RegExp(`${'x'.repeat(50)}`),
      }),
      http(post({...CALL, 'x-amz-target': target('GetItem')}, JSON.stringify({...GET, ConsistentRead: true})), {status: 200, headers: {'content-encoding': undefined}}),
      http(post({...CALL, 'x-amz-target': target('GetItem'), 'accept-encoding': 'br'}, JSON.stringify({...GET, ConsistentRead: true})), {status: 200, headers: {'content-encoding': undefined}}),
      http(post({...CALL, 'x-amz-target': target('GetItem'), 'accept-encoding': 'gzip'}, JSON.stringify({...GET, ConsistentRead: true, ProjectionExpression: 'pk'})), {
        status: 200, headers: {'content-encoding': undefined}, body: '{"Item":{"pk":{"S":"wire"}}}',
      })),
    one('1 Request', 'Expect: 100-continue is answered before the body', post({...CALL, expect: '100-continue'}), {status: 200}),
    one('1 Compression out', 'the first of several codings is taken', post({...CALL, 'x-amz-target': target('GetItem'), 'accept-encoding': 'gzip, deflate'}, JSON.stringify({...GET, ConsistentRead: true})), {
      status: 200, headers: {'content-encoding': 'gzip'},
    }),
    ...['close', 'keep-alive'].map((connection) => one('1 Response headers', `connection: ${connection} is served`, post({...CALL, connection}), {status: 200, headers: {'content-length': /^[0-9]+$/}})),
    one('1 Request', 'a query behind the path is served', {...post(CALL), path: '/?a=b'}, {status: 200}),
    one('1 Request', 'another path is served too', {...post(CALL), path: '/table/x'}, {status: 200}),
    one('1 Request', 'header names in any case', {method: 'POST', headers: {'Content-Type': JSON_1_0, 'X-AMZ-TARGET': target('ListTables')}, body: '{}', isUnsigned: true}, {status: 200}),
    one('1 Response headers', 'an error has them all', post({...CALL, 'x-amz-target': target('GetItem')}), {
      status: 400, headers: {'content-type': JSON_1_0, 'x-amzn-requestid': /^[0-9A-Z]{52}$/, 'x-amz-crc32': /^[0-9]+$/, 'content-length': /^[0-9]+$/}, type: 'ValidationException',
    }),
    one('1 Error body', 'a SerializationException has a capital Message', post({...CALL, 'x-amz-target': target('GetItem')}, '{"TableName":5}'), {
      status: 400, body: '{"__type":"com.amazon.coral.service#SerializationException","Message":"NUMBER_VALUE cannot be converted to String"}',
    }),
    one('1 Error body', 'a ValidationException has a small one', post({...CALL}, '{"Limit":0}'), {
      status: 400, body: '{"__type":"com.amazon.coral.validate#ValidationException","message":"1 validation error detected: Value \'0\' at \'limit\' failed to satisfy constraint: Member must have value greater than or equal to 1"}',
    }),
    // Members.
    proves('1 JSON rules', 'unknown members are ignored', has('ListTables', {Limit: 1, Unknown: {deep: [1, 'x']}}, {})),
    proves('1 JSON rules', 'a member that is null is absent', gives('GetItem', {TableName: HASH, Key: {pk: {S: 'wire-none'}}, ConsistentRead: null, ProjectionExpression: null}, {})),
    proves('1 JSON rules', 'a required member that is null is missing', invalid('GetItem', {TableName: HASH, Key: null},
      "1 validation error detected: Value null at 'key' failed to satisfy constraint: Member must not be null")),
    ...[['true', true], ['TRUE', true], ['1', true], ['yes', true], ['false', false], ['0', false], ['No', false]].map(([text]) =>
      proves('1 Booleans', `the text ${String(text)} is a boolean`, gives('GetItem', {TableName: HASH, Key: {pk: {S: 'wire-none'}}, ConsistentRead: String(text)}, {}))),
    ...['yes please', '', '2'].map((text) =>
      proves('1 Booleans', `the text "${text}" is no boolean`, unserializable('GetItem', {...GET, ConsistentRead: text}, 'Unexpected token received from parser'))),
    proves('1 Success', 'DeleteItem without return options answers an empty structure', gives('DeleteItem', {TableName: HASH, Key: {pk: {S: 'wire-none'}}}, {})),
    proves('1 Success', 'an operation without output answers nothing', empty('TagResource', {
      ResourceArn: `arn:aws:dynamodb:us-east-1:000000000000:table/${HASH}`, Tags: [{Key: 'wire', Value: ''}],
    })),
    ...['CreateEverything', 'getItem', 'SearchVector'].map((operation) =>
      proves('1 Dispatch', `${operation} is no operation`, fails(operation, {}, 'UnknownOperationException', undefined))),
  ],
};
