// Goal: with every process of the control plane gone, reads and writes of known tables go on without an error, even over
// the loss of a process that led them; and what only the control plane can do fails with a retryable answer.
// Method: three processes with the control role alone and three with router and storage; the first three get SIGKILL under load.
import {spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {createServer} from 'node:net';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand} from '@aws-sdk/client-dynamodb';
import {MURMUR, newDirectory, removeDirectory} from './process-cluster.js';
import {httpGet} from './http-get.js';
import {until} from './until.js';
import {WireClient, createWireTable} from './wire-client.js';

const TABLE = 'known';
const WITHOUT_CONTROL_MS = 15_000;

interface Process {
  readonly id: string;
  readonly child: ChildProcess;
  readonly apiPort: number;
  readonly adminPort: number;
  said: string;
}

const directory = newDirectory('static');
const processes: Process[] = [];
const clients: DynamoDBClient[] = [];
afterAll(async () => {
  for (const client of clients) client.destroy();
  for (const {child} of processes) child.kill('SIGKILL');
  await until('the processes are gone', () => processes.every(({child}) => child.exitCode !== null || child.signalCode !== null));
  removeDirectory(directory);
}, 30_000);

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({length: count}, () => new Promise<ReturnType<typeof createServer>>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
  })));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function launch(id: string, roles: string, controlPeers: string, [apiPort, adminPort, fabricPort]: readonly number[]): Process {
  const child = spawn(process.execPath, [
    MURMUR, 'serve', '--node-id', id, '--az', id.charAt(0), '--roles', roles, '--control-peers', controlPeers, '--data-directory', join(directory, id),
    '--api-port', String(apiPort), '--admin-port', String(adminPort), '--fabric-port', String(fabricPort), '--log-level', 'warn',
  ], {stdio: ['ignore', 'ignore', 'pipe']});
  const launched: Process = {id, child, apiPort: apiPort ?? 0, adminPort: adminPort ?? 0, said: ''};
  child.stderr.setEncoding('utf8').on('data', (text: string) => (launched.said += text));
  return launched;
}

test('data requests go on while the control plane is gone', async () => {
  const ports = await freePorts(18);
  const controlPeers = ['a1', 'b1', 'c1'].map((id, i) => `${id}=127.0.0.1:${ports[i * 3 + 2]}`).join(',');
  ['a1', 'b1', 'c1', 'a2', 'b2', 'c2'].forEach((id, i) => {
    processes.push(launch(id, i < 3 ? 'control' : 'router,storage', controlPeers, ports.slice(i * 3, i * 3 + 3)));
  });
  const data = processes.slice(3);
  for (const {id, adminPort} of processes) {
    await until(`${id} serves`, async () => (await httpGet(`http://127.0.0.1:${adminPort}/health/ready`)).status === 200, 40_000);
  }
  const wire = new WireClient(`http://127.0.0.1:${data[0]?.apiPort ?? 0}`, 2);
  await createWireTable(wire, TABLE);
  wire.close();

  const sdk = (target: Process): DynamoDBClient => {
    const client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${target.apiPort}`, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any'}, maxAttempts: 2,
    });
    clients.push(client);
    return client;
  };
  const failures: string[] = [];
  let doneCount = 0;
  let isStopped = false;
  const work = async (target: Process, worker: number): Promise<void> => {
    const client = sdk(target);
    for (let i = 0; !isStopped; i += 1) {
      try {
        const key = {pk: {S: `${worker}-${i}`}};
        await client.send(new PutItemCommand({TableName: TABLE, Item: {...key, n: {N: String(i)}}}));
        const {Item} = await client.send(new GetItemCommand({TableName: TABLE, Key: key, ConsistentRead: true}));
        if (Item?.['n']?.N !== String(i)) failures.push(`${worker}-${i} reads ${JSON.stringify(Item)}`);
        doneCount += 1;
      } catch (cause) {
        failures.push(`${target.id} ${worker}-${i}: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)}`);
      }
    }
  };
  // The third data process serves no client: it is the one that dies later.
  const workers = [0, 1, 2, 3].map((worker) => work(data[worker % 2] as Process, worker));
  await until('requests flow', () => doneCount > 50, 30_000);

  for (const {child} of processes.slice(0, 3)) child.kill('SIGKILL');
  const goneMs = performance.now();
  const before = doneCount;
  await until('time without a control plane', () => performance.now() > goneMs + WITHOUT_CONTROL_MS, WITHOUT_CONTROL_MS * 2);
  expect(failures).toEqual([]);
  expect(doneCount).toBeGreaterThan(before + 50);

  data[2]?.child.kill('SIGKILL');
  const afterLoss = doneCount;
  await until('the others lead what it led', () => doneCount > afterLoss + 100, 30_000);
  isStopped = true;
  await Promise.all(workers);
  // Its death may leave single writes in doubt; nothing may be read wrong, and nothing may fail for want of the control plane.
  expect(failures.filter((failure) => !/outcome is not known|InternalServerError|Timeout/.test(failure))).toEqual([]);

  const create = sdk(data[0] as Process).send(new CreateTableCommand({
    TableName: 'unknown', KeySchema: [{AttributeName: 'pk', KeyType: 'HASH'}], AttributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}], BillingMode: 'PAY_PER_REQUEST',
  }));
  await expect(create).rejects.toMatchObject({name: 'InternalServerError'});
}, 180_000);
