import {ALL_AREAS} from './all-areas.js';
import {API_OPERATIONS, AUTO_SCALING_OPERATIONS, STREAMS_OPERATIONS} from './api-operations.js';
import type {ApiOperation} from './api-operations.js';
import type {ConformanceCase, Expected, Step} from './conformance-case.js';
import {DIFFERENCES, LIMITS} from './differences.js';
import {FOREIGN_SUITES} from './foreign-suites.js';

const TARGET = /^DynamoDB_20120810\.(\w+)$/;

/** How many facts a step compares when all of them hold. */
export function assertionCount(step: Step): number {
  switch (step.kind) {
    case 'call':
    case 'until':
      return expectedCount(step.expected);
    case 'http':
      return 1 + Object.keys(step.expected.headers ?? {}).length + (step.expected.body === undefined ? 0 : 1) + (step.expected.type === undefined ? 0 : 1);
    case 'sdk':
      return Object.keys(step.expected).length;
  }
}

function expectedCount(expected: Expected): number {
  switch (expected.kind) {
    case 'gives':
    case 'empty':
      return 2;
    case 'has':
      return 1 + Object.keys(expected.members).length;
    case 'fails':
      return 2 + (expected.message === undefined ? 0 : 1) + Object.keys(expected.members ?? {}).length;
  }
}

function operationOf(step: Step): string | undefined {
  return step.kind === 'http' ? TARGET.exec(step.request.headers['x-amz-target'] ?? '')?.[1] : step.operation;
}
function bodyOf(step: Step): Readonly<Record<string, unknown>> {
  return step.kind === 'call' || step.kind === 'until' ? step.body : {};
}
const countOf = (cases: readonly ConformanceCase[], isCounted: (step: Step) => boolean): number => cases.filter(({steps}) => steps.some(isCounted)).length;

/** The page of docs/ that says what is served, what proves it and what differs. */
export function compatibilityPage(): string {
  const cases = ALL_AREAS.flatMap((area) => area.cases);
  const total = cases.flatMap(({steps}) => steps).reduce((sum, step) => sum + assertionCount(step), 0);
  const count = (number: number): string => number.toLocaleString('en-US');
  return [
    '# Compatibility with DynamoDB', '',
    'This page is made from the conformance suite by `node scripts/generate-docs.mjs`; a test compares it. Change `packages/conformance`, not the page.', '',
    `The suite speaks only the public wire and can face any endpoint: \`npm run conformance -- --endpoint URL\`. It has ${count(cases.length)} cases with ${count(total)} assertions, and the tests of this repository run all of them against a whole cluster. What may differ from the service is [below](#what-differs).`, '',
    '## Areas of the suite', '',
    '| area | what | cases | assertions |', '| --- | --- | ---: | ---: |',
    ...ALL_AREAS.map((area) => `| \`${area.name}\` | ${area.title} | ${count(area.cases.length)} | ${count(area.cases.flatMap(({steps}) => steps).reduce((sum, step) => sum + assertionCount(step), 0))} |`), '',
    '## Operations', '',
    'Behind each parameter stands the number of cases that use it.', '',
    '| operation | cases | in areas | parameters | ignored |', '| --- | ---: | --- | --- | --- |',
    ...API_OPERATIONS.filter(({state}) => state === 'served').map((operation) => row(operation, cases)), '',
    'These are checked as ever and say that there is nothing of the kind:', '',
    '| operation | cases | in areas | parameters | ignored |', '| --- | ---: | --- | --- | --- |',
    ...API_OPERATIONS.filter(({state}) => state === 'answers').map((operation) => row(operation, cases)), '',
    `These answer \`UnknownOperationException\`, status 400: ${API_OPERATIONS.filter(({state}) => state === 'unknown').map(({name}) => name).join(', ')}.`, '',
    `Of the Streams API, under its own target, all are served: ${STREAMS_OPERATIONS.join(', ')}.`, '',
    `Of Application Auto Scaling, under its own target, these are served for the namespace \`dynamodb\`: ${AUTO_SCALING_OPERATIONS.join(', ')}. See [auto scaling](capacity.md#auto-scaling).`, '',
    '## Suites of others', '',
    'Run as they are published; a failure was either mended, with a case of this suite that proves it, or stands here with its reason. Waits for a table to become active were put in between, as some of them expect that at once.', '',
    '| suite | version | date | passed | failed | not run |', '| --- | --- | --- | ---: | ---: | --- |',
    ...FOREIGN_SUITES.map((suite) => `| ${suite.name} | ${suite.version} | ${suite.date} | ${count(suite.passedCount)} | ${count(suite.failedCount)} | ${suite.skipped} |`), '',
    ...FOREIGN_SUITES.flatMap(({name, failures}) => [`Failures of ${name}:`, '', ...failures.map(([failureCount, reason]) => `- ${count(failureCount)}: ${reason}`), '']),
    '## Limits', '',
    '| limit | value |', '| --- | --- |', ...LIMITS.map(([limit, value]) => `| ${limit} | ${value} |`), '',
    '## What differs', '',
    ...DIFFERENCES.flatMap(([title, sentences]) => [`### ${title}`, '', ...sentences.map((sentence) => `- ${sentence}`), '']),
  ].join('\n');
}

function row({name, parameters, ignored = []}: ApiOperation, cases: readonly ConformanceCase[]): string {
  const isOfThis = (step: Step): boolean => operationOf(step) === name;
  const areas = ALL_AREAS.filter((area) => countOf(area.cases, isOfThis) > 0).map((area) => area.name);
  const proved = parameters.map((parameter) => `${parameter} ${countOf(cases, (step) => isOfThis(step) && bodyOf(step)[parameter] !== undefined)}`);
  return `| ${name} | ${countOf(cases, isOfThis)} | ${areas.join(', ')} | ${proved.join(', ')} | ${ignored.join(', ')} |`;
}
