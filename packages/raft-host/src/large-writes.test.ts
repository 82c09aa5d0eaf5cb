// Goal: no amount of entries at once stops a host whose log takes little in one write, on a leader or on a follower that catches up.
// Method: hosts on memory logs that refuse larger writes for good, as a log with small files does.
import {utf8Encode} from '@murmuration/base';
import {GROUP, HostCluster} from './testing/host-cluster.js';

const WRITE_SIZE_BYTES_MAX = 8 * 1024;

describe('a log that takes little in one write', () => {
  test('takes many proposals of one turn, and what a follower that was away gets at once; all comes back after a power cut', async () => {
    const cluster = new HostCluster({}, {writeSizeBytesMax: WRITE_SIZE_BYTES_MAX, syncDelayMs: 10});
    await cluster.start(3);
    await cluster.createGroup(GROUP, 3);
    const leader = await cluster.elected();
    const away = cluster.nodes.find((node) => node !== leader)!;
    cluster.crash(away);
    const slots = Array.from({length: 60}, (_, i) => cluster.propose(leader, `k${i}=${'v'.repeat(1_000 + i)}`));
    await cluster.until(() => slots.every(({result}) => result !== undefined), 5_000);
    expect(slots.every(({result}) => result?.ok === true)).toBe(true);
    await cluster.restart(away);
    await cluster.until(() => cluster.machine(away)?.values.size === 60, 10_000);
    for (const node of cluster.nodes) cluster.crash(node);
    for (const node of cluster.nodes) await cluster.restart(node);
    const next = await cluster.elected();
    expect(cluster.machine(next).values.size).toBe(60);
    expect(cluster.nodes.flatMap(({fatal}) => fatal)).toEqual([]);
  });
  test.each([0, 1, 2, 3, 5, 8, 13])('is whole after a power cut that lets %i of the pieces through', async (keepCount) => {
    const cluster = new HostCluster({}, {writeSizeBytesMax: WRITE_SIZE_BYTES_MAX});
    await cluster.start(3);
    await cluster.createGroup(GROUP, 3);
    const leader = await cluster.elected();
    await cluster.write(leader, 'a=1');
    for (const node of cluster.nodes) node.log.holdSyncs();
    for (let i = 0; i < 40; i += 1) cluster.propose(leader, `k${i}=${'v'.repeat(1_000)}`);
    await cluster.advance(50);
    for (const node of cluster.nodes) {
      const {log} = node;
      cluster.crash(node);
      node.log = log.crash(keepCount);
    }
    for (const node of cluster.nodes) await cluster.restart(node);
    const next = await cluster.elected();
    expect(cluster.machine(next).values.get('a')).toBe('1');
    expect(await cluster.write(next, 'b=1')).toMatchObject({ok: true});
  });
  test('refuses a proposal that no write could hold, and one that fits is the largest', async () => {
    const cluster = new HostCluster({}, {writeSizeBytesMax: WRITE_SIZE_BYTES_MAX});
    await cluster.start(1);
    await cluster.createGroup(GROUP, 1);
    const leader = await cluster.elected();
    const propose = async (sizeBytes: number): Promise<unknown> => {
      let result: unknown;
      leader.host.propose(GROUP, utf8Encode(`a=${'v'.repeat(sizeBytes - 2)}`), (given) => (result = given));
      await cluster.until(() => result !== undefined, 5_000);
      return result;
    };
    expect(await propose(WRITE_SIZE_BYTES_MAX - 3 * 48)).toMatchObject({ok: true});
    expect(await propose(WRITE_SIZE_BYTES_MAX - 3 * 48 + 1)).toMatchObject({ok: false, failure: {code: 'Overloaded'}});
    expect(leader.fatal).toEqual([]);
  });
  test('that takes too little for a host is refused at its start', async () => {
    const cluster = new HostCluster({}, {writeSizeBytesMax: 1_000});
    await expect(cluster.start(1)).rejects.toThrow('the log takes too little in one write');
  });
});
