import type {Fault} from './faults/fault.js';
import {FAULTS, chooseFaults} from './faults/catalog.js';
import {scheduleOf} from './schedule.js';
import type {Step} from './schedule.js';

function firstSteps(faults: readonly Fault[], seed: number, count: number): readonly Step[] {
  const steps: Step[] = [];
  for (const step of scheduleOf(faults, seed, 5_000)) {
    steps.push(step);
    if (steps.length === count) return steps;
  }
  throw new Error('a schedule has no end');
}
const shown = (steps: readonly Step[]): readonly string[] => steps.map((step) => `${step.faults.map((fault) => fault.name).join('+')} ${step.holdMs} ${step.restMs} ${step.random.uint32()}`);

test('the same seed gives the same steps, another seed others', () => {
  const faults = chooseFaults(['all']);
  expect(shown(firstSteps(faults, 7, 200))).toEqual(shown(firstSteps(faults, 7, 200)));
  expect(shown(firstSteps(faults, 7, 200))).not.toEqual(shown(firstSteps(faults, 8, 200)));
});

test('every kind comes once alone before any comes again', () => {
  const faults = chooseFaults(['all']);
  const first = firstSteps(faults, 3, faults.length);
  expect(first.every((step) => step.faults.length === 1)).toBe(true);
  expect(new Set(first.map((step) => step.faults[0]?.name)).size).toBe(faults.length);
});

test('pairs are of two families, and only of kinds that may be paired', () => {
  const pairs = firstSteps(chooseFaults(['all']), 5, 500).filter((step) => step.faults.length > 1);
  expect(pairs.length).toBeGreaterThan(50);
  for (const {faults} of pairs) {
    expect(faults.every((fault) => fault.pairs)).toBe(true);
    expect(new Set(faults.map((fault) => fault.family)).size).toBe(2);
  }
});

test('faults are chosen by name, by family, or all but those by name only', () => {
  expect(chooseFaults(['kill-one', 'pause']).map((fault) => fault.name)).toEqual(['kill-one', 'pause-one', 'pause-leader']);
  expect(chooseFaults(['all'])).toEqual(FAULTS.filter((fault) => fault.onlyByName !== true));
  expect(() => chooseFaults(['flood'])).toThrow('there is no fault "flood"');
});
