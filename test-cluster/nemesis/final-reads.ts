import {sleep} from './command.js';
import type {Endpoints} from './endpoints.js';

const KEYS_A_CALL = 100;
const CALLS_AT_ONCE = 4;
const TRIES_MAX = 400;
const TRY_DELAY_MS = 50;

/** Reads keys by strong reads until each has been answered. @returns those that are missing, or that nobody could tell of */
export async function findLostKeys(endpoints: Endpoints, table: string, keys: readonly string[]): Promise<readonly string[]> {
  const lost: string[] = [];
  let next = 0;
  await Promise.all(Array.from({length: CALLS_AT_ONCE}, async () => {
    while (next < keys.length) {
      const wanted = keys.slice(next, (next += KEYS_A_CALL));
      const found = new Set<string>();
      let asked: readonly {readonly pk: {readonly S: string}}[] = wanted.map((key) => ({pk: {S: key}}));
      for (let i = 0; asked.length > 0 && i < TRIES_MAX; i += 1) {
        const answer = await endpoints.send(endpoints.draw(), 'BatchGetItem', {RequestItems: {[table]: {Keys: asked, ConsistentRead: true, ProjectionExpression: 'pk'}}});
        if ('failure' in answer || answer.status !== 200) {
          await sleep(TRY_DELAY_MS);
          continue;
        }
        const responses = answer.body['Responses'] as Readonly<Record<string, readonly {readonly pk: {readonly S: string}}[]>>;
        for (const item of responses[table] ?? []) found.add(item.pk.S);
        const unprocessed = answer.body['UnprocessedKeys'] as Readonly<Record<string, {readonly Keys: typeof asked}>> | undefined;
        asked = unprocessed?.[table]?.Keys ?? [];
      }
      for (const key of wanted) if (!found.has(key)) lost.push(key);
    }
  }));
  return lost;
}
