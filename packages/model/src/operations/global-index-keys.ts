import type {Item, KeyType} from '../attribute-value.js';
import {equalValues, isKeyValue} from '../attribute-value.js';
import type {GlobalIndex} from '../derivation.js';
import {invalidParameters, validationError} from '../errors.js';
import {checkKeySize} from '../key-schema.js';
import type {KeyAttribute} from '../key-schema.js';
import type {TableDescriptor} from '../table-descriptor.js';

/**
 * An item that is put may lack the keys of a global index, but what it has there must fit.
 * @throws ModelError `ValidationException` for another type, an empty value or one that is too long
 */
export function checkGlobalIndexKeys({extra, attributeDefinitions}: Pick<TableDescriptor, 'extra' | 'attributeDefinitions'>, item: Item): void {
  for (const {IndexName, KeySchema} of extra.globalSecondaryIndexes ?? []) {
    for (const {AttributeName, KeyType: role} of KeySchema) {
      const type = attributeDefinitions.find((definition) => definition.AttributeName === AttributeName)?.AttributeType;
      if (type !== undefined) checkValue(item, AttributeName, type, role, IndexName);
    }
  }
}

function checkValue(item: Item, name: string, type: KeyType, role: 'HASH' | 'RANGE', indexName: string): void {
  const value = item.get(name);
  if (value === undefined) return;
  if (!isKeyValue(value) || value.kind !== type) {
    throw invalidParameters(`Type mismatch for Index Key ${name} Expected: ${type} Actual: ${value.kind} IndexName: ${indexName}`);
  }
  if (value.value.length === 0) {
    throw validationError('One or more parameter values are not valid. A value specified for a secondary index key is not supported. '
      + `The AttributeValue for a key attribute cannot contain an empty ${type === 'B' ? 'binary' : 'string'} value. IndexName: ${indexName}, IndexKey: ${name}`);
  }
  checkKeySize(role === 'HASH' ? {hash: value, range: undefined} : {hash: {kind: 'N', value: '0'}, range: value});
}

/**
 * The same for what an update made of an item: only what it changed is looked at, for what the item had before the index was
 * there is not its doing.
 * @throws ModelError `ValidationException`
 */
export function checkUpdatedGlobalIndexKeys(indexes: readonly GlobalIndex[], before: Item | undefined, item: Item): void {
  for (const {hash, range} of indexes) {
    for (const attribute of hash) checkUpdated(attribute, 'HASH', before, item);
    for (const attribute of range) checkUpdated(attribute, 'RANGE', before, item);
  }
}
function checkUpdated({name, type}: KeyAttribute, role: 'HASH' | 'RANGE', before: Item | undefined, item: Item): void {
  const value = item.get(name);
  if (value === undefined) return;
  const old = before?.get(name);
  if (old !== undefined && equalValues(old, value)) return;
  if (!isKeyValue(value) || value.kind !== type) throw validationError('The update expression attempted to update the secondary index key to unsupported type');
  if (value.value.length === 0) {
    throw validationError('One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. '
      + `The AttributeValue for a key attribute cannot contain an empty ${type === 'B' ? 'binary' : 'string'} value.`);
  }
  checkKeySize(role === 'HASH' ? {hash: value, range: undefined} : {hash: {kind: 'N', value: '0'}, range: value});
}
