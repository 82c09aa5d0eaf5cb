import fc from 'fast-check';
import {ByteReader, ByteWriter} from './byte-codec.js';
import {utf8Decode, utf8Encode} from './bytes.js';

describe('what a writer finishes', () => {
  it('is the same bytes in a block of their own and in a shared one, whatever was finished before and after', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({maxLength: 3_000}), {minLength: 1, maxLength: 60}), (texts) => {
      const writer = new ByteWriter(16);
      const finished = texts.map((bytes) => {
        writer.reset();
        writer.raw(bytes);
        const own = writer.finish();
        expect(own.buffer.byteLength).toBe(bytes.length);
        return [own, writer.finishShared()] as const;
      });
      finished.forEach(([own, shared], i) => {
        expect(own).toEqual(texts[i]);
        expect(shared).toEqual(texts[i]);
      });
    }), {numRuns: 40});
  });
  it('has a block of its own when it is large', () => {
    const writer = new ByteWriter();
    writer.raw(new Uint8Array(8 * 1024 + 1));
    expect(writer.finishShared().buffer.byteLength).toBe(8 * 1024 + 1);
  });
  it('is read back at any place of a larger buffer', () => {
    const writer = new ByteWriter();
    for (let i = 0; i < 3; i += 1) {
      writer.reset();
      writer.u32(0xfeed_beef);
      writer.f64(-1.5);
      writer.text('ß');
      const reader = new ByteReader(writer.finishShared());
      expect([reader.u32(), reader.f64(), reader.text()]).toEqual([0xfeed_beef, -1.5, 'ß']);
      reader.end();
    }
  });
});

describe('a text as UTF-8', () => {
  it('has the bytes that the platform gives it, short or long', () => {
    const encoder = new TextEncoder();
    fc.assert(fc.property(fc.oneof(fc.string({maxLength: 80}), fc.string({unit: 'binary', maxLength: 80}), fc.string({unit: fc.integer({min: 0, max: 0xffff}).map((unit) => String.fromCharCode(unit)), maxLength: 80})), (text) => {
      expect(utf8Encode(text)).toEqual(encoder.encode(text));
    }));
    expect(utf8Decode(utf8Encode('größer'))).toBe('größer');
  });
});
