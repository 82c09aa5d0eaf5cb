// The protocol around the operations: exact statuses, headers and bodies before any rule of a table.
import {EMPTY_BYTES, utf8Decode, utf8Encode} from '@murmuration/base';
import type {Counter, Family, LabelValues, MetricRegistry} from '@murmuration/base';
import {nullMetrics} from '@murmuration/base';
import {FakeCluster} from './testing/fake-cluster.js';

const JSON_TYPE = {'content-type': 'application/x-amz-json-1.0'};
const CORAL = 'com.amazon.coral.service';

describe('HTTP server', () => {
  test('an answer carries a request id of the service\'s form, the request\'s JSON type and a checksum', () => {
    const {reply} = new FakeCluster().call('DescribeLimits', {});
    expect(reply.headers['x-amzn-RequestId']).toMatch(/^[0-9A-Z]{52}$/);
    expect(reply).toMatchObject({status: 200, headers: {'Content-Type': 'application/x-amz-json-1.0'}, addCrc32: true});
    expect(reply.headers).not.toHaveProperty('Access-Control-Allow-Origin');
  });

  test('application/json is taken and echoed, whatever stands behind its semicolon', () => {
    expect(new FakeCluster().call('DescribeLimits', {}, {'content-type': 'application/json; charset=utf-8'}).reply)
      .toMatchObject({status: 200, headers: {'Content-Type': 'application/json'}});
  });

  test.each([
    [{method: 'PUT', headers: JSON_TYPE}], [{method: 'POST', headers: {'content-type': 'application/x-amz-json-1.1'}}], [{method: 'POST'}],
    [{method: 'GET', target: '/other'}],
  ])('%j is nothing served here', (request) => {
    const reply = new FakeCluster().http({body: EMPTY_BYTES, ...request});
    expect([reply.status, utf8Decode(reply.body)]).toEqual([404, '<UnknownOperationException/>\n']);
  });

  test('version 1.1 of the protocol is that of auto scaling alone', () => {
    const cluster = new FakeCluster();
    cluster.answerControl = () => ({kind: 'scaling', records: [], next: undefined});
    const headers = {'content-type': 'application/x-amz-json-1.1'};
    const ask = (target: string) => cluster.http({headers: {...headers, 'x-amz-target': target}, body: utf8Encode('{"ServiceNamespace":"dynamodb"}')});
    const reply = ask('AnyScaleFrontendService.DescribeScalableTargets');
    expect(reply).toMatchObject({status: 200, headers: {'Content-Type': 'application/x-amz-json-1.1'}});
    expect(utf8Decode(reply.body)).toBe('{"ScalableTargets":[]}');
    expect(ask('AnyScaleFrontendService.DescribeBirds').status).toBe(400);
    expect(ask('DynamoDB_20120810.ListTables').status).toBe(404);
    cluster.answerControl = () => ({kind: 'failed', failure: {code: 'NotFound', what: 'No scalable target found'}});
    expect(utf8Decode(ask('AnyScaleFrontendService.DescribeScalableTargets').body)).toBe('{"__type":"com.amazonaws.autoscaling.frontend.v20160206#ObjectNotFoundException","message":"No scalable target found"}');
  });

  test('GET / is the health text', () => {
    const reply = new FakeCluster().http({method: 'GET'});
    expect([reply.status, utf8Decode(reply.body)]).toEqual([200, 'healthy: dynamodb.eu-test-1.amazonaws.com ']);
  });

  test('a preflight is echoed, and every answer to an origin allows it', () => {
    const cluster = new FakeCluster();
    expect(cluster.http({method: 'OPTIONS', headers: {
      origin: 'https://a.test', 'access-control-request-headers': 'x-amz-target', 'access-control-request-method': 'POST',
    }})).toMatchObject({status: 200, body: EMPTY_BYTES, headers: {
      'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'x-amz-target', 'Access-Control-Allow-Methods': 'POST', 'Access-Control-Max-Age': '172800',
    }});
    expect(cluster.call('DescribeLimits', {}, {origin: 'https://a.test'}).reply.headers).toMatchObject({'Access-Control-Allow-Origin': '*'});
  });

  test('a body above the limit is 413, empty, without a request id', () => {
    expect(new FakeCluster().http({headers: JSON_TYPE, bodyFailure: 'too-large'}))
      .toEqual({status: 413, headers: {}, body: EMPTY_BYTES, closeConnection: true});
  });

  test('a body of unknown coding is a 500', () => {
    const reply = new FakeCluster().http({headers: JSON_TYPE, bodyFailure: 'bad-encoding'});
    expect([reply.status, utf8Decode(reply.body)]).toEqual([500, '{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}']);
  });

  test('a broken body comes before an unknown target, and that before an empty body', () => {
    const cluster = new FakeCluster();
    const post = (target: string, body: Uint8Array): string => {
      const reply = cluster.http({headers: {...JSON_TYPE, 'x-amz-target': target}, body});
      return `${reply.status} ${utf8Decode(reply.body)}`;
    };
    expect(post('Nonsense', utf8Encode('{'))).toBe(`400 {"__type":"${CORAL}#SerializationException"}`);
    expect(post('DynamoDB_20120810.GetItem', Uint8Array.of(0xff))).toBe(`400 {"__type":"${CORAL}#SerializationException"}`);
    expect(post('Nonsense', utf8Encode('{}'))).toBe(`400 {"__type":"${CORAL}#UnknownOperationException"}`);
    expect(post('DynamoDB_20120810.Nonsense', EMPTY_BYTES)).toBe(`400 {"__type":"${CORAL}#UnknownOperationException"}`);
    expect(post('DynamoDB_20120810.GetItem', EMPTY_BYTES)).toBe(`400 {"__type":"${CORAL}#SerializationException"}`);
    expect(post('DynamoDB_20120810.GetItem', utf8Encode('[]'))).toBe(`400 {"__type":"${CORAL}#SerializationException"}`);
  });

  test('a member of the wrong JSON type has its message under Message', () => {
    expect(new FakeCluster().call('GetItem', {TableName: 5, Key: {}})).toMatchObject({
      status: 400, body: {__type: `${CORAL}#SerializationException`, Message: 'NUMBER_VALUE cannot be converted to String'},
    });
  });

  test('attribute names that mean something to the language are only names', () => {
    const cluster = new FakeCluster();
    const item = '{"id":{"N":"1"},"__proto__":{"S":"x"},"constructor":{"S":"y"}}';
    expect(cluster.call('PutItem', `{"TableName":"Users","Item":${item}}`).status).toBe(200);
    expect(utf8Decode(cluster.call('GetItem', {TableName: 'Users', Key: {id: {N: '1'}}}).reply.body)).toBe(`{"Item":${item}}`);
  });

  test('a body that nests far deeper than any item is refused before it is parsed', () => {
    const cluster = new FakeCluster();
    const refusal = {status: 400, body: {__type: 'com.amazon.coral.validate#ValidationException', message: 'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit'}};
    expect(cluster.call('PutItem', `{"TableName":"Users","Item":${'['.repeat(1000)}${']'.repeat(1000)}}`)).toMatchObject(refusal);
    expect(cluster.call('PutItem', `{"TableName":"Users","Nobody":${'['.repeat(8_000_000)}`)).toMatchObject(refusal);
  });

  test('a message that quotes the request is cut', () => {
    const {reply} = new FakeCluster().call('UpdateItem', {
      TableName: 'Users', Key: {id: {N: '1'}}, UpdateExpression: 'REMOVE a', ExpressionAttributeNames: Object.fromEntries(Array.from({length: 50_000}, (_, i) => [`#n${i}`, 'x'])),
    });
    expect(reply.status).toBe(400);
    expect(reply.body.length).toBeLessThan(50_000);
  });

  test.each(['1e400', '1e308', '9007199254740993', '-1e400', '2147483648'])('a limit of %s is refused, and no process ends', (limit) => {
    const cluster = new FakeCluster({isLocal: false});
    for (const operation of ['Scan', 'ListTables']) {
      expect(cluster.call(operation, `{"TableName":"Users","Limit":${limit}}`)).toMatchObject({status: 400, body: {__type: `${CORAL}#SerializationException`}});
    }
  });

  test('with too many bytes in work new requests are refused, and served again afterwards', () => {
    const cluster = new FakeCluster({isLocal: false, tuning: {inFlightBytesMax: 32 * 1024 * 1024}});
    const scan = {headers: {...JSON_TYPE, 'x-amz-target': 'DynamoDB_20120810.Scan'}, body: utf8Encode('{"TableName":"Users"}')};
    const waiting = Array.from({length: 31}, () => cluster.start(scan));
    expect(cluster.start(scan)).toMatchObject([{status: 503}]);
    expect(cluster.events.named('router/overloaded')).toHaveLength(1);
    cluster.time.advance(100);
    expect(waiting.every(([reply]) => reply?.status === 200)).toBe(true);
    expect(cluster.router.health()).toMatchObject({inFlightBytes: 0, inFlightCount: 0});
    expect(cluster.http(scan).status).toBe(200);
  });

  test('counts requests, errors and units; a table is named only when it exists', () => {
    const counts = new CountingMetrics();
    const cluster = new FakeCluster({metrics: counts.registry});
    cluster.call('PutItem', {TableName: 'Users', Item: {id: {N: '1'}}});
    cluster.call('GetItem', {TableName: 'Users', Key: {id: {N: '1'}}, ConsistentRead: true});
    cluster.call('GetItem', {TableName: 'nobody', Key: {id: {N: '1'}}});
    expect(counts.values).toMatchObject({
      'requests_total{"operation":"PutItem","table":"Users","result":"ok"}': 1,
      'requests_total{"operation":"GetItem","table":"Users","result":"ok"}': 1,
      'requests_total{"operation":"GetItem","table":"","result":"client_error"}': 1,
      'errors_total{"operation":"GetItem","type":"ResourceNotFoundException"}': 1,
      'consumed_write_units_total{"table":"Users"}': 1,
      'consumed_read_units_total{"table":"Users"}': 1,
      returned_items_total: 1,
    });
  });
});

class CountingMetrics {
  readonly values: Record<string, number> = {};
  readonly registry: MetricRegistry = {
    ...nullMetrics,
    counter: ({name}) => this.#counter(name),
    counterFamily: ({name}): Family<Counter> => ({with: (labels: LabelValues) => this.#counter(`${name}${JSON.stringify(labels)}`)}),
  };
  #counter(name: string): Counter {
    return {add: (amount) => { this.values[name] = (this.values[name] ?? 0) + amount; }};
  }
}
