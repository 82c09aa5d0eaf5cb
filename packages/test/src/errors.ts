export type TestClusterFailure =
  /** The cluster did not come to serve in time; `lack` says what was missing last. */
  | {readonly code: 'NotReady'; readonly lack: string; readonly timeoutMs: number}
  | {readonly code: 'UnknownNode'; readonly node: string}
  /** A node that runs was to be restarted, or one that does not run was to be ended. */
  | {readonly code: 'WrongState'; readonly node: string; readonly reason: string}
  | {readonly code: 'BadDuration'; readonly text: string}
  /** An operator's order was turned down, with the status of the admin API. */
  | {readonly code: 'Refused'; readonly status: number; readonly reason: string}
  /** The cluster itself broke: its log or its store failed without having been asked to. */
  | {readonly code: 'NodeFailed'; readonly node: string; readonly reason: string};

/** What `startCluster` and the cluster it gives cannot do. */
export class TestClusterError extends Error {
  override readonly name = 'TestClusterError';
  readonly failure: TestClusterFailure;
  constructor(failure: TestClusterFailure, options?: ErrorOptions) {
    super(describe(failure), options);
    this.failure = failure;
  }
}

function describe(failure: TestClusterFailure): string {
  switch (failure.code) {
    case 'NotReady':
      return `the cluster was not ready within ${failure.timeoutMs} ms: ${failure.lack}`;
    case 'UnknownNode':
      return `there is no node ${failure.node}`;
    case 'WrongState':
      return `node ${failure.node} ${failure.reason}`;
    case 'BadDuration':
      return `"${failure.text}" is no duration such as 24h, 90s or 500ms`;
    case 'Refused':
      return `refused with ${failure.status}: ${failure.reason}`;
    case 'NodeFailed':
      return `node ${failure.node} failed: ${failure.reason}`;
  }
}
