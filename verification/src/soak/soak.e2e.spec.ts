import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { killAll } from '../processes/program.js';
import { allInOneTopology } from './all-in-one-topology.js';
import { describeSoak } from './describe-soak.js';
import { soak } from './soak.js';

describe('a shop whose process is killed all the while', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shop-soak-'));
  });
  afterEach(async () => {
    killAll();
    await rm(folder, { recursive: true, force: true });
  });

  it('loses nothing that it acknowledged, does nothing twice, and tells nobody what is not so (npm run soak goes on for longer)', async () => {
    const report = await soak({
      topology: await allInOneTopology(join(folder, 'data')),
      seed: 20_260_105,
      loadMs: 6_000,
      customers: 8,
      longestFreezeMs: 1_000,
      historyFile: join(folder, 'history.ndjson'),
      tell: () => undefined,
    });
    console.info(describeSoak(report));
    expect(report.findings).toEqual([]);
    expect(report.chaos.kills).toBeGreaterThan(0);
    expect(report.effects.acknowledged).toBeGreaterThan(0);
    expect(report.audit).toMatchObject({ verdict: 'clean', undecided: [] });
    expect(report.audit.judged).toEqual(expect.arrayContaining(['I8', 'I9', 'I10', 'I11', 'I12', 'I13', 'I14']));
    expect(report.linearizability).toMatchObject({ unsearched: 0 });
  }, 180_000);
});
