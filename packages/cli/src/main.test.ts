import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {StatusDocument} from '@murmuration/server';
import {renderStatus, toOutputFormat} from './commands/status.js';
import {CommandError} from './exit-codes.js';
import {growLayout, prepareLayout, readLayout, shrinkLayout} from './local/local-layout.js';
import {supervisorSocketPath} from './local/supervisor-protocol.js';
import {printable} from './terminal.js';
import {VERSION} from './version.js';

const document: StatusDocument = {
  apiVersion: 'murmuration/v1', clusterId: 'c', controlLeader: 'a1', mapVersion: 1,
  nodes: [
    {id: 'a1', az: 'a', roles: ['router'], pid: 1, address: '127.0.0.1:1', adminAddress: 'x', fabricAddress: 'y', state: 'up', duty: 'serving', heardMsAgo: 1},
    {id: 'b1', az: 'b', roles: ['router'], pid: 2, address: '127.0.0.1:2', adminAddress: 'x', fabricAddress: 'y', state: 'down', duty: 'draining', heardMsAgo: null},
  ],
  tables: [{name: 'T', id: 1, status: 'ACTIVE', itemCount: 2, sizeBytes: 20, partitionCount: 1}],
  indexes: [],
  partitions: [{
    id: 16, table: 'T', index: null, from: '01', until: '02', epoch: 1, membership: 1, isSplitting: false, leader: null, term: 0, itemCount: 2, sizeBytes: 20, loadPercent: 0,
    replicas: [{id: 1, node: 'a1', az: 'a', role: 'voter', state: 'follower', appliedIndex: 1}],
  }],
  jobs: [{id: 3, kind: 'move', partition: 16, state: 'running', step: 'catch-up', cause: 'drain', toNode: 'a2', child: null, startedAtMs: 1_000, updatedAtMs: 2_500, failure: null}],
  isBalancing: false,
};

describe('murmur', () => {
  test('the version told is the version of the package', () => {
    const manifest = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as {version: string};
    expect(VERSION).toBe(manifest.version);
  });

  test('status puts the worst node first and shows what has no leader', () => {
    const text = renderStatus(document, 'wide');
    expect(text.indexOf('b1')).toBeLessThan(text.indexOf('a1 '));
    expect(text).toContain('a1:follower');
    expect(text).toContain('–');
  });
  test('status in JSON is the document itself, in YAML too, and names are one a line', () => {
    expect(JSON.parse(renderStatus(document, 'json'))).toEqual(document);
    expect(renderStatus(document, 'yaml')).toContain('clusterId: c');
    expect(renderStatus(document, 'name')).toBe('a1\nb1\n');
  });
  test('an unknown output format is a usage error', () => {
    expect(() => toOutputFormat('xml')).toThrow(CommandError);
  });
  test('what could steer a terminal is shown, not sent', () => {
    expect(printable('a\u001b[2Jb\u0007')).toBe('a\\x1b[2Jb\\x07');
  });
});

describe('local layout', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'murmur-layout-'))));
  afterEach(() => rmSync(directory, {recursive: true, force: true}));

  test('a later start finds the same cluster, and may add nodes', async () => {
    const first = await prepareLayout({directory, nodeCount: 3, port: 8000, adminPort: 8001}, 'one');
    expect(first.nodes.map((node) => [node.id, node.az, node.hasControlRole])).toEqual([['a1', 'a', true], ['b1', 'b', true], ['c1', 'c', true]]);
    expect(new Set(first.nodes.flatMap((node) => [node.apiPort, node.adminPort, node.fabricPort])).size).toBe(9);
    const second = await prepareLayout({directory, nodeCount: 4, port: 8000, adminPort: 8001}, 'two');
    expect(second.clusterId).toBe('one');
    expect(second.nodes.slice(0, 3)).toEqual(first.nodes);
    expect(second.nodes[3]).toMatchObject({id: 'a2', az: 'a', hasControlRole: false});
  });
  test('free ports are all different, outside the range of outgoing connections, and found again', async () => {
    const first = await prepareLayout({directory, nodeCount: 3, port: 0, adminPort: 0}, 'one');
    const ports = [first.port, first.adminPort, ...first.nodes.flatMap((node) => [node.apiPort, node.adminPort, node.fabricPort])];
    expect(new Set(ports).size).toBe(11);
    for (const port of ports) {
      expect(port).toBeGreaterThanOrEqual(10_240);
      expect(port).toBeLessThan(32_000);
    }
    expect(await prepareLayout({directory, nodeCount: 3, port: 0, adminPort: 0}, 'two')).toEqual(first);
  });
  test('a node that is added later gets a name that was never given, also after one was removed, and is found again', async () => {
    const first = await prepareLayout({directory, nodeCount: 3, port: 8000, adminPort: 8001}, 'one');
    const grown = await growLayout(directory, first, undefined);
    expect(grown.node).toMatchObject({id: 'a2', az: 'a', hasControlRole: false});
    const other = await growLayout(directory, grown.layout, 'c');
    expect(other.node.id).toBe('c2');
    const shrunk = shrinkLayout(directory, other.layout, 'a2');
    expect((await growLayout(directory, shrunk, 'a')).node.id).toBe('a3');
    expect((await prepareLayout({directory, nodeCount: undefined, port: 8000, adminPort: 8001}, 'x')).nodes.map((node) => node.id)).toEqual(['a1', 'b1', 'c1', 'c2', 'a3']);
  });
  test('fewer nodes than the data holds is refused', async () => {
    await prepareLayout({directory, nodeCount: 4, port: 8000, adminPort: 8001}, 'one');
    await expect(prepareLayout({directory, nodeCount: 3, port: 8000, adminPort: 8001}, 'x')).rejects.toThrow(/holds a cluster of 4 nodes/);
  });
  test('a damaged layout is told and kept', () => {
    writeFileSync(join(directory, 'cluster.json'), '{"format":');
    expect(() => readLayout(directory)).toThrow(/is damaged or from a newer version; nothing was changed/);
    expect(readFileSync(join(directory, 'cluster.json'), 'utf8')).toBe('{"format":');
  });
  test('the socket of the supervisor fits into what systems take, however long the directory', () => {
    expect(supervisorSocketPath('x'.repeat(300)).length).toBeLessThan(108);
  });
});
