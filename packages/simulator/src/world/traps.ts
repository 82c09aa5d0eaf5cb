/** What code of rings 1 and 3 must never reach for: while a seed runs, each of them throws. */
const OWNERS: readonly {readonly owner: object; readonly names: readonly string[]}[] = [
  {owner: Date, names: ['now']},
  {owner: Math, names: ['random']},
  {owner: globalThis, names: ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch']},
  {owner: performance, names: ['now']},
  {owner: crypto, names: ['getRandomValues', 'randomUUID']},
];

export class ForbiddenCallError extends Error {
  override readonly name = 'ForbiddenCallError';
}

/**
 * Forbids real time, chance and timers until the returned function is called. A simulated run that reached them would
 * not be the same run twice.
 */
export function setTraps(): () => void {
  const undo: (() => void)[] = [];
  for (const {owner, names} of OWNERS) {
    for (const name of names) {
      const before = Object.getOwnPropertyDescriptor(owner, name);
      const throwing = (): never => {
        throw new ForbiddenCallError(`${name} was called while a seed ran`);
      };
      Object.defineProperty(owner, name, {value: throwing, configurable: true, writable: true, enumerable: before?.enumerable ?? false});
      undo.push(() => {
        if (before === undefined) Reflect.deleteProperty(owner, name);
        else Object.defineProperty(owner, name, before);
      });
    }
  }
  return () => {
    for (const each of undo) each();
  };
}
