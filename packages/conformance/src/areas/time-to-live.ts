import type {Area, ConformanceCase} from '../conformance-case.js';
import {fails, gives, invalid, proves} from '../conformance-case.js';
import type {Json} from '../json.js';
import {HASH, MISSING, RANGE} from '../suite-tables.js';

const RULE = '4 UpdateTimeToLive';
const ATTRIBUTE = 'ttl-expiry';
const specification = (Enabled: boolean, AttributeName = ATTRIBUTE): Record<string, Json> => ({TimeToLiveSpecification: {Enabled, AttributeName}});
const refused = (name: string, body: Record<string, Json>, message: string | undefined): ConformanceCase => proves(RULE, `time to live refused: ${name}`, invalid('UpdateTimeToLive', body, message));

export const TIME_TO_LIVE: Area = {
  name: 'time-to-live',
  title: 'UpdateTimeToLive',
  cases: [
    refused('disabled where it is not enabled', {TableName: HASH, ...specification(false)}, 'TimeToLive is already disabled'),
    proves(RULE, 'time to live is enabled once, by one attribute, and not changed again at once',
      gives('UpdateTimeToLive', {TableName: RANGE, ...specification(true)}, {TimeToLiveSpecification: {Enabled: true, AttributeName: ATTRIBUTE}}),
      invalid('UpdateTimeToLive', {TableName: RANGE, ...specification(true)}, 'TimeToLive is already enabled'),
      invalid('UpdateTimeToLive', {TableName: RANGE, ...specification(true, 'another')}, `TimeToLive is active on a different AttributeName: current AttributeName is ${ATTRIBUTE}`),
      invalid('UpdateTimeToLive', {TableName: RANGE, ...specification(false)}, 'Time to live has been modified multiple times within a fixed interval')),
    proves(RULE, 'of a table that is not there', fails('UpdateTimeToLive', {TableName: MISSING, ...specification(true)}, 'ResourceNotFoundException', undefined)),
    refused('no specification', {TableName: HASH}, undefined),
    refused('no name of an attribute', {TableName: HASH, TimeToLiveSpecification: {Enabled: true}}, undefined),
    refused('an empty name', {TableName: HASH, ...specification(true, '')}, undefined),
    refused('a name of 256 characters', {TableName: HASH, ...specification(true, 'n'.repeat(256))}, undefined),
  ],
};
