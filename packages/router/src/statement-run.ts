import {assert} from '@murmuration/base';
import {
  decodeNextToken, flattenItem, itemToJson, parseItem, planSelect, planWrite, project, refuseWideIndex, toTableReference, validationError, wholeKeyOf, withPage,
} from '@murmuration/model';
import type {
  AttributeValue, Item, ModelFailure, PlainStatement, ReturnConsumedCapacity, ReturnOnCheckFailure, SelectPlan, SelectStatement, StatementPath, StatementPosition,
  TableDescriptor, WritePlan, WriteStatement,
} from '@murmuration/model';
import type {Exchange} from './exchange.js';
import {carryOutInside} from './inner-exchange.js';
import type {InnerAnswer, JsonObject} from './inner-exchange.js';
import {carryOutDeleteItem} from './operations/delete-item.js';
import {carryOutPutItem} from './operations/put-item.js';
import {carryOutQuery} from './operations/query.js';
import {carryOutScan} from './operations/scan.js';
import {carryOutUpdateItem} from './operations/update-item.js';
import {PAGE_SIZE_BYTES_MAX} from './page.js';
import type {OperationServices} from './services.js';

/** A statement that was read, with what its request says beside it. */
export interface StatementRun {
  readonly statement: PlainStatement;
  /** As given, for messages. */
  readonly text: string;
  readonly parameters: readonly AttributeValue[];
  readonly consistentRead: boolean;
  readonly limit: number | undefined;
  readonly nextToken: string | undefined;
  readonly returnConsumedCapacity: ReturnConsumedCapacity;
  readonly returnValuesOnConditionCheckFailure: ReturnOnCheckFailure;
  /** Of a batch: only the whole key may be asked for. */
  readonly isSingleItem: boolean;
}

/** What became of a statement. Items and capacity are JSON as the wire has it. */
export type StatementOutcome =
  | {
    readonly kind: 'done'; readonly items: readonly unknown[]; readonly capacity: JsonObject | undefined;
    /** Where a SELECT goes on, and behind which key; undefined when it is over. */
    readonly position: StatementPosition | undefined;
  }
  | {readonly kind: 'refused'; readonly failure: ModelFailure; /** Whether it got as far as its item. */ readonly hasRun: boolean}
  | {readonly kind: 'broken'; readonly error: unknown};

/**
 * Carries out one statement by the operations it stands for.
 * @param done called once, perhaps before this returns
 */
export function runStatement(outer: Exchange, services: OperationServices, run: StatementRun, done: (outcome: StatementOutcome) => void): void {
  // This one is answered only when no plan can be made; each read and write has an exchange of its own.
  carryOutInside(outer, 'Plan', undefined, (planning) => {
    const {statement} = run;
    services.tables.find(planning, toTableReference(statement.source.tableName).tableName, (table) => {
      outer.tableName = table.name;
      if (statement.kind === 'select') select(outer, services, run, statement, table, done);
      else write(outer, services, run, statement, table, done);
    });
  }, (answer) => {
    if (answer.kind !== 'answered') done(answer.kind === 'broken' ? answer : {kind: 'refused', failure: answer.failure, hasRun: false});
  });
}

function write(
  outer: Exchange, services: OperationServices, run: StatementRun, statement: WriteStatement, table: TableDescriptor, done: (outcome: StatementOutcome) => void,
): void {
  if (run.nextToken !== undefined) throw foreignToken();
  const plan = planWrite(statement, run.text, table, run);
  services.metrics.planned(statement.kind, 'item');
  carryOutInside(outer, 'Write', undefined, (inner) => carryOutWritePlan(inner, services, plan), (answer) => {
    if (answer.kind !== 'answered') {
      done(answer.kind === 'broken' ? answer : {kind: 'refused', ...writeRefusal(answer.failure, plan)});
      return;
    }
    const {Attributes: attributes, ConsumedCapacity: capacity} = answer.body;
    const shown = plan.kind === 'update' && plan.shown !== undefined && attributes !== undefined ? itemToJson(project(plan.shown, parseItem(attributes))) : attributes;
    const isEmpty = shown === undefined || Object.keys(shown as object).length === 0;
    done({kind: 'done', items: isEmpty ? [] : [shown], capacity: capacity as JsonObject | undefined, position: undefined});
  });
}

function carryOutWritePlan(inner: Exchange, services: OperationServices, plan: WritePlan): void {
  switch (plan.kind) {
    case 'put': carryOutPutItem(inner, services, plan.request); break;
    case 'update': carryOutUpdateItem(inner, services, plan.request); break;
    case 'delete': carryOutDeleteItem(inner, services, plan.request); break;
  }
}

function writeRefusal(failure: ModelFailure, plan: WritePlan): {readonly failure: ModelFailure; readonly hasRun: boolean} {
  if (failure.code !== 'ConditionalCheckFailedException') return {failure, hasRun: false};
  return {failure: plan.kind === 'put' ? {code: 'DuplicateItemException', message: 'Duplicate primary key exists in table'} : failure, hasRun: true};
}

