import {sequenceNumberText} from '@murmuration/model';
import type {GroupId} from '@murmuration/base';
import {decodeStreamRecord, hlcToWallMs} from '@murmuration/partition';
import type {StreamRow} from '@murmuration/partition';
import type {ReplyBody} from '../reply-body.js';

const GROUP_DIGITS = 14;
const SEQUENCE_DIGITS = 14;
const ORDINAL_DIGITS = 4;

/** Writes one record as the wire shows it; keys and images are copied as they are stored. @throws DecodeError */
export function writeRecord(reply: ReplyBody, group: GroupId, row: StreamRow, region: string): void {
  const record = decodeStreamRecord(row.value);
  const seconds = Math.floor(hlcToWallMs(record.timestampHlc) / 1000);
  reply.text(`{"eventID":"${eventId(group, row)}","eventName":"${record.kind}","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":${JSON.stringify(region)},`);
  reply.text(`"dynamodb":{"ApproximateCreationDateTime":${seconds},"Keys":`).bytes(record.keys);
  if (record.newImage !== undefined) reply.text(',"NewImage":').bytes(record.newImage);
  if (record.oldImage !== undefined) reply.text(',"OldImage":').bytes(record.oldImage);
  reply.text(`,"SequenceNumber":"${sequenceNumberText(row)}","SizeBytes":${record.sizeBytes},"StreamViewType":"${record.viewType}"}`);
  if (record.origin === 'time-to-live') reply.text(',"userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}');
  reply.text('}');
}

/** The same whenever and by whomever the record is read: 32 hexadecimal digits of partition, sequence and ordinal. */
function eventId(group: GroupId, {sequence, ordinal}: StreamRow): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return hex(group, GROUP_DIGITS) + hex(sequence, SEQUENCE_DIGITS) + hex(ordinal, ORDINAL_DIGITS);
}
