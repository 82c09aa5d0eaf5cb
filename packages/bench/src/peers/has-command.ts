import {existsSync} from 'node:fs';
import {join} from 'node:path';

/** Whether a program of that name can be found. */
export function hasCommand(command: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((directory) => existsSync(join(directory, command)));
}
