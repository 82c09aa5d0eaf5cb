import {createServer} from 'node:http';
import type {Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {StatusDocument, StatusJob} from '@murmuration/server';
import {runMurmur} from '../main.js';
import type {Terminal} from '../terminal.js';
import {render} from './jobs.js';
import {waitFor, measureJobs} from './wait-for-jobs.js';

/** Operators' commands against a scripted admin API: what is sent, what is printed, and the exit code. */
const job = (id: number, state: StatusJob['state'], failure: string | null = null): StatusJob => ({
  id, kind: 'move', partition: 16, state, step: 'catch-up', cause: 'operator', toNode: 'a2', child: null, startedAtMs: 0, updatedAtMs: 1_500, failure,
});
const status = (jobs: readonly StatusJob[]): StatusDocument => ({
  apiVersion: 'murmuration/v1', clusterId: 'c', controlLeader: 'a1', mapVersion: 1, nodes: [], tables: [], indexes: [], partitions: [], jobs, isBalancing: false,
});

describe('orders of an operator', () => {
  let server: Server;
  let url: string;
  let orders: unknown[];
  let answer: {status: number; body: unknown};
  let statuses: StatusDocument[];
  let out: string;
  let err: string;
  const terminal: Terminal = {out: (text) => void (out += text), err: (text) => void (err += text), isColour: false};

  beforeEach(async () => {
    [orders, statuses, out, err] = [[], [], '', ''];
    answer = {status: 200, body: {dryRun: false, steps: ['one'], warnings: ['two'], jobs: [3]}};
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const isOrder = request.url === '/admin/v1/act';
        if (isOrder) orders.push(JSON.parse(body));
        response.writeHead(isOrder ? answer.status : 200, {'content-type': 'application/json'});
        response.end(JSON.stringify(isOrder ? answer.body : statuses.length > 1 ? statuses.shift() : statuses[0]));
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise((done) => server.close(done)));

  test.each([
    [['node', 'drain', 'a2'], {kind: 'drain-node', node: 'a2'}],
    [['node', 'undrain', 'a2'], {kind: 'undrain-node', node: 'a2'}],
    [['node', 'replace', 'a2', 'a3'], {kind: 'replace-node', node: 'a2', by: 'a3'}],
    [['partition', 'split', '16', '--at', 'AB01'], {kind: 'split-partition', group: 16, atHex: 'ab01'}],
    [['partition', 'move', '16', '--from', 'a1', '--to', 'a2'], {kind: 'move-replica', group: 16, from: 'a1', to: 'a2'}],
    [['partition', 'transfer', '16', '--to', 'b1'], {kind: 'transfer-leader', group: 16, to: 'b1'}],
    [['rebalance'], {kind: 'rebalance'}],
    [['jobs', 'cancel', '3'], {kind: 'cancel-job', job: 3}],
  ])('%j is the order %j', async (args, action) => {
    expect(await runMurmur([...args, '--admin', url, '--yes'], terminal)).toBe(0);
    expect(orders).toEqual([{action, dryRun: false}]);
    expect(out).toContain('one\nwarning: two\njobs: 3\n');
  });

  test('what is done to a partition is called off by the number of its job, and where nothing is done nothing is ordered', async () => {
    statuses = [status([job(2, 'done'), job(7, 'running')])];
    expect(await runMurmur(['partition', 'cancel', '16', '--admin', url, '--yes'], terminal)).toBe(0);
    expect(orders).toEqual([{action: {kind: 'cancel-job', job: 7}, dryRun: false}]);
    statuses = [status([job(7, 'cancelled')])];
    expect(await runMurmur(['partition', 'cancel', '16', '--admin', url, '--yes'], terminal)).toBe(3);
    expect(err).toContain('nothing is done to partition 16');
    expect(orders).toHaveLength(1);
  });

  test('a job that was faster than its calling off ends the wait badly', async () => {
    statuses = [status([job(7, 'running')]), status([job(7, 'running')]), status([job(7, 'done')])];
    expect(await runMurmur(['partition', 'cancel', '16', '--admin', url, '--yes', '--wait'], terminal)).toBe(7);
    expect(err).toContain('job 7 was done before it could be called off');
  });

  test('a dry run prints the plan and orders nothing', async () => {
    answer.body = {dryRun: true, steps: ['one'], warnings: [], jobs: []};
    expect(await runMurmur(['node', 'drain', 'a2', '--dry-run', '--admin', url], terminal)).toBe(0);
    expect(orders).toEqual([{action: {kind: 'drain-node', node: 'a2'}, dryRun: true}]);
    expect(out).toBe('would: one\n');
  });

  test('a person who says no has ordered nothing', async () => {
    expect(await runMurmur(['node', 'drain', 'a2', '--admin', url], {...terminal, confirm: () => Promise.resolve(false)})).toBe(0);
    expect(orders).toEqual([{action: {kind: 'drain-node', node: 'a2'}, dryRun: true}]);
  });

  test.each([[409, 1], [404, 3], [400, 2], [503, 5], [504, 6]])('a refusal with status %i says why and ends with exit code %i', async (code, exitCode) => {
    answer = {status: code, body: {error: {code: 'X', message: 'it would cost the quorum'}}};
    expect(await runMurmur(['node', 'drain', 'a2', '--yes', '--admin', url], terminal)).toBe(exitCode);
    expect(err).toContain('it would cost the quorum');
  });

  test('waiting ends with the jobs: 0 when they are done, 7 with the reason when one failed', async () => {
    const wait = {adminUrl: url, timeoutMs: 5_000, pollMs: 1, lineMs: 0};
    statuses = [status([job(3, 'running')]), status([job(3, 'done')])];
    expect(await waitFor(measureJobs([3]), wait, terminal)).toBe(0);
    expect(err).toContain('job 3: move of partition 16, catch-up');
    statuses = [status([job(3, 'failed', 'node a2 went away')])];
    expect(await waitFor(measureJobs([3]), wait, terminal)).toBe(7);
    expect(err).toContain('node a2 went away');
  });

  test('a wait that takes too long is told, with what is left', async () => {
    statuses = [status([job(3, 'running')])];
    await expect(waitFor(measureJobs([3]), {adminUrl: url, timeoutMs: 0, pollMs: 1, lineMs: 1_000}, terminal)).rejects.toMatchObject({exitCode: 6, message: expect.stringContaining('job 3') as unknown});
  });

  test('jobs are shown as a table and as JSON', () => {
    const document = status([job(3, 'running'), job(2, 'failed', 'why')]);
    expect(render(document, 'table')).toContain('why');
    expect(JSON.parse(render(document, 'json'))).toMatchObject({jobs: [{id: 3}, {id: 2}]});
    expect(render(status([]), 'table')).toBe('no job has run\n');
  });
});
