import {DecodeError, SERVICE_HEAT, toHex} from '@murmuration/base';
import type {NetworkPort} from '@murmuration/base';
import type {HeatCell} from '@murmuration/capacity';
import type {HostedPartition} from '../hosted-partition.js';
import {adviceReport} from './heat-report.js';
import {HEAT_CELLS_MAX, decodeHeatQuestion, encodeHeatAnswer} from './heat-protocol.js';
import type {HeatAnswer, HeatQuestion, ToldCell, ToldPartition} from './heat-protocol.js';

/** Partitions that one answer tells of. */
export const HEAT_PARTITIONS_MAX = 256;

/** Answers what other processes, or this one, ask about the heat of partitions here. */
export function serveHeat(network: NetworkPort, partitions: () => Iterable<HostedPartition>, wallMs: () => number): void {
  network.onCall(SERVICE_HEAT, (_from, payload, _deadlineMs, reply, refuse) => {
    let question: HeatQuestion;
    try {
      question = decodeHeatQuestion(payload);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      refuse(`not a question about heat: ${error.message}`);
      return;
    }
    reply(encodeHeatAnswer(answerHeat(question, partitions(), wallMs())));
  });
}

/** The hottest partitions of a table here, those that did something in the time that was asked for. */
export function answerHeat(question: HeatQuestion, partitions: Iterable<HostedPartition>, nowMs: number): HeatAnswer {
  const told: ToldPartition[] = [];
  for (const partition of partitions) {
    if (partition.identity.table !== question.tableId) continue;
    const one = tell(partition, question, nowMs);
    if (one.isLeader || one.cells.length > 0) told.push(one);
  }
  told.sort((a, b) => b.loadPermille - a.loadPermille || a.group - b.group);
  return {partitions: told.slice(0, HEAT_PARTITIONS_MAX), isCut: told.length > HEAT_PARTITIONS_MAX};
}

function tell({group, isLeader, heat}: HostedPartition, {fromMs, cellMs, keys}: HeatQuestion, nowMs: number): ToldPartition {
  const {readHalfUnits, writeHalfUnits, throttleCount} = heat.recent;
  const {advice, hotSinceMs} = heat;
  const keyTotal = keys === undefined ? undefined : heat.keyTotal(keys.cause);
  return {
    group, isLeader, readHalfUnits: Math.round(readHalfUnits), writeHalfUnits: Math.round(writeHalfUnits), throttleCount: Math.round(throttleCount),
    loadPermille: Math.round(heat.loadRatio * 1000), cells: joinCells(heat.cells(fromMs, nowMs), fromMs, cellMs), bins: heat.bins().map(Math.round),
    keys: keys === undefined ? [] : heat.keys(keys.cause, keys.scope, keys.countMax).map(({text, count, countError}) => ({hex: hexOf(text), count: Math.round(count), countError: Math.round(countError)})),
    ...(keyTotal === undefined ? {} : {keyTotal: {count: Math.round(keyTotal.count), fromMs: Math.floor(keyTotal.fromMs)}}),
    ...(hotSinceMs === undefined ? {} : {hotSinceMs: Math.floor(hotSinceMs)}), ...(advice === undefined ? {} : {advice: adviceReport(advice)}),
  };
}

/** Sums over cells of the width that was asked for; the newest ones when there are too many. */
export function joinCells(cells: readonly HeatCell[], fromMs: number, cellMs: number): readonly ToldCell[] {
  const joined: [number, number, number, number][] = [];
  for (const cell of cells) {
    if (cell.fromMs + cellMs <= fromMs) continue;
    const startMs = Math.floor(cell.fromMs / cellMs) * cellMs;
    let last = joined.at(-1);
    if (last?.[0] !== startMs) {
      last = [startMs, 0, 0, 0];
      joined.push(last);
    }
    last[1] += cell.readHalfUnits;
    last[2] += cell.writeHalfUnits;
    last[3] += cell.throttleCount;
  }
  return joined.slice(-HEAT_CELLS_MAX);
}

function hexOf(text: string): string {
  return toHex(Uint8Array.from(text, (character) => character.charCodeAt(0)));
}
