import {CheckerError} from './errors.js';
import type {AttributeJson, ItemJson} from './attribute-value.js';
import type {Answer, CancelReason, Outcome} from './history.js';
import {LIST_ATTRIBUTE} from './operations.js';
import type {
  Change, CheckOperation, Condition, DeleteOperation, ListAppendOperation, ListPart, Operation, PutOperation, ReturnedImage, ScanOperation,
  UpdateOperation,
} from './operations.js';
import {errorMeaning, exceptionName, transportMeaning} from './outcome-table.js';
import type {TransportFailure} from './outcome-table.js';

/** One request of the public API: the operation's name behind the dot of `X-Amz-Target`, and its JSON body. */
export interface ApiRequest {
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Collects placeholders: every name and value goes through one, so no attribute name can be a reserved word. */
class Placeholders {
  readonly #names = new Map<string, string>();
  readonly #values: AttributeJson[] = [];
  name(attribute: string): string {
    const placeholder = this.#names.get(attribute) ?? `#n${this.#names.size}`;
    this.#names.set(attribute, placeholder);
    return placeholder;
  }
  value(value: AttributeJson): string {
    this.#values.push(value);
    return `:v${this.#values.length - 1}`;
  }
  members(): Readonly<Record<string, unknown>> {
    return {
      ...(this.#names.size === 0 ? {} : {ExpressionAttributeNames: Object.fromEntries([...this.#names].map(([attribute, placeholder]) => [placeholder, attribute]))}),
      ...(this.#values.length === 0 ? {} : {ExpressionAttributeValues: Object.fromEntries(this.#values.map((value, i) => [`:v${i}`, value]))}),
    };
  }
}

function conditionExpression(condition: Condition, placeholders: Placeholders): string {
  if (condition.kind === 'all') {
    if (condition.of.length === 0) throw new CheckerError({code: 'CannotRender', detail: 'a condition of no parts'});
    return condition.of.map((part) => conditionExpression(part, placeholders)).join(' AND ');
  }
  const name = placeholders.name(condition.attribute);
  switch (condition.kind) {
    case 'exists': return `attribute_exists(${name})`;
    case 'not-exists': return `attribute_not_exists(${name})`;
    case 'equals': return `${name} = ${placeholders.value(condition.value)}`;
    case 'differs': return `${name} <> ${placeholders.value(condition.value)}`;
    case 'less': return `${name} < ${placeholders.value(condition.value)}`;
    case 'at-least': return `${name} >= ${placeholders.value(condition.value)}`;
  }
}

function updateExpression(changes: readonly Change[], placeholders: Placeholders): string {
  const set: string[] = [];
  const add: string[] = [];
  const remove: string[] = [];
  for (const change of changes) {
    const name = placeholders.name(change.attribute);
    switch (change.kind) {
      case 'set': set.push(`${name} = ${placeholders.value(change.value)}`); break;
      case 'set-if-missing': set.push(`${name} = if_not_exists(${name}, ${placeholders.value(change.value)})`); break;
      case 'increment': {
        const base = change.start === undefined ? name : `if_not_exists(${name}, ${placeholders.value({N: change.start})})`;
        set.push(`${name} = ${base} + ${placeholders.value({N: change.by})}`);
        break;
      }
      case 'append': set.push(`${name} = list_append(if_not_exists(${name}, ${placeholders.value({L: []})}), ${placeholders.value({L: change.values})})`); break;
      case 'add': add.push(`${name} ${placeholders.value({N: change.by})}`); break;
      case 'add-to-set': add.push(`${name} ${placeholders.value({SS: change.members})}`); break;
      case 'remove': remove.push(name); break;
    }
  }
  const sections = [['SET', set], ['REMOVE', remove], ['ADD', add]] as const;
  return sections.filter(([, clauses]) => clauses.length > 0).map(([word, clauses]) => `${word} ${clauses.join(', ')}`).join(' ');
}

const RETURN_VALUES: Readonly<Record<ReturnedImage, string>> = {
  none: 'NONE', 'all-old': 'ALL_OLD', 'updated-old': 'UPDATED_OLD', 'all-new': 'ALL_NEW', 'updated-new': 'UPDATED_NEW',
};

/** Members that a single write and a transaction's part have alike. */
function writeMembers(operation: PutOperation | UpdateOperation | DeleteOperation | CheckOperation, table: string): Readonly<Record<string, unknown>> {
  const placeholders = new Placeholders();
  const update = operation.kind === 'update' && operation.changes.length > 0 ? {UpdateExpression: updateExpression(operation.changes, placeholders)} : {};
  const condition = operation.condition === undefined ? {} : {ConditionExpression: conditionExpression(operation.condition, placeholders)};
  return {
    TableName: table,
    ...(operation.kind === 'put' ? {Item: {...operation.item, ...operation.key}} : {Key: operation.key}),
    ...update, ...condition, ...placeholders.members(),
    ...(operation.wantsRefusedImage === true ? {ReturnValuesOnConditionCheckFailure: 'ALL_OLD'} : {}),
  };
}
function returnMembers(returns: ReturnedImage | undefined): Readonly<Record<string, unknown>> {
  return returns === undefined || returns === 'none' ? {} : {ReturnValues: RETURN_VALUES[returns]};
}
function transactPart(part: PutOperation | UpdateOperation | DeleteOperation | CheckOperation, table: string): Readonly<Record<string, unknown>> {
  const members = writeMembers(part, table);
  switch (part.kind) {
    case 'put': return {Put: members};
    case 'update': return {Update: members};
    case 'delete': return {Delete: members};
    case 'check': return {ConditionCheck: members};
  }
}

function listValue(list: readonly number[]): AttributeJson {
  return {L: list.map((element) => ({N: String(element)}))};
}
function listIs(expected: readonly number[]): Condition {
  return expected.length === 0 ? {kind: 'not-exists', attribute: LIST_ATTRIBUTE} : {kind: 'equals', attribute: LIST_ATTRIBUTE, value: listValue(expected)};
}
/** The write that carries out one part of a list-append transaction. */
function listWrite(part: ListPart): UpdateOperation | CheckOperation {
  switch (part.kind) {
    case 'append':
      return {
        kind: 'update', key: part.key, changes: [{kind: 'append', attribute: LIST_ATTRIBUTE, values: [{N: String(part.value)}]}],
        ...(part.expected === undefined ? {} : {condition: listIs(part.expected)}),
      };
    case 'check': return {kind: 'check', key: part.key, condition: listIs(part.expected)};
    case 'read': throw new CheckerError({code: 'CannotRender', detail: 'one transaction can not read and write: read first, then carry what was read as `expected`'});
  }
}
function listAppendRequest(operation: ListAppendOperation, table: string): ApiRequest {
  const {parts} = operation;
  const [first] = parts;
  if (first === undefined) throw new CheckerError({code: 'CannotRender', detail: 'a transaction of no parts'});
  if (operation.isSingle === true) {
    if (parts.length > 1 || first.kind === 'check') throw new CheckerError({code: 'CannotRender', detail: 'a single list operation is one read or one append'});
    if (first.kind === 'read') return toRequest({kind: 'get', key: first.key, isStrong: true}, table);
    const write = listWrite(first);
    if (write.kind === 'update') return toRequest({...write, returns: 'all-new'}, table);
  }
  if (parts.every((part) => part.kind === 'read')) return toRequest({kind: 'transact-get', keys: parts.map((part) => part.key)}, table);
  return toRequest({kind: 'transact-write', parts: parts.map(listWrite), ...(operation.token === undefined ? {} : {token: operation.token})}, table);
}

/**
 * Renders an operation as a request of the public API. Every client of a history uses this rendering.
 * A scan is paged: the caller passes on `LastEvaluatedKey` by `scanPage` and joins the pages before `readAnswer`.
 * @throws CheckerError `CannotRender` for operations that no request can say
 */
export function toRequest(operation: Operation, table: string): ApiRequest {
  switch (operation.kind) {
    case 'put': return {operation: 'PutItem', body: {...writeMembers(operation, table), ...returnMembers(operation.returns)}};
    case 'update': return {operation: 'UpdateItem', body: {...writeMembers(operation, table), ...returnMembers(operation.returns)}};
    case 'delete': return {operation: 'DeleteItem', body: {...writeMembers(operation, table), ...returnMembers(operation.returns)}};
    case 'get': return {operation: 'GetItem', body: {TableName: table, Key: operation.key, ConsistentRead: operation.isStrong}};
    case 'transact-write':
      return {
        operation: 'TransactWriteItems',
        body: {TransactItems: operation.parts.map((part) => transactPart(part, table)), ...(operation.token === undefined ? {} : {ClientRequestToken: operation.token})},
      };
    case 'transact-get':
      return {operation: 'TransactGetItems', body: {TransactItems: operation.keys.map((key) => ({Get: {TableName: table, Key: key}}))}};
    case 'list-append': return listAppendRequest(operation, table);
    case 'scan': return scanPage(operation, table, undefined);
  }
}

/** One page of a scan. @param startKey `LastEvaluatedKey` of the page before, undefined for the first */
export function scanPage(operation: ScanOperation, table: string, startKey: ItemJson | undefined): ApiRequest {
  return {
    operation: 'Scan',
    body: {
      TableName: table, ConsistentRead: operation.isStrong,
      ...(operation.index === undefined ? {} : {IndexName: operation.index}),
      ...(operation.segment === undefined ? {} : {Segment: operation.segment.number, TotalSegments: operation.segment.total}),
      ...(startKey === undefined ? {} : {ExclusiveStartKey: startKey}),
    },
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
/** A value is looked into only when it is compared; the text functions refuse what is no value. */
function itemMember(body: Readonly<Record<string, unknown>>, name: string): ItemJson | undefined {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  return isObject(value) ? value as ItemJson : undefined;
}
function arrayMember(body: Readonly<Record<string, unknown>>, name: string): readonly unknown[] | undefined {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  return Array.isArray(value) ? value as readonly unknown[] : undefined;
}

/** The numbers of a list item; a missing item or list reads as empty. Undefined when it isn't a list of numbers. */
export function listOf(item: ItemJson | undefined): readonly number[] | undefined {
  const value = item?.[LIST_ATTRIBUTE];
  if (value === undefined) return [];
  if (!('L' in value)) return undefined;
  const numbers: number[] = [];
  for (const element of value.L) {
    if (!('N' in element)) return undefined;
    numbers.push(Number(element.N));
  }
  return numbers;
}

function imagesOf(body: Readonly<Record<string, unknown>>, count: number): readonly (ItemJson | undefined)[] | undefined {
  const responses = arrayMember(body, 'Responses');
  if (responses?.length !== count) return undefined;
  return responses.map((response) => (isObject(response) ? itemMember(response, 'Item') : undefined));
}
function listAnswer(operation: ListAppendOperation, body: Readonly<Record<string, unknown>>): Answer | undefined {
  const {parts} = operation;
  let lists: readonly (readonly number[] | undefined)[];
  if (operation.isSingle === true) lists = [listOf(itemMember(body, parts[0]?.kind === 'read' ? 'Item' : 'Attributes'))];
  else if (parts.every((part) => part.kind === 'read')) {
    const images = imagesOf(body, parts.length);
    if (images === undefined) return undefined;
    lists = images.map(listOf);
  } else return {kind: 'lists', lists: parts.map(() => undefined)};
  return lists.includes(undefined) ? undefined : {kind: 'lists', lists};
}
/** @returns undefined when the body can not be the answer of this operation */
function successAnswer(operation: Operation, body: Readonly<Record<string, unknown>>): Answer | undefined {
  switch (operation.kind) {
    case 'get': return {kind: 'image', item: itemMember(body, 'Item')};
    case 'put': case 'update': case 'delete':
      return (operation.returns ?? 'none') === 'none' ? {kind: 'written'} : {kind: 'image', item: itemMember(body, 'Attributes')};
    case 'transact-write': return {kind: 'written'};
    case 'transact-get': {
      const items = imagesOf(body, operation.keys.length);
      return items === undefined ? undefined : {kind: 'images', items};
    }
    case 'list-append': return listAnswer(operation, body);
    case 'scan': {
      const items = arrayMember(body, 'Items');
      return items?.every(isObject) === true ? {kind: 'rows', items: items as readonly ItemJson[]} : undefined;
    }
  }
}

function cancelReasons(body: Readonly<Record<string, unknown>>): readonly CancelReason[] {
  return (arrayMember(body, 'CancellationReasons') ?? []).map((reason) => {
    if (!isObject(reason)) return {code: 'None'};
    const item = itemMember(reason, 'Item');
    const code = typeof reason['Code'] === 'string' ? reason['Code'] : 'None';
    return item === undefined ? {code} : {code, item};
  });
}

/**
 * Turns an HTTP answer into the outcome to record.
 * @param body the parsed JSON body; undefined when it was empty or no JSON
 */
export function readAnswer(operation: Operation, status: number, body: unknown): Outcome {
  const members = isObject(body) ? body : {};
  if (status === 200) {
    const answer = isObject(body) ? successAnswer(operation, members) : undefined;
    // A success whose body is nonsense says nothing that could be relied on.
    return answer === undefined ? {kind: 'unknown', error: 'unreadable answer'} : {kind: 'ok', answer};
  }
  const type = exceptionName(members['__type']);
  const error = `${status} ${type}`.trim();
  if (type === 'TransactionCanceledException' && status === 400) {
    const reasons = cancelReasons(members);
    return reasons.some(({code}) => code === 'ConditionalCheckFailed') ? {kind: 'condition-failed', hasImage: false, reasons} : {kind: 'no-effect', error};
  }
  switch (errorMeaning(status, type)) {
    case 'refused-condition': {
      const hasImage = Object.hasOwn(operation, 'wantsRefusedImage') && 'wantsRefusedImage' in operation && operation.wantsRefusedImage === true;
      const item = itemMember(members, 'Item');
      return {kind: 'condition-failed', hasImage, ...(hasImage && item !== undefined ? {item} : {})};
    }
    case 'no-effect': return {kind: 'no-effect', error};
    case 'unknown': return {kind: 'unknown', error};
  }
}
/** Turns a call without an answer into the outcome to record. */
export function readFailure(failure: TransportFailure): Outcome {
  return transportMeaning(failure) === 'unknown' ? {kind: 'unknown', error: failure} : {kind: 'no-effect', error: failure};
}
