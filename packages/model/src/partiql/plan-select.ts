import type {Item, KeyValue} from '../attribute-value.js';
import {compareValues} from '../attribute-value.js';
import {invalidParameters, validationError} from '../errors.js';
import type {CompiledKeyTest} from '../expressions/bound.js';
import {keyNames} from '../key-schema.js';
import type {RequestExpressions, ReturnConsumedCapacity} from '../operations/parameters.js';
import {toTableReference} from '../operations/parameters.js';
import type {QueryRequest} from '../operations/query.js';
import type {ScanRequest} from '../operations/scan.js';
import type {IndexDefinition, TableDescriptor} from '../table-descriptor.js';
import {describeKeySchema} from '../table-descriptor.js';
import {ExpressionWriter} from './expression-writer.js';
import {attributesOf, conjuncts, joined, takeHash, takeKey, takeSort} from './key-equalities.js';
import type {Condition, OrderTerm, SelectStatement, StatementPath} from './statement-ast.js';

const HASH_VALUE_COUNT_MAX = 50;

/** What a request says beside its statement. */
export interface SelectOptions {
  readonly consistentRead: boolean;
  readonly returnConsumedCapacity: ReturnConsumedCapacity;
}

/** How a SELECT is carried out. The requests have neither limit nor start key: whoever turns the pages puts them in. */
export type SelectPlan = {
  /** Paths to be laid side by side; undefined when items come back as they are read. */
  readonly rows: readonly StatementPath[] | undefined;
} & (
  | {readonly kind: 'scan'; readonly request: ScanRequest}
  /**
   * One query for each partition key, to be read one after another; each of a whole key finds one item or none, and a page
   * cannot end inside of it.
   */
  | {readonly kind: 'queries'; readonly requests: readonly QueryRequest[]; readonly areWholeKeys: boolean}
);

/**
 * Finds the reads that answer a SELECT: queries where the WHERE clause names partition keys, else a scan.
 * @param statement its text, for messages
 * @throws ModelError `ValidationException`
 */
export function planSelect(select: SelectStatement, statement: string, table: TableDescriptor, options: SelectOptions): SelectPlan {
  const index = indexOf(select, table, options);
  const keys = keyShapeOf(table, index?.definition);
  const hash = hashConditions(select, keys);
  checkOrder(select, keys, hash);
  const {writer, projection, rows} = writeProjection(select, statement);
  if (index !== undefined) checkProjected(select, table, index);
  const base = {
    ...toTableReference(select.source.tableName), indexName: select.source.indexName, limit: undefined, exclusiveStartKey: undefined,
    select: projection !== undefined ? 'SPECIFIC_ATTRIBUTES' : index === undefined ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES', ...options,
  } as const;
  if (hash === undefined) {
    const filter = select.where === undefined ? undefined : writer.condition(select.where);
    return {kind: 'scan', rows, request: {...base, segment: undefined, expressions: compile(writer, filter, projection)}};
  }
  const sort = takeSort(hash.rest, keys.range);
  const rest = joined(sort.rest);
  const expressions = compile(writer, rest === undefined ? undefined : writer.condition(rest), projection);
  const scanIndexForward = isForward(select.order, keys);
  return {
    kind: 'queries', rows,
    areWholeKeys: index === undefined && sort.tests.length === keys.range.length && sort.tests.every(({op}) => op === '='),
    requests: ordered(hash.alternatives, select.order, keys).map((tests) => ({
      ...base, scanIndexForward, expressions: {input: expressions.input, compiled: {...expressions.compiled, keyCondition: {tests: [...tests, ...sort.tests]}}},
    })),
  };
}

/** Where to go on behind what a page ended with. */
export function withPage<Request extends ScanRequest | QueryRequest>(request: Request, limit: number | undefined, exclusiveStartKey: Item | undefined): Request {
  return {...request, limit, exclusiveStartKey};
}

/** Names of the key attributes that are read by. */
interface KeyShape {
  readonly hash: readonly string[];
  readonly range: readonly string[];
}
interface ReadIndex {
  readonly definition: IndexDefinition;
  readonly isGlobal: boolean;
}
/** Every partition key to be read, as the tests that name it. */
interface HashConditions {
  readonly alternatives: readonly (readonly CompiledKeyTest[])[];
  readonly rest: readonly Condition[];
}

function indexOf({source}: SelectStatement, table: TableDescriptor, {consistentRead}: SelectOptions): ReadIndex | undefined {
  const {indexName} = source;
  if (indexName === undefined) return undefined;
  const local = table.extra.localSecondaryIndexes?.find(({IndexName}) => IndexName === indexName);
  if (local !== undefined) return {definition: local, isGlobal: false};
  const global = table.extra.globalSecondaryIndexes?.find(({IndexName}) => IndexName === indexName);
  if (global === undefined) throw validationError('The table does not have the specified index');
  if (consistentRead) throw validationError('Strongly consistent read is not supported on Global Secondary Indexes');
  return {definition: global, isGlobal: true};
}

