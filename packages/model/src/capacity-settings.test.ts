import {
  CAPACITY_SETTING_DEFAULTS, CAPACITY_SETTING_NAMES, NO_CAPACITY_OVERRIDES, capacityOverridesFault, capacitySettingFault, capacitySettingsOf, changeCapacitySettings,
  forgetTableSettings, parseCapacitySetting, tableOverridesFault,
} from './capacity-settings.js';

describe('settings of capacity', () => {
  it('has defaults that pass its own checks', () => {
    expect(capacityOverridesFault(CAPACITY_SETTING_DEFAULTS)).toBeUndefined();
    expect(Object.keys(CAPACITY_SETTING_DEFAULTS).sort()).toEqual([...CAPACITY_SETTING_NAMES].sort());
  });
  it('gives the defaults themselves where nothing was changed', () => {
    expect(capacitySettingsOf(NO_CAPACITY_OVERRIDES, 7, CAPACITY_SETTING_DEFAULTS)).toBe(CAPACITY_SETTING_DEFAULTS);
  });
  it('lets a table go before the cluster, and the cluster before the defaults', () => {
    let record = changeCapacitySettings(NO_CAPACITY_OVERRIDES, undefined, {set: {sharing: 'static', burstSeconds: 10}, reset: []});
    record = changeCapacitySettings(record, 7, {set: {burstSeconds: 0}, reset: []});
    expect(capacitySettingsOf(record, 7, CAPACITY_SETTING_DEFAULTS)).toEqual({...CAPACITY_SETTING_DEFAULTS, sharing: 'static', burstSeconds: 0});
    expect(capacitySettingsOf(record, 8, CAPACITY_SETTING_DEFAULTS)).toMatchObject({sharing: 'static', burstSeconds: 10});
  });
  it('resets to what lies below, and forgets a table without settings', () => {
    let record = changeCapacitySettings(NO_CAPACITY_OVERRIDES, 7, {set: {sharing: 'global', burstSeconds: 0}, reset: []});
    record = changeCapacitySettings(record, 7, {set: {}, reset: ['sharing']});
    expect(record.tables).toEqual({7: {burstSeconds: 0}});
    record = changeCapacitySettings(record, 7, {set: {}, reset: ['burstSeconds', 'sharing']});
    expect(record).toEqual(NO_CAPACITY_OVERRIDES);
    expect(forgetTableSettings(record, [7])).toBe(record);
  });
  it.each([
    ['throttling', 'sometimes', 'throttling is one of off, provisioned, on'],
    ['burstSeconds', 301, 'burstSeconds is a whole number from 0 to 300'],
    ['burstSeconds', 1.5, 'burstSeconds is a whole number from 0 to 300'],
    ['splitLoadRatio', 0, 'splitLoadRatio is a number from 0.1 to 1'],
    ['partitionReadUnitsMax', '3000', 'partitionReadUnitsMax is a whole number from 1 to 1000000'],
  ])('refuses %s = %p and says what it may be', (name, value, fault) => {
    expect(capacitySettingFault(name, value)).toBe(fault);
  });
  it('keeps what is of all tables from one of them', () => {
    expect(tableOverridesFault({tableReadUnitsMax: 5, sharing: 'static'})).toBeUndefined();
    expect(tableOverridesFault({accountWriteUnitsMax: 5})).toBe('accountWriteUnitsMax is of all tables together');
    expect(tableOverridesFault({initialPartitions: 5})).toContain('initialPartitions is of all tables');
  });
  it('names the settings there are when asked for another one', () => {
    expect(capacitySettingFault('toString', 1)).toContain('there is no setting toString; there are throttling, sharing');
  });
  it('reads values as they are typed', () => {
    expect(parseCapacitySetting('burstSeconds', '20')).toEqual({value: 20});
    expect(parseCapacitySetting('sharing', 'global')).toEqual({value: 'global'});
    expect(parseCapacitySetting('burstSeconds', '')).toEqual({fault: 'burstSeconds is a whole number from 0 to 300'});
    expect(parseCapacitySetting('burstSeconds', 'many')).toEqual({fault: 'burstSeconds is a whole number from 0 to 300'});
  });
});
