import {randomBytes} from 'node:crypto';
import {resolve} from 'node:path';
import type {StatusDocument} from '@murmuration/server';
import {fetchStatus} from '../admin-client.js';
import {CommandError, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, EXIT_TIMEOUT} from '../exit-codes.js';
import {prepareLayout, reasonOf} from '../local/local-layout.js';
import type {LocalLayout} from '../local/local-layout.js';
import {Supervisor} from '../local/supervisor.js';
import {isSupervised} from '../local/supervisor-protocol.js';
import type {Terminal} from '../terminal.js';

export interface UpOptions {
  /** Undefined takes what the directory holds, or three. */
  readonly nodeCount: number | undefined;
  readonly port: number;
  readonly adminPort: number;
  readonly directory: string;
  readonly readyTimeoutMs: number;
  /** Flags for every `murmur serve`. */
  readonly serveFlags: readonly string[];
}

const POLL_MS = 50;

/** Runs a cluster on this machine until it is interrupted. @returns the exit code */
export async function up(options: UpOptions, terminal: Terminal): Promise<number> {
  if (options.nodeCount !== undefined && options.nodeCount < 3) throw new CommandError(EXIT_FAILED, `--nodes must be at least 3: each partition has a replica in each of three AZs`);
  const directory = resolve(options.directory);
  if (await isSupervised(directory)) {
    throw new CommandError(EXIT_FAILED, `a cluster already runs on ${directory}; stop it first, or use another --data directory`);
  }
  const layout = await prepareLayout({...options, directory}, `local-${randomBytes(6).toString('hex')}`);
  const supervisor = new Supervisor(layout, directory, options.serveFlags, terminal);
  const interrupted = new Promise<'interrupted'>((done) => {
    let count = 0;
    const onSignal = (): void => {
      count += 1;
      if (count > 1) process.exit(EXIT_INTERRUPTED);
      done('interrupted');
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
  try {
    await supervisor.start();
    const outcome = await Promise.race([
      waitUntilReady(layout, options.readyTimeoutMs),
      supervisor.startFailure().then((reason) => {
        throw new CommandError(EXIT_FAILED, reason);
      }),
      interrupted,
    ]);
    if (outcome !== 'interrupted') {
      announce(layout, directory, terminal);
      await interrupted;
    }
    terminal.err('stopping; data stays in ' + directory + '\n');
    await supervisor.stop();
    return EXIT_OK;
  } catch (cause) {
    await supervisor.stop();
    throw cause instanceof CommandError ? cause : new CommandError(EXIT_FAILED, reasonOf(cause), {cause});
  }
}

function announce(layout: LocalLayout, directory: string, terminal: Terminal): void {
  const endpoint = `http://127.0.0.1:${layout.port}`;
  terminal.out(`ready ${endpoint}\n`);
  terminal.err(
    [
      `  ${layout.nodes.length} nodes in ${new Set(layout.nodes.map((node) => node.az)).size} AZs, data in ${directory}`,
      `  admin  http://127.0.0.1:${layout.adminPort}   (murmur status)`,
      `  try    AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any aws dynamodb list-tables --region us-east-1 --endpoint-url ${endpoint}`,
      `  Ctrl-C stops it; the data stays.`,
      '',
    ].join('\n'),
  );
}

/**
 * Ready is: every node is registered, which is a write that passed the quorum of the control group, every node serves,
 * and every partition has a leader.
 */
async function waitUntilReady(layout: LocalLayout, timeoutMs: number): Promise<'ready'> {
  const untilMs = performance.now() + timeoutMs;
  const adminUrl = `http://127.0.0.1:${layout.adminPort}`;
  let lack = 'nobody answers';
  while (performance.now() < untilMs) {
    try {
      lack = whatLacks(layout, await fetchStatus(adminUrl, 1_000));
      if (lack === '') return 'ready';
    } catch (cause) {
      lack = reasonOf(cause);
    }
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  throw new CommandError(EXIT_TIMEOUT, `the cluster was not ready within ${timeoutMs / 1000} s: ${lack}`);
}

function whatLacks(layout: LocalLayout, status: StatusDocument): string {
  for (const node of layout.nodes) {
    const known = status.nodes.find((candidate) => candidate.id === node.id);
    if (known === undefined) return `node ${node.id} has not registered`;
    if (known.state !== 'up' || known.heardMsAgo === null) return `node ${node.id} is ${known.state}`;
  }
  const leaderless = status.partitions.filter((partition) => partition.leader === null).length;
  return leaderless === 0 ? '' : `${leaderless} of ${status.partitions.length} partitions have no leader`;
}
