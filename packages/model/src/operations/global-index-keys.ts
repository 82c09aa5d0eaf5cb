import type {Item, KeyType} from '../attribute-value.js';
import {isKeyValue} from '../attribute-value.js';
import {invalidParameters, validationError} from '../errors.js';
import {checkKeySize} from '../key-schema.js';
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
