import type {HttpReply, HttpRequest} from '@murmuration/base';
import type {Router} from '@murmuration/router';
import type {AdminReplies} from './trigger-admin.js';

const LIMIT_MAX = 1_000;
const LIMIT_DEFAULT = 100;
const FILTERS = ['requestId', 'table', 'index', 'operation', 'reason'] as const;

/**
 * `GET /admin/v1/throttles` lists the newest throttles that the router of this process told of, newest first; with
 * `requestId`, `table`, `index`, `operation` or `reason` only those, and at most `limit`.
 */
export function answerThrottles(request: HttpRequest, router: Pick<Router, 'throttles'> | undefined, {json, problem}: AdminReplies): HttpReply {
  if (router === undefined) return problem(503, 'NoRouter', 'this process has no router role, and tells nobody of throttles: ask another process');
  const question = request.target.indexOf('?');
  const query = new URLSearchParams(question < 0 ? '' : request.target.slice(question + 1));
  const limit = Number(query.get('limit') ?? LIMIT_DEFAULT);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) return problem(400, 'BadRequest', `limit is a whole number from 1 to ${LIMIT_MAX}`);
  const filter = Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? undefined]));
  const throttles = router.throttles({...filter, limit}).map(({detail, ...rest}) => ({...rest, ...detail}));
  return json(200, {apiVersion: 'murmuration/v1', throttles});
}
