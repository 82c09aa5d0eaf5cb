import type {Item} from './attribute-value.js';
import {invalidParameters, validationError} from './errors.js';
import type {KeyAttribute} from './key-schema.js';
import {checkKeySize} from './key-schema.js';

/** An index as far as its entries' keys go. */
export interface KeyedIndex {
  readonly name: string;
  readonly sortKey: KeyAttribute;
}

/**
 * An item that is put may lack the key of an index, but what it has there must fit.
 * @throws ModelError `ValidationException` for another type, an empty value or one that is too long
 */
export function checkIndexKeys(indexes: readonly KeyedIndex[], item: Item): void {
  for (const {name: indexName, sortKey: {name, type}} of indexes) {
    const value = item.get(name);
    if (value === undefined) continue;
    if (value.kind !== type) {
      throw invalidParameters(`Type mismatch for Index Key ${name} Expected: ${type} Actual: ${value.kind} IndexName: ${indexName}`);
    }
    if (isEmptyKey(value)) {
      throw validationError('One or more parameter values are not valid. A value specified for a secondary index key is not supported. '
        + `The AttributeValue for a key attribute cannot contain an empty ${type === 'B' ? 'binary' : 'string'} value. IndexName: ${indexName}, IndexKey: ${name}`);
    }
    if (value.kind === 'S' || value.kind === 'B') checkKeySize({hash: {kind: 'N', value: '0'}, range: value});
  }
}

/** The same for what an update made of an item. @throws ModelError `ValidationException` */
export function checkUpdatedIndexKeys(indexes: readonly KeyedIndex[], item: Item): void {
  for (const {sortKey: {name, type}} of indexes) {
    const value = item.get(name);
    if (value === undefined) continue;
    if (value.kind !== type) throw validationError('The update expression attempted to update the secondary index key to unsupported type');
    if (isEmptyKey(value)) {
      throw validationError('One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. '
        + `The AttributeValue for a key attribute cannot contain an empty ${type === 'B' ? 'binary' : 'string'} value.`);
    }
    if (value.kind === 'S' || value.kind === 'B') checkKeySize({hash: {kind: 'N', value: '0'}, range: value});
  }
}

function isEmptyKey(value: {readonly kind: string; readonly value?: unknown}): boolean {
  return (typeof value.value === 'string' || value.value instanceof Uint8Array) && value.value.length === 0;
}
