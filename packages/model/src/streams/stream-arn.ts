import {validationError} from '../errors.js';

/** A stream as its ARN names it. */
export interface StreamReference {
  readonly tableName: string;
  readonly label: string;
  /** As given. */
  readonly arn: string;
}

const MARKER = '/stream/';

/** @param tableArn of the stream's table */
export function streamArn(tableArn: string, label: string): string {
  return `${tableArn}${MARKER}${label}`;
}

/** @throws ModelError `ValidationException` for a text that is no ARN of a stream */
export function parseStreamArn(arn: string): StreamReference {
  const match = /^arn:[a-z0-9-]+:dynamodb:[a-z0-9-]*:\d*:table\/([a-zA-Z0-9_.-]+)\/stream\/(.+)$/.exec(arn);
  const [, tableName, label] = match ?? [];
  if (tableName === undefined || label === undefined || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}$/.test(label)) throw validationError('Invalid StreamArn');
  return {tableName, label, arn};
}
