/** Whatever is written reads back; whatever was changed on the way does not read at all. fast-check prints the seed of a failure. */
import {DecodeError} from '@murmuration/base';
import fc from 'fast-check';
import {answerSizeBytes, callSizeBytes, decodeFrame, encodeAnswers, encodeCalls, encodePosts, postSizeBytes} from './frame.js';

const payload = fc.uint8Array({maxLength: 300});
const id = fc.oneof(fc.nat(200), fc.maxSafeNat());
const call = fc.record({id, service: fc.nat(255), remainingMs: fc.nat(0xffff_ffff), payload}, {noNullPrototype: true});
const answer = fc.record({id, status: fc.constantFrom('answered' as const, 'refused' as const, 'lost' as const), payload}, {noNullPrototype: true});

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}

const message = fc.oneof(
  fc.array(call, {minLength: 1, maxLength: 5}).map((calls) => encodeCalls(calls, sum(calls.map((each) => callSizeBytes(each.id, each.payload))))),
  fc.array(answer, {minLength: 1, maxLength: 5}).map((answers) => encodeAnswers(answers, sum(answers.map((each) => answerSizeBytes(each.id, each.payload))))),
  fc.array(payload, {minLength: 1, maxLength: 5}).map((posts) => encodePosts(posts, sum(posts.map(postSizeBytes)))),
);

test('batches read back as written', () => {
  fc.assert(fc.property(fc.array(call), fc.array(answer), fc.array(payload), (calls, answers, posts) => {
    expect(decodeFrame(encodeCalls(calls, sum(calls.map((each) => callSizeBytes(each.id, each.payload)))))).toEqual({kind: 'calls', calls});
    expect(decodeFrame(encodeAnswers(answers, sum(answers.map((each) => answerSizeBytes(each.id, each.payload)))))).toEqual({kind: 'answers', answers});
    expect(decodeFrame(encodePosts(posts, sum(posts.map(postSizeBytes))))).toEqual({kind: 'posts', posts});
  }), {numRuns: 100});
});

test('a message with one changed bit is malformed', () => {
  fc.assert(fc.property(message, fc.nat(), fc.nat(7), (bytes, place, bit) => {
    const changed = Uint8Array.from(bytes);
    const at = place % changed.length;
    changed[at] = (changed[at] as number) ^ (1 << bit);
    expect(() => decodeFrame(changed)).toThrow(DecodeError);
  }), {numRuns: 500});
});

test('a message cut anywhere is malformed', () => {
  fc.assert(fc.property(message, fc.nat(), (bytes, place) => {
    expect(() => decodeFrame(bytes.subarray(0, place % bytes.length))).toThrow(DecodeError);
  }), {numRuns: 300});
});

test('any bytes are a frame or malformed, nothing worse', () => {
  fc.assert(fc.property(fc.uint8Array({maxLength: 100}), (bytes) => {
    expect(() => decodeFrame(bytes)).toThrow(DecodeError);
  }), {numRuns: 500});
});
