// Goal: damaged bytes of every format are refused with a typed error or read as some value, and where a checksum covers
// them nothing damaged is given out. Method: 1,000 pieces of damage by a fixed seed; `npm run hostile -- --formats` is the campaign.
import {runFlipCampaign} from './flip-campaign.js';

test('1,000 pieces of damage, over all formats', async () => {
  const result = await runFlipCampaign(1_000, 8);
  expect(result.report).toBe('');
  expect(result).toMatchObject({passedCount: 1_000, failedCount: 0});
});
