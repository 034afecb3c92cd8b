import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { printed, serverWords, startProcess } from '../processes/child-process.js';
import type { Measure, Turn, Variant } from './measure.js';
import { longLog } from './start-up.js';

const ourRebuild = new URL('../../../services/all-in-one/dist/rebuild.js', import.meta.url);
const perEvent = new URL('../peers/rebuild-per-event.js', import.meta.url);
/** The read model that most events of the log change. */
const model = 'products';

/** Both are run as an operator would run them, on a copy of the same log, and say themselves how fast they were. */
const rebuildBy = (name: string, program: URL, words: readonly string[], pattern: RegExp): Variant => ({
  name,
  unit: 'events/s',
  run: async ({ folder }: Turn) => {
    const data = join(folder, 'data');
    const output = join(folder, 'rebuild.log');
    await cp(await longLog.result(), data, { recursive: true });
    const rebuild = startProcess({ program, words: [model, '--data', data, ...words], nodeWords: serverWords, output });
    const rate = Number((await printed(pattern, output, rebuild)).replaceAll(',', ''));
    const code = await rebuild.exited;
    return { value: rate, details: {}, faults: code === 0 ? [] : [`${name} ended with ${String(code)}`], remarks: [] };
  },
});

const ours = rebuildBy('npm run rebuild, products', ourRebuild, ['--dry-run'], /\(([\d,]+) events\/s\); [\d,]+ documents, all equal/);
const durable = rebuildBy('a durable transaction per event', perEvent, ['--synchronous', 'FULL'], /([\d,]+) events\/s/);
const careless = rebuildBy('a transaction per event, synced some time later', perEvent, ['--synchronous', 'NORMAL'], /([\d,]+) events\/s/);

export const rebuildReadModel: Measure = {
  id: 'M13',
  title: 'rebuild of a durable read model ÷ one transaction per event',
  prepare: longLog.prepare,
  comparisons: [
    { label: '÷ durable transactions', of: ours, per: durable, better: 'higher', floor: 20, aim: 50 },
    { label: '÷ transactions that are synced some time later', of: ours, per: careless, better: 'higher' },
  ],
};
