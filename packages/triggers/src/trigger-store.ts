import type {ApiCaller, Json} from './api.js';
import {TriggerError, isApiError} from './errors.js';
import {parseTriggerDefinition} from './trigger-definition.js';
import type {TriggerDefinition} from './trigger-definition.js';

/** An ordinary table: replicated, and seen by everybody. */
export const TRIGGER_TABLE = 'murmuration-triggers';

/** Who runs a trigger. Each new runner raises the epoch; a living one raises the beat. */
export interface RunnerLease {
  readonly owner: string;
  readonly epoch: number;
  readonly beat: number;
}
/** How far a shard was dealt with. */
export interface Checkpoint {
  /** Sequence number of the last record dealt with; undefined before the first. */
  readonly after: string | undefined;
  /** The shard was read to its end. */
  readonly isDone: boolean;
}
export interface KeptTrigger {
  readonly definition: TriggerDefinition;
  readonly lease: RunnerLease | undefined;
}

const DEFINITION = 'definition';
const LEASE = 'runner';
const SHARD_PREFIX = 'shard#';

/** Definitions, leases and checkpoints, in the table of triggers. */
export class TriggerStore {
  readonly #api: ApiCaller;
  constructor(api: ApiCaller) {
    this.#api = api;
  }

  /** Makes the table unless it is there. It takes some moments until it takes requests. */
  async createTable(): Promise<void> {
    try {
      await this.#api.table('CreateTable', {
        TableName: TRIGGER_TABLE, BillingMode: 'PAY_PER_REQUEST', DeletionProtectionEnabled: true,
        KeySchema: [{AttributeName: 'trigger', KeyType: 'HASH'}, {AttributeName: 'part', KeyType: 'RANGE'}],
        AttributeDefinitions: [{AttributeName: 'trigger', AttributeType: 'S'}, {AttributeName: 'part', AttributeType: 'S'}],
      });
    } catch (error) {
      if (!isApiError(error, 'ResourceInUseException')) throw error;
    }
  }
  /** @returns whether the table takes requests */
  async isReady(): Promise<boolean> {
    const {Table} = await this.#api.table('DescribeTable', {TableName: TRIGGER_TABLE});
    const status = (Table as Json | undefined)?.['TableStatus'];
    return status === 'ACTIVE' || status === 'UPDATING';
  }

  /** @throws TriggerError `TriggerExists` */
  async put(definition: TriggerDefinition): Promise<void> {
    try {
      await this.#api.table('PutItem', {
        TableName: TRIGGER_TABLE, Item: {...keyOf(definition.name, DEFINITION), definition: {S: JSON.stringify(definition)}}, ConditionExpression: 'attribute_not_exists(part)',
      });
    } catch (error) {
      if (isApiError(error, 'ConditionalCheckFailedException')) throw new TriggerError({code: 'TriggerExists', name: definition.name}, {cause: error});
      throw error;
    }
  }
  /** The definition goes first: whoever runs it stops. @throws TriggerError `NoTrigger` */
  async remove(name: string): Promise<void> {
    try {
      await this.#api.table('DeleteItem', {TableName: TRIGGER_TABLE, Key: keyOf(name, DEFINITION), ConditionExpression: 'attribute_exists(part)'});
    } catch (error) {
      if (isApiError(error, 'ConditionalCheckFailedException')) throw new TriggerError({code: 'NoTrigger', name}, {cause: error});
      throw error;
    }
    for (const item of await this.#pages('Query', {KeyConditionExpression: '#t = :t', ExpressionAttributeNames: {'#t': 'trigger'}, ExpressionAttributeValues: {':t': {S: name}}})) {
      await this.#api.table('DeleteItem', {TableName: TRIGGER_TABLE, Key: {trigger: item['trigger'], part: item['part']}});
    }
  }
  /** All triggers with their leases. */
  async list(): Promise<readonly KeptTrigger[]> {
    const items = await this.#pages('Scan', {
      FilterExpression: 'part IN (:d, :l)', ExpressionAttributeValues: {':d': {S: DEFINITION}, ':l': {S: LEASE}},
    });
    const leases = new Map(items.filter((item) => textOf(item, 'part') === LEASE).map((item) => [textOf(item, 'trigger'), leaseOf(item)]));
    return items.filter((item) => textOf(item, 'part') === DEFINITION).map((item) => ({
      definition: parseTriggerDefinition(JSON.parse(textOf(item, 'definition'))), lease: leases.get(textOf(item, 'trigger')),
    }));
  }

  /** Takes the place of the runner that was seen. @returns the new lease; undefined when somebody else was faster */
  async take(name: string, seen: RunnerLease | undefined, owner: string): Promise<RunnerLease | undefined> {
    const lease = {owner, epoch: (seen?.epoch ?? 0) + 1, beat: 0};
    const condition = seen === undefined
      ? {ConditionExpression: 'attribute_not_exists(part)'}
      : {ConditionExpression: 'epoch = :e AND beat = :b AND #o = :o', ExpressionAttributeNames: {'#o': 'owner'}, ExpressionAttributeValues: {':e': {N: String(seen.epoch)}, ':b': {N: String(seen.beat)}, ':o': {S: seen.owner}}};
    return (await this.#conditional('PutItem', {Item: leaseItem(name, lease), ...condition})) ? lease : undefined;
  }
  /** @returns whether the lease is still held */
  renew(name: string, lease: RunnerLease): Promise<boolean> {
    return this.#conditional('PutItem', {
      Item: leaseItem(name, lease), ConditionExpression: 'epoch = :e AND #o = :o', ExpressionAttributeNames: {'#o': 'owner'},
      ExpressionAttributeValues: {':e': {N: String(lease.epoch)}, ':o': {S: lease.owner}},
    });
  }
  /** Lets another runner come at once. */
  async release(name: string, lease: RunnerLease): Promise<void> {
    await this.#conditional('PutItem', {
      Item: leaseItem(name, {...lease, owner: ''}), ConditionExpression: 'epoch = :e AND #o = :o', ExpressionAttributeNames: {'#o': 'owner'},
      ExpressionAttributeValues: {':e': {N: String(lease.epoch)}, ':o': {S: lease.owner}},
    });
  }

  /** Checkpoints of all shards that were begun, by shard id. */
  async checkpoints(definition: TriggerDefinition): Promise<Map<string, Checkpoint>> {
    const prefix = shardPart(definition, '');
    const items = await this.#pages('Query', {
      KeyConditionExpression: '#t = :t AND begins_with(part, :p)', ExpressionAttributeNames: {'#t': 'trigger'}, ExpressionAttributeValues: {':t': {S: definition.name}, ':p': {S: prefix}},
    });
    return new Map(items.map((item) => {
      const after = textOf(item, 'after');
      return [textOf(item, 'part').slice(prefix.length), {after: after === '' ? undefined : after, isDone: (item['isDone'] as {readonly BOOL?: boolean} | undefined)?.BOOL === true}];
    }));
  }
  /** Only the newest runner's counts. @returns whether it was kept: another runner has come when not */
  saveCheckpoint(definition: TriggerDefinition, shard: string, {after, isDone}: Checkpoint, epoch: number): Promise<boolean> {
    return this.#conditional('PutItem', {
      Item: {...keyOf(definition.name, shardPart(definition, shard)), ...(after === undefined ? {} : {after: {S: after}}), isDone: {BOOL: isDone}, epoch: {N: String(epoch)}},
      ConditionExpression: 'attribute_not_exists(epoch) OR epoch <= :e', ExpressionAttributeValues: {':e': {N: String(epoch)}},
    });
  }
  async forgetShard(definition: TriggerDefinition, shard: string): Promise<void> {
    await this.#api.table('DeleteItem', {TableName: TRIGGER_TABLE, Key: keyOf(definition.name, shardPart(definition, shard))});
  }

  async #conditional(operation: 'PutItem', body: Json): Promise<boolean> {
    try {
      await this.#api.table(operation, {TableName: TRIGGER_TABLE, ...body});
      return true;
    } catch (error) {
      if (isApiError(error, 'ConditionalCheckFailedException')) return false;
      throw error;
    }
  }
  async #pages(operation: 'Query' | 'Scan', body: Json): Promise<readonly Json[]> {
    const items: Json[] = [];
    for (let start: unknown; ;) {
      const page = await this.#api.table(operation, {TableName: TRIGGER_TABLE, ConsistentRead: true, ...body, ...(start === undefined ? {} : {ExclusiveStartKey: start})});
      items.push(...(page['Items'] as readonly Json[]));
      start = page['LastEvaluatedKey'];
      if (start === undefined) return items;
    }
  }
}

/** With the time the trigger was made: what a last worker of an older one of that name leaves is not taken for this one's. */
function shardPart({createdAtMs}: TriggerDefinition, shard: string): string {
  return `${SHARD_PREFIX}${createdAtMs}#${shard}`;
}
function keyOf(name: string, part: string): Json {
  return {trigger: {S: name}, part: {S: part}};
}
function leaseItem(name: string, {owner, epoch, beat}: RunnerLease): Json {
  return {...keyOf(name, LEASE), owner: {S: owner}, epoch: {N: String(epoch)}, beat: {N: String(beat)}};
}
function leaseOf(item: Json): RunnerLease {
  const number = (name: string): number => Number((item[name] as {readonly N?: string} | undefined)?.N ?? 0);
  return {owner: textOf(item, 'owner'), epoch: number('epoch'), beat: number('beat')};
}
function textOf(item: Json, name: string): string {
  return (item[name] as {readonly S?: string} | undefined)?.S ?? '';
}
