// Goal: what cannot work is refused with one line that says what and where, and nothing on disk is changed by it.
// Method: the command with bad directories, ports, names and damaged files; broken bytes at the API port of a running cluster.
import {spawn} from 'node:child_process';
import {chmodSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync} from 'node:fs';
import {createServer, connect} from 'node:net';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {MURMUR, ProcessCluster, newDirectory, removeDirectory, run, runMurmur, testWhere} from './process-cluster.js';
import {until} from './until.js';
import type {Ended} from './process-cluster.js';
import {LedgerWriter, findLost} from './ledger.js';
import {WireClient, createWireTable} from './wire-client.js';

const folders: string[] = [];
const folder = (): string => {
  const made = newDirectory('bad');
  folders.push(made);
  return made;
};
afterAll(() => folders.forEach(removeDirectory));

const serveFlags = (directory: string, ...more: readonly string[]): readonly string[] => [
  'serve', '--node-id', 'a1', '--cluster-id', 'one', '--control-peers', 'a1=127.0.0.1:1', '--data-directory', directory, '--api-port', '0', '--admin-port', '0', '--fabric-port', '0', ...more,
];
function expectOneLine(ended: Ended, pattern: RegExp): void {
  const lines = ended.stderr.trim().split('\n').filter((line) => line.startsWith('murmur:'));
  expect(ended.stderr).toMatch(pattern);
  expect(lines).toHaveLength(1);
  expect(ended.stderr).not.toMatch(/^\s+at .*\(.*:\d+:\d+\)/m);
  expect(ended.code).not.toBe(0);
  expect(ended.signal).toBeNull();
}

describe('murmur up and serve refuse in one line', () => {
  test('a data directory that is a file', async () => {
    const path = join(folder(), 'file');
    writeFileSync(path, 'not a directory');
    expectOneLine(await runMurmur(['up', '--data', path, '--port', '0', '--admin-port', '0']), /file/);
    expect(readFileSync(path, 'utf8')).toBe('not a directory');
  });

  // The superuser may write anywhere: there the command runs as nobody.
  const isSuperuser = process.getuid?.() === 0;
  const asNobody = ['--reuid=65534', '--clear-groups', process.execPath, MURMUR];
  const testWithoutRights = isSuperuser ? testWhere('setpriv', [...asNobody, '--version'], 'runs as the superuser, and setpriv cannot drop that here') : test;
  testWithoutRights('a data directory that cannot be written', async () => {
    const path = join(folder(), 'closed');
    mkdirSync(path);
    chmodSync(path, 0o500);
    const args = ['up', '--data', join(path, 'x'), '--port', '0', '--admin-port', '0'];
    const ended = isSuperuser ? await run('setpriv', [...asNobody, ...args]) : await runMurmur(args);
    expectOneLine(ended, /closed.*(cannot be written|EACCES)/);
  });

  test('a port in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const {port} = server.address() as AddressInfo;
    expectOneLine(await runMurmur(['up', '--data', folder(), '--port', String(port), '--admin-port', '0']), new RegExp(`port ${port} is in use`));
    expectOneLine(await runMurmur(serveFlags(folder(), '--api-port', String(port))), new RegExp(`${port} is in use`));
    await new Promise((resolve) => server.close(resolve));
  });

  test('an unknown setting, naming the nearest, and a value out of range', async () => {
    const unknown = await runMurmur(['serve', '--data-directry', 'x']);
    expectOneLine(unknown, /--data-directry.*did you mean --data-directory\?/);
    expect(unknown.code).toBe(2);
    expectOneLine(await runMurmur(serveFlags(folder(), '--tick-ms', '1')), /--tick-ms.*10 to 10000/);
  });

  test('data of another cluster or node', async () => {
    const path = folder();
    const first = runServe(serveFlags(path));
    await until('the identity is written', () => readdirSync(path).includes('identity'));
    await until('the log is there', () => readdirSync(path).includes('log'));
    await first.stop();
    const before = readFileSync(join(path, 'identity'));
    expectOneLine(await runMurmur(serveFlags(path, '--cluster-id', 'two')), /belongs to cluster "one", not "two"/);
    expectOneLine(await runMurmur(serveFlags(path, '--node-id', 'b1', '--control-peers', 'b1=127.0.0.1:1')), /belongs to node "a1", not "b1"/);
    expect(readFileSync(join(path, 'identity'))).toEqual(before);
  });

  test('a cluster file that cannot be understood', async () => {
    const path = folder();
    writeFileSync(join(path, 'cluster.json'), '{"format":');
    expectOneLine(await runMurmur(['up', '--data', path, '--port', '0', '--admin-port', '0']), /cluster\.json is damaged.*nothing was changed/);
    expect(readFileSync(join(path, 'cluster.json'), 'utf8')).toBe('{"format":');
  });
});

