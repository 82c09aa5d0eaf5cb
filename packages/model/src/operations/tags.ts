import {ModelError, invalidParameters, validationError} from '../errors.js';
import type {Tag} from '../table-descriptor.js';
import {checkConstraints, isName} from './constraints.js';
import {defineMembers, readRequest} from './parameters.js';
import type {Members, StructureOf} from './request-shape.js';
import {convertMembers, toBody} from './request-shape.js';
import {TAGS} from './table-members.js';

/** Of one table. */
export const TAG_COUNT_MAX = 50;
const ARN_SIZE_MAX = 1283;

const RESOURCE_ARN = {type: 'string', lengthMin: 1, lengthMax: ARN_SIZE_MAX, required: true} as const;
const TAG_MEMBERS = defineMembers({ResourceArn: RESOURCE_ARN, Tags: {...TAGS, required: true}});
const UNTAG_MEMBERS = defineMembers({
  ResourceArn: RESOURCE_ARN,
  TagKeys: {type: 'list', of: {type: 'string', lengthMin: 1, lengthMax: 128}, required: true},
});
const LIST_MEMBERS = defineMembers({ResourceArn: RESOURCE_ARN, NextToken: {type: 'string'}});
const POLICY_MEMBERS = defineMembers({ResourceArn: RESOURCE_ARN});

/** A table as these operations name it. */
export interface ResourceReference {
  readonly tableName: string;
  /** As given. */
  readonly resourceArn: string;
}
export interface TagResourceRequest extends ResourceReference {
  readonly tags: readonly Tag[];
}
export interface UntagResourceRequest extends ResourceReference {
  readonly tagKeys: readonly string[];
}

/** @throws ModelError */
export function parseTagResource(body: unknown): TagResourceRequest {
  const {ResourceArn, Tags} = readTagRequest(TAG_MEMBERS, body);
  const resource = toResourceReference(ResourceArn);
  if (Tags.length === 0) throw validationError('Atleast one Tag needs to be provided as Input.');
  checkTagTexts(Tags);
  return {...resource, tags: Tags};
}

/** @throws ModelError */
export function parseUntagResource(body: unknown): UntagResourceRequest {
  const {ResourceArn, TagKeys} = readTagRequest(UNTAG_MEMBERS, body);
  const resource = toResourceReference(ResourceArn);
  if (TagKeys.length === 0) throw validationError('Atleast one Tag Key needs to be provided as Input.');
  return {...resource, tagKeys: TagKeys};
}

/** All tags come in one answer, so a token is of no use and not looked at. @throws ModelError */
export function parseListTagsOfResource(body: unknown): ResourceReference {
  return toResourceReference(readTagRequest(LIST_MEMBERS, body).ResourceArn);
}

/** @throws ModelError */
export function parseGetResourcePolicy(body: unknown): ResourceReference {
  return toResourceReference(readRequest(POLICY_MEMBERS, body).ResourceArn);
}

/** @throws ModelError `LimitExceededException` */
export function checkTagCount(count: number): void {
  if (count <= TAG_COUNT_MAX) return;
  throw new ModelError({code: 'LimitExceededException', message: tagLimitMessage()});
}

/** Letters, digits and white space of any alphabet, and a few signs. */
const TAG_TEXT = /^[\p{L}\p{M}\p{N}\p{Z}\s+\-=._:/@]*$/u;
/** Keys that only the service itself gives. */
const SERVICE_PREFIX = 'aws:';

/** @throws ModelError `ValidationException` for a key or value with other characters, and for a key that belongs to the service */
export function checkTagTexts(tags: readonly Tag[]): void {
  for (const {Key, Value} of tags) {
    if (Key.startsWith(SERVICE_PREFIX)) throw invalidParameters(`Tag keys cannot begin with ${SERVICE_PREFIX}: ${Key}`);
    if (!TAG_TEXT.test(Key)) throw invalidParameters(`Tag key has characters that are not allowed: ${Key}`);
    if (!TAG_TEXT.test(Value)) throw invalidParameters(`Tag value has characters that are not allowed. Key: ${Key}`);
  }
}

/** What a table says that has no room for more tags. */
export function tagLimitMessage(): string {
  return `Subscriber limit exceeded: There is a limit of ${TAG_COUNT_MAX} tags per resource`;
}

/** Tags after a change: those of `set` replace or follow, those named in `remove` go. Keys stay in the order of their coming. */
export function changeTags(tags: readonly Tag[], set: readonly Tag[], remove: readonly string[]): readonly Tag[] {
  const byKey = new Map(tags.map((tag) => [tag.Key, tag]));
  for (const tag of set) byKey.set(tag.Key, tag);
  for (const key of remove) byKey.delete(key);
  return [...byKey.values()];
}

/** A missing ARN is reported before all constraints. */
function readTagRequest<const M extends Members>(members: M, body: unknown): StructureOf<M> {
  const values = convertMembers(members, toBody(body));
  if (values['ResourceArn'] === undefined) throw validationError('Invalid TableArn');
  checkConstraints(members, values);
  return values as StructureOf<M>;
}

function toResourceReference(resourceArn: string): ResourceReference {
  const parts = resourceArn.split(':');
  const [scheme, partition, service, region, account, resource = ''] = parts;
  const tableName = resource.startsWith('table/') ? resource.slice('table/'.length) : '';
  const isWhole = parts.length === 6 && scheme === 'arn' && partition !== '' && service === 'dynamodb' && region !== ''
    && account !== '' && tableName !== '' && isName(tableName);
  if (!isWhole) throw validationError(`Invalid TableArn: Invalid ResourceArn provided as input ${resourceArn}`);
  return {tableName, resourceArn};
}
