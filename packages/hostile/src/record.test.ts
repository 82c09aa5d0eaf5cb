import {renderHostileLedger} from './record.js';

test('each campaign is a row with what it was, its seed and what failed', () => {
  const page = renderHostileLedger([
    {date: '2026-01-02', revision: 'abc1234', what: 'generated requests', seed: 7, passedCount: 199_999, failedCount: 1},
    {date: '2026-01-03', revision: 'abc1235', what: 'damage to formats', seed: 8, passedCount: 10_000, failedCount: 0},
  ]);
  expect(page.split('\n').filter((line) => line.startsWith('| 2026'))).toEqual([
    '| 2026-01-02 | abc1234 | generated requests | 7 | 199,999 | 1 |',
    '| 2026-01-03 | abc1235 | damage to formats | 8 | 10,000 | 0 |',
  ]);
});