function select(
  outer: Exchange, services: OperationServices, run: StatementRun, statement: SelectStatement, table: TableDescriptor, done: (outcome: StatementOutcome) => void,
): void {
  refuseWideIndex(statement, table);
  if (run.isSingleItem) requireWholeKey(statement, table);
  const plan = planSelect(statement, run.text, table, {consistentRead: run.consistentRead, returnConsumedCapacity: run.returnConsumedCapacity});
  const start = run.nextToken === undefined ? {queryIndex: 0, startKey: undefined} : decodeNextToken(run.nextToken, run.text, run.parameters);
  if (start.queryIndex >= (plan.kind === 'scan' ? 1 : plan.requests.length)) throw foreignToken();
  services.metrics.planned('select', plan.kind === 'scan' ? 'scan' : plan.areWholeKeys && plan.requests.length === 1 ? 'item' : 'query');
  new SelectRun(outer, services, plan, run.limit, start, done).readNext();
}

function requireWholeKey(statement: SelectStatement, table: TableDescriptor): void {
  const found = statement.source.indexName === undefined ? wholeKeyOf(statement.where, table) : undefined;
  if (found === undefined || found.rest.length > 0) {
    throw validationError('Select statements within BatchExecuteStatement must specify the primary key in the where clause.');
  }
}

function foreignToken(): Error {
  return validationError('NextToken does not match request');
}

/** The reads of one SELECT, one after another, up to a full page. */
class SelectRun {
  readonly #outer: Exchange;
  readonly #services: OperationServices;
  readonly #plan: SelectPlan;
  readonly #limit: number | undefined;
  readonly #done: (outcome: StatementOutcome) => void;
  readonly #items: unknown[] = [];
  #queryIndex: number;
  #startKey: Item | undefined;
  #scannedCount = 0;
  #sizeBytes = 0;
  #capacity: JsonObject | undefined;

  constructor(outer: Exchange, services: OperationServices, plan: SelectPlan, limit: number | undefined, start: StatementPosition, done: (outcome: StatementOutcome) => void) {
    this.#outer = outer;
    this.#services = services;
    this.#plan = plan;
    this.#limit = limit;
    this.#queryIndex = start.queryIndex;
    this.#startKey = start.startKey;
    this.#done = done;
  }

  readNext(): void {
    const limit = this.#limit === undefined ? undefined : this.#limit - this.#scannedCount;
    const plan = this.#plan;
    carryOutInside(this.#outer, 'Read', undefined, (inner) => {
      if (plan.kind === 'scan') {
        carryOutScan(inner, this.#services, withPage(plan.request, limit, this.#startKey));
        return;
      }
      const request = plan.requests[this.#queryIndex];
      assert(request !== undefined, 'a query of the plan', {queryIndex: this.#queryIndex});
      carryOutQuery(inner, this.#services, withPage(request, plan.areWholeKeys ? undefined : limit, this.#startKey));
    }, (answer) => this.#onAnswer(answer));
  }

  #onAnswer(answer: InnerAnswer): void {
    if (answer.kind !== 'answered') {
      this.#done(answer.kind === 'broken' ? answer : {kind: 'refused', failure: answer.failure, hasRun: false});
      return;
    }
    const page = answer.body as Page;
    const {rows} = this.#plan;
    for (const item of page.Items) this.#items.push(rows === undefined ? item : toRow(rows, item));
    this.#scannedCount += page.ScannedCount;
    this.#sizeBytes += answer.sizeBytes;
    this.#capacity = addCapacity(this.#capacity, page.ConsumedCapacity);
    if (page.LastEvaluatedKey !== undefined) {
      this.#finish({queryIndex: this.#queryIndex, startKey: parseItem(page.LastEvaluatedKey)});
      return;
    }
    this.#queryIndex += 1;
    this.#startKey = undefined;
    if (this.#plan.kind === 'scan' || this.#queryIndex >= this.#plan.requests.length) this.#finish(undefined);
    else if ((this.#limit !== undefined && this.#scannedCount >= this.#limit) || this.#sizeBytes >= PAGE_SIZE_BYTES_MAX) this.#finish({queryIndex: this.#queryIndex, startKey: undefined});
    else this.readNext();
  }

  #finish(position: StatementPosition | undefined): void {
    this.#done({kind: 'done', items: this.#items, capacity: this.#capacity, position});
  }
}

/** What Query and Scan answer, as far as it is used here. */
type Page = JsonObject & {
  readonly Items: readonly unknown[]; readonly ScannedCount: number; readonly LastEvaluatedKey?: unknown; readonly ConsumedCapacity?: JsonObject;
};

function toRow(rows: readonly StatementPath[], item: unknown): unknown {
  return itemToJson(flattenItem(rows, parseItem(item)));
}

/** Two costs of one table as one: the numbers in them are added, place by place. */
function addCapacity(a: JsonObject | undefined, b: JsonObject | undefined): JsonObject | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const sum: Record<string, unknown> = {...a};
  for (const [name, value] of Object.entries(b)) {
    const known = sum[name];
    if (typeof known === 'number' && typeof value === 'number') sum[name] = known + value;
    else if (typeof value === 'object') sum[name] = addCapacity(known as JsonObject | undefined, value as JsonObject);
    else sum[name] = value;
  }
  return sum;
}
