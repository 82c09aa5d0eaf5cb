import type {TableReference} from './parameters.js';
import {defineMembers, readTableRequest, toTableReference} from './parameters.js';
import {TABLE_ONLY_MEMBERS} from './table-members.js';

const MEMBERS = defineMembers({
  ...TABLE_ONLY_MEMBERS,
  TimeToLiveSpecification: {
    type: 'structure', className: 'com.amazonaws.dynamodb.v20120810.TimeToLiveSpecification', required: true,
    members: {Enabled: {type: 'boolean', required: true}, AttributeName: {type: 'string', lengthMin: 1, lengthMax: 255, required: true}},
  },
});

export interface UpdateTimeToLiveRequest extends TableReference {
  readonly attributeName: string;
  readonly isEnabled: boolean;
}

/** @throws ModelError */
export function parseUpdateTimeToLive(body: unknown): UpdateTimeToLiveRequest {
  const {TableName, TimeToLiveSpecification: {AttributeName, Enabled}} = readTableRequest(MEMBERS, body);
  return {...toTableReference(TableName), attributeName: AttributeName, isEnabled: Enabled};
}
