import type {AttributeValue} from '../attribute-value.js';
import type {Deferred} from '../operations/request-shape.js';

/** Tables of the members of the first protocol generation. Enumerations stand in the order in which messages list them. */

const COMPARISON_OPERATOR = {
  type: 'string',
  values: [
    'IN', 'NULL', 'BETWEEN', 'LT', 'NOT_CONTAINS', 'EQ', 'GT', 'NOT_NULL', 'NE', 'LE', 'BEGINS_WITH', 'GE', 'CONTAINS',
  ],
} as const;
const VALUE_LIST = {type: 'list', of: {type: 'attribute-value'}} as const;

/** KeyConditions, QueryFilter and ScanFilter. */
export const CONDITIONS = {
  type: 'map', className: 'java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.Condition>',
  of: {
    type: 'structure', className: 'com.amazonaws.dynamodb.v20120810.Condition',
    members: {AttributeValueList: VALUE_LIST, ComparisonOperator: {...COMPARISON_OPERATOR, required: true}},
  },
} as const;

export const EXPECTED = {
  type: 'map', className: 'java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.ExpectedAttributeValue>',
  of: {
    type: 'structure', className: 'com.amazonaws.dynamodb.v20120810.ExpectedAttributeValue',
    members: {
      AttributeValueList: VALUE_LIST, ComparisonOperator: COMPARISON_OPERATOR,
      Exists: {type: 'boolean'}, Value: {type: 'attribute-value'},
    },
  },
} as const;

export const ATTRIBUTE_UPDATES = {
  type: 'map', className: 'java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValueUpdate>',
  of: {
    type: 'structure', className: 'com.amazonaws.dynamodb.v20120810.AttributeValueUpdate',
    members: {Action: {type: 'string', values: ['ADD', 'PUT', 'DELETE']}, Value: {type: 'attribute-value'}},
  },
} as const;

export const ATTRIBUTES_TO_GET = {type: 'list', of: {type: 'string'}, lengthMin: 1, lengthMax: 255} as const;

export type ComparisonOperator = (typeof COMPARISON_OPERATOR)['values'][number];
export type ConditionalOperator = 'OR' | 'AND';

export interface LegacyCondition {
  readonly ComparisonOperator: ComparisonOperator;
  readonly AttributeValueList: readonly Deferred<AttributeValue>[] | undefined;
}
export interface ExpectedAttribute {
  readonly ComparisonOperator: ComparisonOperator | undefined;
  readonly AttributeValueList: readonly Deferred<AttributeValue>[] | undefined;
  readonly Exists: boolean | undefined;
  readonly Value: Deferred<AttributeValue> | undefined;
}
export interface AttributeUpdate {
  readonly Action: 'ADD' | 'PUT' | 'DELETE' | undefined;
  readonly Value: Deferred<AttributeValue> | undefined;
}
