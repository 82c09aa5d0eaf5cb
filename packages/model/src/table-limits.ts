/**
 * Most read, and most write, capacity units a second that one table may have provisioned: DynamoDB's default quota.
 * It also bounds how many partitions one request can make (54).
 */
export const TABLE_CAPACITY_UNITS_MAX = 40_000;
/** The same of all tables and indexes of an account together. */
export const ACCOUNT_CAPACITY_UNITS_MAX = 80_000;
