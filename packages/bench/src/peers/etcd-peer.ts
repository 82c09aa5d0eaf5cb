import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {freePort, post, startChildServer} from './child-server.js';
import {hasCommand} from './has-command.js';
import type {MissingPeer, Peer, RunningPeer} from './peer.js';

const NAMES = ['a', 'b', 'c'] as const;

/** Three members on disk, asked through the JSON gateway of the first: context for what a replicated write costs. */
export function etcdPeer(): Peer | MissingPeer {
  if (!hasCommand('etcd')) return {name: 'etcd', reason: 'not installed'};
  return {
    name: 'etcd', version: /\d+\.\d+\.\d+/.exec(execFileSync('etcd', ['--version'], {encoding: 'utf8'}))?.[0] ?? 'unknown', protocol: 'etcd',
    shape: 'three members, a write is on two synced disks before it is acknowledged; asked over its JSON gateway',
    start: startMembers,
  };
}

async function startMembers(): Promise<RunningPeer> {
  const directory = mkdtempSync(join(tmpdir(), 'murmur-etcd-'));
  const ports: {readonly client: number; readonly peer: number}[] = [];
  while (ports.length < NAMES.length) ports.push({client: await freePort(), peer: await freePort()});
  const cluster = NAMES.map((name, i) => `${name}=http://127.0.0.1:${ports[i]?.peer ?? 0}`).join(',');
  const startedMs = performance.now();
  const members: RunningPeer[] = [];
  const stop = async (): Promise<void> => {
    for (const member of members) await member.stop();
    rmSync(directory, {recursive: true, force: true});
  };
  try {
    members.push(...await Promise.all(NAMES.map((name, i) => {
      const {client, peer} = ports[i] as {client: number; peer: number};
      const endpoint = new URL(`http://127.0.0.1:${client}`);
      const args = [
        '--name', name, '--data-dir', join(directory, name), '--listen-client-urls', endpoint.origin, '--advertise-client-urls', endpoint.origin,
        '--listen-peer-urls', `http://127.0.0.1:${peer}`, '--initial-advertise-peer-urls', `http://127.0.0.1:${peer}`, '--initial-cluster', cluster, '--log-level', 'error',
      ];
      return startChildServer({command: 'etcd', args, endpoint, isReady: async (at) => (await post(at, '/v3/kv/put', {'content-type': 'application/json'}, '{"key":"cmVhZHk=","value":""}')).status === 200});
    })));
  } catch (error) {
    await stop();
    throw error;
  }
  const [first] = members as [RunningPeer];
  return {endpoint: first.endpoint, pids: members.flatMap(({pids}) => pids), startMs: performance.now() - startedMs, stop};
}
