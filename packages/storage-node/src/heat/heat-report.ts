import {toHex} from '@murmuration/base';
import type {HeatAdvice} from '@murmuration/capacity';
import type {HeatAdviceReport, HeatReport} from '@murmuration/control-client';
import type {PartitionHeat} from './partition-heat.js';

/** What the control plane is told of a replica's heat; nothing of an idle one. */
export function heatReportOf(heat: PartitionHeat, isLeader: boolean): {readonly heat?: HeatReport} {
  const {readHalfUnits, writeHalfUnits, throttleCount} = heat.recent;
  const {advice} = heat;
  if (readHalfUnits + writeHalfUnits + throttleCount === 0 && advice === undefined) return {};
  return {
    heat: {
      readHalfUnits: Math.round(readHalfUnits), writeHalfUnits: Math.round(writeHalfUnits), throttleCount: Math.round(throttleCount), loadPermille: Math.round(heat.loadRatio * 1000),
      ...(isLeader && advice !== undefined ? {advice: adviceReport(advice)} : {}),
    },
  };
}
export function adviceReport(advice: HeatAdvice): HeatAdviceReport {
  const times = {hotSinceMs: Math.floor(advice.hotSinceMs), advisedAtMs: Math.floor(advice.advisedAtMs)};
  if (advice.kind === 'none') return {kind: 'none', reason: advice.reason, ...times};
  return {kind: 'split', atHex: toHex(advice.at), belowPermille: Math.round(advice.belowRatio * 1000), ...times};
}
