import {ModelError, invalidParameters, validationError} from '../errors.js';
import type {AttributeDefinition, IndexDefinition, TableDescriptor} from '../table-descriptor.js';
import {GLOBAL_INDEX_COUNT_MAX, checkGlobalKeySchema, checkIndexThroughput} from './table-rules.js';
import type {UpdateTableRequest} from './update-table.js';

/** What an UpdateTable does to the indexes of its table. */
export interface IndexUpdatePlan {
  /** The definitions with what changes of their throughput; undefined when nothing does. */
  readonly definitions: readonly IndexDefinition[] | undefined;
  readonly change:
    | {readonly kind: 'create'; readonly definition: IndexDefinition; readonly attributeDefinitions: readonly AttributeDefinition[]}
    | {readonly kind: 'delete'; readonly name: string}
    | undefined;
}

/** The checks of index updates that need the table. @throws ModelError */
export function planIndexUpdates(request: UpdateTableRequest, table: TableDescriptor): IndexUpdatePlan {
  const billingMode = request.billingMode ?? table.billingMode;
  const known = table.extra.globalSecondaryIndexes ?? [];
  let definitions: readonly IndexDefinition[] = known;
  let change: IndexUpdatePlan['change'];
  for (const update of request.indexUpdates) {
    switch (update.kind) {
      case 'create': {
        const given = request.attributeDefinitions ?? [];
        const attributeDefinitions = joinDefinitions(table, given);
        // Those of the new index are to be named again, also where the table knows them.
        checkGlobalKeySchema(update.index.KeySchema, given);
        checkDefinitions(table, given, update.index);
        checkIndexThroughput(update.index, billingMode);
        if (known.length >= GLOBAL_INDEX_COUNT_MAX) throw invalidParameters(`GlobalSecondaryIndex count exceeds the per-table limit of ${GLOBAL_INDEX_COUNT_MAX}`);
        change = {kind: 'create', definition: update.index, attributeDefinitions};
        break;
      }
      case 'delete':
        requireIndex(known, update.indexName);
        change = {kind: 'delete', name: update.indexName};
        break;
      case 'update': {
        const {indexName, provisionedThroughput} = update;
        const index = requireIndex(known, indexName);
        if (billingMode === 'PAY_PER_REQUEST') checkIndexThroughput({...index, ProvisionedThroughput: provisionedThroughput}, billingMode);
        const current = index.ProvisionedThroughput;
        if (current?.ReadCapacityUnits === provisionedThroughput.ReadCapacityUnits && current.WriteCapacityUnits === provisionedThroughput.WriteCapacityUnits) {
          throw validationError(`The provisioned throughput for the index ${indexName} will not change. The requested value equals the current value. `
            + `Current ReadCapacityUnits provisioned for the index: ${current.ReadCapacityUnits}. Requested ReadCapacityUnits: ${provisionedThroughput.ReadCapacityUnits}. `
            + `Current WriteCapacityUnits provisioned for the index: ${current.WriteCapacityUnits}. Requested WriteCapacityUnits: ${provisionedThroughput.WriteCapacityUnits}. `
            + 'Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.');
        }
        definitions = definitions.map((each) => (each === index ? {...index, ProvisionedThroughput: provisionedThroughput} : each));
        break;
      }
    }
  }
  definitions = definitions.map((index) => forBilling(index, request));
  if (billingMode === 'PROVISIONED') for (const index of definitions) checkIndexThroughput(index, billingMode);
  const isChanged = definitions.some((definition, i) => definition !== known[i]);
  return {definitions: isChanged ? definitions : undefined, change};
}

function forBilling(index: IndexDefinition, {billingMode}: UpdateTableRequest): IndexDefinition {
  if (billingMode !== 'PAY_PER_REQUEST' || index.ProvisionedThroughput === undefined) return index;
  const {ProvisionedThroughput: _given, ...rest} = index;
  return rest;
}
function requireIndex(known: readonly IndexDefinition[], name: string): IndexDefinition {
  const index = known.find(({IndexName}) => IndexName === name);
  if (index === undefined) throw new ModelError({code: 'ResourceNotFoundException', message: 'Requested resource not found'});
  return index;
}

/** Each is given once, and of an attribute that some key has. */
function checkDefinitions({attributeDefinitions: known}: TableDescriptor, given: readonly AttributeDefinition[], {KeySchema}: IndexDefinition): void {
  const used = new Set([...known, ...KeySchema].map(({AttributeName}) => AttributeName));
  const names = given.map(({AttributeName}) => AttributeName);
  if (names.every((name) => used.has(name)) && new Set(names).size === names.length) return;
  throw invalidParameters(`Some AttributeDefinitions are not used. AttributeDefinitions: [${names.join(', ')}], keys used: [${[...used].join(', ')}]`);
}

function joinDefinitions({attributeDefinitions: known, keySchema, extra}: TableDescriptor, given: readonly AttributeDefinition[]): readonly AttributeDefinition[] {
  for (const {AttributeName: name, AttributeType: type} of given) {
    const before = known.find(({AttributeName}) => AttributeName === name);
    if (before === undefined || before.AttributeType === type) continue;
    const role = keySchema.hash.name === name || extra.globalSecondaryIndexes?.some(({KeySchema}) => KeySchema[0]?.AttributeName === name) === true ? 'HASH' : 'RANGE';
    throw invalidParameters('Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. '
      + `Existing schema: Schema:[SchemaElement: key{${name}:${before.AttributeType}:${role}}] New schema: Schema:[SchemaElement: key{${name}:${type}:${role}}]`);
  }
  return [...known, ...given.filter(({AttributeName}) => !known.some((before) => before.AttributeName === AttributeName))];
}
