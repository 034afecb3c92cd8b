import { describe, expect, it } from '@jest/globals';
import type { Measure, Reading, Variant } from '../measures/measure.js';
import type { Run } from '../rounds/run-rounds.js';
import { isPassed, reportOf } from './report.js';

const variant = (name: string): Variant => ({ name, unit: 'orders/s', run: () => Promise.reject(new Error('not run here')) });
const ours = variant('our shop');
const theirs = variant('their shop');
const measure: Measure = {
  id: 'M0',
  title: 'ours ÷ theirs',
  comparisons: [{ label: 'spread', of: ours, per: theirs, better: 'higher', floor: 2, aim: 5 }],
};
const reading = (value: number, faults: readonly string[] = []): Reading => ({
  value,
  details: { 'p99 ms': value / 10 },
  faults,
  remarks: [],
});
const runOf = (...pairs: readonly (readonly [number, number])[]): Run => ({
  rounds: pairs.map(([us, them]) => ({
    probe: { median: 0.2, p95: 0.4 },
    readings: new Map([
      [ours, reading(us)],
      [theirs, reading(them)],
    ]),
  })),
  faults: [],
});
const circumstances = { commit: 'abc1234', command: 'npm run bench -- M0', date: '2026-01-05', machine: '2 cores', quick: false };

describe('the report of a run', () => {
  it('leads with the median of the rounds’ ratios, which is not the ratio of the medians', () => {
    const text = reportOf([measure], runOf([300, 100], [200, 40], [4_000, 1_000]), circumstances);
    expect(text.replaceAll(/ +/g, ' ')).toContain('| M0 | ours ÷ theirs; spread | **4.00** | 3.00 – 5.00 | ≥ 2 | ≥ 5 | ok |');
    expect(text.indexOf('**4.00**')).toBeLessThan(text.indexOf('300 orders/s'));
    expect(text).toContain('2026-01-05, commit abc1234, `npm run bench -- M0`');
  });

  it('fails below a floor', () => {
    expect(isPassed([measure], runOf([300, 100]))).toBe(true);
    expect(isPassed([measure], runOf([199, 100]))).toBe(false);
    expect(reportOf([measure], runOf([199, 100]), circumstances)).toContain('BELOW FLOOR');
  });

  it('fails and says so first where something did not add up, however fast it was', () => {
    const run = { ...runOf([900, 100]), faults: ['round 1, our shop: 3 units too many were sold'] };
    expect(isPassed([measure], run)).toBe(false);
    const text = reportOf([measure], run, circumstances);
    expect(text.indexOf('This run is void')).toBeLessThan(text.indexOf('| M0  |'));
    expect(text).toContain('3 units too many');
  });

  it('says what could not run and why, and marks a quick run', () => {
    const skipped = { ...measure, id: 'M9', skipped: 'there is no engine' };
    const text = reportOf([measure, skipped], runOf([300, 100]), { ...circumstances, quick: true });
    expect(text).toContain('M9 (ours ÷ theirs): SKIPPED, there is no engine.');
    expect(text).not.toMatch(/\| M9 +\|/);
    expect(text).toContain('quick');
  });
});
