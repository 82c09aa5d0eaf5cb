import {itemText} from './attribute-value.js';
import {DependencyGraph} from './dependency-graph.js';
import type {Cycle} from './dependency-graph.js';
import {describeCall} from './describe-call.js';
import {callsOf} from './history.js';
import type {Call, HistoryRecord} from './history.js';

/** One thing a transaction did, in its order. */
export type ListStep =
  | {readonly kind: 'read'; readonly list: string; readonly elements: readonly number[]}
  | {readonly kind: 'append'; readonly list: string; readonly element: number};

/** A transaction over lists, in the form the cycle search reads. Positions are places in the history; lists start empty. */
export interface ListTransaction {
  /** `open`: the outcome is unknown. It counts as committed once someone saw one of its elements. */
  readonly status: 'committed' | 'aborted' | 'open';
  readonly process: number;
  readonly invokedAt: number;
  /** Infinity when open. */
  readonly completedAt: number;
  readonly steps: readonly ListStep[];
  /** How it is shown in an explanation. */
  readonly text: string;
}

export type ListAnomalyKind =
  | 'internal' | 'duplicate' | 'never-appended' | 'incompatible-order' | 'lost-append' | 'lost-update'
  | 'G1a' | 'G1b' | Cycle['kind'];
export interface ListAnomaly {
  readonly kind: ListAnomalyKind;
  readonly explanation: string;
}
export interface ListVerdict {
  readonly kind: 'ok' | 'violation';
  readonly anomalies: readonly ListAnomaly[];
  /** Transactions that took part: committed, or open and seen. */
  readonly transactionCount: number;
  readonly edgeCount: number;
}

/** More would not be read. */
const ANOMALIES_MAX = 20;

/** The list-append transactions among the calls. */
export function listTransactionsOf(calls: readonly Call[]): readonly ListTransaction[] {
  const out: ListTransaction[] = [];
  for (const call of calls) {
    const {operation, outcome} = call;
    if (operation.kind !== 'list-append') continue;
    const lists = outcome.kind === 'ok' && outcome.answer.kind === 'lists' ? outcome.answer.lists : [];
    const steps: ListStep[] = [];
    for (const [i, part] of operation.parts.entries()) {
      const list = itemText(part.key);
      const seen = lists[i];
      if (part.kind === 'read') {
        if (seen !== undefined) steps.push({kind: 'read', list, elements: seen});
        continue;
      }
      // What a transaction insisted on, and was carried out, it has read.
      if (part.expected !== undefined) steps.push({kind: 'read', list, elements: part.expected});
      if (part.kind === 'append') steps.push({kind: 'append', list, element: part.value});
      // A single append brings the list as it became.
      if (part.kind === 'append' && seen !== undefined) steps.push({kind: 'read', list, elements: seen});
    }
    const status = outcome.kind === 'ok' ? 'committed' : outcome.kind === 'unknown' ? 'open' : 'aborted';
    out.push({status, process: call.process, invokedAt: call.invokedAt, completedAt: call.completedAt, steps, text: describeCall(call)});
  }
  return out;
}

/** Judges the list-append part of a history (R4). @throws CheckerError `BrokenHistory` */
export function checkListAppend(history: readonly HistoryRecord[]): ListVerdict {
  return checkListTransactions(listTransactionsOf(callsOf(history)));
}

interface Writer {
  readonly transaction: number;
  /** Whether the same transaction appended to the same list again later. */
  isOverwrittenByItself: boolean;
}
interface ExternalRead {
  readonly transaction: number;
  readonly elements: readonly number[];
}

/**
 * Judges transactions over lists: strict serializability. Since every element is unique and every read shows the whole list, the
 * order of the versions needs no guessing; what orders two transactions becomes an edge, and a cycle is a contradiction.
 */
