import type {Item, KeyValue} from '../attribute-value.js';
import {compareValues} from '../attribute-value.js';
import {invalidParameters, validationError} from '../errors.js';
import {keyNames} from '../key-schema.js';
import type {RequestExpressions, ReturnConsumedCapacity} from '../operations/parameters.js';
import {toTableReference} from '../operations/parameters.js';
import type {QueryRequest} from '../operations/query.js';
import type {ScanRequest} from '../operations/scan.js';
import type {IndexDefinition, TableDescriptor} from '../table-descriptor.js';
import {describeKeySchema} from '../table-descriptor.js';
import {ExpressionWriter} from './expression-writer.js';
import type {HashCondition} from './key-equalities.js';
import {attributesOf, conjuncts, joined, takeHash, takeSort} from './key-equalities.js';
import type {OrderTerm, SelectStatement, StatementPath} from './statement-ast.js';

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
  refuseWideIndex(select, table);
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
  const {range} = keys;
  const rest = joined(sort.rest);
  const expressions = compile(writer, rest === undefined ? undefined : writer.condition(rest), projection);
  const scanIndexForward = isForward(select.order, keys);
  return {
    kind: 'queries', rows,
    areWholeKeys: index === undefined && (range === undefined || sort.test?.op === '='),
    requests: ordered(hash.values, select.order, keys).map((value) => {
      const equality = {name: keys.hash, op: '=', values: [value]} as const;
      const keyCondition = {tests: sort.test === undefined ? [equality] : [equality, sort.test]};
      return {...base, scanIndexForward, expressions: {input: expressions.input, compiled: {...expressions.compiled, keyCondition}}};
    }),
  };
}

/** Where to go on behind what a page ended with. */
export function withPage<Request extends ScanRequest | QueryRequest>(request: Request, limit: number | undefined, exclusiveStartKey: Item | undefined): Request {
  return {...request, limit, exclusiveStartKey};
}

/** Names of the key attributes that are read by. */
interface KeyShape {
  readonly hash: string;
  readonly range: string | undefined;
}
interface ReadIndex {
  readonly definition: IndexDefinition;
  readonly isGlobal: boolean;
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

/**
 * Statements read no index whose key has several attributes of one kind.
 * @throws ModelError `ValidationException`
 */
export function refuseWideIndex({source}: SelectStatement, table: TableDescriptor): void {
  const index = table.extra.globalSecondaryIndexes?.find(({IndexName}) => IndexName === source.indexName);
  const hashCount = index?.KeySchema.filter(({KeyType}) => KeyType === 'HASH').length ?? 1;
  if (index === undefined || (hashCount === 1 && index.KeySchema.length <= 2)) return;
  throw validationError('PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys.');
}

function keyShapeOf(table: TableDescriptor, index: IndexDefinition | undefined): KeyShape {
  const elements = index?.KeySchema ?? describeKeySchema(table.keySchema);
  const name = (type: 'HASH' | 'RANGE'): string | undefined => elements.find(({KeyType}) => KeyType === type)?.AttributeName;
  return {hash: name('HASH') ?? '', range: name('RANGE')};
}

/** @throws ModelError `ValidationException` for more partition keys than a statement may name */
function hashConditions({where}: SelectStatement, {hash}: KeyShape): HashCondition | undefined {
  const found = takeHash(where, hash);
  if (found !== undefined && found.values.length > HASH_VALUE_COUNT_MAX) {
    throw validationError(`The IN operator is provided with too many operands; number of operands: ${found.values.length}`);
  }
  return found;
}

function checkOrder({order, where}: SelectStatement, keys: KeyShape, hash: HashCondition | undefined): void {
  if (order.length === 0) return;
  if (where === undefined) throw validationError('Must have WHERE clause in the statement when using ORDER BY clause.');
  const wrong = order.find(({name}) => name !== keys.hash && name !== keys.range);
  if (wrong !== undefined) throw validationError(`Attribute ${wrong.name} in ORDER BY clause must be part of the primary key`);
  if (hash === undefined) throw validationError('Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.');
  if (hash.values.length > 1 && !order.some(({name}) => name === keys.hash)) {
    throw validationError('Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.');
  }
}

/** Sort keys ascend unless they are told to descend, or an order is asked for that leaves them out. */
function isForward(order: readonly OrderTerm[], {range}: KeyShape): boolean {
  const term = order.find(({name}) => name === range);
  return term === undefined ? order.length === 0 : !term.isDescending;
}

function ordered(values: readonly KeyValue[], order: readonly OrderTerm[], {hash}: KeyShape): readonly KeyValue[] {
  const term = order.find(({name}) => name === hash);
  if (term === undefined) return values;
  return [...values].sort((a, b) => (term.isDescending ? -1 : 1) * (compareValues(a, b) ?? 0));
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
