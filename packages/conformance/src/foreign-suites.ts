/** A suite of other people, run once against the cluster inside a process as it is published. Nothing of it is kept here. */
export interface ForeignSuite {
  readonly name: string;
  readonly version: string;
  /** Day of the run, ISO 8601. */
  readonly date: string;
  readonly passedCount: number;
  readonly failedCount: number;
  /** Tests of the suite that were not run, or that it skips by itself. */
  readonly skipped: string;
  /** What the failures are about: how many, and why nothing was changed for them. */
  readonly failures: readonly (readonly [count: number, reason: string])[];
}

export const FOREIGN_SUITES: readonly ForeignSuite[] = [
  {
    name: 'moto, `tests/test_dynamodb` and `tests/test_dynamodbstreams`, in its server mode',
    version: '5.2.5', date: '2026-11-21', passedCount: 387, failedCount: 149,
    skipped: 'tests of its own parsers, of IAM, CloudFormation, resource policies, and of export and import',
    failures: [
      [82, 'words, defaults and states of the suite\'s own emulator, and requests that the service refuses and the emulator takes.'],
      [27, 'the beginning of a message that the service is changing, see below.'],
      [22, 'an eventually consistent read, of an index, a stream or a table, that looks once and at once, on a machine with much else to do.'],
      [18, 'backups and point-in-time recovery, which are not served.'],
    ],
  },
];
