import {
  ModelError, describeScalableTarget, describeScalingActivity, describeScalingPolicy, parseDeleteScalingPolicy, parseDeregisterScalableTarget, parseDescribeScaling, parsePutScalingPolicy,
  parseRegisterScalableTarget, scalableTargetArn, scalingPolicyArn,
} from '@murmuration/model';
import type {ScalingOrder, ScalingPage, ScalingPlace, ScalingQuery, ScalingRecord} from '@murmuration/model';
import type {ControlResponse} from '@murmuration/control-client';
import {RouterError} from '../errors.js';
import type {Exchange} from '../exchange.js';
import type {Operation, OperationServices} from '../services.js';
import {callControl, controlError, jsonReply} from '../table-replies.js';

/** Application Auto Scaling for tables and indexes: the control plane keeps targets and policies, and acts by them. */
export const AUTO_SCALING_OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['DeleteScalingPolicy', order(parseDeleteScalingPolicy, () => ({}))],
  ['DeregisterScalableTarget', order(parseDeregisterScalableTarget, () => ({}))],
  ['DescribeScalableTargets', describe('targets', 'ScalableTargets', (record, place) => describeScalableTarget(record, place))],
  ['DescribeScalingActivities', describe('activities', 'ScalingActivities', (record) => record.activities.map((activity) => describeScalingActivity(record, activity))[0] ?? {})],
  ['DescribeScalingPolicies', describe('policies', 'ScalingPolicies', (record, place) => describeScalingPolicy(record, place))],
  ['PutScalingPolicy', order(parsePutScalingPolicy, (record, place) => ({PolicyARN: scalingPolicyArn(record, place), Alarms: []}))],
  ['RegisterScalableTarget', order(parseRegisterScalableTarget, (record, place) => ({ScalableTargetARN: scalableTargetArn(record, place)}))],
]);

function order(parse: (body: unknown) => ScalingOrder, answer: (record: ScalingRecord, place: ScalingPlace) => Record<string, unknown>): Operation {
  return (exchange: Exchange, services: OperationServices) => {
    callControl(exchange, services, {kind: 'change-scaling', order: parse(exchange.body)}, (response) => {
      const [record] = pageOf(response).records;
      exchange.succeed(jsonReply(record === undefined ? {} : answer(record, placeOf(services))));
    });
  };
}
function describe(what: ScalingQuery['what'], member: string, one: (record: ScalingRecord, place: ScalingPlace) => Record<string, unknown>): Operation {
  return (exchange: Exchange, services: OperationServices) => {
    callControl(exchange, services, {kind: 'describe-scaling', query: parseDescribeScaling(what, exchange.body)}, (response) => {
      const {records, next} = pageOf(response);
      exchange.succeed(jsonReply({[member]: records.map((record) => one(record, placeOf(services))), ...(next === undefined ? {} : {NextToken: next})}));
    });
  };
}

function pageOf(response: ControlResponse): ScalingPage {
  if (response.kind === 'scaling') return response;
  if (response.kind !== 'failed') throw new RouterError({code: 'OutcomeUnknown', reason: `unexpected answer ${response.kind}`});
  const {failure} = response;
  throw failure.code === 'NotFound' ? new ModelError({code: 'ObjectNotFoundException', message: failure.what}) : controlError(failure);
}
function placeOf({settings}: OperationServices): ScalingPlace {
  return {region: settings.region, account: '000000000000'};
}
