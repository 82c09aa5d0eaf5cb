import {DecodeError, unreachable, utf8Decode, utf8Encode} from '@murmuration/base';
import type {HttpHandler, HttpReply, HttpRequest} from '@murmuration/base';
import {parseOperatorAction} from '@murmuration/control-client';
import type {ControlClient, ControlFailure, OperatorAction} from '@murmuration/control-client';
import type {HeatReader} from '@murmuration/storage-node';
import type {CapacitySettings} from '@murmuration/model';
import type {Router} from '@murmuration/router';
import type {TriggerService} from '@murmuration/triggers';
import {answerHeat, answerHotKeys, buildSplits} from './heat-admin.js';
import {buildStatusDocument, jobOfEntry} from './status-document.js';
import {answerSettings} from './settings-admin.js';
import {answerThrottles} from './throttle-admin.js';
import {answerTriggers} from './trigger-admin.js';

/** What the admin API shows of the process itself. */
export interface LocalView {
  /** True while requests are served: registered, its replicas level with their leaders once since the start, and not draining. */
  isReady(): boolean;
  /** Of this process alone: its replicas as the Raft host sees them. */
  groups(): readonly unknown[];
  /** The last events after a sequence number, oldest first. */
  events(afterSequence: number): readonly unknown[];
  renderMetrics(): Promise<string>;
  readonly heat: HeatReader;
  /** Absent without the router role. */
  readonly triggers?: TriggerService | undefined;
  /** Absent without the router role. */
  readonly router?: Pick<Router, 'throttles'> | undefined;
  /** Settings of throughput where nothing was changed while the cluster runs. */
  readonly capacityDefaults: CapacitySettings;
}

const TRIGGERS_PATH = '/admin/v1/triggers';
const SETTINGS_PATH = '/admin/v1/settings';
/** Shown by a GET, changed by a POST. */
const CHANGEABLE_PATHS: ReadonlySet<string> = new Set([TRIGGERS_PATH, SETTINGS_PATH]);
const STATUS_TIMEOUT_MS = 2_000;
const ACT_TIMEOUT_MS = 10_000;
/** Orders are a few names. */
const ORDER_BYTES_MAX = 64 * 1024;
const JSON_HEADERS = {'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store'} as const;
const TEXT_HEADERS = {'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store'} as const;

/** The admin API of one process. Its own port: nothing of it is reachable through the DynamoDB port. */
export function createAdminApi(control: ControlClient, local: LocalView): HttpHandler {
  return (request, respond) => {
    if (!isHostAccepted(request.headers.get('host'))) {
      respond(problem(421, 'WrongHost', 'the Host header names neither an address nor localhost; use the address of this process'));
      return;
    }
    const isOrder = pathOf(request) === '/admin/v1/act' || (CHANGEABLE_PATHS.has(pathOf(request)) && request.method === 'POST');
    if (isOrder ? request.method !== 'POST' : request.method !== 'GET' && request.method !== 'HEAD') {
      respond(problem(405, 'MethodNotAllowed', `${request.method} is not served here; ${isOrder ? 'orders are a POST' : 'every admin call but /admin/v1/act, /admin/v1/triggers and /admin/v1/settings is a GET'}`));
      return;
    }
    route(request, control, local, respond);
  };
}

function route(request: HttpRequest, control: ControlClient, local: LocalView, respond: (reply: HttpReply) => void): void {
  const question = request.target.indexOf('?');
  const path = pathOf(request);
  const query = (): URLSearchParams => new URLSearchParams(question < 0 ? '' : request.target.slice(question + 1));
  switch (path) {
    case '/':
      respond(text(200, 'Murmuration admin API\n\n/admin/v1/status  the cluster\n/admin/v1/local   this process\n/admin/v1/events  its last events\n/admin/v1/jobs    moves, heals and splits\n/admin/v1/splits  splits with their phases\n/admin/v1/heat    ?table=NAME: load of its partitions by time\n/admin/v1/hotkeys ?table=NAME: its most used keys\n/admin/v1/act     POST: an order of an operator\n/admin/v1/triggers  triggers; POST makes or removes one\n/admin/v1/settings  settings of throughput; POST changes them\n/admin/v1/throttles  requests refused for throughput here\n/metrics          Prometheus\n/health/live\n/health/ready\n'));
      return;
    case '/health/live':
      respond(text(200, 'live\n'));
      return;
    case '/health/ready':
      respond(local.isReady() ? text(200, 'ready\n') : text(503, 'not ready\n'));
      return;
    case '/admin/v1/status':
      control.call({kind: 'status'}, STATUS_TIMEOUT_MS, (response) => {
        if (response.kind === 'status') respond(json(200, buildStatusDocument(response.status)));
        else {
          const reason = response.kind === 'failed' && 'reason' in response.failure ? response.failure.reason : 'no leader';
          respond(problem(503, 'ControlPlaneUnavailable', `the control plane has no leader that answers (${reason}); data requests of known tables go on`));
        }
      });
      return;
    case '/admin/v1/jobs':
      control.call({kind: 'status'}, STATUS_TIMEOUT_MS, (response) => {
        if (response.kind === 'status') {
          const {jobs, isBalancing} = response.status;
          respond(json(200, {apiVersion: 'murmuration/v1', isBalancing, jobs: jobs.map(jobOfEntry)}));
        } else respond(problem(503, 'ControlPlaneUnavailable', 'the control plane has no leader that answers'));
      });
      return;
    case '/admin/v1/splits':
      control.call({kind: 'status'}, STATUS_TIMEOUT_MS, (response) => {
        if (response.kind === 'status') respond(json(200, {apiVersion: 'murmuration/v1', splits: buildSplits(response.status, query().get('table') ?? undefined)}));
        else respond(problem(503, 'ControlPlaneUnavailable', 'the control plane has no leader that answers'));
      });
      return;
    case '/admin/v1/heat':
      answerHeat(query(), local.heat, {json, problem}, respond);
      return;
    case '/admin/v1/hotkeys':
      answerHotKeys(query(), local.heat, {json, problem}, respond);
      return;
    case '/admin/v1/act':
      act(request, control, respond);
      return;
    case SETTINGS_PATH:
      answerSettings(request, control, local.capacityDefaults, {json, problem}, respond);
      return;
    case '/admin/v1/throttles':
      respond(answerThrottles(request, local.router, {json, problem}));
      return;
    case TRIGGERS_PATH:
      answerTriggers(request, local.triggers, {json, problem}).then(respond, () => respond(problem(500, 'Failed', 'the request failed inside')));
      return;
    case '/admin/v1/local':
      respond(json(200, {apiVersion: 'murmuration/v1', isReady: local.isReady(), groups: local.groups()}));
      return;
    case '/admin/v1/events': {
      const after = Number(query().get('after') ?? '0');
      if (!Number.isSafeInteger(after) || after < 0) respond(problem(400, 'BadRequest', 'after must be a whole number of at least 0'));
      else respond(json(200, {apiVersion: 'murmuration/v1', events: local.events(after)}));
      return;
    }
    case '/metrics':
      local.renderMetrics().then(
        (body) => respond({status: 200, headers: {'content-type': 'text/plain; version=0.0.4; charset=utf-8'}, body: utf8Encode(body)}),
        () => respond(problem(500, 'MetricsFailed', 'the metrics could not be rendered')),
      );
      return;
    default:
      respond(problem(404, 'NotFound', `there is no ${path.slice(0, 200)}; GET / lists what there is`));
  }
}

