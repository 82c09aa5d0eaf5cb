// Goal: hot partitions are cut in the order of their heat, and hot nodes are relieved by steps that come to an end.
// Method: plans made from reports by hand and carried out on a map by hand.
import {BASE_INDEX_ID, toAzId, toGroupId, toNodeId, toReplicaId, toTableId} from '@murmuration/base';
import type {GroupId, NodeId} from '@murmuration/base';
import type {GroupReport, HeatAdviceReport, HeatReport} from '@murmuration/control-client';
import {initialRanges} from '@murmuration/placement';
import type {ClusterView, NodeEntry, PartitionEntry} from '@murmuration/placement';
import fc from 'fast-check';
import {NodeHeat, planHeatSplits} from './heat-plans.js';
import {splitPhases} from './split-phases.js';

const NODES = ['a1', 'b1', 'c1', 'a2', 'b2', 'c2'];
const node = (id: string): NodeEntry => ({
  node: toNodeId(id), az: toAzId(id.charAt(0)), roles: ['storage'], fabricAddress: 'x:1', apiAddress: '', adminAddress: '', pid: 1, incarnation: 1, diskId: 'disk', state: 'up', duty: 'serving',
});
function viewOf(count: number, placed: (i: number) => readonly string[], busy: readonly GroupId[] = []): ClusterView {
  const partitions = initialRanges(toTableId(1), BASE_INDEX_ID, count).map((range, i): PartitionEntry => ({
    group: toGroupId(16 + i), table: toTableId(1), index: BASE_INDEX_ID, ...range, epoch: 1, membership: 1, split: undefined, nextReplica: toReplicaId(4), preferredLeader: toReplicaId(1),
    replicas: placed(i).map((id, at) => ({replica: toReplicaId(at + 1), node: toNodeId(id), role: 'voter'})),
  }));
  return {nodes: new Map(NODES.map((id) => [toNodeId(id), node(id)])), partitions, isLost: () => false, busy: new Map(busy.map((group) => [group, undefined]))};
}
const heatOf = (loadPermille: number, writes = 1): HeatReport => ({readHalfUnits: Math.round(loadPermille * 6 * (1 - writes)), writeHalfUnits: Math.round(loadPermille * 2 * writes), throttleCount: 0, loadPermille});
const reportOf = (entry: PartitionEntry, heat: HeatReport | undefined, epoch = 1): GroupReport => ({group: entry.group, epoch, ...(heat === undefined ? {} : {heat})}) as GroupReport;
const advice = (atHex: string): HeatAdviceReport => ({kind: 'split', atHex, belowPermille: 500, hotSinceMs: 0, advisedAtMs: 1});

describe('splits for heat', () => {
  test('the hottest first; not where no cut would help, where something is under way, or for a range of before', () => {
    const view = viewOf(6, () => ['a1', 'b1', 'c1'], [toGroupId(20)]);
    const heats = [heatOf(900), {...heatOf(900), advice: advice('aa')}, {...heatOf(1_400), advice: advice('bb')}, {...heatOf(2_000), advice: {kind: 'none' as const, reason: 'keys-come-in-order', hotSinceMs: 0, advisedAtMs: 1}}, {...heatOf(2_000), advice: advice('cc')}, {...heatOf(3_000), advice: advice('dd')}];
    const plans = planHeatSplits(view, (entry) => reportOf(entry, heats[entry.group - 16], entry.group === 21 ? 2 : 1));
    expect(plans).toEqual([{group: 18, atHex: 'bb'}, {group: 17, atHex: 'aa'}]);
  });
  test('phases are told as far as they are known, and never below nothing', () => {
    const timeline = {child: toGroupId(40), askedAtMs: 900, choseMs: 0, countedMs: 70, pausedMs: 3, cutAtMs: 1_080, heldCount: 2, movedOnCount: 5};
    expect(splitPhases({startedAtMs: 1_000, updatedAtMs: 1_100, timeline})).toEqual({order: 0, choose: 0, count: 70, pause: 3, publish: 20});
    expect(splitPhases({startedAtMs: 1_000, updatedAtMs: 1_100, timeline: {...timeline, hotSinceMs: 10, advisedAtMs: 990}})).toMatchObject({detect: 980});
    expect(splitPhases({startedAtMs: 1_000, updatedAtMs: 1_100})).toEqual({});
  });
});

