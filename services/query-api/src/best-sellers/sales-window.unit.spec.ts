import { describe, expect, it } from '@jest/globals';
import { isWhole, salesWindow } from './sales-window.js';

describe('the window of best sellers', () => {
  it('opens at the start of the minute 72 hours before and ends with the time asked for', () => {
    const { from, to } = salesWindow('2026-01-05T03:04:05.678Z');
    expect({ from, to }).toEqual({ from: '2026-01-02T03:04:00.000Z', to: '2026-01-05T03:04:05.678Z' });
  });

  it('touches four days and 73 hours, of which only the first and the last are cut', () => {
    const { days, hours } = salesWindow('2026-01-05T03:04:05.678Z');
    expect(days).toEqual(['2026-01-02', '2026-01-03', '2026-01-04', '2026-01-05']);
    expect(hours).toHaveLength(73);
    expect(hours[0]).toEqual({ hour: '2026-01-02T03', firstMinute: 4, lastMinute: 59 });
    expect(hours[1]).toEqual({ hour: '2026-01-02T04', firstMinute: 0, lastMinute: 59 });
    expect(hours.at(-1)).toEqual({ hour: '2026-01-05T03', firstMinute: 0, lastMinute: 4 });
    expect(hours.filter((slice) => !isWhole(slice))).toHaveLength(2);
  });

  it('has 4,321 minutes, the running one among them, whenever it is asked for', () => {
    for (const asOf of ['2026-01-05T00:00:00.000Z', '2026-01-05T03:00:59.999Z', '2026-03-01T23:59:00.000Z', '2028-03-01T12:30:30.000Z']) {
      const { hours, days } = salesWindow(asOf);
      expect(hours.reduce((sum, { firstMinute, lastMinute }) => sum + lastMinute - firstMinute + 1, 0)).toBe(4_321);
      expect(days).toHaveLength(4);
    }
  });

  it('takes whole hours at its edges as whole', () => {
    expect(salesWindow('2026-01-05T03:00:00.000Z').hours.filter((slice) => !isWhole(slice))).toHaveLength(1);
    expect(salesWindow('2026-01-05T03:59:59.999Z').hours.filter((slice) => !isWhole(slice))).toHaveLength(1);
  });
});
