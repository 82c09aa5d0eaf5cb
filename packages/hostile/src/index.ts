export {runRequestCampaign} from './request-campaign.js';
export type {CampaignResult} from './request-campaign.js';
export {Target} from './target.js';
export {ALL_CASES} from './cases/all-cases.js';
export type {Expectation, HostileCase, Row, Step} from './hostile-case.js';
