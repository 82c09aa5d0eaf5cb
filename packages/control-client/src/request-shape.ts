import {DecodeError, isNodeIdText} from '@murmuration/base';
import {clusterMapContentFromJson, clusterMapContentToJson} from '@murmuration/placement';

/** A JSON object as it came from a peer. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Replicas that one process may report: far above what one can hold. */
const REPORTS_MAX = 1_000_000;

/**
 * Checks the members of a control request. What passes here is replicated by the control group and read by every
 * process, so a malformed one must not get further.
 * @throws DecodeError naming the member
 */
export function checkRequestShape(body: JsonObject): void {
  switch (body['kind']) {
    case 'register':
      contentOf({nodes: [body['node']]});
      return;
    case 'heartbeat':
      node(body['node']);
      count(body, 'incarnation');
      count(body, 'mapVersion');
      for (const report of list(body, 'groups', REPORTS_MAX)) {
        for (const name of ['group', 'replica', 'term', 'leader', 'applied']) count(report, name);
        // Estimates kept as sums of differences may be off; they only have to be numbers.
        for (const name of ['itemCount', 'sizeBytes']) if (typeof report[name] !== 'number') throw new DecodeError(`${name} is no number`);
        if (typeof report['isLeader'] !== 'boolean') throw new DecodeError('isLeader is no boolean');
      }
      return;
    case 'watch':
      node(body['node']);
      if (!Number.isSafeInteger(body['version'])) throw new DecodeError('version is no whole number');
      count(body, 'waitMs');
      return;
    case 'create-table':
      contentOf({tables: [{...object(body['table'], 'table'), tableId: 1, tableUuid: '', status: 'CREATING', createdAtMs: 0}]});
      billing(object(body['table'], 'table'));
      if (!Array.isArray(object(body['table'], 'table')['attributeDefinitions'])) throw new DecodeError('attributeDefinitions is no list');
      object(object(body['table'], 'table')['extra'], 'extra');
      return;
    case 'update-table': {
      text(body, 'name');
      const change = object(body['change'], 'change');
      billing({billingMode: change['billingMode'] ?? 'PROVISIONED', provisionedThroughput: change['provisionedThroughput'] ?? {ReadCapacityUnits: 0, WriteCapacityUnits: 0}});
      if (change['extra'] !== undefined) object(change['extra'], 'extra');
      return;
    }
    case 'delete-table':
    case 'describe-table':
      text(body, 'name');
      return;
    case 'list-tables':
      if (body['exclusiveStartName'] !== undefined) text(body, 'exclusiveStartName');
      count(body, 'limit');
      return;
    default:
      return;
  }
}

function contentOf(part: {readonly tables?: readonly unknown[]; readonly nodes?: readonly unknown[]}): void {
  const frame = clusterMapContentToJson({version: 0, tables: [], partitions: [], nodes: []}) as object;
  clusterMapContentFromJson({...frame, ...part});
}

function billing(table: JsonObject): void {
  if (table['billingMode'] !== 'PROVISIONED' && table['billingMode'] !== 'PAY_PER_REQUEST') throw new DecodeError('billingMode is unknown');
  const throughput = object(table['provisionedThroughput'], 'provisionedThroughput');
  count(throughput, 'ReadCapacityUnits');
  count(throughput, 'WriteCapacityUnits');
}

function object(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DecodeError(`${what} is no object`);
  return value as JsonObject;
}
function list(body: JsonObject, name: string, countMax: number): readonly JsonObject[] {
  const value = body[name];
  if (!Array.isArray(value) || value.length > countMax) throw new DecodeError(`${name} is no list, or too long`);
  return value.map((element: unknown) => object(element, name));
}
function text(body: JsonObject, name: string): void {
  if (typeof body[name] !== 'string') throw new DecodeError(`${name} is no text`);
}
function node(value: unknown): void {
  if (typeof value !== 'string' || !isNodeIdText(value)) throw new DecodeError('node is no node id');
}
function count(body: JsonObject, name: string): void {
  const value = body[name];
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new DecodeError(`${name} is no whole number of at least 0`);
}
