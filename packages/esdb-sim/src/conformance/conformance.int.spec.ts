import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { startEsdbSim, type EsdbSim } from '../esdb-sim.js';
import { appendCases } from './append-cases.js';
import { conformanceDriver, type Driver } from './driver.js';
import { metadataCases } from './metadata-cases.js';
import { readCases } from './read-cases.js';
import { subscriptionCases } from './subscription-cases.js';

jest.setTimeout(30_000); // for busy machines

/** What a real EventStoreDB 23.10.8 answered to this very client. */
const recorded = z
  .record(z.string(), z.object({ title: z.string(), outcome: z.string() }))
  .parse(JSON.parse(readFileSync(new URL('recorded-answers.json', import.meta.url), 'utf8')));
/** They go over the batch path, which the simulator refuses: it must not be used at all. */
const refused = ['C10', 'C11'];
/** Twenty identical appends at once: a real server may drop some until they time out. */
const byTiming = ['A23'];

const cases = [...appendCases, ...readCases, ...subscriptionCases, ...metadataCases]
  .map(({ id, answer }) => ({ id, answer, title: recorded[id]?.title ?? '', outcome: recorded[id]?.outcome }))
  .sort((one, other) => one.id.localeCompare(other.id));

type Opened = { readonly url: string; readonly sim?: EsdbSim };
const suite = (name: string, open: () => Promise<Opened>, chosen: (id: string) => boolean) =>
  describe(`${name} answers as an EventStoreDB 23.10.8 does`, () => {
    let server: Driver;
    let sim: EsdbSim | undefined;
    beforeAll(async () => {
      const opened = await open();
      sim = opened.sim;
      server = conformanceDriver(opened.url);
    });
    afterAll(async () => {
      await server.dispose();
      await sim?.stop();
    });
    it.each(cases.filter(({ id }) => chosen(id)))('$id: $title', async ({ answer, outcome }) => {
      expect(await answer(server)).toBe(outcome);
    });
    it('gets no batch append from all of this', () => {
      expect(sim?.batchAppends() ?? 0).toBe(0);
    });
  });

describe('the recorded answers', () => {
  it('have a case each, but for those that are refused on purpose', () => {
    expect([...cases.map(({ id }) => id), ...refused].sort()).toEqual(Object.keys(recorded).sort());
  });
});

suite(
  'the simulator in memory',
  async () => {
    const sim = await startEsdbSim();
    return { url: sim.url, sim };
  },
  () => true,
);

const folder = mkdtempSync(join(tmpdir(), 'esdb-sim-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
suite(
  'the simulator on disk',
  async () => {
    const sim = await startEsdbSim({ folder });
    return { url: sim.url, sim };
  },
  (id) => /^[AFG]/.test(id) && !byTiming.includes(id),
);

const real = process.env['EVENTSTOREDB_URL'];
if (real)
  suite(
    'the server at EVENTSTOREDB_URL',
    async () => ({ url: real }),
    (id) => !byTiming.includes(id),
  );
else process.stderr.write('SKIPPED the conformance of a real EventStoreDB: EVENTSTOREDB_URL is not set\n');