const never = (): boolean => false;
describe('hot nodes', () => {
  test('one leader of several hot partitions goes to the coolest of its followers', () => {
    const view = viewOf(3, (i) => (i === 2 ? ['b1', 'a1', 'c1'] : ['a1', 'b1', 'c1']));
    const heat = new NodeHeat(view, (entry) => reportOf(entry, heatOf(entry.group === 18 ? 300 : 700, 0)));
    expect(heat.hottest()).toEqual(['a1']);
    expect(heat.planLeader(toNodeId('a1'), never)).toEqual({group: 16, replica: 3});
    expect(heat.planLeader(toNodeId('a1'), (group) => group === 16)).toEqual({group: 17, replica: 3});
    expect(heat.planLeader(toNodeId('a1'), () => true)).toBeUndefined();
  });
  test('a node that one partition makes hot is let be, as is one where little happens', () => {
    const alone = new NodeHeat(viewOf(1, () => ['a1', 'b1', 'c1']), (entry) => reportOf(entry, heatOf(900, 0)));
    expect(alone.planLeader(toNodeId('a1'), never)).toBeUndefined();
    const quiet = new NodeHeat(viewOf(2, () => ['a1', 'b1', 'c1']), (entry) => reportOf(entry, heatOf(90)));
    expect(quiet.hottest()).toEqual([]);
  });
  test('where all leaders are spread, replicas go to the coolest node of their AZ', () => {
    const view = viewOf(4, () => ['a1', 'b1', 'c1']);
    const heat = new NodeHeat(view, (entry) => reportOf(entry, heatOf(600)));
    expect(heat.planMove(toNodeId('a1'))).toMatchObject({toNode: 'a2', from: 1});
    expect(heat.planMove(toNodeId('a2'))).toBeUndefined();
  });
  test('steps carried out one after the other come to an end, and the hottest node never gets hotter', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({min: 0, max: 2_000}), fc.integer({min: 0, max: 2}), fc.double({min: 0, max: 1, noNaN: true})), {minLength: 1, maxLength: 12}), (loads) => {
      let view = viewOf(loads.length, (i) => ['a', 'b', 'c'].map((az, at) => `${az}${((loads[i]?.[1] ?? 0) + at) % 2 + 1}`));
      const heatNow = (): NodeHeat => new NodeHeat(view, (entry) => reportOf(entry, heatOf(loads[entry.group - 16]?.[0] ?? 0, loads[entry.group - 16]?.[2] ?? 0)));
      const peakOf = (heat: NodeHeat): number => Math.max(...NODES.map((id) => heat.of(toNodeId(id))));
      const change = (group: GroupId, made: (entry: PartitionEntry) => PartitionEntry): void => {
        view = {...view, partitions: view.partitions.map((entry) => (entry.group === group ? made(entry) : entry))};
      };
      let stepCount = 0;
      for (; stepCount < 200; stepCount += 1) {
        const heat = heatNow();
        const peak = peakOf(heat);
        const step = heat.hottest().map((id: NodeId) => heat.planLeader(id, never) ?? heat.planMove(id)).find((plan) => plan !== undefined);
        if (step === undefined) break;
        if ('toNode' in step) change(step.group, (entry) => ({...entry, replicas: entry.replicas.map((placement) => (placement.replica === step.from ? {...placement, node: step.toNode} : placement))}));
        else change(step.group, (entry) => ({...entry, preferredLeader: step.replica}));
        expect(peakOf(heatNow())).toBeLessThanOrEqual(peak);
      }
      expect(stepCount).toBeLessThan(200);
    }));
  });
});