export function checkListTransactions(all: readonly ListTransaction[]): ListVerdict {
  const anomalies: ListAnomaly[] = [];
  const report = (kind: ListAnomalyKind, what: string, ...involved: (ListTransaction | undefined)[]): void => {
    const lines = [...new Set(involved)].flatMap((transaction) => (transaction === undefined ? [] : [`  ${transaction.text}`]));
    if (anomalies.length < ANOMALIES_MAX) anomalies.push({kind, explanation: [`${kind}: ${what}`, ...lines].join('\n')});
  };

  // Who wrote what.
  const writers = new Map<string, Map<number, Writer>>();
  for (const [index, transaction] of all.entries()) {
    const lastOwn = new Map<string, Writer>();
    for (const step of transaction.steps) {
      if (step.kind !== 'append') continue;
      let ofList = writers.get(step.list);
      if (ofList === undefined) writers.set(step.list, ofList = new Map<number, Writer>());
      const other = ofList.get(step.element);
      if (other !== undefined) report('duplicate', `${step.element} is appended to ${step.list} by two transactions, so nothing can be told apart`, all[other.transaction], transaction);
      const writer = {transaction: index, isOverwrittenByItself: false};
      ofList.set(step.element, writer);
      const earlier = lastOwn.get(step.list);
      if (earlier !== undefined) earlier.isOverwrittenByItself = true;
      lastOwn.set(step.list, writer);
    }
  }
  const writerOf = (list: string, element: number): Writer | undefined => writers.get(list)?.get(element);

  // What an open transaction appended and anyone saw makes it committed; only then do its own expectations count.
  const isCommitted = all.map((transaction) => transaction.status === 'committed');
  const isEverSeen = new Set<number>();
  let unseen = all.flatMap((transaction, index) => (transaction.status === 'open' ? [index] : []));
  const noteSeen = (transaction: ListTransaction): void => {
    for (const step of transaction.steps) {
      if (step.kind !== 'read') continue;
      for (const element of step.elements) {
        const writer = writerOf(step.list, element);
        if (writer !== undefined) isEverSeen.add(writer.transaction);
      }
    }
  };
  for (const [index, transaction] of all.entries()) if (isCommitted[index] === true) noteSeen(transaction);
  for (let found = unseen.filter((index) => isEverSeen.has(index)); found.length > 0; found = unseen.filter((index) => isEverSeen.has(index))) {
    unseen = unseen.filter((index) => !isEverSeen.has(index));
    for (const index of found) {
      isCommitted[index] = true;
      noteSeen(all[index] as ListTransaction);
    }
  }

  // Each transaction by itself, and what it read of others.
  const reads = new Map<string, ExternalRead[]>();
  for (const [index, transaction] of all.entries()) {
    if (isCommitted[index] !== true) continue;
    const expected = new Map<string, number[]>();
    const ownSince = new Map<string, number[]>();
    for (const step of transaction.steps) {
      if (step.kind === 'append') {
        expected.get(step.list)?.push(step.element);
        const own = ownSince.get(step.list) ?? [];
        own.push(step.element);
        ownSince.set(step.list, own);
        continue;
      }
      const own = ownSince.get(step.list) ?? [];
      const known = expected.get(step.list);
      const tail = step.elements.slice(Math.max(0, step.elements.length - own.length));
      if (known !== undefined ? known.join() !== step.elements.join() : tail.join() !== own.join()) {
        report('internal', `a transaction read ${step.list} as [${step.elements.join(' ')}] against what it did or read before`, transaction);
        continue;
      }
      expected.set(step.list, [...step.elements]);
      if (known !== undefined) continue;
      const elements = own.length === 0 ? step.elements : step.elements.slice(0, step.elements.length - own.length);
      const ofList = reads.get(step.list) ?? [];
      ofList.push({transaction: index, elements});
      reads.set(step.list, ofList);
      if (new Set(step.elements).size !== step.elements.length) report('duplicate', `${step.list} was read as [${step.elements.join(' ')}]`, transaction);
      for (const [place, element] of elements.entries()) {
        const writer = writerOf(step.list, element);
        if (writer === undefined) report('never-appended', `${element} in ${step.list} was appended by nobody`, transaction);
        else if (all[writer.transaction]?.status === 'aborted') report('G1a', `${element} in ${step.list} was appended by a transaction that was refused`, all[writer.transaction], transaction);
        else if (writer.isOverwrittenByItself && place === elements.length - 1 && writer.transaction !== index) {
          report('G1b', `${step.list} was read at ${element}, a state between two appends of one transaction`, all[writer.transaction], transaction);
        }
      }
    }
  }

  const graph = new DependencyGraph(all.length);
  for (const list of new Set([...reads.keys(), ...writers.keys()])) orderList(list, reads.get(list) ?? [], writers.get(list) ?? new Map<number, Writer>(), all, isCommitted, graph, report);
  addTimeEdges(all, isCommitted, graph);
  for (const cycle of graph.cycles()) {
    const steps = cycle.edges.map((edge) => `  T${edge.from} before T${edge.to} (${edge.kind}): ${edge.because}`);
    const who = cycle.edges.map((edge) => `  T${edge.from} = ${all[edge.from]?.text ?? ''}`);
    if (anomalies.length < ANOMALIES_MAX) anomalies.push({kind: cycle.kind, explanation: [`${cycle.kind}: a cycle of ${cycle.edges.length}`, ...steps, ...who].join('\n')});
  }
  return {
    kind: anomalies.length === 0 ? 'ok' : 'violation', anomalies,
    transactionCount: isCommitted.filter(Boolean).length, edgeCount: graph.edgeCount,
  };
}

type Report = (kind: ListAnomalyKind, what: string, ...involved: (ListTransaction | undefined)[]) => void;

