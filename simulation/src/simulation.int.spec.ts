import { describe, expect, it } from '@jest/globals';
import { play } from './play.js';
import { playSeeds } from './play-seeds.js';
import { shrink } from './shrink.js';
import { knownSeeds } from './known-seeds.js';
import { planOf } from './world/plan.js';

/** Those that once failed come first; `npm run sim` plays as many more as anybody has time for. */
const few = 40;

describe('the simulated shop', () => {
  it('is right in every world played, whatever goes wrong in it', async () => {
    const seeds = [...knownSeeds.map(({ seed }) => seed), ...Array.from({ length: few }, (_, index) => index + 1)];
    const { failures, tally } = await playSeeds(seeds);
    expect(failures).toEqual([]);
    expect(tally.seeds).toBe(seeds.length);
  }, 120_000);

  it.each([7, 23])('goes the same way twice: seed %i', async (seed) => {
    const first = await play(planOf(seed));
    const second = await play(planOf(seed));
    expect(second.trace).toBe(first.trace);
    expect(second.log).toEqual(first.log);
    expect(second.lastChoices).toEqual(first.lastChoices);
  });

  it('goes another way with another seed', async () => {
    expect((await play(planOf(8))).trace).not.toBe((await play(planOf(7))).trace);
  });

  it('comes to its end where clients ask for nothing', async () => {
    const { findings, log } = await play({ ...planOf(8), clients: [], faults: new Set() });
    expect(findings).toEqual([]);
    expect(log.every(({ type }) => type === 'ProductRegistered' || type === 'WalletCharged')).toBe(true);
  });

  it('shrinks a world that fails to the least of it that fails', async () => {
    const seed = Array.from({ length: 200 }, (_, index) => index).find((one) => planOf(one).scenario === 'baskets') ?? 0;
    // Without money nobody can buy what the stock would allow, however few ask.
    const failing = { ...planOf(seed), balance: 0, faults: new Set(['crash' as const]) };
    const played = await play(failing);
    expect(played.findings).toEqual([expect.stringContaining('scenario baskets')]);
    const { plan, played: least } = await shrink(failing, played);
    expect(least.findings).toEqual(played.findings);
    expect(plan.clients.flatMap(({ commands }) => commands)).toEqual([]);
    expect(plan.faults).toEqual(new Set());
  }, 60_000);
});