function keyShapeOf(table: TableDescriptor, index: IndexDefinition | undefined): KeyShape {
  const elements = index?.KeySchema ?? describeKeySchema(table.keySchema);
  const names = (type: 'HASH' | 'RANGE'): readonly string[] => elements.filter(({KeyType}) => KeyType === type).map(({AttributeName}) => AttributeName);
  return {hash: names('HASH'), range: names('RANGE')};
}

function hashConditions({where}: SelectStatement, {hash}: KeyShape): HashConditions | undefined {
  const [name, ...others] = hash;
  if (name === undefined) return undefined;
  if (others.length > 0) {
    const {values, rest} = takeKey(where, hash);
    return values.size < hash.length ? undefined : {alternatives: [[...values].map(([key, value]) => equals(key, value))], rest};
  }
  const found = takeHash(where, name);
  if (found === undefined) return undefined;
  if (found.values.length > HASH_VALUE_COUNT_MAX) {
    throw validationError(`The IN operator is provided with too many operands; number of operands: ${found.values.length}`);
  }
  return {alternatives: found.values.map((value) => [equals(name, value)]), rest: found.rest};
}

function equals(name: string, value: KeyValue): CompiledKeyTest {
  return {name, op: '=', values: [value]};
}

function checkOrder({order, where}: SelectStatement, keys: KeyShape, hash: HashConditions | undefined): void {
  if (order.length === 0) return;
  if (where === undefined) throw validationError('Must have WHERE clause in the statement when using ORDER BY clause.');
  const wrong = order.find(({name}) => !keys.hash.includes(name) && !keys.range.includes(name));
  if (wrong !== undefined) throw validationError(`Attribute ${wrong.name} in ORDER BY clause must be part of the primary key`);
  if (hash === undefined) throw validationError('Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.');
  if (hash.alternatives.length > 1 && !order.some(({name}) => keys.hash.includes(name))) {
    throw validationError('Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.');
  }
}

/** Sort keys ascend unless they are told to descend, or an order is asked for that leaves them out. */
function isForward(order: readonly OrderTerm[], {range}: KeyShape): boolean {
  const term = order.find(({name}) => range.includes(name));
  return term === undefined ? order.length === 0 : !term.isDescending;
}

function ordered(alternatives: HashConditions['alternatives'], order: readonly OrderTerm[], {hash}: KeyShape): HashConditions['alternatives'] {
  const term = order.find(({name}) => hash.includes(name));
  if (term === undefined) return alternatives;
  const valueOf = (tests: readonly CompiledKeyTest[]): CompiledKeyTest['values'][number] => tests[0]?.values[0] ?? {kind: 'NULL'};
  return [...alternatives].sort((a, b) => (term.isDescending ? -1 : 1) * (compareValues(valueOf(a), valueOf(b)) ?? 0));
}

/** Attributes are read as a whole and their parts laid side by side later: a partition's projection keeps documents. */
function writeProjection(select: SelectStatement, statement: string): {
  readonly writer: ExpressionWriter; readonly projection: string | undefined; readonly rows: readonly StatementPath[] | undefined;
} {
  const writer = new ExpressionWriter(statement);
  const {projection} = select;
  if (projection === undefined) return {writer, projection: undefined, rows: undefined};
  const names = [...new Set(projection.map(({path}) => String(path[0])))];
  const isFlat = projection.every(({path}) => path.length === 1);
  return {writer, projection: writer.attributes(names), rows: isFlat ? undefined : projection.map(({path}) => path)};
}

/** What an index does not hold cannot be filtered by, and only a local one can fetch it. */
function checkProjected(select: SelectStatement, table: TableDescriptor, {definition, isGlobal}: ReadIndex): void {
  const {ProjectionType, NonKeyAttributes = []} = definition.Projection;
  if (ProjectionType === 'ALL') return;
  const held = new Set([...keyNames(table.keySchema), ...definition.KeySchema.map(({AttributeName}) => AttributeName), ...(ProjectionType === 'INCLUDE' ? NonKeyAttributes : [])]);
  const missing = (names: readonly string[]): readonly string[] => [...new Set(names)].filter((name) => !held.has(name));
  const filtered = missing(conjuncts(select.where).flatMap(attributesOf));
  if (filtered.length > 0) throw invalidParameters(`Secondary index ${definition.IndexName} does not project one or more filter attributes: [${filtered.join(', ')}]`);
  const shown = missing((select.projection ?? []).map(({path}) => String(path[0])));
  if (isGlobal && shown.length > 0) throw invalidParameters(`Global secondary index ${definition.IndexName} does not project [${shown.join(', ')}]`);
}

/** The filter may name key attributes, unlike that of a Query: a WHERE clause asks what it likes of them. */
function compile(writer: ExpressionWriter, filter: string | undefined, projection: string | undefined): RequestExpressions {
  const {input, compiled} = writer.compile({filter, projection});
  return {input, compiled: {...compiled, filter: compiled.filter === undefined ? undefined : {...compiled.filter, topLevelNames: []}}};
}
