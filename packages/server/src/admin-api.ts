import {utf8Encode} from '@murmuration/base';
import type {HttpHandler, HttpReply, HttpRequest} from '@murmuration/base';
import type {ControlClient} from '@murmuration/control-client';
import {buildStatusDocument} from './status-document.js';

/** What the admin API shows of the process itself. */
export interface LocalView {
  /** True while requests are served: registered, and not draining. */
  isReady(): boolean;
  /** Of this process alone: its replicas as the Raft host sees them. */
  groups(): readonly unknown[];
  /** The last events after a sequence number, oldest first. */
  events(afterSequence: number): readonly unknown[];
  renderMetrics(): Promise<string>;
}

const STATUS_TIMEOUT_MS = 2_000;
const JSON_HEADERS = {'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store'} as const;
const TEXT_HEADERS = {'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store'} as const;

/** The admin API of one process. Its own port: nothing of it is reachable through the DynamoDB port. */
export function createAdminApi(control: ControlClient, local: LocalView): HttpHandler {
  return (request, respond) => {
    if (!isHostAccepted(request.headers.get('host'))) {
      respond(problem(421, 'WrongHost', 'the Host header names neither an address nor localhost; use the address of this process'));
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      respond(problem(405, 'MethodNotAllowed', `${request.method} is not served here; every admin call of this version is a GET`));
      return;
    }
    route(request, control, local, respond);
  };
}

function route(request: HttpRequest, control: ControlClient, local: LocalView, respond: (reply: HttpReply) => void): void {
  const question = request.target.indexOf('?');
  const path = question < 0 ? request.target : request.target.slice(0, question);
  switch (path) {
    case '/':
      respond(text(200, 'Murmuration admin API\n\n/admin/v1/status  the cluster\n/admin/v1/local   this process\n/admin/v1/events  its last events\n/metrics          Prometheus\n/health/live\n/health/ready\n'));
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
    case '/admin/v1/local':
      respond(json(200, {apiVersion: 'murmuration/v1', isReady: local.isReady(), groups: local.groups()}));
      return;
    case '/admin/v1/events': {
      const after = Number(new URLSearchParams(question < 0 ? '' : request.target.slice(question + 1)).get('after') ?? '0');
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
