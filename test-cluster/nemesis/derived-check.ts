import {auditExpiries, auditStream, checkBank, checkListAppend, itemText} from '@murmuration/checkers';
import type {Expiry, HistoryRecord} from '@murmuration/checkers';
import {indexFaults} from './derived-reads.js';
import type {DerivedData} from './derived-reads.js';
import {BALANCE_ATTRIBUTE, OPENING_BALANCE} from './derived-workload.js';
import {EXPIRY_ATTRIBUTE} from './derived-tables.js';
import type {Check} from './report.js';

/** Clocks are made to jump by some faults; the times of items are days away. */
const CLOCK_ERROR_MS = 12 * 3_600_000;
const SHOWN_MAX = 3;

/** Judges transactions and what is derived from writes, by histories and by what was there after quiet. */
export function derivedChecks(lists: readonly HistoryRecord[], table: readonly HistoryRecord[], data: DerivedData): readonly Check[] {
  const serializable = checkListAppend(lists);
  const banks = data.banks.map((accounts) => checkBank(table, {accounts, attribute: BALANCE_ATTRIBUTE, total: accounts.length * OPENING_BALANCE}));
  const bankReads = banks.reduce((sum, {checkedCount}) => sum + checkedCount, 0);
  const index = indexFaults(data);
  const final = new Map(data.baseRows.map((row) => [itemText({pk: row['pk'] ?? {S: ''}}), row]));
  const stream = auditStream({history: table, records: data.records, final});
  const expiries = data.records.flatMap(({isExpiry, oldImage, createdAtMs}): readonly Expiry[] => (isExpiry === true && oldImage !== undefined ? [{oldImage, deletedAtMs: createdAtMs}] : []));
  const expired = auditExpiries({expiries, attribute: EXPIRY_ATTRIBUTE, clockErrorMs: CLOCK_ERROR_MS});
  return [
    check('T1: transactions on lists are serializable in real time', serializable.anomalies.map(({explanation}) => explanation), `${serializable.transactionCount} transactions`),
    check('T2: money that is moved is neither lost nor made', banks.flatMap(({violations}) => violations), `${bankReads} reads of ${banks.length} banks`),
    check('T3: the global index shows what the table holds', index, `${data.indexRows.length} entries, ${data.baseRows.length} items`),
    check('T4: the stream tells every acknowledged effect once, in order', stream.violations, `${data.records.length} records`),
    check('T5: what is over goes, and nothing else', [...expired.violations, ...data.overdue.map((name) => `${name} is over and still there`)], `${expiries.length} of ${data.expiredCount} that were over went by themselves`),
    check('T6: every list and account is read at the end', data.unreadCount === 0 ? [] : [`${data.unreadCount} were not read`], ''),
    {name: 'valid: transactions were carried out, and a stream told of writes', isPassed: serializable.transactionCount > 0 && bankReads > 0 && data.records.length > 0, detail: ''},
  ];
}

function check(name: string, faults: readonly string[], detail: string): Check {
  return {name, isPassed: faults.length === 0, detail: faults.length === 0 ? detail : faults.slice(0, SHOWN_MAX).join('\n')};
}
