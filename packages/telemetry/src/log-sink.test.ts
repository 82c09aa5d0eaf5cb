import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Writable} from 'node:stream';
import {ManualTime} from '@murmuration/base/testing';
import {LogSink} from './log-sink.js';

/** A destination that keeps what it got, and takes more only when told to. */
class Slow extends Writable {
  text = '';
  #waiting: (() => void)[] = [];
  isOpen = false;
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    if (this.isOpen) done();
    else this.#waiting.push(done);
  }
  open(): void {
    this.isOpen = true;
    for (const done of this.#waiting.splice(0)) done();
  }
}

const lines = (text: string): Record<string, unknown>[] =>
  text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);

describe('LogSink', () => {
  test('writes an event as one line with the time of the clock, the node and the fields', () => {
    const destination = new Slow();
    const sink = new LogSink({level: 'info', node: 'a1'}, {clock: new ManualTime(0), destination});
    sink.emit({event: 'raft/elected', level: 'info', term: 4});
    expect(destination.text).toBe('{"time":"1970-01-01T00:00:00.000Z","level":"info","event":"raft/elected","node":"a1","term":4}\n');
  });

  test('leaves out events below its level', () => {
    const destination = new Slow();
    const sink = new LogSink({level: 'warn', node: 'a1'}, {clock: new ManualTime(), destination});
    sink.emit({event: 'x/debug', level: 'debug'});
    sink.emit({event: 'x/info', level: 'info'});
    sink.emit({event: 'x/error', level: 'error'});
    expect([sink.isEnabled('info'), sink.isEnabled('warn'), sink.isEnabled('error')]).toEqual([false, true, true]);
    destination.open();
    expect(lines(destination.text).map((line) => line['event'])).toEqual(['x/error']);
  });

  test('drops events when the destination is slow, and says how many once it moves again', async () => {
    const destination = new Slow();
    const sink = new LogSink({level: 'info', node: 'a1', queuedBytesMax: 300}, {clock: new ManualTime(), destination});
    for (let i = 0; i < 20; i += 1) sink.emit({event: 'x/happened', level: 'info', i});
    expect(sink.droppedCount).toBeGreaterThan(10);
    expect(destination.writableLength).toBeLessThan(600);
    const droppedCount = sink.droppedCount;
    destination.open();
    await new Promise<void>((resolve) => destination.write('\n', () => resolve()));
    sink.emit({event: 'x/later', level: 'info'});
    const seen = lines(destination.text);
    expect(seen.at(-2)).toMatchObject({event: 'telemetry/events-dropped', count: droppedCount});
    expect(seen.at(-1)).toMatchObject({event: 'x/later'});
    expect(seen.length).toBe(20 - droppedCount + 2);
  });

  test('appends to a file and has written everything when closed', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'log-sink-'));
    try {
      const filePath = join(directory, 'node.log');
      for (let run = 0; run < 2; run += 1) {
        const sink = new LogSink({level: 'info', node: 'a1', filePath}, {clock: new ManualTime()});
        for (let i = 0; i < 500; i += 1) sink.emit({event: 'x/happened', level: 'info', i});
        await sink.close();
        sink.emit({event: 'x/too-late', level: 'error'});
        expect(sink.droppedCount).toBe(1);
      }
      expect(lines(readFileSync(filePath, 'utf8')).map((line) => line['i'])).toEqual([...Array(500).keys(), ...Array(500).keys()]);
    } finally {
      rmSync(directory, {recursive: true});
    }
  });

  test('survives a destination that breaks', async () => {
    const destination = new Writable({write: (_chunk, _encoding, done) => done(new Error('gone'))});
    const sink = new LogSink({level: 'info', node: 'a1'}, {clock: new ManualTime(), destination});
    sink.emit({event: 'x/one', level: 'info'});
    await new Promise((resolve) => destination.once('close', resolve));
    sink.emit({event: 'x/two', level: 'info'});
    expect(sink.droppedCount).toBe(1);
    await sink.close();
  });
});
