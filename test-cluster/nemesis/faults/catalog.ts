import {clockFaults} from './clock.js';
import {cutFaults} from './cut.js';
import {diskFullFaults} from './disk-full.js';
import type {Fault} from './fault.js';
import {killFaults} from './kill.js';
import {lostDiskFaults} from './lost-disk.js';
import {memoryFaults} from './memory.js';
import {operateFaults} from './operate.js';
import {pauseFaults} from './pause.js';
import {powerFaults} from './power.js';
import {rotFaults} from './rot.js';
import {linkFaults} from './slow-link.js';
import {starveFaults} from './starve.js';
import {syncFaults} from './sync.js';

/** Every kind of fault there is. */
export const FAULTS: readonly Fault[] = [
  ...killFaults, ...pauseFaults, ...cutFaults, ...linkFaults, ...powerFaults, ...diskFullFaults, ...syncFaults, ...rotFaults, ...clockFaults,
  ...starveFaults, ...memoryFaults, ...lostDiskFaults, ...operateFaults,
];

/**
 * The kinds that a list of names and families stands for; `all` is everything but what is chosen by name only.
 * @throws Error naming what is unknown
 */
export function chooseFaults(names: readonly string[]): readonly Fault[] {
  const chosen = new Set<Fault>();
  for (const name of names) {
    const found = FAULTS.filter((fault) => fault.name === name || ((fault.family === name || name === 'all') && fault.onlyByName !== true));
    if (found.length === 0) throw new Error(`there is no fault "${name}"; there are all, ${[...new Set(FAULTS.map((fault) => fault.family))].join(', ')} and ${FAULTS.map((fault) => fault.name).join(', ')}`);
    for (const fault of found) chosen.add(fault);
  }
  return [...chosen];
}
