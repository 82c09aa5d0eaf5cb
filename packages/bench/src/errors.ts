/** What a workload, a run or a report can fail with, for the one who asked for it. */
export type BenchFailure =
  | {readonly code: 'InvalidWorkload'; readonly at: string; readonly reason: string}
  | {readonly code: 'InvalidTrace'; readonly line: number; readonly reason: string}
  | {readonly code: 'InvalidRecord'; readonly reason: string}
  | {readonly code: 'InvalidAssertion'; readonly text: string; readonly reason: string}
  | {readonly code: 'EndpointFailed'; readonly reason: string}
  | {readonly code: 'PeerFailed'; readonly peer: string; readonly reason: string};

export class BenchError extends Error {
  override readonly name = 'BenchError';
  readonly failure: BenchFailure;
  constructor(failure: BenchFailure, options?: ErrorOptions) {
    super(describeFailure(failure), options);
    this.failure = failure;
  }
}

function describeFailure(failure: BenchFailure): string {
  switch (failure.code) {
    case 'InvalidWorkload':
      return `workload, ${failure.at}: ${failure.reason}`;
    case 'InvalidTrace':
      return `trace, line ${failure.line}: ${failure.reason}`;
    case 'InvalidRecord':
      return `run record: ${failure.reason}`;
    case 'InvalidAssertion':
      return `assertion "${failure.text}": ${failure.reason}`;
    case 'EndpointFailed':
      return failure.reason;
    case 'PeerFailed':
      return `${failure.peer}: ${failure.reason}`;
  }
}
