import type {Item} from '../attribute-value.js';
import {INVALID_START_KEY, ModelError, invalidParameters, validationError} from '../errors.js';
import type {RequestExpressions, ReturnConsumedCapacity, TableReference} from './parameters.js';
import type {Deferred} from './request-shape.js';

export const SELECT = {
  type: 'string', values: ['SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES'],
} as const;
export const LIMIT = {type: 'integer', className: 'Integer', min: 1} as const;
/** Query shows a wrong one without its value, and by the member's own name. */
export const QUERY_LIMIT = {...LIMIT, isShownBare: true} as const;
export type Select = 'SPECIFIC_ATTRIBUTES' | 'COUNT' | 'ALL_ATTRIBUTES' | 'ALL_PROJECTED_ATTRIBUTES';

/** What Query and Scan have in common. */
export interface PageRequest extends TableReference {
  readonly indexName: string | undefined;
  /** What to return; the default follows from the projection and the index. */
  readonly select: Select;
  /** Items to evaluate at most; undefined leaves the page's size as the only bound. */
  readonly limit: number | undefined;
  readonly consistentRead: boolean;
  /** Values checked, not yet held against the schema. */
  readonly exclusiveStartKey: Item | undefined;
  readonly returnConsumedCapacity: ReturnConsumedCapacity;
  readonly expressions: RequestExpressions;
}

type ProjectionParameter = 'ProjectionExpression' | 'AttributesToGet';

/** The parameter by which a request says what to return; there is never more than one. */
export function projectionParameter(request: {
  readonly ProjectionExpression: string | undefined; readonly AttributesToGet: readonly string[] | undefined;
}): ProjectionParameter | undefined {
  if (request.ProjectionExpression !== undefined) return 'ProjectionExpression';
  return request.AttributesToGet === undefined ? undefined : 'AttributesToGet';
}

/** Words of the faults of a start key's values that are told without its beginning: those of numbers, and of members given twice. */
const PLAIN_FAULTS = ['contains duplicates', 'number set', 'numeric value', 'significant digits', 'number with magnitude'] as const;

/**
 * An ExclusiveStartKey as far as its values go. Most faults are told as ones of the starting key.
 * @throws ModelError `ValidationException`
 */
export function readStartKey(given: Deferred<Item> | undefined): Item | undefined {
  try {
    return given?.get();
  } catch (cause) {
    const message = cause instanceof ModelError ? cause.failure.message : undefined;
    if (message === undefined || PLAIN_FAULTS.some((words) => message.includes(words))) throw cause;
    throw validationError(`${INVALID_START_KEY}: ${message}`);
  }
}

/** @throws ModelError `ValidationException` when Select and what else is asked for contradict each other */
export function toSelect(
  given: Select | undefined, projection: ProjectionParameter | undefined, indexName: string | undefined,
): Select {
  if (projection !== undefined) {
    if (given !== undefined && given !== 'SPECIFIC_ATTRIBUTES') {
      throw invalidParameters(`Cannot specify the ${projection} when choosing to get ${given === 'COUNT' ? 'only the Count' : given}`);
    }
    return 'SPECIFIC_ATTRIBUTES';
  }
  if (given === 'SPECIFIC_ATTRIBUTES') {
    throw invalidParameters('Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES');
  }
  if (given === 'ALL_PROJECTED_ATTRIBUTES' && indexName === undefined) {
    throw invalidParameters('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
  return given ?? (indexName === undefined ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES');
}
