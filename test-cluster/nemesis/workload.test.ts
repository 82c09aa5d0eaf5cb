import {SeededRandom} from '@murmuration/base';
import type {Outcome} from '@murmuration/checkers';
import {WORKLOAD_DEFAULTS, Workload} from './workload.js';
import type {Task} from './workload.js';

const WRITTEN: Outcome = {kind: 'ok', answer: {kind: 'written'}};
function drawAll(workload: Workload): Task[] {
  const tasks: Task[] = [];
  for (let task = workload.next(); task !== undefined; task = workload.next()) tasks.push(task);
  return tasks;
}

test('no more calls on an item at a time than allowed, until one is done', () => {
  const workload = new Workload({...WORKLOAD_DEFAULTS, slotCount: 3, callsAtOnceMax: 5}, new SeededRandom(1));
  const tasks = drawAll(workload);
  expect(tasks).toHaveLength(15);
  workload.done(tasks[0] as Task, WRITTEN);
  expect(drawAll(workload)).toHaveLength(1);
});

test('an item retires after its share of calls, and no value is written twice', () => {
  const workload = new Workload({slotCount: 2, callsAtOnceMax: 1, operationsPerItemMin: 100, operationsPerItemMax: 300}, new SeededRandom(2));
  const callsByKey = new Map<string, number>();
  const values = new Set<string>();
  let valueCount = 0;
  for (let i = 0; i < 4_000; i += 1) {
    const task = workload.next() as Task;
    const {operation} = task;
    if (operation.kind === 'put' || operation.kind === 'get' || operation.kind === 'update' || operation.kind === 'delete') {
      const key = JSON.stringify(operation.key);
      callsByKey.set(key, (callsByKey.get(key) ?? 0) + 1);
    }
    const value = operation.kind === 'put' ? operation.item['v'] : undefined;
    if (value !== undefined && 'S' in value) {
      valueCount += 1;
      values.add(value.S);
    }
    workload.done(task, WRITTEN);
  }
  expect(Math.max(...callsByKey.values())).toBeLessThanOrEqual(300);
  expect(callsByKey.size).toBe(workload.keys.length);
  expect(values.size).toBe(valueCount);
});

test('an item that gathered writes without an answer is replaced', () => {
  const workload = new Workload({slotCount: 1, callsAtOnceMax: 1, operationsPerItemMin: 300, operationsPerItemMax: 300}, new SeededRandom(3));
  for (let i = 0; i < 60; i += 1) workload.done(workload.next() as Task, {kind: 'unknown', error: 'timeout'});
  expect(workload.keys.length).toBeGreaterThan(2);
});
