import type {Chance} from '../world/chance.js';
import type {FaultTarget} from '../world/machine-faults.js';

/** A machine is down for so long before it starts on what it has. */
const DOWN_MS_MAX = 50;

/**
 * The power of one machine goes while a write of several sectors is on its way, again and again: any of them may have reached the
 * platter.
 */
export function tearWrites(target: FaultTarget, chance: Chance): (() => void) | undefined {
  const [machine] = chance.sample(target.machines().filter(({isUp}) => isUp), 1);
  if (machine === undefined) return undefined;
  let isOver = false;
  let stopWaiting: (() => void) | undefined;
  const wait = (): void => {
    stopWaiting = machine.disk.onNextLargeWrite(() => {
      machine.kill('power');
      target.network.later(1 + chance.below(DOWN_MS_MAX), () => {
        if (isOver) return;
        target.restart(machine);
        wait();
      });
    });
  };
  wait();
  return () => {
    isOver = true;
    stopWaiting?.();
    target.restart(machine);
  };
}
