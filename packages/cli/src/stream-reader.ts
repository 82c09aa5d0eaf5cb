import type {ApiReply} from './api-client.js';

/** Asks the Streams API. */
export type StreamsCall = (operation: string, body: ApiReply) => Promise<ApiReply>;

interface Shard {
  readonly ShardId: string;
  readonly ParentShardId?: string;
}

/**
 * Reads a stream on and on, parents before children, so that the changes of each item come in their order.
 * Shards that were there at the start are read from `from`, all later ones from their beginning.
 */
export class StreamReader {
  readonly #call: StreamsCall;
  readonly #arn: string;
  /** The iterator of each shard that is being read. */
  readonly #open = new Map<string, string>();
  readonly #done = new Set<string>();
  #from: 'LATEST' | 'TRIM_HORIZON';
  constructor(call: StreamsCall, arn: string, from: 'LATEST' | 'TRIM_HORIZON') {
    this.#call = call;
    this.#arn = arn;
    this.#from = from;
  }

  /** One round: looks for shards, and reads one page of each. @returns what was there, whole records */
  async next(): Promise<readonly ApiReply[]> {
    await this.#findShards();
    const records: ApiReply[] = [];
    for (const [shard, iterator] of [...this.#open]) {
      const page = await this.#call('GetRecords', {ShardIterator: iterator});
      if (Array.isArray(page['Records'])) records.push(...(page['Records'] as readonly ApiReply[]));
      const next = page['NextShardIterator'];
      if (typeof next === 'string') {
        this.#open.set(shard, next);
      } else {
        this.#open.delete(shard);
        this.#done.add(shard);
      }
    }
    return records;
  }

  async #findShards(): Promise<void> {
    const shards = await this.#listShards();
    const known = new Set(shards.map(({ShardId}) => ShardId));
    const isFirst = this.#from === 'LATEST';
    for (const {ShardId, ParentShardId} of shards) {
      if (this.#open.has(ShardId) || this.#done.has(ShardId)) continue;
      const waits = ParentShardId !== undefined && known.has(ParentShardId) && !this.#done.has(ParentShardId);
      // Who begins at the end begins at the end of all there is, also of what has no records left to come.
      if (waits && !isFirst) continue;
      const {ShardIterator} = await this.#call('GetShardIterator', {StreamArn: this.#arn, ShardId, ShardIteratorType: this.#from});
      this.#open.set(ShardId, String(ShardIterator));
    }
    this.#from = 'TRIM_HORIZON';
  }
  async #listShards(): Promise<readonly Shard[]> {
    const shards: Shard[] = [];
    for (let last: unknown; ;) {
      const {StreamDescription} = await this.#call('DescribeStream', {StreamArn: this.#arn, ...(last === undefined ? {} : {ExclusiveStartShardId: last})});
      const {Shards, LastEvaluatedShardId} = StreamDescription as {readonly Shards: readonly Shard[]; readonly LastEvaluatedShardId?: string};
      shards.push(...Shards);
      last = LastEvaluatedShardId;
      if (last === undefined) return shards;
    }
  }
}
