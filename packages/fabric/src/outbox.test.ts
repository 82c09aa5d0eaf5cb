/** The sending queue by itself, on a stream that the test works by hand. */
import {ManualTime} from '@murmuration/base/testing';
import type {FrameStream} from './frame-stream.js';
import {Outbox} from './outbox.js';

interface Item {
  readonly sizeBytes: number;
  readonly name: string;
}

function setup(limits: {queueBytesMax?: number; messageBytesTarget?: number} = {}) {
  const time = new ManualTime();
  const messages: string[] = [];
  const written: (() => void)[] = [];
  const unwanted = new Set<string>();
  let mayGoOn = true;
  const stream: FrameStream = {
    write: (message, onWritten) => {
      messages.push(Buffer.from(message).toString());
      written.push(onWritten);
      return mayGoOn;
    },
    pause: () => undefined, resume: () => undefined, close: () => undefined,
  };
  const outbox = new Outbox<Item>({
    queueBytesMax: limits.queueBytesMax ?? 100, messageBytesTarget: limits.messageBytesTarget ?? 50,
    isWanted: (item) => !unwanted.has(item.name),
    encode: (items) => Buffer.from(items.map((item) => item.name).join('+')),
    onSent: () => undefined,
  }, stream, time);
  return {time, messages, written, unwanted, outbox, offer: (name: string, sizeBytes = 10) => outbox.offer({name, sizeBytes}), block: () => (mayGoOn = false), unblock: () => (mayGoOn = true)};
}

test('nothing leaves in the turn of the offer; all of it leaves as one message in the next', () => {
  const {time, messages, offer} = setup();
  offer('a');
  offer('b');
  expect(messages).toEqual([]);
  time.advance(0);
  expect(messages).toEqual(['a+b']);
});

test('a turn with more than a message should hold is cut; one large item travels alone', () => {
  const {time, messages, offer} = setup({queueBytesMax: 1_000});
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) offer(name);
  offer('large', 200);
  offer('g');
  time.advance(0);
  expect(messages).toEqual(['a+b+c+d+e', 'f', 'large', 'g']);
});

test('bytes count until the stream has written them', () => {
  const {time, written, offer, outbox} = setup({queueBytesMax: 20});
  expect(offer('a')).toBe(true);
  expect(offer('b')).toBe(true);
  expect(offer('c')).toBe(false);
  time.advance(0);
  expect(offer('c')).toBe(false);
  expect(outbox.queuedCount).toBe(0);
  written[0]?.();
  expect(outbox.queuedBytes).toBe(0);
  expect(offer('c')).toBe(true);
});

test('after the stream said wait nothing is written until it is writable', () => {
  const {time, messages, offer, block, unblock, outbox} = setup();
  block();
  offer('a');
  time.advance(0);
  offer('b');
  time.advance(10);
  expect(messages).toEqual(['a']);
  unblock();
  outbox.onWritable();
  expect(messages).toEqual(['a', 'b']);
  offer('c');
  time.advance(0);
  expect(messages).toEqual(['a', 'b', 'c']);
});

test('what nobody wants any more is left out and its bytes are free', () => {
  const {time, messages, offer, unwanted, outbox, written} = setup();
  offer('a');
  offer('b');
  offer('c');
  unwanted.add('b');
  time.advance(0);
  expect(messages).toEqual(['a+c']);
  written[0]?.();
  expect(outbox.queuedBytes).toBe(0);
  offer('b');
  time.advance(0);
  expect(messages).toEqual(['a+c']);
  expect(outbox.queuedBytes).toBe(0);
});

test('a closed queue takes nothing and sends nothing', () => {
  const {time, messages, offer, outbox} = setup();
  offer('a');
  outbox.close();
  expect(offer('b')).toBe(false);
  time.advance(0);
  expect(messages).toEqual([]);
});
