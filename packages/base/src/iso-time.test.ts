import {isoTimeText} from './iso-time.js';

test('isoTimeText agrees with the calendar of the platform', () => {
  const moments = [0, 951_782_400_000 - 1, 951_782_400_000, 1_709_164_800_123, 4_102_444_799_999, 4_107_542_400_000, 253_402_300_799_999];
  for (let day = 0; day < 200_000; day += 7) moments.push(day * 86_400_000 + (day * 1_234_567) % 86_400_000);
  for (const wallMs of moments) expect(isoTimeText(wallMs)).toBe(new Date(wallMs).toISOString().slice(0, -1));
});
