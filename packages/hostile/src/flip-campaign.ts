import {SeededRandom} from '@murmuration/base';
import {damage} from './damage.js';
import {openFormats} from './formats.js';
import type {CampaignResult} from './request-campaign.js';

const JUDGE_MS_MAX = 1_000;
const SHOWN_COUNT_MAX = 10;

/** Damages samples of every format in turn and has them read. */
export async function runFlipCampaign(flipCount: number, seed: number): Promise<CampaignResult> {
  const random = new SeededRandom(seed);
  const formats = await openFormats();
  const faults: string[] = [];
  let failedCount = 0;
  try {
    for (let i = 0; i < flipCount; i += 1) {
      const format = formats[i % formats.length];
      if (format === undefined) break;
      const pick = (): Uint8Array => format.samples[random.below(format.samples.length)] ?? new Uint8Array(0);
      const damaged = damage(pick(), pick(), random);
      const from = performance.now();
      const fault = await format.judge(damaged).catch((error: unknown) => `ended in ${String(error)}`)
        ?? (performance.now() - from > JUDGE_MS_MAX ? 'took more than a second' : undefined);
      if (fault === undefined) continue;
      failedCount += 1;
      if (faults.length < SHOWN_COUNT_MAX) faults.push(`${format.name}, flip ${i}: ${fault}; bytes ${Buffer.from(damaged.subarray(0, 2_000)).toString('hex')}`);
    }
  } finally {
    for (const format of formats) format.dispose?.();
  }
  return {passedCount: flipCount - failedCount, failedCount, seed, report: faults.join('\n')};
}
