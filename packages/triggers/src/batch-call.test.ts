// A batch is dealt with in the end whatever its function does: tried again, halved, cut at what failed, or given up with news.
// Method: functions in memory whose answers are told; pauses that do not wait.
import {SeededRandom, nullMetrics} from '@murmuration/base';
import type {FunctionPort} from '@murmuration/base';
import {ManualTime, RecordingEvents} from '@murmuration/base/testing';
import {batchesOf, callWithBatch, failedFrom} from './batch-call.js';
import type {BatchCallContext} from './batch-call.js';
import type {FunctionRecord} from './function-record.js';
import {createTriggerMetrics} from './metrics.js';
import {TRIGGER_DEFAULTS} from './ports.js';
import {parseTriggerSettings} from './trigger-definition.js';

const record = (number: number, atSeconds = 1_000): FunctionRecord => ({
  eventID: `e${number}`, eventSourceARN: 'arn', dynamodb: {ApproximateCreationDateTime: atSeconds, Keys: {pk: {S: `k${number}`}}, SequenceNumber: String(number)},
});
const records = (...numbers: readonly number[]): readonly FunctionRecord[] => numbers.map((number) => record(number));

class Fixture {
  readonly calls: string[] = [];
  readonly delivered: {readonly [name: string]: unknown}[] = [];
  readonly pausesMs: number[] = [];
  readonly context: BatchCallContext;
  answer: (numbers: readonly number[], call: number) => string = () => '';
  failDeliveries = 0;
  constructor(settings: object, nowMs = 1_000_000) {
    const time = new ManualTime();
    const functions: FunctionPort = {
      invoke: (_target, event) => {
        const {Records} = JSON.parse(event) as {readonly Records: readonly FunctionRecord[]};
        const numbers = Records.map(({dynamodb}) => Number(dynamodb.SequenceNumber));
        this.calls.push(numbers.join(','));
        try {
          return Promise.resolve(this.answer(numbers, this.calls.length));
        } catch (error) {
          return Promise.reject(error as Error);
        }
      },
      deliver: (_target, document) => {
        this.failDeliveries -= 1;
        if (this.failDeliveries >= 0) return Promise.reject(new Error('full'));
        this.delivered.push(JSON.parse(document) as {readonly [name: string]: unknown});
        return Promise.resolve();
      },
      refusalOf: () => undefined,
    };
    const definition = {
      ...parseTriggerSettings({name: 't', table: 'music', target: {kind: 'http', url: 'http://f'}, startingPosition: 'LATEST', onFailure: {kind: 'file', path: 'lost'}, ...settings}),
      streamArn: 'stream', createdAtMs: 0,
    };
    this.context = {
      definition, shard: 'shard', functions, clock: {monotonicMs: () => time.monotonicMs(), wallMs: () => nowMs}, random: new SeededRandom(1), events: new RecordingEvents(),
      metrics: createTriggerMetrics(nullMetrics), tuning: TRIGGER_DEFAULTS, retentionMs: 86_400_000,
      pause: (ms) => {
        this.pausesMs.push(ms);
        return Promise.resolve();
      },
    };
  }
}
const fail = (): never => {
  throw new Error('function failed');
};

test('a batch that succeeds is called once', async () => {
  const fixture = new Fixture({});
  await callWithBatch(fixture.context, records(1, 2, 3));
  expect(fixture.calls).toEqual(['1,2,3']);
});

test('a batch that fails is tried again, later each time, until it succeeds', async () => {
  const fixture = new Fixture({});
  fixture.answer = (_numbers, call) => (call < 4 ? fail() : '');
  await callWithBatch(fixture.context, records(1, 2));
  expect(fixture.calls).toHaveLength(4);
  expect(fixture.pausesMs).toHaveLength(3);
  expect((fixture.pausesMs[2] as number) > (fixture.pausesMs[0] as number)).toBe(true);
});

test('after so many tries it is given up, with news of where it was', async () => {
  const fixture = new Fixture({maximumRetryAttempts: 2});
  fixture.answer = fail;
  fixture.failDeliveries = 1;
  await callWithBatch(fixture.context, records(1, 2));
  expect(fixture.calls).toHaveLength(3);
  expect(fixture.delivered).toMatchObject([{
    requestContext: {condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3}, DDBStreamBatchInfo: {shardId: 'shard', startSequenceNumber: '1', endSequenceNumber: '2', batchSize: 2, streamArn: 'stream'},
  }]);
});

test('halving finds the one bad record, and costs no tries', async () => {
  const fixture = new Fixture({maximumRetryAttempts: 0, bisectBatchOnFunctionError: true});
  fixture.answer = (numbers) => (numbers.includes(3) ? fail() : '');
  await callWithBatch(fixture.context, records(1, 2, 3, 4));
  expect(fixture.calls).toEqual(['1,2,3,4', '1,2', '3,4', '3', '4']);
  expect(fixture.delivered).toMatchObject([{DDBStreamBatchInfo: {startSequenceNumber: '3', endSequenceNumber: '3'}}]);
});

test('a function that names what failed gets that again, and what is behind it', async () => {
  const fixture = new Fixture({reportBatchItemFailures: true});
  fixture.answer = (_numbers, call) => (call === 1 ? '{"batchItemFailures":[{"itemIdentifier":"3"},{"itemIdentifier":"2"}]}' : '{"batchItemFailures":[]}');
  await callWithBatch(fixture.context, records(1, 2, 3));
  expect(fixture.calls).toEqual(['1,2,3', '2,3']);
});

test('records that are too old are passed over with news', async () => {
  const fixture = new Fixture({maximumRecordAgeInSeconds: 60}, 1_070_000);
  await callWithBatch(fixture.context, [record(1, 1_000), record(2, 1_009), record(3, 1_010)]);
  expect(fixture.calls).toEqual(['3']);
  expect(fixture.delivered).toMatchObject([{requestContext: {condition: 'RecordAgeExceeded'}, DDBStreamBatchInfo: {batchSize: 2}}]);
});

test.each<[string, string, number | undefined]>([
  ['nothing', '', undefined], ['null', 'null', undefined], ['something else', '{"ok":true}', undefined], ['an empty list', '{"batchItemFailures":[]}', undefined],
  ['an unknown record', '{"batchItemFailures":[{"itemIdentifier":"9"}]}', 0], ['an empty name', '{"batchItemFailures":[{"itemIdentifier":""}]}', 0], ['no list', '{"batchItemFailures":1}', 0],
  ['no JSON', 'oops', 0], ['the last one', '{"batchItemFailures":[{"itemIdentifier":"2"}]}', 1],
])('an answer with %s', (_name, answer, expected) => {
  expect(failedFrom(answer, records(1, 2))).toBe(expected);
});

test('batches are bounded by count and by size', () => {
  expect(batchesOf(records(1, 2, 3, 4, 5), 2).map((batch) => batch.length)).toEqual([2, 2, 1]);
  expect(batchesOf(records(1, 2, 3), 10, 700).map((batch) => batch.length)).toEqual([1, 1, 1]);
  expect(batchesOf([], 10)).toEqual([]);
});
