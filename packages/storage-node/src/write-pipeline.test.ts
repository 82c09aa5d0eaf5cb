// Goal: what is judged on many rows is judged, however few of them memory keeps and however they arrive; and nobody waits for
// writes that fell away. Method: the nodes of storage-node.test.ts with a tiny cache and a store that answers row by row; a
// pipeline over a host whose answers the test gives.
import {toGroupId, toIndexId, toTerm} from '@murmuration/base';
import type {StorePort} from '@murmuration/base';
import type {TableDescriptor} from '@murmuration/model';
import {ClusterMap} from '@murmuration/placement';
import type {ProposeResult} from '@murmuration/raft-host';
import type {PartitionContext} from './partition-context.js';
import {TestCluster, putValue} from './testing/node-cluster.js';
import {WritePipeline} from './write-pipeline.js';

const GROUP = toGroupId(16);
const ITEM_COUNT = 30;
/** Room for about ten rows. */
const CACHE_BYTES = 4_000;
const DERIVED: Partial<TableDescriptor> = {
  derivation: {version: 1, globalIndexes: [{indexId: toIndexId(0x100), name: 'by-v', hash: [{name: 'v', type: 'N'}], range: [], projection: {kind: 'ALL'}}]},
};

/** Each read takes its own time, as from a disk that is asked for row after row. */
function answerRowByRow(cluster: TestCluster, store: StorePort): void {
  const getMany = store.getMany.bind(store);
  let readCount = 0;
  store.getMany = async (keys) => {
    readCount += 1;
    const delayMs = 1 + ((readCount * 7) % 11);
    await new Promise<void>((resolve) => void cluster.time.after(delayMs, resolve));
    return getMany(keys);
  };
}
function describeTable(cluster: TestCluster, change: Partial<TableDescriptor>): void {
  const content = cluster.map.toContent();
  cluster.map = ClusterMap.fromContent({...content, version: content.version + 1, tables: content.tables.map((table) => ({...table, ...change}))});
  for (const {source} of cluster.processes) source.publish(cluster.map);
}

describe('WritePipeline', () => {
  it('judges on many rows though the cache lets go of some while the others are read', async () => {
    const cluster = await TestCluster.start(1, {rowCacheBytesMax: CACHE_BYTES, loadBatchRowsMax: 1});
    const leader = cluster.leaderOf(GROUP);
    for (let i = 0; i < ITEM_COUNT; i += 1) expect(await cluster.ask(leader, putValue(cluster, `k${i}`, i))).toMatchObject({kind: 'written'});
    await cluster.run(200);
    answerRowByRow(cluster, leader.store);
    // A new index is told of all items in one judgement, while clients go on.
    describeTable(cluster, DERIVED);
    let round = 0;
    await cluster.until(() => {
      round += 1;
      if (round % 5 === 0) leader.node.handle(putValue(cluster, `k${round % ITEM_COUNT}`, round), cluster.time.monotonicMs() + 3_000, () => undefined);
      return leader.node.report()[0]?.indexFeeds?.[0]?.scannedCount === ITEM_COUNT;
    }, 2_000);
  });

  it('calls settled what fell away, so that nobody waits for a sequence that no write will bring', () => {
    const answers: ((result: ProposeResult) => void)[] = [];
    const record = {sequence: 7};
    const context = {
      group: GROUP, replica: 1, machine: {record, proposedCount: 0, dropProposals: () => undefined},
      node: {
        tuning: {partitionProposalsMax: 10, partitionProposalBytesMax: 1_000}, metrics: {voidedProposals: {add: () => undefined}}, events: {emit: () => undefined, isEnabled: () => false},
        host: {propose: (_group: unknown, _effect: unknown, done: (result: ProposeResult) => void) => answers.push(done), leaderOf: () => undefined},
      },
    } as unknown as PartitionContext;
    const writes = new WritePipeline(context);
    writes.leadership(true, toTerm(1));
    for (let i = 0; i < 2; i += 1) writes.propose(() => new Uint8Array(1), () => undefined);
    const {openThrough} = writes;
    expect(writes.isSettled(openThrough)).toBe(false);
    answers[0]?.({ok: false, failure: {code: 'OutcomeUnknown'}});
    expect(writes.isSettled(openThrough)).toBe(false);
    answers[1]?.({ok: false, failure: {code: 'OutcomeUnknown'}});
    expect(record.sequence).toBeLessThan(openThrough);
    expect(writes.isSettled(openThrough)).toBe(true);
  });
  it('calls settled what is applied, whatever is proposed behind it', () => {
    const record = {sequence: 7};
    const context = {
      group: GROUP, machine: {record, proposedCount: 0, dropProposals: () => undefined},
      node: {tuning: {partitionProposalsMax: 10, partitionProposalBytesMax: 1_000}, events: {emit: () => undefined, isEnabled: () => false}, host: {propose: () => undefined}},
    } as unknown as PartitionContext;
    const writes = new WritePipeline(context);
    writes.leadership(true, toTerm(1));
    writes.propose(() => new Uint8Array(1), () => undefined);
    const {openThrough} = writes;
    writes.propose(() => new Uint8Array(1), () => undefined);
    expect(writes.isSettled(openThrough)).toBe(false);
    record.sequence += 1;
    expect(writes.isSettled(openThrough)).toBe(true);
  });
  it('calls an effect of several items settled with its last sequence, before and after what is open became void', () => {
    const answers: ((result: ProposeResult) => void)[] = [];
    const machine = {record: {sequence: 7}, proposedCount: 0, dropProposals: () => (machine.proposedCount = 0)};
    const context = {
      group: GROUP, replica: 1, machine,
      node: {
        tuning: {partitionProposalsMax: 10, partitionProposalBytesMax: 1_000}, metrics: {voidedProposals: {add: () => undefined}}, events: {emit: () => undefined, isEnabled: () => false},
        host: {propose: (_group: unknown, _effect: unknown, done: (result: ProposeResult) => void) => answers.push(done), leaderOf: () => undefined},
      },
    } as unknown as PartitionContext;
    const writes = new WritePipeline(context);
    writes.leadership(true, toTerm(1));
    for (const sequenceCount of [4, 1, 1]) {
      writes.propose(() => {
        machine.proposedCount += sequenceCount;
        return new Uint8Array(1);
      }, () => undefined);
    }
    expect(writes.openThrough).toBe(13);
    answers[0]?.({ok: false, failure: {code: 'OutcomeUnknown'}});
    const {openThrough} = writes;
    machine.record = {sequence: 11};
    expect(writes.isSettled(openThrough)).toBe(false);
    machine.record = {sequence: 13};
    expect(writes.isSettled(openThrough)).toBe(true);
  });
});
