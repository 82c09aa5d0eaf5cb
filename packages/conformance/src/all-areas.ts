import {BATCH} from './areas/batch.js';
import {CAPACITY} from './areas/capacity.js';
import {CONSTRAINTS} from './areas/constraints.js';
import {EXPRESSIONS} from './areas/expressions.js';
import {GLOBAL_INDEXES} from './areas/global-indexes.js';
import {INDEX_KEYS} from './areas/index-keys.js';
import {ITEMS} from './areas/items.js';
import {KEYS} from './areas/keys.js';
import {LEGACY} from './areas/legacy.js';
import {LOCAL_INDEXES} from './areas/local-indexes.js';
import {NUMBER_SIZES} from './areas/number-sizes.js';
import {OPERATIONS} from './areas/operations.js';
import {ORDER} from './areas/order.js';
import {PARTIQL} from './areas/partiql.js';
import {QUERY} from './areas/query.js';
import {SCAN} from './areas/scan.js';
import {SDK} from './areas/sdk.js';
import {SHAPES} from './areas/shapes.js';
import {START_KEYS} from './areas/start-keys.js';
import {STREAMS} from './areas/streams.js';
import {DESCRIBE, TABLES, TAGS} from './areas/tables.js';
import {TIME_TO_LIVE} from './areas/time-to-live.js';
import {TRANSACTIONS} from './areas/transactions.js';
import {VALUES} from './areas/values.js';
import {WIRE} from './areas/wire.js';
import type {Area} from './conformance-case.js';

/** In the order in which a request is judged, then by operation. */
export const ALL_AREAS: readonly Area[] = [WIRE, SHAPES, CONSTRAINTS, VALUES, NUMBER_SIZES, KEYS, ORDER, EXPRESSIONS, ITEMS, QUERY, SCAN, START_KEYS, INDEX_KEYS, LOCAL_INDEXES, GLOBAL_INDEXES, LEGACY, BATCH, TRANSACTIONS, PARTIQL, CAPACITY, TABLES, TAGS, DESCRIBE, TIME_TO_LIVE, STREAMS, OPERATIONS, SDK];
