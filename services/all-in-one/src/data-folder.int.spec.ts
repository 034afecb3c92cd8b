import { expect, it } from '@jest/globals';
import { systemClock } from '@shop/clock';
import { toPosition } from '@shop/event-store';
import { createLogger } from '@shop/http';
import { stateCollections } from '@shop/read-store';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStores } from './data-folder.js';

it.each([
  ['a document is ahead of the log though its checkpoint is not', 'balances__v1_1', 1, 0],
  ['a checkpoint is ahead of the log', stateCollections.checkpoints, 1, 0],
  ['they know no more than the log', 'balances__v1_1', 0, 1],
])('opens a folder and looks at its read models: %s', async (_, collection, position, left) => {
  const folder = await mkdtemp(join(tmpdir(), 'folder-'));
  const ports = { clock: systemClock, logger: createLogger('silent') };
  const first = await openStores(folder, ports);
  await first.readStore.write(collection, [{ id: 'mina', guard: toPosition(position), from: null, document: { balance: 1 } }]);
  await first.close();
  const again = await openStores(folder, ports);
  expect(await again.readStore.count(collection, [])).toBe(left);
  await again.close();
  await rm(folder, { recursive: true });
});
