import {utf8Decode} from '@murmuration/base';
import type {HttpReply, HttpRequest} from '@murmuration/base';
import {TriggerError} from '@murmuration/triggers';
import type {TriggerService} from '@murmuration/triggers';

/** Makes answers in the words of the admin API. */
export interface AdminReplies {
  readonly json: (status: number, body: unknown) => HttpReply;
  readonly problem: (status: number, code: string, message: string) => HttpReply;
}

const BODY_BYTES_MAX = 256 * 1024;

/** `GET /admin/v1/triggers` lists triggers; a POST makes or removes one: `{"create": {…}}` or `{"delete": "name"}`. */
export async function answerTriggers(request: HttpRequest, triggers: TriggerService | undefined, replies: AdminReplies): Promise<HttpReply> {
  const {json, problem} = replies;
  if (triggers === undefined) return problem(503, 'NoRouter', 'this process has no router role, which triggers need: ask another process');
  try {
    if (request.method !== 'POST') return json(200, {apiVersion: 'murmuration/v1', triggers: await triggers.list()});
    const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
    if (type !== 'application/json') return problem(415, 'WrongType', 'a trigger is a JSON document: send content-type application/json');
    if (request.bodyFailure !== undefined || request.body.length > BODY_BYTES_MAX) return problem(413, 'TooLarge', `a trigger has at most ${BODY_BYTES_MAX} bytes`);
    const body = JSON.parse(utf8Decode(request.body)) as {readonly create?: unknown; readonly delete?: unknown} | null;
    if (typeof body?.delete === 'string' && body.create === undefined) {
      await triggers.remove(body.delete);
      return json(200, {apiVersion: 'murmuration/v1', deleted: body.delete});
    }
    if (body?.create === undefined || body.delete !== undefined) return problem(400, 'BadRequest', 'send {"create": {…}} or {"delete": "name"}');
    return json(200, {apiVersion: 'murmuration/v1', created: await triggers.create(body.create)});
  } catch (error) {
    if (error instanceof SyntaxError) return problem(400, 'BadRequest', error.message);
    if (!(error instanceof TriggerError)) throw error;
    return problemOf(error, problem);
  }
}

function problemOf(error: TriggerError, problem: AdminReplies['problem']): HttpReply {
  const {failure, message} = error;
  switch (failure.code) {
    case 'BadDefinition': return problem(400, 'BadRequest', message);
    case 'TriggerExists': return problem(409, 'TriggerExists', message);
    case 'NoTrigger': return problem(404, 'NotFound', message);
    case 'Stopped': return problem(503, 'Stopping', message);
    case 'Api': return failure.type === 'ResourceNotFoundException' ? problem(404, 'NotFound', failure.reason) : problem(503, failure.type, failure.reason);
  }
}
