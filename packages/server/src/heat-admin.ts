import type {HttpReply} from '@murmuration/base';
import type {ClusterStatus} from '@murmuration/control-client';
import {splitPhases} from '@murmuration/control-plane';
import type {SplitPhase} from '@murmuration/control-plane';
import {HEAT_MS_MAX} from '@murmuration/storage-node';
import type {HeatReader, KeyCause, KeyScope} from '@murmuration/storage-node';

/** Makes answers in the words of the admin API. */
interface Replies {
  readonly json: (status: number, value: unknown) => HttpReply;
  readonly problem: (status: number, code: string, message: string) => HttpReply;
}
type Respond = (reply: HttpReply) => void;

const HEAT_SECONDS_DEFAULT = 120;
const KEY_COUNT_DEFAULT = 10;
const KEY_COUNT_MAX = 64;
const API_VERSION = 'murmuration/v1';

/** A split that was asked for, with how it went. Stable: members are added, never changed. */
export interface SplitDocument {
  readonly job: number;
  readonly table: string;
  readonly index: string | null;
  readonly partition: number;
  /** The new partition above the cut. */
  readonly child: number | null;
  /** `heat`, `size`, `operator`. */
  readonly cause: string;
  readonly state: string;
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
  readonly failure: string | null;
  /** Milliseconds of each phase, as far as known. */
  readonly phasesMs: Partial<Readonly<Record<SplitPhase, number>>>;
  /** Writes that waited for the cut; null while it is not carried out. */
  readonly heldCount: number | null;
  /** Requests that came to the lower half for the upper one and were sent on, in the half minute after. */
  readonly movedOnCount: number | null;
}

/** `GET /admin/v1/heat?table=T&seconds=N`: load of each partition by time. */
export function answerHeat(query: URLSearchParams, reader: HeatReader, {json, problem}: Replies, respond: Respond): void {
  const table = query.get('table');
  const seconds = Number(query.get('seconds') ?? HEAT_SECONDS_DEFAULT);
  if (table === null || table === '') respond(problem(400, 'BadRequest', 'name the table: ?table=NAME'));
  else if (!Number.isInteger(seconds) || seconds < 1 || seconds * 1000 > HEAT_MS_MAX) respond(problem(400, 'BadRequest', `seconds must be a whole number from 1 to ${HEAT_MS_MAX / 1000}`));
  else reader.readHeat(table, seconds * 1000, (heat) => respond(heat === undefined ? noTable(table, problem) : json(200, {apiVersion: API_VERSION, ...heat})));
}

/** `GET /admin/v1/hotkeys?table=T&cause=accessed|throttled&scope=item|collection&count=N`. */
export function answerHotKeys(query: URLSearchParams, reader: HeatReader, {json, problem}: Replies, respond: Respond): void {
  const table = query.get('table');
  const cause = toCause(query.get('cause') ?? 'accessed');
  const scope = toScope(query.get('scope') ?? 'item');
  const countMax = Number(query.get('count') ?? KEY_COUNT_DEFAULT);
  if (table === null || table === '') respond(problem(400, 'BadRequest', 'name the table: ?table=NAME'));
  else if (cause === undefined) respond(problem(400, 'BadRequest', 'cause is accessed or throttled'));
  else if (scope === undefined) respond(problem(400, 'BadRequest', 'scope is item or collection'));
  else if (!Number.isInteger(countMax) || countMax < 1 || countMax > KEY_COUNT_MAX) respond(problem(400, 'BadRequest', `count must be a whole number from 1 to ${KEY_COUNT_MAX}`));
  else reader.readKeys(table, {cause, scope, countMax}, (keys) => respond(keys === undefined ? noTable(table, problem) : json(200, {apiVersion: API_VERSION, ...keys})));
}

/** Splits that are under way or ended not long ago, the newest first. @param table undefined for all */
export function buildSplits({map, jobs}: ClusterStatus, table: string | undefined): readonly SplitDocument[] {
  const names = new Map(map.tables.map((each) => [each.tableId, each]));
  const splits = jobs.filter(({kind}) => kind === 'split').flatMap((job): readonly SplitDocument[] => {
    const entry = map.partitions.find(({group}) => group === job.group);
    const descriptor = entry === undefined ? undefined : names.get(entry.table);
    if (table !== undefined && descriptor?.name !== table) return [];
    return [{
      job: job.job, table: descriptor?.name ?? '', index: descriptor?.globalIndexes?.find(({indexId}) => indexId === entry?.index)?.name ?? null, partition: job.group, child: job.child ?? null,
      cause: job.cause, state: job.state, startedAtMs: job.startedAtMs, updatedAtMs: job.updatedAtMs, failure: job.failure ?? null, phasesMs: splitPhases(job),
      heldCount: job.timeline?.heldCount ?? null, movedOnCount: job.timeline?.movedOnCount ?? null,
    }];
  });
  return splits.sort((a, b) => b.startedAtMs - a.startedAtMs || b.job - a.job);
}

function noTable(table: string, problem: Replies['problem']): HttpReply {
  return problem(404, 'NotFound', `there is no table ${table.slice(0, 255)}`);
}
function toCause(text: string): KeyCause | undefined {
  return text === 'accessed' || text === 'throttled' ? text : undefined;
}
function toScope(text: string): KeyScope | undefined {
  return text === 'item' || text === 'collection' ? text : undefined;
}
