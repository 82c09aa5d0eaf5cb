export {cityToItem, loadCities, sampleQueries} from './cities.js';
export type {City, WireValue} from './cities.js';
export {loadSample} from './load-sample.js';
export type {SampleOptions} from './load-sample.js';
