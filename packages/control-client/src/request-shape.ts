import {DecodeError, isNodeIdText} from '@murmuration/base';
import {CAPACITY_SETTING_NAMES, capacityOverridesFault, isCapacitySettingName} from '@murmuration/model';
import type {CapacitySettingsChange} from '@murmuration/model';
import {scalingOrder, scalingQuery} from './scaling-shape.js';
import {clusterMapContentFromJson, clusterMapContentToJson} from '@murmuration/placement';
import type {OperatorAction} from './protocol.js';

/** A JSON object as it came from a peer. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Local indexes of one table: DynamoDB's limit. */
const LOCAL_INDEXES_MAX = 5;
/** Global ones, with those on their way out. */
const GLOBAL_INDEXES_MAX = 64;
/** Key attributes of one index. */
const KEY_ELEMENTS_MAX = 8;
/** Attributes that one request may define. */
const ATTRIBUTES_MAX = 1_000;
/** Replicas that one process may report: far above what one can hold. */
const REPORTS_MAX = 1_000_000;
const MEMBERS_MAX = 64;
/** Tags that one request may set or remove: far above what a table can have. */
const TAG_CHANGES_MAX = 10_000;
/** Twice the bytes of the longest stored key: partition and sort key of 2,048 and 1,024 bytes escaped, and the prefix. */
const STORED_KEY_HEX_MAX = 16_384;
/** Tables and kinds of access that one router may ask for at once: both of every table there can be. */
const TOKEN_ASKS_MAX = 100_000;

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
    case 'join-control':
      node(body['node']);
      text(body, 'diskId');
      count(body, 'replica');
      return;
    case 'heartbeat':
      node(body['node']);
      count(body, 'incarnation');
      count(body, 'mapVersion');
      if (body['rest'] !== undefined) {
        const rest = object(body['rest'], 'rest');
        count(rest, 'asleepCount');
        flag(rest, 'isFull');
      }
      for (const report of list(body, 'groups', REPORTS_MAX)) {
        for (const name of ['group', 'replica', 'term', 'leader', 'applied']) count(report, name);
        // Estimates kept as sums of differences may be off; they only have to be numbers.
        for (const name of ['itemCount', 'sizeBytes']) if (typeof report[name] !== 'number') throw new DecodeError(`${name} is no number`);
        if (report['localIndexes'] !== undefined) {
          for (const held of list(report, 'localIndexes', LOCAL_INDEXES_MAX)) for (const name of ['itemCount', 'sizeBytes']) count(held, name);
        }
        for (const name of ['epoch', 'membership']) count(report, name);
        for (const name of ['durableMembership', 'derivation']) if (report[name] !== undefined) count(report, name);
        if (report['indexFeeds'] !== undefined) {
          for (const feed of list(report, 'indexFeeds', GLOBAL_INDEXES_MAX)) {
            for (const name of ['indexId', 'scannedCount']) count(feed, name);
            flag(feed, 'isFilled');
          }
        }
        if (report['outbox'] !== undefined) for (const name of ['rowCount', 'sizeBytes', 'lagMs']) count(object(report['outbox'], 'outbox'), name);
        if (report['throughput'] !== undefined) {
          const throughput = object(report['throughput'], 'throughput');
          for (const name of ['readAskedHalfUnits', 'writeAskedHalfUnits', 'overMs', 'readRate', 'writeRate']) count(throughput, name);
          if (throughput['indexWrites'] !== undefined) {
            for (const index of list(throughput, 'indexWrites', GLOBAL_INDEXES_MAX)) for (const name of ['indexId', 'askedHalfUnits', 'rate']) count(index, name);
          }
        }
        if (report['heat'] !== undefined) heat(object(report['heat'], 'heat'));
        if (report['splitTimeline'] !== undefined) timeline(object(report['splitTimeline'], 'splitTimeline'));
        for (const name of ['isLeader', 'isJoint']) flag(report, name);
        if (report['isAsleep'] !== undefined) flag(report, 'isAsleep');
        for (const name of ['voters', 'learners']) replicas(report, name);
        for (const member of list(report, 'progress', MEMBERS_MAX)) {
          for (const name of ['replica', 'behindEntries', 'behindBytes']) count(member, name);
          for (const name of ['isActive', 'isInSnapshot']) flag(member, name);
        }
        if (report['isUnusable'] !== undefined) flag(report, 'isUnusable');
        if (report['lastSplit'] !== undefined) {
          const split = object(report['lastSplit'], 'lastSplit');
          count(split, 'child');
          storedKey(split['atHex']);
          for (const name of ['childItemCount', 'childSizeBytes']) count(split, name);
        }
        if (report['splitRefusal'] !== undefined) {
          count(object(report['splitRefusal'], 'splitRefusal'), 'child');
          text(object(report['splitRefusal'], 'splitRefusal'), 'reason');
        }
      }
      return;
    case 'watch':
      node(body['node']);
      if (!Number.isSafeInteger(body['version'])) throw new DecodeError('version is no whole number');
      count(body, 'waitMs');
      return;
    case 'lease-tokens':
      text(body, 'router');
      for (const ask of list(body, 'asks', TOKEN_ASKS_MAX)) {
        for (const name of ['table', 'heldLease', 'heldShareRate', 'wantedHalfUnits', 'returnedHalfUnits']) count(ask, name);
        if (ask['access'] !== 'read' && ask['access'] !== 'write') throw new DecodeError('access is neither read nor write');
      }
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
      if (change['index'] !== undefined) indexChange(object(change['index'], 'index'));
      return;
    }
    case 'tag-table': {
      text(body, 'name');
      for (const tag of list(body, 'set', TAG_CHANGES_MAX)) for (const member of ['Key', 'Value']) text(tag, member);
      const remove = body['remove'];
      if (!Array.isArray(remove) || remove.length > TAG_CHANGES_MAX || !remove.every((key) => typeof key === 'string')) throw new DecodeError('remove is no list of texts');
      return;
    }
    case 'update-time-to-live':
      text(body, 'name');
      text(body, 'attributeName');
      flag(body, 'isEnabled');
      return;
    case 'update-contributor-insights':
      text(body, 'name');
      if (body['indexName'] !== undefined) text(body, 'indexName');
      flag(body, 'isEnabled');
      if (body['mode'] !== undefined && body['mode'] !== 'THROTTLED_KEYS' && body['mode'] !== 'ACCESSED_AND_THROTTLED_KEYS') throw new DecodeError('mode is unknown');
      return;
    case 'change-settings':
      if (body['tableName'] !== undefined) text(body, 'tableName');
      parseSettingsChange(body['change']);
      return;
    case 'change-scaling':
      scalingOrder(object(body['order'], 'order'));
      return;
    case 'describe-scaling':
      scalingQuery(object(body['query'], 'query'));
      return;
    case 'act':
      flag(body, 'isDryRun');
      action(object(body['action'], 'action'));
      return;
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

