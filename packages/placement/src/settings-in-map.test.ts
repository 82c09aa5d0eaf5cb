import {CAPACITY_SETTING_DEFAULTS} from '@murmuration/model';
import type {CapacitySettingsRecord} from '@murmuration/model';
import {toTableId} from '@murmuration/base';
import {ClusterMap} from './cluster-map.js';
import {clusterMapContentFromJson, clusterMapContentToJson, clusterMapDeltaFromJson, clusterMapDeltaToJson} from './cluster-map-json.js';
import {deltaBetween, fullDelta} from './delta-between.js';

const mapOf = (version: number, settings?: CapacitySettingsRecord): ClusterMap => ClusterMap.fromContent({version, tables: [], partitions: [], nodes: [], ...(settings === undefined ? {} : {settings})});
const RECORD: CapacitySettingsRecord = {cluster: {sharing: 'static'}, tables: {7: {burstSeconds: 0}}};
/** As it travels. */
const throughJson = (delta: ReturnType<typeof fullDelta>): ReturnType<typeof fullDelta> => clusterMapDeltaFromJson(JSON.parse(JSON.stringify(clusterMapDeltaToJson(delta))));

describe('settings in the map', () => {
  it('travel as a whole when they changed, and stay when they did not', () => {
    const [before, after] = [mapOf(1), mapOf(2, RECORD)];
    const changed = before.apply(throughJson(deltaBetween(before, after)));
    expect(changed.settings).toEqual(RECORD);
    const unchanged = deltaBetween(changed, mapOf(3, RECORD));
    expect(unchanged.settings).toBeUndefined();
    expect(changed.apply(throughJson(unchanged)).settings).toEqual(RECORD);
    expect(changed.apply(throughJson(deltaBetween(changed, mapOf(3)))).settings).toEqual({cluster: {}, tables: {}});
  });
  it('come with a full map, and a full map without them has none', () => {
    expect(mapOf(1).apply(throughJson(fullDelta(mapOf(2, RECORD)))).settings).toEqual(RECORD);
    expect(mapOf(1, RECORD).apply(throughJson(fullDelta(mapOf(2)))).settings).toEqual({cluster: {}, tables: {}});
  });
  it('of a newer process that are not known here are left out', () => {
    const json = clusterMapContentToJson({version: 1, tables: [], partitions: [], nodes: []}) as object;
    const content = clusterMapContentFromJson({...json, settings: {cluster: {sharing: 'static', colour: 'red', burstSeconds: 9_999}, tables: {}}});
    expect(content.settings).toEqual({cluster: {sharing: 'static'}, tables: {}});
    expect(() => clusterMapContentFromJson({...json, settings: {cluster: {}, tables: {none: {}}}})).toThrow('out of range');
    expect(ClusterMap.fromContent(content).settingsOf(toTableId(3), CAPACITY_SETTING_DEFAULTS).sharing).toBe('static');
  });
});
