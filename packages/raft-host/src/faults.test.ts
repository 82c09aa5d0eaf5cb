// Goal: no acknowledged write is lost and replicas agree, whatever is killed, cut or lost on the way.
// Method: seeded runs of three hosts with tiny log and snapshot bounds; faults stop, then everything must converge.
import {SeededRandom} from '@murmuration/base';
import {GROUP, HostCluster} from './testing/host-cluster.js';

test.each([1, 2, 3, 4, 5, 6])('seed %d: acknowledged writes survive faults, and replicas end up equal', async (seed) => {
  const random = new SeededRandom(seed);
  const cluster = new HostCluster({logSizeBytesMax: 400, truncationIntervalMs: 50, snapshotChunkBytes: 80, snapshotCallTimeoutMs: 200, snapshotIdleMsMax: 1000});
  await cluster.start(3);
  await cluster.createGroup();
  const lossPercent = random.below(3) * 10;
  let areFaultsOn = true;
  cluster.fabric.filter = () => !areFaultsOn || random.below(100) >= lossPercent;
  const acknowledged = new Map<string, string>();
  let leaseOverlaps = 0;
  for (let step = 0; step < 120; step += 1) {
    const victim = cluster.node(1 + random.below(3));
    switch (random.below(12)) {
      case 0:
        if (victim.isUp) cluster.crash(victim, random.below(20));
        break;
      case 1:
        cluster.fabric.isolate(victim.id);
        break;
      case 2:
        cluster.fabric.heal();
        break;
      case 3: {
        const leader = cluster.leader();
        leader?.host.transferLeader(GROUP, victim.replica);
        break;
      }
      case 4:
        if (victim.isUp) victim.log.holdSyncs();
        break;
      case 5:
        for (const node of cluster.nodes) node.log.releaseSyncs();
        break;
      default:
        break;
    }
    for (const node of cluster.nodes) if (!node.isUp && random.below(3) === 0) await cluster.restart(node);
    for (const node of cluster.nodes.filter((up) => up.isUp)) {
      for (let i = 0; i < 3; i += 1) {
        const key = `s${step}n${node.replica}i${i}`;
        const value = `${random.below(1000)}`;
        node.host.propose(GROUP, Buffer.from(`${key}=${value}`), (result) => {
          if (result.ok) acknowledged.set(key, value);
        });
      }
    }
    for (let i = 0; i < 10; i += 1) {
      await cluster.advance(10 + random.below(30));
      if (cluster.nodes.filter((node) => node.isUp && node.host.hasLease(GROUP)).length > 1) leaseOverlaps += 1;
    }
  }
  areFaultsOn = false;
  cluster.fabric.heal();
  for (const node of cluster.nodes) {
    node.log.releaseSyncs();
    if (!node.isUp) await cluster.restart(node);
  }
  await cluster.advance(5_000);
  const leader = await cluster.elected();
  expect(await cluster.write(leader, 'last=1')).toMatchObject({ok: true});
  await cluster.advance(15_000);
  expect(cluster.nodes.flatMap((node) => node.host.unusableGroups())).toEqual([]);
  expect(cluster.nodes.flatMap((node) => node.fatal)).toEqual([]);
  expect(leaseOverlaps).toBe(0);
  expect(acknowledged.size).toBeGreaterThan(5);
  const values = cluster.machine(leader).values;
  for (const [key, value] of acknowledged) expect([key, values.get(key)]).toEqual([key, value]);
  for (const node of cluster.nodes) expect([...cluster.machine(node).values].sort()).toEqual([...values].sort());
}, 60_000);
