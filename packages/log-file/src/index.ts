export {openFileLog} from './open-file-log.js';
export type {OpenFileLogPorts} from './open-file-log.js';
export type {FileLogOptions} from './options.js';
export {FILE_LOG_DEFAULTS} from './options.js';
export {freeDiskReserve} from './disk-reserve.js';
export {nodeFileSystem} from './file-system.js';
export type {LogEvent} from './events.js';
export type {FileSystem, SystemFile} from './file-system.js';
export type {LogTimers} from './system-timers.js';