/** Runs `murmur serve` until it is told to stop. */
function runServe(args: readonly string[]): {stop(): Promise<void>} {
  const child = spawn(process.execPath, [MURMUR, ...args], {stdio: 'ignore'});
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    stop: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

describe('a running cluster', () => {
  let cluster: ProcessCluster;
  beforeAll(async () => {
    cluster = await ProcessCluster.start();
  }, 60_000);
  afterAll(() => cluster.stop(), 30_000);
  const holds = (title: string, body: () => Promise<void>): void => test(title, ProcessCluster.explained(() => cluster, body), 60_000);

  /** Everything that comes back for these bytes, until the other side closes. */
  const exchange = (bytes: string | Uint8Array): Promise<string> => new Promise((resolve) => {
    const socket = connect(Number(new URL(cluster.endpoint).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
    socket.write(bytes);
  });

  holds('answers a body above 16 MiB with 413 and no more words than needed', async () => {
    const wire = new WireClient(cluster.endpoint, 1, 20_000);
    const {status, body} = await wire.call('PutItem', {TableName: 'ttt', Item: {pk: {S: 'x'.repeat(17 * 1024 * 1024)}}});
    expect(status).toBe(413);
    expect(JSON.stringify(body).length).toBeLessThan(300);
    expect(JSON.stringify(body)).not.toMatch(/\bat .*:\d+:\d+/);
    wire.close();
  });

  holds('answers an item above 400 KB with a ValidationException', async () => {
    const wire = new WireClient(cluster.endpoint, 1);
    await createWireTable(wire, 'sizes');
    const {status, body} = await wire.call('PutItem', {TableName: 'sizes', Item: {pk: {S: 'a'}, v: {S: 'x'.repeat(410 * 1024)}}});
    expect([status, String(body['__type'])]).toEqual([400, expect.stringMatching(/ValidationException$/)]);
    expect(body['message']).toBe('Item size has exceeded the maximum allowed size');
    wire.close();
  });

  holds('answers malformed HTTP with one status line, and goes on', async () => {
    for (const bytes of ['NONSENSE\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`]) {
      const answer = await exchange(bytes);
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(answer).not.toMatch(/\bat .*:\d+:\d+/);
    }
    const wire = new WireClient(cluster.endpoint, 1);
    expect((await wire.call('ListTables', {})).status).toBe(200);
    wire.close();
  });

  holds('answers broken JSON, an unknown operation and a missing table in DynamoDB words', async () => {
    const wire = new WireClient(cluster.endpoint, 1);
    expect(await wire.call('NoSuchThing', {})).toMatchObject({status: 400, body: {__type: expect.stringMatching(/UnknownOperationException$/)}});
    expect(await wire.call('GetItem', {TableName: 'nowhere', Key: {pk: {S: 'a'}}})).toMatchObject({status: 400, body: {__type: expect.stringMatching(/ResourceNotFoundException$/)}});
    wire.close();
    const head = `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\nX-Amz-Date: 20200101T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=a/20200101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0\r\n`;
    const answer = await exchange(`${head}Content-Length: 9\r\n\r\n{"broken"`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toMatch(/SerializationException/);
  });

  holds('refuses a second cluster on its directory', async () => {
    expectOneLine(await runMurmur(['up', '--data', cluster.directory, '--port', '0', '--admin-port', '0']), /already runs on/);
  });

  holds('refuses only the partitions a flipped byte of the log hits, names the place, rebuilds them, and loses nothing', async () => {
    const wire = new WireClient(cluster.endpoint, 1);
    await createWireTable(wire, 'kept');
    wire.close();
    const ledger = new LedgerWriter({table: 'kept', endpoints: [cluster.endpoint], clientCount: 8, valueSizeBytes: 500});
    ledger.start();
    await until('some writes are there', () => ledger.acknowledged.size >= 400);
    await ledger.stop();
    const victim = cluster.nodeIds[2] ?? '';
    await cluster.murmur('node', 'kill', victim, '--data', cluster.directory);
    const directory = join(cluster.directory, victim, 'log');
    // The greatest stretch of written bytes: preallocated space is zeros.
    const files = readdirSync(directory).map((name) => join(directory, name)).filter((path) => statSync(path).isFile());
    const written = files.map((path) => ({path, bytes: readFileSync(path)})).map(({path, bytes}) => {
      let end = bytes.length;
      while (end > 0 && bytes[end - 1] === 0) end -= 1;
      return {path, bytes, end};
    }).sort((a, b) => b.end - a.end)[0];
    if (written === undefined) throw new Error('the log has no file');
    // Inside a value: between two writes lie zeros up to the end of a disk sector, which hold nothing and are not checked.
    const isInValue = (from: number): boolean => written.bytes.subarray(from - 16, from + 16).every((byte) => byte !== 0);
    let at = Math.floor(written.end / 2);
    while (!isInValue(at)) at += 1;
    written.bytes[at] = (written.bytes[at] ?? 0) ^ 0x40;
    writeFileSync(written.path, written.bytes);
    const refused = await cluster.murmur('node', 'restart', victim, '--data', cluster.directory);
    expect(refused.code).toBe(0);
    const log = (): string => readFileSync(join(cluster.directory, `${victim}.log`), 'utf8');
    await until('the damage is told with its place', () => log().includes('"log/damaged"'), 20_000);
    expect(log()).toMatch(new RegExp(`"log/damaged".*${written.path.split('/').at(-1) ?? ''}`));
    await until('every partition has three voters again, the damaged one under a new id', async () => {
      const partitions = await cluster.partitionsOf('kept');
      return partitions.every(({replicas}) => replicas.length === 3 && replicas.every(({role, state}) => role === 'voter' && state !== 'unknown'))
        && partitions.some(({replicas}) => replicas.some(({id, node}) => node === victim && id > 3));
    }, 60_000);
    expect((await cluster.node(victim)).state).toBe('up');
    expect(await findLost(cluster.nodeEndpoint(victim), 'kept', ledger.acknowledged)).toEqual([]);
    expect(await findLost(cluster.nodeEndpoint(cluster.nodeIds[0] ?? ''), 'kept', ledger.acknowledged)).toEqual([]);
  });
});