/** Finds the versions of one list and adds the edges they tell. */
function orderList(
  list: string, reads: readonly ExternalRead[], writers: ReadonlyMap<number, Writer>, all: readonly ListTransaction[],
  isCommitted: readonly boolean[], graph: DependencyGraph, report: Report,
): void {
  let longest: ExternalRead | undefined;
  for (const read of reads) if (longest === undefined || read.elements.length > longest.elements.length) longest = read;
  const versions = longest?.elements ?? [];
  const consistent: ExternalRead[] = [];
  for (const read of reads) {
    const at = read.elements.findIndex((element, i) => element !== versions[i]);
    if (at < 0) consistent.push(read);
    else {
      report('incompatible-order', `${list} was read as [${read.elements.join(' ')}] and as [${versions.join(' ')}]`,
        all[read.transaction], longest === undefined ? undefined : all[longest.transaction]);
    }
  }
  const place = new Map(versions.map((element, i) => [element, i]));
  // Committed appends that no read shows stand behind everything that was read, or are lost.
  const unread = [...writers].filter(([element, writer]) => !place.has(element) && isCommitted[writer.transaction] === true);

  for (let i = 1; i < versions.length; i += 1) {
    const from = writers.get(versions[i - 1] as number);
    const to = writers.get(versions[i] as number);
    if (from === undefined || to === undefined) continue;
    graph.add({from: from.transaction, to: to.transaction, kind: 'ww', because: `${versions[i]} follows ${versions[i - 1]} in ${list}`});
  }
  const last = versions.length === 0 ? undefined : writers.get(versions[versions.length - 1] as number);
  if (last !== undefined) {
    for (const [element, writer] of unread) graph.add({from: last.transaction, to: writer.transaction, kind: 'ww', because: `${element} is not in ${list} as read up to ${versions[versions.length - 1]}`});
  }
  const updatersByVersion = new Map<number, number[]>();
  for (const {transaction, elements} of consistent) {
    const {length} = elements;
    if (length > 0) {
      const writer = writers.get(elements[length - 1] as number);
      if (writer !== undefined) graph.add({from: writer.transaction, to: transaction, kind: 'wr', because: `it read ${list} up to ${elements[length - 1]}`});
    }
    const following = versions[length];
    if (following !== undefined) {
      const writer = writers.get(following);
      if (writer !== undefined) graph.add({from: transaction, to: writer.transaction, kind: 'rw', because: `it read ${list} without ${following}`});
    } else {
      for (const [element, writer] of unread) graph.add({from: transaction, to: writer.transaction, kind: 'rw', because: `it read ${list} without ${element}`});
    }
    const reader = all[transaction] as ListTransaction;
    if (reader.steps.some((step) => step.kind === 'append' && step.list === list)) {
      const same = updatersByVersion.get(length) ?? [];
      same.push(transaction);
      updatersByVersion.set(length, same);
    }
  }
  for (const same of updatersByVersion.values()) {
    const updaters = [...new Set(same)];
    if (updaters.length > 1) report('lost-update', `${list} was read at one version and appended to by ${updaters.length} transactions`, ...updaters.map((index) => all[index]));
  }
  // The longest read is a moment: what was acknowledged before it began has to be there.
  for (const [element, writer] of unread) {
    const appender = all[writer.transaction] as ListTransaction;
    const later = reads.find((read) => (all[read.transaction] as ListTransaction).invokedAt > appender.completedAt);
    if (later !== undefined) report('lost-append', `${element} was appended to ${list} and is missing in every read, also in those that began later`, appender, all[later.transaction]);
  }
}

/**
 * Process and real-time edges. Only those that others do not imply: a transaction is put behind the ones that ended before it
 * began and after which nothing else both began and ended.
 */
function addTimeEdges(all: readonly ListTransaction[], isCommitted: readonly boolean[], graph: DependencyGraph): void {
  const lastOfProcess = new Map<number, number>();
  const events: {readonly position: number; readonly transaction: number; readonly isEnd: boolean}[] = [];
  for (const [index, transaction] of all.entries()) {
    if (isCommitted[index] !== true) continue;
    events.push({position: transaction.invokedAt, transaction: index, isEnd: false});
    if (transaction.completedAt !== Infinity) events.push({position: transaction.completedAt, transaction: index, isEnd: true});
  }
  events.sort((a, b) => a.position - b.position);
  let frontier: number[] = [];
  for (const {transaction: index, isEnd} of events) {
    const transaction = all[index] as ListTransaction;
    if (isEnd) {
      frontier = frontier.filter((other) => (all[other] as ListTransaction).completedAt > transaction.invokedAt);
      frontier.push(index);
      continue;
    }
    const before = lastOfProcess.get(transaction.process);
    if (before !== undefined) graph.add({from: before, to: index, kind: 'process', because: `process ${transaction.process} did it first`});
    lastOfProcess.set(transaction.process, index);
    for (const other of frontier) graph.add({from: other, to: index, kind: 'realtime', because: 'it ended before the other began'});
  }
}
