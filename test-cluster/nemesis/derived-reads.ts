import {auditIndex, scanPage} from '@murmuration/checkers';
import type {ItemJson, ScanOperation, StreamRecord} from '@murmuration/checkers';
import {sleep} from './command.js';
import {DERIVED_TABLE, INDEX_ATTRIBUTE, INDEX_NAME} from './derived-tables.js';
import type {Endpoints} from './endpoints.js';

/** What is there after quiet, for whoever judges it. */
export interface DerivedData {
  readonly banks: readonly (readonly ItemJson[])[];
  /** Lists and accounts that could not be read at the end. */
  readonly unreadCount: number;
  readonly baseRows: readonly ItemJson[];
  readonly indexRows: readonly ItemJson[];
  readonly records: readonly TimedRecord[];
  /** Items that should have gone by themselves and are there. */
  readonly overdue: readonly string[];
  readonly expiredCount: number;
}
export interface TimedRecord extends StreamRecord {
  readonly createdAtMs: number;
}

const QUIET_MS_MAX = 45_000;
const QUIET_POLL_MS = 300;
const TRIES_MAX = 400;
const TRY_DELAY_MS = 50;
const STREAMS = 'DynamoDBStreams_20120810.';
/** An open shard has no end: so many empty answers in a row are taken for it. */
const EMPTY_ANSWERS_MAX = 3;

type Body = Readonly<Record<string, unknown>>;

/** Waits until the index shows what the table holds and what is over has gone, then reads the table, the index and the stream. */
export async function readDerivedData(endpoints: Endpoints, known: {readonly banks: DerivedData['banks']; readonly expired: readonly string[]; readonly unreadCount: number}): Promise<DerivedData> {
  const untilMs = performance.now() + QUIET_MS_MAX;
  for (;;) {
    const baseRows = await scan(endpoints, undefined);
    const indexRows = await scan(endpoints, INDEX_NAME);
    const there = new Set(baseRows.map((row) => (row['pk'] as {readonly S: string}).S));
    const overdue = known.expired.filter((name) => there.has(name));
    const isQuiet = overdue.length === 0 && indexFaults({baseRows, indexRows}).length === 0;
    if (!isQuiet && performance.now() < untilMs) {
      await sleep(QUIET_POLL_MS);
      continue;
    }
    return {banks: known.banks, unreadCount: known.unreadCount, expiredCount: known.expired.length, baseRows, indexRows, records: await readStream(endpoints), overdue};
  }
}
export function indexFaults({baseRows, indexRows}: Pick<DerivedData, 'baseRows' | 'indexRows'>): readonly string[] {
  return auditIndex({baseRows, indexRows, baseKey: ['pk'], indexKey: [INDEX_ATTRIBUTE], projection: {kind: 'all'}}).violations;
}

async function scan(endpoints: Endpoints, index: string | undefined): Promise<readonly ItemJson[]> {
  const operation: ScanOperation = {kind: 'scan', isStrong: index === undefined, keyAttributes: ['pk'], ...(index === undefined ? {} : {index})};
  const rows: ItemJson[] = [];
  let startKey: ItemJson | undefined;
  do {
    const request = scanPage(operation, DERIVED_TABLE, startKey);
    const body = await ask(endpoints, request.operation, request.body);
    rows.push(...(body['Items'] as readonly ItemJson[]));
    startKey = body['LastEvaluatedKey'] as ItemJson | undefined;
  } while (startKey !== undefined);
  return rows;
}

interface Shard {
  readonly ShardId: string;
  readonly ParentShardId?: string;
  readonly SequenceNumberRange: {readonly EndingSequenceNumber?: string};
}
/** All records from the oldest on, those of a shard behind those of its parent. */
async function readStream(endpoints: Endpoints): Promise<readonly TimedRecord[]> {
  const described = (await ask(endpoints, 'DescribeTable', {TableName: DERIVED_TABLE}))['Table'] as {readonly LatestStreamArn: string};
  const stream = {StreamArn: described.LatestStreamArn};
  const shards: Shard[] = [];
  let last: string | undefined;
  do {
    const body = await ask(endpoints, `${STREAMS}DescribeStream`, {...stream, ...(last === undefined ? {} : {ExclusiveStartShardId: last})});
    const description = body['StreamDescription'] as {readonly Shards: readonly Shard[]; readonly LastEvaluatedShardId?: string};
    shards.push(...description.Shards);
    last = description.LastEvaluatedShardId;
  } while (last !== undefined);
  const records: TimedRecord[] = [];
  for (const shard of inOrder(shards)) {
    const first = await ask(endpoints, `${STREAMS}GetShardIterator`, {...stream, ShardId: shard.ShardId, ShardIteratorType: 'TRIM_HORIZON'});
    let iterator = first['ShardIterator'] as string | undefined;
    for (let emptyCount = 0; iterator !== undefined && emptyCount < EMPTY_ANSWERS_MAX;) {
      const body = await ask(endpoints, `${STREAMS}GetRecords`, {ShardIterator: iterator});
      const found = body['Records'] as readonly Body[];
      records.push(...found.map(recordOf));
      emptyCount = found.length === 0 ? emptyCount + 1 : 0;
      iterator = body['NextShardIterator'] as string | undefined;
    }
  }
  return records;
}
/** Parents before their children. */
function inOrder(shards: readonly Shard[]): readonly Shard[] {
  const byId = new Map(shards.map((shard) => [shard.ShardId, shard]));
  const depthOf = (shard: Shard): number => {
    const parent = shard.ParentShardId === undefined ? undefined : byId.get(shard.ParentShardId);
    return parent === undefined ? 0 : 1 + depthOf(parent);
  };
  return [...shards].sort((a, b) => depthOf(a) - depthOf(b));
}
function recordOf(body: Body): TimedRecord {
  const {Keys, OldImage, NewImage, SequenceNumber, ApproximateCreationDateTime} = body['dynamodb'] as {
    readonly Keys: ItemJson; readonly OldImage?: ItemJson; readonly NewImage?: ItemJson; readonly SequenceNumber: string; readonly ApproximateCreationDateTime: number;
  };
  return {
    key: Keys, event: body['eventName'] as StreamRecord['event'], sequenceNumber: SequenceNumber, createdAtMs: ApproximateCreationDateTime * 1_000, isExpiry: body['userIdentity'] !== undefined,
    ...(OldImage === undefined ? {} : {oldImage: OldImage}), ...(NewImage === undefined ? {} : {newImage: NewImage}),
  };
}

/** Asks one process after another until one answers. @throws Error when none does */
async function ask(endpoints: Endpoints, operation: string, body: unknown): Promise<Body> {
  let reason = '';
  for (let i = 0; i < TRIES_MAX; i += 1) {
    const answer = await endpoints.send(endpoints.draw(), operation, body);
    if (!('failure' in answer) && answer.status === 200) return answer.body;
    reason = 'failure' in answer ? answer.failure : `${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`;
    await sleep(TRY_DELAY_MS);
  }
  throw new Error(`${operation} was not answered: ${reason}`);
}
