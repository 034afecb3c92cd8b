import { describe, expect, it } from '@jest/globals';
import { allRoutes } from '@shop/http';
import type { FuzzReport } from './fuzz.js';
import { fuzzShop } from './fuzz-shop.js';

const seed = 20_260_105;

describe('a shop that is asked whatever can be asked', () => {
  const reports: FuzzReport[] = [];

  it.each(['jwt', 'off'] as const)(
    'answers what is documented, refuses what is bad and lets nobody past, with AUTH_MODE=%s',
    async (mode) => {
      const report = await fuzzShop({ mode, requests: 1_000, seed, connections: 8, tell: () => undefined });
      reports.push(report);
      expect({ findings: report.findings, requests: report.requests }).toEqual({ findings: [], requests: 1_000 });
    },
    60_000,
  );

  it('has done what each route is for at least once meanwhile', () => {
    const neverDone = allRoutes
      .map(({ method, path, success }) => `${method.toUpperCase()} ${path} ${success.status}`)
      .filter((answer) => !reports.some(({ answers }) => answers.has(answer)));
    expect(neverDone).toEqual([]);
  });
});
