export {TriggerService} from './trigger-service.js';
export type {TriggerView} from './trigger-service.js';
export type {TriggerPorts, TriggerTuning} from './ports.js';
export {TRIGGER_DEFAULTS} from './ports.js';
export type {TriggerDefinition, TriggerSettings} from './trigger-definition.js';
export {TRIGGER_TABLE} from './trigger-store.js';
export type {TriggerEvent} from './events.js';
export type {TriggerFailure} from './errors.js';
export {TriggerError} from './errors.js';
