/** One record as functions get it: that of GetRecords with the stream's ARN, and lower-case members of the identity. */
export interface FunctionRecord {
  readonly eventID: string;
  readonly dynamodb: {readonly ApproximateCreationDateTime: number; readonly Keys: unknown; readonly SequenceNumber: string};
  readonly eventSourceARN: string;
}

/** @param record of GetRecords, trusted */
export function toFunctionRecord(record: Readonly<Record<string, unknown>>, streamArn: string): FunctionRecord {
  const {userIdentity, ...rest} = record;
  const identity = userIdentity as {readonly PrincipalId?: string; readonly Type?: string} | undefined;
  const shown = identity === undefined ? rest : {...rest, userIdentity: {principalId: identity.PrincipalId, type: identity.Type}};
  return {...shown, eventSourceARN: streamArn} as unknown as FunctionRecord;
}

/** When the change was made, to the second. */
export function createdAtMs(record: FunctionRecord): number {
  return record.dynamodb.ApproximateCreationDateTime * 1000;
}
/** The same for all records of one item, whatever their images. */
export function itemTextOf(record: FunctionRecord): string {
  const keys = record.dynamodb.Keys as Readonly<Record<string, unknown>>;
  return JSON.stringify(Object.keys(keys).sort().map((name) => [name, keys[name]]));
}
