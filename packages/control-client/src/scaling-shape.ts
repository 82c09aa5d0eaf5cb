import {DecodeError} from '@murmuration/base';
import {SCALABLE_DIMENSIONS, SCALING_METRICS, scaledResource} from '@murmuration/model';
import type {JsonObject} from './request-shape.js';

const NAME_LENGTH_MAX = 1_600;
/** Names that a list may ask for, and entries of its page. */
const LISTED_MAX = 50;
const UNITS_MAX = 0x7fff_ffff;
const SUSPENDABLE = ['isInSuspended', 'isOutSuspended', 'isScheduledSuspended'] as const;

/** @throws DecodeError naming what is wrong: an order is replicated as it is */
export function scalingOrder(order: JsonObject): void {
  if (typeof order['resourceId'] !== 'string' || scaledResource(order['resourceId']) === undefined) throw new DecodeError('resourceId names neither a table nor an index');
  if (!isOneOf(SCALABLE_DIMENSIONS, order['dimension'])) throw new DecodeError('dimension is unknown');
  switch (order['kind']) {
    case 'register': {
      for (const name of ['unitsMin', 'unitsMax']) optional(order[name], (value) => isWhole(value, 1, UNITS_MAX), name);
      optional(order['roleArn'], isName, 'roleArn');
      const suspended = members(order['suspended'], 'suspended');
      for (const name of SUSPENDABLE) optional(suspended[name], (value) => typeof value === 'boolean', name);
      return;
    }
    case 'deregister':
      return;
    case 'put-policy': {
      if (!isName(order['name'])) throw new DecodeError('name is no name of a policy');
      const tracking = members(order['tracking'], 'tracking');
      const {targetValue} = tracking;
      if (typeof targetValue !== 'number' || !(targetValue >= 20 && targetValue <= 90)) throw new DecodeError('targetValue is no number from 20 to 90');
      if (!isOneOf(SCALING_METRICS, tracking['metric'])) throw new DecodeError('metric is unknown');
      for (const name of ['scaleOutCooldownSeconds', 'scaleInCooldownSeconds']) optional(tracking[name], (value) => isWhole(value, 0, UNITS_MAX), name);
      optional(tracking['isScaleInDisabled'], (value) => typeof value === 'boolean', 'isScaleInDisabled');
      return;
    }
    case 'delete-policy':
      if (!isName(order['name'])) throw new DecodeError('name is no name of a policy');
      return;
    default:
      throw new DecodeError('order is unknown');
  }
}

/** @throws DecodeError naming what is wrong */
export function scalingQuery(query: JsonObject): void {
  if (!isOneOf(['targets', 'policies', 'activities'], query['what'])) throw new DecodeError('what is unknown');
  for (const name of ['resourceIds', 'policyNames']) optional(query[name], (value) => Array.isArray(value) && value.length <= LISTED_MAX && value.every(isName), name);
  for (const name of ['dimension', 'after']) optional(query[name], isName, name);
  if (!isWhole(query['countMax'], 1, LISTED_MAX)) throw new DecodeError('countMax is out of its bounds');
}

function members(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DecodeError(`${what} is no object`);
  return value as JsonObject;
}
function optional(value: unknown, isRight: (value: unknown) => boolean, what: string): void {
  if (value !== undefined && !isRight(value)) throw new DecodeError(`${what} is not what it should be`);
}
function isOneOf(values: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && values.includes(value);
}
function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= NAME_LENGTH_MAX;
}
function isWhole(value: unknown, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
}
