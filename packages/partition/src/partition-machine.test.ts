// Goal: writes are judged on the newest proposal, effects fit or are refused alike everywhere, nothing shows early.
// Method: a leader machine evaluates, a log of its effects is applied to it and to a second replica.
import {WriteBatch, equalBytes, toGroupId, toLogIndex, utf8Decode, utf8Encode} from '@murmuration/base';
import {buildStoredKey, encodeItem, encodePartitionKey, itemSizeBytes, parseItem, storedBody, storedTableRange} from '@murmuration/model';
import type {KeySchema} from '@murmuration/model';
import {keyText} from './key-text.js';
import {PartitionMachine} from './partition-machine.js';
import type {Evaluation} from './partition-machine.js';
import {decodePartitionRecord, partitionRecordKey} from './partition-record.js';
import type {ExpressionTexts, PartitionResponse, WriteCommand} from './protocol.js';

const SCHEMA: KeySchema = {hash: {name: 'pk', type: 'S'}, range: undefined};
const GROUP = toGroupId(16);
const BIRTH = {...storedTableRange(1, 0), epoch: 1};
const keyOf = (pk: string): Uint8Array => buildStoredKey(1, 0, 7, encodePartitionKey({kind: 'S', value: pk}), undefined);
const texts = (given: Partial<ExpressionTexts>): ExpressionTexts => ({
  condition: undefined, update: undefined, filter: undefined, projection: undefined, namesJson: '', valuesJson: '', ...given,
});

function put(pk: string, rest: object = {}, more: Partial<WriteCommand> = {}): WriteCommand {
  const item = parseItem({pk: {S: pk}, ...rest});
  return {
    op: 'put', key: keyOf(pk), item: encodeItem(item), itemSizeBytes: itemSizeBytes(item), expressions: undefined, returnValues: 'NONE',
    returnItemOnConditionFailure: false, ...more,
  };
}
function update(pk: string, expressions: Partial<ExpressionTexts>, more: Partial<WriteCommand> = {}): WriteCommand {
  return {...put(pk), op: 'update', expressions: texts(expressions), ...more};
}
const remove = (pk: string, more: Partial<WriteCommand> = {}): WriteCommand => ({...put(pk), op: 'delete', item: new Uint8Array(0), itemSizeBytes: 0, ...more});
const ADD_ONE = {update: 'ADD n :one', valuesJson: '{":one":{"N":"1"}}'};

