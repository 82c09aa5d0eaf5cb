export type {AttributeJson, ItemJson} from './attribute-value.js';
export {addNumbers, compareNumbers, itemText, numberText, valueText} from './attribute-value.js';
export type {CheckerFailure} from './errors.js';
export {CheckerError} from './errors.js';
export type {
  Change, CheckOperation, Condition, DeleteOperation, GetOperation, ItemOperation, ListAppendOperation, ListPart, Operation, PutOperation,
  ReturnedImage, ScanOperation, TransactGetOperation, TransactWriteOperation, UpdateOperation,
} from './operations.js';
export {isWrite, LIST_ATTRIBUTE} from './operations.js';
export type {Answer, Call, CancelReason, CompleteRecord, HistoryRecord, InvokeRecord, Outcome} from './history.js';
export {callsOf, decodeHistory, encodeRecord, HISTORY_VERSION, historyHeader, mergeHistories, ProcessIds} from './history.js';
export type {ErrorMeaning, TransportFailure} from './outcome-table.js';
export {errorMeaning, exceptionName, transportMeaning} from './outcome-table.js';
export type {ApiRequest} from './requests.js';
export {listOf, readAnswer, readFailure, scanPage, toRequest} from './requests.js';
export type {ItemState, Step} from './item-model.js';
export {applyToItem, holds, imageOf, stateOf, stateText} from './item-model.js';
export {describeCall, describeItem, describeOperation, describeOutcome} from './describe-call.js';
export type {ItemCall, ItemHistory, ItemOutcome} from './item-calls.js';
export {splitByItem} from './item-calls.js';
export type {ItemViolation, LinearizabilityOptions, Verdict} from './linearizability.js';
export {checkLinearizable} from './linearizability.js';
export type {ListAnomaly, ListAnomalyKind, ListStep, ListTransaction, ListVerdict} from './list-append.js';
export {checkListAppend, checkListTransactions, listTransactionsOf} from './list-append.js';
export type {Cycle, CycleKind, CycleOrder, Edge, EdgeKind} from './dependency-graph.js';
export {DependencyGraph} from './dependency-graph.js';
export type {BankOptions, WorkloadVerdict} from './transaction-workloads.js';
export {checkBank, checkBankRows, checkLongFork, checkTokens, checkWriteSkew} from './transaction-workloads.js';
export type {AuditVerdict, CounterAudit, Expiry, ExpiryAudit, IndexAudit, IndexProjection} from './derived-data.js';
export {auditCounters, auditExpiries, auditIndex, rowSizeBytes} from './derived-data.js';
export type {StreamAudit, StreamRecord} from './stream-audit.js';
export {auditStream} from './stream-audit.js';
export type {EqualityVerdict, ReplicaListing, ReplicaRow} from './replica-equality.js';
export {compareReplicas, RowHash} from './replica-equality.js';
export type {StalenessOptions, StalenessVerdict, StaleRead} from './staleness.js';
export {checkStaleness} from './staleness.js';
