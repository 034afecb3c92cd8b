import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { missingPrograms } from '@shop/engines';
import { startProgram } from '../processes/program.js';

const missing = missingPrograms();
const absent = missing.length > 0 ? `${missing.join(' and ')} not installed` : undefined;
if (absent !== undefined) console.warn(`SKIPPED: a soak of the cluster: ${absent}`);

const program = fileURLToPath(new URL('../../dist/soak/main.js', import.meta.url));

(absent === undefined ? describe : describe.skip)('a shop of many processes that are killed all the while, engines included', () => {
  it('loses nothing that it acknowledged, does nothing twice, and tells nobody what is not so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shop-soak-'));
    const soak = startProgram(program, ['--cluster', '--minutes', '0.5', '--seed', '3', '--folder', folder]);
    try {
      const { code } = await soak.exited;
      console.info(soak.stdout());
      expect([code, soak.stdout()]).toEqual([0, expect.stringContaining('nothing lost, nothing twice, nothing untrue')]);
    } finally {
      soak.signal('SIGTERM');
      await soak.exited;
      await rm(folder, { recursive: true, force: true });
    }
  }, 400_000);
});
