import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {startBenchCluster} from '../bench-cluster.js';
import {freePort, startChildServer} from './child-server.js';
import {etcdPeer} from './etcd-peer.js';
import {hasCommand} from './has-command.js';
import {callPeer} from './measure-peer.js';
import type {MissingPeer, Peer} from './peer.js';

/** What is fetched when it is asked for: these versions, so that a result can be made again. */
const DYNALITE = {version: '4.0.0'};
const DYNAMODB_LOCAL = {version: '2.6.1'};
const DYNOXIDE = {crate: 'dynoxide-rs'};

/** Where fetched peers lie: never inside the project. */
export function peersDirectory(): string {
  return process.env['MURMUR_PEERS'] ?? join(homedir(), '.cache', 'murmuration', 'peers');
}

/** Every peer there is, found or missing. */
export function findPeers(): {readonly found: readonly Peer[]; readonly missing: readonly MissingPeer[]} {
  const directory = peersDirectory();
  const all = [murmurationCluster(), murmurationEmbedded(), dynalite(directory), dynamoDbLocal(directory), dynoxide(directory), etcdPeer()];
  return {found: all.filter((each): each is Peer => 'start' in each), missing: all.filter((each): each is MissingPeer => 'reason' in each)};
}

/** Fetches what the machine has the tools for. Each failure is told and leaves the others. */
export function downloadPeers(say: (line: string) => void): void {
  const directory = peersDirectory();
  mkdirSync(directory, {recursive: true});
  const attempt = (name: string, run: () => void): void => {
    say(`fetching ${name} to ${directory}`);
    try {
      run();
    } catch (error) {
      say(`${name}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`);
    }
  };
  if (!existsSync(dynaliteEntry(directory))) {
    attempt('dynalite', () => execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefix', join(directory, 'dynalite'), `dynalite@${DYNALITE.version}`], {stdio: 'ignore'}));
  }
  if (!existsSync(join(directory, 'dynamodb-local'))) {
    attempt('DynamoDB Local', () => {
      const pom = join(directory, 'pom.xml');
      writeFileSync(pom, `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>peers</groupId><artifactId>peers</artifactId><version>1</version><dependencies><dependency><groupId>com.amazonaws</groupId><artifactId>DynamoDBLocal</artifactId><version>${DYNAMODB_LOCAL.version}</version></dependency></dependencies></project>\n`);
      execFileSync('mvn', ['-q', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${join(directory, 'dynamodb-local')}`], {stdio: 'ignore'});
    });
  }
  if (!existsSync(join(directory, 'dynoxide', 'bin', 'dynoxide'))) {
    attempt('Dynoxide', () => execFileSync('cargo', ['install', '--locked', DYNOXIDE.crate, '--root', join(directory, 'dynoxide')], {stdio: 'ignore'}));
  }
}

function murmurationCluster(): Peer {
  return {
    name: 'murmuration', version: ownVersion(), protocol: 'dynamodb',
    shape: 'three processes, one in each AZ; a write is on two synced disks before it is acknowledged',
    start: async () => {
      const startedMs = performance.now();
      const cluster = await startBenchCluster();
      return {...cluster, startMs: performance.now() - startedMs};
    },
  };
}

function murmurationEmbedded(): Peer {
  return {
    name: 'murmuration-embedded', version: ownVersion(), protocol: 'dynamodb',
    shape: 'one process with three replicas of everything in memory, as tests of applications use it',
    start: async () => {
      const port = await freePort();
      return startChildServer({
        command: process.execPath, args: [new URL('embedded-main.js', import.meta.url).pathname, String(port)], endpoint: new URL(`http://127.0.0.1:${port}`), isReady: answersListTables,
      });
    },
  };
}

function dynaliteEntry(directory: string): string {
  return join(directory, 'dynalite', 'node_modules', 'dynalite', 'cli.js');
}
function dynalite(directory: string): Peer | MissingPeer {
  const entry = dynaliteEntry(directory);
  if (!existsSync(entry)) return {name: 'dynalite', reason: 'not fetched (--download)'};
  return {
    name: 'dynalite', version: DYNALITE.version, protocol: 'dynamodb', shape: 'one process, in memory, no replica', lacks: ['TransactWriteItems 4'],
    start: async () => {
      const port = await freePort();
      const args = [entry, '--host', '127.0.0.1', '--port', String(port), '--createTableMs', '0', '--deleteTableMs', '0'];
      return startChildServer({command: process.execPath, args, endpoint: new URL(`http://127.0.0.1:${port}`), isReady: answersListTables});
    },
  };
}

function dynamoDbLocal(directory: string): Peer | MissingPeer {
  const jars = join(directory, 'dynamodb-local');
  if (!hasCommand('java')) return {name: 'dynamodb-local', reason: 'no java'};
  if (!existsSync(jars) || !readdirSync(jars).some((file) => file.startsWith('DynamoDBLocal'))) return {name: 'dynamodb-local', reason: 'not fetched (--download)'};
  return {
    name: 'dynamodb-local', version: DYNAMODB_LOCAL.version, protocol: 'dynamodb', shape: 'one process of Java, in memory, no replica',
    start: async () => {
      const port = await freePort();
      const args = [`-Djava.library.path=${jars}`, '-cp', join(jars, '*'), 'com.amazonaws.services.dynamodbv2.local.main.ServerRunner', '-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)];
      return startChildServer({command: 'java', args, endpoint: new URL(`http://127.0.0.1:${port}`), isReady: answersListTables});
    },
  };
}

function dynoxide(directory: string): Peer | MissingPeer {
  const binary = join(directory, 'dynoxide', 'bin', 'dynoxide');
  if (!existsSync(binary)) return {name: 'dynoxide', reason: 'not fetched (--download)'};
  return {
    name: 'dynoxide', version: versionOf(binary), protocol: 'dynamodb', shape: 'one process of Rust over SQLite in memory, no replica',
    start: async () => {
      const port = await freePort();
      return startChildServer({command: binary, args: ['--host', '127.0.0.1', '--port', String(port)], endpoint: new URL(`http://127.0.0.1:${port}`), isReady: answersListTables});
    },
  };
}

async function answersListTables(endpoint: URL): Promise<boolean> {
  return typeof (await callPeer(endpoint, 'ListTables', {})) === 'object';
}

function versionOf(binary: string): string {
  return /\d+\.\d+\.\d+/.exec(execFileSync(binary, ['--version'], {encoding: 'utf8'}))?.[0] ?? 'unknown';
}
function ownVersion(): string {
  const {version} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {version: string};
  return version;
}
