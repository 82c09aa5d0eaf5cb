import {mkdtempSync, rmSync, writeFileSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DecodeError, EMPTY_BYTES, NO_REPLICA, equalBytes, toGroupId, toIndexId, toLogIndex, toReplicaId, toTerm, utf8Decode, utf8Encode} from '@murmuration/base';
import {decodeControlRequest, encodeControlRequest} from '@murmuration/control-client';
import {decodeNumberKey, encodeNumberKey, encodeStoredValue, readStoredHeader} from '@murmuration/model';
import {
  decodeEffect, decodePartitionRecord, decodePartitionRequest, decodePartitionResponse, decodeSplitEffect, decodeStreamRecord, decodeStreamShard, emptyRecord, encodeEffect, encodePartitionRecord, encodePartitionRequest,
  encodePartitionResponse, encodeSplitEffect, encodeStreamRecord, encodeStreamShard,
} from '@murmuration/partition';
import {clusterMapContentFromJson, clusterMapContentToJson} from '@murmuration/placement';
import {decodeConfChange, decodeMessage, encodeConfChange, encodeMessage} from '@murmuration/raft';
import type {Message} from '@murmuration/raft';
import {SystemError, readSealedFile, writeSealedFile} from '@murmuration/system';
import type {Fault} from './fault.js';
import {logFormat} from './log-format.js';

/** One format on disk or between processes, with bytes that its writer made. */
export interface Format {
  readonly name: string;
  readonly samples: readonly Uint8Array[];
  /** @returns what is wrong with how the reader takes damaged bytes */
  judge(damaged: Uint8Array): Promise<Fault | undefined>;
  dispose?(): void;
}

const GROUP = toGroupId(17);
const KEY = Uint8Array.of(16, 0, 0, 0, 7, 0, 0, 1, 2, 3, 4, 2, 97, 0, 1);
const BIRTH = {from: Uint8Array.of(1), until: Uint8Array.of(2), epoch: 1};
const INDEX_COUNTS = [{itemCount: 3, sizeBytes: 2 ** 33}, {itemCount: 0, sizeBytes: 0}];
const EXPRESSIONS = {condition: 'a = :v', update: undefined, filter: undefined, projection: 'a, b', namesJson: '{"#a":"b"}', valuesJson: '{":v":{"N":"1"}}'};

const SHARD = {
  label: '2026-01-31T09:05:07.004', group: GROUP, createdHlc: 2 ** 50, parent: {group: GROUP, createdHlc: 2 ** 49}, startSequence: 7, endSequence: 2 ** 40, endHlc: 2 ** 51, trimmedUntil: 9, splitChild: GROUP,
};

function message(fields: Partial<Message>): Message {
  return {
    type: 'AppResp', to: toReplicaId(1), from: toReplicaId(2), term: toTerm(3), logTerm: toTerm(0), index: toLogIndex(4), entries: [], commit: toLogIndex(0), commitTerm: toTerm(0), vote: NO_REPLICA,
    snapshot: undefined, reject: false, rejectHint: toLogIndex(0), context: EMPTY_BYTES, responses: [], ...fields,
  };
}

/**
 * A format without a checksum of its own: it travels or lies inside one that has. Its reader gives a value or
 * refuses with DecodeError, whatever the bytes.
 */
function plain(name: string, samples: readonly Uint8Array[], decode: (bytes: Uint8Array) => unknown): Format {
  return {
    name, samples,
    judge: (damaged) => {
      try {
        decode(damaged);
      } catch (error) {
        if (!(error instanceof DecodeError)) return Promise.resolve(`ended in ${String(error)}`);
      }
      return Promise.resolve(undefined);
    },
  };
}

