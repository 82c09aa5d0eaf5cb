export {createMemoryLog, MemoryLog} from './memory-log.js';
export type {MemoryLogOptions, MemoryLogPorts} from './memory-log.js';