/** A machine over a map as its store. */
class Replica {
  readonly machine = new PartitionMachine({group: GROUP, schema: SCHEMA, birth: BIRTH});
  readonly rows = new Map<string, Uint8Array>();
  #index = 0;
  evaluate(command: WriteCommand, wallMs = 1000): Evaluation {
    const text = keyText(command.key);
    const latest = this.machine.overlay.latest(text) ?? {bytes: this.rows.get(text), dependsOn: 0};
    return this.machine.evaluate(command, text, latest, wallMs);
  }
  apply(effect: Uint8Array | undefined): boolean {
    if (effect === undefined) throw new Error('no effect');
    this.#index += 1;
    const batch = new WriteBatch();
    const {isRefused} = this.machine.apply(effect, toLogIndex(this.#index), batch);
    for (const operation of batch.operations) {
      if (operation.kind === 'put') this.rows.set(keyText(operation.key), operation.value);
      if (operation.kind === 'delete') this.rows.delete(keyText(operation.key));
    }
    this.machine.stored(toLogIndex(this.#index));
    return !isRefused;
  }
  write(command: WriteCommand): PartitionResponse {
    const {response, effect} = this.evaluate(command);
    if (effect !== undefined) this.apply(effect);
    return response;
  }
  item(pk: string): string | undefined {
    const stored = this.rows.get(keyText(keyOf(pk)));
    return stored === undefined ? undefined : utf8Decode(storedBody(stored));
  }
}
function attributesOf(response: PartitionResponse): unknown {
  if (response.kind !== 'written') throw new Error(JSON.stringify(response));
  return response.attributes === undefined ? undefined : JSON.parse(utf8Decode(response.attributes));
}

describe('PartitionMachine', () => {
  it('judges each write on the proposal before it: a counter pipelined a hundred times ends at a hundred', () => {
    const leader = new Replica();
    const follower = new Replica();
    const effects = Array.from({length: 100}, () => leader.evaluate(update('hot', ADD_ONE)));
    expect(leader.machine.proposedCount).toBe(100);
    expect(leader.machine.overlay.committed(keyText(keyOf('hot')))).toBeUndefined();
    for (const {effect} of effects) {
      expect(leader.apply(effect)).toBe(true);
      expect(follower.apply(effect)).toBe(true);
    }
    expect(leader.item('hot')).toBe('{"pk":{"S":"hot"},"n":{"N":"100"}}');
    expect(leader.machine.proposedCount).toBe(0);
    expect(leader.machine.overlay.keyCount).toBe(0);
    expect([...follower.rows].every(([key, value]) => equalBytes(value, leader.rows.get(key) as Uint8Array))).toBe(true);
    expect(follower.machine.record).toEqual(leader.machine.record);
  });

  it('refuses an effect that is there twice, and those judged on one that fell away, on every replica alike', () => {
    const leader = new Replica();
    const follower = new Replica();
    const first = leader.evaluate(update('hot', ADD_ONE));
    const lost = leader.evaluate(update('hot', ADD_ONE));
    const orphan = leader.evaluate(update('hot', ADD_ONE));
    for (const replica of [leader, follower]) {
      expect(replica.apply(first.effect)).toBe(true);
      expect(replica.apply(first.effect)).toBe(false);
      expect(replica.apply(orphan.effect)).toBe(false);
      expect(replica.item('hot')).toContain('"1"');
    }
    leader.machine.dropProposals();
    expect(lost.sequence).toBe(2);
    expect(attributesOf(leader.write(update('hot', ADD_ONE, {returnValues: 'ALL_NEW'})))).toEqual({pk: {S: 'hot'}, n: {N: '2'}});
  });

  it('says what an answer without effect relies on', () => {
    const leader = new Replica();
    const proposal = leader.evaluate(put('a'));
    const refusal = leader.evaluate(put('a', {}, {expressions: texts({condition: 'attribute_not_exists(pk)'})}));
    expect(refusal).toMatchObject({effect: undefined, dependsOn: proposal.sequence, response: {kind: 'failed', failure: {code: 'ConditionFailed'}}});
    leader.apply(proposal.effect);
    expect(leader.evaluate(put('a', {}, {expressions: texts({condition: 'attribute_not_exists(pk)'})})).dependsOn).toBe(0);
  });

  it('counts items and their sizes, and keeps the counts in the batch of the rows', () => {
    const replica = new Replica();
    replica.write(put('a', {x: {S: '12345'}}));
    replica.write(put('b'));
    replica.write(put('a', {x: {S: '1'}}));
    expect(replica.machine.record).toMatchObject({itemCount: 2, sizeBytes: 5 + 3, sequence: 3});
    replica.write(remove('b'));
    replica.write(remove('b'));
    expect(replica.machine.record).toMatchObject({itemCount: 1, sizeBytes: 5, sequence: 4});
    const stored = decodePartitionRecord(replica.rows.get(keyText(partitionRecordKey(GROUP))) as Uint8Array, BIRTH);
    expect(stored).toEqual(replica.machine.record);
    const reopened = new PartitionMachine({group: GROUP, schema: SCHEMA, birth: BIRTH});
    reopened.reload(stored);
    expect(reopened.record).toEqual(stored);
  });

  it('makes no effect for a failed condition and for the delete of a missing item', () => {
    const replica = new Replica();
    expect(replica.evaluate(remove('a')).effect).toBeUndefined();
    expect(replica.evaluate(remove('a', {expressions: texts({condition: 'attribute_exists(pk)'})})).response).toMatchObject({kind: 'failed'});
    expect(replica.machine.proposedCount).toBe(0);
  });

  it('returns the existing item of a failed condition only when asked', () => {
    const replica = new Replica();
    replica.write(put('a', {x: {N: '1'}}));
    const condition = {expressions: texts({condition: 'x = :two', valuesJson: '{":two":{"N":"2"}}'})};
    const silent = replica.write(remove('a', condition));
    expect(silent).toMatchObject({kind: 'failed', failure: {code: 'ConditionFailed', item: undefined}});
    const asked = replica.write(remove('a', {...condition, returnItemOnConditionFailure: true}));
    expect(asked.kind === 'failed' && asked.failure.code === 'ConditionFailed' && asked.failure.item !== undefined ? utf8Decode(asked.failure.item) : '')
      .toBe('{"pk":{"S":"a"},"x":{"N":"1"}}');
  });

  it('returns old and new values as each mode asks', () => {
    const replica = new Replica();
    replica.write(put('a', {n: {N: '1'}, m: {S: 'm'}}));
    expect(attributesOf(replica.write(update('a', ADD_ONE, {returnValues: 'UPDATED_OLD'})))).toEqual({n: {N: '1'}});
    expect(attributesOf(replica.write(update('a', ADD_ONE, {returnValues: 'UPDATED_NEW'})))).toEqual({n: {N: '3'}});
    expect(attributesOf(replica.write(update('a', ADD_ONE, {returnValues: 'ALL_OLD'})))).toEqual({pk: {S: 'a'}, n: {N: '3'}, m: {S: 'm'}});
    expect(attributesOf(replica.write(update('a', ADD_ONE, {returnValues: 'ALL_NEW'})))).toEqual({pk: {S: 'a'}, n: {N: '5'}, m: {S: 'm'}});
    expect(attributesOf(replica.write(put('a', {}, {returnValues: 'ALL_OLD'})))).toEqual({pk: {S: 'a'}, n: {N: '5'}, m: {S: 'm'}});
    expect(attributesOf(replica.write(remove('a', {returnValues: 'ALL_OLD'})))).toEqual({pk: {S: 'a'}});
    expect(attributesOf(replica.write(update('a', ADD_ONE, {returnValues: 'UPDATED_OLD'})))).toBeUndefined();
  });

  it('creates a missing item by an update, unless the update can only remove', () => {
    const replica = new Replica();
    replica.write(update('a', {update: 'REMOVE x'}));
    expect(replica.item('a')).toBeUndefined();
    replica.write({...update('a', {}), expressions: undefined});
    expect(replica.item('a')).toBe('{"pk":{"S":"a"}}');
  });

  it('rejects an update that makes the item too large, and one that does not fit its values', () => {
    const replica = new Replica();
    replica.write(put('a', {x: {S: 'x'.repeat(300_000)}}));
    expect(replica.write(update('a', {update: 'SET y = x'}))).toEqual({
      kind: 'failed', failure: {code: 'Rejected', error: 'ValidationException', message: 'Item size to update has exceeded the maximum allowed size'},
    });
    expect(replica.write(update('a', {update: 'ADD x :one', valuesJson: '{":one":{"N":"1"}}'}))).toMatchObject({failure: {code: 'Rejected', error: 'ValidationException'}});
    expect(replica.write(put('a', {}, {itemSizeBytes: 409_601}))).toMatchObject({failure: {code: 'Rejected', error: 'ValidationException'}});
  });

  it('stamps rows with a time that never goes back', () => {
    const replica = new Replica();
    const times = [5000, 4000, 4000, 6000].map((wallMs) => {
      const {effect} = replica.evaluate(put('a'), wallMs);
      replica.apply(effect);
      return replica.machine.record.timestampHlc;
    });
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times).size).toBe(4);
  });

  it('reads an empty log entry as corruption, not as a write', () => {
    expect(() => new Replica().apply(utf8Encode(''))).toThrow();
  });
});