/**
 * An operator's order as it came from outside.
 * @throws DecodeError naming what is wrong with it
 */
export function parseOperatorAction(value: unknown): OperatorAction {
  const order = object(value, 'action');
  action(order);
  return order as unknown as OperatorAction;
}

/**
 * A change of settings as it came from outside.
 * @throws DecodeError naming what is wrong with it
 */
export function parseSettingsChange(value: unknown): CapacitySettingsChange {
  const change = object(value, 'change');
  const fault = capacityOverridesFault(change['set']);
  if (fault !== undefined) throw new DecodeError(fault);
  const {reset} = change;
  if (!Array.isArray(reset) || reset.length > CAPACITY_SETTING_NAMES.length || !reset.every((name) => typeof name === 'string')) throw new DecodeError('reset is no list of names');
  const unknownName = reset.find((name) => !isCapacitySettingName(name));
  if (unknownName !== undefined) throw new DecodeError(`there is no setting ${unknownName.slice(0, 100)}; there are ${CAPACITY_SETTING_NAMES.join(', ')}`);
  return change as unknown as CapacitySettingsChange;
}

function action(order: JsonObject): void {
  switch (order['kind']) {
    case 'drain-node':
    case 'undrain-node':
    case 'remove-node':
      node(order['node']);
      return;
    case 'replace-node':
      node(order['node']);
      node(order['by']);
      return;
    case 'move-replica':
      count(order, 'group');
      node(order['from']);
      if (order['to'] !== undefined) node(order['to']);
      return;
    case 'split-partition':
      count(order, 'group');
      if (order['atHex'] !== undefined) storedKey(order['atHex']);
      return;
    case 'transfer-leader':
      count(order, 'group');
      node(order['to']);
      return;
    case 'rebalance':
      return;
    case 'cancel-job':
      count(order, 'job');
      return;
    default:
      throw new DecodeError('action is unknown');
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
function flag(body: JsonObject, name: string): void {
  if (typeof body[name] !== 'boolean') throw new DecodeError(`${name} is no boolean`);
}
function replicas(body: JsonObject, name: string): void {
  const value = body[name];
  if (!Array.isArray(value) || value.length > MEMBERS_MAX || !value.every((id) => Number.isSafeInteger(id) && id >= 1)) throw new DecodeError(`${name} is no list of replicas`);
}
function storedKey(value: unknown): void {
  if (typeof value !== 'string' || value.length > STORED_KEY_HEX_MAX || value.length % 2 !== 0 || !/^[0-9a-f]+$/.test(value)) throw new DecodeError('not a stored key in hexadecimal');
}
function count(body: JsonObject, name: string): void {
  const value = body[name];
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new DecodeError(`${name} is no whole number of at least 0`);
}

function heat(report: JsonObject): void {
  for (const name of ['readHalfUnits', 'writeHalfUnits', 'throttleCount', 'loadPermille']) count(report, name);
  if (report['advice'] === undefined) return;
  const advice = object(report['advice'], 'advice');
  for (const name of ['hotSinceMs', 'advisedAtMs']) count(advice, name);
  if (advice['kind'] === 'none') {
    text(advice, 'reason');
    return;
  }
  if (advice['kind'] !== 'split') throw new DecodeError('unknown advice');
  storedKey(advice['atHex']);
  count(advice, 'belowPermille');
}
function timeline(told: JsonObject): void {
  for (const name of ['child', 'askedAtMs', 'choseMs', 'countedMs', 'pausedMs', 'cutAtMs', 'heldCount', 'movedOnCount']) count(told, name);
  for (const name of ['hotSinceMs', 'advisedAtMs']) if (told[name] !== undefined) count(told, name);
}
function indexChange(change: JsonObject): void {
  if (change['kind'] === 'delete') {
    text(change, 'name');
    return;
  }
  if (change['kind'] !== 'create') throw new DecodeError('unknown change of an index');
  const definition = object(change['definition'], 'definition');
  text(definition, 'IndexName');
  object(definition['Projection'], 'Projection');
  for (const element of list(definition, 'KeySchema', KEY_ELEMENTS_MAX)) for (const name of ['AttributeName', 'KeyType']) text(element, name);
  for (const attribute of list(change, 'attributeDefinitions', ATTRIBUTES_MAX)) for (const name of ['AttributeName', 'AttributeType']) text(attribute, name);
}