/** A file that checks itself: whatever differs is refused, and nothing of it is given out. */
async function sealed(): Promise<Format> {
  const folder = mkdtempSync(join(tmpdir(), 'murmuration-hostile-'));
  const path = join(folder, 'sealed');
  const samples: Uint8Array[] = [];
  for (const text of ['', 'a', 'identity of a node', '{"version":7,"tables":[]}'.repeat(20)]) {
    await writeSealedFile(path, {version: 1, payload: utf8Encode(text)});
    samples.push(new Uint8Array(readFileSync(path)));
  }
  return {
    name: 'sealed file', samples,
    judge: async (damaged) => {
      writeFileSync(path, damaged);
      try {
        await readSealedFile(path, 1);
      } catch (error) {
        if (error instanceof SystemError && (error.failure.code === 'Corrupt' || error.failure.code === 'UnknownVersion')) return undefined;
        return `ended in ${String(error)}`;
      }
      // A splice may end up as one of the wholes it was made of.
      return samples.some((sample) => equalBytes(sample, damaged)) ? undefined : 'damaged bytes were served';
    },
    dispose: () => rmSync(folder, {recursive: true, force: true}),
  };
}

/** Every format that can be read from outside its package. */
export async function openFormats(): Promise<readonly Format[]> {
  const change = encodeConfChange({transition: 'auto', changes: [{type: 'AddLearnerNode', replica: toReplicaId(9)}], context: EMPTY_BYTES}, 1);
  return [
    plain('partition request', [
      encodePartitionRequest({kind: 'write', group: GROUP, epoch: 3, command: {
        op: 'update', key: KEY, item: utf8Encode('{"pk":{"S":"a"}}'), itemSizeBytes: 0, expressions: EXPRESSIONS, returnValues: 'ALL_NEW', returnItemOnConditionFailure: true,
      }}),
      encodePartitionRequest({kind: 'get', group: GROUP, epoch: 3, consistency: 'strong', keys: [KEY, KEY]}),
      encodePartitionRequest({kind: 'range', group: GROUP, epoch: 3, consistency: 'eventual', from: KEY, until: Uint8Array.of(17), isReverse: true, itemCountMax: 100, pageSizeBytesMax: 1_000_000, expressions: EXPRESSIONS, isCountOnly: false}),
      encodePartitionRequest({kind: 'range', group: GROUP, epoch: 3, consistency: 'strong', from: KEY, until: Uint8Array.of(17), isReverse: false, itemCountMax: 1, pageSizeBytesMax: 9, expressions: undefined, isCountOnly: true, index: toIndexId(3), isWhole: true}),
      encodePartitionRequest({kind: 'stream-records', group: GROUP, epoch: 3, label: SHARD.label, createdHlc: 2 ** 50, position: {sequence: 8, ordinal: 1}, isHorizon: true, recordCountMax: 1_000, sizeBytesMax: 2 ** 20}),
    ], decodePartitionRequest),
    plain('partition response', [
      encodePartitionResponse({kind: 'written', attributes: utf8Encode('{}'), oldSizeBytes: 5, newSizeBytes: 6}),
      encodePartitionResponse({kind: 'got', items: [utf8Encode('{}'), undefined], sizesBytes: [2, 0]}),
      encodePartitionResponse({kind: 'ranged', items: [utf8Encode('{}')], count: 1, scannedCount: 2, scannedSizeBytes: 3, pageSizeBytes: 4, lastKey: KEY}),
      encodePartitionResponse({kind: 'written', attributes: undefined, oldSizeBytes: 5, newSizeBytes: 6, derived: {indexHalfUnits: [2, 0, 4], collectionSizeBytes: 2 ** 33}}),
      encodePartitionResponse({kind: 'ranged', items: [], count: 0, scannedCount: 2, scannedSizeBytes: 3, pageSizeBytes: 4, lastKey: undefined, fetchedBlockCount: 9}),
      encodePartitionResponse({kind: 'failed', failure: {code: 'Rejected', error: 'ValidationException', message: 'no'}}),
      encodePartitionResponse({kind: 'stream-shards', shards: [SHARD, {...SHARD, parent: undefined, endSequence: undefined, endHlc: undefined, splitChild: undefined}], sequence: 99}),
      encodePartitionResponse({kind: 'stream-records', state: 'read', records: [{sequence: 8, ordinal: 1, value: Uint8Array.of(1, 2)}], next: {sequence: 9, ordinal: 0}, isEnd: true, splitChild: GROUP}),
    ], decodePartitionResponse),
    plain('effect', [
      encodeEffect({sequence: 4, timestampHlc: 2 ** 50, itemCountDelta: -1, sizeBytesDelta: 2 ** 40, changes: [{key: KEY, value: Uint8Array.of(1, 2, 3)}, {key: KEY, value: undefined}]}),
      encodeEffect({sequence: 1, timestampHlc: 0, itemCountDelta: 0, sizeBytesDelta: 0, changes: [{key: KEY, value: new Uint8Array(300)}]}),
      encodeEffect({sequence: 1, timestampHlc: 0, itemCountDelta: 1, sizeBytesDelta: 9, indexDeltas: INDEX_COUNTS, changes: [{key: KEY, value: undefined}]}),
    ], decodeEffect),
    plain('stream record', [encodeStreamRecord({
      kind: 'MODIFY', origin: 'time-to-live', viewType: 'NEW_AND_OLD_IMAGES', labelSum: 7, timestampHlc: 2 ** 50, sizeBytes: 9, keys: utf8Encode('{"pk":{"S":"a"}}'), oldImage: utf8Encode('{}'), newImage: undefined,
    })], decodeStreamRecord),
    plain('stream shard', [encodeStreamShard(SHARD)], decodeStreamShard),
    plain('split effect', [encodeSplitEffect({sequence: 9, timestampHlc: 77, child: GROUP, at: KEY, epoch: 2, childItemCount: 5, childSizeBytes: 500}), encodeSplitEffect({sequence: 9, timestampHlc: 77, child: GROUP, at: KEY, epoch: 2, childItemCount: 5, childSizeBytes: 500, childIndexes: INDEX_COUNTS})], decodeSplitEffect),
    plain('partition record', [encodePartitionRecord(emptyRecord(BIRTH)), encodePartitionRecord({...emptyRecord(BIRTH), indexes: INDEX_COUNTS}), encodePartitionRecord({...emptyRecord(BIRTH), sequence: 2 ** 40, itemCount: 7, lastSplit: {child: GROUP, at: KEY, childItemCount: 1, childSizeBytes: 2}})],
      (bytes) => decodePartitionRecord(bytes, BIRTH)),
    plain('Raft message', [
      encodeMessage(message({})),
      encodeMessage(message({type: 'App', index: toLogIndex(9), logTerm: toTerm(2), commit: toLogIndex(8), entries: [1, 2].map((i) => ({index: toLogIndex(9 + i), term: toTerm(3), kind: 0 as const, data: new Uint8Array(20 * i)}))})),
      encodeMessage(message({type: 'Snap', snapshot: {meta: {index: toLogIndex(5), term: toTerm(2), confState: {voters: [1, 2, 3].map(toReplicaId), learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false}}, data: Uint8Array.of(1)}})),
    ], decodeMessage),
    plain('change of members', [change.data], (bytes) => decodeConfChange(change.kind, bytes)),
    plain('control request', [encodeControlRequest({kind: 'status'}), encodeControlRequest({kind: 'delete-table', name: 'Music'}), encodeControlRequest({kind: 'list-tables', exclusiveStartName: 'a', limit: 5})], decodeControlRequest),
    plain('cluster map', [utf8Encode(JSON.stringify(clusterMapContentToJson({version: 3, tables: [], partitions: [], nodes: []})))], (bytes) => clusterMapContentFromJson(parseJson(bytes))),
    plain('stored value', [encodeStoredValue({itemSizeBytes: 30, timestampHlc: 2 ** 50, sequence: 9, flags: 0}, utf8Encode('{"pk":{"S":"a"}}'))], readStoredHeader),
    plain('number key', ['0', '1', '-1', '1e125', '-123456789.000001', '1e-130'].map((text) => encodeNumberKey(text)), decodeNumberKey),
    await sealed(),
    await logFormat(),
  ];
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8Decode(bytes));
  } catch (cause) {
    throw new DecodeError('not JSON', {cause});
  }
}
