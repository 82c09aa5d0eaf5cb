import {invalidParameters, validationError} from '../errors.js';
import {GLOBAL_KEY_PART_COUNT_MAX} from '../global-index.js';
import type {AttributeDefinition, BillingMode, IndexDefinition, KeySchemaElement} from '../table-descriptor.js';
import {checkUnits} from './throughput-rules.js';

export const LOCAL_INDEX_COUNT_MAX = 5;
export const GLOBAL_INDEX_COUNT_MAX = 20;
/** Attributes that all indexes of a table name in their projections, together. */
const PROJECTED_NAME_COUNT_MAX = 100;

/** Form of one key schema, and that its attributes are defined. @throws ModelError `ValidationException` */
export function checkKeySchema(elements: readonly KeySchemaElement[], definitions: readonly AttributeDefinition[]): void {
  const [first, second] = elements;
  if (first?.KeyType !== 'HASH') {
    throw validationError('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  }
  if (second !== undefined) {
    if (second.AttributeName === first.AttributeName) {
      throw validationError('Both the Hash Key and the Range Key element in the KeySchema have the same name');
    }
    if (second.KeyType !== 'RANGE') {
      throw validationError('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type');
    }
  }
  const names = elements.map(({AttributeName}) => AttributeName);
  const defined = definitions.map(({AttributeName}) => AttributeName);
  if (names.some((name) => !defined.includes(name))) {
    throw invalidParameters('Some index key attributes are not defined in AttributeDefinitions. '
      + `Keys: [${names.join(', ')}], AttributeDefinitions: [${defined.join(', ')}]`);
  }
}

/** The same of a global index, which may have several attributes of each role. @throws ModelError `ValidationException` */
export function checkGlobalKeySchema(elements: readonly KeySchemaElement[], definitions: readonly AttributeDefinition[]): void {
  if (elements.length <= 2 && elements[1]?.KeyType !== 'HASH') {
    checkKeySchema(elements, definitions);
    return;
  }
  const roles = elements.map(({KeyType}) => KeyType);
  if (roles[0] !== 'HASH') throw validationError('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  const hashCount = roles.filter((role) => role === 'HASH').length;
  if (roles.lastIndexOf('HASH') >= hashCount) throw validationError('Invalid KeySchema: All HASH key types must come before the RANGE key types');
  if (hashCount > GLOBAL_KEY_PART_COUNT_MAX || roles.length - hashCount > GLOBAL_KEY_PART_COUNT_MAX) {
    throw validationError(`Invalid KeySchema: At most ${GLOBAL_KEY_PART_COUNT_MAX} HASH and ${GLOBAL_KEY_PART_COUNT_MAX} RANGE key types are allowed`);
  }
  const names = elements.map(({AttributeName}) => AttributeName);
  if (new Set(names).size !== names.length) throw validationError('Invalid KeySchema: Some key elements have the same name');
  const defined = definitions.map(({AttributeName}) => AttributeName);
  if (names.some((name) => !defined.includes(name))) {
    throw invalidParameters('Some index key attributes are not defined in AttributeDefinitions. '
      + `Keys: [${names.join(', ')}], AttributeDefinitions: [${defined.join(', ')}]`);
  }
}

/** All rules on the indexes that are made with a table. @throws ModelError `ValidationException` */
export function checkIndexes(
  tableSchema: readonly KeySchemaElement[], definitions: readonly AttributeDefinition[],
  local: readonly IndexDefinition[] | undefined, global: readonly IndexDefinition[] | undefined, billingMode: BillingMode,
): void {
  const names = new Set<string>();
  if (local !== undefined) checkLocalIndexes(tableSchema, definitions, local, names);
  checkProjectedNames([...(local ?? []), ...(global ?? [])]);
  if (global === undefined) return;
  if (global.length === 0) throw invalidParameters('List of GlobalSecondaryIndexes is empty');
  for (const index of global) {
    checkGlobalKeySchema(index.KeySchema, definitions);
    checkName(index.IndexName, names);
    checkIndexThroughput(index, billingMode);
  }
  if (global.length > GLOBAL_INDEX_COUNT_MAX) {
    throw invalidParameters(`GlobalSecondaryIndex count exceeds the per-table limit of ${GLOBAL_INDEX_COUNT_MAX}`);
  }
}

function checkProjectedNames(indexes: readonly IndexDefinition[]): void {
  const count = indexes.reduce((sum, {Projection: {NonKeyAttributes = []}}) => sum + NonKeyAttributes.length, 0);
  if (count > PROJECTED_NAME_COUNT_MAX) {
    throw invalidParameters(`Number of NonKeyAttributes of all indexes exceeds per-table limit of ${PROJECTED_NAME_COUNT_MAX}`);
  }
}

function checkLocalIndexes(
  tableSchema: readonly KeySchemaElement[], definitions: readonly AttributeDefinition[], local: readonly IndexDefinition[],
  names: Set<string>,
): void {
  if (local.length === 0) throw invalidParameters('List of LocalSecondaryIndexes is empty');
  if (tableSchema.length < 2) {
    throw invalidParameters('Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex');
  }
  const tableHash = tableSchema[0]?.AttributeName ?? '';
  for (const index of local) {
    checkKeySchema(index.KeySchema, definitions);
    if (index.KeySchema.length < 2) {
      throw invalidParameters(`Index KeySchema does not have a range key for index: ${index.IndexName}`);
    }
    const indexHash = index.KeySchema[0]?.AttributeName ?? '';
    if (indexHash !== tableHash) {
      throw invalidParameters('Index KeySchema does not have the same leading hash key as table KeySchema for index: '
        + `${index.IndexName}. index hash key: ${indexHash}, table hash key: ${tableHash}`);
    }
    checkName(index.IndexName, names);
  }
  if (local.length > LOCAL_INDEX_COUNT_MAX) {
    throw invalidParameters(`Number of LocalSecondaryIndexes exceeds per-table limit of ${LOCAL_INDEX_COUNT_MAX}`);
  }
}

function checkName(name: string, names: Set<string>): void {
  if (names.has(name)) throw invalidParameters(`Duplicate index name: ${name}`);
  names.add(name);
}

/** @throws ModelError `ValidationException` when the throughput of an index does not go with the billing mode */
export function checkIndexThroughput(index: IndexDefinition, billingMode: BillingMode): void {
  if (billingMode === 'PAY_PER_REQUEST' && index.ProvisionedThroughput !== undefined) {
    throw invalidParameters('ProvisionedThroughput should not be specified for index: '
      + `${index.IndexName} when BillingMode is PAY_PER_REQUEST`);
  }
  if (billingMode === 'PROVISIONED' && index.ProvisionedThroughput === undefined) {
    throw invalidParameters(`ProvisionedThroughput is not specified for index: ${index.IndexName}`);
  }
  checkUnits(index.ProvisionedThroughput, index.IndexName);
}

/** Definitions must be exactly those in use, each once. @throws ModelError `ValidationException` */
export function checkAllDefinitionsUsed(
  definitions: readonly AttributeDefinition[], schemas: readonly (readonly KeySchemaElement[])[],
): void {
  const used = new Set(schemas.flat().map(({AttributeName}) => AttributeName));
  const defined = definitions.map(({AttributeName}) => AttributeName);
  if (defined.length === used.size && defined.every((name) => used.has(name)) && new Set(defined).size === defined.length) return;
  if (schemas.length === 1) {
    throw invalidParameters(
      'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions');
  }
  throw invalidParameters(
    `Some AttributeDefinitions are not used. AttributeDefinitions: [${defined.join(', ')}], keys used: [${[...used].join(', ')}]`);
}
