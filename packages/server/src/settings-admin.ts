import {DecodeError, utf8Decode} from '@murmuration/base';
import type {HttpReply, HttpRequest} from '@murmuration/base';
import {parseSettingsChange} from '@murmuration/control-client';
import type {ControlClient, ControlFailure} from '@murmuration/control-client';
import {CAPACITY_SETTING_NAMES, tableOverridesFault} from '@murmuration/model';
import type {CapacitySettings, CapacitySettingsChange} from '@murmuration/model';
import type {ClusterMap} from '@murmuration/placement';
import type {AdminReplies} from './trigger-admin.js';

/** Where a setting's value comes from. */
export type SettingSource = 'table' | 'cluster' | 'default';
/** As `GET /admin/v1/settings` shows it. */
export interface ShownSettings {
  readonly apiVersion: 'murmuration/v1';
  readonly mapVersion: number;
  /** Absent when those of the cluster are shown. */
  readonly table?: string;
  readonly settings: readonly {readonly name: string; readonly value: string | number; readonly source: SettingSource}[];
  /** Tables with settings of their own; shown with those of the cluster. */
  readonly tables?: readonly string[];
}

const CHANGE_TIMEOUT_MS = 5_000;
const BODY_BYTES_MAX = 64 * 1024;

/**
 * `GET /admin/v1/settings` shows the settings of throughput that this process goes by, `?table=NAME` those of one table; a
 * POST changes them on all processes: `{"table": "NAME", "set": {…}, "reset": [names]}`, each member but one may be left out.
 */
export function answerSettings(request: HttpRequest, control: ControlClient, defaults: CapacitySettings, replies: AdminReplies, respond: (reply: HttpReply) => void): void {
  const {json, problem} = replies;
  if (request.method !== 'POST') {
    const question = request.target.indexOf('?');
    const table = new URLSearchParams(question < 0 ? '' : request.target.slice(question + 1)).get('table') ?? undefined;
    const shown = showSettings(control.current(), table, defaults);
    respond(shown === undefined ? problem(404, 'NotFound', `there is no table ${String(table).slice(0, 255)}`) : json(200, shown));
    return;
  }
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    respond(problem(415, 'WrongType', 'a change is a JSON document: send content-type application/json'));
    return;
  }
  if (request.bodyFailure !== undefined || request.body.length > BODY_BYTES_MAX) {
    respond(problem(413, 'TooLarge', `a change has at most ${BODY_BYTES_MAX} bytes`));
    return;
  }
  let tableName: string | undefined;
  let change: CapacitySettingsChange;
  try {
    const body = JSON.parse(utf8Decode(request.body)) as {table?: unknown; set?: unknown; reset?: unknown} | null;
    if (typeof body !== 'object' || body === null || (body.table !== undefined && typeof body.table !== 'string')) throw new DecodeError('send {"table": "NAME", "set": {…}, "reset": […]}');
    tableName = body.table;
    change = parseSettingsChange({set: body.set ?? {}, reset: body.reset ?? []});
    if (Object.keys(change.set).length === 0 && change.reset.length === 0) throw new DecodeError('nothing is set and nothing reset');
    const fault = tableName === undefined ? undefined : tableOverridesFault(change.set);
    if (fault !== undefined) throw new DecodeError(fault);
  } catch (cause) {
    if (!(cause instanceof DecodeError) && !(cause instanceof SyntaxError)) throw cause;
    respond(problem(400, 'BadRequest', cause.message));
    return;
  }
  control.call({kind: 'change-settings', tableName, change}, CHANGE_TIMEOUT_MS, (response) => {
    if (response.kind !== 'ok') {
      respond(response.kind === 'failed' ? problemOf(response.failure, problem) : problem(500, 'UnexpectedAnswer', 'the control plane gave an answer to something else'));
      return;
    }
    // What is shown then has the change in it, unless the control plane went away just now.
    control.refresh(() => respond(json(200, showSettings(control.current(), tableName, defaults) ?? {apiVersion: 'murmuration/v1', mapVersion: response.version, settings: []})));
  });
}

/** @returns undefined when there is no such table */
export function showSettings(map: ClusterMap, tableName: string | undefined, defaults: CapacitySettings): ShownSettings | undefined {
  const table = tableName === undefined ? undefined : map.tableByName(tableName);
  if (tableName !== undefined && table === undefined) return undefined;
  const {cluster, tables} = map.settings;
  const own = table === undefined ? {} : tables[String(table.tableId)] ?? {};
  const all = {...defaults, ...cluster, ...own};
  const sourceOf = (name: keyof CapacitySettings): SettingSource => (own[name] !== undefined ? 'table' : cluster[name] !== undefined ? 'cluster' : 'default');
  const named = [...map.tables()].filter(({tableId}) => tables[String(tableId)] !== undefined).map(({name}) => name).sort();
  return {
    apiVersion: 'murmuration/v1', mapVersion: map.version, ...(tableName === undefined ? {} : {table: tableName}),
    settings: CAPACITY_SETTING_NAMES.map((name) => ({name, value: all[name], source: sourceOf(name)})),
    ...(tableName === undefined ? {tables: named} : {}),
  };
}

function problemOf(failure: ControlFailure, problem: AdminReplies['problem']): HttpReply {
  switch (failure.code) {
    case 'TableNotFound':
      return problem(404, 'NotFound', `there is no table ${failure.name}`);
    case 'BadRequest':
      return problem(400, 'BadRequest', failure.reason);
    case 'LimitExceeded':
      return problem(409, 'LimitExceeded', failure.message);
    case 'OutcomeUnknown':
      return problem(504, 'OutcomeUnknown', `it is not known whether the change was taken (${failure.reason}); look, or make it again`);
    default:
      return problem(503, 'ControlPlaneUnavailable', `the control plane has no leader that answers (${failure.code}); nothing was changed`);
  }
}
