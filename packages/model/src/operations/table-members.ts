import {defineMembers} from './parameters.js';

const CLASS = 'com.amazonaws.dynamodb.v20120810';

/** Members that CreateTable and UpdateTable share. */
const KEY_NAME = {type: 'string', lengthMin: 1, lengthMax: 255, required: true} as const;
const UNITS = {type: 'integer', className: 'Long', min: 1, required: true} as const;
/** A name of an index inside its definition. */
export const INDEX_NAME_REQUIRED = {type: 'string', pattern: 'name', lengthMin: 3, lengthMax: 255, required: true} as const;

export const ATTRIBUTE_DEFINITIONS = {
  type: 'list',
  of: {
    type: 'structure', className: `${CLASS}.AttributeDefinition`,
    members: {AttributeName: KEY_NAME, AttributeType: {type: 'string', values: ['B', 'N', 'S'], required: true}},
  },
} as const;
export const KEY_SCHEMA = {
  type: 'list', lengthMin: 1, lengthMax: 2,
  of: {
    type: 'structure', className: `${CLASS}.KeySchemaElement`,
    members: {AttributeName: KEY_NAME, KeyType: {type: 'string', values: ['HASH', 'RANGE'], required: true}},
  },
} as const;
export const PROJECTION = {
  type: 'structure', className: `${CLASS}.Projection`,
  members: {
    ProjectionType: {type: 'string', values: ['ALL', 'INCLUDE', 'KEYS_ONLY']},
    NonKeyAttributes: {type: 'list', of: {type: 'string', lengthMin: 1, lengthMax: 255}, lengthMin: 1, lengthMax: 20},
  },
} as const;
export const THROUGHPUT = {
  type: 'structure', className: `${CLASS}.ProvisionedThroughput`,
  members: {ReadCapacityUnits: UNITS, WriteCapacityUnits: UNITS},
} as const;
export const BILLING_MODE = {type: 'string', values: ['PROVISIONED', 'PAY_PER_REQUEST']} as const;
export const TABLE_CLASS = {type: 'string', values: ['STANDARD', 'STANDARD_INFREQUENT_ACCESS']} as const;
export const STREAM_SPECIFICATION = {
  type: 'structure', className: `${CLASS}.StreamSpecification`,
  members: {
    StreamEnabled: {type: 'boolean', required: true},
    StreamViewType: {type: 'string', values: ['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY']},
  },
} as const;
export const SSE_SPECIFICATION = {
  type: 'structure', className: `${CLASS}.SSESpecification`,
  members: {Enabled: {type: 'boolean'}, SSEType: {type: 'string', values: ['AES256', 'KMS']}, KMSMasterKeyId: {type: 'string'}},
} as const;
export const ON_DEMAND_THROUGHPUT = {
  type: 'structure', className: `${CLASS}.OnDemandThroughput`,
  members: {
    MaxReadRequestUnits: {type: 'integer', className: 'Long'}, MaxWriteRequestUnits: {type: 'integer', className: 'Long'},
  },
} as const;
export const WARM_THROUGHPUT = {
  type: 'structure', className: `${CLASS}.WarmThroughput`,
  members: {
    ReadUnitsPerSecond: {type: 'integer', className: 'Long', min: 1}, WriteUnitsPerSecond: {type: 'integer', className: 'Long', min: 1},
  },
} as const;
export const TAGS = {
  type: 'list',
  of: {
    type: 'structure', className: `${CLASS}.Tag`,
    members: {
      Key: {type: 'string', lengthMin: 1, lengthMax: 128, required: true},
      Value: {type: 'string', lengthMin: 0, lengthMax: 256, required: true},
    },
  },
} as const;
export const LOCAL_INDEXES = {
  type: 'list',
  of: {
    type: 'structure', className: `${CLASS}.LocalSecondaryIndex`,
    members: {
      IndexName: INDEX_NAME_REQUIRED,
      KeySchema: {...KEY_SCHEMA, required: true},
      Projection: {...PROJECTION, required: true},
    },
  },
} as const;
export const GLOBAL_INDEXES = {
  type: 'list',
  of: {
    type: 'structure', className: `${CLASS}.GlobalSecondaryIndex`,
    members: {
      IndexName: INDEX_NAME_REQUIRED,
      KeySchema: {...KEY_SCHEMA, lengthMax: 8, required: true},
      Projection: {...PROJECTION, required: true},
      ProvisionedThroughput: THROUGHPUT,
      OnDemandThroughput: ON_DEMAND_THROUGHPUT,
      WarmThroughput: WARM_THROUGHPUT,
    },
  },
} as const;

/** The one member of DescribeTable and DeleteTable. Length and absence are reported before any constraint. */
export const TABLE_ONLY_MEMBERS = defineMembers({
  TableName: {type: 'string', pattern: 'name-or-arn', lengthMin: 3, lengthMax: 255, required: true},
});
