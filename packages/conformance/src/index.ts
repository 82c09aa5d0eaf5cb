export type {Area, Body, ConformanceCase, Expected, HttpExpected, HttpRequestStep, Step} from './conformance-case.js';
export {ALL_AREAS} from './all-areas.js';
export type {CaseResult} from './run-area.js';
export {Suite} from './run-area.js';
export type {AreaSummary} from './report.js';
export {reportText, summarize} from './report.js';
export {REMOVE_TABLES, SETUP_STEPS, freshTableSteps} from './suite-tables.js';
export {compatibilityPage} from './compatibility-page.js';
