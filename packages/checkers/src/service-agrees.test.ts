// Goal: the naive model and the real service say the same of every rendering. Method: one client, operations drawn by seed, each answer
// compared with the model's; then the whole history is judged.
import {SeededRandom} from '@murmuration/base';
import {startCluster} from '@murmuration/test';
import type {TestCluster} from '@murmuration/test';
import type {AttributeJson, ItemJson} from './attribute-value.js';
import {itemText} from './attribute-value.js';
import type {HistoryRecord, Outcome} from './history.js';
import {applyToItem, imageOf} from './item-model.js';
import type {ItemState} from './item-model.js';
import {checkLinearizable} from './linearizability.js';
import type {Change, Condition, ItemOperation, Operation, ReturnedImage} from './operations.js';
import {readAnswer, toRequest} from './requests.js';
import type {ApiRequest} from './requests.js';
import {n} from './testing/history-builder.js';

jest.setTimeout(120_000);
const OPERATIONS = 300;
const SEED = 20_260_101;
let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(async () => {
  await cluster.stop();
});

async function send({operation, body}: ApiRequest): Promise<{readonly status: number; readonly body: unknown}> {
  const response = await fetch(cluster.endpoint, {
    method: 'POST', body: JSON.stringify(body),
    headers: {
      'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}`, 'x-amz-date': '20200101T000000Z',
      authorization: 'AWS4-HMAC-SHA256 Credential=any/20200101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0',
    },
  });
  return {status: response.status, body: await response.json()};
}

const random = new SeededRandom(SEED);
const pick = <T>(...choices: readonly T[]): T => choices[random.below(choices.length)] as T;
const NAMES = ['a', 'size', 'c-d', '__proto__', 'constructor'] as const;
function drawValue(): AttributeJson {
  return pick<AttributeJson>(n(random.below(9)), n('-1.50'), {S: 'text'}, {BOOL: true}, {NULL: true}, {B: 'AAEC'}, {L: [n(1)]}, {M: {k: n(1)}}, {SS: ['m', 'b']}, {NS: ['2', '1']});
}
function drawItem(): ItemJson {
  return Object.fromEntries(NAMES.filter(() => random.below(2) === 0).map((name) => [name, drawValue()]));
}
function drawCondition(): Condition {
  const attribute = pick('pk', ...NAMES);
  return pick<() => Condition>(
    () => ({kind: 'exists', attribute}), () => ({kind: 'not-exists', attribute}), () => ({kind: 'equals', attribute, value: drawValue()}),
    () => ({kind: 'differs', attribute, value: drawValue()}), () => ({kind: 'less', attribute, value: pick(n(5), {S: 'u'})}),
    () => ({kind: 'at-least', attribute, value: pick(n(5), {S: 'm'})}), () => ({kind: 'all', of: [{kind: 'exists', attribute: 'pk'}, {kind: 'exists', attribute}]}),
  )();
}
function drawChanges(): readonly Change[] {
  const names = NAMES.filter(() => random.below(3) === 0);
  return names.map((attribute) => pick<() => Change>(
    () => ({kind: 'set', attribute, value: drawValue()}), () => ({kind: 'set-if-missing', attribute, value: drawValue()}), () => ({kind: 'increment', attribute, by: '2.5'}),
    () => ({kind: 'increment', attribute, by: '-3', start: '10'}), () => ({kind: 'add', attribute, by: '1e1'}), () => ({kind: 'add-to-set', attribute, members: ['m', pick('x', 'y')]}),
    () => ({kind: 'append', attribute, values: [drawValue()]}), () => ({kind: 'remove', attribute}),
  )());
}
function drawOperation(): Exclude<ItemOperation, {kind: 'check'}> {
  const key: ItemJson = {pk: {S: `item-${random.below(4)}`}};
  const extras = {...(random.below(2) === 0 ? {condition: drawCondition(), wantsRefusedImage: random.below(2) === 0} : {})};
  switch (random.below(6)) {
    case 0: return {kind: 'get', key, isStrong: true};
    case 1: return {kind: 'delete', key, ...extras, returns: pick('none', 'all-old')};
    case 2: return {kind: 'put', key, item: drawItem(), ...extras, returns: pick('none', 'all-old')};
    default: return {kind: 'update', key, changes: drawChanges(), ...extras, returns: pick<ReturnedImage>('none', 'all-old', 'all-new', 'updated-old', 'updated-new')};
  }
}
const textOf = (item: ItemJson | undefined): string => (item === undefined ? 'none' : itemText(item));
function shown(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'ok': return outcome.answer.kind === 'image' ? `image ${textOf(outcome.answer.item)}` : outcome.answer.kind;
    case 'condition-failed': return outcome.hasImage ? `refused, image ${textOf(outcome.item)}` : 'refused';
    default: return `${outcome.kind} ${outcome.error}`;
  }
}
function expected(operation: ItemOperation, state: ItemState): string {
  const step = applyToItem(operation, state);
  switch (step.kind) {
    case 'invalid': return 'no-effect 400 ValidationException';
    case 'refused': return operation.kind !== 'get' && operation.wantsRefusedImage === true ? `refused, image ${textOf(imageOf(state))}` : 'refused';
    case 'done': return operation.kind === 'get' || (operation.kind !== 'check' && (operation.returns ?? 'none') !== 'none') ? `image ${textOf(step.image)}` : 'written';
  }
}

test(`${OPERATIONS} drawn operations are answered as the model says, and their history is linearizable`, async () => {
  await send({operation: 'CreateTable', body: {TableName: 'items', BillingMode: 'PAY_PER_REQUEST', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}]}});
  for (let tries = 0; ; tries += 1) {
    const {body} = await send({operation: 'DescribeTable', body: {TableName: 'items'}});
    if (JSON.stringify(body).includes('"ACTIVE"')) break;
    if (tries > 3_000) throw new Error(`the table does not become active: ${JSON.stringify(body)}`);
  }
  const states = new Map<string, ItemState>();
  const history: HistoryRecord[] = [];
  const differences: string[] = [];
  const ask = async (operation: Operation): Promise<Outcome> => {
    history.push({kind: 'invoke', process: 0, atMs: history.length, operation, node: 'any'});
    const answer = await send(toRequest(operation, 'items'));
    const outcome = readAnswer(operation, answer.status, answer.body);
    history.push({kind: 'complete', process: 0, atMs: history.length, outcome});
    return outcome;
  };
  for (let i = 0; i < OPERATIONS; i += 1) {
    const operation = drawOperation();
    const keyText = itemText(operation.key);
    const state = states.get(keyText);
    const outcome = await ask(operation);
    if (shown(outcome) !== expected(operation, state)) differences.push(`${i}: ${JSON.stringify(operation)} on ${textOf(imageOf(state))}: ${shown(outcome)}, the model says ${expected(operation, state)}`);
    const step = applyToItem(operation, state);
    if (step.kind === 'done') states.set(keyText, step.next);
  }
  expect(differences.slice(0, 5)).toEqual([]);
  const scan = await ask({kind: 'scan', isStrong: true, keyAttributes: ['pk']});
  expect(scan.kind).toBe('ok');
  expect(checkLinearizable(history)).toMatchObject({kind: 'ok', itemCount: 4});
});
