import {CAPACITY_SETTING_DEFAULTS} from '@murmuration/model';
import type {CapacitySettings} from '@murmuration/model';
import type {StorageNodeTuning} from '../options.js';

/** Settings of a table as this process has them, where the map tells of no change. */
export function heatDefaults({splitForHeat, splitLoadRatio, splitSustainSeconds}: StorageNodeTuning): CapacitySettings {
  return {...CAPACITY_SETTING_DEFAULTS, splitForHeat, splitLoadRatio, splitSustainSeconds};
}
