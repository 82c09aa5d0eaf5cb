/** The hand-written layout is the protobuf message that the .proto file declares. */
import {loadSync} from '@grpc/proto-loader';
import {ByteWriter, DecodeError, toNodeId, utf8Encode} from '@murmuration/base';
import {crc32c} from '@node-rs/crc32';
import {join} from 'node:path';
import {
  answerSizeBytes, callSizeBytes, decodeFrame, encodeAnswers, encodeCalls, encodeHelloFrame, encodePing, encodePosts, encodeRefusalFrame,
  postSizeBytes, reasonText,
} from './frame.js';
import {fabricService} from './service-definition.js';

const PROTO_FILE = join(__dirname, '../../../proto/fabric.proto');
const SERVICE = 'murmuration.fabric.v1.Fabric';
const hello = {protocolVersion: 1, clusterId: 'c', node: toNodeId('a1'), incarnation: 3, mapEpoch: 9, settingsFingerprint: 'f'};

function declaredMethod() {
  const service = loadSync(PROTO_FILE)[SERVICE];
  if (service === undefined || 'format' in service) throw new Error('no such service in the file');
  return service['Exchange'] as {requestSerialize: (value: object) => Buffer; requestDeserialize: (bytes: Buffer) => object};
}

test('the compiled-in descriptor and the .proto file declare the same service', () => {
  const fromFile = loadSync(PROTO_FILE)[SERVICE] as object;
  const shape = (service: object) => Object.entries(service as Record<string, {path: string; requestStream: boolean; responseStream: boolean}>)
    .map(([name, method]) => [name, method.path, method.requestStream, method.responseStream]);
  expect(shape(fabricService())).toEqual(shape(fromFile));
});

test.each([
  ['a small frame', encodePing(12.5)],
  ['a frame with a length of several bytes', encodePosts([new Uint8Array(70_000)], postSizeBytes(new Uint8Array(70_000)))],
])('%s is what the declared message serialises to, and reads as it', (_title, message) => {
  const method = declaredMethod();
  const payload = (method.requestDeserialize(Buffer.from(message)) as {payload: Buffer}).payload;
  expect(payload.length).toBeGreaterThan(5);
  expect(Buffer.compare(method.requestSerialize({payload}), message)).toBe(0);
});

test('each kind of frame reads back as written', () => {
  const payload = utf8Encode('payload');
  expect(decodeFrame(encodeHelloFrame(hello))).toEqual({kind: 'hello', hello});
  expect(decodeFrame(encodeRefusalFrame({reason: 'settings', detail: 'd'}))).toEqual({kind: 'refusal', refusal: {reason: 'settings', detail: 'd'}});
  const call = {id: 300, service: 2, remainingMs: 15.2, payload};
  expect(decodeFrame(encodeCalls([call], callSizeBytes(300, payload)))).toEqual({kind: 'calls', calls: [{...call, remainingMs: 16}]});
  const answers = (['answered', 'refused', 'lost'] as const).map((status, id) => ({id, status, payload}));
  expect(decodeFrame(encodeAnswers(answers, 3 * answerSizeBytes(0, payload)))).toEqual({kind: 'answers', answers});
  expect(decodeFrame(encodePing(0.25))).toEqual({kind: 'ping', token: 0.25});
});

test('a hello of another protocol version gives its version and nothing else of it is believed', () => {
  const writer = new ByteWriter();
  writer.varint(2);
  writer.raw(new Uint8Array([255, 255, 255]));
  const frame = decodeFrame(framed(1, writer.finish()));
  expect(frame).toMatchObject({kind: 'hello', hello: {protocolVersion: 2, clusterId: ''}});
});

test.each([
  ['an unknown kind', framed(99, new Uint8Array(0))],
  ['a call that runs past the end', framed(3, Uint8Array.of(1, 1, 0, 0, 0, 0, 200, 1))],
  ['an answer of unknown status', framed(4, Uint8Array.of(1, 7, 0))],
  ['a ping with something after its token', framed(6, new Uint8Array(9))],
  ['a hello with a malformed node id', encodeHelloFrame({...hello, node: 'A 1' as typeof hello.node})],
  ['a hello with an endless text', encodeHelloFrame({...hello, clusterId: 'x'.repeat(2_000)})],
  ['a refusal for a reason that does not exist', encodeRefusalFrame({reason: 'mood' as 'self', detail: ''})],
  ['a second field after the first', Uint8Array.from([...encodePing(1), 0x10, 1])],
])('%s is malformed', (_title, message) => {
  expect(() => decodeFrame(message)).toThrow(DecodeError);
});

test('a length that is written longer than needed is malformed', () => {
  const message = encodePing(1);
  expect(message[1]).toBeLessThan(0x80);
  expect(() => decodeFrame(Uint8Array.from([0x0a, (message[1] as number) | 0x80, 0, ...message.subarray(2)]))).toThrow(DecodeError);
});

test('a reason that is no text gives a fixed one', () => {
  expect(reasonText(utf8Encode('busy'))).toBe('busy');
  expect(reasonText(Uint8Array.of(0xff))).toBe('no reason given');
});

/** A message with a right checksum around any body. */
function framed(kind: number, body: Uint8Array): Uint8Array {
  const checked = Uint8Array.from([kind, ...body]);
  const writer = new ByteWriter();
  writer.u8(0x0a);
  writer.varint(checked.length + 4);
  writer.u32(crc32c(checked));
  writer.raw(checked);
  return writer.finish();
}