function act(request: HttpRequest, control: ControlClient, respond: (reply: HttpReply) => void): void {
  // A form or a script of a page elsewhere cannot set this type without asking the browser first, which nobody here answers.
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    respond(problem(415, 'WrongType', 'an order is a JSON document: send content-type application/json'));
    return;
  }
  if (request.bodyFailure !== undefined || request.body.length > ORDER_BYTES_MAX) {
    respond(problem(413, 'TooLarge', `an order has at most ${ORDER_BYTES_MAX} bytes`));
    return;
  }
  let action: OperatorAction;
  let isDryRun: boolean;
  try {
    const order = JSON.parse(utf8Decode(request.body)) as {action?: unknown; dryRun?: unknown} | null;
    if (typeof order !== 'object' || order === null) throw new DecodeError('the order is no object');
    if (order.dryRun !== undefined && typeof order.dryRun !== 'boolean') throw new DecodeError('dryRun is no boolean');
    isDryRun = order.dryRun ?? false;
    action = parseOperatorAction(order.action);
  } catch (cause) {
    if (!(cause instanceof DecodeError) && !(cause instanceof SyntaxError)) throw cause;
    respond(problem(400, 'BadRequest', cause.message));
    return;
  }
  control.call({kind: 'act', action, isDryRun}, ACT_TIMEOUT_MS, (response) => {
    if (response.kind === 'plan') respond(json(200, {apiVersion: 'murmuration/v1', dryRun: isDryRun, steps: response.steps, warnings: response.warnings, jobs: response.jobs}));
    else respond(response.kind === 'failed' ? problemOf(response.failure) : problem(500, 'UnexpectedAnswer', 'the control plane gave an answer to something else'));
  });
}

function problemOf(failure: ControlFailure): HttpReply {
  switch (failure.code) {
    case 'Refused':
      return problem(409, 'Refused', failure.reason);
    case 'NotFound':
      return problem(404, 'NotFound', `there is no ${failure.what}`);
    case 'BadRequest':
      return problem(400, 'BadRequest', failure.reason);
    case 'OutcomeUnknown':
      return problem(504, 'OutcomeUnknown', `it is not known whether the order was taken (${failure.reason}); look at /admin/v1/jobs before giving it again`);
    case 'Unavailable':
      return problem(503, 'ControlPlaneUnavailable', `the control plane has no leader that answers (${failure.reason}); nothing was done`);
    case 'NotLeader':
      return problem(503, 'ControlPlaneUnavailable', 'the control plane has no leader that answers; nothing was done');
    case 'TableExists':
    case 'TableNotFound':
    case 'TableBusy':
    case 'TableProtected':
    case 'NotEnoughZones':
    case 'LimitExceeded':
      return problem(409, failure.code, failure.code);
    default:
      return unreachable(failure);
  }
}

function pathOf(request: HttpRequest): string {
  const question = request.target.indexOf('?');
  return question < 0 ? request.target : request.target.slice(0, question);
}

/** A page elsewhere may make a name of its own point here; a browser then sends that name as Host. */
function isHostAccepted(host: string | undefined): boolean {
  if (host === undefined) return false;
  const name = host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : (host.split(':')[0] ?? '');
  if (name === 'localhost' || name.startsWith('[')) return true;
  const parts = name.split('.');
  if (parts.length === 4 && parts.every((part) => part.length > 0 && part.length <= 3 && Number.isInteger(Number(part)))) return true;
  // Names inside one network (a pod, a container) have no public suffix.
  return parts.length === 1 || name.endsWith('.local') || name.endsWith('.internal');
}

function json(status: number, value: unknown): HttpReply {
  return {status, headers: JSON_HEADERS, body: utf8Encode(`${JSON.stringify(value)}\n`)};
}
function text(status: number, value: string): HttpReply {
  return {status, headers: TEXT_HEADERS, body: utf8Encode(value)};
}
function problem(status: number, code: string, message: string): HttpReply {
  return json(status, {error: {code, message}});
}
